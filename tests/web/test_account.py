"""One's own account, on its page."""

from __future__ import annotations

import re

import httpx
import pytest
from disengage.web.access import passwords
from disengage.web.access.tokens import Tokens
from disengage.web.wording import LANGUAGES

from tests.web.firm import Firm, Visitor

OLD, NEW = "korrekt hest batteri stift", "fjorten blå elger danser"


@pytest.fixture(scope="module")
def old_hash() -> str:
    return passwords.hashed(OLD)


def with_password(firm: Firm, kept: str, *roles: str, name: str = "") -> Visitor:
    visitor = firm.visitor(*(roles or ("viewer",)), name=name)
    firm.workplace.store.people.keep(visitor.name, password=kept)
    return visitor


def again(firm: Firm, visitor: Visitor) -> Visitor:
    """The same person on another browser."""
    return firm.visitor(name=visitor.name)


def kinds(firm: Firm, name: str) -> list[str]:
    return [event.kind for event in firm.workplace.store.events("") if event.actor == name]


def session_of(visitor: Visitor) -> str:
    """The value of the session's cookie: the latest, as a browser would send it."""
    return [str(one.value) for one in visitor.http.cookies.jar if one.name == "disengage"][-1]


def keep_one(visitor: Visitor, value: str) -> None:
    """Carry this session only, as a browser does."""
    visitor.http.cookies.clear()
    visitor.http.cookies.set("disengage", value)


def cookie(answer: httpx.Response, name: str) -> str:
    (found,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=")]
    return found


# --- look


@pytest.mark.parametrize("language", LANGUAGES)
def test_anybody_chooses_a_language_and_comes_back_to_the_same_page(firm: Firm, language: str) -> None:
    visitor = firm.anybody
    answer = visitor.post("/account/look", {"language": language, "next": "/sign-in"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "HttpOnly" in cookie(answer, "language")
    assert f'<html lang="{language}"' in visitor.text("/sign-in")


def test_the_language_of_somebody_signed_in_holds_on_every_browser(firm: Firm) -> None:
    visitor = firm.visitor("viewer")
    visitor.post("/account/look", {"language": "nb"})
    assert '<html lang="nb"' in again(firm, visitor).text("/account")


def test_anybody_chooses_a_look_and_goes_back_to_that_of_the_device(firm: Firm) -> None:
    visitor = firm.anybody
    visitor.post("/account/look", {"theme": "dark"})
    assert 'data-theme="dark"' in visitor.text("/sign-in")
    visitor.post("/account/look", {"theme": "system"})
    assert "data-theme" not in visitor.text("/sign-in")


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_choosing_a_look_leads_nowhere_else(firm: Firm, there: str) -> None:
    assert firm.anybody.post("/account/look", {"theme": "dark", "next": there}).headers["location"] == "/"


def test_a_language_that_is_none_changes_nothing(firm: Firm) -> None:
    answer = firm.anybody.post("/account/look", {"language": "xx\r\nSet-Cookie: a=b", "theme": ""})
    assert "set-cookie" not in answer.headers


# --- name


def test_a_person_is_shown_by_the_name_they_choose_and_what_is_no_name_is_shown_again(firm: Firm) -> None:
    visitor = firm.visitor("viewer")
    visitor.post("/account/name", {"shown": "  Kari  <Nordmann> "})
    assert "Kari &lt;Nordmann&gt;" in visitor.text("/account")
    answer = visitor.post("/account/name", {"shown": "x" * 81})
    assert (answer.status_code, "x" * 81 in answer.text) == (422, True)


# --- password


def change(visitor: Visitor, old: str = OLD, new: str = NEW, again: str = "") -> httpx.Response:
    return visitor.post("/account/password", {"old": old, "new": new, "again": again or new})


def test_a_changed_password_ends_every_other_session_and_renews_this_one(firm: Firm, old_hash: str) -> None:
    here = with_password(firm, old_hash)
    there = again(firm, here)
    before = session_of(here)
    assert change(here).headers["location"] == "/account"
    keep_one(here, session_of(here))
    assert here.get("/account").status_code == 200
    assert session_of(here) != before
    assert there.get("/account").status_code == 303
    keep_one(here, before)
    assert here.get("/account").status_code == 303
    assert passwords.fits(firm.workplace.store.people.get(here.name).password, NEW)
    assert kinds(firm, here.name) == ["password_changed", "signed_in"]


@pytest.mark.parametrize(
    "given", [{"old": "wrong wrong wrong"}, {"new": "short"}, {"again": "another one altogether"}], ids=str
)
def test_a_password_is_not_changed_unless_all_is_right(firm: Firm, old_hash: str, given: dict[str, str]) -> None:
    visitor = with_password(firm, old_hash)
    answer = change(visitor, **given)
    assert (answer.status_code, answer.text.count("aria-invalid")) == (422, 1)
    assert OLD not in answer.text
    assert NEW not in answer.text
    assert firm.workplace.store.people.get(visitor.name).password == old_hash


def test_the_old_password_cannot_be_guessed_from_an_open_browser(
    firm: Firm, old_hash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, now = with_password(firm, old_hash), firm.workplace.now()
    monkeypatch.setattr(firm.workplace, "now", lambda: now)
    statuses = [change(visitor, old="wrong wrong wrong").status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert change(visitor).status_code == 429


def test_whoever_signs_in_elsewhere_has_no_password_to_change(firm: Firm) -> None:
    visitor = firm.visitor("viewer")
    assert 'name="old"' not in visitor.text("/account")
    assert change(visitor).status_code == 422
    assert firm.workplace.store.people.get(visitor.name).password is None


# --- sessions


def test_a_person_signs_out_one_other_browser_or_all_others(firm: Firm) -> None:
    here = firm.visitor("viewer")
    lost, second, third = (again(firm, here) for _ in range(3))
    digest = firm.workplace.store.sessions.digest(session_of(lost))
    here.post("/account/sessions/end", {"session": digest})
    assert [v.get("/account").status_code for v in (here, lost, second, third)] == [200, 303, 200, 200]
    here.post("/account/sessions/end", {"session": "others"})
    assert [v.get("/account").status_code for v in (here, second, third)] == [200, 303, 303]


def test_nobody_signs_out_somebody_else(firm: Firm) -> None:
    here, other = firm.visitor("administrator"), firm.visitor("viewer")
    digest = firm.workplace.store.sessions.digest(session_of(other))
    assert here.post("/account/sessions/end", {"session": digest}).status_code == 404
    assert other.get("/account").status_code == 200


# --- tokens


def made(visitor: Visitor, **more: object) -> str:
    page = visitor.post("/account/tokens", {"label": "ERP", "scopes": ["see"], "days": "30", **more}).text
    return re.findall(r"dis_[\w-]{43}", page)[0]


def test_a_token_is_shown_once_and_lets_a_program_in(firm: Firm) -> None:
    visitor = firm.visitor("operator")
    token = made(visitor, scopes=["see", "operate"])
    found = Tokens(firm.workplace).find(f"Bearer {token}")
    assert found
    assert (found.name, sorted(found.rights)) == (visitor.name, ["operate", "see"])
    page = visitor.text("/account")
    assert ("ERP" in page, token in page) == (True, False)


def test_a_token_that_cannot_be_made_says_why_and_keeps_what_was_typed(firm: Firm) -> None:
    visitor = firm.visitor("viewer")
    for wrong in ({"scopes": ["administer"]}, {"scopes": []}, {"days": "0"}, {"days": "x"}, {"label": " "}):
        data = {"label": "ERP &", "scopes": ["see"], "days": "30", **wrong}
        answer = visitor.post("/account/tokens", data)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
        assert ('value="ERP &amp;"' in answer.text) == ("label" not in wrong)
    assert firm.workplace.store.api_tokens.of(visitor.name) == []


def test_one_revokes_ones_own_tokens_and_only_an_administrator_those_of_others(firm: Firm) -> None:
    owner, other, admin = firm.visitor("viewer"), firm.visitor("operator"), firm.visitor("administrator")
    token = made(owner)
    (kept,) = firm.workplace.store.api_tokens.of(owner.name)
    assert other.post("/account/tokens/revoke", {"token": kept.id}).status_code == 404
    assert Tokens(firm.workplace).find(f"Bearer {token}")
    assert kept.label in admin.text("/account/tokens")
    answer = admin.post("/account/tokens/revoke", {"token": kept.id, "from": "all"})
    assert answer.headers["location"] == "/account/tokens"
    assert Tokens(firm.workplace).find(f"Bearer {token}") is None
    assert "Revoked" in owner.text("/account")
