"""Connectors that repeat what must not be repeated."""

from __future__ import annotations

import logging

from disengage import Connector, ConnectorError, Done, Link, LinkState, RejectedError, Request, hookimpl
from disengage.domain.outcomes import Outcome

from tests.testing.tiny import Tiny

SECRECY = "nothing_secret_and_nobody_is_named"


class TellsItsToken(Tiny):
    """It puts its token into an error."""

    @hookimpl
    def sever_link(self, link: Link, request: Request) -> Outcome:
        try:
            return self._post(link, "cut")
        except RejectedError:
            raise RejectedError(f"Tiny refused the token {self.settings.token.reveal()}.") from None


class LogsAnAddress(Tiny):
    """It logs whose client that is."""

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        row = self._row("GET", f"/clients/{link.ref}", "show_client", "linked")
        logging.getLogger(__name__).debug("contact is %s", row.get("contact", {}).get("mail"))
        return Tiny.observe(self, link, request)


class PrintsAnAddress(Tiny):
    """It prints the administrator's address."""

    @hookimpl
    def archive(self, link: Link, request: Request) -> Outcome:
        print(request.administrator and request.administrator.email)  # noqa: T201 -- what is wrong with it
        return self._post(link, "archive")


class ReceiptsAPersonalNumber(Tiny):
    """It makes a personal number its receipt."""

    @hookimpl
    def archive(self, link: Link, request: Request) -> Outcome:
        row = self._row("GET", f"/clients/{link.ref}", "show_client", "contact")
        self._post(link, "archive")
        return Done(receipt=f"archived {row['contact']['nationalId'] if isinstance(row['contact'], dict) else ''}")


class RepeatsThePlatform(Tiny):
    """It quotes the platform word for word."""

    @hookimpl
    def sever_link(self, link: Link, request: Request) -> Outcome:
        answer = self.http.call("POST", f"/clients/{link.ref}/cut", operation="cut_client", accept=(400, 409))
        if answer.status in (400, 409):
            raise RejectedError(f"Tiny says {answer.content.decode()}")
        return Done(receipt="cut")


class NamesThePerson(Tiny):
    """It names the person who takes over."""

    @hookimpl
    def try_credentials(self) -> str:
        try:
            return Tiny.try_credentials(self)
        except ConnectorError:
            return "Kari Nordmann knows"


#: Connector → the tests that catch it, each with what it says.
WRONG: dict[type[Connector], dict[str, str]] = {
    TellsItsToken: {SECRECY: "the RejectedError of sever_link holds a secret"},
    LogsAnAddress: {SECRECY: "a log line holds an e-mail address ('ola.kontakt@tiny.example')"},
    PrintsAnAddress: {SECRECY: "a log line holds an e-mail address ('kari@nordlys.example')"},
    ReceiptsAPersonalNumber: {SECRECY: "what archive returned holds a personal number ('01020310045')"},
    RepeatsThePlatform: {SECRECY: "the RejectedError of sever_link holds an e-mail address"},
    NamesThePerson: {SECRECY: "what try_credentials returned holds a person's name"},
}
