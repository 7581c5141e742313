from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from disengage.vault.names import SafeNames, safe_component, slug
from hypothesis import given
from hypothesis import strategies as st

nasty = st.text() | st.text(alphabet="./\\ \x00\r\n%:~aAéÉßss\u0301CONnul-2", max_size=30)


@given(nasty)
def test_a_safe_name_stays_inside_the_bag_on_every_system(original: str) -> None:
    name = SafeNames().take(original)

    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    assert not posix.is_absolute()
    assert not windows.is_absolute()
    assert not windows.drive
    assert ".." not in posix.parts
    assert posix.parts == windows.parts
    assert str(posix) == name


@given(nasty)
def test_a_safe_name_is_portable(original: str) -> None:
    name = SafeNames().take(original)

    assert unicodedata.is_normalized("NFC", name)
    assert not re.search(r'[\x00-\x1f\x7f%:*?"<>|~\\]', name)
    assert len(name.encode()) <= 6 * 130
    for part in name.split("/"):
        assert part == part.strip(" .") != ""
        assert part.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}


@given(st.lists(nasty, max_size=12))
def test_no_two_files_share_a_name_even_where_case_and_form_do_not_count(originals: list[str]) -> None:
    names = SafeNames()
    files = [names.take(original) for original in originals]
    folded = [unicodedata.normalize("NFC", name.casefold()) for name in files]
    folders = {"/".join(name.split("/")[:depth]) for name in folded for depth in range(1, len(name.split("/")))}

    assert len(set(folded)) == len(files)
    assert folders.isdisjoint(folded)


@given(nasty)
def test_a_component_that_is_safe_is_left_alone(original: str) -> None:
    once = safe_component(original)

    assert safe_component(once) == once


@given(nasty)
def test_a_slug_is_a_short_ascii_word(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", slug(text))


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("ledger/2026.csv", "ledger/2026.csv"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\x.dll", "C_/Windows/x.dll"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("a\x00b\nc%2F.txt", "a_b_c_2F.txt"),
        (".hidden ", "hidden"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("Cafe\u0301.pdf", "Café.pdf"),
        ("Bilag 12 (kopi).pdf", "Bilag 12 (kopi).pdf"),
        ("a/b/c/d/e/f/g/h.txt", "a/b/c/d/e/h.txt"),
    ],
)
def test_hostile_names_become_these(original: str, expected: str) -> None:
    assert SafeNames().take(original) == expected


def test_the_same_name_again_is_numbered_before_its_ending() -> None:
    names = SafeNames()

    taken = [names.take(name) for name in ("Bilag.pdf", "bilag.PDF", "Bilag.pdf", "Bilag.pdf/page 1.png")]

    assert taken == ["Bilag.pdf", "bilag-2.PDF", "Bilag-3.pdf", "Bilag-4.pdf/page 1.png"]


def test_a_long_name_keeps_its_ending_and_stays_distinct() -> None:
    names = SafeNames()

    first, second = names.take("æ" * 300 + "1.pdf"), names.take("æ" * 300 + "2.pdf")

    assert first != second
    assert first.endswith(".pdf")
    assert len(first.encode()) <= 120


def test_a_name_given_back_is_free_again() -> None:
    names = SafeNames()
    names.give_back(names.take("a.txt"))

    assert names.take("a.txt") == "a.txt"
