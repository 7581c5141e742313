"""Where a bag is built: a folder of its own in the working folder, which outlives a process that is killed.

    WORK/                   [vault] work; private
      1f0c…/                one bag, named by what it is a bag of; locked while a process builds there
        journal.jsonl       what is complete
        bag/                the bag as it will be published
        parts/              files that are being written

A second process that builds the same bag at the same time gets a folder beside it, ``1f0c….2``.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from disengage.errors import ConnectorError, PluginError, VaultError
from disengage.vault.bag import BagIdentity
from disengage.vault.journal import Journal, is_stale
from disengage.vault.readback import ReadBack
from disengage.vault.trouble import ASIDE, touching

_JOURNAL = "journal.jsonl"
_OURS = re.compile(r"[0-9a-f]{32}(\.\d+)?")


class Site:
    """One place where a bag is built.

    Args:
        folder: Its folder; this process alone builds there.
        identity: Whose history the bag holds.
        now: The clock, UTC.
        proven_here: The bag is read again here, and not only where it is published.

    Attributes:
        bag: The bag's folder.
        parts: Where files are written before they are complete.
        journal: What is complete.
        read_back: What was read again of the files that are complete; None where the bag is proven elsewhere.
        spoilt: The folder is of no use to the next process: it is full, or did not keep what was written.
    """

    def __init__(
        self, folder: Path, identity: BagIdentity, now: Callable[[], datetime], *, proven_here: bool = True
    ) -> None:
        self.bag, self.parts, self.spoilt = folder / "bag", folder / "parts", False
        shutil.rmtree(self.parts, ignore_errors=True)
        self.parts.mkdir()
        self.journal = Journal(folder / _JOURNAL, identity, now)
        self.read_back = ReadBack(self.bag) if proven_here else None
        _clear(self.bag, {f"data/{kept.name}" for kept in self.journal.earlier})

    def is_of_use_after(self, error: BaseException) -> bool:
        """Return whether another process can go on from here."""
        goes_on = isinstance(error, ConnectorError | PluginError | VaultError) or not isinstance(error, Exception)
        return goes_on and not self.spoilt


@contextmanager
def site(
    work: Path, identity: BagIdentity, now: Callable[[], datetime], *, lasting: bool = True, proven_here: bool = True
) -> Iterator[Site]:
    """Yield the place for one bag; gone afterwards, unless the block was broken off and can be gone on with.

    Args:
        work: The working folder.
        identity: Whose history the bag holds.
        now: The clock, UTC.
        lasting: Whether anything may be left for a next time.
        proven_here: See ``Site``.

    Raises:
        VaultError: The working folder cannot be used.
    """
    with touching(ASIDE):
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(work, now())
        folder, lock = _claimed(work, identity.fingerprint[:32])
    keeps = False
    try:
        with touching(ASIDE):
            place = Site(folder, identity, now, proven_here=proven_here)
        try:
            yield place
        except BaseException as error:
            keeps = lasting and place.is_of_use_after(error)
            raise
        finally:
            if place.read_back:
                place.read_back.close()
            place.journal.close()
    finally:
        if not keeps:
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(work: Path, now: datetime) -> None:
    """Remove what nobody builds any more and nobody can go on with: it holds a client's papers."""
    for folder in work.iterdir():
        if not _OURS.fullmatch(folder.name) or not is_stale(folder / _JOURNAL, now):
            continue
        lock = _locked(folder)
        if lock is not None:
            if is_stale(folder / _JOURNAL, now):
                shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _claimed(work: Path, name: str) -> tuple[Path, int]:
    """Return the first folder of this name that no other process builds in, and the lock on it."""
    for number in count(1):
        folder = work / (name if number == 1 else f"{name}.{number}")
        with suppress(FileExistsError):  # it may even be gone by now: whoever built in it removed it
            folder.mkdir(mode=0o700)
        lock = _locked(folder)
        if lock is not None:
            return folder, lock
    raise AssertionError("numbers do not end")


def _locked(folder: Path) -> int | None:
    """Return a lock that the system releases when this process ends; None where another process has it."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), folder.stat()):  # else it was removed, and made anew, in between
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _clear(bag: Path, complete: set[str]) -> None:
    """Leave nothing in a bag but the files that are complete."""
    bag.mkdir(exist_ok=True)
    for folder, folders, names in os.walk(bag, topdown=False):
        for name in names:
            path = Path(folder, name)
            if path.relative_to(bag).as_posix() not in complete:
                path.unlink()
        for name in folders:
            with suppress(OSError):
                Path(folder, name).rmdir()
    (bag / "data").mkdir(exist_ok=True)
