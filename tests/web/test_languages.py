"""A case that really was worked on, read by people of every language: nothing of ours is left in English."""

from __future__ import annotations

import re
from html import unescape

import pytest
from disengage.web.wording import LANGUAGES, SOURCE

from tests.web.firm import Firm, Visitor

#: What was said in English and could not be told otherwise.
_UNTOLD = re.compile(r'<span lang="en">(.*?)</span>', re.DOTALL)
_COMMAND = re.compile(r"'disengage |\s--[a-z]")


@pytest.fixture(scope="module")
def case(firm: Firm) -> str:
    """Give a case on which what could be done is done, and whose rest waits for people."""
    planned = firm.plan()
    for who in ("Per", "Berit"):
        firm.desk.call("approve", planned["case"], "--by", who)
    firm.work()
    return str(planned["case"])


@pytest.fixture(scope="module")
def pages(firm: Firm, case: str) -> list[str]:
    tasks = firm.desk.call("tasks", "--json").json()["tasks"]
    assert tasks
    return ["/", f"/cases/{case}", f"/cases/{case}/retention", "/connections", "/calendar", "/retention"] + [
        f"/tasks/{task['id']}" for task in tasks
    ]


@pytest.fixture
def reader(firm: Firm, request: pytest.FixtureRequest) -> Visitor:
    visitor = firm.visitor("viewer", "operator")
    visitor.post("/account/look", {"language": request.param})
    return visitor


@pytest.mark.parametrize("reader", [name for name in LANGUAGES if name != SOURCE], indirect=True)
def test_nothing_that_we_say_is_left_in_english(reader: Visitor, pages: list[str]) -> None:
    left = {(path, unescape(said)) for path in pages for said in _UNTOLD.findall(reader.text(path))}
    assert left == set()


@pytest.mark.parametrize("reader", [SOURCE], indirect=True)
def test_no_page_names_a_command(reader: Visitor, pages: list[str]) -> None:
    naming = {(path, found) for path in pages for found in _COMMAND.findall(unescape(reader.text(path)))}
    assert naming == set()


@pytest.mark.parametrize("reader", ["de"], indirect=True)
def test_what_cannot_be_done_is_said_in_the_readers_language(reader: Visitor, case: str) -> None:
    answer = reader.post(f"/cases/{case}/steps/skip", {"step": "banqup.retain_history", "reason": "Because"})
    assert "sichern“ bei banqup kann nicht weggelassen werden" in unescape(answer.text)
