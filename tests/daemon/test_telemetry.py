"""Traces are sent where they are asked for, hold nothing personal, and are never in the daemon's way."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.cli.desk import Desk, at_work
from tests.daemon.service import configure, serving, until

SENDER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
#: Who approves; no span may say so.
PERSON = "Marker Ansvarlig"

#: Attributes that differ from span to span.
VARYING = {"dbos.operation.workflow_id", "dbos.operation.type", "dbos.queue.name"}


class Collector:
    """Takes spans over OTLP/HTTP on loopback.

    Attributes:
        endpoint: Where.
        bodies: What came, as it came.
    """

    def __init__(self, *, silent: bool = False) -> None:
        self.bodies: list[bytes] = []
        self.released = Event()
        if not silent:
            self.released.set()
        collector = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding") == "gzip"
                collector.bodies.append(gzip.decompress(body) if packed else body)
                collector.released.wait()
                with contextlib.suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}/v1/traces"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def spans(self) -> list[Span]:
        """Return all spans that came."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]
        return [
            span for request in requests for resource in request.resource_spans for scope in resource.scope_spans
            for span in scope.spans
        ]  # fmt: skip

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    yield found
    found.close()


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Desk]:
    with at_work(tmp_path, banqup=BanqupSimulator(), crm=TableSimulator()) as desk:
        yield desk


def attributes(span: Span) -> dict[str, str]:
    assert {pair.value.WhichOneof("value") for pair in span.attributes} == {"string_value"}
    return {pair.key: pair.value.string_value for pair in span.attributes}


def approved(desk: Desk) -> str:
    """Plan the request and have it approved by a person with a name that can be sought."""
    case = desk.plan()
    for who in (PERSON, f"Other {PERSON}")[: case["plan"]["needed"]]:
        assert desk.call("approve", case["case"], "--by", who).code == 0
    return str(case["case"])


def tasks_of(desk: Desk) -> list[object]:
    return list(desk.call("tasks", "--json").json()["tasks"])


def test_a_run_is_seen_by_a_collector_which_learns_ids_and_nothing_else(bank: Desk, collector: Collector) -> None:
    configure(bank, otlp_endpoint=collector.endpoint)
    case = approved(bank)
    with serving(bank) as service:
        until(lambda: tasks_of(bank), "work that a person has to do")
        assert service.stop()[0] == 0
    spans = collector.spans()
    assert {span.name for span in spans} == {"segment", "advance"}
    assert any(case in attributes(span)["dbos.operation.workflow_id"] for span in spans)
    assert {pair for span in spans for pair in attributes(span).items() if pair[0] not in VARYING} == {
        ("dbos.application.version", "1"), ("dbos.executor.id", "worker-1"), ("dbos.user.roles", ""),
    }  # fmt: skip
    assert [event for span in spans for event in span.events] == []
    request = (bank.folder / "request.toml").read_text(encoding="utf-8")
    seen = b"".join(collector.bodies).decode(errors="replace")
    never = [PERSON, "Nordlys", "974760673", str(bank.folder), *bank.simulation.environment().values()]
    assert "Nordlys" in request
    assert [text for text in never if text in seen] == []


@pytest.mark.parametrize("how", ["refuses", "is silent"])
def test_a_collector_that_fails_holds_up_neither_work_nor_the_end(bank: Desk, how: str) -> None:
    silent = Collector(silent=True)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        refusing = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/traces"
        configure(bank, otlp_endpoint=silent.endpoint if how == "is silent" else refusing, stop_seconds=5)
        approved(bank)
        with serving(bank) as service:
            until(lambda: tasks_of(bank), "work that a person has to do")
            until(lambda: how == "refuses" or silent.bodies, "a collector that was called")
            code, logged = service.stop()
    silent.close()
    assert (code, logged[-1]["event"]) == (0, "stopped")
    complaints = [line for line in logged if line["event"] == "traces_not_delivered"]
    assert len(complaints) <= 1
    assert all(set(line) == {"event", "level", "timestamp"} for line in complaints)
    assert "127.0.0.1" not in json.dumps([line for line in logged if line["event"] != "started"])


def test_without_what_they_need_the_daemon_is_refused_before_anything_is_opened(
    bank: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(bank, otlp_endpoint="http://127.0.0.1:4318/v1/traces")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)
    for name in [name for name in sys.modules if name.startswith("opentelemetry.exporter.")]:
        monkeypatch.delitem(sys.modules, name)
    message = bank.call("daemon", "--once")
    assert (message.code, bank.store.exists()) == (2, False)
    assert message.err == (
        f"disengage: {bank.folder / 'disengage.toml'}: 'daemon.otlp_endpoint' is set, and OpenTelemetry is not"
        " installed.\n           Install disengage[otel], or leave the key out.\n"
    )


def test_without_the_key_nothing_of_it_is_loaded(bank: Desk) -> None:
    configure(bank)
    program = (
        "import sys; from disengage.cli.daemon import serve; serve(None, once=True, health_port=None); "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, cwd=bank.folder, env=bank.environment, capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"
