from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from disengage.domain.checks import Check, Fault, Verdict
from disengage.domain.request import Period
from disengage.vault.checks import check_files, saft_books, saft_no, saft_schema
from disengage.vault.checks.spans import Span

from tests.checks.audit_files import Saft, a_period, by_dates, by_periods
from tests.checks.samples import OUTSIDE

NAME = "ledger.xml"
_EXAMPLE = "ExampleFile SAF-T Financial_888888888_20180228235959.xml"
_SAMPLES = OUTSIDE / "saft-no"


def checked(text: str | Saft, name: str = NAME, period: Period | None = None) -> dict[str, Check]:
    content = text.text() if isinstance(text, Saft) else text
    found = saft_no.check_stream(io.BytesIO(content.encode()), name, period or a_period())
    return {check.name: check for check in found}


def the_fault(check: Check) -> Fault:
    assert (check.verdict, len(check.faults)) == (Verdict.WRONG, 1)
    return check.faults[0]


def test_a_sound_file_is_sound_by_every_part_of_the_check() -> None:
    said = {name: (check.verdict, check.reason) for name, check in checked(Saft()).items()}

    assert said == {
        "saft-no": (Verdict.SOUND, "2 transactions with 4 entries were added up"),
        "saft-no-accounts": (Verdict.SOUND, "3 accounts were added up"),
        "saft-no-schema": (Verdict.SOUND, "valid by schema 1.30"),
        "saft-no-period": (Verdict.SOUND, "covers 2024-01-01 to 2024-12-31, of 2024-01-01 to 2024-12-31"),
    }


def test_a_file_on_the_disk_is_checked_as_its_stream_is(tmp_path: Path) -> None:
    path = tmp_path / "on-disk"
    path.write_text(Saft().text(), encoding="utf-8")

    assert saft_no.check(path, NAME, a_period()) == tuple(checked(Saft()).values())


def test_a_file_that_is_not_there_is_not_checked(tmp_path: Path) -> None:
    (made,) = saft_no.check(tmp_path / "away.xml", NAME, a_period())

    assert made.verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_control_total_that_the_entries_do_not_give_is_a_fault(place: int) -> None:
    totals = ["2", "250.15", "250.15"]
    totals[place] = "3"
    name = ("NumberOfEntries", "TotalDebit", "TotalCredit")[place]

    fault = the_fault(checked(replace(Saft(), totals=tuple(totals)))["saft-no"])

    counted = ("2", "250.15", "250.15")[place]
    where = f"AuditFile/GeneralLedgerEntries/{name}"
    assert fault == Fault(code="control_total", where=where, message=f"it states 3, and the entries give {counted}")


def test_a_missing_control_total_is_a_fault() -> None:
    text = Saft().text().replace("<TotalDebit>250.15</TotalDebit>", "")

    assert the_fault(checked(text)["saft-no"]).where == "AuditFile/GeneralLedgerEntries/TotalDebit"


def test_a_transaction_that_is_a_cent_off_is_named_with_its_line() -> None:
    file = Saft(totals=("1", "250.06", "250.05"), accounts={"1500": ("0", "250.06"), "3000": ("0", "-250.05")})
    file.transactions = [("B-1", "2024-03-01", [("1500", "250.06"), ("3000", "-250.05")])]
    line = file.text().splitlines().index("<Transaction>") + 1

    fault = the_fault(checked(file)["saft-no"])

    message = "debit less credit is 0.01, not zero"
    assert fault == Fault(code="transaction_balance", where=f"line {line}, transaction B-1", message=message)


def test_an_account_that_does_not_close_as_it_opened_and_moved_is_a_fault() -> None:
    file = Saft()
    file.accounts["1500"] = ("100.00", "349.94")

    fault = the_fault(checked(file)["saft-no-accounts"])

    message = "it opens with 100.00 and moves by 249.95: 349.95, and the file states 349.94"
    assert (fault.code, fault.message) == ("account_balance", message)
    assert re.fullmatch(r"line \d+, account 1500", fault.where)


def test_over_several_years_an_account_may_open_anew() -> None:
    file = Saft(selection=by_dates("2023-01-01", "2024-12-31"))
    file.accounts["3000"] = ("-100.00", "-249.95")

    made = checked(file)["saft-no-accounts"]

    assert made.verdict is Verdict.NOT_CHECKED
    assert made.reason.startswith("1 accounts do not close")


def test_entries_on_an_account_without_a_master_record_are_a_fault() -> None:
    file = Saft()
    del file.accounts["3000"]

    fault = the_fault(checked(file)["saft-no-accounts"])

    assert fault.code == "account_unknown"
    assert re.fullmatch(r"line \d+, account 3000", fault.where)


def test_two_master_records_of_one_account_are_a_fault() -> None:
    text = Saft().text()
    record = text[text.index("<Account>") : text.index("</Account>") + len("</Account>")]

    made = checked(text.replace(record, f"{record}\n{record}", 1))

    assert the_fault(made["saft-no"]).code == "account_twice"
    # The schema's own keys name elements without their namespace, and so keep nothing apart.
    assert made["saft-no-schema"].verdict is Verdict.SOUND


@pytest.mark.parametrize("value", ["12,50", "1e9", "NaN", "\u0661", ""])
def test_what_is_no_amount_is_a_fault_and_is_not_guessed(value: str) -> None:
    text = Saft().text().replace("<Amount>250.05</Amount>", f"<Amount>{value}</Amount>", 1)

    assert "amount" in {fault.code for fault in checked(text)["saft-no"].faults}


def test_sums_are_exact_however_large_the_amounts() -> None:
    large = "999999999999999.99"
    file = Saft(totals=("2", f"{2 * 10**15 - 1}.98", f"{2 * 10**15 - 1}.98"))
    file.accounts = {"1500": ("0", f"{2 * 10**15 - 1}.98"), "3000": ("0", f"-{2 * 10**15 - 1}.98")}
    file.transactions = [(n, "2024-03-01", [("1500", large), ("3000", f"-{large}")]) for n in ("1", "2")]

    assert {check.verdict for check in checked(file).values()} == {Verdict.SOUND}


def test_a_file_without_entries_is_not_checked_for_them() -> None:
    text = re.sub(r"<GeneralLedgerEntries>.*</GeneralLedgerEntries>", "", Saft().text(), flags=re.DOTALL)

    made = checked(text)

    assert made["saft-no"].verdict is Verdict.NOT_CHECKED
    assert {fault.code for fault in made["saft-no-accounts"].faults} == {"account_balance"}


# --- schema ---------------------------------------------------------------------------------------------------


def test_what_breaks_the_schema_is_told_with_its_line_and_without_its_value() -> None:
    text = Saft(company="Kari Nordmann" * 30).text()
    line = next(n for n, said in enumerate(text.splitlines(), 1) if said.startswith("<Name>"))

    fault = the_fault(checked(text)["saft-no-schema"])

    message = "Name does not hold what the schema allows: it breaks the limit maxLength"
    assert fault == Fault(code="schema", where=f"line {line}, Name", message=message)


def test_an_element_out_of_place_is_told_with_what_was_expected() -> None:
    text = Saft().text().replace("<SoftwareID>Fjord Bok</SoftwareID>\n", "")

    fault = the_fault(checked(text)["saft-no-schema"])

    assert fault.message == "SoftwareVersion is not expected here; the schema expects SoftwareID"


def test_a_hundred_faults_of_the_schema_are_enough() -> None:
    file = Saft()
    file.accounts |= {str(number): ("0.001", "0.001") for number in range(4000, 4200)}

    made = checked(file)["saft-no-schema"]

    assert (len(made.faults), made.more >= 1, made.reason) == (
        100,
        True,
        "what comes after the last fault was not validated",
    )


@pytest.mark.parametrize("version", ["1.0", "1.00", "1.10", "1.20"])
def test_an_older_version_is_added_up_although_its_schema_is_not_at_hand(version: str) -> None:
    made = checked(Saft(version=version))

    assert made["saft-no"].verdict is Verdict.SOUND
    assert made["saft-no-accounts"].verdict is Verdict.SOUND
    assert made["saft-no-schema"].verdict is Verdict.NOT_CHECKED
    assert made["saft-no-schema"].reason.startswith(f"the schema of version {version} is not at hand")


def test_a_schema_that_was_taken_out_leaves_the_other_checks_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(saft_schema._SCHEMAS, "1.3", "gone.xsd")
    made = checked(Saft())
    assert made["saft-no-schema"].verdict is Verdict.NOT_CHECKED
    assert made["saft-no-schema"].reason.startswith("the schema of version 1.30 is not at hand")
    assert made["saft-no"].verdict is Verdict.SOUND


def test_a_file_that_does_not_say_its_version_is_not_checked_by_a_schema() -> None:
    text = Saft().text().replace("<AuditFileVersion>1.30</AuditFileVersion>\n", "")

    made = checked(text)["saft-no-schema"]

    assert made.reason == "the file does not say its version in its header"


# --- period ---------------------------------------------------------------------------------------------------


def test_a_file_of_another_year_is_a_fault() -> None:
    fault = the_fault(checked(Saft(), period=a_period("2025-01-01", "2026-12-31"))["saft-no-period"])

    message = "it covers 2024-01-01 to 2024-12-31, nothing of 2025-01-01 to 2026-12-31"
    where = "AuditFile/Header/SelectionCriteria"
    assert fault == Fault(code="period", where=where, message=message)


def test_a_file_made_before_its_period_was_over_is_a_fault() -> None:
    fault = the_fault(checked(Saft(created="2024-12-30"))["saft-no-period"])

    message = "it was made on 2024-12-30, before the period it is to cover ended on 2024-12-31"
    assert fault == Fault(code="created", where="AuditFile/Header/AuditFileDateCreated", message=message)


def test_what_comes_after_the_period_asked_for_need_not_be_over() -> None:
    made = checked(Saft(created="2024-07-01"), period=a_period("2024-01-01", "2024-06-30"))

    assert made["saft-no-period"].verdict is Verdict.SOUND


def test_accounting_periods_are_read_as_months_where_the_entries_bear_that_out() -> None:
    made = checked(Saft(selection=by_periods(1, 4)))["saft-no-period"]

    assert made.reason == "covers 2024-01-01 to 2024-04-30, of 2024-01-01 to 2024-12-31"


def test_the_periods_of_a_broken_year_are_not_taken_for_months() -> None:
    text = Saft(selection=by_periods(1, 12)).text()
    text = text.replace("<Period>3<", "<Period>9<").replace("<Period>4<", "<Period>10<")

    made = checked(text)["saft-no-period"]

    assert made.reason == "its accounting periods are not the calendar's months"


@pytest.mark.parametrize("selection", ["", by_periods(1, 4, 99999), by_dates("2024-13-01", "x")])
def test_a_file_that_does_not_say_its_period_is_not_checked_for_it(selection: str) -> None:
    assert checked(Saft(selection=selection))["saft-no-period"].verdict is Verdict.NOT_CHECKED


def test_the_days_that_a_file_covers_are_read_from_its_header(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text(Saft().text(), encoding="utf-8")

    assert saft_no.covers(path) == (Span(date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 20)),)


# --- parts, names, namespaces ---------------------------------------------------------------------------------


def test_a_part_of_several_is_judged_by_what_holds_for_a_part() -> None:
    file = Saft(totals=("40", "9000.00", "9000.00"), accounts={})

    made = checked(file, "SAF-T Financial_974760673_20250120120000_2_12.xml")

    assert made["saft-no"].verdict is Verdict.SOUND
    assert made["saft-no-accounts"].verdict is Verdict.NOT_CHECKED
    assert made["saft-no-accounts"].reason.startswith("part 2 of 12")


def test_a_document_of_another_namespace_is_a_fault() -> None:
    assert the_fault(checked(Saft(namespace="urn:other"))["saft-no"]).code == "namespace"


@pytest.mark.parametrize(
    ("name", "head", "known"),
    [
        ("a.xml", Saft().text()[:4096].encode(), True),
        ("a.xml", Saft().text()[:1000].encode("utf-16"), True),
        ("SAF-T Financial_974760673_20250120120000.xml", b"", True),
        ("a.xml", b"<AuditFile><Header><AuditFileCountry>NO</AuditFileCountry>", True),
        ("a.xml", b'<AuditFile xmlns="urn:OECD:StandardAuditFile-Tax:PT_1.04_01">', False),
        ("a.xml", b"<auditfile>", False),
        ("a.zip", b"PK\x03\x04", False),
    ],
)
def test_a_file_is_recognised_by_what_it_holds_or_by_the_name_prescribed(name: str, head: bytes, known: bool) -> None:
    assert saft_no.recognises(name, head) is known


# --- hostile files --------------------------------------------------------------------------------------------


def _with(doctype: str, content: str = "&a;") -> str:
    head, rest = Saft(company=content).text().split("\n", 1)
    return f"{head}\n{doctype}\n{rest}"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE AuditFile [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE AuditFile SYSTEM "http://127.0.0.1:9/evil.dtd" [<!ENTITY a "b">]>',
        '<!DOCTYPE AuditFile [<!ENTITY b "lol"><!ENTITY a "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE AuditFile [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]>',
    ],
)
def test_a_file_with_a_document_type_is_refused_unread(doctype: str) -> None:
    made = checked(_with(doctype))

    assert the_fault(made["saft-no"]).code == "doctype"
    assert made["saft-no-schema"].verdict is Verdict.NOT_CHECKED
    assert made["saft-no-period"].verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_well_formed"),
        ("no xml at all", "not_well_formed"),
        (Saft().text()[:-20], "not_well_formed"),
        (Saft(company="&unknown;").text(), "not_well_formed"),
        (Saft(company="x" * 70_000).text(), "text_too_long"),
        ("<a>" * 1000, "too_deep"),
    ],
)
def test_what_cannot_be_read_is_wrong_and_says_from_where(text: str, code: str) -> None:
    fault = the_fault(checked(text)["saft-no"])

    assert fault.code == code
    assert re.fullmatch(r"line \d+", fault.where)


def test_more_accounts_than_a_chart_has_are_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saft_books, "MOST_ACCOUNTS", 2)

    assert checked(Saft())["saft-no"].reason == "it names more accounts than any chart of accounts has"


def test_identifiers_are_shown_without_what_acts_on_a_terminal() -> None:
    file = Saft(totals=("1", "1.00", "0"), accounts={"1500": ("0", "1.00")})
    file.transactions = [("B\u202e\u200b1", "2024-03-01", [("1500", "1.00")])]

    assert the_fault(checked(file)["saft-no"]).where.endswith("transaction B??1")


class _Endless(io.RawIOBase):
    """A file with very many transactions on one line, made while it is read."""

    def __init__(self, transactions: int) -> None:
        file = Saft(totals=(f"{transactions}", f"{transactions}", f"{transactions}"))
        file.accounts = {"1500": ("0", f"{transactions}"), "3000": ("0", f"-{transactions}")}
        file.transactions = [("1", "2024-03-01", [("1500", "1"), ("3000", "-1")])]
        head, found, tail = file.text().replace("\n", "").partition("<Transaction>")
        record, end, tail = tail.partition("</Transaction>")
        self._parts = iter([head, *[found + record + end] * transactions, tail])
        self.size = 0

    def readline(self, size: int | None = -1) -> bytes:
        part = next(self._parts, "").encode()
        self.size += len(part)
        return part


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(transactions: int) -> tuple[int, int]:
        tracemalloc.start()
        file = _Endless(transactions)
        made = saft_no.check_stream(file, NAME, a_period())  # type: ignore[arg-type]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert {check.verdict for check in made} == {Verdict.SOUND}
        return most, file.size

    (small, short), (large, long) = peak(100), peak(2000)

    assert long > 15 * short
    assert large < small + 200_000


# --- files of others, where they are ---------------------------------------------------------------------------


@pytest.fixture
def example() -> Path | None:
    path = _SAMPLES / _EXAMPLE
    return path if path.exists() else None


def test_the_example_of_the_tax_administration_is_read_as_it_is(example: Path | None) -> None:
    if example is None:
        return
    made = {check.name: check for check in saft_no.check(example, example.name, a_period("2017-01-01", "2017-12-31"))}

    assert made["saft-no"].reason == "53 transactions with 170 entries were added up"
    assert made["saft-no-schema"].verdict is Verdict.NOT_CHECKED
    wrong = [(fault.where.rpartition(" ")[2], fault.message) for fault in made["saft-no-accounts"].faults]
    assert wrong == [
        ("1920", "it opens with 370000 and moves by 354407.00: 724407.00, and the file states 670568.75"),
        ("2711", "it opens with 0 and moves by -0.35: -0.35, and the file states 0"),
        ("2740", "it opens with 0 and moves by 0.35: 0.35, and the file states 0"),
    ]


# --- in an archive --------------------------------------------------------------------------------------------


def _zipped(folder: Path, **files: str) -> Path:
    path = folder / "saft.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.xml", text)
    return path


def test_a_file_in_an_archive_is_checked_where_it_lies(tmp_path: Path) -> None:
    path = _zipped(tmp_path, invoice="<Invoice/>", ledger=Saft(totals=("3", "250.15", "250.15")).text())

    made = check_files({"saft.zip": path}, period=a_period())

    assert [(check.name, check.subject, check.verdict) for check in made] == [
        ("zip", "saft.zip", Verdict.SOUND),
        ("saft-no", "saft.zip: ledger.xml", Verdict.WRONG),
        *((f"saft-no-{part}", "saft.zip: ledger.xml", Verdict.SOUND) for part in ("accounts", "schema", "period")),
        ("period", "the books of 1 file", Verdict.SOUND),
    ]


def test_an_archive_without_audit_files_is_checked_as_an_archive_only(tmp_path: Path) -> None:
    made = check_files({"a.zip": _zipped(tmp_path, invoice="<Invoice/>")}, period=a_period())

    assert [check.name for check in made] == ["zip"]
