"""Take the checksums of many files at once: each is read one time, in as many threads as help.

``hashlib`` lets other threads run while it works, so two processors hash two files.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

from disengage.vault.reach import Reach

#: Told how many bytes were read so far, in all.
Progress = Callable[[int], None]
T = TypeVar("T")
R = TypeVar("R")


class Checksums:
    """The running checksums and the size of one file, taken in one reading.

    Args:
        algorithms: As ``hashlib`` calls them.
    """

    __slots__ = ("_running", "size")

    def __init__(self, algorithms: Iterable[str] = ("sha256",)) -> None:
        self._running = {name: hashlib.new(name) for name in algorithms}
        self.size = 0

    def add(self, chunk: bytes | memoryview) -> None:
        """Take in one more piece."""
        for running in self._running.values():
            running.update(chunk)
        self.size += len(chunk)

    def __getitem__(self, algorithm: str) -> str:
        """Return the hexadecimal digest so far."""
        return self._running[algorithm].hexdigest()

    @classmethod
    def of(cls, chunks: Iterable[bytes | memoryview], algorithms: Iterable[str] = ("sha256",)) -> Checksums:
        """Return the checksums of all ``chunks`` together."""
        sums = cls(algorithms)
        for chunk in chunks:
            sums.add(chunk)
        return sums


def checksums(
    reach: Reach, algorithms: Mapping[str, Iterable[str]], progress: Progress | None = None
) -> dict[str, Mapping[str, str] | OSError]:
    """Return by name what a file's checksums are, or why it cannot be read.

    Args:
        reach: The files.
        algorithms: By name, what is to be taken.
        progress: Told of every file that was read.
    """
    count = _Count(progress)

    def look(name: str) -> Mapping[str, str] | OSError:
        wanted = tuple(algorithms[name])
        try:
            sums = Checksums.of(reach.chunks(name), wanted)
        except OSError as error:
            return error
        count.add(sums.size)
        return {algorithm: sums[algorithm] for algorithm in wanted}

    def look_at(names: Sequence[str]) -> list[tuple[str, Mapping[str, str] | OSError]]:
        return [(name, look(name)) for name in names]

    names = iter(algorithms)
    lots = iter(lambda: tuple(islice(names, reach.lot)), ())
    return dict(chain.from_iterable(in_threads(look_at, lots, reach.threads)))


def in_threads(work: Callable[[T], R], given: Iterable[T], threads: int) -> Iterator[R]:
    """Yield what ``work`` makes of everything given, in its order, with never more begun than the threads need."""
    with ThreadPoolExecutor(threads, thread_name_prefix="disengage-vault") as pool:
        rest = iter(given)
        begun = deque(pool.submit(work, one) for one in islice(rest, 4 * threads))
        try:
            while begun:
                yield begun.popleft().result()
                begun.extend(pool.submit(work, one) for one in islice(rest, 1))
        finally:
            for future in begun:
                future.cancel()


class _Count:
    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._done, self._lock = progress, 0, threading.Lock()

    def add(self, size: int) -> None:
        if self._progress is not None:
            with self._lock:
                self._done += size
                self._progress(self._done)
