"""The tag files of a BagIt 1.0 bag, as text and back (RFC 8493)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from disengage import __version__
from disengage.vault.bag import BagIdentity

ALGORITHMS = ("sha256", "sha512")
BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-fA-F]+)[ \t]+(\S.*)")
_OXUM = re.compile(r"^Payload-Oxum:\s*(\d+\.\d+)\s*$", re.MULTILINE)


class Checksums:
    """The running checksums and the size of one file, taken in one reading."""

    def __init__(self) -> None:
        self._running = {name: hashlib.new(name) for name in ALGORITHMS}
        self.size = 0

    def add(self, chunk: bytes) -> None:
        """Take in one more piece."""
        for running in self._running.values():
            running.update(chunk)
        self.size += len(chunk)

    def __getitem__(self, algorithm: str) -> str:
        """Return the hexadecimal digest so far."""
        return self._running[algorithm].hexdigest()

    @classmethod
    def of(cls, chunks: Iterable[bytes]) -> Checksums:
        """Return the checksums of all ``chunks`` together."""
        sums = cls()
        for chunk in chunks:
            sums.add(chunk)
        return sums


def manifest(files: Mapping[str, Checksums], algorithm: str) -> str:
    """Return a manifest: one line per file, in the order of names."""
    return "".join(f"{files[name][algorithm]}  {name}\n" for name in sorted(files))


def read_manifest(text: str) -> tuple[dict[str, str], list[str]]:
    """Return what a manifest lists, name → digest, and the lines that are not readable or not the first."""
    listed: dict[str, str] = {}
    wrong = []
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in listed:
            wrong.append(f"line {number} {'names a file again' if match else 'is not readable'}")
        else:
            listed[match[2]] = match[1].lower()
    return listed, wrong


def oxum(sizes: Iterable[int]) -> str:
    """Return the Payload-Oxum: all bytes, a dot, the number of files."""
    counted = list(sizes)
    return f"{sum(counted)}.{len(counted)}"


def read_oxum(bag_info: str) -> str | None:
    """Return the Payload-Oxum that ``bag-info.txt`` states."""
    match = _OXUM.search(bag_info)
    return match[1] if match else None


def bag_info(identity: BagIdentity, payload_oxum: str, now: datetime) -> str:
    """Return ``bag-info.txt``; what the caller knows about the bag never replaces our own lines."""
    own = {
        "Bagging-Date": now.date().isoformat(),
        "Bag-Software-Agent": f"disengage {__version__}",
        "External-Identifier": f"{identity.case}/{identity.connection}/{identity.link_digest}/{identity.label}",
        "Bag-Group-Identifier": identity.case,
        "Disengage-Case": identity.case,
        "Disengage-Connection": identity.connection,
        "Disengage-Link": identity.link_digest,
        "Payload-Oxum": payload_oxum,
    }
    about = {_label(key): identity.without_link(value) for key, value in identity.about.items() if value}
    return "".join(f"{key}: {_one_line(value)}\n" for key, value in (about | own).items())


def _label(text: str) -> str:
    return "-".join(re.findall(r"[A-Za-z0-9]+", text)).title() or "Note"


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
