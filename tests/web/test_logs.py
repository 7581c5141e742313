"""What the pages and the API write into the log, and the event log, while people and secrets come by."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from disengage.domain.rights import Role
from disengage.web.access import passwords

from tests.builders import ORGNR
from tests.web.firm import Firm
from tests.web.hearing import heard

PASSWORD, WRONG = "fjorten blå elger danser", "Kari Nordmann 01017012345"
MAIL, NUMBER = "kari@nordlys.example", ORGNR
#: Which fields a line may have.
FIELDS = {"event", "log_level", "method", "route", "status", "milliseconds", "kind"}


@pytest.fixture(scope="module")
def lines(firm: Firm) -> list[dict[str, Any]]:
    """What is logged while people sign in, look for clients and go wrong, and programs call."""
    case = firm.plan()["case"]
    firm.visitor(*Role, name="kari.nordmann").close()
    firm.workplace.store.people.keep("kari.nordmann", password=passwords.hashed(PASSWORD))
    with heard() as kept:
        visitor = firm.anybody
        for name, password in (("kari.nordmann", WRONG), (WRONG, WRONG), ("kari.nordmann", PASSWORD)):
            visitor.post("/sign-in", {"name": name, "password": password, "next": f"/cases?x={MAIL}"})
        visitor.csrf = next(one.csrf for one in firm.workplace.store.sessions.of("kari.nordmann"))
        visitor.post("/cases", {"words": NUMBER})
        for path in (f"/cases/{case}", "/", f"/cases/{NUMBER}", f"/{MAIL}", f"/welcome/{PASSWORD}", "/account"):
            visitor.get(path, headers={"User-Agent": MAIL, "Referer": f"http://x/{NUMBER}"})
        visitor.post("/account/tokens", {"label": MAIL, "scopes": "see", "days": "1"})
        _call(firm)
    return [dict(line) for line in kept]


def _call(firm: Firm) -> None:
    with httpx.Client(base_url=f"{firm.server.url}/api/v1", headers={"Authorization": f"Bearer {PASSWORD!a}"}) as http:
        http.get(f"/cases/{NUMBER}", params={"q": MAIL})
        http.post("/cases", content=f'{{"client": "{MAIL}"'.encode())


def test_every_answer_has_its_line_and_no_line_says_who_or_what(lines: list[dict[str, Any]]) -> None:
    written = json.dumps(lines, ensure_ascii=False, default=str)
    hidden = (PASSWORD, WRONG, MAIL, NUMBER, "kari", "127.0.0.1", "dis_", "csrf")
    assert [text for text in hidden if text in written] == []
    assert len([line for line in lines if line["event"] == "answered"]) >= 12
    assert {name for line in lines for name in line} <= FIELDS


def test_addresses_are_logged_as_they_are_written_in_the_program(lines: list[dict[str, Any]]) -> None:
    routes = {line["route"] for line in lines if "route" in line}
    assert {"/sign-in", "/cases", "/cases/{case}", "/welcome/{secret}", "/api/v1/cases/{case}", "-"} <= routes


def test_a_name_that_nobody_has_is_recorded_nowhere_since_people_type_passwords_there(
    firm: Firm, lines: list[dict[str, Any]]
) -> None:
    recorded = [event.model_dump_json() for event in firm.workplace.store.events("")]
    assert [text for text in (PASSWORD, WRONG, MAIL, NUMBER) if any(text in one for one in recorded)] == []
    refused = [event.payload for event in firm.workplace.store.events("") if event.kind == "sign_in_refused"]
    assert refused == [{"because": "password", "person": "kari.nordmann"}, {"because": "unknown"}]


def test_no_cookie_and_no_page_holds_what_was_typed_wrongly(firm: Firm) -> None:
    answer = firm.anybody.post("/sign-in", {"name": "kari.nordmann", "password": WRONG})
    assert WRONG not in answer.text
    assert "set-cookie" not in answer.headers
