"""Logs: to stderr, quiet unless asked for, never with names, addresses, bodies or secrets."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import TextIO

import structlog


def set_up(style: str = "", level: str = "error") -> None:
    """Send log lines to stderr.

    Args:
        style: ``json`` (an object a line) or ``console``; by default ``console`` on a terminal only.
        level: The level, unless ``$DISENGAGE_LOG`` says another one: debug, info, warning or error.
    """
    lowest = getattr(logging, os.environ.get("DISENGAGE_LOG", level).upper(), logging.ERROR)
    on_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if (style or ("console" if on_terminal else "json")) == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=on_terminal)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.PrintLoggerFactory(_Unfailing(sys.stderr)),  # type: ignore[arg-type] # writes only
        cache_logger_on_first_use=False,
    )
    for noisy in ("dbos", "httpx", "httpcore", "alembic", "sqlalchemy", "urllib3", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


class _Unfailing:
    """A stream whose reader may be gone: work goes on without its log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            self._stream.flush()
