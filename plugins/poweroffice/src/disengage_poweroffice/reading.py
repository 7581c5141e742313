"""What a connection reads from Go, and what of it may be remembered for a moment.

Whatever proves a step is read anew each time: the partner's list, the client's users and, once the client has left
the list, whether our integration is still there. Remembered are the firm's own users, and that the integration was
on a client that is still in the list: no step of a case waits for either of them to change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import Any

from disengage import ConnectorError, CredentialsError, Rate, RejectedError, RetryableError, Secret, Surroundings
from disengage.http import HttpClient

from disengage_poweroffice import api, mapping, wire
from disengage_poweroffice.mapping import Integration
from disengage_poweroffice.remembered import Remembered
from disengage_poweroffice.settings import PowerOfficeSettings
from disengage_poweroffice.wire import ClientRow, IntegrationRow, LockRow, UserRow

#: How long what proves nothing is remembered.
_MOMENT = timedelta(seconds=30)
_INFORMATION = "client_integration_information"


class Reader:
    """The reads of one connection.

    Args:
        settings: The connection's.
        around: The connection's.
        rates: Go's limit.
        size: Rows per page.
    """

    def __init__(self, settings: PowerOfficeSettings, around: Surroundings, rates: tuple[Rate, ...], size: int) -> None:
        self.settings, self.around, self.rates, self.size = settings, around, rates, size
        self._firm: Remembered[list[UserRow]] = Remembered(around.now, _MOMENT)
        self._integrations: Remembered[Integration] = Remembered(around.now, _MOMENT)

    @cached_property
    def partner(self) -> HttpClient:
        """The way in with the partner's own key."""
        return api.connect(self.settings, self.around, self.settings.client_key, self.rates)

    def close(self) -> None:
        """Close the connections to Go."""
        if "partner" in self.__dict__:
            self.partner.close()

    # with the partner's own key

    def partner_row(self) -> IntegrationRow | None:
        """Return whom the partner's key belongs to, after making sure that it is the partner.

        Raises:
            CredentialsError: It is somebody else's.
        """
        found = api.integration_information(self.partner)
        return None if found is None else self._of(found, self.settings.partner_client_id, "client_key")

    def clients(self) -> list[ClientRow]:
        """Return the whole list, active and inactive, each client once."""
        rows = [*self.listed(active=True), *self.listed(active=False)]
        return list({row.id.casefold(): row for row in rows}.values())

    def row(self, client_id: str) -> ClientRow | None:
        """Return one client's entry; the inactive ones are read only if it is not among the active ones."""
        found = mapping.row_of(self.listed(active=True), client_id)
        return found or mapping.row_of(self.listed(active=False), client_id)

    def listed(self, *, active: bool) -> Iterator[ClientRow]:
        """Return one half of the list."""
        return api.list_clients(self.partner, active=active, size=self.size)

    def users(self, client_id: str) -> list[UserRow]:
        """Return a client's users, read now."""
        try:
            return api.list_users(self.partner, client_id, self.size)
        except RejectedError as error:
            raise self._out_of_reach(client_id) if error.status == 404 else error from None

    def partner_users(self) -> list[UserRow]:
        """Return the users of the partner's own client."""
        partner = self.settings.partner_client_id
        known = self._firm.get(partner)
        if known is None:
            known = self.users(partner)
            self._firm.put(partner, known)
        return known

    def _out_of_reach(self, client_id: str) -> ConnectorError:
        """Return what it means that Go does not know a client's users."""
        if mapping.same(client_id, self.settings.partner_client_id):
            return CredentialsError(
                f"Go does not know the client named by 'partner_client_id' of connection '{self.around.connection}'.",
                remedy="Correct it in the configuration.",
            )
        return RetryableError("The client left the partner's list while it was read.")

    # with a client's own key

    def integration(self, client_id: str, key: Secret | None, *, listed: bool) -> Integration:
        """Return our integration on a client; with a new token, since a token may outlive the integration.

        Args:
            client_id: The client.
            key: Its own key, if one is configured.
            listed: The client is in the partner's list, so that nobody waits for the integration to go.
        """
        if key is None:
            return Integration()
        known = self._integrations.get(client_id) if listed else None
        if known is None:
            known = self._read_integration(client_id, key, listed=listed)
            if listed and known.present:
                self._integrations.put(client_id, known)
        return known

    def forget_integration(self, client_id: str) -> None:
        """Read our integration on a client anew next time."""
        self._integrations.forget(client_id)

    def _read_integration(self, client_id: str, key: Secret, *, listed: bool) -> Integration:
        key.reveal()  # a secret that is not at its place proves nothing about Go
        http = api.connect(self.settings, self.around, key, self.rates)
        try:
            found = api.integration_information(http)
            lock = api.lock_date(http) if listed and found is not None else None
        except CredentialsError:  # refused twice
            return Integration(present=False)
        finally:
            http.close()
        if found is None:
            return Integration()
        row = self._of(found, client_id, "client_keys")
        return mapping.integration(row, None if lock is None else wire.one(LockRow, lock, "lock_date"))

    @contextmanager
    def as_client(self, client_id: str, key: Secret) -> Iterator[tuple[HttpClient, Any]]:
        """Work with a client's own key, after making sure that it is this client's; yields what Go said of it too."""
        http = api.connect(self.settings, self.around, key, self.rates)
        try:
            found = api.integration_information(http)
            if found is None:
                raise RetryableError("Go does not say which client the configured key belongs to.")
            self._of(found, client_id, "client_keys")
            yield http, found
        finally:
            http.close()

    def _of(self, found: Any, client_id: str, setting: str) -> IntegrationRow:
        row = wire.one(IntegrationRow, found, _INFORMATION)
        if not mapping.same(row.client_id, client_id):
            raise CredentialsError(
                f"The key under '{setting}' of connection '{self.around.connection}' belongs to another client.",
                remedy="Correct the key; nothing was done with it.",
            )
        return row
