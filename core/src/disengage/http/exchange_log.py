"""One event per exchange with a platform: who, what, how it ended. Never an address, a body or a secret."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from disengage.http.calls import Call

_LIBRARIES = ("httpx", "httpcore")


@dataclass
class Line:
    """What is filled in while an exchange goes on."""

    status: int | None = None


@contextmanager
def recorded(call: Call, attempt: int) -> Iterator[Line]:
    """Log one exchange when it is over, however it ends."""
    line, started = Line(), time.monotonic()
    trouble = None
    try:
        yield line
    except Exception as error:
        trouble = type(getattr(error, "error", error)).__name__  # a setback's own name says nothing
        raise
    finally:
        structlog.get_logger("disengage.http").info(
            "http.exchange",
            connection=call.connection,
            operation=call.operation,
            method=call.method,
            status=line.status,
            milliseconds=round((time.monotonic() - started) * 1000),
            attempt=attempt,
            request_id=call.request_id,
            **({"error": trouble} if trouble else {}),
        )


def hush_the_libraries() -> None:
    """Keep the HTTP libraries from logging by themselves: their lines hold whole URLs and headers."""
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
