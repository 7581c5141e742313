"""One ZIP file written as a stream, with the checksum of everything in it: bounded memory, whatever the size."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any, Protocol, cast

from disengage.domain.values import Frozen

SUMS = "SHA256SUMS"
#: From this size on a file needs the ZIP64 form; a little before, since packing may lengthen it.
_LARGE = 2_000_000_000
#: What is packed already; packing it again takes time and no less room.
_PACKED = frozenset({".zip", ".gz", ".7z", ".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx", ".xz", ".zst"})
_FILE = 0o100644 << 16


class Writable(Protocol):
    """Where a pack is written to."""

    def write(self, content: bytes, /) -> int:
        """Take some bytes."""

    def flush(self) -> None:
        """Hand them on."""


class Packed(Frozen):
    """One file of a pack."""

    name: str
    size: int
    sha256: str


class Pack:
    """A pack being written; ``packing`` makes one.

    Attributes:
        files: What is in it so far.
    """

    def __init__(self, archive: zipfile.ZipFile, at: datetime) -> None:
        self.files: list[Packed] = []
        self._archive, self._at = archive, at.astimezone(UTC).timetuple()[:6]

    def add(self, name: str, chunks: Iterable[bytes], size: int | None = None) -> Packed:
        """Add one file, of ``size`` bytes where that is known beforehand."""
        info = zipfile.ZipInfo(name, self._at)
        info.external_attr = _FILE
        is_packed = "." + name.rpartition(".")[2].lower() in _PACKED
        info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
        digest, written = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=size is None or size > _LARGE) as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                written += len(chunk)
        packed = Packed(name=name, size=written, sha256=digest.hexdigest())
        self.files.append(packed)
        return packed

    def text(self, name: str, text: str) -> Packed:
        """Add a text."""
        return self.add(name, [text.encode()], len(text))

    def json(self, name: str, value: Any) -> Packed:
        """Add JSON for people and programs."""
        return self.text(name, json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def sums(self) -> None:
        """Add the checksums of everything that is in it, as ``sha256sum -c`` reads them."""
        self.text(SUMS, "".join(f"{file.sha256}  {file.name}\n" for file in self.files))


@contextmanager
def packing(out: Writable, at: datetime) -> Iterator[Pack]:
    """Yield a pack; when the block ends well its checksums are added and it is complete."""
    with zipfile.ZipFile(cast("IO[bytes]", out), "w", zipfile.ZIP_DEFLATED) as archive:
        pack = Pack(archive, at)
        yield pack
        pack.sums()


def pieces(file: IO[bytes], size: int = 1 << 18) -> Iterator[bytes]:
    """Yield the rest of a file."""
    return iter(lambda: file.read(size), b"")
