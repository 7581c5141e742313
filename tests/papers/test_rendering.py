"""Templates: what they say, what firms may do with them, and what they may not."""

from __future__ import annotations

import io
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from disengage.domain.checks import Check, Verdict
from disengage.domain.evidence import Proof
from disengage.domain.lifecycle import StepState
from disengage.domain.request import Language
from disengage.errors import ConfigurationError
from disengage.papers import sheets
from disengage.papers.characters import lacking, visible
from disengage.papers.dossier import Dossier
from disengage.papers.pdf import to_pdf
from disengage.papers.rendering import TEMPLATES, built_in
from disengage.papers.sheets import Kind, Mark, Standing
from disengage.papers.templating import copy_out
from PIL import Image

from tests.papers.dossiers import MADE_ON, a_dossier, with_request
from tests.papers.pages import Printed, a_sheet, html_of, pdf_of, text_of


def print_out(html: str) -> Printed:
    return Printed(to_pdf(html, title="t", author="a", language="en", made_on=MADE_ON))


# what they say


def test_a_statement_shows_each_step_with_how_it_is_known() -> None:
    sheet = a_sheet(a_dossier(), Kind.STATEMENT)
    assert [(step.verb, step.mark) for step in sheet.steps] == [
        ("retain_history", Mark.VERIFIED),
        ("retain_history", Mark.STATED),
        ("transfer_admin", Mark.VERIFIED),
        ("remove_extensions", Mark.RECEIPT),
        ("settle_billing", Mark.NOT_NEEDED),
        ("sever_link", Mark.VERIFIED),
        ("archive", Mark.LEFT_OUT),
        ("end_access", Mark.WAITING),
        ("sever_link", Mark.WAITING),
        ("sever_link", Mark.PLANNED),
    ]
    printed = re.findall(r'<td><span class="mark (\w+)">', html_of(sheet).partition("<h2>Steps</h2>")[2])
    assert printed[: len(sheet.steps)] == [str(step.mark) for step in sheet.steps]


def test_stated_receipt_verified_and_not_checked_differ_in_word_and_in_frame() -> None:
    css = (TEMPLATES / "paper.css").read_text(encoding="utf-8")
    looks = {word: re.search(rf"^\.{word}\b[^{{]*{{([^}}]*)}}", css, re.M) for word in
             ("verified", "receipt", "stated", "not_checked")}  # fmt: skip
    assert all(looks.values())
    assert len({look[1] for look in looks.values() if look}) == 4
    assert "italic" in looks["stated"][1]  # type: ignore[index]  # seen above
    assert "italic" not in looks["verified"][1]  # type: ignore[index]  # seen above


def test_a_step_that_is_done_without_proof_is_shown_for_no_more_than_a_persons_word() -> None:
    dossier = a_dossier()
    first = dossier.case.steps[0].model_copy(update={"proof": None})
    dossier = dossier.model_copy(update={"case": dossier.case.with_step(first)})
    assert a_sheet(dossier, Kind.STATEMENT).steps[0].mark is Mark.STATED


@pytest.mark.parametrize("state", [StepState.REFUSED, StepState.FAILED, StepState.RUNNING])
def test_a_step_in_trouble_is_shown_as_that(state: StepState) -> None:
    dossier = a_dossier()
    step = dossier.case.steps[7].model_copy(update={"state": state, "outcome": "They said no."})
    sheet = a_sheet(dossier.model_copy(update={"case": dossier.case.with_step(step)}), Kind.LETTER)
    assert str(sheet.steps[7].mark) == str(state)
    assert sheet.steps[7] in sheet.outstanding
    assert "They said no." not in html_of(sheet)


@pytest.mark.parametrize("language", Language)
def test_a_statement_of_an_open_case_says_at_its_top_that_it_is_not_final(language: Language) -> None:
    from disengage.papers.words import catalogue

    beginning = catalogue(language)["page.not_final"].partition("{")[0].strip()
    html = text_of(html_of(a_sheet(a_dossier(), Kind.STATEMENT, language)))
    assert html.index(beginning) < html.index(catalogue(language)["statement.intro"])
    closed = a_sheet(a_dossier(closed=True), Kind.STATEMENT, language)
    assert closed.standing is Standing.FINAL
    assert beginning not in text_of(html_of(closed))


def test_a_statement_of_a_cancelled_case_says_so() -> None:
    dossier = a_dossier()
    cancelled = dossier.model_copy(update={"case": dossier.case.model_copy(update={"cancelled": True})})
    assert "Cancelled: this ending was called off." in html_of(a_sheet(cancelled, Kind.STATEMENT))


def test_a_letter_says_what_is_done_outstanding_and_by_when() -> None:
    text = text_of(html_of(a_sheet(a_dossier(), Kind.LETTER)))
    done, _, rest = text.partition("What has been done")[2].partition("What is outstanding")
    outstanding, _, records = rest.partition("Your records")
    assert "Removal of our integrations Banqup receipt 2027-01-04" in done
    assert "Archiving Banqup left out" in outstanding
    assert "waiting Waits for a person 2027-01-22" in outstanding
    assert "Archiving" not in done
    assert "stays with you" in records


@pytest.mark.parametrize(
    ("language", "terms"),
    [
        ("de", ("Mandatsende", "Wirtschaftsjahr")),
        ("nl", ("Einde van de opdracht", "boekjaar")),
        ("nb", ("Oppdragets slutt", "regnskapsår")),
        ("sv", ("Uppdragets slut", "räkenskapsår")),
    ],
)
def test_a_letter_uses_the_terms_of_the_trade(language: str, terms: tuple[str, ...]) -> None:
    html = html_of(a_sheet(a_dossier(), Kind.LETTER, Language(language)))
    assert [term for term in terms if term not in html] == []


def test_a_reply_gives_the_facts_word_for_word_else_that_there_is_nothing() -> None:
    nothing = text_of(html_of(a_sheet(a_dossier(), Kind.REPLY)))
    told = text_of(
        html_of(a_sheet(a_dossier(), Kind.REPLY, facts=("Fees of <b>2026</b> are open.", "The rest is well.")))
    )
    assert "We have nothing to report" in nothing
    assert "We have nothing to report" not in told
    assert "Fees of <b>2026</b> are open. The rest is well." in told


@pytest.mark.parametrize(
    ("verdicts", "shown"),
    [
        ((), Verdict.NOT_CHECKED),
        ((Verdict.SOUND, Verdict.SOUND), Verdict.SOUND),
        ((Verdict.SOUND, Verdict.NOT_CHECKED), Verdict.NOT_CHECKED),
        ((Verdict.SOUND, Verdict.WRONG, Verdict.NOT_CHECKED), Verdict.WRONG),
    ],
)
def test_a_copy_is_shown_for_the_weakest_of_its_checks(verdicts: tuple[Verdict, ...], shown: Verdict) -> None:
    dossier = a_dossier()
    checks = tuple(Check(name="zip", subject="a.zip", verdict=verdict) for verdict in verdicts)
    bags = (dossier.bags[0].model_copy(update={"checks": checks}),)
    assert a_sheet(dossier.model_copy(update={"bags": bags}), Kind.INVENTORY).bags[0].verdict is shown


def test_that_papers_were_made_changes_no_paper() -> None:
    dossier = a_dossier()
    made = dossier.events[-1].model_copy(update={"kind": "paper_made", "seq": 99, "payload": {}})
    again = dossier.model_copy(update={"events": (*dossier.events, made)})
    assert html_of(a_sheet(again, Kind.STATEMENT)) == html_of(a_sheet(dossier, Kind.STATEMENT))


# what is dangerous in them


def hostile(name: str) -> Dossier:
    dossier = with_request(a_dossier(), client={"name": name}, ending={"successor": {"firm": name, "email": None}})
    bags = tuple(
        bag.model_copy(update={"files": tuple(f.model_copy(update={"name": name}) for f in bag.files)})
        for bag in dossier.bags
    )
    return dossier.model_copy(update={"bags": bags, "firm": dossier.firm.model_copy(update={"name": name})})


@pytest.mark.parametrize("kind", Kind)
def test_a_name_cannot_become_markup_or_style(kind: Kind) -> None:
    name = '</style><script>alert(1)</script>"; } body { display: none } {{ 7 * 7 }} {% raw %}'
    html = html_of(a_sheet(hostile(name), kind, firm=sheets.FirmLine(name=name)))
    assert "<script>" not in html
    assert "display: none" not in html.partition("<style>")[2].partition("</style>")[0]
    assert html.count("</style>") == 1
    assert "49" not in text_of(html).replace("1949", "")
    assert print_out(html).letters.count("alert(1)") >= 1


def test_characters_that_cannot_be_seen_are_shown_as_their_numbers() -> None:
    assert visible("invoice\u202efdp.exe a\u0000b\u200b e\u0301") == "invoice[U+202E]fdp.exe a[U+0000]b[U+200B] é"
    html = html_of(a_sheet(hostile("invoice\u202efdp.exe"), Kind.INVENTORY))
    assert "\u202e" not in html
    assert "invoice[U+202E]fdp.exe" in html


@pytest.mark.parametrize("name", ["株式会社", "Café 😀", "مكتب المحاسبة", "רואי חשבון"])
def test_characters_that_the_typeface_lacks_are_numbers_and_the_paper_says_so(name: str) -> None:
    sheet = a_sheet(hostile(name), Kind.LETTER)
    paper = Printed(pdf_of(sheet))
    lacks = lacking(name)
    assert lacks
    assert [c for c in lacks if f"[U+{ord(c):04X}]" not in paper.letters] == []
    assert "CharactersthatthetypefaceofthisdocumentlacksareprintedastheirUnicodenumbers" in paper.letters
    assert name in html_of(sheet)


def test_greek_and_cyrillic_names_are_printed_as_they_are() -> None:
    name = "Ελληνικά Кирилица Łódź ăș"
    paper = Printed(pdf_of(a_sheet(hostile(name), Kind.LETTER)))
    assert name.replace(" ", "") in paper.letters
    assert "[U+" not in paper.letters


# templates of a firm


def test_a_template_of_the_firm_replaces_ours_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "letter.html").write_text(
        '{% extends "base.html" %}{% block paper %}<p>Kjære {{ sheet.client.name }}</p>{% endblock %}', encoding="utf-8"
    )
    letter, statement = (html_of(a_sheet(a_dossier(), kind), tmp_path) for kind in (Kind.LETTER, Kind.STATEMENT))
    assert text_of(letter).endswith("Kjære Nordlys Kafé AS")
    assert statement == html_of(a_sheet(a_dossier(), Kind.STATEMENT))


def test_our_templates_written_out_make_the_same_papers(tmp_path: Path) -> None:
    assert copy_out(tmp_path / "own") == [name for name, _ in built_in()]
    for kind in Kind:
        sheet = a_sheet(a_dossier(), kind)
        assert html_of(sheet, tmp_path / "own") == html_of(sheet)


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("<p>\n{% if %}", 2),
        ("<p>\n\n{{ sheet.nothing }}", 3),
        ("<p>\n{{ nothing_at_all }}", 2),
        ("\n\n\n{{ t('no.such') }}", 4),
        ("{{ 1 / 0 }}", 1),
        ("\n{% include 'missing.html' %}", 2),
        ("\n{{ ''.__class__.__mro__[1].__subclasses__() }}", 2),
        ("\n{{ sheet.__init__.__globals__ }}", 2),
        ("\n{% for n in range(100000000) %}{% endfor %}", 2),
        ("\n{% include '../../secret.html' %}", 2),
    ],
)
def test_a_mistake_in_a_template_is_named_with_file_and_line(tmp_path: Path, template: str, line: int) -> None:
    (tmp_path / "letter.html").write_text(template, encoding="utf-8")
    (tmp_path.parent / "secret.html").write_text("secret", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        html_of(a_sheet(a_dossier(), Kind.LETTER), tmp_path)
    assert caught.value.message.startswith(f"{tmp_path / 'letter.html'}:{line}: the template cannot be used: ")


class _Listening(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Stay quiet."""


def test_a_template_that_asks_for_addresses_and_files_gets_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text('body::before { content: "SECRET" }', encoding="utf-8")
    Image.new("RGB", (300, 300), (0, 0, 0)).save(tmp_path / "black.png")
    _Listening.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), _Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    there = f"http://127.0.0.1:{server.server_port}"
    page = print_out(
        f'<html><head><link rel="stylesheet" href="{secret.as_uri()}"><link rel="stylesheet" href="{there}/a.css">'
        f'<style>@import url("{secret.as_uri()}"); @font-face {{ font-family: X; src: url({there}/x.ttf) }}</style>'
        f'</head><body><p style="font-family: X">Text</p><img src="{there}/b.png">'
        f'<img src="{(tmp_path / "black.png").as_uri()}"><img src="{tmp_path}/black.png">'
        f'<iframe src="{there}/c.html"></iframe><p style="background: url({there}/d.png)">More</p></body></html>'
    )
    server.shutdown()
    server.server_close()
    capfd.readouterr()
    assert _Listening.asked == []
    assert page.letters == "TextMore"
    assert Image.open(io.BytesIO(_png(page.images[0]))).convert("L").histogram()[0] < 400  # no black square


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def test_a_text_in_another_typeface_does_not_vanish() -> None:
    assert print_out('<html><body><p style="font-family: Nowhere !important">Seen</p></body></html>').letters == "Seen"


def test_a_logo_within_the_page_is_printed() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (400, 200), (0, 0, 0)).save(picture, "PNG")
    import base64

    logo = "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
    firm = sheets.FirmLine(name="Fjord Regnskap AS", logo=logo)
    with_logo, without = (
        Printed(pdf_of(a_sheet(a_dossier(), Kind.REPLY, firm=letterhead))).images[0].convert("L").histogram()[0]
        for letterhead in (firm, sheets.FirmLine(name="Fjord Regnskap AS"))
    )
    assert with_logo > without + 1000


def test_the_marks_of_proofs_are_those_of_the_domain() -> None:
    assert [Mark(str(proof)) for proof in Proof] == [Mark.VERIFIED, Mark.RECEIPT, Mark.STATED]
