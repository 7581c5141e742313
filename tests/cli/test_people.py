from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk, at_work

BY = ("--by", "Anna Ansvarlig")
LINK = re.compile(r"http://127\.0\.0\.1:8321/welcome/[\w-]{43}")


@pytest.fixture
def desk(tmp_path: Path, empty_store: Path) -> Any:
    """Give a firm without connections."""
    with at_work(tmp_path, empty_store) as made:
        yield made


def invite(desk: Desk, name: str = "kari", *roles: str) -> dict[str, Any]:
    chosen = [word for role in roles or ("viewer",) for word in ("--role", role)]
    answer = desk.call("people", "invite", name, *chosen, *BY, "--shown", "Kari Nordmann", "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = answer.json()
    return found


def listed(desk: Desk) -> dict[str, tuple[list[str], str]]:
    return {one["name"]: (one["roles"], one["state"]) for one in desk.call("people", "--json").json()["people"]}


def house(desk: Desk) -> list[tuple[str, str]]:
    return [tuple(row) for row in desk.sql("SELECT kind, actor FROM events WHERE case_id IS NULL ORDER BY seq")]


def test_at_first_nobody_may_come_in(desk: Desk) -> None:
    assert desk.call("people", "--json").json() == {"people": []}
    assert "disengage web" in desk.call("people").out


def test_whoever_is_invited_gets_a_link_that_is_printed_once(desk: Desk) -> None:
    made = invite(desk, "kari", "operator", "approver")
    assert LINK.fullmatch(made["link"])
    assert made["person"] == {
        "name": "kari", "shown": "Kari Nordmann", "roles": ["operator", "approver"], "state": "invited",
        "made_at": made["person"]["made_at"], "locked_at": None,
    }  # fmt: skip
    for answer in (desk.call("people"), desk.call("people", "--json")):
        assert ("kari" in answer.out, made["link"] in answer.out) == (True, False)
    assert house(desk) == [("person_invited", "Anna Ansvarlig")]
    assert desk.call("verify", "--offline").code == 0


def test_a_new_link_takes_the_place_of_the_one_before(desk: Desk) -> None:
    first = invite(desk)["link"]
    second = desk.call("people", "reset", "kari", *BY)
    (link,) = LINK.findall(second.out)
    assert link != first
    assert len(desk.sql("SELECT digest FROM invitations")) == 1


def test_roles_are_given_and_people_locked_and_let_in_again(desk: Desk) -> None:
    invite(desk)
    assert desk.call("people", "roles", "kari", "--role", "archivist", "--role", "viewer", *BY).code == 0
    assert listed(desk) == {"kari": (["viewer", "archivist"], "invited")}
    assert desk.call("people", "lock", "kari", *BY).code == 0
    assert listed(desk) == {"kari": (["viewer", "archivist"], "locked")}
    assert desk.call("people", "unlock", "kari", *BY, "--json").json()["state"] == "invited"
    kinds = [kind for kind, _ in house(desk)]
    assert kinds == ["person_invited", "roles_changed", "person_locked", "person_unlocked"]


REFUSED = {
    "an e-mail address as a name": (2, ("invite", "kari@firm.example", "--role", "viewer", *BY)),
    "a name in capitals": (2, ("invite", "Kari", "--role", "viewer", *BY)),
    "a role that does not exist": (2, ("invite", "ola", "--role", "aprover", *BY)),
    "by nobody": (2, ("invite", "ola", "--role", "viewer", "--by", " ")),
    "a name that was given": (2, ("invite", "kari", "--role", "viewer", *BY)),
    "roles of nobody": (2, ("roles", "nobody", "--role", "viewer", *BY)),
    "locking nobody": (2, ("lock", "nobody", *BY)),
    "unlocking who is not locked": (2, ("unlock", "kari", *BY)),
    "a link for nobody": (2, ("reset", "nobody", *BY)),
}


@pytest.fixture(scope="module")
def invited(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Any:
    """Give a firm with one person, for tests that change nothing."""
    with at_work(tmp_path_factory.mktemp("invited"), empty_store) as made:
        invite(made)
        yield made


@pytest.mark.parametrize("what", REFUSED)
def test_what_makes_no_sense_is_refused_and_changes_nothing(invited: Desk, what: str) -> None:
    code, arguments = REFUSED[what]
    before = invited.sql("SELECT name, roles, locked_at, sealed FROM people")
    invited.refused(code, "people", *arguments)
    assert invited.sql("SELECT name, roles, locked_at, sealed FROM people") == before
    assert house(invited) == [("person_invited", "Anna Ansvarlig")]
