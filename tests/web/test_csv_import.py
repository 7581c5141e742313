"""Many requests from files: looked at row by row, and taken whole or not at all."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.web.firm import Firm, Visitor
from tests.web.test_asking import hidden
from tests.web.waiting import day, in_order, words

ROW = {
    "name": "Nordlys Kafé AS",
    "country": "NO",
    "identifiers.orgnr": "974760673",
    "reason": "moved-to-other-firm",
    "ends_on": "2026-12-31",
    "period_from": "2024-01-01",
    "period_to": "2026-12-31",
    "option.crm.keep_billing_to": "",
}
OTHER = {**ROW, "name": "Fjell & Fjære <AS>", "identifiers.orgnr": "", "ends_on": "2027-06-30"}
TAKE = "/requests/import/take"


def as_csv(*rows: dict[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def send(visitor: Visitor, *files: tuple[str, bytes]) -> httpx.Response:
    return visitor.post("/requests/import", files=[("files", file) for file in files])


def confirm(visitor: Visitor, page: httpx.Response) -> httpx.Response:
    """Press the button of the page that shows the rows; as a browser sends it."""
    fields = [(name, (None, value)) for name, values in hidden(page.text, TAKE).items() for value in values]
    return visitor.http.post(TAKE, files=fields, headers=visitor._own)


@pytest.fixture
def kari(firm: Firm) -> Visitor:
    return firm.visitor("operator")


def cases(firm: Firm) -> list[str]:
    return firm.workplace.store.case_ids()


def test_the_rows_of_a_file_are_shown_before_anything_is_planned(firm: Firm, kari: Visitor) -> None:
    before = cases(firm)
    page = send(kari, ("requests.csv", as_csv(ROW, OTHER)))
    assert page.status_code == 200
    assert in_order(
        words(page.text),
        *("All 2 requests are good.", "Plan 2 requests"),
        f"requests.csv 2 Nordlys Kafé AS {day(2026, 12, 31)} Becomes a case",
        f"requests.csv 3 Fjell & Fjære <AS> {day(2027, 6, 30)} Becomes a case",
    )  # fmt: skip
    assert cases(firm) == before


def test_rows_that_were_shown_are_planned_and_their_cases_named(new_firm: Firm) -> None:
    kari = new_firm.visitor("operator")
    page = send(kari, ("requests.csv", as_csv(ROW, OTHER)), ("one.toml", _toml("Tredje AS").encode()))
    taken = confirm(kari, page)

    assert taken.status_code == 200
    assert in_order(words(taken.text), "3 requests are planned", "Nordlys Kafé AS", "Fjell & Fjære <AS>", "Tredje AS")
    found = new_firm.workplace.store.cases()
    assert {(case.request.client.name, case.asked_by) for case in found} == {
        ("Nordlys Kafé AS", kari.name),
        ("Fjell & Fjære <AS>", kari.name),
        ("Tredje AS", kari.name),
    }
    assert len(found) == 3
    assert all(f'href="/cases/{case.id}"' in taken.text for case in found)


def test_sending_the_files_twice_plans_them_once(new_firm: Firm) -> None:
    kari = new_firm.visitor("operator")
    page = send(kari, ("requests.csv", as_csv(ROW)))
    confirm(kari, page)
    again = confirm(kari, page)
    assert (again.status_code, len(cases(new_firm))) == (200, 1)
    assert "Is a case already" in send(kari, ("requests.csv", as_csv(ROW))).text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"ends_on": "31.12.2026"}, "'ends_on' is not a date (write 2026-12-31)."),
        ({"name": ""}, "'name' is missing."),
        ({"identifiers.orgnr": "974760674"}, "'identifiers.orgnr' is not a valid orgnr of NO"),
        (
            {"ends_on": "2028-12-31", "option.crm.keep_billing_to": "perhaps"},
            "'options.crm.keep_billing_to' must be true or false.",
        ),
        ({}, "the client of line 4 is the one of line 2, with the same end date."),
    ],
    ids=["a date", "what is missing", "a number", "an option", "a row that was there"],
)
def test_a_row_that_is_wrong_is_shown_in_its_place_and_none_is_taken(
    firm: Firm, kari: Visitor, row: dict[str, str], said: str
) -> None:
    before = cases(firm)
    page = send(kari, ("requests.csv", as_csv(ROW, OTHER, {**ROW, **row})))

    assert page.status_code == 422
    shown = words(page.text)
    assert in_order(shown, "One of 3 cannot be taken.", "requests.csv 2", "Becomes a case", "requests.csv 4")
    assert said.casefold() in shown.rpartition("requests.csv 4")[2].casefold()
    assert row.get("name", "Nordlys Kafé AS") in shown.rpartition("requests.csv 4")[2]
    assert f'action="{TAKE}"' not in page.text
    assert "disengage-web-" not in page.text
    assert cases(firm) == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("requests.csv", b"name;shoe\nA;45\n", "the column 'shoe' is not known"),
        ("requests.csv", as_csv(ROW).decode().encode("utf-16"), "the file is not utf-8 but utf-16"),
        ("requests.csv", b"", "the file is empty"),
        ("requests.xlsx", b"PK\x03\x04", "ends in .toml or .csv"),
        ("request.toml", b"[client\n", "not valid toml"),
        ("../../request.toml", b"[client]\n", "'ending' is missing"),
    ],
    ids=["heading", "encoding", "empty", "another kind", "no TOML", "a path"],
)
def test_a_file_that_cannot_be_read_says_why(firm: Firm, kari: Visitor, name: str, content: bytes, said: str) -> None:
    page = send(kari, (name, content), ("good.csv", as_csv(OTHER)))
    assert page.status_code == 422
    assert in_order(words(page.text).casefold(), said, "good.csv", "becomes a case")
    assert "disengage-web-" not in page.text


def test_what_is_confirmed_is_looked_at_once_more(firm: Firm, kari: Visitor) -> None:
    before = cases(firm)
    bad = {"file.name": "requests.csv", "file.content": "bmFtZTtzaG9lCkE7NDUK"}
    assert kari.post(TAKE, bad).status_code == 422
    assert kari.post(TAKE, {**bad, "file.content": "no base64"}).status_code == 422
    assert kari.post(TAKE).status_code == 422
    assert cases(firm) == before


def test_files_that_are_too_large_are_refused_with_the_limit(kari: Visitor) -> None:
    page = send(kari, ("requests.csv", b"x" * 800 * 1024))
    assert (page.status_code, "larger than 700 KiB" in page.text) == (413, True)


def test_choosing_no_file_is_said(kari: Visitor) -> None:
    page = kari.post("/requests/import")
    assert (page.status_code, "No file was chosen." in page.text) == (422, True)


def test_a_row_whose_case_is_under_way_is_refused_before_any_other_is_taken(new_firm: Firm) -> None:
    kari = new_firm.visitor("operator")
    confirm(kari, send(kari, ("requests.csv", as_csv(ROW))))
    (case,) = new_firm.workplace.store.cases()
    with new_firm.workplace.store.change(case.id) as work:
        work.case = case.with_step(case.steps[0].model_copy(update={"attempts": 1}))

    page = send(kari, ("requests.csv", as_csv({**ROW, "reason": "merged"}, OTHER)))

    assert (page.status_code, "Steer that case" in page.text) == (422, True)


def test_the_columns_that_this_firm_can_use_are_named(kari: Visitor) -> None:
    page = kari.text("/requests/import")
    for column in ("identifiers.orgnr", "reference.banqup", "option.crm.keep_billing_to"):
        assert f"<code>{column}</code>" in page


def _toml(name: str) -> str:
    tables: dict[str, Any] = {
        "client": {"name": name, "country": "NO"},
        "ending": {"reason": "merged"},
    }
    lines = [
        f"[{table}]\n" + "".join(f'{key} = "{value}"\n' for key, value in given.items())
        for table, given in tables.items()
    ]
    return "".join(lines) + "ends_on = 2026-12-31\nperiod = { from = 2024-01-01, to = 2026-12-31 }\n"
