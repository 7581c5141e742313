"""The connector for PowerOffice Go: what a connection observes, proposes and does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from disengage import (
    Accepted,
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
    Rate,
    RejectedError,
    Request,
    RetryableError,
    Secret,
    Sink,
    Verb,
    hookimpl,
)
from disengage.domain.outcomes import Outcome

from disengage_poweroffice import findings, manual, mapping, proposing, wording
from disengage_poweroffice.manifest import MANIFEST
from disengage_poweroffice.settings import PowerOfficeOptions, PowerOfficeSettings
from disengage_poweroffice.wire import ClientRow, IntegrationRow, UserRow

if TYPE_CHECKING:
    from disengage.http import HttpClient

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

    # reading

    @hookimpl
    def try_credentials(self) -> str:
        """Ask whom the partner's key belongs to, and whether the firm's clients can be listed."""
        found = self._api.integration_information(self._partner)
        if found:
            self._expect(found, self.settings.partner_client_id, "client_key")
        active = self._api.list_clients(self._partner, active=True, size=self.page_size)
        return f"{(found and found.client_name) or 'the partner'}, {len(active)} active clients"

    @hookimpl
    def find_links(self, client: Client) -> Sequence[Link]:
        """Return the client's entries in the partner's list, active and inactive."""
        reference = client.references.get(self.around.connection)
        if not reference and not mapping.organisation_number(client):
            return ()
        return mapping.links(self._clients(), client, reference)

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        """Read the partner's list, the client's users and whether our integration is on the client."""
        row = self._row(link.ref)
        # Asked after the partner's own key has worked: only then is a refusal about the client's key.
        integration = self._integration(link, request)
        if row is None:
            return LinkState(linked=False, integration=integration)
        return mapping.observed(
            row,
            self._users(link.ref),
            self._users(self.settings.partner_client_id),
            email=request.administrator.email if request.administrator else None,
            stays=self.options(request).stays,
            integration=integration,
            today=self.today(),
        )

    @hookimpl
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Return what stands in the way, or should be known."""
        reachable = state.linked is not False
        return findings.all_findings(
            findings.Facts(
                connection=self.around.connection,
                request=request,
                options=self.options(request),
                state=state,
                users=self._users(link.ref) if reachable else (),
                partner=self._users(self.settings.partner_client_id) if reachable else (),
                own_key=self._own_key(request) is not None,
                today=self.today(),
            )
        )

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
        words |= wording.subscription_words(self._later(request))
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
        with self._as_client(link, key) as http:
            return Done(receipt=Copy(http, request.ending.period, sink, self.page_size).make())

    @hookimpl
    def transfer_admin(
        self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str
    ) -> Outcome:
        """Give the client's own person the Administrator role, by invitation where he is no user yet."""
        person = request.administrator
        if part or person is None:
            return NeedsPerson(reason="Go offers no interface for this.")
        users = self._users(link.ref)
        user = mapping.named(users, person.email)
        firm = mapping.firm_users(users, self._users(self.settings.partner_client_id))
        if user is None:
            return self._invite(link, person.name, person.email)
        if mapping.is_invited(user):
            return _INVITED
        if user.id is None or user in firm or not mapping.has_access(user, self.today()):
            return NeedsPerson(reason="The person named is a deactivated user, or a user of the firm.")
        self._api.patch_user(self._partner, link.ref, user.id, "AccessRoleId", mapping.ADMINISTRATOR_ROLE)
        return Done(receipt="AccessRoleId")

    @hookimpl
    def end_access(self, link: Link, request: Request, observed: LinkState, wanted: LinkState, part: str) -> Outcome:
        """Set the last day of every firm user who does not have it yet."""
        now, goal = observed.firm_access or {}, wanted.firm_access or {}
        differing = [user for user in sorted(goal) if user in now and now[user] != goal[user]]
        for user in differing:
            self._api.patch_user(self._partner, link.ref, user, "ToDate", str(goal[user]))
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
        with self._as_client(link, key) as http:
            self._api.remove_integration(http)
        return Done(receipt="RemoveIntegration")

    # within

    def close(self) -> None:
        """Close the connections to Go."""
        if "_partner" in self.__dict__:
            self._partner.close()

    @property
    def _api(self) -> Any:
        from disengage_poweroffice import api  # the HTTP kit is loaded when first needed

        return api

    @cached_property
    def _partner(self) -> HttpClient:
        http: HttpClient = self._api.connect(self.settings, self.around, self.settings.client_key, self.rates)
        return http

    def _own_key(self, request: Request) -> Secret | None:
        number = mapping.organisation_number(request.client)
        return self.settings.client_keys.get(number) if number else None

    def _later(self, request: Request) -> bool:
        return bool(self.options(request).subscription_administrator == "later")

    def _clients(self) -> list[ClientRow]:
        """Return the whole list, active and inactive, each client once."""
        rows = [*self._listed(active=True), *self._listed(active=False)]
        return list({row.id.casefold(): row for row in rows}.values())

    def _row(self, client_id: str) -> ClientRow | None:
        """Return one client's entry; the inactive ones are read only if it is not among the active ones."""
        return mapping.row_of(self._listed(active=True), client_id) or mapping.row_of(
            self._listed(active=False), client_id
        )

    def _listed(self, *, active: bool) -> list[ClientRow]:
        rows: list[ClientRow] = self._api.list_clients(self._partner, active=active, size=self.page_size)
        return rows

    def _users(self, client_id: str) -> list[UserRow]:
        try:
            users: list[UserRow] = self._api.list_users(self._partner, client_id, self.page_size)
        except RejectedError as error:
            raise self._out_of_reach(client_id) if error.status == 404 else error from None
        return users

    def _out_of_reach(self, client_id: str) -> ConnectorError:
        """Return what it means that Go does not know a client's users."""
        if mapping.same(client_id, self.settings.partner_client_id):
            return CredentialsError(
                f"Go does not know the client named by 'partner_client_id' of connection '{self.around.connection}'.",
                remedy="Correct it in the configuration.",
            )
        return RetryableError("The client left the partner's list while it was read.")

    def _integration(self, link: Link, request: Request) -> bool | None:
        """Ask with the client's own key and a new token, since a token may outlive the integration."""
        key = self._own_key(request)
        if key is None:
            return None
        key.reveal()  # a secret that is not at its place proves nothing about Go
        http = self._api.connect(self.settings, self.around, key, self.rates)
        try:
            found = self._api.integration_information(http)
        except CredentialsError:
            return False
        finally:
            http.close()
        if found:
            self._expect(found, link.ref, "client_keys")
        return True if found else None

    @contextmanager
    def _as_client(self, link: Link, key: Secret) -> Iterator[HttpClient]:
        """Work with the client's own key, after making sure that it is this client's."""
        http = self._api.connect(self.settings, self.around, key, self.rates)
        try:
            found = self._api.integration_information(http)
            if found is None:
                raise RetryableError("Go does not say which client the configured key belongs to.")
            self._expect(found, link.ref, "client_keys")
            yield http
        finally:
            http.close()

    def _expect(self, found: IntegrationRow, client_id: str, setting: str) -> None:
        if not mapping.same(found.client_id, client_id):
            raise CredentialsError(
                f"The key under '{setting}' of connection '{self.around.connection}' belongs to another client.",
                remedy="Correct the key; nothing was done with it.",
            )

    def _invite(self, link: Link, name: str, email: str) -> Outcome:
        names = mapping.split_name(name)
        if names is None:
            return NeedsPerson(reason="An invitation needs first and last name.")
        first, last = names
        role = mapping.ADMINISTRATOR_ROLE
        self._api.invite_user(self._partner, link.ref, email=email, first=first, last=last, role=role)
        return _INVITED
