"""What is printed: every word, within the margins, on no empty page."""

from __future__ import annotations

from collections import Counter

import pytest
from disengage.domain.request import Language
from disengage.papers.dossier import Dossier
from disengage.papers.sheets import Kind
from disengage.papers.words import catalogue

from tests.papers.dossiers import RETENTION, a_bag, a_dossier, with_request
from tests.papers.pages import LEFT, PAPERS, RIGHT, Printed, a_sheet, html_of, ink, pdf_of, squeezed, text_of

LONG = "Nordlys Kafé, Bakeri, Konditori og Donaudampfschifffahrtsgesellschaftskapitänsmützenverwaltung i Bergen AS"


def printed(dossier: Dossier, kind: Kind, language: Language = Language.ENGLISH, *, internal: bool = False) -> Printed:
    return Printed(pdf_of(a_sheet(dossier, kind, language, internal=internal)))


def assert_laid_out_well(paper: Printed) -> None:
    """See that no page is empty and nothing is outside the margins."""
    assert [n for n, image in enumerate(paper.images, 1) if ink(image) < 0.004] == []
    assert [n for n, page in enumerate(paper.body, 1) if len(page) < 3] == []
    outside = [line for page in paper.pages for line in page if line.left < LEFT - 1 or line.right > 595.3 - RIGHT + 1]
    assert outside == []
    assert [line for page in paper.pages for line in page if line.top < 20 or line.bottom > 822] == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("kind", "internal"), PAPERS)
def test_every_paper_is_printed_whole_in_every_language(kind: Kind, internal: bool, language: Language) -> None:
    sheet = a_sheet(a_dossier(retention=RETENTION), kind, language, internal=internal)
    paper = Printed(pdf_of(sheet))
    assert_laid_out_well(paper)
    wanted, found = Counter(squeezed(text_of(html_of(sheet)))), Counter(paper.letters)
    assert wanted - found == Counter()


def test_sixty_steps_are_a_table_with_its_heads_on_every_page() -> None:
    paper = printed(a_dossier(steps=60), Kind.STATEMENT)
    assert_laid_out_well(paper)
    heads = [any(line.text.strip() == "How it is known" for line in page) for page in paper.body]
    with_steps = [any(line.text.strip() == "verified" for line in page[8:]) for page in paper.body]
    assert sum(heads) >= 3
    assert [n for n, page in enumerate(with_steps) if page and n and not heads[n]] == []
    numbers = [line.text.strip() for page in paper.body for line in page if line.left < LEFT + 25]
    assert [str(n) for n in range(1, 71) if str(n) not in numbers] == []


def test_no_row_is_torn_by_the_end_of_a_page() -> None:
    html = html_of(a_sheet(a_dossier(steps=60), Kind.STATEMENT))
    assert "break-inside: avoid" in html
    paper = printed(a_dossier(steps=60), Kind.STATEMENT)
    for page in paper.body[1:3]:
        first = next(line for line in page if line.text.strip().isdigit())
        beside = [line for line in page if abs(line.top - first.top) < 6]
        assert len(beside) >= 4, beside


@pytest.mark.parametrize(("kind", "internal"), PAPERS)
def test_long_names_and_long_words_stay_within_the_margins(kind: Kind, internal: bool) -> None:
    dossier = with_request(
        a_dossier(), client={"name": LONG * 2}, ending={"successor": {"firm": LONG, "email": None}}
    )  # fmt: skip
    bags = tuple(
        bag.model_copy(update={"files": tuple(f.model_copy(update={"name": f"{'x' * 250}.pdf"}) for f in bag.files)})
        for bag in dossier.bags
    )
    paper = printed(dossier.model_copy(update={"bags": bags}), kind, internal=internal)
    assert_laid_out_well(paper)
    assert squeezed(LONG * 2) in paper.letters


def test_an_inventory_of_hundreds_of_files_has_each_with_size_and_checksum() -> None:
    dossier = a_dossier()
    dossier = dossier.model_copy(update={"bags": (a_bag(dossier.case.steps[0], 400),)})
    paper = printed(dossier, Kind.INVENTORY, Language.NORWEGIAN_BOKMAL)
    assert_laid_out_well(paper)
    letters = paper.letters
    (bag,) = dossier.bags
    assert [f.name for f in bag.files if f.sha256 not in letters or squeezed(f.name) not in letters] == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("steps", range(0, 12, 2))
def test_no_heading_is_the_last_thing_on_its_page(steps: int, language: Language) -> None:
    words = catalogue(language)
    headings = {words[key] for key in ("letter.open_heading", "letter.records_heading", "letter.work_heading")}
    paper = printed(a_dossier(steps=steps, retention=RETENTION), Kind.LETTER, language)
    lasts = [page[-1].text.strip() for page in paper.body if page]
    assert headings.isdisjoint(lasts), lasts


def test_every_page_has_its_number_and_the_firms_name() -> None:
    paper = printed(a_dossier(steps=60), Kind.STATEMENT, Language.SWEDISH)
    count = len(paper.pages)
    for number, page in enumerate(paper.pages, 1):
        marks = {line.text.strip() for line in page if line.top > 770}
        assert marks == {f"Sida {number} / {count}", "Fjord Regnskap AS · c-nordlys000"}


def test_every_page_of_the_firms_own_statement_says_so() -> None:
    paper = printed(a_dossier(steps=40), Kind.STATEMENT, Language.GERMAN, internal=True)
    tops = [{line.text.strip() for line in page if line.top < 60} for page in paper.pages]
    assert tops == [{str(catalogue(Language.GERMAN)["page.internal"])}] * len(tops)


def test_the_document_says_what_it_is_whose_and_in_what_language() -> None:
    reader = printed(a_dossier(), Kind.LETTER, Language.DUTCH).reader
    assert reader.metadata is not None
    assert {key: str(value) for key, value in reader.metadata.items() if key != "/Producer"} == {
        "/Title": "A paper",
        "/Author": "Fjord Regnskap AS",
        "/Creator": "disengage",
        "/CreationDate": "D:20270120000000Z",
        "/ModDate": "D:20270120000000Z",
    }
    assert reader.root_object["/Lang"] == "nl"


@pytest.mark.parametrize(("kind", "internal"), PAPERS)
def test_the_same_case_gives_the_same_bytes(kind: Kind, internal: bool) -> None:
    first, second = (pdf_of(a_sheet(a_dossier(), kind, internal=internal)) for _ in range(2))
    assert first == second
