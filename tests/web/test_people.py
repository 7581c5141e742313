from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from disengage.domain.rights import Role
from disengage.engine import accounts
from disengage.errors import BlockedError
from disengage.web.access import passwords

from tests.web.firm import Firm, Visitor

PASSWORD = "correct horse battery staple"
LINK = re.compile(r"http://127\.0\.0\.1:\d+(/welcome/[\w-]{43})")


@pytest.fixture(autouse=True, scope="module")
def _quick_hashes() -> Iterator[None]:
    """Hash with the smallest parameters: what is tested is not how long it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


def administrator(firm: Firm, name: str = "anna") -> Visitor:
    """Somebody who administers and has a password."""
    visitor = firm.visitor("administrator", name=name)
    firm.workplace.store.people.keep(name, password=passwords.hashed(PASSWORD))
    return visitor


def last(firm: Firm) -> tuple[str, str, dict[str, object]]:
    event = firm.workplace.store.events("")[-1]
    return event.kind, event.actor, event.payload


def test_whoever_is_invited_comes_in_by_the_link_that_is_shown_once(firm: Firm) -> None:
    anna = administrator(firm)
    form = {"name": "berit", "shown": "Berit Bokholder", "roles": ["operator", "approver"]}
    answer = anna.post("/people", form)
    assert answer.status_code == 200
    (link,) = set(LINK.findall(answer.text))
    assert last(firm) == ("person_invited", "anna", {"person": "berit", "roles": ["operator", "approver"]})
    everybody = anna.text("/people")
    assert ("Berit Bokholder" in everybody, "Operator, Approver" in everybody, link in everybody) == (True, True, False)
    assert link not in anna.text("/people/berit")
    berit = firm.anybody
    assert berit.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert last(firm)[:2] == ("signed_in", "berit")
    assert berit.get("/account").status_code == 200
    assert berit.get("/people").status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        {"name": "kari@firm.example", "roles": "viewer"},
        {"name": "Kari", "roles": "viewer"},
        {"name": "k", "roles": "viewer"},
        {"name": "-kari", "roles": "viewer"},
        {"name": "k" * 41, "roles": "viewer"},
        {"name": "kari"},
        {"name": "kari", "roles": "emperor"},
        {"name": "anna", "roles": "viewer"},
    ],
)
def test_an_invitation_that_is_wrong_is_shown_again_as_it_was_typed(firm: Firm, form: dict[str, str]) -> None:
    anna, before = administrator(firm), len(firm.workplace.store.people.all())
    answer = anna.post("/people", {**form, "shown": "Kari Nordmann"})
    assert answer.status_code == 422
    assert ('value="Kari Nordmann"' in answer.text, f'value="{form["name"]}"' in answer.text) == (True, True)
    assert len(firm.workplace.store.people.all()) == before


def test_other_roles_hold_from_the_next_sign_in_and_end_the_sessions(firm: Firm) -> None:
    anna, cecilie = administrator(firm), firm.visitor("viewer", name="cecilie")
    answer = anna.post("/people/cecilie/roles", {"roles": ["archivist", "viewer"]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/cecilie")
    assert "The roles were changed." in anna.text("/people/cecilie")
    assert "The roles were changed." not in anna.text("/people/cecilie")
    payload = {"person": "cecilie", "roles": ["viewer", "archivist"], "was": ["viewer"]}
    assert last(firm) == ("roles_changed", "anna", payload)
    assert cecilie.get("/account").status_code == 303
    assert firm.workplace.store.people.get("cecilie").person.roles == {Role.VIEWER, Role.ARCHIVIST}
    assert anna.post("/people/cecilie/roles", {}).status_code == 422


def test_whoever_is_locked_is_out_at_once_and_unlocked_comes_in_again(firm: Firm) -> None:
    anna, dagny = administrator(firm), firm.visitor("viewer", name="dagny")
    firm.workplace.store.people.keep("dagny", password=passwords.hashed(PASSWORD))
    reset = LINK.findall(anna.post("/people/dagny/reset").text)[0]
    assert anna.post("/people/dagny/lock").status_code == 303
    assert last(firm) == ("person_locked", "anna", {"person": "dagny"})
    assert (dagny.get("/account").status_code, dagny.get(reset).status_code) == (303, 404)
    assert dagny.post("/sign-in", {"name": "dagny", "password": PASSWORD}).status_code == 422
    assert [anna.post(f"/people/dagny/{what}").status_code for what in ("lock", "reset")] == [409, 409]
    assert anna.post("/people/dagny/unlock").status_code == 303
    assert last(firm) == ("person_unlocked", "anna", {"person": "dagny"})
    assert anna.post("/people/dagny/unlock").status_code == 409
    assert firm.anybody.post("/sign-in", {"name": "dagny", "password": PASSWORD}).status_code == 303


def test_a_password_that_was_forgotten_is_chosen_anew_by_its_person(firm: Firm) -> None:
    anna, elin = administrator(firm), firm.visitor("viewer", name="elin")
    firm.workplace.store.people.keep("elin", password=passwords.hashed(PASSWORD))
    answer = anna.post("/people/elin/reset")
    assert last(firm) == ("password_reset", "anna", {"person": "elin"})
    assert elin.get("/account").status_code == 200
    assert "Choose a new password" in firm.anybody.text(LINK.findall(answer.text)[0])


def test_the_last_one_who_administers_can_neither_be_locked_nor_lose_the_role(new_firm: Firm) -> None:
    anna = administrator(new_firm)
    accounts.invite(new_firm.workplace, "berit", [Role.ADMINISTRATOR], "anna")  # and did not come yet
    answers = [anna.post("/people/anna/lock"), anna.post("/people/anna/roles", {"roles": ["viewer"]})]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert all("is the last one who administers" in answer.text for answer in answers)
    assert anna.get("/people").status_code == 200
    administrator(new_firm, "cecilie")
    assert anna.post("/people/anna/roles", {"roles": ["viewer"]}).status_code == 303
    with pytest.raises(BlockedError):
        accounts.lock(new_firm.workplace, "cecilie", "anna")
    accounts.lock(new_firm.workplace, "berit", "cecilie")


def test_nobody_is_found_under_a_name_that_nobody_has(firm: Firm) -> None:
    anna = administrator(firm)
    assert anna.get("/people/nobody").status_code == 404
    assert [anna.post(f"/people/nobody/{what}").status_code for what in ("lock", "unlock", "reset", "roles")] == [
        404
    ] * 4


@pytest.mark.parametrize("role", [str(role) for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_administers(firm: Firm, role: str) -> None:
    anna, visitor = administrator(firm), firm.visitor(role)
    assert anna.get("/people").status_code == 200
    answers = [visitor.get("/people"), visitor.get("/people/anna"), visitor.post("/people", {"name": "eve"})]
    answers += [visitor.post(f"/people/anna/{what}") for what in ("lock", "unlock", "reset", "roles")]
    assert {answer.status_code for answer in answers} == {403}
