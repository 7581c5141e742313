"""Read the tag files of any BagIt bag: declaration, manifests, ``fetch.txt``, ``bag-info.txt``."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_VERSION = re.compile(r"BagIt-Version:( ?)(\d+)\.(\d+)(\s*)")
_ENCODING = re.compile(r"Tag-File-Character-Encoding:( ?)([A-Za-z0-9._:-]+)(\s*)")
_KNOWN = frozenset({(0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0)})
_LINE = re.compile(r"([0-9A-Fa-f]+)([ \t]+)(\*?)(.+)")
_FETCH = re.compile(r"(\S+)[ \t]+(\d+|-)[ \t]+(.+)")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_LABEL = re.compile(r"([^\s:](?:[^:]*[^\s:])?)\s*:\s?(.*)")


class TagError(ValueError):
    """A tag file that nothing can be made of."""


class Declaration(NamedTuple):
    """``bagit.txt``: version and encoding of the other tag files."""

    version: tuple[int, int]
    encoding: str


@dataclass(frozen=True)
class Entry:
    """One line of a manifest or of ``fetch.txt``."""

    line: int
    name: str = ""
    digest: str = ""
    wrong: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


class InfoLine(NamedTuple):
    """One label of ``bag-info.txt``; it is empty where a line has none."""

    number: int
    label: str
    value: str


def declaration(content: bytes) -> tuple[Declaration, list[str]]:
    """Return what ``bagit.txt`` declares, and what is doubtful about it.

    Raises:
        TagError: It is not a declaration.
    """
    if content.startswith(codecs.BOM_UTF8):
        raise TagError("bagit.txt begins with a byte-order mark")
    lines = text(content, "utf-8", "bagit.txt").splitlines()
    version, encoding = (
        (_VERSION.fullmatch(lines[0]), _ENCODING.fullmatch(lines[1])) if len(lines) == 2 else (None,) * 2
    )
    if version is None or encoding is None:
        raise TagError("bagit.txt is not two lines with version and encoding, each after a colon and one space")
    number = int(version[2]), int(version[3])
    if number not in _KNOWN:
        raise TagError(f"bagit.txt is of version {version[2]}.{version[3]}, which is not known")
    doubts = ["bagit.txt has blanks at the end of a line"] if version[4] or encoding[3] else []
    if number >= (1, 0) and not (version[1] and encoding[1]):
        raise TagError("bagit.txt has no space after a colon")
    return Declaration(number, _codec(encoding[2])), doubts


def text(content: bytes, encoding: str, name: str) -> str:
    """Return a tag file's text.

    Raises:
        TagError: It is not in this encoding.
    """
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except (UnicodeError, ValueError):
        raise TagError(f"{name} is not text in {encoding}") from None


def entries(content: str, version: tuple[int, int]) -> Iterator[Entry]:
    """Yield the lines of a manifest."""
    for number, line in _lines(content):
        match = _LINE.fullmatch(line)
        if match is None:
            yield Entry(number, wrong=("it is not a checksum and a name",))
            continue
        doubts = ["its name follows an asterisk, as md5sum writes it"] if match[3] else []
        name = _decoded(match[4], version)
        if name.startswith("./"):
            doubts.append("its name begins with ./")
            name = name.removeprefix("./")
        yield Entry(number, name, match[1].lower(), _out_of_bag(name), tuple(doubts))


def fetched(content: str, version: tuple[int, int]) -> Iterator[Entry]:
    """Yield the lines of ``fetch.txt``."""
    for number, line in _lines(content):
        match = _FETCH.fullmatch(line)
        if match is None or not _URL.fullmatch(match[1]):
            yield Entry(number, wrong=("it is not a URL, a length and a name",))
            continue
        name = _decoded(match[3], version).removeprefix("./")
        yield Entry(number, name, wrong=_out_of_bag(name))


def info(content: str) -> Iterator[InfoLine]:
    """Yield the labels of ``bag-info.txt``, lines that go on joined to the one before."""
    held: InfoLine | None = None
    for number, line in _lines(content):
        if line[0] in " \t" and held:
            held = held._replace(value=f"{held.value} {line.strip()}".strip())
            continue
        if held:
            yield held
        match = _LABEL.fullmatch(line)
        held = InfoLine(number, match[1], match[2].strip()) if match else InfoLine(number, "", line)
    if held:
        yield held


def _lines(content: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, ended by LF, CR or CRLF; nothing else ends a line."""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", content), 1):
        if line.strip():
            yield number, line


def _decoded(name: str, version: tuple[int, int]) -> str:
    """Undo the encoding of line ends, and since 1.0 of the percent sign; of nothing else."""
    known = {"0A": "\n", "0D": "\r"} | ({"25": "%"} if version >= (1, 0) else {})
    return re.sub(r"%(0A|0D|25)", lambda m: known.get(m[1].upper(), m[0]), name, flags=re.IGNORECASE)


def _out_of_bag(name: str) -> tuple[str, ...]:
    parts = re.split(r"[/\\]", name)
    leads_out = ".." in parts or name.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:[/\\]", name)
    return (f"{name!a} leads out of the bag",) if leads_out else ()


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise TagError(f"bagit.txt declares the encoding {name}, which is not known") from None
