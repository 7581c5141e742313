"""The journal of a bag in the making: a line for every file that is complete, written after the file.

It lies beside the bag, in the working folder. A process that is killed leaves it behind, and the next one reads there
what it need not fetch again. Its first line says what is being built, and with which version; where that is not the
same, or a line cannot be read, everything begins afresh. The last line may be cut off: it was being written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from disengage import __version__
from disengage.vault.bag import BagIdentity, KeptFile

#: What was fetched longer ago is fetched again: a copy should show one moment, as nearly as it can.
LASTS = timedelta(hours=24)


class Journal:
    """What is complete of one bag.

    Args:
        file: Where it is written.
        identity: Whose history the bag holds.
        now: The clock, UTC.

    Attributes:
        earlier: The files that an earlier process completed less than a day ago.
        begun: When the building began, by whichever process.
    """

    def __init__(self, file: Path, identity: BagIdentity, now: Callable[[], datetime]) -> None:
        self._head = {"disengage": __version__, "bag": identity.fingerprint, "begun": _time(now())}
        self.earlier, self.begun = _read(file, self._head, now())
        self._file = file.open("wb")
        self._put(self._head | {"begun": _time(self.begun)})
        for kept in self.earlier:
            self.add(kept)

    def add(self, kept: KeptFile) -> None:
        """Note that a file is complete."""
        self._put(kept.as_json())

    def close(self) -> None:
        """Write nothing more."""
        self._file.close()

    def _put(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()


def is_stale(file: Path, now: datetime) -> bool:
    """Return whether nothing in a journal can be of use any more."""
    try:
        *_, last = _lines(file.read_bytes())
        return not _is_recent(str(last.get("fetched_at") or last["begun"]), now)
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _read(file: Path, head: dict[str, str], now: datetime) -> tuple[list[KeptFile], datetime]:
    """Return what is of use in a journal; nothing where it is about another bag, or damaged."""
    try:
        first, *lines = _lines(file.read_bytes())
        if first | {"begun": ""} != head | {"begun": ""}:
            return [], now
        kept = {(line := KeptFile(**entry)).name: line for entry in lines}
        recent = [entry for entry in kept.values() if _is_recent(entry.fetched_at, now)]
        return recent, datetime.fromisoformat(first["begun"]) if recent else now
    except (OSError, ValueError, KeyError, TypeError):
        return [], now


def _lines(content: bytes) -> Iterator[dict[str, Any]]:
    whole, _, _ = content.rpartition(b"\n")
    for line in whole.split(b"\n"):
        entry = json.loads(line)
        if not isinstance(entry, dict) or ".." in PurePosixPath(entry.get("name", "")).parts:
            raise ValueError("a line is none of ours")
        yield entry


def _is_recent(at: str, now: datetime) -> bool:
    return timedelta(0) <= now - datetime.fromisoformat(at) < LASTS


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
