"""A real browser at a real firm's pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import CHROMIUM
from tests.web.firm import Firm, Visitor


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give a running browser; until it ends, this thread has a loop, and durable execution cannot start on it."""
    expect.set_options(timeout=30_000)  # other tests run beside, and some of them are hard work
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Window:
    """A browser's window of one person, in which nothing may go wrong unseen.

    Attributes:
        page: Playwright's page.
        complaints: What the browser complained of: scripts that failed, what the content policy refused.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> Page:
        """Go to a page."""
        self.page.goto(f"{self.url}{path}")
        return self.page


Open = Callable[..., Window]


@pytest.fixture
def window(chromium: Browser) -> Iterator[Open]:
    """Give a function that opens a window for a visitor of a firm, or for nobody."""
    opened: list[Window] = []

    def open_window(firm: Firm, visitor: Visitor | None = None, *, script: bool = True) -> Window:
        context = chromium.new_context(java_script_enabled=script, reduced_motion="reduce", locale="en-GB")
        for cookie in visitor.http.cookies.jar if visitor else ():
            context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": firm.server.url}])
        opened.append(Window(context, firm.server.url))
        return opened[-1]

    yield open_window
    for one in opened:
        one.context.close()
    assert [complaint for one in opened for complaint in one.complaints] == []
