"""The pages served by the commands themselves: processes of their own, on real sockets."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.desk import Desk, at_work
from tests.daemon.service import PATIENCE, configure, free_port, serving

PASSWORD = "correct horse battery staple"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/welcome/[\w-]{43}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a firm without connections and without people."""
    with at_work(tmp_path_factory.mktemp("served")) as made:
        yield made


def test_the_first_start_prints_a_link_by_which_the_first_person_comes_in(desk: Desk) -> None:
    process = desk.start("web", "--port", "0")
    assert process.stderr is not None
    said = [process.stderr.readline() for _ in range(3)]
    (url,) = re.findall(r"http://127\.0\.0\.1:\d+", said[0])
    (link,) = LINK.findall(said[1])
    with httpx.Client(headers={"Origin": url}, timeout=PATIENCE) as browser:
        assert browser.get(link).status_code == 200
        form = {"name": "anna", "password": PASSWORD, "again": PASSWORD}
        assert browser.post(link, data=form).headers["location"] == "/"
        assert browser.get(f"{url}/people").status_code == 200
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "Traceback" in err) == (0, False)


def test_a_port_that_is_taken_is_one_clear_error(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = desk.call("web", "--port", port)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"disengage: The pages cannot be served at 127.0.0.1, port {port}: ")
    assert "--port" in answer.err


def test_once_and_web_do_not_go_together(desk: Desk) -> None:
    answer = desk.call("daemon", "--once", "--web")
    assert (answer.code, "Leave one of them out" in answer.err) == (2, True)


def test_a_daemon_serves_the_pages_beside_its_work(tmp_path: Path) -> None:
    port = free_port()
    with at_work(tmp_path) as desk:
        configure(desk)
        desk.add_configuration(f"[web]\nport = {port}")
        with serving(desk, "--web") as service:
            answer = httpx.get(f"http://127.0.0.1:{port}/sign-in", timeout=PATIENCE)
            assert answer.status_code == 200
            code, log = service.stop()
        told = {line["event"]: line for line in log}
        assert code == 0
        assert told["pages_served"]["url"] == f"http://127.0.0.1:{port}"
        assert LINK.fullmatch(told["nobody_can_come_in_yet"]["first_person_comes_in_here"])
        assert told["stopped"]


def test_nothing_of_the_pages_is_loaded_for_other_commands() -> None:
    program = "import sys, json, disengage.cli.app, disengage.engine.accounts; print(json.dumps(list(sys.modules)))"
    loaded = set(json.loads(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout))
    heavy = {"fastapi", "starlette", "uvicorn", "authlib", "babel", "argon2", "icalendar", "disengage.web"}
    assert heavy & loaded == set()
