"""Papers, exports and packs on a page: sent as downloads that run nowhere, recorded, and kept nowhere on the way."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyrage
import pytest
from disengage.engine.handover import STEP
from disengage_generic_csv.simulator import TableSimulator
from pypdf import PdfReader

from tests.web.firm import Firm, Visitor, open_for_business
from tests.web.staged import read, words

SIGNED = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """Give a firm with a table, whose one case kept its history."""
    temporary = tmp_path_factory.mktemp("temporary")
    with (
        open_for_business(tmp_path_factory.mktemp("firm"), crm=TableSimulator()) as made,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(tempfile, "tempdir", str(temporary))
        yield made


@pytest.fixture(scope="module")
def case(firm: Firm) -> str:
    case: str = firm.plan()["case"]
    firm.desk.call("approve", case, "--by", "Anna")
    firm.desk.run(case)
    return case


@pytest.fixture(scope="module")
def ola(firm: Firm) -> Visitor:
    return firm.visitor("operator", name="ola")


@pytest.fixture(scope="module")
def anna(firm: Firm) -> Visitor:
    return firm.visitor("archivist", name="anna")


@pytest.fixture(autouse=True)
def nothing_stays_behind(firm: Firm) -> Iterator[None]:
    yield
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def last(firm: Firm, case: str, kind: str) -> tuple[str, dict[str, Any]]:
    """Return who did the last thing of that kind, and what is recorded of it."""
    event = [event for event in firm.workplace.store.events(case) if event.kind == kind][-1]
    return event.actor, event.payload


def complaint(answer: httpx.Response) -> str:
    """Return what a page that is shown again says is wrong."""
    (found,) = read(answer.text).xpath("//*[@role='alert']")
    return words(found)


def assert_is_a_download(answer: httpx.Response, name: str, kind: str = "application/octet-stream") -> None:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}"')
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)


# papers


def test_a_letter_is_sent_as_a_pdf_in_the_language_that_was_chosen_and_recorded(
    firm: Firm, case: str, ola: Visitor
) -> None:
    form = {"kind": "letter", "form": "pdf", "language": "sv", "facts": "Vi tackar för samarbetet."}
    answer = ola.post(f"/cases/{case}/papers/make", form)
    assert_is_a_download(answer, f"letter-{case}.pdf", "application/pdf")
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "Vi tackar för samarbetet." in " ".join(text.split())
    assert last(firm, case, "paper_made") == (
        "ola",
        {
            "paper": "letter", "language": "sv", "form": "pdf", "internal": False,
            "sha256": hashlib.sha256(answer.content).hexdigest(),
        },
    )  # fmt: skip
    assert hashlib.sha256(answer.content).hexdigest() in ola.text(f"/cases/{case}/papers")


@pytest.mark.parametrize(
    ("kind", "form"), [("statement", "json"), ("statement", "html"), ("inventory", "html"), ("enquiry-reply", "html")]
)
def test_every_other_paper_is_sent_as_what_no_browser_opens(case: str, ola: Visitor, kind: str, form: str) -> None:
    answer = ola.post(f"/cases/{case}/papers/make", {"kind": kind, "form": form})
    assert_is_a_download(answer, f"{kind}-{case}.{form}")


def test_the_firms_own_statement_has_more_in_it(case: str, ola: Visitor) -> None:
    form = {"kind": "statement", "form": "json"}
    outside, inside = (
        ola.post(f"/cases/{case}/papers/make", {**form, **more}).json() for more in ({}, {"internal": "yes"})
    )
    assert (outside["internal"], inside["internal"]) == (False, True)
    assert len(json.dumps(inside)) > len(json.dumps(outside))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "letter", "form": "json"},
        {"kind": "letter", "form": "pdf", "internal": "yes"},
        {"kind": "inventory", "form": "pdf", "facts": "By the way"},
        {"kind": "letter", "form": "docx"},
        {"kind": "novel", "form": "pdf"},
        {"kind": "letter", "form": "pdf", "language": "la"},
        {"kind": "letter", "form": "pdf", "facts": "x" * 20_001},
    ],
)
def test_a_paper_that_there_is_none_of_is_refused_and_what_was_typed_stays(
    firm: Firm, case: str, ola: Visitor, wrong: dict[str, str]
) -> None:
    before = firm.workplace.store.last_event()
    answer = ola.post(f"/cases/{case}/papers/make", {"facts": "Kept words", **wrong})
    assert answer.status_code == 422
    assert complaint(answer)
    assert words(read(answer.text).xpath("//textarea[@name='facts']")[0]) == wrong.get("facts", "Kept words")
    assert firm.workplace.store.last_event() == before


# the export


def test_an_export_is_sent_whole_and_recorded(firm: Firm, case: str, anna: Visitor) -> None:
    answer = anna.post(f"/cases/{case}/papers/export", {"whole_log": "yes"})
    assert_is_a_download(answer, f"{case}.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        assert pack.testzip() is None
        assert {"events.jsonl", "log.jsonl", "statement.json", "SHA256SUMS"} <= set(pack.namelist())
    who, told = last(firm, case, "exported")
    assert (who, told["sha256"]) == ("anna", hashlib.sha256(answer.content).hexdigest())
    assert told["sha256"] in words(read(anna.text(f"/cases/{case}/papers")).find_class("told")[0])


# handing over


def test_nothing_goes_to_the_new_firm_without_consent_and_then_it_does(firm: Firm, case: str, anna: Visitor) -> None:
    page, form = f"/cases/{case}/papers/handover", {"to": "successor", "also": "crm", "note": "By courier"}
    refused = anna.post(page, form)
    assert refused.status_code == 409
    assert "consent" in complaint(refused)
    again = read(refused.text)
    assert again.xpath("//input[@name='note']/@value") == ["By courier"]
    assert again.xpath("//input[@name='also' or @name='to'][@checked]/@value") == ["successor", "crm"]
    answer = anna.post(page, form, files={"consent_file": ("consent.pdf", SIGNED)})
    assert_is_a_download(answer, f"successor-{case}.zip")
    who, told = last(firm, case, "handed_over")
    assert (who, told["sha256"], told["encrypted"]) == ("anna", hashlib.sha256(answer.content).hexdigest(), False)
    assert last(firm, case, "consent_recorded")[1]["bag"]


def test_words_of_consent_are_never_taken_for_a_file_of_the_machine(firm: Firm, case: str, anna: Visitor) -> None:
    secret = firm.desk.folder / "disengage.key"
    assert secret.is_file()
    form = {"to": "successor", "also": "crm", "consent": str(secret)}
    assert anna.post(f"/cases/{case}/papers/handover", form).status_code == 200
    assert last(firm, case, "consent_recorded")[1]["bag"] is None
    (said,) = [
        row.detail for row in firm.workplace.store.evidence(case, STEP) if row.detail.get("consent") == str(secret)
    ]
    assert said == {"consent": str(secret)}


def test_keys_are_never_taken_for_a_file_of_the_machine(firm: Firm, case: str, anna: Visitor) -> None:
    keys = firm.desk.folder / "keys.txt"
    keys.write_text(str(pyrage.x25519.Identity.generate().to_public()), encoding="utf-8")
    answer = anna.post(f"/cases/{case}/papers/handover", {"to": "client", "also": "crm", "keys": str(keys)})
    assert answer.status_code == 422
    assert "not a public key" in complaint(answer)


def test_a_pack_is_encrypted_to_the_keys_that_were_given(case: str, anna: Visitor) -> None:
    mine, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    keys = f"{mine.to_public()}\r\n\r\n{other.to_public()}\r\n"
    answer = anna.post(
        f"/cases/{case}/papers/handover", {"to": "client", "also": "crm", "format": "original", "keys": keys}
    )
    assert_is_a_download(answer, f"client-{case}.zip.age")
    for identity in (mine, other):
        with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(answer.content, [identity]))) as pack:
            assert "inventory.csv" in pack.namelist()


def test_what_the_other_side_signed_is_recorded(firm: Firm, case: str, anna: Visitor) -> None:
    answer = anna.post(f"/cases/{case}/papers/handover", {"to": "client", "also": "crm", "format": "original"})
    pack = hashlib.sha256(answer.content).hexdigest()
    form = {"received_by": "Kari Nordmann", "received_on": "2026-12-31", "pack": pack}
    for wrong in ({"received_on": "tomorrow"}, {"received_by": ""}, {"pack": "ffff"}):
        refused = anna.post(f"/cases/{case}/papers/receipt", form | wrong, files={"receipt": ("signed.pdf", SIGNED)})
        assert refused.status_code in (409, 422)
        assert complaint(refused)
    assert anna.post(f"/cases/{case}/papers/receipt", form).status_code == 422
    assert (
        anna.post(f"/cases/{case}/papers/receipt", form, files={"receipt": ("run.exe", b"MZ\0\0")}).status_code == 422
    )
    taken = anna.post(f"/cases/{case}/papers/receipt", form, files={"receipt": ("signed.pdf", SIGNED)})
    assert taken.status_code == 303
    who, told = last(firm, case, "receipt_confirmed")
    assert (who, told["sha256"], told["received_on"]) == ("anna", pack, "2026-12-31")


@pytest.mark.parametrize(
    "wrong", [{}, {"to": "somebody"}, {"to": "client", "format": "docx"}, {"to": "client", "also": "x"}]
)
def test_an_order_that_makes_no_sense_is_refused(firm: Firm, case: str, anna: Visitor, wrong: dict[str, str]) -> None:
    before = firm.workplace.store.last_event()
    answer = anna.post(f"/cases/{case}/papers/handover", wrong)
    assert answer.status_code == 422
    assert complaint(answer)
    assert firm.workplace.store.last_event() == before


# who may


def test_each_may_do_what_the_right_is_for_and_sees_no_other_form(firm: Firm, case: str) -> None:
    page = f"/cases/{case}/papers"
    for role in ("viewer", "operator", "approver", "archivist", "administrator"):
        visitor = firm.visitor(role)
        may = {
            "make": role == "operator",
            "handover": role == "archivist",
            "export": role == "archivist",
            "receipt": role == "archivist",
        }
        actions = {form.get("action") for form in read(visitor.text(page)).xpath("//main//form")}
        assert actions == {f"{page}/{what}" for what, allowed in may.items() if allowed}
        assert {what: visitor.post(f"{page}/{what}").status_code != 403 for what in may} == may


def test_there_are_no_papers_of_a_case_that_is_none(anna: Visitor) -> None:
    assert anna.get("/cases/c-none/papers").status_code == 404
    assert anna.post("/cases/c-none/papers/export").status_code == 404
