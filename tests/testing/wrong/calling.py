"""Connectors that read or call wrongly: past the kit, past the limit, past each other."""

from __future__ import annotations

from contextlib import closing
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from disengage import Connector, DisengageError, Link, LinkState, Request, RetryableError, hookimpl
from disengage.http import HttpClient

from tests.testing.tiny import Tiny, connected

FAULT = "a_fault_at_any_exchange_changes_nothing_in_the_end"
FIFTY = "fifty_links_at_once_obey_the_limit"
KIT = "every_call_goes_through_the_http_kit"
READ_BACK = "what_was_done_is_read_back_and_nothing_else"


class TakesTroubleForTheEnd(Tiny):
    """It calls a link severed that it could not read."""

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        try:
            return Tiny.observe(self, link, request)
        except DisengageError:
            return LinkState(linked=False, archived=True)


class RaisesABareError(Tiny):
    """It trusts what the platform answers."""

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        row = self._get(f"/clients/{link.ref}", "show_client").json()
        return LinkState(linked=row["linked"] is True, archived=row["archived"] is True)


class FollowsToAnotherHost(Tiny):
    """It calls the platform by itself, with its token, wherever it is sent."""

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        try:
            _fetch(f"{self.settings.base_url}/clients/{link.ref}", self.settings.token.reveal())
        except (HTTPException, OSError):
            raise RetryableError("Tiny cannot be read.") from None
        return Tiny.observe(self, link, request)


def _fetch(url: str, token: str) -> None:
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request("GET", parts.path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
    if answer.status == 302:
        _fetch(answer.headers["Location"], token)


class ForgetsTheLimit(Tiny):
    """It gives the kit neither limiter nor limit."""

    @cached_property
    def http(self) -> HttpClient:
        return connected(self.settings, self.around, limiter=None, rates=())


class LimitsEachClient(Tiny):
    """It counts every client's calls for themselves, and the platform counts all."""

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        with connected(self.settings, self.around, limit_key=f"tiny {link.ref}") as http:
            row = http.get(f"/clients/{link.ref}", operation="show_client").json()
        if not isinstance(row, dict) or not isinstance(row.get("linked"), bool):
            raise RetryableError("Tiny does not say whether the client is linked.")
        return LinkState(linked=row["linked"], archived=row["archived"] is True)


class MixesLinksUp(Tiny):
    """It keeps the link at hand where every thread can reach it."""

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        self._link = link
        self._get("/clients", "find_client", params={"id": link.ref})
        return Tiny.observe(self, self._link, request)


#: Connector → the tests that catch it, each with what it says.
WRONG: dict[type[Connector], dict[str, str]] = {
    TakesTroubleForTheEnd: {
        READ_BACK: "observe says that the link is severed, which nothing shows",
        FAULT: "it claims linked = False, which is True",
    },
    RaisesABareError: {
        FAULT: "observe raised a bare TypeError",
        READ_BACK: "observe raised a bare TypeError",
    },
    FollowsToAnotherHost: {
        KIT: "was called past the HTTP kit",
        FAULT: "was sent to another host, to which the platform had redirected",
    },
    ForgetsTheLimit: {FIFTY: "calls went out without asking the limiter"},
    LimitsEachClient: {FIFTY: "the platform's limit is not kept: more than 20 calls in 1 s"},
    MixesLinksUp: {FIFTY: "links are answered otherwise when all are looked at at once"},
}
