"""How a connection is let in: Basic, bearer, a header of its own, or a token that is asked for (``tokens.py``)."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Protocol

import httpx

from disengage.errors import CredentialsError
from disengage.http.calls import Body, SecretText, plain


class TokenReply(Protocol):
    """What a token endpoint answered."""

    @property
    def content(self) -> bytes:
        """The body."""


#: Asks a token endpoint: URL, headers, form.
Ask = Callable[[httpx.URL, Mapping[str, str], Body], TokenReply]


class Auth(Protocol):
    """One way of being let in. Safe for many threads; reads secrets when they are used, and keeps none."""

    @property
    def secrets(self) -> tuple[SecretText, ...]:
        """What an error may never repeat."""

    def headers(self, connection: str, ask: Ask) -> dict[str, str]:
        """Return the headers that let ``connection`` in."""

    def renewed(self, refused: Mapping[str, str], connection: str, ask: Ask) -> bool:
        """Return whether, after these headers were refused, others are worth a try."""


def reveal(connection: str, secret: SecretText) -> str:
    """Return the value of a secret, fit for a header.

    Raises:
        CredentialsError: It is not there, or cannot stand in a header.
    """
    value = plain(secret)
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise CredentialsError(
            f"{connection}: a secret holds characters that cannot be sent (a line break, for instance).",
            remedy="Store the secret again, without spaces or line breaks around it.",
        )
    return value


class _Fixed(ABC):
    """Headers made from secrets that stand where they are configured."""

    @abstractmethod
    def _made(self, connection: str) -> dict[str, str]:
        """Return the headers, from the secrets as they are now."""

    def __init__(self, *secrets: SecretText) -> None:
        self.secrets = secrets

    def headers(self, connection: str, ask: Ask) -> dict[str, str]:  # noqa: ARG002 -- the protocol's arguments
        """Return the headers, from the secrets as they are now."""
        return self._made(connection)

    def renewed(self, refused: Mapping[str, str], connection: str, ask: Ask) -> bool:  # noqa: ARG002 -- the same
        """Return whether somebody replaced the secret meanwhile."""
        return self._made(connection) != dict(refused)


class Basic(_Fixed):
    """``Authorization: Basic``."""

    def __init__(self, user: SecretText, password: SecretText) -> None:
        super().__init__(user, password)

    def _made(self, connection: str) -> dict[str, str]:
        return {"Authorization": basic(connection, *self.secrets)}


class Bearer(_Fixed):
    """``Authorization: Bearer`` with a token that stands in the configuration."""

    def __init__(self, token: SecretText) -> None:
        super().__init__(token)

    def _made(self, connection: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {reveal(connection, *self.secrets)}"}


class HeaderToken(_Fixed):
    """A token in a header of the platform's choice; with an empty ``scheme`` the header carries it alone."""

    def __init__(self, header: str, scheme: str, token: SecretText) -> None:
        super().__init__(token)
        self._header, self._scheme = header, scheme

    def _made(self, connection: str) -> dict[str, str]:
        return {self._header: f"{self._scheme} {reveal(connection, *self.secrets)}".strip()}


def basic(connection: str, user: SecretText, password: SecretText) -> str:
    """Return the value of ``Authorization: Basic`` for ``user`` and ``password``."""
    pair = f"{plain(user)}:{plain(password)}"
    return reveal(connection, "Basic " + base64.b64encode(pair.encode()).decode())
