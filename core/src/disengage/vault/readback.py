"""Read the files of a bag again while further ones are still fetched, so that its end need not wait for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from disengage.vault.hashing import Checksums
from disengage.vault.reach import InFolder
from disengage.vault.tagfiles import ALGORITHM
from disengage.vault.trouble import ASIDE


class ReadBack:
    """What was read back of a bag that is being built: each file once the disk has it, one after another.

    Args:
        bag: The bag's folder.
    """

    def __init__(self, bag: Path) -> None:
        self._reach = InFolder(bag, settle=ASIDE)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="disengage-read-back")
        self._read: dict[str, Future[str]] = {}

    def add(self, name: str) -> None:
        """Have a complete file read again; nobody changes it any more."""
        self._read[name] = self._thread.submit(self._digest, name)

    def checksums(self) -> dict[str, Mapping[str, str]]:
        """Return what the files were read as, when all were; one that could not be read is left to who asks."""
        self._thread.shutdown()
        return {name: {ALGORITHM: one.result()} for name, one in self._read.items() if one.exception() is None}

    def close(self) -> None:
        """Read nothing more."""
        self._thread.shutdown(cancel_futures=True)

    def _digest(self, name: str) -> str:
        return Checksums.of(self._reach.chunks(name))[ALGORITHM]
