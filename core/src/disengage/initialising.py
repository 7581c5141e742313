"""The configuration that ``disengage init`` writes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from disengage.errors import ConfigurationError
from disengage.settings import NAME


def template() -> str:
    """Return the commented ``disengage.toml`` that ``disengage init`` writes; it loads as it stands."""
    return (files("disengage") / "template.toml").read_text(encoding="utf-8")


def initialise(folder: Path) -> Path:
    """Write the template and an empty vault into ``folder`` and return the file's path.

    Raises:
        ConfigurationError: There is a configuration already, or nothing can be written there.
    """
    file = folder.absolute() / NAME
    if file.exists():
        raise ConfigurationError(
            f"{file}: there is a configuration already; nothing was written.",
            remedy="Edit it, or give another folder.",
        )
    try:
        (file.parent / "vault").mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(file, template())
    except OSError as error:
        raise ConfigurationError(
            f"{file}: the configuration cannot be written: {error.strerror}.",
            remedy="Give a folder that this user may write into.",
        ) from None
    return file


def _write_new(file: Path, text: str) -> None:
    with file.open("x", encoding="utf-8") as opened:
        try:
            opened.write(text)
            opened.flush()
        except OSError:
            file.unlink()
            raise
