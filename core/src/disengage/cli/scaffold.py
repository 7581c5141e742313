"""Write a new plugin: a connector that works against its own simulator, for an author to fill in."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from disengage.errors import InputError
from disengage.registry import Registry

_TEMPLATES = files("disengage.cli") / "scaffold"
_ENDING = ".tmpl"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 30
#: What stands between quotes in code, TOML and sentences with {placeholders} alike.
_TITLE = re.compile(r"\w[\w .,&+/()-]*")
#: ``ConnectionSettings`` is a word of disengage itself.
_RESERVED = frozenset({"connection"})
_NOTHING = "Nothing was written."


def write_plugin(name: str, folder: Path | None, platform: str) -> tuple[Path, list[str]]:
    """Write a new plugin as a whole or not at all; return its folder and the files in it.

    Args:
        name: The connector's name.
        folder: Where to; by default a folder called as the distribution, in the working directory.
        platform: The platform's own name; by default made from ``name``.

    Raises:
        InputError: The name cannot be used or is taken, the platform's name cannot be used, or there is something in
            the folder already.
    """
    words = _words(_usable(name), _title(platform or name.replace("_", " ").title()))
    target = folder or Path(words["distribution"])
    written = dict(_filled(_TEMPLATES, words))
    try:
        _must_be_free(target)
        _place(written, target)
    except OSError as error:
        raise InputError(
            f"{target}: the plugin cannot be written: {(error.strerror or 'not possible').lower()}.",
            remedy="Give a folder that this user may write into with --dir.",
        ) from None
    return target, sorted(written)


# --- what is asked for --------------------------------------------------------------------------------------


def _usable(name: str) -> str:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name in _RESERVED or len(name) > _LONGEST:
        raise InputError(
            f"A connector cannot be called '{name}'.",
            remedy="Take lower-case letters, digits and single underscores, beginning with a letter, at most "
            f"{_LONGEST}, and no word of Python or disengage. {_NOTHING}",
        )
    registry = Registry()
    if name in registry.types or name in (report.name for report in registry.reports):
        raise InputError(
            f"The connector '{name}' is installed already.",
            remedy=f"See it with 'disengage connectors', or take another name. {_NOTHING}",
        )
    return name


def _title(platform: str) -> str:
    if not _TITLE.fullmatch(platform) or len(platform) > _LONGEST:
        raise InputError(
            "The platform's name cannot be used.",
            remedy=f"Take letters, digits, blanks and . , & + / ( ) -, at most {_LONGEST}. {_NOTHING}",
        )
    return platform


def _must_be_free(target: Path) -> None:
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        raise InputError(
            f"{target}: there is something already.",
            remedy=f"Name a new or empty folder with --dir. {_NOTHING}",
        )


def _words(name: str, platform: str) -> dict[str, str]:
    host = name.replace("_", "-")
    return {
        "name": name,
        "package": f"disengage_{name}",
        "distribution": f"disengage-{host}",
        "host": host,
        "klass": "".join(word.capitalize() for word in name.split("_")),
        "platform": platform,
        "variable": f"{name.upper()}_TOKEN",
        "today": str(datetime.now(UTC).date()),
    }


# --- what is written ----------------------------------------------------------------------------------------


def _filled(folder: Traversable, words: Mapping[str, str], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield every file: its path in the plugin, and its text."""
    for entry in folder.iterdir():
        if entry.is_dir():
            place = words["package"] if entry.name == "package" else entry.name
            yield from _filled(entry, words, f"{above}{place}/")
        elif entry.name.endswith(_ENDING):
            text = entry.read_text(encoding="utf-8")
            yield above + entry.name.removesuffix(_ENDING), Template(text).substitute(words)


def _place(written: Mapping[str, str], target: Path) -> None:
    """Write everything beside ``target`` first, so that it appears there whole."""
    above = target.absolute().parent
    above.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".disengage-", dir=above) as beside:
        made = Path(beside) / "plugin"
        for name, text in written.items():
            file = made / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        _move(made, target)


def _move(made: Path, target: Path) -> None:
    if not target.exists():
        made.rename(target)
        return
    for entry in made.iterdir():  # the empty folder may be the one that the user stands in, so it stays
        entry.rename(target / entry.name)
