"""The whole story of one ending, told in browsers by the people of a firm."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.web.firm import Firm, open_for_business

TWO_PEOPLE = "[policy]\napprovals = 2\n"


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """Give a firm in which two people approve every plan."""
    with open_for_business(tmp_path, configuration=TWO_PEOPLE) as made:
        yield made


def case_of(page: Page) -> str:
    found = re.search(r"/cases/(c-[a-z0-9]+)", page.url)
    assert found, page.url
    return found[1]


def test_from_the_request_to_the_closing_statement(firm: Firm, window: Open) -> None:
    anna, berit, cato = (
        firm.visitor(*roles, name=name)
        for name, roles in (("anna", ["operator"]), ("berit", ["approver"]), ("cato", ["approver"]))
    )
    hers = window(firm, anna)
    case = ask(firm, hers.go("/requests/import"))

    approve(window(firm, berit).go(f"/cases/{case}"), enough=False)
    approve(window(firm, cato).go(f"/cases/{case}"), enough=True)

    watch_the_run(firm, hers.go(f"/cases/{case}"))
    for _ in range(10):
        bring_what_is_asked(firm, hers.go("/"))
        firm.desk.others_act()
        page = hers.go(f"/cases/{case}")
        if page.locator("#case-head").get_by_text("Closed", exact=True).count():
            break
        page.get_by_role("button", name="Try again now").click()
        firm.work()

    page = hers.go(f"/cases/{case}")
    expect(page.locator("#case-head")).to_contain_text("Closed")
    assert firm.desk.show(case)["state"] == "closed"
    fetch_the_closing_statement(page)


def ask(firm: Firm, page: Page) -> str:
    """Hand in the request's file, look at what was understood, and have it planned."""
    page.get_by_label("CSV or TOML files").set_input_files(firm.desk.folder / "request.toml")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("main")).to_contain_text("Nordlys Kafé AS")
    page.get_by_role("button", name="Plan one request").click()
    page.get_by_role("link", name="Nordlys Kafé AS").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nordlys Kafé AS")
    return case_of(page)


def approve(page: Page, *, enough: bool) -> None:
    page.get_by_role("button", name="Approve this plan").click()
    expect(page.locator("#case-plan")).to_contain_text("It is approved." if enough else "Approved by 1 of 2 people.")


def watch_the_run(firm: Firm, page: Page) -> None:
    """See steps become done while the page stays open, although the platform fails once."""
    before = page.locator(".step.is-done").count()
    firm.desk.misbehave("banqup:503x1")
    work = threading.Thread(target=firm.work)
    work.start()
    expect(page.locator(".step.is-done")).not_to_have_count(before)
    work.join()
    firm.desk.misbehave("")


def bring_what_is_asked(firm: Firm, page: Page) -> None:
    """Do every task of the inbox on its page, with the files it asks for."""
    tasks = [link.get_attribute("href") or "" for link in page.locator("a.task-title").all()]
    for address in tasks:
        bring(firm, page, address)


def bring(firm: Firm, page: Page, address: str) -> None:
    page.goto(f"{firm.server.url}{address}")
    task = firm.desk.call("task", "show", address.rpartition("/")[2], "--json").json()
    played = firm.desk.play(task)
    for item in task["bring"]:
        field = page.locator(f'[name$="{item["key"]}"]').first
        if item["kind"] == "file":
            name, content = played.files.get(item["key"], ("evidence.txt", b"seen on the platform\n"))
            field.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
        elif item["kind"] == "choice":
            page.locator(f'[name$="{item["key"]}"][value="{item["choices"][0]}"]').check()
        else:
            usual = {"date": "2026-11-22", "number": "1"}.get(item["kind"], "seen")
            field.fill(played.values.get(item["key"], usual))
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator(".told")).to_contain_text("you state that this is done")


def fetch_the_closing_statement(page: Page) -> None:
    page.get_by_role("link", name="Papers").click()
    with page.expect_download() as expected:
        page.get_by_role("button", name="Make and download").click()
    assert Path(expected.value.path()).read_bytes().startswith(b"%PDF-")


def test_somebody_signs_in_without_a_script_and_sees_where_to_go(firm: Firm, window: Open) -> None:
    first = window(firm, script=False)
    page = first.go("/cases")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=/cases$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_every_page_can_be_walked_by_keyboard(firm: Firm, window: Open) -> None:
    page = window(firm, firm.visitor("operator", "administrator", name="dina")).go("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
