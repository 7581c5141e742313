from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from disengage.domain.request import Administrator, Client, Ending, Period, Reason, Request, Successor
from disengage.errors import InputError
from disengage.requests import all_or_none, read_each, read_requests
from hypothesis import given
from hypothesis import strategies as st

ROW = {
    "name": "Nordlys Kafé AS",
    "country": "NO",
    "identifiers.orgnr": "974760673",
    "reference.go": "1a2b",
    "reason": "moved-to-other-firm",
    "notice_on": "2026-11-22",
    "ends_on": "2026-12-31",
    "period_from": "2024-01-01",
    "period_to": "2026-12-31",
    "administrator_name": "Kari Nordmann",
    "administrator_email": "kari@nordlys.example",
}

Write = Callable[[str | bytes], Path]


def as_csv(*rows: Mapping[str, str], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes) -> Path:
        file = tmp_path / "requests.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return written


def complaints(file: Path) -> list[str]:
    """Return each complaint, from the file's name on."""
    with pytest.raises(InputError) as caught:
        read_requests([file])
    assert caught.value.remedy
    return [line.removeprefix(f"{file.parent}/") for line in caught.value.message.split("\n")]


def options(file: Path) -> Any:
    return read_requests([file])[0][1].options


def test_a_row_is_one_request(write: Write) -> None:
    file = write(as_csv(ROW))

    assert read_requests([file]) == [
        (
            f"{file}:2",
            Request(
                client=Client(
                    name="Nordlys Kafé AS",
                    country="NO",
                    identifiers={"orgnr": "974760673"},
                    references={"go": "1a2b"},
                ),
                ending=Ending(
                    reason=Reason.MOVED_TO_OTHER_FIRM,
                    notice_on=date(2026, 11, 22),
                    ends_on=date(2026, 12, 31),
                    period=Period.model_validate({"from": date(2024, 1, 1), "to": date(2026, 12, 31)}),
                ),
                administrator=Administrator(name="Kari Nordmann", email="kari@nordlys.example"),
            ),
        )
    ]


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_both_delimiters_and_a_byte_order_mark_are_read(
    write: Write, delimiter: str, encoding: str, line_end: str
) -> None:
    text = as_csv(ROW, delimiter=delimiter).replace("\r\n", line_end)

    assert read_requests([write(text.encode(encoding))]) == read_requests([write(as_csv(ROW))])


def test_empty_cells_are_not_given_and_empty_rows_are_passed_over(write: Write) -> None:
    bare = ROW | {"notice_on": "", "administrator_name": "", "administrator_email": " ", "reference.go": ""}
    file = write(as_csv(bare).replace("\r\n", "\r\n\r\n") + "," * (len(ROW) - 1) + "\r\n")

    ((where, request),) = read_requests([file])

    assert where == f"{file}:3"
    assert (request.administrator, request.ending.notice_on, request.client.references) == (None, None, {})


def test_kind_and_successor_have_columns(write: Write) -> None:
    more = {"kind": "takeover", "successor_firm": "Ny Regnskap AS", "successor_email": "post@ny.example"}

    ((_, request),) = read_requests([write(as_csv(ROW | more))])

    assert request.kind == "takeover"
    assert request.ending.successor == Successor(firm="Ny Regnskap AS", email="post@ny.example")


def test_option_cells_become_what_they_mean(write: Write) -> None:
    cells = {
        "option.go.generation_date": "2027-01-15",
        "option.crm.keep_billing_to": "true",
        "option.crm.delete_client": "FALSE",
        "option.crm.number": "-42",
        "option.crm.zero": "0",
        "option.crm.name_of_zeros": "007",
        "option.crm.long_number": "1234567890123456",
        "option.crm.version": "10.1",
        "option.spiris.solutions.bookkeeping": "continue",
        "option.spiris.solutions.payroll": "cancel",
        "option.auditcase.nothing": "",
    }

    assert options(write(as_csv(ROW | cells))) == {
        "go": {"generation_date": "2027-01-15"},
        "crm": {
            "keep_billing_to": True,
            "delete_client": False,
            "number": -42,
            "zero": 0,
            "name_of_zeros": "007",
            "long_number": "1234567890123456",
            "version": "10.1",
        },
        "spiris": {"solutions": {"bookkeeping": "continue", "payroll": "cancel"}},
    }


def test_every_bad_row_is_named_with_its_line_and_none_is_taken(write: Write) -> None:
    rows = [
        ROW,
        ROW | {"identifiers.orgnr": "123"},
        ROW | {"name": 'Nordlys\n"Kafé"', "ends_on": "31.12.2026"},
        ROW | {"ends_on": "", "name": ""},
        ROW | {"period_from": "2027-01-01"},
        ROW | {"administrator_email": ""},
        ROW | {"reason": "bored"},
    ]
    text = as_csv(*rows) + "too,short\r\n"

    reasons = "'moved-to-other-firm', 'client-stopped', 'firm-resigned', 'merged' or 'other'"
    assert complaints(write(text)) == [
        "requests.csv:3: 'identifiers.orgnr' is not a valid orgnr of NO (the number has an invalid length).",
        "requests.csv:4: 'ends_on' is not a date (write 2026-12-31).",
        "requests.csv:6: 'name' is missing; 'ends_on' is missing.",
        "requests.csv:7: 'ending.period' ends before it starts.",
        "requests.csv:8: 'administrator_email' is missing.",
        f"requests.csv:9: 'reason' must be {reasons}.",
        "requests.csv:10: the row has 2 cells, the heading has 11 columns.",
    ]


@pytest.mark.parametrize("cell", ["20261231", "46387", "2026-02-30", "2026-12-31T00:00:00", "2026-W01-1"])
def test_nothing_but_a_plain_date_is_a_date(write: Write, cell: str) -> None:
    (said,) = complaints(write(as_csv(ROW | {"ends_on": cell})))

    assert said.startswith("requests.csv:2: 'ends_on' ")


def test_the_same_client_twice_with_the_same_end_names_both_lines(write: Write) -> None:
    later = ROW | {"ends_on": "2027-06-30"}

    assert complaints(write(as_csv(ROW, later, ROW | {"name": "Nordlys Kafe"}))) == [
        "requests.csv:4: the client of line 4 is the one of line 2, with the same end date."
    ]
    assert len(read_requests([write(as_csv(ROW, later))])) == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("Name", "the column 'Name' is not known. Did you mean 'name'?; the column 'name' is missing."),
        ("", "a column has no name; the column 'name' is missing."),
        ("identifier.vat", "the column 'identifier.vat' is not known. Did you mean 'identifiers.vat'?; "),
        ("option.go", "the column 'option.go' is not known."),
        ("option..x", "the column 'option..x' is not known."),
        ("country", "the column 'country' stands there twice; the column 'name' is missing."),
    ],
)
def test_a_heading_that_cannot_be_used_is_named(write: Write, wrong: str, said: str) -> None:
    heading, _, rest = as_csv(ROW).partition("\r\n")
    text = heading.replace("name", wrong, 1) + "\r\n" + rest

    assert complaints(write(text))[0].startswith(f"requests.csv:1: {said}")


def test_an_option_cannot_be_a_value_and_a_table(write: Write) -> None:
    row = ROW | {"option.go.x": "1", "option.go.x.y": "2"}

    assert complaints(write(as_csv(row))) == [
        "requests.csv:1: the column 'option.go.x' gives a value where 'option.go.x.y' gives a table."
    ]


def test_a_file_without_requests_is_an_error(write: Write) -> None:
    assert complaints(write("")) == ["requests.csv:1: the file is empty."]
    assert complaints(write("\ufeff\r\n\r\n")) == ["requests.csv:1: the file is empty."]
    assert complaints(write(as_csv(ROW).split("\r\n")[0])) == ["requests.csv: the file holds no request."]


def test_a_wrong_encoding_is_named_with_its_line(write: Write) -> None:
    assert complaints(write(as_csv(ROW).encode("latin-1"))) == ["requests.csv:2: the file is not UTF-8 (line 2)."]
    assert complaints(write(as_csv(ROW).encode("utf-16"))) == ["requests.csv:1: the file is not UTF-8 but UTF-16."]


def test_a_row_that_is_no_csv_is_named_with_the_line_where_it_begins(write: Write) -> None:
    assert complaints(write(as_csv(ROW) + '"never closed\r\nx,y\r\n'))[0].startswith(
        "requests.csv:3: the row cannot be read: "
    )
    assert complaints(write(as_csv(ROW) + 'a"b"c,"x"y\r\n'))[0].startswith("requests.csv:3: the row cannot")


def test_no_complaint_repeats_a_value(write: Write) -> None:
    wrong = ROW | {"administrator_email": "kari at nordlys", "identifiers.orgnr": "19850709"}

    assert not any("kari" in said or "19850709" in said for said in complaints(write(as_csv(wrong))))


words = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1).filter(lambda t: t == t.strip() != "")
dates = st.dates(date(1900, 1, 1), date(2199, 12, 31))
cells = st.one_of(st.booleans(), st.integers(-(10**15) + 1, 10**15 - 1), dates.map(str), words)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    first, last = sorted([draw(dates), draw(dates)])
    return Request(
        client=Client(name=draw(words), country="NO", references={"go": draw(words)}),
        ending=Ending(
            reason=draw(st.sampled_from(Reason)),
            notice_on=draw(st.none() | dates),
            ends_on=draw(dates),
            period=Period.model_validate({"from": first, "to": last}),
            successor=draw(st.none() | st.builds(Successor, firm=words, email=st.none() | words)),
        ),
        options={"go": {"plain": draw(cells), "nested": {"key": draw(cells)}}},
    )


def as_row(request: Request) -> dict[str, str]:
    ending = request.ending
    successor = ending.successor

    def cell(value: object) -> str:
        return "" if value is None else str(value)

    def option(value: object) -> str:
        """The text of a truth value is one, in whichever letters."""
        return str(value).lower() if str(value).lower() in ("true", "false") else str(value)

    return {
        "name": request.client.name,
        "country": request.client.country,
        "reference.go": request.client.references["go"],
        "reason": ending.reason.value,
        "notice_on": cell(ending.notice_on),
        "ends_on": cell(ending.ends_on),
        "period_from": cell(ending.period.from_),
        "period_to": cell(ending.period.to),
        "successor_firm": cell(successor and successor.firm),
        "successor_email": cell(successor and successor.email),
        "option.go.plain": option(request.options["go"]["plain"]),
        "option.go.nested.key": option(request.options["go"]["nested"]["key"]),
    }


def unlike_each_other(found: Iterable[Request]) -> list[Request]:
    return list({str(request.identity): request for request in found}.values())


def meaning(request: Request) -> Request:
    """What a text that looks like a number or a truth value means once it stood in a cell."""
    return request.model_copy(update={"options": {"go": {"plain": 0, "nested": {"key": 0}}}})


@given(
    found=st.lists(requests(), min_size=1, max_size=4).map(unlike_each_other),
    delimiter=st.sampled_from(",;"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_what_was_written_as_rows_is_read_as_the_same_requests(
    tmp_path_factory: pytest.TempPathFactory, found: list[Request], delimiter: str, encoding: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "round.csv"
    rows = [as_row(request) for request in found]
    file.write_bytes(as_csv(*rows, delimiter=delimiter).encode(encoding))

    read = [request for _, request in read_requests([file])]

    assert [meaning(request) for request in read] == [meaning(request) for request in found]
    assert [as_row(request) for request in read] == rows


def test_what_is_wrong_stands_in_its_place_where_each_request_is_wanted(write: Write) -> None:
    bad = {**ROW, "name": "Fjell AS", "ends_on": "tomorrow"}
    file = write(as_csv(ROW, bad, {**ROW, "reason": ""}, {**ROW, "ends_on": "2027-06-30"}, ROW))

    found = read_each([file])

    assert [
        (entry.where.rpartition(":")[2], entry.named, bool(entry.request), bool(entry.error)) for entry in found
    ] == [
        ("2", "Nordlys Kafé AS", True, False),
        ("3", "Fjell AS", False, True),
        ("4", "Nordlys Kafé AS", False, True),
        ("5", "Nordlys Kafé AS", True, False),
        ("6", "Nordlys Kafé AS", False, True),
    ]
    with pytest.raises(InputError) as caught:
        all_or_none(found)
    assert [line.split(": ")[0].rpartition(":")[2] for line in caught.value.message.split("\n")] == ["3", "4", "6"]
