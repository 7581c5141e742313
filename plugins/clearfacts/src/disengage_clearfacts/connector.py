"""The connection: the firm's account at ClearFacts, and the mail that goes to the vendor's support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from disengage import (
    Accepted,
    Client,
    Connector,
    CredentialsError,
    Done,
    Finding,
    Link,
    LinkState,
    NeedsPerson,
    NotNeeded,
    Proposal,
    Rate,
    RejectedError,
    Request,
    Sink,
    Verb,
    hookimpl,
)
from disengage.domain.outcomes import Outcome
from disengage.domain.request import RequestKind

from disengage_clearfacts import mapping, proposing, tickets
from disengage_clearfacts.findings import Facts, all_findings
from disengage_clearfacts.manifest import MANIFEST
from disengage_clearfacts.settings import ClearFactsOptions, ClearFactsSettings

if TYPE_CHECKING:
    from disengage.http import HttpClient

    from disengage_clearfacts.tickets import Asking, Letter

_GONE = "the portal does not show the dossier any more; what was not copied before cannot be copied now"
#: The vendor's own connector looks every ten minutes (facts page, section 6); a person at support takes longer.
_LOOK_AGAIN_IN = timedelta(hours=4)
_WAITING_FOR = "the vendor's support"


class ClearFacts(Connector):
    """One accounting firm's account; what a migration needs is asked of the vendor's support by mail.

    Class attributes:
        rates: No limit is documented. The only integrator known keeps two seconds between calls (observed); two calls
            a second on average, in short bursts, are INFERRED to be gentle enough.
    """

    manifest = MANIFEST
    options_model = ClearFactsOptions
    settings: ClearFactsSettings
    rates: ClassVar[tuple[Rate, ...]] = (Rate(calls=20, seconds=10),)

    # looking

    @hookimpl
    def try_credentials(self) -> str:
        """Ask whom the token belongs to, and see that the mail server lets us in; nothing is sent."""
        try:
            known = self._api.whoami(self._http)
        except (CredentialsError, RejectedError):
            next(iter(self._api.administrations(self._http)), None)
            who = "a firm that lists its dossiers (the token has no scope accountant)"
        else:
            who = (known and known.name) or "a firm without a name"
        self._mail.knock(self._mail.server_of(self.settings.smtp_url, self.around.connection))
        return f"{who}; the mail server lets us in"

    @hookimpl
    def find_links(self, client: Client, request: Request) -> Sequence[Link]:
        """Look the client up by its enterprise number; for a takeover the number itself is the link."""
        found = [(n, self._api.shown(self._http, n)) for n in mapping.numbers(client, self.around.connection)]
        if request.kind is RequestKind.TAKEOVER:
            return [Link(ref=number, name=client.name, confirmed=dossier is not None) for number, dossier in found]
        return [Link(ref=number, name=dossier.name or "") for number, dossier in found if dossier is not None]

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        """See whether the portal shows the dossier to this firm."""
        shown = self._api.shown(self._http, link.ref) is not None
        if request.kind is RequestKind.TAKEOVER:
            return mapping.takeover_state(shown=shown, shown_before=link.confirmed)
        return mapping.ending_state(shown=shown)

    @hookimpl
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Return what the vendor's page says of this migration, and what has to be chosen first."""
        ours = request.kind is not RequestKind.TAKEOVER and state.linked is not False
        dossier = self._api.administration(self._http, link.ref) if ours else None
        facts = Facts(
            connection=self.around.connection,
            link=link,
            request=request,
            options=self.options(request),
            state=state,
            inbound=dossier.inbound_addresses if dossier else 0,
        )
        return list(all_findings(facts))

    # proposing

    @hookimpl
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        """Propose the steps of the scenario that was chosen."""
        chosen = proposing.steps(request, self.options(request))
        specs = [spec for spec in self.manifest.verbs if spec.key in chosen]
        steps = tuple(self.step_for(spec, **chosen[spec.key]) for spec in specs)
        return Proposal(wanted=self.wanted(link, request, state), steps=steps)

    def wanted(self, link: Link, request: Request, state: LinkState) -> LinkState:
        """Return the wanted state: the dossier is no more, or (takeover) it is the firm's."""
        if request.kind is RequestKind.TAKEOVER:
            return LinkState(linked=True, available=True)
        return LinkState(linked=False)

    def words(self, link: Link, request: Request) -> dict[str, str]:
        """Return what placeholders in instructions are filled with."""
        successor, asking = request.ending.successor, self._asking(link, request)
        words = super().words(link, request) | tickets.scenario_words(asking)
        return words | ({"successor": successor.firm} if successor else {})

    @hookimpl
    def check_evidence(
        self,
        link: Link,
        request: Request,
        verb: Verb,
        part: str,
        files: Mapping[str, Path],
        values: Mapping[str, str],
    ) -> Sequence[str]:
        """Look into the ZIP file that the client was given, and at the number and the day that were named."""
        if (verb, part) != (Verb.RETAIN_HISTORY, "pdfs"):
            return ()
        from disengage_clearfacts import pdf_zip  # only where a file is brought

        count, wrong = _whole_number(values.get("count"))
        wrong += _not_later_than(values.get("handed_over_on"), self.today())
        path = files.get("pdfs")
        return [*wrong, *(pdf_zip.complaints(path, count) if path else ())]

    # acting

    @hookimpl
    def retain_history(self, link: Link, request: Request, part: str, sink: Sink) -> Outcome:
        """Copy what the interface shows of the dossier."""
        if part:
            return NeedsPerson(reason="ClearFacts offers no interface for documents.")
        from disengage_clearfacts.history import snapshot  # the HTTP kit is loaded when first needed

        receipt = snapshot(self._http, link.ref, sink)
        return NotNeeded(reason=_GONE) if receipt is None else Done(receipt=receipt)

    @hookimpl
    def sever_link(self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str) -> Outcome:
        """Ask the vendor's support, by one mail, for what was chosen."""
        asking = self._asking(link, request)
        if not asking.can_be_asked:
            return NeedsPerson(reason="The request does not say what is to be asked for.")
        return self._sent(tickets.ticket(asking))

    @hookimpl
    def remind(self, link: Link, request: Request, verb: Verb, part: str, receipt: str, number: int) -> Outcome:
        """Ask in the thread of the ticket where it stands; nothing is asked for a second time."""
        asking = self._asking(link, request)
        if verb != Verb.SEVER_LINK or not asking.can_be_asked:
            return NotNeeded(reason="nobody was asked for this")
        return self._sent(tickets.reminder(asking, receipt, number))

    # the way there

    def _sent(self, letter: Letter) -> Accepted:
        server = self._mail.server_of(self.settings.smtp_url, self.around.connection)
        mail = self._mail.message_of(
            letter,
            sender=self.settings.from_email,
            recipient=self.settings.support_email,
            date=self.around.now().astimezone(self.time_zone),
        )
        self._mail.send(server, mail)
        return Accepted(
            look_again_in=_LOOK_AGAIN_IN, receipt=letter.message_id, waiting_for=_WAITING_FOR, sent=letter.words
        )

    def _asking(self, link: Link, request: Request) -> Asking:
        return tickets.Asking(
            request=request,
            options=self.options(request),
            connection=self.around.connection,
            firm=self.around.firm.name,
            number=link.ref,
            domain=self.settings.from_email.rpartition("@")[2],
        )

    @property
    def _api(self) -> Any:
        from disengage_clearfacts import api  # the HTTP kit is loaded when first needed

        return api

    @property
    def _mail(self) -> Any:
        from disengage_clearfacts import ticket_mail  # the mail library is loaded when first needed

        return ticket_mail

    def close(self) -> None:
        """Close the connections to ClearFacts."""
        if "_http" in self.__dict__:
            self._http.close()

    @cached_property
    def _http(self) -> HttpClient:
        http: HttpClient = self._api.connect(self.settings, self.around, self.rates)
        return http


def _whole_number(text: str | None) -> tuple[int | None, list[str]]:
    """Return a count, and what is wrong with how it was written."""
    if text is None:
        return None, []
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text), []
    return None, ["The number of documents is not a whole number."]


def _not_later_than(text: str | None, today: date) -> list[str]:
    late = text is not None and date.fromisoformat(text) > today
    return ["The day on which the client was given the file has not come yet."] if late else []
