from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from disengage.domain.checks import Check, Fault, Verdict
from disengage.domain.request import Period
from disengage.vault.checks import xaf
from disengage.vault.checks.spans import Span

from tests.checks import audit_files
from tests.checks.audit_files import a_period

_XAF32 = "http://www.auditfiles.nl/XAF/3.2"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "2024.xaf"


def checked(path: Path, text: str, period: Period | None = None) -> dict[str, Check]:
    path.write_text(text, encoding="utf-8")
    return {check.name: check for check in xaf.check(path, "boek/2024.xaf", period or a_period())}


def test_a_sound_auditfile_is_sound(file: Path) -> None:
    assert checked(file, audit_files.xaf()) == {
        "xaf": Check(
            name="xaf",
            subject="boek/2024.xaf",
            verdict=Verdict.SOUND,
            reason="version 4.0; 1 transactions with 2 lines",
        ),
        "xaf-period": Check(
            name="xaf-period",
            subject="boek/2024.xaf",
            verdict=Verdict.SOUND,
            reason="covers 2024-01-01 to 2024-12-31, of 2024-01-01 to 2024-12-31",
        ),
    }


def test_what_does_not_add_up_is_told_with_the_codes_and_lines_of_pyxaf(file: Path) -> None:
    text = audit_files.xaf(amount="120.00")
    line = text.splitlines().index("<transaction>") + 1

    made = checked(file, text)["xaf"]

    faults = {fault.code: fault for fault in made.faults}
    assert made.verdict is Verdict.WRONG
    assert faults["xaf5010"] == Fault(
        code="xaf5010",
        where=f"line {line}",
        message="transaction '1' in journal 'V' does not balance: debit 120.00, credit 121.00 (rule [0010])",
    )
    assert "xaf5007" in faults


def test_what_stands_in_a_wrong_element_is_not_repeated(file: Path) -> None:
    made = checked(file, audit_files.xaf(company="Kari Nordmann " * 40))["xaf"]

    assert made.verdict is Verdict.WRONG
    assert "Kari" not in made.model_dump_json()


def test_an_older_version_says_what_is_said_to_come(file: Path) -> None:
    made = checked(file, audit_files.xaf(namespace=_XAF32))["xaf"]

    assert made.reason.startswith("version 3.2; ")
    assert made.reason.endswith("from 2027-01-01 the tax administration is said to take version 4.0 only")


def test_an_auditfile_of_another_year_is_a_fault(file: Path) -> None:
    made = checked(file, audit_files.xaf(year=2019))["xaf-period"]

    message = "it covers 2019-01-01 to 2019-12-31, nothing of 2024-01-01 to 2024-12-31"
    assert made.faults == (Fault(code="period", where="header", message=message),)


def test_an_auditfile_made_before_its_year_was_over_is_a_fault(file: Path) -> None:
    made = checked(file, audit_files.xaf(created="2024-11-01"))["xaf-period"]

    assert [fault.code for fault in made.faults] == ["created"]


def test_the_days_that_an_auditfile_covers_are_read_from_its_header(file: Path) -> None:
    file.write_text(audit_files.xaf(), encoding="utf-8")

    assert xaf.covers(file) == (Span(date(2024, 1, 1), date(2024, 12, 31), date(2025, 2, 1)),)


@pytest.mark.parametrize("ending", [".xaf", ".XAF.gz", ".xac"])
def test_what_is_called_an_auditfile_and_is_none_is_not_checked(tmp_path: Path, ending: str) -> None:
    made = checked(tmp_path / f"a{ending}", "something else")

    assert list(made) == ["xaf"]
    assert made["xaf"].verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]><auditfile>&a;</auditfile>', "xaf2002"),
        (f"<auditfile>{'<a>' * 100}", "xaf2003"),
        (audit_files.xaf()[:-30], "xaf2001"),
    ],
)
def test_what_is_hostile_or_broken_off_is_wrong(file: Path, text: str, code: str) -> None:
    made = checked(file, text)["xaf"]

    assert made.verdict is Verdict.WRONG
    assert code in {fault.code for fault in made.faults}


def test_a_file_that_is_not_there_is_not_checked(tmp_path: Path) -> None:
    (made,) = xaf.check(tmp_path / "away.xaf", "away.xaf", a_period())

    assert made.reason == "it cannot be read: No such file or directory"


def test_what_takes_too_much_memory_is_not_checked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xaf, "MEMORY", 24)
    one = "<ledgerAccount><accID>{}</accID><accDesc>x</accDesc><accTp>B</accTp></ledgerAccount>"
    accounts = "".join(map(one.format, range(20_000)))

    made = checked(file, audit_files.xaf().replace("<generalLedger>", f"<generalLedger>{accounts}", 1))["xaf"]

    assert made.verdict is Verdict.NOT_CHECKED


def test_a_reader_that_breaks_leaves_the_file_unchecked(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(3)")
    monkeypatch.setattr(xaf, "_READER", broken)

    assert checked(file, audit_files.xaf())["xaf"].reason == "the program that reads it gave up"


def test_a_file_larger_than_any_auditfile_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xaf, "LARGEST", 10)

    assert re.match("it is larger than", checked(file, audit_files.xaf())["xaf"].reason)


@pytest.mark.parametrize(
    ("name", "head", "known"),
    [
        ("a.xml", audit_files.xaf()[:200].encode(), True),
        ("a.xml", audit_files.xaf()[:200].encode("utf-16"), True),
        ("a.xml", b"<n:auditfile xmlns:n='x'>", True),
        ("boek/2024.xaf", b"", True),
        ("a.xml", b"<AuditFile>", False),
        ("a.txt", b"<auditfileVersion>", False),
    ],
)
def test_an_auditfile_is_recognised_by_what_it_holds_or_by_its_ending(name: str, head: bytes, known: bool) -> None:
    assert xaf.recognises(name, head) is known
