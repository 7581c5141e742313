import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from disengage import Check, Fault, Link, Request, Verdict
from disengage.keptrows import json_array, rows_kept
from disengage_poweroffice import fiction_books
from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.simulator import PowerOfficeSimulator

Connect = Callable[..., PowerOffice]
Ask = Callable[..., Request]
Rows = list[dict[str, Any]]
YEARS = (2024, 2025, 2026)


class Copy:
    """A copy of the books in a folder, to be changed and checked."""

    def __init__(self, folder: Path, go: PowerOfficeSimulator, connection: PowerOffice, kept: Any) -> None:
        self.folder, self.go, self.connection, self.kept = folder, go, connection, kept

    def make(self, request: Request) -> None:
        self.request = request
        self.link = Link(ref=self.go.clients[0].id, name="Nordlys Kafé AS")
        self.connection.retain_history(self.link, request, "", self.kept)

    def rows(self, name: str) -> Rows:
        found: Rows = json.loads(self.kept.files[name])
        return found

    def change(self, name: str, change: Callable[[Rows], Rows | None]) -> None:
        rows = self.rows(name)
        changed = change(rows)
        self.kept.files[name] = b"".join(json_array(rows if changed is None else changed))

    def checked(self, part: str = "", **client: Any) -> dict[str, list[Check]]:
        files: dict[str, Path] = {}
        for number, (name, content) in enumerate(self.kept.files.items()):
            files[name] = self.folder / str(number)
            files[name].write_bytes(content)
        request = self.request.model_copy(update={"client": self.request.client.model_copy(update=client)})
        found: dict[str, list[Check]] = {}
        for check in self.connection.check_history(self.link, request, part, files):
            found.setdefault(check.name, []).append(check)
        return found

    def wrong(self, **client: Any) -> list[Check]:
        return [one for made in self.checked(**client).values() for one in made if one.verdict is Verdict.WRONG]


@pytest.fixture
def copy(tmp_path: Path, go: PowerOfficeSimulator, connect: Connect, kept: Any) -> Copy:
    return Copy(tmp_path, go, connect(go), kept)


def ledger(year: int) -> str:
    return f"ledger/account-transactions-{year}.json"


def test_a_whole_copy_is_sound(copy: Copy, ask: Ask) -> None:
    copy.make(ask())

    said = [(made.subject, made.verdict, made.reason) for checks in copy.checked().values() for made in checks]

    bare = ", ".join(str(year % 100 * 100 + place) for year in YEARS for place in (2, 4))
    documented = f"6 vouchers have their documentation in the copy; Go has none of 6: {bare}"
    assert said == [
        *((ledger(year), Verdict.SOUND, "the vouchers of 10 lines add up to zero") for year in YEARS),
        *(
            (ledger(year), Verdict.SOUND, f"7 accounts close as the trial balance of {year}-12-31 shows")
            for year in YEARS
        ),
        ("the voucher numbers", Verdict.SOUND, "12 voucher numbers, none missing between"),
        ("vouchers/index.json", Verdict.SOUND, documented),
    ]


def test_a_line_that_go_lost_is_found_in_the_voucher_and_in_the_balance(copy: Copy, ask: Ask) -> None:
    copy.go.loses = "line"
    copy.make(ask())

    wrong = copy.wrong()

    assert [(made.name, made.subject) for made in wrong] == [
        (name, ledger(year)) for name in ("poweroffice-vouchers", "poweroffice-balances") for year in YEARS
    ]
    assert wrong[0].faults == (
        Fault(code="voucher_balance", where="voucher 2404", message="its lines add up to 2505.0, not to zero"),
    )
    assert wrong[3].faults == (
        Fault(
            code="account_balance",
            where="account 1920",
            message="it opens with 0 and moves by 12604.0; the trial balance of 2024-12-31 shows 10099.0",
        ),
    )


def test_a_voucher_that_go_lost_is_found_in_the_balances_and_in_the_series(copy: Copy, ask: Ask) -> None:
    copy.go.loses = "voucher"
    copy.make(ask())

    wrong = copy.wrong()

    assert {made.name for made in wrong} == {"poweroffice-balances", "poweroffice-numbers"}
    assert wrong[-1].faults[0] == Fault(
        code="voucher_gap",
        where="vouchers after 2501, before 2503",
        message="1 voucher numbers have no entry, although Go assigns them in sequence",
    )


def test_one_ore_too_much_is_found(copy: Copy, ask: Ask) -> None:
    copy.make(ask())
    name = "trial-balance/2025-12-31.json"
    copy.change(name, lambda rows: rows[0].update(Balance=round(rows[0]["Balance"] + 0.01, 2)))

    places = [(made.subject, fault.where) for made in copy.wrong() for fault in made.faults]

    account = f"account {copy.rows(name)[0]['AccountNo']}"
    assert places == [(ledger(2025), account), (ledger(2026), account)]


def test_result_accounts_may_begin_anew_with_a_year(copy: Copy, ask: Ask) -> None:
    copy.make(ask())
    lines = fiction_books.ledger(copy.go.clients[0], copy.go.years)
    for year in (2025, 2026):
        anew = {
            row["AccountNo"]: row["Balance"]
            for row in fiction_books.balance(
                [line for line in lines if line["PostingDate"][:4] == str(year)], f"{year}-12-31"
            )
        }

        def change(rows: Rows, anew: dict[int, float] = anew) -> None:
            for row in rows:
                if str(row["AccountNo"])[0] in "36":
                    row["Balance"] = anew[row["AccountNo"]]

        copy.change(f"trial-balance/{year}-12-31.json", change)

    assert copy.wrong() == []


def test_an_account_of_the_balance_sheet_may_not_begin_anew(copy: Copy, ask: Ask) -> None:
    copy.make(ask())
    moved = sum(line["Amount"] for line in copy.rows(ledger(2025)) if line["AccountNo"] == 1920)
    rows = copy.rows("trial-balance/2025-12-31.json")
    place = next(place for place, row in enumerate(rows) if row["AccountNo"] == 1920)
    copy.change("trial-balance/2025-12-31.json", lambda rows: rows[place].update(Balance=round(moved, 2)))

    assert {fault.where for made in copy.wrong() for fault in made.faults} == {"account 1920"}


def test_a_year_that_ends_in_the_summer_is_not_judged_by_the_calendar_s(copy: Copy, ask: Ask) -> None:
    copy.go.loses = "line"
    copy.make(ask())

    balances = copy.checked(financial_year_end="06-30")["poweroffice-balances"]

    assert {made.verdict for made in balances} == {Verdict.NOT_CHECKED}
    assert balances[0].reason.startswith("1 accounts do not close")


def test_a_balance_that_go_refused_is_not_checked(copy: Copy, ask: Ask) -> None:
    copy.go.clients[0].forbidden.add("TrialBalance")
    copy.make(ask())

    balances = copy.checked()["poweroffice-balances"]

    assert [made.reason for made in balances] == [
        f"the trial balance of {year - 1}-12-31 is not in the copy" for year in YEARS
    ]


def test_a_year_without_its_ledger_is_wrong(copy: Copy, ask: Ask) -> None:
    copy.make(ask())
    del copy.kept.files[ledger(2025)]

    (wrong,) = copy.wrong()

    assert (wrong.subject, [fault.code for fault in wrong.faults]) == (ledger(2025), ["ledger_missing"])


def test_what_is_near_the_end_of_the_period_may_be_posted_outside(copy: Copy, ask: Ask) -> None:
    copy.make(ask())

    def near_the_end(rows: Rows) -> Rows:
        last = {"VoucherNo": 2609, "PostingDate": "2026-12-20", "VoucherId": "later"}
        return [*rows, *({**row, **last} for row in rows[:3])]

    copy.change(ledger(2026), near_the_end)

    (made,) = copy.checked()["poweroffice-numbers"]

    assert made.verdict is Verdict.NOT_CHECKED
    assert made.reason.endswith("after 2604, before 2609")


def test_a_number_posted_in_another_year_is_not_missing(copy: Copy, ask: Ask) -> None:
    copy.make(ask())
    moved = [line for line in copy.rows(ledger(2025)) if line["VoucherNo"] == 2502]
    for line in moved:
        line["PostingDate"] = "2024-10-20"
    copy.change(ledger(2025), lambda rows: [row for row in rows if row["VoucherNo"] != 2502])
    copy.change(ledger(2024), lambda rows: [*rows, *moved])

    (made,) = copy.checked()["poweroffice-numbers"]

    assert all("2502" not in fault.where for fault in made.faults)
    assert "after 2501, before 2503" not in made.model_dump_json()


@pytest.mark.parametrize("folder", ["vouchers/2501-", "attachments/2401-"])
def test_a_document_that_go_lists_and_the_copy_lacks_is_named_by_its_voucher(copy: Copy, ask: Ask, folder: str) -> None:
    copy.make(ask())
    (name,) = [name for name in copy.kept.files if name.startswith(folder)]
    del copy.kept.files[name]

    (wrong,) = copy.wrong()

    number = folder.split("/")[1].rstrip("-")
    assert [(fault.code, fault.where) for fault in wrong.faults] == [("document_missing", f"voucher {number}")]


def test_a_voucher_that_the_list_leaves_out_is_named_where_go_lists_all(copy: Copy, ask: Ask) -> None:
    copy.make(ask())
    copy.change("vouchers/index.json", lambda rows: rows[1:])

    (wrong,) = copy.wrong()

    assert [(fault.code, fault.where) for fault in wrong.faults] == [("documentation_unlisted", "voucher 2401")]


def test_where_go_lists_only_what_has_documents_the_rest_is_told(copy: Copy, ask: Ask) -> None:
    copy.make(ask())
    copy.change("vouchers/index.json", lambda rows: [row for row in rows if row["HasPdf"]])

    (made,) = copy.checked()["poweroffice-documents"]

    assert (made.verdict, "none of 6: 2402, 2404" in made.reason) == (Verdict.SOUND, True)


@pytest.mark.parametrize(
    "content",
    [b'[\n{"VoucherId": "x"}\n]\n', b'[\n{"VoucherId": "x", "Amount": 1', b"", b"\xff", b'[\n"x"\n]\n', b"[\nNaN\n]\n"],
)
def test_a_ledger_that_cannot_be_read_is_not_checked(copy: Copy, ask: Ask, content: bytes) -> None:
    copy.make(ask())
    copy.kept.files[ledger(2024)] = content

    found = copy.checked()

    assert found["poweroffice-vouchers"][0].verdict is Verdict.NOT_CHECKED
    assert "poweroffice-documents" not in found


@pytest.mark.parametrize("name", ["trial-balance/2024-12-31.json", "vouchers/index.json"])
def test_another_list_that_cannot_be_read_is_not_checked(copy: Copy, ask: Ask, name: str) -> None:
    copy.make(ask())
    copy.kept.files[name] = b'[\n{"AccountNo": 1'

    assert copy.wrong() == []
    assert [made for checks in copy.checked().values() for made in checks if made.verdict is Verdict.NOT_CHECKED]


def test_of_what_a_person_brings_nothing_more_is_known(copy: Copy, ask: Ask) -> None:
    copy.make(ask())
    copy.kept.files = {"copy.zip": b"PK"}

    (made,) = copy.checked()["poweroffice-balances"]

    assert made.verdict is Verdict.NOT_CHECKED
    assert copy.checked(part="archive") == {}


def test_rows_are_read_one_at_a_time_and_exactly(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(b"".join(json_array([{"Amount": 0.1}, {"Amount": 12345678901234.55}])))

    rows = rows_kept(path)

    assert next(rows) == {"Amount": Decimal("0.1")}
    path.write_bytes(b"")  # what was read ahead is all there is
    assert next(rows) == {"Amount": Decimal("12345678901234.55")}
    path.write_bytes(b"[]\n")
    assert list(rows_kept(path)) == []
