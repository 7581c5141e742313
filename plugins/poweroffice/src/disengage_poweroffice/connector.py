"""The connector for PowerOffice Go: what a connection observes, proposes and does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from disengage import (
    Accepted,
    Check,
    Client,
    Connector,
    Done,
    Finding,
    Instructions,
    Link,
    LinkState,
    NeedsPerson,
    NotNeeded,
    Proposal,
    Rate,
    Request,
    Secret,
    Sink,
    Surroundings,
    Verb,
    hookimpl,
)
from disengage.brought import unlike_their_names
from disengage.domain.outcomes import Outcome

from disengage_poweroffice import findings, manual, mapping, proposing, wording
from disengage_poweroffice.looking import Look
from disengage_poweroffice.manifest import MANIFEST
from disengage_poweroffice.remembered import Remembered
from disengage_poweroffice.settings import PowerOfficeOptions, PowerOfficeSettings
from disengage_poweroffice.wire import ClientRow

if TYPE_CHECKING:
    from disengage_poweroffice.reading import Reader

#: How long after a look its details are good enough for the checks of the very same state.
_JUST_SEEN = timedelta(seconds=30)

_INVITED = Accepted(
    look_again_in=timedelta(hours=1),
    receipt="InvitePending",
    waiting_for="the client's administrator to accept the invitation",
)


class PowerOffice(Connector):
    """One accounting firm's account in PowerOffice Go.

    Class attributes:
        rates: Go's limit per subscription key, https://developer-betatest.poweroffice.net/documentation/requests.
        page_size: Rows asked for per call.
    """

    manifest = MANIFEST
    options_model = PowerOfficeOptions
    settings: PowerOfficeSettings
    rates: ClassVar[tuple[Rate, ...]] = (Rate(calls=10, seconds=1),)
    page_size: int = 5000

    def __init__(self, settings: PowerOfficeSettings, surroundings: Surroundings) -> None:
        super().__init__(settings, surroundings)
        self._looks: Remembered[Look] = Remembered(surroundings.now, _JUST_SEEN)

    # reading

    @hookimpl
    def try_credentials(self) -> str:
        """Ask whom the partner's key belongs to, and whether the firm's clients can be listed."""
        found = self._go.partner_row()
        active = list(self._go.listed(active=True))
        return f"{(found and found.client_name) or 'the partner'}, {len(active)} active clients"

    @hookimpl
    def find_links(self, client: Client) -> Sequence[Link]:
        """Return the client's entries in the partner's list, active and inactive."""
        reference = client.references.get(self.around.connection)
        if not reference and not mapping.organisation_number(client):
            return ()
        return mapping.links(self._go.clients(), client, reference)

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        """Read the partner's list, the client's users and whether our integration is on the client."""
        look = self._look(link, request, self._go.row(link.ref))
        self._looks.put(link.ref, look)
        return look.state

    @hookimpl
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Return what stands in the way, or should be known."""
        look = self._look_at(link, request, state)
        return findings.all_findings(
            findings.Facts(
                connection=self.around.connection,
                request=request,
                options=self.options(request),
                state=state,
                users=look.users,
                partner=look.partner,
                integration=look.integration,
                own_key=self._own_key(request) is not None,
                today=self.today(),
            )
        )

    def _look(self, link: Link, request: Request, row: ClientRow | None) -> Look:
        # Asked after the partner's own key has worked: only then is a refusal about the client's key.
        integration = self._go.integration(link.ref, self._own_key(request), listed=row is not None)
        if row is None:
            return Look(LinkState(linked=False, integration=integration.present))
        users, partner = self._go.users(link.ref), self._go.partner_users()
        state = mapping.observed(
            row,
            users,
            partner,
            email=request.administrator.email if request.administrator else None,
            left_alone=self.options(request).left_alone,
            integration=integration,
            today=self.today(),
        )
        return Look(state, users, partner, integration)

    def _look_at(self, link: Link, request: Request, state: LinkState) -> Look:
        """Return the look that gave ``state`` a moment ago, else one that is taken now."""
        if state.linked is False:
            return Look(state)
        seen = self._looks.get(link.ref)
        if seen is not None and seen.state == state:
            return seen
        integration = self._go.integration(link.ref, self._own_key(request), listed=True)
        return Look(state, self._go.users(link.ref), self._go.partner_users(), integration)

    # proposing

    @hookimpl
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        """Propose the steps of ending a client in Go."""
        changes = proposing.changes(self.options(request), state, own_key=self._own_key(request) is not None)
        steps = tuple(
            self.step_for(spec, **changes.get(spec.key, {}))
            for spec in self.manifest.verbs
            if spec.key not in proposing.left_out(self.options(request))
        )
        return Proposal(wanted=self.wanted(link, request, state), steps=steps)

    def wanted(self, link: Link, request: Request, state: LinkState) -> LinkState:
        """Return the wanted state."""
        return mapping.wanted(
            state,
            self.options(request).generation_date,
            administrator=request.administrator is not None,
            integration=self._own_key(request) is not None,
        )

    @hookimpl
    def instruct(self, link: Link, request: Request, verb: Verb, part: str) -> Instructions | None:
        """Return the by-hand instructions, filled in for this client."""
        if (verb, part) == (Verb.TRANSFER_ADMIN, "subscription") and self._later(request):
            return manual.SUBSCRIPTION_LATER.filled(self.words(link, request))
        by_hand = self.manifest.spec(verb, part).by_hand
        return by_hand.filled(self.words(link, request)) if by_hand else None

    def words(self, link: Link, request: Request) -> dict[str, str]:
        """Return what placeholders in instructions are filled with."""
        options = self.options(request)
        words = super().words(link, request) | wording.extras_words(options.extras)
        words |= wording.subscription_words(self._later(request)) | wording.users_words(options.users_of_other_partners)
        if options.generation_date:
            words["generation_date"] = str(options.generation_date)
        return words

    # acting

    @hookimpl
    def retain_history(self, link: Link, request: Request, part: str, sink: Sink) -> Outcome:
        """Copy ledger, balances, sub-ledgers and voucher documentation with the client's own key."""
        from disengage_poweroffice.history import Copy  # the HTTP kit is loaded when first needed

        key = self._own_key(request)
        if part or key is None:
            return NeedsPerson(reason="No key of this client's own is configured.")
        with self._go.as_client(link.ref, key) as (http, information):
            copy = Copy(http, request.ending.period, sink, self.page_size)
            return Done(receipt=copy.make(information))

    @hookimpl
    def check_history(self, link: Link, request: Request, part: str, files: Mapping[str, Path]) -> Sequence[Check]:
        """Hold the ledger against the trial balances, and the vouchers against their numbers and documents."""
        from disengage_poweroffice.checking import checks  # read when a copy has been made

        client, period = request.client, request.ending.period
        return () if part else checks(files, period, client.financial_year_end)

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
        """Say which of the files brought does not open as what its name says; Go's pages exclude no format."""
        return unlike_their_names(files)

    @hookimpl
    def transfer_admin(
        self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str
    ) -> Outcome:
        """Give the client's own person the Administrator role, by invitation where he is no user yet."""
        person = request.administrator
        if part or person is None:
            return NeedsPerson(reason="Go offers no interface for this.")
        users = self._go.users(link.ref)
        user = mapping.named(users, person.email)
        firm = mapping.firm_users(users, self._go.partner_users())
        if user is None:
            return self._invite(link, person.name, person.email)
        if mapping.is_invited(user):
            return _INVITED
        if user.id is None or user in firm or not mapping.has_access(user, self.today()):
            return NeedsPerson(reason="The person named is a deactivated user, or a user of the firm.")
        self._api.patch_user(self._go.partner, link.ref, user.id, "AccessRoleId", mapping.ADMINISTRATOR_ROLE)
        return Done(receipt="AccessRoleId")

    @hookimpl
    def end_access(self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str) -> Outcome:
        """Set the last day of every firm user who does not have it yet."""
        now, goal = observed.firm_access or {}, wanted.firm_access or {}
        differing = [user for user in sorted(goal) if user in now and now[user] != goal[user]]
        for user in differing:
            self._api.patch_user(self._go.partner, link.ref, user, "ToDate", str(goal[user]))
        return Done(receipt=f"ToDate of {len(differing)} users")

    @hookimpl
    def remove_extensions(
        self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str
    ) -> Outcome:
        """Take our own integration off the client; other extensions have no interface."""
        if part != "integration":
            return NeedsPerson(reason="Go offers no interface for this.")
        key = self._own_key(request)
        if key is None:
            return NotNeeded(reason=proposing.NO_OWN_KEY)
        self._go.forget_integration(link.ref)
        with self._go.as_client(link.ref, key) as (http, _):
            self._api.remove_integration(http)
        return Done(receipt="RemoveIntegration")

    @hookimpl
    def invite_back(self, link: Link, request: Request) -> Outcome:
        """Leave it to the client, who enters the firm's partner code again."""
        return NeedsPerson(reason="Go offers no interface for this.")

    # within

    def close(self) -> None:
        """Close the connections to Go."""
        if "_go" in self.__dict__:
            self._go.close()

    @property
    def _api(self) -> Any:
        from disengage_poweroffice import api  # the HTTP kit is loaded when first needed

        return api

    @cached_property
    def _go(self) -> Reader:
        from disengage_poweroffice.reading import Reader  # as above

        return Reader(self.settings, self.around, self.rates, self.page_size)

    def _own_key(self, request: Request) -> Secret | None:
        number = mapping.organisation_number(request.client)
        return self.settings.client_keys.get(number) if number else None

    def _later(self, request: Request) -> bool:
        return bool(self.options(request).subscription_administrator == "later")

    def _invite(self, link: Link, name: str, email: str) -> Outcome:
        names = mapping.split_name(name)
        if names is None:
            return NeedsPerson(reason="An invitation needs first and last name.")
        first, last = names
        role = mapping.ADMINISTRATOR_ROLE
        self._api.invite_user(self._go.partner, link.ref, email=email, first=first, last=last, role=role)
        return _INVITED
