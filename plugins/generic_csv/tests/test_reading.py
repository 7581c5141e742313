from __future__ import annotations

import tracemalloc
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    Client,
    ConfigurationError,
    DisengageError,
    Link,
    LinkState,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.domain.difference import Comparison, compare
from disengage_generic_csv import api

if TYPE_CHECKING:
    from conftest import Crm

NO_END = date(9999, 12, 31)
ACTIVE = LinkState(linked=True, ended_on=NO_END, billing_to="10000", status="Klant")
ENDED = LinkState(linked=False, ended_on=date(2026, 12, 31), billing_to="", status="Geen klant meer")


def client(**given: Any) -> Client:
    return Client(**({"name": "Nordlys Kafé AS", "country": "NO"} | given))


def test_the_state_is_read_from_the_columns(crm: Crm) -> None:
    assert crm.observe() == ACTIVE


def test_an_ended_client_is_seen_as_ended(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Geen klant meer;2026-12-31;")
    assert crm.observe() == ENDED


def test_a_status_that_is_not_configured_is_never_taken_for_ended(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Prospect;;")
    assert crm.observe() == LinkState(linked=None, ended_on=NO_END, billing_to="", status="Prospect")


def test_an_end_date_that_stayed_empty_is_not_what_was_wanted_and_not_unknown(crm: Crm) -> None:
    wanted = crm.propose().wanted
    crm.export("10042;Nordlys Kafé AS;Geen klant meer; ;")
    assert crm.observe() == ENDED.model_copy(update={"ended_on": NO_END})
    assert compare(crm.observe(), wanted, ("linked", "ended_on")) is Comparison.DIFFERENT
    crm.export("10042;Nordlys Kafé AS;Geen klant meer;2026-12-31;")
    assert compare(crm.observe(), wanted, ("linked", "ended_on")) is Comparison.SAME


def test_an_end_date_that_nobody_can_read_is_unknown(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Geen klant meer;n.v.t.;")
    assert crm.observe().ended_on is None
    assert compare(crm.observe(), crm.propose().wanted, ("linked", "ended_on")) is Comparison.UNKNOWN


def test_an_end_date_that_is_to_be_cleared_is_proven_by_the_empty_cell(crm: Crm) -> None:
    verbs = {"archive": {"end_date": ""}}
    wanted = crm.propose(verbs=verbs).wanted
    crm.export("10042;Nordlys Kafé AS;Klant;2026-12-31;")
    assert compare(crm.observe(), wanted, ("ended_on",)) is Comparison.DIFFERENT
    crm.export("10042;Nordlys Kafé AS;Klant;;")
    assert compare(crm.observe(), wanted, ("ended_on",)) is Comparison.SAME


def test_a_client_that_left_the_export_is_not_taken_for_ended(crm: Crm) -> None:
    crm.export("10043;Sørlys AS;Klant;;")
    assert crm.observe() == LinkState()


def test_columns_that_are_not_mapped_cannot_be_told(crm: Crm) -> None:
    assert crm.observe(columns={"reference": "Klantnummer"}, verbs={}) == LinkState()


@pytest.mark.parametrize(
    ("date_format", "cell"),
    [
        ("%Y-%m-%d", "2026-12-31"),
        ("%d-%m-%Y", "31-12-2026"),
        ("%d-%m-%Y", "2026-12-31"),
        ("%d.%m.%Y", " 31.12.2026 "),
        ("%d-%m-%Y", "2026-12-31T00:00:00"),
        ("%Y-%m-%d", "'-2026-12-31"),
    ],
)
def test_dates_are_read_in_the_configured_form_and_in_iso(crm: Crm, date_format: str, cell: str) -> None:
    crm.export(f"10042;Nordlys Kafé AS;Geen klant meer;{cell};")
    expected = None if cell.startswith("'") else date(2026, 12, 31)
    assert crm.observe(date_format=date_format).ended_on == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "iso-8859-15"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_every_encoding_is_read_with_and_without_its_mark(crm: Crm, encoding: str, newline: str) -> None:
    crm.export("10042;Nordlys Kafé AS;Klant;;10000", encoding=encoding, newline=newline)
    connection = crm.connection(encoding=encoding)
    assert connection.find_links(client()) == [Link(ref="10042", name="Nordlys Kafé AS")]


def test_a_byte_order_mark_needs_no_other_setting_than_utf_8(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Klant;;10000", encoding="utf-8-sig")
    assert crm.observe() == ACTIVE


def test_cells_with_delimiters_quotes_and_line_ends_are_read(crm: Crm) -> None:
    crm.export('10042;"Nordlys; ""Kafé""\r\nAS";Klant;;10000', "", "10043;Sørlys AS;Klant;;")
    connection = crm.connection()
    assert connection.find_links(client(references={"crm": "10042"}))[0].name == 'Nordlys; "Kafé"\r\nAS'


# finding


def test_a_reference_wins_and_must_be_in_the_export(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Klant;;", "10043;Sørlys AS;Klant;;")
    connection = crm.connection()
    assert connection.find_links(client(references={"crm": "10043"})) == [Link(ref="10043", name="Sørlys AS")]
    assert connection.find_links(client(references={"crm": "99999"})) == []


@pytest.mark.parametrize(
    ("scheme", "cell", "country", "number"),
    [
        ("orgnr", "974 760 673", "NO", "974760673"),
        ("enterprise", "0417.497.106", "BE", "0417497106"),
        ("enterprise", "BE 0417.497.106", "BE", "0417497106"),
        ("vat", "0417497106", "BE", "BE0417497106"),
        ("vat", "BE0417.497.106", "BE", "0417497106"),
        ("kvk", "1234 5678", "NL", "12345678"),
    ],
)
def test_an_identifier_is_compared_as_a_number_and_not_as_text(
    crm: Crm, scheme: str, cell: str, country: str, number: str
) -> None:
    crm.export(f"10042;Andere naam;{cell}", "10043;Nordlys Kafé AS;", "10044;X;abc", headings="Klantnummer;Naam;Nummer")
    connection = crm.connection(columns={"reference": "Klantnummer", "name": "Naam", scheme: "Nummer"}, verbs={})
    found = connection.find_links(client(country=country, identifiers={scheme: number}))
    assert found == [Link(ref="10042", name="Andere naam")]


def test_a_name_is_compared_without_case_and_blanks_and_twice_is_two_links(crm: Crm) -> None:
    crm.export("1;NORDLYS  kafé as;Klant;;", "2;Nordlys Kafé AS ;Klant;;", "3;Nordlys;Klant;;")
    found = crm.connection().find_links(client(identifiers={"orgnr": "974760673"}))
    assert [link.ref for link in found] == ["1", "2"]


def test_an_identifier_that_is_not_in_its_column_is_not_replaced_by_the_name(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;", headings="Klantnummer;Naam;Nummer")
    connection = crm.connection(columns={"reference": "Klantnummer", "name": "Naam", "orgnr": "Nummer"}, verbs={})
    assert connection.find_links(client(identifiers={"orgnr": "974760673"})) == []


def test_a_client_without_a_key_is_refused_by_its_line(crm: Crm) -> None:
    crm.export("10043;Sørlys AS;Klant;;", ";Nordlys Kafé AS;Klant;;")
    with pytest.raises(UnexpectedResponseError, match="line 3"):
        crm.connection().find_links(client())


def test_a_reference_that_stands_twice_is_refused_by_its_lines(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Klant;;", "10042;Sørlys AS;Klant;;")
    with pytest.raises(UnexpectedResponseError, match="lines 2 and 3"):
        crm.observe()


# exports that cannot be used


def failing(crm: Crm, kind: type[DisengageError], **changes: Any) -> str:
    with pytest.raises(kind) as caught:
        crm.observe(**changes)
    assert caught.value.remedy
    assert "Nordlys" not in str(caught.value)
    return str(caught.value)


def test_a_missing_export_is_named(crm: Crm) -> None:
    (crm.folder / "clients.csv").unlink()
    assert "'clients.csv' cannot be read: No such file" in failing(crm, ConfigurationError)


def test_a_folder_in_place_of_the_export_is_named(crm: Crm) -> None:
    assert "cannot be read: Is a directory" in failing(crm, ConfigurationError, clients=".")


def test_an_empty_export_is_named(crm: Crm) -> None:
    (crm.folder / "clients.csv").write_bytes(b"")
    assert "'clients.csv' is empty" in failing(crm, ConfigurationError)


@pytest.mark.parametrize("rows", [1, 40_000])
def test_a_wrong_encoding_is_named_by_its_byte(crm: Crm, rows: int) -> None:
    head = b"Klantnummer;Naam;Klantstatus;Einde relatie;Facturatie aan\r\n" + b"1;a;Klant;;\r\n" * rows
    (crm.folder / "clients.csv").write_bytes(head + "10042;Nordlys Kafé AS;Klant;;\r\n".encode("cp1252"))
    place = len(head) + len("10042;Nordlys Kaf")
    assert f"is not utf-8: byte {place} cannot be read" in failing(crm, ConfigurationError)


def test_a_mark_of_another_encoding_is_named(crm: Crm) -> None:
    crm.export(encoding="utf-8-sig")
    assert 'Set encoding = "utf-8"' in failing(crm, ConfigurationError, encoding="cp1252")
    crm.export(encoding="utf-16")
    assert 'Set encoding = "utf-16"' in failing(crm, ConfigurationError)


def test_a_missing_heading_is_named_with_the_nearest_there_is(crm: Crm) -> None:
    crm.export(headings="Klantnummer;Naam;Klant-status;Einde relatie;Facturatie aan")
    said = failing(crm, ConfigurationError)
    assert "no column 'Klantstatus', which is configured for 'status'. Did you mean 'Klant-status'?" in said


def test_a_heading_that_stands_twice_is_named(crm: Crm) -> None:
    crm.export(headings="Klantnummer;Naam;Klantstatus;Klantstatus;Einde relatie;Facturatie aan")
    assert "more than one column 'Klantstatus'" in failing(crm, ConfigurationError)


def test_a_ragged_row_is_named_by_its_line(crm: Crm) -> None:
    crm.export("10043;Sørlys AS;Klant;;", "10042;Nordlys Kafé AS;Klant")
    assert "line 3: it has 3 cells, the headings are 5" in failing(crm, UnexpectedResponseError)


def test_a_quote_without_its_partner_is_named_by_its_line(crm: Crm) -> None:
    crm.export('10043;"Sørlys AS;Klant;;', "10042;Nordlys Kafé AS;Klant;;")
    assert "line 3: unexpected end of data" in failing(crm, UnexpectedResponseError)


def test_an_export_that_grows_while_it_is_read_is_tried_again(crm: Crm) -> None:
    rows = api.Export(crm.settings(), crm.folder).rows()
    next(rows)
    with (crm.folder / "clients.csv").open("a") as export:
        export.write("10043;Sør")
    with pytest.raises(RetryableError):
        list(rows)


def test_an_export_that_is_replaced_while_it_is_read_is_read_to_its_old_end(crm: Crm) -> None:
    rows = api.Export(crm.settings(), crm.folder).rows()
    first = next(rows)
    (crm.folder / "new.csv").write_text("nonsense")
    (crm.folder / "new.csv").replace(crm.folder / "clients.csv")
    assert (first.words["reference"], list(rows)) == ("10042", [])


def test_a_large_export_is_read_as_a_stream(crm: Crm) -> None:
    with (crm.folder / "clients.csv").open("a") as export:
        for number in range(20_000):
            export.write(f"{number + 20_000};{'x' * 500};Klant;;\r\n")
    assert (crm.folder / "clients.csv").stat().st_size > 10_000_000
    tracemalloc.start()
    assert crm.observe() == ACTIVE
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
