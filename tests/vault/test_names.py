from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from disengage.vault import Vault
from disengage.vault.judge import Judgement, judge
from disengage.vault.names import SafeNames, safe_component, slug
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

nasty = st.text() | st.text(alphabet="./\\ \x00\r\n%:~aAéÉßss\u0301CONnul-2", max_size=30)

#: What has broken an unpacker, an archive or a file system before.
HOSTILE = (
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\x", "\\\\server\\share\\x", "CON", "con.pdf", "LPT1.",
    "a/b", "a", "A", "a.", "a ", " a", "a:stream", "x" * 255, "\u00e5" * 255, "x" * 5000 + ".pdf", "a/" * 300 + "b",
    "caf\u00e9", "cafe\u0301", "\u212b", "\u1e9e", "\ufb01le", "\u202egpj.exe", "a\x00b", "a\nb", "a\r\nb", "%2e%2e/x",
    "100%", "~", "~root", "-rf", "$(id)", "`id`", ".", "..", "", "bagit.txt", "data/x", "\ud800", "\U0001f9fe",
)  # fmt: skip


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
        ("export/bagit.txt", "export/_bagit.txt"),
        ("Thumbs.db", "_Thumbs.db"),
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


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(nasty | st.sampled_from(HOSTILE), max_size=8))
def test_a_bag_of_hostile_names_is_sound_and_tells_what_each_was_called(
    tmp_path_factory: pytest.TempPathFactory, originals: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    vault = Vault("file:vault", folder)
    with vault.open_bag("c", "go", "no-such-reference", "history", about={}) as bag:
        for number, name in enumerate(originals):
            bag.write(name, [str(number).encode()])

    kept = vault.read_inventory(bag.bag.path)["files"]
    data = folder / "vault" / bag.bag.path / "data"
    assert [file["original_name"] for file in kept] == originals
    assert [(data / file["name"]).read_bytes() for file in kept] == [str(n).encode() for n in range(len(originals))]
    assert judge(data.parent) == Judgement((), ())
    assert {path.name for path in folder.iterdir()} == {"vault", ".disengage-work"}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(nasty | st.sampled_from(HOSTILE), max_size=6, unique=True))
def test_a_bag_of_hostile_names_is_gone_on_with_after_a_crash(
    tmp_path_factory: pytest.TempPathFactory, originals: list[str]
) -> None:
    vault = Vault("file:vault", tmp_path_factory.mktemp("hostile"))

    def build(error: BaseException | None) -> list[bool]:
        with vault.open_bag("c", "go", "no-such-reference", "history", about={}) as bag:
            there = [bag.already_kept(name) is not None for name in originals]
            for name, is_there in zip(originals, there, strict=True):
                if not is_there:
                    bag.write(name, [name.encode("utf-8", "surrogatepass")])
            if error:
                raise error
        assert vault.verify(bag.bag.path, bag.bag.digest) == ()
        return there

    with pytest.raises(KeyboardInterrupt):
        build(KeyboardInterrupt())
    assert build(None) == [True] * len(originals)
