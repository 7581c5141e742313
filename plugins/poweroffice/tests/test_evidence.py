import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disengage import Link, Verb
from disengage_poweroffice import fiction_books
from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.simulator import PowerOfficeSimulator

LINK = Link(ref="c-1")
NO_ZIP = ["The file brought as 'archive' is named as a ZIP and cannot be opened as one."]
NO_PDF = ["The file brought as 'archive' is named as a PDF and is none."]
Judge = Callable[[Path], list[str]]


@pytest.fixture
def judge(go: PowerOfficeSimulator, connect: Any, ask: Any) -> Judge:
    """Bring one file for the download from Arkiv."""
    connection: PowerOffice = connect(go)

    def judge(path: Path) -> list[str]:
        asked = {"link": LINK, "request": ask(), "verb": Verb.RETAIN_HISTORY, "part": "archive"}
        return list(connection.check_evidence(**asked, files={"archive": path}, values={}))

    return judge


def a_file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("arkiv.zip", fiction_books.a_zip({"2026/saft.xml": b"<AuditFile/>"})),
        ("ARKIV.ZIP", fiction_books.a_zip({"a": b""})),
        ("hovedbok.pdf", fiction_books.attachment()),
        ("hovedbok.pdf", b"\x00" * 100 + b"%PDF-1.7"),
        ("saft.xml", b"<AuditFile/>"),
        ("arkiv.7z", b"7z"),
        ("arkiv", b"anything"),
    ],
)
def test_what_opens_as_its_name_says_and_every_other_format_is_taken(
    judge: Judge, tmp_path: Path, name: str, content: bytes
) -> None:
    assert judge(a_file(tmp_path, name, content)) == []


@pytest.mark.parametrize(
    ("name", "content", "complaints"),
    [
        ("arkiv.zip", b"<html>Logg inn</html>", NO_ZIP),
        ("arkiv.zip", fiction_books.a_zip({"a": b"b" * 99})[:-30], NO_ZIP),
        ("arkiv.zip", fiction_books.a_zip({"a": b"b"}).replace(b"PK\x01\x02", b"PK\x01\x03"), NO_ZIP),
        ("arkiv.zip", fiction_books.a_zip({}), ["The ZIP brought as 'archive' holds no file."]),
        ("hovedbok.Pdf", b"<html>Logg inn</html>", NO_PDF),
        ("hovedbok.pdf", b" " * 5000 + b"%PDF-1.7", NO_PDF),
    ],
)
def test_what_is_not_what_its_name_says_is_complained_of(
    judge: Judge, tmp_path: Path, name: str, content: bytes, complaints: list[str]
) -> None:
    assert judge(a_file(tmp_path, name, content)) == complaints


def test_folders_alone_are_no_copy(judge: Judge, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "arkiv.zip", "w") as archive:
        archive.mkdir("2026")
    assert judge(tmp_path / "arkiv.zip") == ["The ZIP brought as 'archive' holds no file."]


def test_the_name_of_the_file_is_not_repeated(judge: Judge, tmp_path: Path) -> None:
    assert "Nordmann" not in str(judge(a_file(tmp_path, "Kari Nordmann.zip", b"x")))


@pytest.mark.parametrize("part", ["", "archive"])
def test_what_the_simulator_brings_is_taken(
    go: PowerOfficeSimulator, connect: Any, ask: Any, tmp_path: Path, part: str
) -> None:
    asked = {bring.key for bring in connect(go).instruct(LINK, ask(), Verb.RETAIN_HISTORY, part).bring}
    brought = {k: a_file(tmp_path, *named) for k, named in go.files("retain_history", part).items()}
    assert brought.keys() == asked
    assert list(connect(go).check_evidence(LINK, ask(), Verb.RETAIN_HISTORY, part, brought, {})) == []
    assert go.files("sever_link", "") == {}
