"""Read the text files that people write, with complaints that name the file, the line and the column."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from disengage.errors import DisengageError

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CORRECT = "Correct the file and try again; nothing was taken."


def read_text(path: Path, kind: type[DisengageError], *, remedy: str = "") -> str:
    """Return the content of a UTF-8 file, without a byte order mark.

    Args:
        path: The file.
        kind: The error to raise.
        remedy: What to do where the file cannot be opened.

    Raises:
        DisengageError: As ``kind``; the file is missing, not readable or not UTF-8.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise kind(f"{path}: there is no such file.", remedy=remedy) from None
    except IsADirectoryError:
        raise kind(f"{path}: this is a folder, not a file.", remedy=remedy) from None
    except OSError as error:
        raise kind(f"{path}: the file cannot be read: {error.strerror}.", remedy=remedy) from None
    return _decoded(path, content, kind)


def _decoded(path: Path, content: bytes, kind: type[DisengageError]) -> str:
    remedy = "Save the file as UTF-8 and try again; nothing was taken."
    if content.startswith(_WIDE_MARKS):
        raise kind(f"{path}:1: the file is not UTF-8 but UTF-16.", remedy=remedy)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise kind(f"{path}:{line}: the file is not UTF-8 (line {line}).", remedy=remedy) from None


def read_toml(path: Path, kind: type[DisengageError], *, remedy: str = "") -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        DisengageError: As ``kind``; the file cannot be read, or is not TOML (naming line and column).
    """
    text = read_text(path, kind, remedy=remedy)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise kind(_syntax(path, text, str(error)), remedy=_CORRECT) from None
    except RecursionError:
        raise kind(f"{path}: the tables are nested too deeply.", remedy=_CORRECT) from None


def _syntax(path: Path, text: str, complaint: str) -> str:
    """Put the place that tomllib names at the end of its words in front of them."""
    place = _PLACE.search(complaint)
    lines = text.split("\n")
    line, column = (place[1], place[2]) if place and place[1] else (len(lines), len(lines[-1]) + 1)
    reason = _PLACE.sub("", complaint)
    return f"{path}:{line}:{column}: not valid TOML: {reason[:1].lower()}{reason[1:]} (line {line}, column {column})."
