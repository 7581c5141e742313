"""One after the other: within a process, whoever does the same thing at the same time waits for the first to end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary

_guard = threading.Lock()
#: Forgotten when nobody has it and nobody waits for it.
_turns: WeakValueDictionary[str, Any] = WeakValueDictionary()


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Have the block for oneself, among all blocks of that name."""
    with _guard:
        mine = _turns.get(name)
        if mine is None:
            mine = _turns[name] = threading.Lock()
    with mine:
        yield
