"""ZIP archives and PDFs: what opens is sound, what is damaged or a trap is wrong, what is locked is not checked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from disengage.domain.checks import Check, Verdict
from disengage.vault.checks import check_files, pdf, zip_archive, zip_contents
from disengage.vault.checks.pdf_reading import Found, Reading
from pypdf import PdfWriter

from tests.checks.samples import PERIOD, a_pdf, a_zip

SOUND, WRONG, NOT_CHECKED = Verdict.SOUND, Verdict.WRONG, Verdict.NOT_CHECKED

Checked = Callable[[str, bytes], Check]


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Give a function that checks one file of a history."""

    def check(name: str, content: bytes) -> Check:
        path = tmp_path / "content"
        path.write_bytes(content)
        (made,) = check_files({name: path}, period=PERIOD)
        return made

    return check


def codes(made: Check) -> list[str]:
    return [fault.code for fault in made.faults]


def an_encrypted_pdf() -> bytes:
    kept, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("a password", algorithm="RC4-128")
    writer.write(kept)
    return kept.getvalue()


def with_a_flag(archive: bytes, flag: int) -> bytes:
    """Return an archive whose every entry carries a flag, in both of its tables."""
    content = bytearray(archive)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(mark)
        while start >= 0:
            content[start + place] |= flag
            start = content.find(mark, start + 1)
    return bytes(content)


# --- PDF


def test_a_pdf_that_opens_is_sound_and_says_how_many_pages_it_has(checked: Checked) -> None:
    made = checked("invoices/1.pdf", a_pdf(pages=3))
    assert (made.name, made.subject, made.verdict, made.reason) == ("pdf", "invoices/1.pdf", SOUND, "opens, 3 pages")


def test_a_pdf_is_known_by_its_content_whatever_it_is_called(checked: Checked) -> None:
    assert checked("document", a_pdf()).name == "pdf"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_pdf"),
        (b"<html>Your session has ended</html>", "not_pdf"),
        (a_pdf()[:-30], "cut_short"),
        (a_pdf()[:300], "cut_short"),
        (a_pdf() + a_pdf()[9:200], "cut_short"),
        (b"%PDF-1.4\n%%EOF\n", "unreadable"),
        (a_pdf(pages=0), "no_page"),
        (a_pdf().replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"), "unreadable"),
        (a_pdf().replace(b"/Pages 2 0 R", b"/Pages 9 0 R"), "unreadable"),
    ],
)
def test_a_pdf_that_is_damaged_is_wrong(checked: Checked, content: bytes, code: str) -> None:
    made = checked("1.pdf", content)
    assert (made.verdict, codes(made)) == (WRONG, [code])


def test_what_a_server_adds_behind_a_whole_pdf_does_no_harm(checked: Checked) -> None:
    assert checked("1.pdf", a_pdf() + b"\r\n--boundary--\r\n" + b" " * 10_000).verdict is SOUND


def test_an_encrypted_pdf_is_not_checked(checked: Checked) -> None:
    made = checked("1.pdf", an_encrypted_pdf())
    assert (made.verdict, made.reason) == (NOT_CHECKED, "it is encrypted")


def test_a_pdf_that_takes_too_long_is_stopped_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "1.pdf"
    path.write_bytes(a_pdf())
    with Reading(for_one=0.0) as hasty:
        assert hasty.file(path) == Found(not_checked="reading it took too long and was stopped")
    with Reading() as reading:
        assert reading.file(path) == Found(pages=1)
        assert reading._reader is not None
        reading._reader.kill()
        reading._reader.wait()
        assert reading.file(path).not_checked == "the program that reads it gave up"
        assert reading.file(path) == Found(pages=1)
    with Reading(for_all=0.0) as spent:
        assert spent.file(path).not_checked == "the time for reading PDFs is used up"


def test_a_pdf_that_wants_too_much_memory_is_not_checked(checked: Checked) -> None:
    bomb = a_pdf().replace(b"/Type /Catalog", b"/Type /Catalog /X " + b"[" * 50_000 + b"]" * 50_000)
    assert checked("1.pdf", bomb).verdict in (WRONG, NOT_CHECKED)


# --- ZIP


def test_an_archive_that_is_whole_is_sound(checked: Checked) -> None:
    made = checked("dossier.zip", a_zip({"2026/1.pdf": a_pdf(), "2026/2.pdf": a_pdf(), "note.txt": b"hello"}))
    assert (made.name, made.verdict, made.reason) == ("zip", SOUND, "3 entries agree with their CRC-32, 2 PDFs open")


def test_a_damaged_entry_is_wrong_and_named(checked: Checked) -> None:
    content = bytearray(a_zip({"2026/1.pdf": a_pdf(), "note.txt": b"hello" * 100}))
    content[content.index(b"2026/1.pdf") + 40] ^= 1
    made = checked("dossier.zip", bytes(content))
    assert [(fault.code, fault.where) for fault in made.faults] == [("damaged_entry", "entry 2026/1.pdf")]


def test_a_damaged_pdf_inside_an_archive_is_wrong(checked: Checked) -> None:
    made = checked("dossier.zip", a_zip({"1.pdf": a_pdf()[:200], "2.pdf": a_pdf()}))
    assert [(fault.code, fault.where) for fault in made.faults] == [("cut_short", "entry 1.pdf, its end")]


@pytest.mark.parametrize("name", ["../../passwd", "/etc/passwd", "C:\\windows\\x", "a/../../b", "..\\up"])
def test_a_name_that_leads_out_is_wrong(checked: Checked, name: str) -> None:
    assert codes(checked("dossier.zip", a_zip({name: b"x"}))) == ["unsafe_name"]


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", a_zip({"a": b"x"})[:-10], b"PK\x03\x04" + b"\0" * 100],
    ids=["empty", "text", "cut short", "a beginning only"],
)
def test_what_does_not_open_is_wrong(checked: Checked, content: bytes) -> None:
    assert codes(checked("dossier.zip", content)) == ["does_not_open"]


def test_an_archive_with_nothing_in_it_is_wrong(checked: Checked) -> None:
    assert codes(checked("dossier.zip", a_zip({}))) == ["empty"]


def test_encrypted_entries_are_not_checked_and_counted(checked: Checked) -> None:
    made = checked("dossier.zip", with_a_flag(a_zip({"1.pdf": a_pdf(), "2.pdf": a_pdf()}), 0x1))
    assert (made.verdict, made.reason) == (NOT_CHECKED, "of 2 entries: 2 encrypted")


def test_an_encrypted_pdf_inside_an_archive_is_not_checked(checked: Checked) -> None:
    made = checked("dossier.zip", a_zip({"1.pdf": an_encrypted_pdf(), "2.pdf": a_pdf()}))
    assert (made.verdict, made.reason) == (NOT_CHECKED, "of 2 entries: 1 PDF where it is encrypted")


def test_an_entry_packed_in_an_unusual_way_is_not_checked(checked: Checked) -> None:
    made = checked("dossier.zip", a_zip({"note.txt": b"hello" * 100}, zipfile.ZIP_LZMA))
    assert made.verdict is NOT_CHECKED


def test_a_bomb_is_wrong_and_is_not_unpacked(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_archive, "HARMLESS", 2**20)
    content = a_zip({"zeros": bytes(2**21)})
    monkeypatch.setattr(zipfile.ZipFile, "open", _nothing_is_read)
    assert codes(checked("dossier.zip", content)) == ["bomb"]


def _nothing_is_read(*_: object, **__: object) -> None:
    raise AssertionError("an entry was read")


def test_an_archive_too_large_to_read_through_is_not_checked(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_archive, "MOST_BYTES", 100)
    assert checked("dossier.zip", a_zip({"1.pdf": a_pdf()})).verdict is NOT_CHECKED


@pytest.mark.parametrize("large", [False, True])
def test_a_table_of_contents_that_is_too_long_is_not_read(
    checked: Checked, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    if large:
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    content = a_zip({f"{number}.txt": b"x" for number in range(4)})
    assert (b"PK\x06\x06" in content) is large
    monkeypatch.setattr(zip_contents, "MOST_ENTRIES", 3)
    made = checked("dossier.zip", content)
    assert (made.verdict, made.reason) == (NOT_CHECKED, "its table of contents is too long to be read (4 entries)")


def test_an_office_document_is_an_archive_too(checked: Checked) -> None:
    assert checked("letter.docx", a_zip({"word/document.xml": b"<w/>"})).name == "zip"


# --- whatever comes


def test_no_damage_makes_a_check_raise(tmp_path: Path) -> None:
    whole = {"1.pdf": a_pdf(), "2.zip": a_zip({"1.pdf": a_pdf(), "a/b.txt": b"text" * 50}), "3.se": b"#FLAGGA 0\n#VER"}
    files = {}
    for name, content in whole.items():
        for place in range(0, len(content), 11):
            path = tmp_path / f"{place}-{name}"
            path.write_bytes(content[:place] + bytes([content[place] ^ 0x5A]) + content[place + 1 :])
            files[path.name] = path
    made = check_files(files, period=PERIOD)
    assert {one.subject for one in made} >= set(files) - {"0-3.se"}
    assert not [one for one in made if "broke" in one.reason]


def test_many_pdfs_are_read_by_one_process(tmp_path: Path) -> None:
    path = tmp_path / "1.pdf"
    path.write_bytes(a_pdf())
    made = list(pdf.check_all({f"{number}.pdf": path for number in range(50)}, PERIOD))
    assert {one.verdict for one in made} == {SOUND}
