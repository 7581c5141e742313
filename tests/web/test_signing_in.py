from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from disengage.domain.rights import Person, Role
from disengage.engine import accounts
from disengage.store import EventRecord
from disengage.web.access import passwords
from disengage.web.access.origin import path_of_ours
from httpx import Response

from tests.web.firm import Firm, Visitor

PASSWORD = "correct horse battery staple"
COOKIE = re.compile(r"^disengage=([\w-]{43}); HttpOnly; Max-Age=43200; Path=/; SameSite=lax$")


@pytest.fixture(autouse=True, scope="module")
def _quick_hashes() -> Iterator[None]:
    """Hash with the smallest parameters: what is tested is not how long it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        passwords._of_nobody.cache_clear()
        yield
    passwords._of_nobody.cache_clear()


@pytest.fixture
def clock(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(firm.workplace, "now", made)
    return made


class Clock:
    """The time now, and whatever it is put forward by."""

    forward = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.forward


def anna(firm: Firm, name: str = "anna", *, locked: bool = False) -> str:
    """Make somebody with a password; return the name."""
    people = firm.workplace.store.people
    if people.find(name) is None:
        people.add(Person(name=name, roles=frozenset({Role.OPERATOR})))
        people.keep(name, password=passwords.hashed(PASSWORD))
    if locked:
        people.lock(name)
    return name


def sign_in(visitor: Visitor, name: str, password: str = PASSWORD, **more: str) -> Response:
    return visitor.post("/sign-in", {"name": name, "password": password, **more})


def carrying(firm: Firm, value: str) -> Visitor:
    """A browser with that cookie."""
    visitor = Visitor(firm.server.url, cookie=("disengage", value))
    firm.visitors.append(visitor)
    return visitor


def house(firm: Firm) -> list[EventRecord]:
    return firm.workplace.store.events("")


def told(firm: Firm, after: int) -> list[tuple[str, str, dict[str, object]]]:
    return [(e.kind, e.actor, e.payload) for e in house(firm) if e.seq > after]


# signing in


def test_whoever_has_name_and_password_comes_in_and_out_again(firm: Firm) -> None:
    visitor, last = firm.anybody, firm.workplace.store.last_event()
    answer = sign_in(visitor, anna(firm), next="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert COOKIE.match(answer.headers["set-cookie"])
    visitor.csrf = _csrf(visitor.text("/account"))
    assert visitor.get("/sign-in").headers["location"] == "/"
    out = visitor.post("/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert visitor.get("/account").headers["location"] == "/sign-in?next=/account"
    assert told(firm, last) == [("signed_in", "anna", {"how": "password"}), ("signed_out", "anna", {})]


def test_what_is_wrong_is_not_told_and_unknown_names_are_not_recorded(firm: Firm) -> None:
    anna(firm)
    anna(firm, "locked", locked=True)
    last = firm.workplace.store.last_event()
    wrong = [
        ("anna", "wrong horse battery"),
        ("nobody", PASSWORD),
        ("locked", PASSWORD),
        (PASSWORD, ""),
        ("", "x" * 999),
    ]
    answers = [sign_in(firm.anybody, *given) for given in wrong]
    assert {answer.status_code for answer in answers} == {422}
    assert (
        len({answer.text.replace(f'value="{name}"', "") for answer, (name, _) in zip(answers[:3], wrong, strict=False)})
        == 1
    )
    assert not any("set-cookie" in answer.headers for answer in answers)
    assert PASSWORD not in "".join(answer.text for answer in answers[:3])
    refused = [
        {"because": "password", "person": "anna"}, {"because": "unknown"}, {"because": "locked", "person": "locked"},
        {"because": "unknown"}, {"because": "unknown"},
    ]  # fmt: skip
    assert told(firm, last) == [("sign_in_refused", "disengage", payload) for payload in refused]


def test_an_unknown_name_takes_as_many_hashes_as_a_known_one(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    anna(firm)
    taken: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
            taken.append(str(password))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("anna", "nobody", "locked-out"):
        sign_in(firm.anybody, name, "wrong horse battery")
    assert len(taken) == 3


def test_nobody_is_sent_to_another_site(firm: Firm) -> None:
    for there in ("https://evil.example/", "//evil.example", "/\\evil.example", "evil", "", "/\t/evil", "javascript:x"):
        assert path_of_ours(there) == "/"
        assert sign_in(firm.anybody, anna(firm), next=there).headers["location"] == "/"
    assert path_of_ours("/cases/c-1?page=2") == "/cases/c-1?page=2"


def test_a_password_is_hashed_anew_where_that_is_done_otherwise_by_now(firm: Firm) -> None:
    name, people = anna(firm, "old-hash"), firm.workplace.store.people
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    people.keep(name, password=old)
    assert sign_in(firm.anybody, name).status_code == 303
    kept = people.get(name).password
    assert kept is not None
    assert (kept != old, passwords.is_outdated(kept)) == (True, False)
    assert sign_in(firm.anybody, name).status_code == 303


def test_whoever_tries_too_often_waits(firm: Firm) -> None:
    name = anna(firm, "hounded")
    assert {sign_in(firm.anybody, name, f"wrong horse {number}").status_code for number in range(5)} == {422}
    last = firm.workplace.store.last_event()
    answer = sign_in(firm.anybody, name)
    assert (answer.status_code, "set-cookie" in answer.headers, told(firm, last)) == (429, False, [])
    assert sign_in(firm.anybody, anna(firm)).status_code == 303


# sessions


def test_signing_in_again_gives_another_cookie_and_ends_the_session_before(firm: Firm) -> None:
    visitor = firm.visitor("operator")
    before = visitor.http.cookies["disengage"]
    answer = sign_in(visitor, anna(firm))
    assert (answer.status_code, answer.cookies["disengage"] != before) == (303, True)
    assert carrying(firm, before).get("/account").status_code == 303
    assert carrying(firm, answer.cookies["disengage"]).get("/account").status_code == 200


def test_a_cookie_that_was_made_up_opens_nothing(firm: Firm) -> None:
    for value in ("x" * 43, firm.workplace.store.sessions.digest("x" * 43), ""):
        assert carrying(firm, value).get("/account").status_code == 303


def test_whoever_does_nothing_for_too_long_is_signed_out(firm: Firm, clock: Clock) -> None:
    visitor = firm.visitor("viewer")
    for _ in range(3):
        clock.forward += timedelta(minutes=59)
        assert visitor.get("/account").status_code == 200
    clock.forward += timedelta(minutes=61)
    assert visitor.get("/account").status_code == 303
    clock.forward -= timedelta(minutes=61)
    assert visitor.get("/account").status_code == 303


def test_nobody_stays_signed_in_for_ever(firm: Firm, clock: Clock) -> None:
    visitor = firm.visitor("viewer")
    for _ in range(12):
        assert visitor.get("/account").status_code == 200
        clock.forward += timedelta(minutes=59, seconds=59)
    assert visitor.get("/account").status_code == 200
    clock.forward += timedelta(minutes=1)
    assert visitor.get("/account").status_code == 303


def test_the_moment_of_the_last_page_is_written_at_most_once_a_minute(firm: Firm, clock: Clock) -> None:
    visitor = firm.visitor("viewer", name="watched")
    sessions = firm.workplace.store.sessions
    (before,) = sessions.of("watched")
    clock.forward += timedelta(seconds=30)
    visitor.get("/account")
    assert sessions.of("watched") == [before]
    clock.forward += timedelta(seconds=31)
    visitor.get("/account")
    assert sessions.of("watched")[0].last_seen > before.last_seen


def test_with_tls_in_front_the_cookie_goes_through_nothing_else(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    from disengage.web.access.sessions import Sessions
    from starlette.responses import Response as Sent

    safe = firm.workplace.settings.web.model_copy(update={"base_url": "https://end.firm.example"})
    monkeypatch.setattr(firm.workplace, "settings", firm.workplace.settings.model_copy(update={"web": safe}))
    answer = Sent()
    Sessions(firm.workplace).put(answer, "value")
    assert answer.headers["set-cookie"] == (
        "__Host-disengage=value; HttpOnly; Max-Age=43200; Path=/; SameSite=lax; Secure"
    )


# forms of others


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_form_of_another_site_changes_nothing(firm: Firm, headers: dict[str, str]) -> None:
    for visitor, path in ((firm.visitor("viewer"), "/sign-out"), (firm.anybody, "/sign-in")):
        answer = visitor.post(path, {"name": anna(firm), "password": PASSWORD}, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_a_form_that_says_not_where_it_comes_from_changes_nothing(firm: Firm) -> None:
    visitor = firm.visitor("viewer")
    answer = visitor.http.post("/sign-out", data={"csrf": visitor.csrf})
    assert answer.status_code == 403
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize("token", ["", "made-up", "é"])
def test_a_form_without_the_token_of_its_session_changes_nothing(firm: Firm, token: str) -> None:
    visitor, other = firm.visitor("viewer"), firm.visitor("viewer")
    for given in (token, other.csrf):
        visitor.csrf = given
        assert visitor.post("/sign-out").status_code == 403
    assert visitor.get("/account").status_code == 200


# one-time links


def test_the_first_person_comes_in_by_the_link_and_nobody_else(new_firm: Firm) -> None:
    workplace = new_firm.workplace
    assert sign_in(new_firm.anybody, "anna").status_code == 422
    old, secret = (accounts.first_link(workplace) for _ in range(2))
    visitor = new_firm.anybody
    assert visitor.get(f"/welcome/{old}").status_code == 404
    assert "You are the first" in visitor.text(f"/welcome/{secret}")
    form = {"name": "anna", "shown": "Anna  Ansvarlig", "password": PASSWORD, "again": PASSWORD, "roles": ["approver"]}
    answer = visitor.post(f"/welcome/{secret}", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert visitor.get("/account").status_code == 200
    person = Person(name="anna", shown="Anna Ansvarlig", roles=frozenset({Role.APPROVER, Role.ADMINISTRATOR}))
    assert [account.person for account in workplace.store.people.all()] == [person]
    assert new_firm.anybody.post(f"/welcome/{secret}", {**form, "name": "berit"}).status_code == 404
    assert accounts.first_link(workplace) is None
    assert [(event.kind, event.actor) for event in house(new_firm)] == [
        ("sign_in_refused", "disengage"), ("person_welcomed", "anna"), ("signed_in", "anna"),
    ]  # fmt: skip
    assert workplace.store.verify_events() == ()


def test_whoever_was_invited_chooses_a_password_and_comes_in(firm: Firm) -> None:
    secret = accounts.invite(firm.workplace, "cecilie", [Role.ARCHIVIST], "anna")
    visitor = firm.anybody
    assert "Your login name is cecilie" in visitor.text(f"/welcome/{secret}")
    sent = {"name": "anna", "roles": ["administrator"], "shown": "Cecilie", "password": PASSWORD, "again": PASSWORD}
    assert visitor.post(f"/welcome/{secret}", sent).status_code == 303
    person = Person(name="cecilie", shown="Cecilie", roles=frozenset({Role.ARCHIVIST}))
    assert firm.workplace.store.people.get("cecilie").person == person
    assert sign_in(firm.anybody, "cecilie").status_code == 303


def test_a_link_is_no_good_once_it_is_old(firm: Firm, clock: Clock) -> None:
    secret = accounts.invite(firm.workplace, "dagny", [Role.VIEWER], "anna")
    clock.forward = timedelta(days=7, seconds=-30)
    assert firm.anybody.get(f"/welcome/{secret}").status_code == 200
    clock.forward += timedelta(minutes=1)
    assert firm.anybody.get(f"/welcome/{secret}").status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "a" * 20, "again": "a" * 20}, "password"),
        ({"password": "x" * 300, "again": "x" * 300}, "password"),
        ({"password": "i-am-Elin.Eng-and-so-on", "again": "i-am-Elin.Eng-and-so-on"}, "password"),
        ({"password": PASSWORD, "again": "another horse battery"}, "again"),
    ],
)
def test_a_password_that_cannot_be_taken_is_asked_for_again(firm: Firm, sent: dict[str, str], field: str) -> None:
    people = firm.workplace.store.people
    if people.find("elin.eng") is None:
        accounts.invite(firm.workplace, "elin.eng", [Role.VIEWER], "anna")
    secret = accounts.reset(firm.workplace, "elin.eng", "anna")
    answer = firm.anybody.post(f"/welcome/{secret}", {**sent, "shown": "Elin Eng"})
    assert answer.status_code == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text)
    assert (sent["password"] in answer.text, people.get("elin.eng").password) == (False, None)


def test_a_new_password_ends_the_sessions_that_were_open(firm: Firm) -> None:
    name = anna(firm, "frida")
    thief = firm.visitor(name=name)
    secret = accounts.reset(firm.workplace, name, "anna")
    assert thief.get("/account").status_code == 200
    new = "another horse battery"
    assert firm.anybody.post(f"/welcome/{secret}", {"password": new, "again": new}).status_code == 303
    assert thief.get("/account").status_code == 303
    assert [sign_in(firm.anybody, name, given).status_code for given in (PASSWORD, new)] == [422, 303]


def test_a_link_stands_nowhere_in_the_store(firm: Firm) -> None:
    secret = accounts.invite(firm.workplace, "guro", [Role.VIEWER], "anna")
    assert firm.desk.store.exists()
    assert not any(secret.encode() in file.read_bytes() for file in firm.desk.folder.glob("disengage.db*"))


def _csrf(page: str) -> str:
    found: str = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    return found
