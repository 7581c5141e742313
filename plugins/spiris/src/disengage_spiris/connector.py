"""The connector for Spiris: what a connection observes, proposes and does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from disengage import (
    Check,
    Client,
    Connector,
    ConnectorError,
    CredentialsError,
    Done,
    Finding,
    Instructions,
    Link,
    LinkState,
    NeedsPerson,
    NotNeeded,
    Proposal,
    Request,
    Sink,
    Verb,
    hookimpl,
)
from disengage.connector import Visit
from disengage.domain.identifiers import normalise
from disengage.domain.outcomes import Outcome
from disengage.errors import InputError

from disengage_spiris import evidence, findings, mapping, proposing, wording
from disengage_spiris.manifest import MANIFEST
from disengage_spiris.mapping import BOOKKEEPING, PAYROLL
from disengage_spiris.settings import SpirisOptions, SpirisSettings

if TYPE_CHECKING:
    from disengage_spiris.company import Companies
    from disengage_spiris.looking import Looking
    from disengage_spiris.marks import Marks

_BY_HAND = "Spiris offers no interface for this."
_DIED = "our access ended with the collaboration: there is no way left to make the app inactive"
_GONE = "there is no token any more that could be given back"


class Spiris(Connector):
    """One accounting firm's app at Spiris; each company lets it in by a grant of its own."""

    manifest = MANIFEST
    options_model = SpirisOptions
    settings: SpirisSettings

    # reading

    @hookimpl
    def try_credentials(self) -> str:
        """Ask each company that let us in whether it still does."""
        numbers, refused = self._looking.known(), list[ConnectorError]()
        for number in numbers:
            try:
                self._looking.company(number)
            except ConnectorError as error:
                refused.append(error)
        if refused and len(refused) == len(numbers):
            raise refused[0]
        known = f"{len(numbers) - len(refused)} of {len(numbers)} companies let us in"
        return known if numbers else "no company let us in yet: use 'disengage authorise' for each"

    @hookimpl
    def grant_access(self, account: str, visit: Visit) -> str:
        """Have a person let us in to one company, and see that it is the right one."""
        from disengage_spiris.grant import grant  # the HTTP kit is loaded when first needed

        try:
            number = normalise("orgnr", account, "SE")
        except ValueError as error:
            message = f"The company cannot be used: it {error}."
            raise InputError(message, remedy="Give its Swedish organisation number.") from None
        line = grant(self.settings, self.around, number, visit)
        self._companies.forget(number)
        return line

    @hookimpl
    def find_links(self, client: Client, request: Request) -> Sequence[Link]:
        """Return one link per solution that the request names, once the company has been read."""
        reference = client.references.get(self.around.connection)
        try:
            number = mapping.number_of(client, self.around.connection)
        except ValueError:
            return ()
        if number is None or not (self._looking.knows(number) or reference):
            return ()
        if not self._looking.knows(number):
            raise CredentialsError(
                f"{self.around.connection}: this company has not let us in.",
                remedy=f"Let it in with 'disengage authorise {self.around.connection} --company ORGNR'.",
            )
        company = self._looking.company(number)
        name = company.name if company else client.name
        return [
            Link(ref=number, scope=scope, name=name, confirmed=company is not None and self._is_seen(scope, number))
            for scope in mapping.scopes(self.options(request))
        ]

    def _is_seen(self, scope: str, number: str) -> bool:
        """Return whether an interface shows the collaboration; of most solutions none does."""
        if scope == PAYROLL:
            return self._looking.payroll(number) != LinkState()
        return scope == BOOKKEEPING

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        """Read the company's books or payroll; of the other solutions nothing can be seen."""
        if link.scope == BOOKKEEPING:
            return self._looking.books(link.ref)
        return self._looking.payroll(link.ref) if link.scope == PAYROLL else LinkState()

    @hookimpl
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Return what stands in the way, or should be known."""
        options = self.options(request)
        asks = state.linked is not False and state.integration is not False and mapping.leads(link.scope, options)
        facts = findings.Facts(
            connection=self.around.connection,
            scope=link.scope,
            request=request,
            options=options,
            state=state,
            users=self._looking.users(link.ref) if asks else None,
            domains=self.settings.email_domains,
        )
        return findings.all_findings(facts)

    # proposing

    @hookimpl
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        """Propose the steps of ending one collaboration."""
        options = self.options(request)
        differing = proposing.changes(link.scope, options, state)
        meant = proposing.keys(link.scope, options)
        specs = {spec.key: spec for spec in self.manifest.verbs}
        steps = tuple(self.step_for(specs[key], **differing.get(key, {})) for key in meant)
        return Proposal(wanted=self.wanted(link, request, state), steps=steps)

    def wanted(self, link: Link, request: Request, state: LinkState) -> LinkState:
        """Return the wanted state."""
        return mapping.wanted(link.scope, self.options(request), state, request.ending.period.to)

    @hookimpl
    def instruct(self, link: Link, request: Request, verb: Verb, part: str) -> Instructions | None:
        """Return the by-hand instructions, filled in for this customer and this solution."""
        by_hand = self.manifest.spec(verb, part).by_hand
        if by_hand is None:
            return None
        fitted = wording.fitted(by_hand, self.options(request).solutions.chosen.get(link.scope or ""))
        return fitted.filled(self.words(link, request))

    def words(self, link: Link, request: Request) -> dict[str, str]:
        """Return what placeholders in instructions are filled with."""
        return super().words(link, request) | wording.words(link.scope, self.options(request), request.ending)

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
        """Refuse a no where only a yes may go on, a choice that was not asked for, and an end that lies ahead."""
        choice = self.options(request).solutions.chosen.get(link.scope or "")
        return list(evidence.complaints(verb, files, values, choice, self.today()))

    # acting

    @hookimpl
    def retain_history(self, link: Link, request: Request, part: str, sink: Sink) -> Outcome:
        """Copy the books, or the payroll's data."""
        from disengage_spiris.history import Books, Payroll  # the HTTP kit is loaded when first needed
        from disengage_spiris.storage import Storage

        with self._companies.of(link.ref) as company:
            if part == "payroll":
                return Done(receipt=Payroll(company.payroll, sink).make())
            if part or link.scope != BOOKKEEPING:
                return NeedsPerson(reason=_BY_HAND)
            with Storage(self.around, self.settings.base_url) as storage:
                copy = Books(company.books, storage, request.ending.period, sink, self.today())
                return Done(receipt=copy.make())

    @hookimpl
    def check_history(self, link: Link, request: Request, part: str, files: Mapping[str, Path]) -> Sequence[Check]:
        """Hold vouchers, their attachments and the SIE files against each other; payroll states nothing to compare."""
        from disengage_spiris.checking import checks  # read when a copy has been made

        return () if part or link.scope != BOOKKEEPING else checks(files)

    @hookimpl
    def archive(self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str) -> Outcome:
        """Lock the books up to the end of the period; deactivating the customer has no interface."""
        if part != "period_lock" or wanted.locked_to is None:
            return NeedsPerson(reason=_BY_HAND)
        with self._companies.of(link.ref) as company:
            interval = self._api.company_settings(company.books).accounting_lock_interval or 0
            self._api.lock_books(company.books, wanted.locked_to, interval)
        return Done(receipt=f"locked to {wanted.locked_to}")

    @hookimpl
    def remove_extensions(
        self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str
    ) -> Outcome:
        """Make our app inactive; last of all, give our token back."""
        if part == "token":
            return self._revoke(link.ref)
        if not self._looking.deactivated_app(link.ref):
            return NotNeeded(reason=_DIED)
        return Done(receipt="ActivationStatus 1")

    def _revoke(self, number: str) -> Outcome:
        with self._companies.of(number) as company:
            token = company.grant.current()
            if token is None:
                return NotNeeded(reason=_GONE)
            # Remembered before the call: once it was made, a token that is refused is what was wanted.
            self._marks.put("revoked", number)
            self._api.revoke_token(self.settings, self.around, token)
        self._companies.forget(number)
        return Done(receipt="revoked")

    # the way there

    def close(self) -> None:
        """Close the connections to Spiris."""
        if "_companies" in self.__dict__:
            self._companies.close()

    @property
    def _api(self) -> ModuleType:
        from disengage_spiris import api  # the HTTP kit is loaded when first needed

        return api

    @cached_property
    def _companies(self) -> Companies:
        from disengage_spiris.company import Companies  # the HTTP kit is loaded when first needed

        return Companies(self.settings, self.around)

    @cached_property
    def _looking(self) -> Looking:
        from disengage_spiris.looking import Looking

        return Looking(self.settings, self.around, self._companies)

    @cached_property
    def _marks(self) -> Marks:
        from disengage_spiris.marks import Marks

        return Marks(self.around)
