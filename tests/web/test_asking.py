"""A new request by a form: filled in, read back, planned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from typing import Any

import httpx
import pytest
from disengage.connector import Connector
from disengage.domain.request import request_from
from disengage.engine.options import Option, OptionKind, options_of, said
from disengage.engine.planning import plan
from disengage.errors import CredentialsError
from disengage_poweroffice.settings import PowerOfficeOptions
from disengage_spiris.settings import SpirisOptions

from tests.web.firm import Firm, Visitor
from tests.web.waiting import day, in_order, words

ASKED = {
    "kind": "ending",
    "client.name": "Nordlys Kafé AS",
    "client.country": "NO",
    "client.identifiers.orgnr": "974 760 673",
    "ending.reason": "moved-to-other-firm",
    "ending.notice_on": "",
    "ending.ends_on": "2026-12-31",
    "ending.period.from": "2024-01-01",
    "ending.period.to": "2026-12-31",
    "ending.successor.firm": "Ny Regnskap AS",
    "administrator.name": "Kari Nordmann",
    "administrator.email": "kari@nordlys.example",
    "client.references.crm": "1001",
    "options.crm.keep_billing_to": "no",
}
TABLES = {
    "client": {
        "name": "Nordlys Kafé AS",
        "country": "NO",
        "identifiers": {"orgnr": "974760673"},
        "references": {"crm": "1001"},
    },
    "ending": {
        "reason": "moved-to-other-firm",
        "ends_on": "2026-12-31",
        "period": {"from": "2024-01-01", "to": "2026-12-31"},
        "successor": {"firm": "Ny Regnskap AS"},
    },
    "administrator": {"name": "Kari Nordmann", "email": "kari@nordlys.example"},
    "options": {"crm": {"keep_billing_to": False}},
}


@pytest.fixture
def kari(firm: Firm) -> Visitor:
    return firm.visitor("operator")


def hidden(page: str, action: str) -> dict[str, Any]:
    """Return what the form that is sent to ``action`` carries unseen."""
    form = next(text for text in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{action}"' in text)
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form):
        found.setdefault(unescape(name), []).append(unescape(value))
    return found


def error_at(page: str, name: str) -> str:
    """Return what is said to be wrong at a field; empty: nothing."""
    found = re.search(rf'name="{re.escape(name)}"[^>]* aria-describedby="([^" ]+-error)', page)
    said = re.search(rf'id="{found[1]}">(.*?)</p>', page, re.DOTALL) if found else None
    return unescape(re.sub(r"<[^>]+>", "", said[1])).strip() if said else ""


def cases(firm: Firm) -> list[str]:
    return firm.workplace.store.case_ids()


# --- the form


def test_every_connection_is_asked_for_what_its_own_settings_know(kari: Visitor) -> None:
    page = kari.text("/requests/new")
    for name in ("client.references.banqup", "client.references.crm", "options.crm.keep_billing_to"):
        assert f'name="{name}"' in page
    assert "Always refused, with the reason." in page
    assert 'value="NO" selected' in page  # the firm's own country


def test_only_operators_are_given_the_form(firm: Firm) -> None:
    viewer = firm.visitor("viewer", "approver")
    assert [viewer.get(path).status_code for path in ("/requests/new", "/requests/import")] == [403, 403]
    assert viewer.post("/requests", ASKED).status_code == 403


def test_what_is_asked_is_read_back_in_words_and_nothing_planned(firm: Firm, kari: Visitor) -> None:
    before = cases(firm)
    page = kari.post("/requests/check", ASKED)
    assert page.status_code == 200
    assert in_order(
        words(page.text),
        *("Nordlys Kafé AS", "Norway", "Organisation number 974760673", "Moves to another firm", day(2026, 12, 31)),
        *(f"{day(2024, 1, 1)} to {day(2026, 12, 31)}", "Ny Regnskap AS", "Kari Nordmann (kari@nordlys.example)"),
        *("crm", "What it calls the client 1001", "Keep billing to No"),
    )  # fmt: skip
    assert cases(firm) == before


def test_what_was_read_back_is_planned_for_whoever_asked(new_firm: Firm) -> None:
    kari = new_firm.visitor("operator")
    checked = kari.post("/requests/check", ASKED)
    sent = kari.post("/requests", hidden(checked.text, "/requests"))

    (case_id,) = cases(new_firm)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/cases/{case_id}")
    case = new_firm.workplace.store.case(case_id)
    assert (case.asked_by, case.request) == (kari.name, request_from(TABLES, "a file"))
    assert case.links


def test_the_same_request_by_a_form_and_by_a_file_is_the_same_case(new_firm: Firm) -> None:
    filed = plan(new_firm.workplace, request_from(TABLES, "a file"))
    kari = new_firm.visitor("operator")
    checked = kari.post("/requests/check", ASKED)
    kari.post("/requests", ASKED)

    assert "This was asked for already." in checked.text
    assert cases(new_firm) == [filed.id]
    assert new_firm.workplace.store.case(filed.id).request.digest == filed.request.digest


def test_what_was_filled_in_can_be_changed(kari: Visitor) -> None:
    checked = kari.post("/requests/check", {**ASKED, "ending.no_tipping_off": "yes"})
    page = kari.post("/requests/change", hidden(checked.text, "/requests/change"))
    assert page.status_code == 200
    for kept in (
        'value="Nordlys Kafé AS"',
        'value="kari@nordlys.example"',
        'value="no" selected',
        'value="yes" checked',
    ):
        assert kept in page.text


# --- what is wrong


@pytest.mark.parametrize(
    ("wrong", "name", "said"),
    [
        ({"client.name": " "}, "client.name", "This is needed."),
        ({"client.identifiers.orgnr": "974760674"}, "client.identifiers.orgnr", "Is not a valid orgnr of NO"),
        ({"client.identifiers.kvk": "1"}, "client.identifiers.kvk", "Is not a valid kvk number (eight digits)."),
        ({"client.financial_year_end": "31.12"}, "client.financial_year_end", "Write them as 06-30."),
        ({"ending.reason": ""}, "ending.reason", "This is needed."),
        ({"ending.ends_on": "31.12.2026"}, "ending.ends_on", "This is not a date."),
        ({"ending.ends_on": "0026-12-31"}, "ending.ends_on", "Is not between the years 1900 and 2199."),
        ({"ending.period.to": "2023-12-31"}, "ending.period.to", "The period ends before it begins."),
        ({"administrator.email": "kari"}, "administrator.email", "This is not an e-mail address."),
        ({"administrator.name": ""}, "administrator.name", "This is needed."),
        ({"options.crm.keep_billing_to": "perhaps"}, "options.crm.keep_billing_to", "Must be true or false."),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and " " not in value else "",
)
@pytest.mark.parametrize("path", ["/requests/check", "/requests"])
def test_what_is_wrong_is_said_at_its_field(
    firm: Firm, kari: Visitor, path: str, wrong: Mapping[str, str], name: str, said: str
) -> None:
    before = cases(firm)
    page = kari.post(path, {**ASKED, **wrong})
    assert (page.status_code, said in error_at(page.text, name)) == (422, True), error_at(page.text, name)
    assert 'value="Ny Regnskap AS"' in page.text
    assert cases(firm) == before


def test_everything_that_is_wrong_is_said_at_once(kari: Visitor) -> None:
    wrong = {"ending.reason": "", "client.identifiers.orgnr": "1", "options.crm.keep_billing_to": "perhaps"}
    page = kari.post("/requests/check", {**ASKED, **wrong})
    assert "3 things have to be corrected; nothing was planned." in page.text


def test_what_belongs_to_no_field_is_said_above_them(kari: Visitor) -> None:
    page = kari.post("/requests/check", {**ASKED, "client.shoe_size": "<45>"})
    assert page.status_code == 422
    assert "client.shoe_size: is not known." in unescape(page.text)
    assert "45" not in words(page.text)


def test_a_case_under_way_is_not_asked_for_otherwise_and_nothing_typed_is_lost(new_firm: Firm) -> None:
    case = plan(new_firm.workplace, request_from(TABLES, "a file"))
    with new_firm.workplace.store.change(case.id) as work:
        work.case = case.with_step(case.steps[0].model_copy(update={"attempts": 1}))
    kari, other = new_firm.visitor("operator"), {**ASKED, "ending.successor.firm": "Enda Nyere AS"}

    checked, sent = kari.post("/requests/check", other), kari.post("/requests", other)

    assert "Steer that one." in checked.text
    assert 'action="/requests"' not in checked.text
    assert (sent.status_code, 'value="Enda Nyere AS"' in sent.text) == (409, True)


def test_sending_the_same_request_twice_at_once_makes_one_case(new_firm: Firm) -> None:
    kari, together = new_firm.visitor("operator"), Barrier(2)

    def at_once(_: int) -> httpx.Response:
        together.wait()
        return kari.post("/requests", ASKED)

    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(at_once, range(2)))

    (case_id,) = cases(new_firm)
    assert [(one.status_code, one.headers["location"]) for one in sent] == [(303, f"/cases/{case_id}")] * 2


def test_a_connection_that_is_broken_is_named(new_firm: Firm) -> None:
    registry = new_firm.workplace.registry
    broken: Connector = registry.connections.pop("banqup")
    registry.broken_connections["banqup"] = CredentialsError("No secret was found.")
    page = new_firm.visitor("operator").text("/requests/new")
    registry.connections["banqup"] = broken
    assert "The connection banqup cannot be used at present" in page
    assert "options.banqup" not in page


# --- options as fields


def test_every_kind_of_option_becomes_a_field_with_what_its_author_says_of_it() -> None:
    found = {option.path: option for option in options_of(PowerOfficeOptions)}
    assert {path: option.kind for path, option in found.items()} == {
        "generation_date": OptionKind.DATE,
        "subscription_administrator": OptionKind.CHOICE,
        "subscription_administrator_user": OptionKind.TEXT,
        "users_of_other_partners": OptionKind.TEXTS,
        "extras": OptionKind.SEVERAL,
        "client_stops": OptionKind.FLAG,
    }
    assert found["subscription_administrator"] == Option(
        path="subscription_administrator",
        kind=OptionKind.CHOICE,
        choices=("now", "later"),
        default="now",
        about="Whether the subscription administrator is replaced before the relationship ends, or later from the "
        "archive.",
    )
    solutions = [option for option in options_of(SpirisOptions) if option.path.startswith("solutions.")]
    assert {option.about for option in solutions} == {"Solution → what becomes of the subscription."}


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (OptionKind.FLAG, ["yes"], True),
        (OptionKind.FLAG, ["no"], False),
        (OptionKind.NUMBER, [" 12 "], 12),
        (OptionKind.NUMBER, ["1.5"], 1.5),
        (OptionKind.NUMBER, ["many"], "many"),
        (OptionKind.SEVERAL, ["a", "b"], ["a", "b"]),
        (OptionKind.TEXTS, ["a@b.example; c, d"], ["a@b.example", "c", "d"]),
        (OptionKind.DATE, ["2027-01-15"], "2027-01-15"),
        (OptionKind.TEXT, ["  "], None),
        (OptionKind.SEVERAL, [], None),
    ],
    ids=str,
)
def test_what_is_filled_in_is_said_as_a_file_would(kind: OptionKind, given: list[str], value: Any) -> None:
    assert said(Option(path="any", kind=kind), given) == value
