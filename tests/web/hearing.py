"""Hear every line that is logged within a block, whatever level a command has set before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog


@contextmanager
def heard() -> Iterator[list[dict[str, Any]]]:
    """Yield the lines, as they come."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0), cache_logger_on_first_use=False)
    try:
        with structlog.testing.capture_logs() as lines:
            yield lines  # type: ignore[misc]  # they are dictionaries
    finally:
        structlog.configure(**before)
