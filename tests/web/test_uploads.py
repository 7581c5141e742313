"""Which files are taken from people, and under which names."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from disengage.errors import InputError
from disengage.web.uploads import taken
from starlette.datastructures import UploadFile

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
SIE = '#FLAGGA 0\r\n#PROGRAM "Nordlys"\r\n#FNAMN "Kaf\u00e9 \u00e5\u00e4\u00f6"\r\n'.encode("cp437") + b"\x1a"
SAFT = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- books -->\n<n1:AuditFile xmlns:n1="urn:StandardAuditFile"/>'
XHTML = b"<?xml version='1.0'?><x:y xmlns:x='http://www.w3.org/1999/xhtml'><x:script>1</x:script></x:y>"


def archive(**files: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as written:
        for name, text in files.items():
            written.writestr(name, text)
    return memory.getvalue()


XLSX = archive(**{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})
XLSM = archive(**{"[Content_Types].xml": "<Types/>", "xl/vbaProject.bin": "x"})
JAR = archive(**{"META-INF/MANIFEST.MF": "Main-Class: X", "X.class": "x"})

ACCEPTED = {
    "Kvittering.pdf": b"%PDF-1.7\n",
    "skjerm.png": PNG,
    "foto.JPG": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "scan.tif": b"II*\0\x08\0\0\0",
    "scan.tiff": b"MM\0*\0\0\0\x08",
    "Dokumente.zip": archive(**{"a.txt": "a"}),
    "list.xlsx": XLSX,
    "books.xml": SAFT,
    "answer.json": b'{"id": 1}',
    "wide.csv": "navn;bel\u00f8p\r\n".encode("utf-16"),
    "old.csv": "navn;bel\u00f8p\r\n".encode("cp1252"),
    "books.se": SIE,
    "request.toml": b"[client]\n",
    "mail.eml": b"From: support\r\n\r\n<b>done</b>\r\n",
    "receipt": b"seen by me",
    "less.txt": b"<10 vouchers",
}
REFUSED = {
    "empty.pdf": b"",
    "page.html": b"<!DOCTYPE html><p>hello",
    "page.txt": b"\n <!-- x --> <script>alert(1)</script>",
    "wide.txt": "<html><body>".encode("utf-16"),
    "doctype.xml": b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x' 'y'><html/>",
    "space.xml": XHTML,
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "drawing.xml": b"<?xml version='1.0'?><s:svg xmlns:s='http://www.w3.org/2000/svg'/>",
    "run.txt": b"#!/bin/sh\nrm -r /\n",
    "run.sh": b"rm -r /\n",
    "run.bat": b"@echo off\r\n",
    "setup.exe": b"MZ\x90\0\x03",
    "receipt.pdf": b"MZ\x90\0\x03",
    "program": b"\x7fELF\x02\x01",
    "macros.xlsm": XLSM,
    "macros.xlsx": XLSM,
    "program.zip": JAR,
    "broken.zip": b"PK\x03\x04 and nothing more",
    "picture.pdf": PNG,
    "table.zip": XLSX,
    "binary.csv": b"a;b\0c",
}


def sent(name: str, content: bytes) -> UploadFile:
    return UploadFile(io.BytesIO(content), filename=name)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_document_is_taken_whole_and_under_its_name(name: str, tmp_path: Path) -> None:
    path = taken(sent(name, ACCEPTED[name]), tmp_path)
    assert (path, path.read_bytes()) == (tmp_path / name, ACCEPTED[name])


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_run_or_is_not_what_it_is_named_is_refused_and_not_kept(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        taken(sent(name, REFUSED[name]), tmp_path)
    assert name in refused.value.message
    assert refused.value.remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Kari\\receipt.txt", "receipt.txt"),
        ("a\r\nSet-Cookie: x.txt", "a__Set-Cookie_ x.txt"),
        ("CON.txt", "_CON.txt"),
        ("bagit.txt", "_bagit.txt"),
        ("...", "unnamed"),
    ],
)
def test_a_name_that_leads_elsewhere_or_means_something_becomes_a_safe_one(
    name: str, safe: str, tmp_path: Path
) -> None:
    assert taken(sent(name, b"seen"), tmp_path) == tmp_path / safe


def test_two_files_of_one_name_are_both_taken(tmp_path: Path) -> None:
    paths = [taken(sent("receipt.txt", content), tmp_path) for content in (b"one", b"two", b"three")]
    assert [(path.name, path.read_bytes()) for path in paths] == [
        ("receipt.txt", b"one"),
        ("receipt-2.txt", b"two"),
        ("receipt-3.txt", b"three"),
    ]


def test_a_byte_that_no_text_has_is_found_far_into_a_large_file(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        taken(sent("table.csv", b"a;b\n" * 600_000 + b"\0"), tmp_path)
