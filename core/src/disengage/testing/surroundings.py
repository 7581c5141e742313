"""What surrounds a connection on the bench: tokens in memory, limits that cost no time, copies in a folder."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Sequence
from contextvars import Context
from pathlib import Path
from typing import Any

from disengage.connector import Rate
from disengage.domain.evidence import EvidenceFile
from disengage.http import MemoryLimiter
from disengage.testing.exchanges import Booking

_FOREVER = 1e6


class TokensInMemory(dict[str, str]):
    """A token store."""

    def put(self, name: str, value: str) -> None:
        """Keep ``value`` under ``name``."""
        self[name] = value


class Books:
    """A limiter that books calls as the real one does, at the moments they may go, and lets nobody wait for them.

    All calls come at once, which is the hardest case; each is told when it would have gone.
    """

    def __init__(self) -> None:
        self._own = threading.local()
        self._limiter = MemoryLimiter(clock=lambda: 0.0, sleep=self._sleep, longest_wait=_FOREVER)

    def wait(self, key: str, rates: Sequence[Rate]) -> None:
        """Book one call."""
        self._own.at = 0.0
        Context().run(self._limiter.wait, key, rates)  # outside of the caller's time: nobody really waits
        self._own.booking = Booking(key, tuple(rates), self._own.at)

    def taken(self) -> Booking | None:
        """Return this thread's last booking, which is used up by that."""
        booking: Booking | None = getattr(self._own, "booking", None)
        self._own.booking = None
        return booking

    def _sleep(self, seconds: float) -> None:
        self._own.at += seconds


class FolderSink:
    """Writes a copy into a folder, and remembers checksums.

    Attributes:
        kept: File name → checksum of its content.
        files: File name → where it lies.
        gaps: What could not be kept.
        counts: What the platform stated there is of a file or folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.kept: dict[str, str] = {}
        self.files: dict[str, Path] = {}
        self.gaps: list[str] = []
        self.counts: dict[str, int] = {}

    def write(self, name: str, chunks: Iterable[bytes], *, source: str = "") -> EvidenceFile:  # noqa: ARG002 -- the protocol's
        """Write one file, counting its checksum on the way."""
        digest, size = hashlib.sha256(), 0
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{len(self.kept):04}"
        with path.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.kept[name], self.files[name] = digest.hexdigest(), path
        return EvidenceFile(name=name, sha256=digest.hexdigest(), size=size)

    def write_json(self, name: str, value: Any, *, source: str = "") -> EvidenceFile:
        """Write one JSON file."""
        content = json.dumps(value, ensure_ascii=False, indent=2, default=str).encode()
        return self.write(name, [content], source=source)

    def already_kept(self, name: str, *, source: str = "") -> EvidenceFile | None:  # noqa: ARG002 -- the protocol's
        """Return nothing: no run before was interrupted."""
        return None

    def stated(self, name: str, count: int, *, source: str = "") -> None:  # noqa: ARG002 -- the protocol's
        """Remember how many there should be."""
        self.counts[name] = count

    def gap(self, message: str) -> None:
        """Remember what could not be kept."""
        self.gaps.append(message)
