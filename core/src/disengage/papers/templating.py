"""Write our templates out, for a firm to change."""

from __future__ import annotations

from pathlib import Path

from disengage.errors import InputError
from disengage.papers.rendering import built_in


def copy_out(folder: Path) -> list[str]:
    """Write every template into a folder; return their names.

    Raises:
        InputError: One of that name is there already, or nothing can be written there; nothing was written.
    """
    templates = dict(built_in())
    for name in templates:
        if (folder / name).exists():
            raise InputError(
                f"{folder / name}: there is a file already.", remedy="Name a new or empty folder; nothing was written."
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in templates.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            f"{folder}: the templates cannot be written: {(error.strerror or 'not possible').lower()}.",
            remedy="Name a folder that this user may write into.",
        ) from None
    return list(templates)
