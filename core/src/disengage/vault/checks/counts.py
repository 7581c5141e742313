"""Compare what a platform stated with what was kept: the files of a folder, or the items of a list.

A list is a JSON document whose outermost value is an array, an object that holds exactly one array, or one JSON value
on every line (NDJSON). It is counted as a stream: the brackets, strings and commas are followed, nothing is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from disengage.domain.checks import Check, not_checked
from disengage.vault.checks.faults import Faults

NAME = "count"

_CHUNK = 1 << 16
_SIGNS = re.compile(rb'["\\\[\]{},\n]|[^\s"\\\[\]{},]+')
_ONE_A_LINE = (".ndjson", ".jsonl")


class StatedCount(Protocol):
    """How many of something a platform said there are."""

    @property
    def name(self) -> str:
        """A file written, or a folder of the bag, ending in ``/``."""

    @property
    def count(self) -> int:
        """What was stated."""


def compare(stated: StatedCount, files: Mapping[str, Path]) -> Check:
    """Return whether as much was kept as the platform said there is."""
    if stated.name.endswith("/"):
        return _compared(stated, sum(name.startswith(stated.name) for name in files), "files were kept")
    path = files.get(stated.name)
    if path is None:
        return _compared(stated, 0, "items were kept: there is no such file")
    try:
        items = count_items(path)
    except (OSError, ValueError) as error:
        return not_checked(NAME, stated.name, f"its items cannot be counted: {error}")
    return _compared(stated, items, "items were kept")


def _compared(stated: StatedCount, kept: int, what: str) -> Check:
    faults = Faults(NAME, stated.name)
    if kept != stated.count:
        faults.add("count_differs", stated.name, f"the platform stated {stated.count}, and {kept} {what}")
    return faults.check(f"{kept} {what}, as many as the platform stated")


def count_items(path: Path) -> int:
    """Return how many items a JSON list, or a file with one JSON value a line, holds.

    Raises:
        OSError: It cannot be read.
        ValueError: It is neither, or it ends in the middle.
    """
    if path.suffix.lower() in _ONE_A_LINE:
        with path.open("rb") as file:
            return sum(bool(line.strip()) for line in file)
    return _Counting().through(path)


class _Counting:
    """Follows brackets and strings, and counts the items of every array that may be the list."""

    def __init__(self) -> None:
        self.depth = 0
        self.in_string = False
        self.escaped = False
        self.lists: list[int] = []
        self.counting_at = 0
        self.filled = False
        self.begun = b""

    def through(self, path: Path) -> int:
        """Return the number of items of the only list in the file."""
        for sign in _signs(path):
            self._take(sign)
        if self.depth or self.in_string or not self.begun:
            raise ValueError("it ends in the middle")
        if len(self.lists) != 1:
            raise ValueError(f"it holds {len(self.lists)} lists, not one")
        return self.lists[0]

    def _take(self, sign: bytes) -> None:
        if self.in_string:
            return self._in_string(sign)
        if sign in (b"[", b"{"):
            self._opened(sign)
        elif sign in (b"]", b"}"):
            self._closed()
        elif sign == b"," and self.depth == self.counting_at and self.counting_at:
            self.lists[-1] += 1
        elif sign not in (b",", b"\n"):
            self._value(sign)
        return None

    def _in_string(self, sign: bytes) -> None:
        if self.escaped:
            self.escaped = False
        elif sign == b"\\":
            self.escaped = True
        elif sign == b'"':
            self.in_string = False

    def _opened(self, sign: bytes) -> None:
        self._value(sign)
        self.depth += 1
        outermost = self.depth == 1 or (self.depth == 2 and self.begun == b"{")
        if sign == b"[" and outermost and not self.counting_at:
            self.counting_at, self.filled = self.depth, False
            self.lists.append(0)

    def _closed(self) -> None:
        self.depth -= 1
        if self.depth < 0:
            raise ValueError("a bracket is closed that was never opened")
        if self.depth < self.counting_at:
            self.lists[-1] += self.filled
            self.counting_at = 0

    def _value(self, sign: bytes) -> None:
        self.begun = self.begun or sign
        self.filled = self.filled or self.depth == self.counting_at
        self.in_string = sign == b'"'


def _signs(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield from _SIGNS.findall(chunk)
