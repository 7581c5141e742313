"""The fence: whoever lost the right to work on a link makes no further change, however far it has come.

A worker may sleep, or be cut off from the store, while it acts; its database forgets it, and another one takes over.
So the right is asked for again right before each changing call, in the thread that makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_check: ContextVar[Callable[[], None] | None] = ContextVar("disengage_fence", default=None)


@contextmanager
def fenced(check: Callable[[], None]) -> Iterator[None]:
    """Have ``still_allowed`` ask ``check`` within the block, also on threads that copy its context."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def still_allowed() -> None:
    """Do nothing while changes may be made; outside of every fence they always may.

    Raises:
        StoreError: The right to work on the link was lost; nothing was sent.
    """
    check = _check.get()
    if check is not None:
        check()
