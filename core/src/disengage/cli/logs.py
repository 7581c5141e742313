"""Logs: to stderr, quiet unless asked for, never with names, addresses, bodies or secrets."""

from __future__ import annotations

import logging
import os
import sys

import structlog


def set_up() -> None:
    """Send log lines to stderr; ``DISENGAGE_LOG`` = debug, info, warning or error (default)."""
    level = getattr(logging, os.environ.get("DISENGAGE_LOG", "error").upper(), logging.ERROR)
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for noisy in ("dbos", "httpx", "httpcore", "alembic", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
