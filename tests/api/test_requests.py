"""Asking for endings: a request as JSON, or files with many; all that is wrong is named, and nothing is taken then."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.programs import Program, problem, program
from tests.web.firm import Firm

HEADING = "name;country;identifiers.orgnr;reference.banqup;reference.crm;reason;ends_on;period_from;period_to"
GOOD = "Nordlys Kafé AS;NO;974760673;client-0001;10001;client-stopped;{};2024-01-01;2026-12-31"


@pytest.fixture(scope="module")
def operator(firm: Firm) -> Program:
    return program(firm, "operator", name="kari")


@pytest.fixture
def request_body(firm: Firm) -> dict[str, Any]:
    """Give the request that fits the simulators, as JSON."""
    tables = tomllib.loads((firm.desk.folder / "request.toml").read_text(encoding="utf-8"))
    body: dict[str, Any] = json.loads(json.dumps(tables, default=str))
    return body


def _errors(answer: httpx.Response) -> dict[str, str]:
    assert problem(answer) == (422, "input")
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


def test_a_request_becomes_a_case_once(firm: Firm, operator: Program, request_body: dict[str, Any]) -> None:
    first, again = operator.post("/cases", request_body), operator.post("/cases", request_body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == firm.desk.show(first.json()["case"])
    assert operator.get(first.headers["location"].removeprefix("/api/v1")).headers["etag"] == first.headers["etag"]
    assert first.json()["asked_by"] == "kari"
    opened = operator.told(f"/cases/{first.json()['case']}/events")["events"][0]
    assert (opened["kind"], opened["actor"]) == ("case_opened", "kari")


@pytest.mark.parametrize(
    ("place", "value", "field", "message"),
    [
        (
            ("client", "country"),
            "Norway",
            "client.country",
            "must be a country's two capital letters, such as NO or BE",
        ),
        (("client", "identifiers"), {"orgnr": "974760674"}, "client.identifiers.orgnr", None),
        (("ending", "ends_on"), 1798675200, "ending.ends_on", "is not a date (write 2026-12-31)"),
        (("ending", "ends_on"), "2026-02-30", "ending.ends_on", "is not a date (write 2026-12-31)"),
        (("ending", "reason"), "tired", "ending.reason", None),
        (("client", "colour"), "blue", "client.colour", "is not known"),
        (("options", "crm"), {"keep_biling_to": True}, "options.crm.keep_biling_to", None),
        (("options", "elsewhere"), {"a": 1}, "options.elsewhere", None),
        (("administrator", "email"), "nobody", "administrator.email", "is not an e-mail address"),
    ],
)
def test_what_is_wrong_with_a_request_is_named_by_its_field(
    operator: Program, request_body: dict[str, Any], place: tuple[str, str], value: Any, field: str, message: str | None
) -> None:
    request_body[place[0]][place[1]] = value
    request_body["ending"].setdefault("successor", None)
    found = _errors(operator.post("/cases", request_body))
    assert list(found) == [field]
    assert message in (None, found[field])


def test_no_value_that_was_sent_is_told_again(operator: Program, request_body: dict[str, Any]) -> None:
    request_body["client"]["identifiers"] = {"orgnr": "31128512345"}
    request_body["administrator"] = {"name": "Ola", "email": "31128512345"}
    answer = operator.post("/cases", request_body)
    assert problem(answer) == (422, "input")
    assert "31128512345" not in answer.text


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": 1e400}', b'{"a": 12345678901234567890}',
     b'{"a": "\\ud800"}', b"\xff", b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_json_that_all_read_alike_is_refused(operator: Program, body: bytes) -> None:
    answer = operator.post("/cases", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer) in ((400, "not-readable"), (422, "input"))


def test_json_says_that_it_is_json_and_has_an_end(operator: Program) -> None:
    as_text = operator.post("/cases", content=b"{}", headers={"Content-Type": "text/plain"})
    assert problem(as_text) == (415, "wrong-media-type")
    too_long = operator.post("/cases", {"client": "x" * 2**20})
    assert problem(too_long) == (413, "too-large")


# --- files


def _csv(*rows: str, name: str = "requests.csv") -> tuple[str, tuple[str, bytes]]:
    return "files", (name, "\n".join((HEADING, *rows, "")).encode())


def _send(operator: Program, *files: tuple[str, tuple[str, bytes]]) -> httpx.Response:
    return operator.post("/request-files", files=list(files))


def test_a_file_asks_for_many_endings_at_once(operator: Program) -> None:
    days = ["2027-03-31", "2027-04-30"]
    answer = _send(operator, _csv(*map(GOOD.format, days)))
    assert (answer.status_code, [case["ends_on"] for case in answer.json()["cases"]]) == (201, days)
    assert {case["asked_by"] for case in answer.json()["cases"]} == {"kari"}


def test_every_line_that_is_wrong_is_named_and_no_line_is_taken(operator: Program, firm: Firm, tmp_path: Path) -> None:
    before = len(firm.workplace.store.case_ids())
    rows = [GOOD.format("2027-05-31"), GOOD.format("soon"), GOOD.format("2027-06-30").replace("NO;", "Norway;")]
    answer = _send(operator, _csv(*rows), ("files", ("one.toml", b"[client]\nname = 1\n")))
    assert problem(answer) == (422, "input")
    errors = answer.json()["errors"]
    assert [(error["file"], error.get("line")) for error in errors] == [
        ("requests.csv", 3),
        ("requests.csv", 4),
        ("one.toml", None),
    ]
    assert errors[0]["message"] == "'ends_on' is not a date (write 2026-12-31)."
    assert len(firm.workplace.store.case_ids()) == before


@pytest.mark.parametrize(
    "files",
    [
        [("files", (None, b"a text"))],
        [("files", ("requests.txt", b"a;b\n"))],
        [("files", ("requests.csv", b""))],
        [("files", ("../../requests.csv", b"\xff\xfe\x00"))],
        [("more", ("requests.csv", b"a;b\n"))],
        [("files", ("requests.csv", b"\0" * 10))],
    ],
)
def test_files_that_are_no_requests_are_refused(operator: Program, files: list[Any]) -> None:
    answer = operator.post("/request-files", files=files)
    assert problem(answer)[0] in (400, 422)


def test_a_form_is_no_json_and_a_broken_one_is_refused(operator: Program) -> None:
    assert problem(operator.post("/request-files", {"files": []})) == (415, "wrong-media-type")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert problem(operator.post("/request-files", content=b"--y\r\n", headers=broken))[0] in (400, 422)
    assert problem(operator.post("/request-files", content=b"", headers={"Content-Type": "multipart/form-data"})) == (
        400,
        "not-readable",
    )


def test_the_same_files_sent_again_are_the_same_call(operator: Program) -> None:
    sent = [_csv(GOOD.format("2027-07-31"))]
    first, again = (operator.post("/request-files", files=sent, key="files") for _ in range(2))
    assert (first.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    other = [_csv(GOOD.format("2027-08-31"))]
    assert problem(operator.post("/request-files", files=other, key="files")) == (422, "key-reused")
