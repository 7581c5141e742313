"""Health and figures of a daemon over HTTP, on loopback only: /healthz, /readyz, /metrics. Nothing personal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from disengage import __version__
from disengage.domain.lifecycle import CaseState, WaitsFor
from disengage.engine.daemon import Daemon
from disengage.errors import ConfigurationError, StoreError
from disengage.store import Figures

#: A loop that did not turn for so long is stuck; a locked SQLite file may hold it up for half a minute at a time.
LATELY = 120.0
#: Figures of the store are counted at most so often.
COUNTED_EVERY = 5.0
_LOOPBACK = "127.0.0.1"


class Health:
    """What is known of a daemon.

    Args:
        daemon: The daemon.
    """

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self._counted: tuple[float, Figures, float] | None = None
        self._events: dict[str, int] = {}
        self._last_event = 0
        self._one_at_a_time = threading.Lock()

    def alive(self) -> bool:
        """Return whether the loop turned lately."""
        return time.monotonic() - self.daemon.last_turn < LATELY

    def figures(self) -> tuple[Figures, float]:
        """Return the store's figures, and how many seconds it took to count them.

        Raises:
            StoreError: The store cannot be used.
        """
        with self._one_at_a_time:
            if self._counted is None or time.monotonic() - self._counted[0] > COUNTED_EVERY:
                begun = time.monotonic()
                workplace = self.daemon.workplace
                found = workplace.store.figures(workplace.now(), self._last_event)
                for kind, number in found.events.items():
                    self._events[kind] = self._events.get(kind, 0) + number
                self._last_event = found.last_event
                whole = found.model_copy(update={"events": dict(self._events)})
                self._counted = (time.monotonic(), whole, time.monotonic() - begun)
            return self._counted[1:]

    def ready(self) -> bool:
        """Return whether the loop turns and the store can be used."""
        try:
            self.daemon.workplace.store.outages.all()
        except StoreError:
            return False
        return self.alive() and not self.daemon.store_failures

    # --- as Prometheus wants it

    def collect(self) -> Iterator[Metric]:
        """Yield every figure; those of the store are left out while it cannot be used."""
        yield InfoMetricFamily("disengage", "The version.", {"version": __version__})
        yield from self._of_the_loop()
        yield from self._of_the_duties()
        try:
            figures, seconds = self.figures()
            outages = self.daemon.workplace.store.outages.all()
        except StoreError:
            yield _gauge("store_up", "Whether the store can be used.", 0)
            return
        yield _gauge("store_up", "Whether the store can be used.", 1)
        yield _gauge("store_seconds", "How long the store took to count these figures.", seconds)
        yield from _of_the_store(figures, self.daemon.workplace.now().timestamp())
        down = dict.fromkeys(self.daemon.workplace.settings.connections, 0)
        down |= {outage.connection: int(outage.down) for outage in outages}
        yield _gauges("connection_down", "Whether a connection is left alone since it fails.", "connection", down)

    def _of_the_loop(self) -> Iterator[Metric]:
        lag = time.monotonic() - self.daemon.last_turn
        yield _gauge("loop_lag_seconds", "Since the loop last turned.", lag)
        yield _gauge("segments_running", "Segments that run in this process.", self.daemon.running)

    def _of_the_duties(self) -> Iterator[Metric]:
        duties = self.daemon.rota.duties
        failures = CounterMetricFamily("disengage_duty_failures", "How often a duty failed.", labels=["duty"])
        for duty in duties:
            failures.add_metric([duty.name], duty.failures)
        yield failures
        last = {duty.name: duty.last_done for duty in duties}
        yield _gauges("duty_last_done_seconds", "When a duty was last done; 0: not yet.", "duty", last)


def _of_the_store(figures: Figures, now: float) -> Iterator[Metric]:
    cases = {str(state): figures.cases.get(str(state), 0) for state in CaseState}
    yield _gauges("cases", "Cases by state.", "state", cases)
    waiting = {str(what): figures.waiting.get(str(what), 0) for what in WaitsFor}
    yield _gauges("steps_waiting", "Steps of unfinished cases by what they wait for.", "waits_for", waiting)
    yield _gauge("tasks_open", "Tasks that a person can work on.", figures.tasks_open)
    yield _gauge("tasks_overdue", "Open tasks whose deadline is over.", figures.tasks_overdue)
    yield _gauge("wakes", "Wakes that were not handed over yet.", figures.wakes)
    lag = now - figures.oldest_wake.timestamp() if figures.oldest_wake else 0
    yield _gauge("wake_lag_seconds", "Since when the oldest of them is due.", max(0.0, lag))
    counter = CounterMetricFamily("disengage_events", "Events of the whole store by kind.", labels=["kind"])
    for kind, number in sorted(({"done": 0, "failed": 0, "refused": 0} | figures.events).items()):
        counter.add_metric([kind], number)
    yield counter


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"disengage_{name}", words, value=value)


def _gauges(name: str, words: str, label: str, values: dict[str, Any]) -> Metric:
    family = GaugeMetricFamily(f"disengage_{name}", words, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


# --- over HTTP


class HealthServer:
    """Serves a daemon's health on loopback until it is closed.

    Args:
        health: What is served.
        port: The port; 0 takes a free one.

    Raises:
        ConfigurationError: The port is taken.
    """

    def __init__(self, health: Health, port: int) -> None:
        registry = CollectorRegistry()
        registry.register(health)
        ProcessCollector(registry=registry)
        pages: dict[str, Page] = {
            "/healthz": lambda: _said(health.alive()),
            "/readyz": lambda: _said(health.ready()),
            "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest(registry)),
        }
        try:
            self._server = ThreadingHTTPServer((_LOOPBACK, port), _answering(pages))
        except OSError as error:
            raise ConfigurationError(
                f"The health port {port} cannot be used: {(error.strerror or 'not free').lower()}.",
                remedy="Name another one in daemon.health_port or with --health-port.",
            ) from None
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True, name="health").start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


#: Status, content type, body.
Page = Callable[[], tuple[int, str, bytes]]


def _said(good: bool) -> tuple[int, str, bytes]:
    return (200, "text/plain; charset=utf-8", b"ok\n") if good else (503, "text/plain; charset=utf-8", b"not ok\n")


def _answering(pages: dict[str, Page]) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        """Answers GET for known paths."""

        server_version, sys_version = "disengage", ""
        timeout = 10

        def do_GET(self) -> None:
            """Answer."""
            page = pages.get(self.path.partition("?")[0])
            status, kind, body = page() if page else (404, "text/plain; charset=utf-8", b"not found\n")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 -- the base class's name
            """Say nothing: who asks, asks all the time."""

    return Answering
