"""The firm whose API is called."""

from __future__ import annotations

import logging

import pytest
import structlog

from tests.web.conftest import firm, new_firm, no_waiting_for_reads

__all__ = ["firm", "new_firm", "no_waiting_for_reads", "quiet"]


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Keep the server's log out of what the command line prints at the same time."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
