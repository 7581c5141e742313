"""The ZIP file that the client is given: it opens, holds only PDFs, as many as counted, and nothing escapes."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from disengage import Verb
from disengage_clearfacts import fiction, pdf_zip

if TYPE_CHECKING:
    from conftest import Account

PDF = fiction.a_pdf()
Fill = Callable[[zipfile.ZipFile], None]


def packed(fill: Fill) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        fill(archive)
    return content.getvalue()


def holding(*names: str, content: bytes = PDF) -> bytes:
    return packed(lambda archive: [archive.writestr(name, content) for name in names] and None)


def with_entry(name: str, mode: int) -> bytes:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return packed(lambda archive: archive.writestr(entry, PDF))


def encrypted(content: bytes) -> bytes:
    """Set the flag of every entry, as a file that was packed with a password has it."""
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            flags = struct.unpack_from("<H", content, at + place)[0] | 1
            content = content[: at + place] + struct.pack("<H", flags) + content[at + place + 2 :]
            at = content.find(mark, at + 1)
    return content


def damaged() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", PDF)
    return content.getvalue().replace(b"/Catalog", b"/Katalog")


def renamed(old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    return holding(old.decode()).replace(old, new)


def complaints(folder: Path, content: bytes, count: int | None = None, most: int = 1000) -> Sequence[str]:
    path = folder / "documents.zip"
    path.write_bytes(content)
    return pdf_zip.complaints(path, count, most)


def test_a_file_of_pdfs_in_folders_is_as_it_should_be(tmp_path: Path) -> None:
    assert complaints(tmp_path, fiction.a_zip(), len(fiction.DOCUMENTS)) == []

    def with_folders(archive: zipfile.ZipFile) -> None:
        archive.mkdir("2025")
        archive.writestr("2025/Café\u00a0n° 1 (kopie).PDF", PDF + b"\r\n\r\n")

    assert complaints(tmp_path, packed(with_folders), 1) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"no zip at all", "The file does not open as a ZIP file."),
        (PDF, "The file does not open as a ZIP file."),
        (fiction.a_zip()[:-30], "The file does not open as a ZIP file."),
        (packed(lambda _: None), "The ZIP file holds no file."),
        (packed(lambda archive: archive.mkdir("2025")), "The ZIP file holds no file."),
        (holding("a.txt", content=b"text"), "Entry 1 ('a.txt') is not called .pdf."),
        (holding("a.pdf.exe"), "Entry 1 ('a.pdf.exe') is not called .pdf."),
        (holding("/etc/a.pdf"), "Entry 1 ('/etc/a.pdf') has a name that leads out of its folder."),
        (holding("../a.pdf"), "Entry 1 ('../a.pdf') has a name that leads out of its folder."),
        (holding("b/../../a.pdf"), "Entry 1 ('b/../../a.pdf') has a name that leads out of its folder."),
        (holding("b/.. /a.pdf"), "Entry 1 ('b/.. /a.pdf') has a name that leads out of its folder."),
        (holding("C:/a.pdf"), "Entry 1 ('C:/a.pdf') has a name that leads out of its folder."),
        (holding("C:a.pdf"), "Entry 1 ('C:a.pdf') has a name that leads out of its folder."),
        (holding("b\\a.pdf"), "Entry 1 ('b\\a.pdf') has a name that leads out of its folder."),
        (renamed(b"a.exe_x.pdf", b"a.exe\x00x.pdf"), "Entry 1 ('a.exe x.pdf') has a name with characters that no file"),
        (holding("a\x1b[2J\n.pdf"), "Entry 1 ('a [2J .pdf') has a name with characters that no file should have."),
        (holding("fdp\u202e.pdf"), "Entry 1 ('fdp .pdf') has a name with characters that no file should have."),
        (with_entry("a.pdf", stat.S_IFLNK | 0o777), "Entry 1 ('a.pdf') is a link and no file."),
        (with_entry("b/", stat.S_IFDIR | 0o755), "Entry 1 ('b/') is a folder that has content of its own."),
        (holding("a.pdf", "A.PDF"), "Entry 2 ('A.PDF') is there twice, or differs from another in capitals only."),
        (
            holding("é.pdf", "e\u0301.pdf"),
            "Entry 2 ('e\u0301.pdf') is there twice, or differs from another in capitals",
        ),
        (holding("ola@fjord.example.txt"), "Entry 1 ('[e-mail]') is not called .pdf."),
        (holding("93.05.18-223.61 attest.txt"), "Entry 1 ('[number] attest.txt') is not called .pdf."),
        (holding("n" * 90 + ".txt"), f"Entry 1 ('{'n' * 60}…') is not called .pdf."),
    ],
)
def test_each_fault_is_one_sentence_that_names_the_entry(tmp_path: Path, content: bytes, complaint: str) -> None:
    found = complaints(tmp_path, content)
    assert any(each.startswith(complaint) for each in found), found
    assert all(each.endswith(".") and each.isprintable() for each in found)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_the_very_same_name_twice_is_found(tmp_path: Path) -> None:
    assert complaints(tmp_path, holding("a.pdf", "a.pdf")) == [
        "Entry 2 ('a.pdf') is there twice, or differs from another in capitals only."
    ]


@pytest.mark.parametrize("count", [0, 2, 4])
def test_there_are_as_many_as_the_portal_shows(tmp_path: Path, count: int) -> None:
    assert complaints(tmp_path, fiction.a_zip(), count) == [
        f"The ZIP file holds 3 files, but the portal was said to show {count} documents."
    ]


def test_no_more_entries_are_listed_than_any_dossier_has(tmp_path: Path) -> None:
    assert complaints(tmp_path, fiction.a_zip(), most=2) == ["The ZIP file holds more than 2 entries."]


@pytest.mark.parametrize("content", [damaged(), encrypted(holding("a.pdf")), holding("a.pdf", content=PDF[:100])])
def test_a_damaged_or_locked_file_is_not_refused_since_there_may_be_no_other(tmp_path: Path, content: bytes) -> None:
    assert complaints(tmp_path, content, 1) == []


def test_a_file_in_which_everything_is_wrong_does_not_fill_the_screen(tmp_path: Path) -> None:
    found = complaints(tmp_path, holding(*(f"{n}.txt" for n in range(30))))
    assert len(found) == 11
    assert found[-1] == "There are 20 further complaints."


# as the connector is asked


def brought(account: Account, folder: Path, part: str = "pdfs", **values: str) -> Sequence[str]:
    path = folder / "documents.zip"
    path.write_bytes(fiction.a_zip())
    given = {"count": "3", "handed_over_on": "2027-01-04"} | values
    request = account.request({"history": "afresh"})
    verb = Verb.RETAIN_HISTORY
    return account.connection().check_evidence(account.link, request, verb, part, {"pdfs": path}, given)


def test_what_a_person_brings_is_looked_at_before_it_is_taken(account: Account, tmp_path: Path) -> None:
    assert brought(account, tmp_path) == []
    assert brought(account, tmp_path, count="4") == [
        "The ZIP file holds 3 files, but the portal was said to show 4 documents."
    ]


@pytest.mark.parametrize("count", ["3.0", "nan", "-3", "1e0", "٣", "9" * 5000])
def test_a_count_is_a_whole_number(account: Account, tmp_path: Path, count: str) -> None:
    assert brought(account, tmp_path, count=count) == ["The number of documents is not a whole number."]


def test_the_client_was_not_given_the_file_tomorrow(account: Account, tmp_path: Path) -> None:
    assert account.now.date() == date(2027, 1, 4)
    assert brought(account, tmp_path, handed_over_on="2027-01-05") == [
        "The day on which the client was given the file has not come yet."
    ]


def test_other_steps_are_taken_as_they_come(account: Account, tmp_path: Path) -> None:
    assert brought(account, tmp_path, part="", count="nonsense") == ()
