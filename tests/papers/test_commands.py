"""Papers at the command line: written whole, recorded, never over another file."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage.papers.sheets import Kind
from disengage_generic_csv.simulator import TableSimulator
from PIL import Image
from pypdf import PdfReader

from tests.cli.desk import Desk, at_work


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    """Give a desk with one case on a table that is done but for the import of its change file."""
    with at_work(tmp_path_factory.mktemp("office"), crm=TableSimulator()) as desk:
        case = desk.plan()
        desk.call("approve", case["case"], "--by", "Anna")
        desk.run(case["case"])
        yield desk, case["case"]


@pytest.fixture
def desk(office: tuple[Desk, str]) -> Desk:
    desk, _ = office
    for file in [*desk.folder.glob("*.pdf"), *desk.folder.glob("*.html"), *desk.folder.glob("*.json")]:
        file.unlink()
    return desk


@pytest.fixture
def case(office: tuple[Desk, str]) -> str:
    return office[1]


def made(desk: Desk, *arguments: str) -> dict[str, Any]:
    answer = desk.call(*arguments, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = answer.json()
    return found


def recorded(desk: Desk) -> list[dict[str, Any]]:
    rows = desk.sql("select payload from events where kind = 'paper_made' order by seq")
    return [json.loads(payload) for (payload,) in rows]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("form", ["pdf", "html"])
def test_every_paper_is_written_and_recorded_with_its_digest(desk: Desk, case: str, kind: Kind, form: str) -> None:
    answer = made(desk, "paper", case, str(kind), "--out", f"paper.{form}")
    content = (desk.folder / f"paper.{form}").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert answer == {
        "case": case, "paper": str(kind), "language": answer["language"], "form": form, "internal": False,
        "standing": answer["standing"], "no_tipping_off": False, "file": f"paper.{form}",
        "bytes": len(content), "sha256": digest, "spelled_out": [],
    }  # fmt: skip
    assert recorded(desk)[-1] == {
        "paper": str(kind), "language": answer["language"], "form": form, "internal": False, "sha256": digest
    }  # fmt: skip


def test_the_closing_statement_for_programs_has_every_step_with_its_proof(desk: Desk, case: str) -> None:
    made(desk, "certificate", case, "--out", "closing.json")
    said = json.loads((desk.folder / "closing.json").read_text(encoding="utf-8"))
    shown = desk.show(case)
    assert [step["id"] for step in said["steps"]] == [step["id"] for step in shown["steps"]]
    assert [step["proof"] for step in said["steps"]] == [step["proof"] for step in shown["steps"]]
    (last,) = desk.sql(
        f"select seq, hash from events where case_id = '{case}' and kind <> 'paper_made' order by seq desc limit 1"
    )
    assert (said["log"]["seq"], said["log"]["hash"]) == last
    assert said["final"] is (shown["state"] == "closed")


def test_the_statement_and_the_certificate_are_the_same_paper(desk: Desk, case: str) -> None:
    first = made(desk, "certificate", case, "--out", "a.html")["sha256"]
    assert made(desk, "paper", case, "statement", "--out", "b.html")["sha256"] == first


def test_a_file_that_is_there_stays_unless_it_is_forced(desk: Desk, case: str) -> None:
    (desk.folder / "letter.pdf").write_text("mine", encoding="utf-8")
    before = len(recorded(desk))
    message = desk.refused(2, "paper", case, "letter", "--out", "letter.pdf")
    assert message == "letter.pdf: there is a file already."
    assert ((desk.folder / "letter.pdf").read_text(encoding="utf-8"), len(recorded(desk))) == ("mine", before)
    made(desk, "paper", case, "letter", "--out", "letter.pdf", "--force")
    assert (desk.folder / "letter.pdf").read_bytes().startswith(b"%PDF")


def test_a_paper_is_the_users_own_and_leaves_nothing_beside_it(desk: Desk, case: str) -> None:
    made(desk, "paper", case, "letter", "--out", "letter.pdf")
    assert stat.S_IMODE((desk.folder / "letter.pdf").stat().st_mode) == 0o600
    assert list(desk.folder.glob(".disengage-*.pdf")) == [p for p in desk.folder.glob(".disengage-*") if p.is_file()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("certificate", "CASE", "--out", "a.docx"), "--out a.docx: the form cannot be told by the ending."),
        (("paper", "CASE", "letter", "--out", "a.json"), "--out a.json: the form cannot be told by the ending."),
        (("paper", "CASE", "leter", "--out", "a.pdf"), "There is no paper 'leter'. Did you mean 'letter'?"),
        (("certificate", "CASE", "--out", "a.pdf", "--language", "fr"),
         "--language 'fr': papers are not written in this language."),
        (("certificate", "CASE", "--out", "no/such/a.pdf"),
         "no/such/a.pdf: the paper cannot be written: no such file or directory."),
        (("paper", "CASE", "inventory", "--out", "a.pdf", "--note", "x"),
         "The paper 'inventory' takes no facts and no note."),
        (("paper", "CASE", "letter", "--out", "a.pdf", "--internal"), "--internal is for the statement only."),
        (("paper", "CASE", "letter", "--out", "a.pdf", "--facts", "none.txt"), "none.txt: there is no such file."),
        (("paper", "CASE", "letter", "--out", "a.pdf", "--note", "x" * 20_001),
         "The facts are longer than 20000 characters."),
        (("certificate", "c-nobody", "--out", "a.pdf"), "There is no case 'c-nobody'."),
        (("certificate", "CASE", "--out", "vault"), "--out vault: the form cannot be told by the ending."),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_said_and_nothing_is_written(
    desk: Desk, case: str, arguments: tuple[str, ...], message: str
) -> None:
    before = len(recorded(desk)), sorted(desk.folder.iterdir())
    assert desk.refused(2, *(case if word == "CASE" else word for word in arguments)) == message
    assert (len(recorded(desk)), sorted(desk.folder.iterdir())) == before


def test_facts_come_from_a_file_and_from_the_command(desk: Desk, case: str) -> None:
    (desk.folder / "facts.txt").write_text("\ufeffFees are open.\n\nThe rest\nis well.\n", encoding="utf-8")
    made(desk, "paper", case, "enquiry-reply", "--out", "reply.html", "--facts", "facts.txt", "--note", "Call us.",
         "--language", "en")  # fmt: skip
    html = (desk.folder / "reply.html").read_text(encoding="utf-8")
    assert "<p>Fees are open.</p><p>The rest\nis well.</p><p>Call us.</p>" in html


def test_the_language_can_be_chosen_for_one_paper(desk: Desk, case: str) -> None:
    answer = made(desk, "paper", case, "letter", "--out", "brief.pdf", "--language", "de")
    reader = PdfReader(desk.folder / "brief.pdf")
    assert answer["language"] == "de"
    assert reader.root_object["/Lang"] == "de"
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith("Mandatsende: ")


def test_letterhead_logo_and_templates_are_the_firms(desk: Desk, case: str, tmp_path: Path) -> None:
    Image.new("RGB", (40, 20)).save(desk.folder / "logo.png")
    kept = (desk.folder / "disengage.toml").read_text(encoding="utf-8")
    assert made(desk, "papers", "templates", "own")["folder"] == "own"
    (desk.folder / "own" / "letter.html").write_text(
        '{% extends "base.html" %}{% block paper %}Ours{% endblock %}', encoding="utf-8"
    )
    desk.add_configuration('[papers]\nletterhead = ["Strandgaten 12"]\nlogo = "logo.png"\ntemplates = "own"\n')
    try:
        made(desk, "paper", case, "letter", "--out", "letter.html")
        html = (desk.folder / "letter.html").read_text(encoding="utf-8")
        assert "Strandgaten 12" in html
        assert 'src="data:image/png;base64,' in html
        assert "Ours" in html
        (desk.folder / "own" / "letter.html").write_text("\n{{ oops }}", encoding="utf-8")
        message = desk.refused(2, "paper", case, "letter", "--out", "other.html")
        assert message == f"{desk.folder / 'own' / 'letter.html'}:2: the template cannot be used: 'oops' is undefined."
        (desk.folder / "logo.png").write_bytes(b"GIF89a")
        message = desk.refused(2, "paper", case, "letter", "--out", "other.html")
        assert message == f"{desk.folder / 'logo.png'}: the logo is not a PNG of at most 1 MB."
    finally:
        (desk.folder / "disengage.toml").write_text(kept, encoding="utf-8")


def test_templates_are_not_written_over_those_of_the_firm(desk: Desk) -> None:
    made(desk, "papers", "templates", "mine")
    assert desk.refused(2, "papers", "templates", "mine") == "mine/base.html: there is a file already."


def test_the_firms_own_statement_is_marked_as_such_in_the_log(desk: Desk, case: str) -> None:
    made(desk, "certificate", case, "--out", "inside.json", "--internal")
    said = json.loads((desk.folder / "inside.json").read_text(encoding="utf-8"))
    assert recorded(desk)[-1]["internal"] is True
    assert said["internal"] is True
    assert [approval["by"] for approval in said["inside"]["approvals"]] == ["Anna"]


def test_the_log_holds_up_after_papers_were_made(desk: Desk, case: str) -> None:
    made(desk, "certificate", case, "--out", "a.pdf")
    assert desk.call("verify", case, "--json").json()["differences"] == []


def test_a_cancelled_case_has_a_statement_and_no_letter(tmp_path: Path) -> None:
    with at_work(tmp_path, crm=TableSimulator()) as desk:
        case = desk.plan()["case"]
        desk.call("cancel", case, "--by", "Anna", "--reason", "They stay.")
        message = desk.refused(2, "paper", case, "letter", "--out", "letter.pdf")
        assert message == f"The case {case} was cancelled; there is no letter of it."
        assert made(desk, "certificate", case, "--out", "closing.html")["standing"] == "cancelled"
        assert "They stay." not in (tmp_path / "closing.html").read_text(encoding="utf-8")


def test_who_gives_facts_for_a_secret_case_is_reminded(tmp_path: Path) -> None:
    with at_work(tmp_path, crm=TableSimulator()) as desk:
        desk.ask("[ending]", "[ending]\nno_tipping_off = true")
        case = desk.plan()["case"]
        answer = desk.call("paper", case, "enquiry-reply", "--out", "reply.pdf", "--note", "Fees are open.")
        assert answer.code == 0
        assert answer.err == "disengage: this case must not tip anybody off; the facts are printed as you gave them.\n"
