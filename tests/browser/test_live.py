"""An open page keeps up with what happens, and takes nothing away from whoever reads or writes on it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from disengage.domain.lifecycle import StepState
from disengage.domain.verbs import Verb
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.builders import a_case, a_link, a_step
from tests.web.firm import Firm, open_for_business

BANK, TABLE = a_link("banqup", connector="banqup"), a_link("crm", connector="generic_csv")
_COUNT = itertools.count(1)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """Give a firm that all tests of this module share."""
    with open_for_business(tmp_path_factory.mktemp("firm")) as made:
        yield made


@pytest.fixture
def page(firm: Firm, window: Open) -> Page:
    """Give the open page of a case with a step on each of two connections."""
    name = f"c-open{next(_COUNT)}"
    steps = [a_step(Verb.ARCHIVE, link, state=StepState.FAILED) for link in (BANK, TABLE)]
    with firm.workplace.store.new_case(a_case(id=name, links=[BANK, TABLE], steps=steps)) as work:
        work.event("planned", steps=2)
    shown = window(firm, firm.visitor("operator"))
    with shown.page.expect_response(lambda answer: "/events?seen=" in answer.url):
        return shown.go(f"/cases/{name}")


def _done(firm: Firm, page: Page, *connections: str) -> None:
    """Have the steps on some connections be done, as a daemon would in another process."""
    with firm.workplace.store.change(page.url.rpartition("/")[2]) as work:
        for step in work.case.steps:
            if step.connection in connections:
                work.case = work.case.with_step(step.model_copy(update={"state": StepState.DONE, "outcome": "gone"}))
                work.event("done", step=step.id, proof="receipt", outcome="gone")


def test_a_page_shows_what_happened_without_being_loaded_again_and_says_so(firm: Firm, page: Page) -> None:
    page.evaluate("window.same = true")
    _done(firm, page, "banqup")
    expect(page.locator("#live-lane-banqup .step-state")).to_have_text("Done")
    expect(page.locator("#live-lane-crm .step-state")).to_have_text("Failed")
    expect(page.locator("#case-timeline")).to_contain_text("Step done")
    expect(page.locator("#live-word")).to_have_text("This page was brought up to date.")
    assert page.evaluate("window.same") is True


def test_what_somebody_is_writing_stays_until_they_are_done(firm: Firm, page: Page) -> None:
    lane = page.locator("#live-lane-crm")
    lane.get_by_text("Leave out").click()
    lane.get_by_label("Why it is left out").fill("Because")
    _done(firm, page, "banqup", "crm")
    expect(page.locator("#live-lane-banqup .step-state")).to_have_text("Done")
    expect(lane.locator(".step-state")).to_have_text("Failed")
    expect(lane.get_by_label("Why it is left out")).to_be_focused()
    expect(lane.get_by_label("Why it is left out")).to_have_value("Because")
    lane.get_by_label("Why it is left out").fill("")
    page.locator("h1").click()
    expect(lane.locator(".step-state")).to_have_text("Done")


def test_what_a_reader_opened_stays_open(firm: Firm, page: Page) -> None:
    lane = page.locator("#live-lane-banqup")
    lane.get_by_text("Leave out").click()
    page.locator("h1").click()
    with firm.workplace.store.change(page.url.rpartition("/")[2]) as work:
        step = work.case.steps[0]
        work.case = work.case.with_step(step.model_copy(update={"outcome": "another word"}))
        work.event("failed", step=step.id, outcome="another word")
    expect(lane).to_contain_text("another word")
    expect(lane.locator("details[open] summary")).to_have_text("Leave out")
