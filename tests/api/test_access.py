"""Who may call what: tokens and their rights, people, and the document that tells of it."""

from __future__ import annotations

from typing import Any

import pytest
from disengage.web.access.tokens import Tokens
from disengage.web.api.application import described, operations
from disengage.web.api.operations import Operation
from disengage.web.api.problems import KINDS

from tests.api.programs import ALL, Program, problem, program
from tests.web.firm import Firm

EVERY = list(operations())
MADE_UP = {"case": "c-aaaaaaaaaa", "task": "t-1", "bag": "1", "file": "1", "number": "1", "name": "none",
           "person": "nobody", "token": "t-000000000000", "kind": "none"}  # fmt: skip


def _name(operation: Operation) -> str:
    return operation.name


@pytest.fixture(scope="module")
def administrator(firm: Firm) -> Program:
    return program(firm, "administrator", name="adam")


@pytest.fixture(scope="module")
def by_right(firm: Firm) -> dict[str, Program]:
    """Give programs of somebody who may do everything, each with a token for one right."""
    roles = ("operator", "approver", "archivist", "administrator")
    return {right: program(firm, *roles, name="everybody", scopes=[right]) for right in ALL}


def _call(caller: Program, operation: Operation) -> Any:
    path = operation.path.format(**MADE_UP)
    if operation.method == "GET":
        return caller.get(path)
    return caller.post(path, form={}) if operation.form is not None else caller.post(path, {})


@pytest.mark.parametrize("operation", EVERY, ids=_name)
def test_an_operation_takes_a_token_with_exactly_its_right(
    firm: Firm, by_right: dict[str, Program], operation: Operation
) -> None:
    for right, caller in by_right.items():
        answer = _call(caller, operation)
        assert (answer.status_code == 403) == (right != operation.needs), (right, answer.text)
        assert answer.status_code not in (401, 500)
    anybody = Program(firm.server.url)
    answer = _call(anybody, operation)
    anybody.close()
    assert problem(answer) == (401, "not-authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic YTpi", "bearer dis_" + "a" * 43, "Bearer dis_" + "a" * 44]
)
def test_what_is_no_token_opens_nothing(firm: Firm, header: str) -> None:
    caller = Program(firm.server.url)
    assert problem(caller.get("/me", headers={"Authorization": header})) == (401, "not-authenticated")
    caller.close()


def test_no_cookie_opens_anything(firm: Firm) -> None:
    signed_in = firm.visitor("administrator")
    assert problem(signed_in.get("/api/v1/me")) == (401, "not-authenticated")


def test_a_program_is_told_whom_it_acts_for(firm: Firm) -> None:
    caller = program(firm, "operator", "approver", name="ida.ny", scopes=["see", "approve"])
    me = {"name": "ida.ny", "shown": "Ida.Ny", "roles": ["approver", "operator"], "rights": ["approve", "see"]}
    assert caller.told("/me") == {**me, "language": None}
    assert caller.done("/me", {"shown": " Ida  Nygård ", "language": "nb"}) == {
        **me,
        "shown": "Ida Nygård",
        "language": "nb",
    }
    assert problem(caller.post("/me", {"shown": "Ida\u202e"})) == (422, "input")
    assert problem(caller.post("/me", {"language": "xx"})) == (422, "input")


def test_a_token_that_is_revoked_opens_nothing_and_no_token_makes_another_one(firm: Firm) -> None:
    caller = program(firm, "viewer", name="vera")
    other = program(firm, "viewer", name="vera")
    ids = [token["id"] for token in caller.told("/tokens")["tokens"]]
    assert len(ids) == 2
    revoked = [caller.done(f"/tokens/{ids[0]}/revoke") for _ in range(2)]
    assert [token["opens"] for token in revoked] == [False, False]
    opens = [answer.status_code for answer in (caller.get("/me"), other.get("/me"))]
    assert sorted(opens) == [200, 401]
    assert problem(firm.visitors and program(firm, "viewer").post(f"/tokens/{ids[1]}/revoke")) == (404, "not-there")
    assert not [operation for operation in EVERY if operation.path == "/tokens" and operation.changes]


def test_only_administrators_see_the_tokens_of_others(firm: Firm, administrator: Program) -> None:
    whose = {token["person"] for token in administrator.told("/tokens?everybody=true")["tokens"]}
    assert {"adam"} < whose
    assert problem(program(firm, "viewer").get("/tokens?everybody=true")) == (403, "not-allowed")


def test_people_are_invited_given_roles_and_locked(firm: Firm, administrator: Program) -> None:
    invited = administrator.done("/people", {"name": "nora", "shown": "Nora Ny", "roles": ["viewer"]})
    assert firm.anybody.get(invited["path"]).status_code == 200
    nora = administrator.told("/people/nora")
    assert (nora["shown"], nora["roles"], nora["can_come_in"]) == ("Nora Ny", ["viewer"], False)
    given = administrator.done("/people/nora/roles", {"roles": ["operator", "approver"]})
    assert given == {**nora, "roles": ["approver", "operator"]}
    caller = program(firm, name="nora")
    assert administrator.done("/people/nora/lock")["locked_at"] is not None
    assert problem(caller.get("/me")) == (401, "not-authenticated")
    assert problem(administrator.post("/people/nora/lock")) == (409, "wrong-state")
    assert administrator.done("/people/nora/unlock")["locked_at"] is None
    assert caller.told("/me")["name"] == "nora"
    assert administrator.done("/people/nora/reset")["path"].startswith("/welcome/")
    assert nora["name"] in [person["name"] for person in administrator.told("/people")["people"]]
    told = [
        event for event in administrator.told("/events?limit=100")["events"] if event["payload"].get("person") == "nora"
    ]
    assert {event["actor"] for event in told} <= {"adam", "nora"}
    assert [event["kind"] for event in told if event["actor"] == "adam"] == [
        "person_invited", "roles_changed", "person_locked", "person_unlocked", "password_reset",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "x", "roles": ["viewer"]}, {"name": "per", "roles": []}, {"name": "per", "roles": ["king"]},
     {"name": "per@firm.example", "roles": ["viewer"]}, {"name": "per", "roles": ["viewer"], "password": "secret"}],
)  # fmt: skip
def test_nobody_is_invited_by_half(administrator: Program, body: dict[str, Any]) -> None:
    assert problem(administrator.post("/people", body)) == (422, "input")


def test_a_calendar_has_one_secret_address_at_a_time(firm: Firm) -> None:
    caller = program(firm, "viewer")
    first, second = (caller.done("/calendar-feed", {"named": False})["path"] for _ in range(2))
    assert [firm.anybody.get(path).status_code for path in (first, second)] == [404, 200]
    assert [caller.done("/calendar-feed/end")["ended"] for _ in range(2)] == [True, False]
    assert firm.anybody.get(second).status_code == 404


def test_a_connection_is_tried_and_that_is_recorded(firm: Firm, administrator: Program) -> None:
    found = administrator.done("/connections/banqup/test")
    assert (found["connection"], found["ok"]) == ("banqup", True)
    tried = [
        event for event in administrator.told("/events?limit=100")["events"] if event["kind"] == "connection_tried"
    ]
    assert [(event["actor"], event["payload"]["ok"]) for event in tried] == [("adam", True)]


def test_the_document_tells_right_key_and_problems_of_every_operation() -> None:
    written = described()
    told = {
        one["operationId"]: (method.upper(), path, one["x-right"], _asked(one))
        for path, methods in written["paths"].items()
        for method, one in methods.items()
    }
    assert told == {
        one.name: (one.method, one.path, str(one.needs), {"Idempotency-Key"} if one.changes else set()) for one in EVERY
    }
    statuses = {str(kind.status) for kind in KINDS.values()}
    assert set(written["components"]["responses"]) == statuses
    assert written["openapi"].startswith("3.1")


def _asked(described: dict[str, Any]) -> set[str]:
    return {one["name"] for one in described.get("parameters", ()) if one["in"] == "header" and one["required"]}


def test_no_method_but_those_that_are_told_is_taken(firm: Firm) -> None:
    caller, paths = program(firm, "viewer"), described()["paths"]
    for path, methods in paths.items():
        for method in {"get", "post", "put", "patch", "delete", "head"} - set(methods):
            answer = caller.http.request(method.upper(), path.format(**MADE_UP))
            assert (answer.status_code, "allow" in answer.headers) == (405, True), (method, path)


def test_a_token_is_nowhere_in_clear(firm: Firm) -> None:
    caller = program(firm, "viewer")
    caller.told("/me")
    stored = b"".join(file.read_bytes() for file in firm.desk.folder.glob("disengage.db*"))
    assert caller.token.encode() not in stored
    assert Tokens(firm.workplace).find(f"Bearer {caller.token}") is not None
