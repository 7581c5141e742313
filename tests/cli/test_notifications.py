"""People hear of what happens by the commands that they use anyway, and nobody who is told holds anything back."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.cli.desk import Desk

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
PLANTED = ("Nordlys", "974760673", "Kari", "nordlys.example", "Per Person")
EVENTS = '["approved", "task_opened", "task_done", "done", "digest"]'


@dataclass
class Receiver:
    """A program of the firm's own; ``status`` is what it answers."""

    port: int = 0
    status: int = 204
    told: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0

    def kinds(self) -> list[str]:
        return [notice["type"] for notice in self.told if notice["type"] != "digest"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            notice = Webhook(SECRET).verify(body, dict(self.headers.items()))
            if found.status < 300:
                found.told.append(notice)
            else:
                found.refused += 1
            self.send_response(found.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def told(bank: Desk, receiver: Receiver) -> Desk:
    """Give a desk of people whose firm has a webhook."""
    bank.secrets["HOOK_SECRET"] = SECRET
    bank.drop_configuration("operations.")
    bank.add_configuration(
        f'[notifications.hook]\nkind = "webhook"\nurl = "http://127.0.0.1:{receiver.port}/in"\n'
        f'secret = {{ env = "HOOK_SECRET" }}\nevents = {EVENTS}'
    )
    return bank


def test_run_tells_what_was_recorded_since_the_last_time(told: Desk, receiver: Receiver) -> None:
    case = told.planned()
    assert told.run(case).code == 4
    assert receiver.kinds() == ["task_opened"]
    told.bring("banqup.retain_history")
    assert receiver.kinds() == ["task_opened"]
    assert told.run(case).code == 4
    assert receiver.kinds() == ["task_opened", "task_done", "done", "task_opened"]
    assert [word for word in PLANTED if word in json.dumps(receiver.told)] == []


def test_who_does_not_take_what_it_is_told_holds_nothing_back(told: Desk, receiver: Receiver) -> None:
    receiver.status = 400
    case = told.planned()
    assert told.run(case).code == 4
    told.bring("banqup.retain_history")
    assert told.run(case).code == 4
    assert told.stands(case)["banqup.sever_link"] == ("waiting", "person")
    assert (receiver.told, receiver.refused > 0) == ([], True)


def test_a_wrong_table_is_one_clear_error_and_changes_nothing(told: Desk) -> None:
    told.configure('kind = "webhook"', 'kind = "webhok"')
    assert "'notifications.hook.kind' names 'webhok', which no installed plugin offers. Did you mean 'webhook'?" in (
        told.refused(2, "plan", "request.toml")
    )
    told.configure('kind = "webhok"', 'kind = "webhook"\nsecrt = { env = "X" }')
    assert "'notifications.hook.secrt' is not known. Did you mean 'secret'?" in told.refused(2, "cases")
