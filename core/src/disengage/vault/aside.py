"""Folders beside the real thing: built in, then renamed or thrown away, and swept up after a process that died."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def aside(parent: Path, prefix: str, *, mode: int = 0o700) -> Iterator[Path]:
    """Yield a new folder in ``parent`` that is gone afterwards, unless it was renamed meanwhile.

    Folders with the same prefix that a killed process left behind are removed first: each living process holds a
    lock on its own, which the system releases when the process ends.
    """
    _sweep(parent, prefix)
    folder, lock = _made(parent, prefix, mode)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _made(parent: Path, prefix: str, mode: int) -> tuple[Path, int]:
    while True:
        folder = parent / f"{prefix}{secrets.token_hex(8)}"
        parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the parent was tidied away in between
            folder.mkdir(mode=mode)
        lock = _locked(folder)
        if lock is not None and folder.exists():
            return folder, lock
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """Return the lock on a folder just made, or None where a sweep was quicker."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        pass  # some network filesystems cannot lock a folder; no sweep will ever take it there either
    return handle


def _sweep(parent: Path, prefix: str) -> None:
    for folder in parent.glob(f"{prefix}*"):
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # its owner is alive, or nobody can tell
        finally:
            os.close(handle)
