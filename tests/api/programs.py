"""Programs that call the API over a socket, each with a token of somebody."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from disengage.domain.rights import Person, Right, Role
from disengage.web.access.tokens import Tokens

from tests.web.firm import Firm

_COUNT = itertools.count(1)


class Program:
    """A program with a token; every changing call gets an idempotency key of its own, unless it names one.

    Attributes:
        name: For whom it acts; empty: it has no token.
        token: What it carries.
        http: The client, for what has no word here.
    """

    def __init__(self, url: str, name: str = "", token: str = "") -> None:
        self.name, self.token = name, token
        carried = {"Authorization": f"Bearer {token}"} if token else {}
        # without TLS, as in tests.web.firm
        self.http = httpx.Client(base_url=f"{url}/api/v1", verify=False, timeout=60, headers=carried)

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def told(self, path: str, **more: Any) -> Any:
        """Return what is at an address that must be there."""
        answer = self.get(path, **more)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def post(
        self, path: str, json: Any = None, *, key: str | None = None, form: Mapping[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        """Send JSON, or a form: texts as they are, files as (name, content)."""
        if form is not None:
            more["files"] = {name: (None, value) if isinstance(value, str) else value for name, value in form.items()}
        own = {"Idempotency-Key": f"key-{next(_COUNT)}" if key is None else key}
        headers = {name: value for name, value in {**own, **more.pop("headers", {})}.items() if value}
        return self.http.post(path, json=json, headers=headers, **more)

    def done(self, path: str, json: Any = None, **more: Any) -> Any:
        """Return what a call answers that must succeed."""
        answer = self.post(path, json, **more)
        assert answer.status_code in (200, 201), (path, answer.status_code, answer.text)
        return answer.json()


def program(firm: Firm, *roles: str, name: str = "", scopes: Iterable[str] | None = None) -> Program:
    """Give a program that acts for somebody with these roles, who is made where there is nobody of that name."""
    name = name or f"{'-'.join(roles) or 'nobody'}-{next(_COUNT)}"
    people = firm.workplace.store.people
    if people.find(name) is None:
        people.add(Person(name=name, shown=name.title(), roles=frozenset(map(Role, roles))))
    person = people.get(name).person
    _, token = Tokens(firm.workplace).make(person, "a program", scopes or person.rights, 30)
    made = Program(firm.server.url, name, token)
    firm.visitors.append(made)  # type: ignore[arg-type]  # closed together with them
    return made


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Return status and kind of a problem, which must be a whole one, with nothing of ours in it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert {"type", "title", "status", "detail", "remedy"} <= body.keys(), body
    assert (body["status"], body["type"].rpartition("/")[0]) == (answer.status_code, "/api/v1/problems")
    assert body["detail"]
    assert "Traceback" not in answer.text
    assert "/tmp" not in answer.text
    return answer.status_code, body["type"].rpartition("/")[2]


ALL = tuple(str(right) for right in Right)
EVERY_ROLE = tuple(str(role) for role in Role)
