"""What can be told of a file that a person brings: that it opens as what its name says. No format is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

#: Readers of PDF accept its header anywhere in so many bytes.
_HEAD = 1024


def unlike_their_names(files: Mapping[str, Path]) -> list[str]:
    """Return one sentence for each file that is not what its name says."""
    return [complaint for key, path in sorted(files.items()) for complaint in _of(key, path)]


def _of(key: str, path: Path) -> Iterator[str]:
    kind = path.suffix.lower()
    if kind == ".zip":
        yield from _of_zip(key, path)
    elif kind == ".pdf" and not _is_pdf(path):
        yield f"The file brought as '{key}' is named as a PDF and is none."


def _of_zip(key: str, path: Path) -> Iterator[str]:
    names = names_in_zip(path)
    if names is None:
        yield f"The file brought as '{key}' is named as a ZIP and cannot be opened as one."
    elif all(name.endswith("/") for name in names):
        yield f"The ZIP brought as '{key}' holds no file."


def names_in_zip(path: Path) -> list[str] | None:
    """Return the names in a ZIP, folders ending in a slash; None where it cannot be opened as one.

    Only the table of contents is read: what is in it may be as large as it likes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):  # the last: a feature zipfile lacks
        return None


def _is_pdf(path: Path) -> bool:
    with path.open("rb") as file:
        return b"%PDF-" in file.read(_HEAD)
