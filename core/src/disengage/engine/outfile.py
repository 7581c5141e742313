"""A file that leaves the house: there whole or not at all, and never in place of another one."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from disengage.errors import InputError


class OutFile:
    """A file being written beside its place; ``written`` makes one.

    Attributes:
        path: Where it will be.
        size: Bytes so far.
        is_there: Whether it was put there.
    """

    def __init__(self, path: Path, part: Path, file: BinaryIO) -> None:
        self.path, self.size = path, 0
        self._part, self._file, self._digest = part, file, hashlib.sha256()
        self.is_there = False

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of what was written so far."""
        return self._digest.hexdigest()

    def write(self, content: bytes) -> int:
        """Write; that it can neither seek nor tell has ZIP files written as a stream."""
        with _clear(self.path):
            self._file.write(content)
        self._digest.update(content)
        self.size += len(content)
        return len(content)

    def flush(self) -> None:
        """Hand on to the system what was written."""
        with _clear(self.path):
            self._file.flush()

    def publish(self) -> None:
        """Put the file into its place, on the disk; from now on it is there, unless the block fails after all.

        Raises:
            InputError: It cannot be written, or something is there by now.
        """
        self.flush()
        with _clear(self.path):
            os.fsync(self._file.fileno())
            try:
                place(self._part, self.path)
            except FileExistsError:
                raise _taken(self.path) from None
        self.is_there = True

    def take_back(self) -> None:
        """Remove the file from its place, if it was put there."""
        if self.is_there:
            self.path.unlink(missing_ok=True)


@contextmanager
def written(path: Path) -> Iterator[OutFile]:
    """Yield a file that is at ``path`` when the block ends well, and nowhere otherwise; only its owner can read it.

    Raises:
        InputError: There is something at ``path`` already, or it cannot be written; nothing is left behind.
    """
    path = path.absolute()
    if path.is_symlink() or path.exists():
        raise _taken(path)
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    with _clear(path):
        file = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    out = OutFile(path, part, file)
    try:
        yield out
        if not out.is_there:
            out.publish()
    except BaseException:
        out.take_back()
        raise
    finally:
        with suppress(OSError):  # what could not be flushed was complained of before
            file.close()
        part.unlink(missing_ok=True)


def place(part: Path, path: Path) -> None:
    """Give a finished file its name, which ``part`` may keep beside it.

    Raises:
        FileExistsError: The name is taken; what has it was not touched.
    """
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:  # a filesystem without hard links
        if path.exists() or path.is_symlink():
            raise FileExistsError(path) from None
        part.rename(path)


@contextmanager
def _clear(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise InputError(
            f"The file {path} cannot be written: {why}.",
            remedy="Name a place with room that you may write to; nothing was left behind.",
        ) from None


def _taken(path: Path) -> InputError:
    return InputError(
        f"The file {path} is there already.", remedy="Name another file, or move that one away; it was not touched."
    )
