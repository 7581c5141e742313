"""Every hook of disengage, and nothing else.

Two kinds of plugin meet in one plugin manager. *Modules*, found through the entry-point group ``disengage``,
implement the first four hooks. *Connections*, instances of a connector class, implement the rest, and every call
of theirs reaches exactly one connection. An implementation may leave out arguments that it does not need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pluggy

from disengage.connector import ConnectorType, Sink, Visit
from disengage.domain.checks import Check
from disengage.domain.findings import Finding
from disengage.domain.outcomes import Outcome
from disengage.domain.proposal import Link, Proposal
from disengage.domain.request import Client, Request
from disengage.domain.state import LinkState
from disengage.domain.tasks import Instructions
from disengage.domain.verbs import Verb
from disengage.notifier import NotifierType

hookspec = pluggy.HookspecMarker("disengage")


class ModuleHooks:
    """What a module plugin may offer."""

    @hookspec
    def connector_types(self) -> Sequence[ConnectorType]:
        """Return the connector types this module offers."""

    @hookspec
    def notifier_types(self) -> Sequence[NotifierType]:
        """Return the ways in which this module can tell people or programs what happens.

        Each is used for every ``[notifications.NAME]`` of its ``kind``: durably, in order, and beside the work.
        """

    @hookspec
    def review_plan(self, plan: dict[str, Any]) -> Sequence[Finding]:
        """Return findings by a rule of the house (four eyes, black-out dates).

        ``plan`` is the JSON of docs/reference/json.md. A blocker keeps the case from running.
        """

    @hookspec
    def on_event(self, event: dict[str, Any]) -> None:
        """Hear of one event that this process recorded, while it goes on.

        Called after the event was recorded, outside of any step. What it returns or raises changes nothing. An event
        that is told when the process ends is not told again: what must arrive belongs in a ``notifier_types``.
        """


class ConnectionHooks:
    """What a connection does. Every hook may raise a ``ConnectorError``."""

    @hookspec(firstresult=True)
    def try_credentials(self) -> str:
        """Read something harmless from the platform and return one line on whom it knows us as."""

    @hookspec(firstresult=True)
    def find_links(self, client: Client, request: Request) -> Sequence[Link]:
        """Return the links between the firm and ``client``; nothing where the platform does not know the client.

        Two links of the same scope mean that the client was found twice, which blocks the plan.
        ``request`` is for platforms whose links only the request's options can name; it holds the same ``client``.
        """

    @hookspec(firstresult=True)
    def observe(self, link: Link, request: Request) -> LinkState:
        """Read what the platform shows of ``link`` now. A field it cannot tell stays None. Changes nothing."""

    @hookspec(firstresult=True)
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Return what stands in the way, or should be known, before this link ends. Changes nothing."""

    @hookspec(firstresult=True)
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        """Return the wanted state and the steps that lead there. Pure: reads nothing but its arguments."""

    @hookspec(firstresult=True)
    def instruct(self, link: Link, request: Request, verb: Verb, part: str) -> Instructions | None:
        """Return what a person has to do for this verb, filled in for this client. Pure."""

    @hookspec(firstresult=True)
    def check_evidence(
        self,
        link: Link,
        request: Request,
        verb: Verb,
        part: str,
        files: Mapping[str, Path],
        values: Mapping[str, str],
    ) -> Sequence[str]:
        """Return what is wrong with what a person brought for a step by hand; nothing where it is as asked for.

        Asked before anything is recorded. ``files`` and ``values`` are by the keys of the instructions' ``bring``.
        Each complaint is a sentence that names what is wrong and holds no personal data.
        """

    @hookspec(firstresult=True)
    def retain_history(self, link: Link, request: Request, part: str, sink: Sink) -> Outcome:
        """Write the firm's own copy of the history into ``sink``. Changes nothing on the platform."""

    @hookspec(firstresult=True)
    def check_history(self, link: Link, request: Request, part: str, files: Mapping[str, Path]) -> Sequence[Check]:
        """Check what ``retain_history`` wrote, or a person brought for it, as far as only this connector knows how.

        Asked before the bag is published. ``files`` are read-only, by the names under which they were written.
        Known formats (SIE, SAF-T, XAF, ZIP, PDF) are checked already. What cannot be checked is said to be so.
        """

    @hookspec(firstresult=True)
    def transfer_admin(
        self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str
    ) -> Outcome:
        """Make the client's own person administrator or main contact."""

    @hookspec(firstresult=True)
    def remove_extensions(
        self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str
    ) -> Outcome:
        """Take the firm's own integrations off the client."""

    @hookspec(firstresult=True)
    def settle_billing(
        self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str
    ) -> Outcome:
        """Settle subscription and invoice route."""

    @hookspec(firstresult=True)
    def end_access(self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str) -> Outcome:
        """Take access from the firm's users, now or on a date."""

    @hookspec(firstresult=True)
    def archive(self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str) -> Outcome:
        """Put the client into the firm's archive list."""

    @hookspec(firstresult=True)
    def sever_link(self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str) -> Outcome:
        """Cut the tie."""

    @hookspec(firstresult=True)
    def activate(self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str) -> Outcome:
        """Open the client's dossier at the firm that takes over, once nothing stands in the way."""

    @hookspec(firstresult=True)
    def remind(self, link: Link, request: Request, verb: Verb, part: str, receipt: str, number: int) -> Outcome:
        """Remind whoever was asked for a step done ``through_support`` and has not done it yet.

        ``receipt`` is that of the step, ``number`` counts the reminders from 1. Each number is asked for once at
        most: a reminder that is lost is not sent again, the next one comes later.
        """

    @hookspec(firstresult=True)
    def grant_access(self, account: str, visit: Visit) -> str:
        """Have a person let us in (OAuth authorization code), keep the token, and return one line on whom we act for.

        ``account`` is the platform's own key of the company. ``visit(url)`` shows a page to that person and returns
        the parameters with which the platform sent the person back to ``visit.redirect_uri``.
        """

    @hookspec(firstresult=True)
    def invite_back(self, link: Link, request: Request) -> Outcome:
        """Send a new invitation; severing is never undone."""
