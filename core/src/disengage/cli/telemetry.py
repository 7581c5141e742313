"""Traces of the daemon: sent where they are asked for, and never in the way of its work.

DBOS makes the spans. What is decided here is what it takes to send them, and what happens when nobody takes them.
"""

from __future__ import annotations

import importlib.util
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from disengage.errors import ConfigurationError
from disengage.settings import Settings

log = structlog.get_logger("disengage.daemon")

#: Seconds that the last spans have to arrive when the daemon ends.
FAREWELL = 2.0
#: Seconds between two lines in the log about spans that did not arrive.
COMPLAINS_EVERY = 3600.0
_SENDER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


@contextmanager
def traces(settings: Settings) -> Iterator[None]:
    """Send traces for as long as this lasts, if the configuration asks for them.

    Raises:
        ConfigurationError: They are asked for, and what they need is not installed.
    """
    if not settings.daemon.otlp_endpoint:
        yield
        return
    _refuse_if_missing(settings)
    complaints = _Complaints()
    logger = logging.getLogger("opentelemetry")
    logger.addHandler(complaints)
    spreads, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        _send_the_last()
        logger.removeHandler(complaints)
        logger.propagate = spreads


def _refuse_if_missing(settings: Settings) -> None:
    try:
        found = importlib.util.find_spec(_SENDER)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ConfigurationError(
            f"{settings.file}: 'daemon.otlp_endpoint' is set, and OpenTelemetry is not installed.",
            remedy="Install disengage[otel], or leave the key out.",
        )


def _send_the_last() -> None:
    """Give a collector a moment for what it has not yet got; left alone, the library takes half a minute for it."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sending = threading.Thread(target=provider.shutdown, daemon=True, name="last-spans")
        sending.start()
        sending.join(FAREWELL)


class _Complaints(logging.Handler):
    """Says now and then that spans do not arrive, in place of a line for each and outside our own format.

    What the library says is not passed on: it quotes addresses, and whatever a collector answers.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._complained = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 -- it is told that, not what
        """Say it, unless it was said lately."""
        if time.monotonic() - self._complained >= COMPLAINS_EVERY:
            self._complained = time.monotonic()
            log.warning("traces_not_delivered")
