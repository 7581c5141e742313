"""Reach the files of one bag, in a folder of this machine or through fsspec: list them, and read each in big pieces."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from disengage.vault.trouble import touching

#: One reading takes so many bytes, and holds no more in memory.
CHUNK = 1 << 20
#: An object store is asked for so much at once.
_BLOCK = 2 << 20


class Reach(Protocol):
    """The files of one bag.

    Attributes:
        threads: How many files are best read at once.
        lot: How many files a thread takes at a time.
    """

    threads: int
    lot: int

    def sizes(self) -> tuple[dict[str, int], list[str]]:
        """Return the size of every plain file, and the names of what is something else: links, pipes, devices."""

    def chunks(self, name: str) -> Iterator[bytes | memoryview]:
        """Read one file; a piece is valid until the next one is asked for."""


class InFolder:
    """A bag in a folder of this machine.

    Args:
        folder: The bag.
        settle: Wait, before a file is read, until the disk has it; the words for where that is, or empty.
    """

    threads = min(8, 4 * (os.cpu_count() or 1))  # more than processors: some wait for the disk
    lot = 16

    def __init__(self, folder: Path, *, settle: str = "") -> None:
        self._folder, self._settle = str(folder), settle

    def sizes(self) -> tuple[dict[str, int], list[str]]:
        """Return the size of every plain file, and the names of what is something else."""
        sizes: dict[str, int] = {}
        strange: list[str] = []
        if os.path.isdir(self._folder):  # noqa: PTH112 -- a string like all paths here: a bag has very many
            self._look("", sizes, strange)
        return sizes, strange

    def _look(self, below: str, sizes: dict[str, int], strange: list[str]) -> None:
        with os.scandir(f"{self._folder}/{below}") as entries:
            for entry in entries:
                name = below + entry.name
                if entry.is_dir(follow_symlinks=False):
                    self._look(f"{name}/", sizes, strange)
                elif entry.is_file(follow_symlinks=False):
                    sizes[name] = entry.stat(follow_symlinks=False).st_size
                else:
                    strange.append(name)

    def chunks(self, name: str) -> Iterator[memoryview]:
        """Read one file; a piece is valid until the next one is asked for."""
        handle = os.open(f"{self._folder}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise OSError("not a plain file")
            if self._settle:
                with touching(self._settle):
                    os.fsync(handle)
            yield from _pieces(handle, found.st_size)
        finally:
            os.close(handle)


def _pieces(handle: int, size: int) -> Iterator[memoryview]:
    room = memoryview(bytearray(max(1, min(CHUNK, size + 1))))
    while count := os.readv(handle, [room]):
        yield room[:count]


class OverFsspec:
    """A bag in an object store or on any other filesystem of fsspec.

    Args:
        fs: The filesystem.
        root: The bag, as the filesystem writes it.
    """

    threads = 3
    lot = 1

    def __init__(self, fs: Any, root: str) -> None:
        self._fs, self._root = fs, root

    def sizes(self) -> tuple[dict[str, int], list[str]]:
        """Return the size of every plain file, and the names of what is something else."""
        self._fs.invalidate_cache()
        found: dict[str, Any] = self._fs.find(self._root, detail=True)
        by_name = {path.removeprefix(self._root).lstrip("/"): details for path, details in found.items()}
        plain = {n: d for n, d in by_name.items() if d["type"] == "file" and not d.get("islink")}
        return {n: int(d["size"] or 0) for n, d in plain.items()}, sorted(by_name.keys() - plain.keys())

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read one file."""
        with self._fs.open(f"{self._root}/{name}", "rb", block_size=_BLOCK) as file:
            yield from iter(lambda: file.read(CHUNK), b"")
