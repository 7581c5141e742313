"""Every page, in light and dark and on a phone: nothing serious for a screen reader, nothing beyond the edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from disengage_banqup.connector import Banqup
from disengage_poweroffice.simulator import PowerOfficeSimulator
from playwright.sync_api import Page, ViewportSize

from tests.browser import pictures
from tests.browser.conftest import Open
from tests.cli.desk import bank_and_table
from tests.web.firm import Firm, Visitor, open_for_business

ROLES = ("operator", "approver", "archivist", "administrator")
#: How a page is looked at: the window's size, and the theme that the device asks for.
LOOKS: dict[str, tuple[ViewportSize, Literal["light", "dark"]]] = {
    "light": ({"width": 1280, "height": 900}, "light"),
    "dark": ({"width": 1280, "height": 900}, "dark"),
    "phone": ({"width": 390, "height": 844}, "light"),
}
#: Only colours differ in the dark; on a phone it is room that is short.
RULES: dict[str, list[str] | None] = {"light": [], "dark": ["color-contrast"], "phone": None}
#: What axe says of how much a fault matters; less than this is left to eyes.
SERIOUS = ("serious", "critical")


@dataclass
class Lived:
    """A firm in which something has happened."""

    firm: Firm
    all_rights: Visitor
    case: str
    task: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Give a firm with a case that waits for people, half done."""
    with (
        pytest.MonkeyPatch.context() as patch,
        open_for_business(
            tmp_path_factory.mktemp("lived"),
            configuration="[policy]\napprovals = 2\n",
            go=PowerOfficeSimulator(),
            **bank_and_table(),
        ) as firm,
    ):
        prompt = Banqup.manifest.model_copy(update={"consistency_delay": timedelta(milliseconds=50)})
        patch.setattr(Banqup, "manifest", prompt)
        firm.visitor("operator", name="anna")
        firm.visitor("approver", name="berit")
        case = firm.desk.planned()
        firm.work()
        task = firm.desk.call("tasks", "--json").json()["tasks"][0]["id"]
        yield Lived(firm, firm.visitor(*ROLES, name="dina"), case, task)


#: Every page that has one address for everybody, or one that a case, a task or a connection gives it.
PAGES = {
    "inbox": "/",
    "cases": "/cases",
    "case": "/cases/{case}",
    "task": "/tasks/{task}",
    "new-request": "/requests/new",
    "import": "/requests/import",
    "connections": "/connections",
    "connection": "/connections/banqup",
    "calendar": "/calendar",
    "retention": "/retention",
    "case-retention": "/cases/{case}/retention",
    "papers": "/cases/{case}/papers",
    "bags": "/cases/{case}/bags",
    "bag": "/cases/{case}/bags/1",
    "people": "/people",
    "account": "/account",
    "sign-in": "/sign-in",
    "trouble": "/nothing-here",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_by_everybody(lived: Lived, window: Open, request: pytest.FixtureRequest, name: str) -> None:
    opened = window(lived.firm, None if name == "sign-in" else lived.all_rights)
    page = opened.go(PAGES[name].format(case=lived.case, task=lived.task))
    if name == "trouble":
        opened.complaints.clear()  # the browser tells of every 404
    assert page.locator("h1").count() == 1
    for look, (size, theme) in LOOKS.items():
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        assert (look, serious_faults(page, RULES[look])) == (look, [])
        assert (look, beyond_the_edge(page)) == (look, 0)
        if request.config.getoption("--pictures"):
            pictures.take(page, f"{name}-{look}")


def beyond_the_edge(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(wider))


def serious_faults(page: Page, rules: list[str] | None) -> list[str]:
    """Return what axe-core finds that would keep somebody from using the page."""
    if rules is None:
        return []
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def test_the_pictures_of_the_docs_are_those_that_are_taken_here() -> None:
    taken = {f"{name}-{look}" for name in PAGES for look in LOOKS}

    assert set(pictures.SHOWN) <= taken
    assert {file.stem for file in pictures.FOLDER.glob("*.png")} == set(pictures.SHOWN)


def test_the_pictures_of_the_docs_show_the_pages_as_they_are() -> None:
    assert pictures.MADE_FROM.read_text("ascii").strip() == pictures.made_from(), (
        "run `make pictures`, and look at them"
    )
