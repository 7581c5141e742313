"""The list of cases: by state, by connection, page by page, and searched without anything personal in an address."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from disengage.domain.case import Case
from disengage.domain.lifecycle import StepState, WaitsFor
from disengage.web.wording import Wording

from tests.builders import ORGNR, a_case, a_link, a_request, a_step, a_task
from tests.web.firm import Firm, Visitor

#: More than fit on a page.
MANY = 53


@pytest.fixture(scope="module")
def kari(firm: Firm) -> Visitor:
    """Somebody who may look, at a firm with many cases: the first one open at Banqup, all others closed."""
    bank, table = a_link("banqup", connector="banqup"), a_link("crm", connector="generic_csv")
    waiting = a_step(link=bank, state=StepState.WAITING, waits_for=WaitsFor.PERSON)
    _written(firm, a_case(id="c-0", links=[bank], steps=[waiting], tasks=[a_task(waiting)], approved_by=["Per"]))
    done = a_step(link=table, state=StepState.DONE)
    for number in range(1, MANY):
        client = {"name": f"Klient {number} <AS>", "identifiers": {}}
        _written(firm, a_case(id=f"c-{number}", request=a_request(client=client), links=[table], steps=[done]))
    return firm.visitor("viewer")


def _written(firm: Firm, case: Case) -> None:
    with firm.workplace.store.new_case(case) as work:
        work.event("planned")


def _listed(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/cases/(c-\d+)"', page)


def _link(page: str, text: str) -> str:
    (found,) = re.findall(rf'<a [^>]*href="([^"]*)"[^>]*>{text}', page)
    return unescape(found)


def test_the_newest_cases_come_first_and_the_next_page_goes_on_behind_them(kari: Visitor) -> None:
    first = kari.text("/cases")
    assert _listed(first) == [f"c-{number}" for number in range(MANY - 1, MANY - 51, -1)]
    second = kari.text(_link(first, "Show more"))
    assert _listed(second) == ["c-2", "c-1", "c-0"]
    assert "Show more" not in second
    assert _listed(kari.text(_link(second, "Back to the beginning"))) == _listed(first)


def test_the_oldest_come_first_where_that_is_asked_for(kari: Visitor) -> None:
    assert _listed(kari.text(_link(kari.text("/cases"), "Oldest first")))[:2] == ["c-0", "c-1"]


def test_a_line_shows_what_a_case_waits_for_how_it_stands_on_each_connection_and_its_tasks(kari: Visitor) -> None:
    page = kari.text("/cases?state=open")
    assert _listed(page) == ["c-0"]
    row = re.sub(r"<[^>]+>|\s+", " ", page.partition("<tbody>")[2].partition("</tbody>")[0])
    words = " ".join(row.split())
    ends = Wording("en").day(date(2026, 12, 31))
    assert words.startswith(f"Nordlys Kafé AS {ORGNR} Waiting banqup Waits for a person 0/1 {ends}")
    assert words.endswith("Waits for a person 1")


def test_lists_are_chosen_by_links_that_say_how_many_there_are(kari: Visitor) -> None:
    page = kari.text("/cases")
    assert re.findall(r'class="count">(\d+)<', page) == [str(MANY), "1", "1", str(MANY - 1)]
    assert _listed(kari.text("/cases?connection=banqup")) == ["c-0"]
    assert _listed(kari.text("/cases?state=closed&connection=banqup")) == []
    assert "There is no case here." in kari.text("/cases?state=closed&connection=banqup")


@pytest.mark.parametrize("query", ["state=somewhere", "connection=elsewhere", "order=sideways"])
def test_a_list_that_does_not_exist_is_not_there(kari: Visitor, query: str) -> None:
    assert kari.get(f"/cases?{query}").status_code == 404


def test_a_client_is_found_by_name_or_number_and_neither_stands_in_an_address(kari: Visitor) -> None:
    for words in ("nordlys kafe", "974 760 673"):
        answer = kari.post("/cases", {"words": words})
        assert (answer.status_code, str(answer.url.query, "ascii")) == (200, "")
        assert _listed(answer.text) == ["c-0"]
        assert not re.findall(rf'(?:href|action)="[^"]*(?:{ORGNR}|[Nn]ordlys)', answer.text)


def test_a_long_list_of_hits_goes_on_where_it_ended(kari: Visitor) -> None:
    first = kari.post("/cases", {"words": "klient"}).text
    (past,) = re.findall(r'name="past" value="(\d+)"', first)
    second = kari.post("/cases", {"words": "klient", "past": past}).text
    assert len(_listed(first)) == 50
    assert _listed(second) == ["c-2", "c-1"]


def test_what_is_typed_into_the_search_is_shown_again_as_text(kari: Visitor) -> None:
    answer = kari.post("/cases", {"words": '"><b>x'})
    assert answer.status_code == 200
    assert 'value="&#34;&gt;&lt;b&gt;x"' in answer.text
    assert "No client of that name or number was found." in answer.text
    assert "Klient 9 &lt;AS&gt;" in kari.post("/cases", {"words": "klient 9"}).text


def test_a_search_for_next_to_nothing_is_refused_beside_the_field(kari: Visitor) -> None:
    answer = kari.post("/cases", {"words": " k "})
    assert answer.status_code == 422
    assert "Write at least two letters or digits of a name or a number." in answer.text


def test_an_open_list_hears_of_news_and_one_that_was_searched_for_does_not(kari: Visitor) -> None:
    assert re.search(r'data-events="/events\?seen=\d+"', kari.text("/cases"))
    assert "data-events" not in kari.post("/cases", {"words": "klient"}).text


def test_only_who_operates_is_offered_a_new_request(firm: Firm, kari: Visitor) -> None:
    assert "/requests/new" not in kari.text("/cases")
    assert "/requests/new" in firm.visitor("operator").text("/cases")
