"""The program of the how-to page: it asks, approves, and is told of what happened by signed webhooks."""

from __future__ import annotations

import json
import re
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.programs import program
from tests.web.firm import Firm, open_for_business

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "api.md").read_text(encoding="utf-8")
ASKING, HEARING = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(NOTIFICATION,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SECRET = "whsec_YSBzZWNyZXQgb2YgdHdlbnR5LWZvdXIu"


@contextmanager
def _listening() -> Iterator[ThreadingHTTPServer]:
    """Give a server on a free port whose receiver is put in place later."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), None)  # type: ignore[arg-type]  # see below
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with _listening() as listening:
        yield listening


@pytest.fixture
def told(server: ThreadingHTTPServer, tmp_path: Path) -> Iterator[Firm]:
    """Give a firm that posts what happens to the server."""
    table = NOTIFICATION.replace("https://hooks.fjord.example", f"http://127.0.0.1:{server.server_port}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOOK_SECRET", SECRET)
        with open_for_business(tmp_path, configuration=table) as firm:
            yield firm


def test_the_program_asks_and_hears_of_what_came_of_it(
    told: Firm, server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.work()  # a notification starts with what happens from the first look on
    caller = program(told, "operator", "approver", name="robot")
    monkeypatch.setenv("DISENGAGE_SITE", told.server.url)
    monkeypatch.setenv("DISENGAGE_TOKEN", caller.token)
    said: list[tuple[Any, ...]] = []
    names: dict[str, Any] = {"print": lambda *words: said.append(words)}
    exec(compile(ASKING, "docs/how-to/api.md", "exec"), names)  # the page's own words
    exec(compile(HEARING, "docs/how-to/api.md", "exec"), names)
    server.RequestHandlerClass = names["Receiver"]

    tables = tomllib.loads((told.desk.folder / "request.toml").read_text(encoding="utf-8"))
    planned = names["plan"](json.loads(json.dumps(tables, default=str)))
    approved = names["approve"](planned)
    assert (planned["state"], approved["state"]) == ("planned", "approved")
    with pytest.raises(SystemExit, match="has changed"):
        names["approve"](planned)
    told.work()
    assert [task["id"] for task in names["open_tasks"]()] == [task["id"] for task in caller.told("/tasks")["tasks"]]
    names["site"].close()

    heard = [kind for kind, case, *_ in said if case == planned["case"]]
    assert heard == ["approved", "task_opened"]
    assert len(names["known"]) == len(heard)


def test_what_is_not_signed_is_refused(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    import os

    names: dict[str, Any] = {"os": os}
    exec(compile(HEARING, "docs/how-to/api.md", "exec"), names)
    server.RequestHandlerClass = names["Receiver"]
    answer = httpx.post(f"http://127.0.0.1:{server.server_port}/in", json={"type": "approved"})
    assert (answer.status_code, names["known"]) == (401, set())
