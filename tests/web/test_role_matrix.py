"""Every address by every role, by nobody, by somebody locked, by programs: who gets through is what is written there.

The doors of the pages are tried with what is behind each of them taken away, so that every one of them can be tried by
everybody; the operations of the API without the key that each of them needs before it does anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from disengage.domain.rights import RIGHTS, Person, Right, Role
from disengage.web.access.tokens import Tokens
from disengage.web.api.application import operations
from disengage.web.doors import Door
from disengage.web.site import PAGES, Site
from sqlalchemy import inspect, text
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from tests.web.firm import Firm, Visitor
from tests.web.serve import served

#: What an address names, where it only has to be some text.
SOME = {"case": "c-aaaaaaaaaa", "number": "1", "index": "1", "bag": "1", "file": "1", "person": "somebody"}
#: Reads that change something, and what: signing in is sent from one site to the other and back, and the log of an
#: archive holds who opened it.
CHANGING = {
    "/sign-in/oidc": "expects somebody back",
    "/sign-in/oidc/back": "signs somebody in",
    "/cases/{case}/bags/{number}": "records who looked",
    "/cases/{case}/bags/{number}/files/{index}": "records who took it",
    "/api/v1/cases/{case}/bags/{bag}/files": "records who looked",
    "/api/v1/cases/{case}/bags/{bag}/files/{file}": "records who took it",
}


def every_door(site: Site) -> list[Door]:
    return list(site.doors())


def filled(path: str, **known: str) -> str:
    """Return an address with something in every place."""
    names = re.findall(r"{(\w+)}", path)
    return path.format(**{name: {**SOME, **known}.get(name, "x") for name in names})


# --- the doors of the pages, with nothing behind them


@dataclass
class Building:
    """All doors of the pages with nothing behind them, and who comes to them.

    Attributes:
        entered: The doors that were gone through, in order.
        people: Who comes, by what is tried with them.
    """

    site: Site
    url: str
    entered: list[Door] = field(default_factory=list)
    people: dict[str, Visitor] = field(default_factory=dict)

    @property
    def doors(self) -> list[Door]:
        return every_door(self.site)

    def came_through(self, door: Door, visitor: Visitor, **more: Any) -> bool:
        """Try a door; return whether it was gone through, which its answer must say too."""
        before, path = len(self.entered), filled(door.path)
        answer = visitor.get(path, **more) if door.method == "GET" else visitor.post(path, **more)
        through = len(self.entered) > before
        assert through == (answer.text == "through"), (door, answer.status_code)
        if not through:
            to_sign_in = answer.headers.get("location", "").startswith("/sign-in")
            assert to_sign_in or answer.status_code == 403, (door, answer.status_code)
        return through


class Emptied(Site):
    """The pages with nothing behind their doors."""

    entered: list[Door]

    def doors(self) -> Iterator[Door]:
        for door in super().doors():

            def enter(visit: Any, door: Door = door) -> Response:
                self.entered.append(door)
                return PlainTextResponse("through")

            yield replace(door, enter=enter, lasting=False)


@pytest.fixture(scope="module")
def building(firm: Firm) -> Iterator[Building]:
    site = Emptied(firm.workplace)
    site.entered = []
    site.pages.render = lambda *_: "turned away"  # type: ignore[method-assign]  # quicker; what it says is not tried here
    with served(site.application()) as url, ExitStack() as stack:
        made = Building(site, url, site.entered)
        for name, roles in GROUPS.items():
            made.people[name] = visitor = someone(firm, url, name, roles)
            stack.callback(visitor.close)
        firm.workplace.store.people.lock(made.people["locked"].name)
        made.people["nobody"] = nobody = Visitor(url)
        made.people["a program"] = program = Visitor(url)
        program.http.headers["Authorization"] = f"Bearer {token_of(firm, 'everything', *Right)}"
        stack.callback(nobody.close)
        stack.callback(program.close)
        yield made


GROUPS: dict[str, tuple[Role, ...]] = {
    **{role.value: (role,) for role in Role},
    "without-role": (),
    "everything": tuple(Role),
    "locked": tuple(Role),
}


def someone(firm: Firm, url: str, name: str, roles: tuple[Role, ...]) -> Visitor:
    visitor = firm.visitor(*roles, name=f"matrix-{name}")
    (session,) = firm.workplace.store.sessions.of(visitor.name)
    sessions = firm.server.site.sessions
    return Visitor(url, visitor.name, (sessions.cookie, sessions.open(visitor.name, "password")), session.csrf)


def token_of(firm: Firm, name: str, *scopes: Right) -> str:
    person = firm.workplace.store.people.get(f"matrix-{name}").person
    return Tokens(firm.workplace).make(person, "matrix", scopes, 1)[1]


def rights_of(name: str) -> frozenset[Right]:
    """Return what somebody may do; nobody signed in may do nothing."""
    if name in ("locked", "nobody", "a program"):
        return frozenset()
    return frozenset[Right]().union(*(RIGHTS[role] for role in GROUPS[name]))


@pytest.mark.parametrize("who", [*GROUPS, "nobody", "a program"])
def test_whoever_has_the_right_of_a_door_gets_through_it_and_nobody_else(building: Building, who: str) -> None:
    visitor, rights = building.people[who], rights_of(who)
    visitor.csrf = csrf_of(building, visitor)
    through = {(door.method, door.path): building.came_through(door, visitor) for door in building.doors}
    allowed = {(door.method, door.path): door.needs is None or door.needs in rights for door in building.doors}
    assert through == allowed


def csrf_of(building: Building, visitor: Visitor) -> str:
    sessions = building.site.workplace.store.sessions.of(visitor.name) if visitor.name else []
    carried = {building.site.workplace.store.sessions.digest(str(one.value)) for one in visitor.http.cookies.jar}
    return next((one.csrf for one in sessions if one.digest in carried), "")


def test_a_read_of_the_headers_only_takes_the_same_right(building: Building) -> None:
    viewer, reads = building.people["viewer"], [door for door in building.doors if door.method == "GET"]
    for door in reads:
        before = len(building.entered)
        viewer.http.request("HEAD", filled(door.path))
        assert (len(building.entered) > before) == (door.needs in (None, Right.SEE)), door


FORGED: dict[str, tuple[dict[str, str], dict[str, str | None]]] = {
    "no token": ({"csrf": ""}, {}),
    "another's token": ({"csrf": "x" * 43}, {}),
    "another site": ({}, {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}),
    "another site of the same machine": ({}, {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}),
    "a sandboxed page": ({}, {"Origin": "null"}),
    "nothing said": ({}, {"Origin": None, "Sec-Fetch-Site": None}),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_form_gets_through_no_door(building: Building, how: str) -> None:
    given, headers = FORGED[how]
    visitor = building.people["everything"]
    csrf = csrf_of(building, visitor)
    own = {"Origin": building.url, "Sec-Fetch-Site": "same-origin", **headers}
    sent = {name: value for name, value in own.items() if value is not None}
    for door in building.doors:
        if door.method == "POST":
            before = len(building.entered)
            answer = visitor.http.post(filled(door.path), data={"csrf": csrf, **given}, headers=sent)
            assert (answer.status_code, len(building.entered)) == (403, before), door


def test_a_form_from_elsewhere_gets_through_no_door_that_is_open_to_all_either(building: Building) -> None:
    nobody = building.people["nobody"]
    for door in building.doors:
        if door.method == "POST" and door.needs is None:
            answer = nobody.http.post(filled(door.path), headers={"Origin": "https://evil.example"})
            assert answer.status_code == 403, door


def test_a_form_of_ones_own_gets_through(building: Building) -> None:
    visitor = building.people["everything"]
    visitor.csrf = csrf_of(building, visitor)
    assert [door for door in building.doors if not building.came_through(door, visitor)] == []


def test_doors_open_to_all_are_few_and_known(building: Building) -> None:
    assert {(door.method, door.path) for door in building.doors if door.needs is None} == {
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("POST", "/sign-out"),
        ("GET", "/welcome/{secret}"),
        ("POST", "/welcome/{secret}"),
        ("GET", "/sign-in/oidc"),
        ("GET", "/sign-in/oidc/back"),
        ("POST", "/account/look"),
        ("GET", "/calendar/feed/{secret}.ics"),
    }


# --- what there is


def test_nothing_can_be_asked_for_but_doors_operations_and_what_lies_in_static(firm: Firm) -> None:
    site = firm.server.site
    routes = site.application().routes
    mounts = {route.path: route for route in routes if isinstance(route, Mount)}
    assert set(mounts) == {"/static", "/api/v1"}
    pages = [(method, r.path) for r in routes if isinstance(r, Route) for method in r.methods or () if method != "HEAD"]
    assert sorted(pages) == sorted((door.method, door.path) for door in every_door(site))
    api: Any = mounts["/api/v1"].app
    answered = [(method, route.path) for route in api.routes for method in route.methods]
    assert sorted(answered) == sorted((operation.method, operation.path) for operation in operations())


def test_every_module_of_pages_has_doors() -> None:
    assert len(PAGES) == len(set(PAGES))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_a_page_takes_no_other_method(firm: Firm, method: str) -> None:
    answer = firm.visitor("administrator", name="methods").http.request(method, "/cases")
    assert answer.status_code == 405


# --- the API


@dataclass
class Calls:
    """How programs call every operation: each with what opens it, or does not."""

    http: httpx.Client

    def through(self, token: str) -> dict[str, bool]:
        """Return by operation whether it was let through; what it does, it does not do without a key."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return {one.name: self._is_let_through(one, headers) for one in operations()}

    def _is_let_through(self, operation: Any, headers: dict[str, str]) -> bool:
        answer = self.http.request(operation.method, f"/api/v1{filled(operation.path)}", headers=headers)
        assert answer.status_code < 500, (operation.name, answer.text)
        return answer.status_code not in (401, 403)


def expected(rights: frozenset[Right]) -> dict[str, bool]:
    return {operation.name: operation.needs in rights for operation in operations()}


@pytest.fixture(scope="module")
def calls(firm: Firm, building: Building) -> Iterator[Calls]:
    with httpx.Client(base_url=firm.server.url, timeout=60) as client:
        yield Calls(client)


@pytest.mark.parametrize("role", Role)
def test_a_program_gets_through_where_its_person_does(firm: Firm, calls: Calls, role: Role) -> None:
    token = token_of(firm, role.value, *RIGHTS[role])
    assert calls.through(token) == expected(RIGHTS[role])


@pytest.mark.parametrize("scope", Right)
def test_a_program_gets_no_further_than_its_token_says(firm: Firm, calls: Calls, scope: Right) -> None:
    assert calls.through(token_of(firm, "everything", scope)) == expected(frozenset({scope}))


@pytest.mark.parametrize("how", ["none", "nonsense", "revoked", "expired", "of a locked person", "a session's cookie"])
def test_what_opens_nothing_gets_through_nowhere(
    firm: Firm, calls: Calls, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calls.through(worthless(firm, how, monkeypatch)) == expected(frozenset())


def worthless(firm: Firm, how: str, patch: pytest.MonkeyPatch) -> str:
    tokens, store, now = Tokens(firm.workplace), firm.workplace.store, firm.workplace.now()
    if how == "none":
        return ""
    if how == "nonsense":
        return "dis_" + "x" * 43
    if how == "a session's cookie":
        return firm.server.site.sessions.open("matrix-everything", "password")
    person = Person(name=f"worthless-{how.replace(' ', '-')}", roles=frozenset(Role))
    store.people.add(person)
    token_id, secret = tokens.make(person, "x", [Right.SEE], 1)
    if how == "revoked":
        tokens.revoke(token_id, person)
    if how == "of a locked person":
        store.people.lock(person.name)
    if how == "expired":
        later = now.replace(year=now.year + 1)
        patch.setattr(firm.workplace, "now", lambda: later)
    return secret


# --- reads change nothing


def test_no_read_changes_anything_but_who_is_signed_in_and_who_opened_the_archive(firm: Firm) -> None:
    case = firm.plan()
    visitor = firm.visitor(*Role, name="reader")
    token = Tokens(firm.workplace).make(firm.workplace.store.people.get("reader").person, "x", [*Right], 1)[1]
    known = {"case": case["case"], "task": "t-1", "name": "banqup", "person": "reader", "kind": "input"}
    reads = [door.path for door in every_door(firm.server.site) if door.method == "GET" and not door.lasting]
    programs = [f"/api/v1{one.path}" for one in operations() if one.method == "GET"]
    before = everything(firm)
    for path in (*reads, *programs):
        if path not in CHANGING:
            headers = {"Authorization": f"Bearer {token}"} if path in programs else {}
            answer = visitor.get(filled(path, **known), headers=headers)
            assert answer.status_code < 500, (path, answer.text)
    assert everything(firm) == before


def everything(firm: Firm) -> dict[str, list[str]]:
    """Return every row of every table of ours; when a session or a token was used last is left out."""
    with firm.workplace.store.engine.connect() as connection:
        names = sorted(set(inspect(connection).get_table_names()) - {"sessions", "api_tokens"})
        return {name: sorted(map(str, connection.execute(text(f"SELECT * FROM {name}")))) for name in names}
