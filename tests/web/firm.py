"""A firm whose pages are served on loopback, and the people who visit them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from disengage.domain.rights import Person, Role
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.testing import Simulator
from disengage.web.serving import WebServer

from tests.cli.desk import Desk, at_work, bank_and_table

_COUNT = itertools.count(1)


class Visitor:
    """A browser without JavaScript: follows no redirect by itself, and adds the CSRF token to what it sends.

    Attributes:
        name: Who is signed in; empty: nobody.
        http: The client, for what has no word here.
    """

    def __init__(self, url: str, name: str = "", cookie: tuple[str, str] | None = None, csrf: str = "") -> None:
        self.name, self.csrf = name, csrf
        # there is no TLS here, and reading all authorities' certificates takes a while
        self.http = httpx.Client(base_url=url, verify=False, timeout=60, cookies=dict([cookie]) if cookie else None)
        self._own = {"Origin": url, "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send a form as its page would."""
        headers = {**self._own, **more.pop("headers", {})}
        return self.http.post(path, data={"csrf": self.csrf, **(data or {})}, headers=headers, **more)

    def text(self, path: str) -> str:
        """Return a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer.text

    def close(self) -> None:
        self.http.close()


@dataclass
class Firm:
    """A firm with its desk (the command line, the simulators) and its pages, which share one store.

    Attributes:
        desk: The command line and the simulators; see tests/cli/desk.py.
        workplace: What the pages work on.
        server: The pages on a socket.
    """

    desk: Desk
    workplace: Workplace
    server: WebServer
    visitors: list[Visitor] = field(default_factory=list)

    @property
    def anybody(self) -> Visitor:
        """Somebody who is not signed in."""
        return self._kept(Visitor(self.server.url))

    def visitor(self, *roles: str, name: str = "") -> Visitor:
        """Somebody with these roles who is signed in; a person of that name is made where there is none."""
        name = name or f"{'-'.join(roles) or 'nobody'}-{next(_COUNT)}"
        people, sessions = self.workplace.store.people, self.server.site.sessions
        if people.find(name) is None:
            people.add(Person(name=name, shown=name.title(), roles=frozenset(map(Role, roles))))
        value = sessions.open(name, "password")
        kept = self.workplace.store.sessions.find(value)
        assert kept
        return self._kept(Visitor(self.server.url, name, (sessions.cookie, value), kept.csrf))

    def work(self) -> None:
        """Do all that is ready, as a daemon would; on another thread, since a browser's has a loop of its own."""
        with ThreadPoolExecutor(1) as aside:
            aside.submit(self._work).result()

    def _work(self) -> None:
        with Worker(self.workplace) as worker:
            worker.run(None)

    def plan(self) -> dict[str, Any]:
        """Plan the desk's request and return its case, as JSON."""
        return self.desk.plan()

    def _kept(self, visitor: Visitor) -> Visitor:
        self.visitors.append(visitor)
        return visitor


@contextmanager
def open_for_business(
    folder: Path, store: Path | None = None, configuration: str = "", **simulators: Simulator
) -> Iterator[Firm]:
    """Give a firm in ``folder``, by default with the connections ``banqup`` and ``crm``; see ``at_work``."""
    with ExitStack() as stack:
        desk = stack.enter_context(at_work(folder, store, **(simulators or bank_and_table())))
        desk.add_configuration(configuration)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in desk.environment.items():
            patch.setenv(name, value)
        workplace = stack.enter_context(Workplace.open(folder / "disengage.toml", create=True))
        server = WebServer(workplace, port=0)
        server.serve_aside()
        stack.callback(server.close)
        firm = Firm(desk, workplace, server)
        yield firm
        for visitor in firm.visitors:
            visitor.close()
