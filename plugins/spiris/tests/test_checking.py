from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from disengage import Check, Fault, Verdict
from disengage.keptrows import json_array
from disengage_spiris.sie_vouchers import sie_vouchers

if TYPE_CHECKING:
    from conftest import Account, Kept

YEARS = ("2025-01-01_2025-12-31", "2026-01-01_2026-12-31")
Rows = list[dict[str, Any]]


class Copy:
    """A copy of the books in a folder, to be changed and checked."""

    def __init__(self, folder: Path, account: Account, kept: Kept) -> None:
        self.folder, self.account, self.kept = folder, account, kept

    def make(self, scope: str = "bookkeeping", part: str = "") -> Copy:
        self.request = self.account.request()
        self.account.connection().retain_history(self.account.link(scope), self.request, part, self.kept)
        return self

    def change(self, name: str, change: Callable[[Rows], Rows | None]) -> None:
        rows = json.loads(self.kept.files[name])
        changed = change(rows)
        self.kept.files[name] = b"".join(json_array(rows if changed is None else changed))

    def checked(self, scope: str = "bookkeeping", part: str = "") -> list[Check]:
        files: dict[str, Path] = {}
        for number, (name, content) in enumerate(self.kept.files.items()):
            files[name] = self.folder / str(number)
            files[name].write_bytes(content)
        link = self.account.link(scope)
        return list(self.account.connection().check_history(link, self.request, part, files))

    def wrong(self) -> list[Check]:
        return [made for made in self.checked() if made.verdict is Verdict.WRONG]


@pytest.fixture
def copy(tmp_path: Path, account: Account, kept: Kept) -> Copy:
    return Copy(tmp_path, account, kept)


def test_a_whole_copy_is_sound(copy: Copy) -> None:
    said = [(made.name, made.verdict, made.reason) for made in copy.make().checked()]

    year = [
        ("spiris-vouchers", Verdict.SOUND, "3 vouchers balance"),
        ("spiris-numbers", Verdict.SOUND, "1 series of numbers without a hole"),
        ("spiris-sie", Verdict.SOUND, "3 vouchers are the same in the list and here"),
    ]
    attachments = ("spiris-attachments", Verdict.SOUND, "9 mentions of attachments, all in the copy")
    assert said == [*year, *year, attachments]


def test_a_voucher_that_the_list_leaves_out_is_found_in_the_sie_file(copy: Copy) -> None:
    copy.account.simulator.loses = "voucher"

    made = {check.name: check for check in copy.make().checked()}

    missing = Fault(
        code="voucher_not_in_list", where="voucher A2", message="it is in the SIE file, and not in the list"
    )
    assert made["spiris-sie"].faults == (missing,)
    assert made["spiris-numbers"].verdict is Verdict.NOT_CHECKED
    assert made["spiris-numbers"].reason == "voucher numbers are not there: A2"


def test_an_attachment_that_a_voucher_names_and_the_list_leaves_out_is_found(copy: Copy) -> None:
    copy.account.simulator.loses = "attachment"

    (wrong,) = copy.make().wrong()

    where = [f"voucher A1 of {year}" for year in YEARS]
    assert [(fault.code, fault.where) for fault in wrong.faults] == [("attachment_missing", one) for one in where]


def test_an_attachment_in_the_list_that_is_not_in_the_copy_is_found(copy: Copy) -> None:
    copy.make()
    name = next(name for name in copy.kept.files if name.startswith("attachments/") and name.endswith(".pdf"))
    del copy.kept.files[name]

    (wrong,) = copy.wrong()

    assert [fault.where for fault in wrong.faults][-1] == "attachments/index.json, entry 1"


def test_a_voucher_that_does_not_balance_is_named(copy: Copy) -> None:
    copy.make()
    copy.change(f"vouchers/{YEARS[0]}.json", lambda rows: rows[1]["Rows"][0].update(DebitAmount=250.01))

    wrong = {made.name: made.faults for made in copy.wrong()}

    assert wrong == {
        "spiris-vouchers": (
            Fault(code="voucher_balance", where="voucher A2", message="debit less credit is 0.01, not zero"),
        ),
        "spiris-sie": (
            Fault(
                code="voucher_differs",
                where="voucher A2",
                message="its debits are 250.01 in the list and 250.00 in the SIE file",
            ),
        ),
    }


def test_a_voucher_that_the_sie_file_leaves_out_is_named(copy: Copy) -> None:
    copy.make()
    name = f"sie4/{YEARS[1]}.se"
    copy.kept.files[name] = copy.kept.files[name].partition(b"#VER A 3")[0]

    (wrong,) = copy.wrong()

    assert [(fault.code, fault.where) for fault in wrong.faults] == [("voucher_not_in_sie", "voucher A3")]


@pytest.mark.parametrize(("found", "instead"), [(b"#VER", b"#XER"), (b"#VER A", b"#VER Q"), (b"#VER A", b"#VER ")])
def test_where_no_voucher_of_the_sie_file_can_be_told_nothing_is_said(copy: Copy, found: bytes, instead: bytes) -> None:
    copy.make()
    name = f"sie4/{YEARS[0]}.se"
    copy.kept.files[name] = copy.kept.files[name].replace(found, instead)

    assert copy.wrong() == []
    assert [made.name for made in copy.checked() if made.verdict is Verdict.NOT_CHECKED] == ["spiris-sie"]


@pytest.mark.parametrize(
    ("name", "check"),
    [
        (f"vouchers/{YEARS[0]}.json", "spiris-vouchers"),
        ("attachments/index.json", "spiris-attachments"),
    ],
)
@pytest.mark.parametrize("content", [b"", b'[\n{"Id": "x"', b"[\n7\n]\n", b"\xff"])
def test_a_list_that_cannot_be_read_is_not_checked(copy: Copy, name: str, check: str, content: bytes) -> None:
    copy.make()
    copy.kept.files[name] = content

    assert check in {made.name for made in copy.checked() if made.verdict is Verdict.NOT_CHECKED}


@pytest.mark.parametrize("name", ["attachments/index.json", f"sie4/{YEARS[0]}.se"])
def test_what_is_not_in_the_copy_is_not_checked_against(copy: Copy, name: str) -> None:
    copy.make()
    del copy.kept.files[name]

    (made,) = [made for made in copy.checked() if made.verdict is Verdict.NOT_CHECKED]

    assert made.subject == name


def test_of_what_a_person_brings_nothing_more_is_known(copy: Copy) -> None:
    copy.make()
    copy.kept.files = {"copy.zip": b"PK"}

    (made,) = copy.checked()

    assert made.verdict is Verdict.NOT_CHECKED
    assert copy.checked(scope="payroll", part="payroll") == []


def test_the_vouchers_of_a_sie_file_are_read_as_vendors_write_them(tmp_path: Path) -> None:
    path = tmp_path / "a.se"
    path.write_bytes(
        b'#VER "A" "1" 20250131 "x"\r\n{\r\n#TRANS 1930 {1 "2"} 10.50 20250131\r\n\t#TRANS 3001 {} -10,5\r\n}\r\n'
        b"#VER B 12 20250131\n{\n#RTRANS 1930 {} 9\n#TRANS 1930 9\n#BTRANS 1930 {} 4\n}\n#TRANS\n"
    )

    assert {number: str(total) for number, total in sie_vouchers(path).items()} == {"A1": "10.50", "B12": "9"}
