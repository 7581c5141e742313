"""SIE files: what is whole is sound, every kind of damage is found with its line, and no habit of a vendor is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from disengage.domain.checks import Check, Fault, Verdict
from disengage.vault.checks import check_files, sie4
from disengage.vault.checks.sie4 import balances
from disengage.vault.checks.sie4.records import LONGEST_LINE
from disengage.vault.checks.spans import Span

from tests.checks.samples import OUTSIDE, PERIOD, sie

SHARED = OUTSIDE / "sie"
PARTS = ("sie4", "sie4-encoding", "sie4-checksum", "sie4-vouchers", "sie4-balances")
SOUND, WRONG, NOT_CHECKED = Verdict.SOUND, Verdict.WRONG, Verdict.NOT_CHECKED

Checked = Callable[[bytes], dict[str, Check]]


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Give a function that checks the content of a file, and returns its checks by their names."""

    def check(content: bytes) -> dict[str, Check]:
        path = tmp_path / "books.se"
        path.write_bytes(content)
        return {made.name: made for made in sie4.check(path, "books.se", PERIOD)}

    return check


def without_checksum(content: bytes) -> bytes:
    return b"\r\n".join(line for line in content.split(b"\r\n") if not line.startswith(b"#KSUMMA"))


def verdicts(checks: dict[str, Check]) -> tuple[Verdict, ...]:
    return tuple(checks[name].verdict for name in PARTS)


def faults(checks: dict[str, Check]) -> list[tuple[str, str]]:
    return [(fault.code, fault.where) for made in checks.values() for fault in made.faults]


def test_a_whole_file_is_sound_in_every_part_and_says_what_was_compared(checked: Checked) -> None:
    assert {name: (made.verdict, made.reason) for name, made in checked(sie()).items()} == {
        "sie4": (SOUND, "type 4E, 53 records"),
        "sie4-encoding": (SOUND, "code page 437, #FORMAT PC8"),
        "sie4-checksum": (SOUND, "#KSUMMA is the CRC-32 of the file's records"),
        "sie4-vouchers": (SOUND, "every voucher balances, 3 in all"),
        "sie4-balances": (SOUND, "opening balances and vouchers give 7 closing balances and results"),
    }


def test_a_voucher_that_does_not_balance_is_named_with_its_line(checked: Checked) -> None:
    found = checked(sie().replace(b'#TRANS 3010 {1 "01"} -4000.00', b'#TRANS 3010 {1 "01"} -4100.00'))
    assert found["sie4-vouchers"].faults == (
        Fault(
            code="voucher_not_balanced",
            where="line 33, voucher A 1",
            message="the rows of the voucher add up to -100.00, not to zero",
        ),
    )
    assert faults(found) == [
        ("checksum_differs", "line 53"),
        ("voucher_not_balanced", "line 33, voucher A 1"),
        ("balance_differs", "line 30, account 3010"),
    ]


def test_a_row_that_was_struck_out_does_not_count_and_an_added_one_counts_once(checked: Checked) -> None:
    alone = without_checksum(sie()).replace(b'   #TRANS 6250 {} 800.00 20260302 "r\x84tt konto"\r\n', b"")
    assert checked(without_checksum(sie()))["sie4-vouchers"].verdict is SOUND
    assert checked(alone)["sie4-vouchers"].verdict is SOUND, "the program left out the copy of the added row"
    assert checked(alone)["sie4-balances"].verdict is WRONG


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b"#UB 0 1930 51450.50", b"#UB 0 1930 51450.51", "line 27, account 1930"),
        (b"#RES 0 6250 800.00", b"#RES 0 6250 80.00", "line 32, account 6250"),
        (b"#IB 0 2081 -50000.00", b"#IB 0 2081 -5000.00", "line 28, account 2081"),
        (b"#UB 0 2640 299.50\r\n", b"", "line 40, account 2640"),
    ],
)
def test_a_balance_that_the_vouchers_do_not_give_is_named_by_line_and_account(
    checked: Checked, old: bytes, new: bytes, where: str
) -> None:
    found = checked(without_checksum(sie()).replace(b"\r\n", b"\r\n\r\n", 1).replace(old, new))
    assert (found["sie4-balances"].verdict, faults(found)) == (WRONG, [("balance_differs", where)])


def test_a_missing_voucher_is_seen_in_the_balances(checked: Checked) -> None:
    content = without_checksum(sie())
    begin = content.index(b"#VER B 1")
    found = checked(content[:begin])
    assert found["sie4-vouchers"].verdict is SOUND
    assert [where.split(", ")[1] for _, where in faults(found)] == [
        "account 1910", "account 1930", "account 2640", "account 6110",
    ]  # fmt: skip


def test_a_file_that_ends_inside_a_voucher_is_cut_short(checked: Checked) -> None:
    content = without_checksum(sie())
    found = checked(content[: content.index(b"#TRANS 2640 {} 99.50")])
    assert ("ends_in_voucher", "line 45") in faults(found)


def test_a_checksum_that_begins_and_never_ends_is_a_file_cut_short(checked: Checked) -> None:
    content = sie()
    found = checked(content[: content.rindex(b"#KSUMMA")])
    assert found["sie4-checksum"].faults[0].code == "checksum_missing"


def test_a_changed_text_that_no_sum_notices_is_found_by_the_checksum(checked: Checked) -> None:
    found = checked(sie().replace(b"Kontorsmaterial", b"Kontorsmaterjal"))
    assert faults(found) == [("checksum_differs", "line 53")]


@pytest.mark.parametrize("charset", ["latin-1", "utf-8", "utf-8-sig", "mac-roman"])
def test_a_file_in_another_character_set_is_said_to_be_and_is_not_wrong(checked: Checked, charset: str) -> None:
    found = checked(sie().decode("cp437").encode(charset))
    assert found["sie4-encoding"].verdict is NOT_CHECKED
    assert {"latin-1": "ISO 8859-1", "mac-roman": "Mac"}.get(charset, "UTF-8") in found["sie4-encoding"].reason
    assert (found["sie4-vouchers"].verdict, found["sie4-balances"].verdict) == (SOUND, SOUND)
    if charset != "mac-roman":
        assert found["sie4-checksum"].verdict is SOUND, "the sum is that of the letters in code page 437"


def test_a_file_in_utf_16_is_not_checked(checked: Checked) -> None:
    assert checked(sie().decode("cp437").encode("utf-16"))["sie4"].verdict is NOT_CHECKED


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_lines_may_end_as_on_any_system(checked: Checked, end: bytes) -> None:
    assert verdicts(checked(sie().replace(b"\r\n", end))) == (SOUND,) * 5


def test_a_file_of_balances_says_that_it_holds_no_vouchers(checked: Checked) -> None:
    found = checked(sie("kafe-1.se"))
    assert verdicts(found) == (SOUND, SOUND, NOT_CHECKED, NOT_CHECKED, SOUND)
    assert found["sie4-vouchers"].reason == "type 1 holds balances and no vouchers"


def test_balances_without_vouchers_still_have_to_add_up(checked: Checked) -> None:
    found = checked(sie("kafe-1.se").replace(b"#UB 0 1910 800", b"#UB 0 1910 8"))
    assert faults(found) == [("does_not_add_up", "#UB and #RES of year 0")]


def test_a_file_for_import_has_no_balances_to_compare(checked: Checked) -> None:
    found = checked(sie("kafe-4i.si"))
    assert verdicts(found) == (SOUND, SOUND, NOT_CHECKED, SOUND, NOT_CHECKED)


def test_balances_that_moved_without_any_voucher_are_no_type_4(checked: Checked) -> None:
    found = checked(sie("kafe-1.se").replace(b"#SIETYP 1", b"#SIETYP 4"))
    assert faults(found) == [("no_vouchers", "#VER")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"#VER B 1 20261230", b"#VER B 1 20251231"),  # booked in the year before, counted in this one
        (b"#VER B 1 20261230", b"#VER B 1 20270101"),  # in no year that the file names
        (b"#TRANS 1910 {} 800.00", b"#TRANS 1910 800,00"),  # no object list, a comma
        (b'#VER A 1 20260115 "F\x94rs\x84ljning, kontant"', b'#VER A 1 20260115 "F\x94rs\x84lj\r\nning"'),
        (b"   #TRANS", b"\t #trans"),
        (b"{\r\n", b"{ \t\r\n\r\n"),
        (b"#FNR 1\r\n", b"#FNR 1\r\n#UNKNOWN 1 2 3\r\n"),
        (b"#KPTYP EUBAS97", b"#OMFATTN 20261231"),
    ],
)
def test_what_vendors_do_without_harm_is_not_wrong(checked: Checked, old: bytes, new: bytes) -> None:
    assert old in sie()
    found = checked(without_checksum(sie()).replace(old, new))
    assert (faults(found), found["sie4-balances"].verdict) == ([], SOUND)


def test_balances_may_end_before_the_vouchers_do(checked: Checked) -> None:
    content = without_checksum(sie()).replace(b"#KPTYP EUBAS97", b"#OMFATTN 20260630")
    content = content.replace(b"#UB 0 1910 800\r\n", b"").replace(b"51450.50", b"53000").replace(b"299.50", b"200")
    assert faults(checked(content.replace(b"#RES 0 6110 650.00\r\n", b""))) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_sie"),
        (b"\r\n\r\n", "not_sie"),
        (b"%PDF-1.4", "not_sie"),
        (b"<html>Your session has ended</html>", "not_sie"),
        (b"#FLAGGA 0\r\n", "no_heading"),
        (sie().replace(b"#SIETYP 4", b"#SIETYP 9"), "unknown_type"),
        (sie().replace(b"#VER A 1 ", b"#VXR A 1 "), "row_outside_voucher"),
        (sie().replace(b"#KONTO 3010", b"KONTO 3010"), "no_record"),
        (sie().replace(b"#FNR 1", b"#FNR \x00"), "control_character"),
        (sie().replace(b"#FNR 1", b"#FNR " + b"1" * LONGEST_LINE), "line_too_long"),
        (sie().replace(b"}\r\n#VER A 2", b"#VER A 2"), "voucher_not_closed"),
        (sie().replace(b"#TRANS 1910 {} 800.00", b"#TRANS 1910 {} 8OO.00"), "no_amount"),
        (sie().replace(b"#RES 0 6250 800.00", b"#RES 0 6250"), "no_amount"),
        (sie().replace(b"A 1 20260115", b"A 1 2026-15"), "no_date"),
        (sie().replace(b"#KSUMMA 3989404546", b"#KSUMMA hello"), "checksum_unreadable"),
    ],
)
def test_damage_to_the_outline_is_found(checked: Checked, content: bytes, code: str) -> None:
    assert code in [found for found, _ in faults(checked(content))]


def test_a_file_that_is_all_faults_lists_a_hundred_and_counts_the_rest(checked: Checked) -> None:
    found = checked(b"#FLAGGA 0\n#GEN 20270104\n" + b"#TRANS 1 {} 1\n" * 250)["sie4"]
    assert (len(found.faults), found.more) == (100, 150)


def test_no_more_accounts_are_held_than_any_chart_has(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balances, "MOST_ACCOUNTS", 5)
    assert checked(sie())["sie4-balances"].verdict is NOT_CHECKED


@pytest.mark.parametrize("bit", [0, 6])
def test_a_bit_that_flips_is_found_wherever_the_checksum_reaches(tmp_path: Path, bit: int) -> None:
    content, path = sie(), tmp_path / "books.se"
    unfelt = set()
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :])
        if all(made.verdict is not WRONG for made in sie4.check(path, "books.se", PERIOD)):
            unfelt.add(content[:place].count(b"\n") + 1)
    assert unfelt <= {1, 2}, "the flag that importers change, and the mark where the sum begins"


# --- the period, over all files


def test_the_years_of_all_files_together_cover_the_period(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("2025.se", "2026.se")}
    files["2025.se"].write_bytes(sie("kafe-2025-latin1.se"))
    files["2026.se"].write_bytes(sie())
    period = PERIOD.model_validate({"from": "2025-01-01", "to": "2026-12-31"})
    (whole,) = [made for made in check_files(files, period=period) if made.name == "period"]
    assert (whole.verdict, whole.subject) == (SOUND, "the books of 2 files")
    del files["2025.se"]
    (gap,) = [made for made in check_files(files, period=period) if made.name == "period"]
    assert [(fault.code, fault.where) for fault in gap.faults] == [("period_gap", "2025-01-01 to 2025-12-31")]


@pytest.mark.parametrize(
    ("period", "verdict", "where"),
    [
        (("2026-01-01", "2026-12-31"), SOUND, []),
        (("2026-03-01", "2026-06-30"), SOUND, []),
        (("2024-01-01", "2026-12-31"), NOT_CHECKED, []),  # the file names no year before: a young company
        (("2026-01-01", "2027-03-31"), WRONG, ["2027-01-01 to 2027-03-31"]),
        (("2024-01-01", "2025-12-31"), WRONG, ["2024-01-01 to 2025-12-31"]),
    ],
)
def test_days_without_books_are_a_fault_but_not_before_the_first_books(
    tmp_path: Path, period: tuple[str, str], verdict: Verdict, where: list[str]
) -> None:
    path = tmp_path / "2026.se"
    path.write_bytes(without_checksum(sie()).replace(b"#RAR -1 20250101 20251231\r\n", b""))
    asked = PERIOD.model_validate({"from": period[0], "to": period[1]})
    (made,) = [made for made in check_files({"2026.se": path}, period=asked) if made.name == "period"]
    assert (made.verdict, [fault.where for fault in made.faults]) == (verdict, where)


def test_books_made_before_the_period_ended_cannot_hold_its_last_days(tmp_path: Path) -> None:
    path = tmp_path / "2026.se"
    path.write_bytes(sie().replace(b"#GEN 20270104", b"#GEN 20261122"))
    (period,) = [made for made in check_files({"2026.se": path}, period=PERIOD) if made.name == "period"]
    assert (period.verdict, "2026-11-22" in period.reason) == (NOT_CHECKED, True)


def test_a_file_for_import_covers_no_year(tmp_path: Path) -> None:
    path = tmp_path / "wages.si"
    path.write_bytes(sie("kafe-4i.si"))
    assert sie4.covers(path) == ()
    path.write_bytes(sie("kafe-1.se").replace(b"#SIETYP 1", b"#SIETYP 2\n#OMFATTN 20260630"))
    assert [(span.first.isoformat(), span.last.isoformat()) for span in sie4.covers(path)] == [
        ("2026-01-01", "2026-06-30")
    ]
    assert isinstance(sie4.covers(path)[0], Span)


# --- files of real vendors, where they are at hand

#: What is wrong with the only two that are: one on purpose; in the other, an export of a demonstration company, sixty
#: thousand of the balances are in no voucher, and rows go to an account FEL that is in no chart and has no balance.
_WRONG = {
    "transaktioner_ovnbolag-bad-balance.se": ["line 3905, voucher B 1", "line 1754, account 1910"],
    "Sie4.se": [
        "line 679, account 2440",
        "line 689, account 2640",
        "line 704, account 4010",
        "line 721, account FEL",
    ],
}


def test_files_of_real_vendors_are_judged_as_they_are() -> None:
    files = sorted(SHARED.glob("*")) if SHARED.is_dir() else []
    wrong = {}
    for path in files:
        found = {made.name: made for made in sie4.check(path, path.name, PERIOD)}
        assert found["sie4-encoding"].verdict is SOUND, path.name
        if any(made.verdict is WRONG for made in found.values()):
            wrong[path.name] = [where for _, where in faults(found)]
    assert wrong == (_WRONG if files else {})
