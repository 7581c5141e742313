"""One call as it will be sent, and the bodies it can have."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from disengage.connector import Secret
from disengage.errors import DisengageError
from disengage.http.redact import personal

SecretText = Secret | str


def plain(secret: SecretText) -> str:
    """Return the value of a secret, read now."""
    return secret.reveal() if isinstance(secret, Secret) else secret


def _if_there(secret: SecretText) -> str:
    try:
        return plain(secret)
    except DisengageError:
        return ""


def _new_id() -> str:
    return uuid4().hex


@dataclass(frozen=True)
class Body:
    """The bytes of a body, its type, and what it says about people."""

    content: bytes = b""
    kind: str = ""
    echoes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, repr=False)
class Call:
    """One call.

    Attributes:
        connection: The connection's name.
        operation: What is done, in the manifest's word.
        method: HTTP method.
        url: Where to.
        changes: Whether it changes something on the platform; then it is never repeated in doubt.
        headers: What is sent besides the credentials.
        credentials: The headers that let us in.
        secrets: What they were made from, wherever it was sent.
        body: What is sent.
        echoes: What its query says about people.
        accept: Statuses from 300 on that are answers, not errors.
        for_token: It asks the token endpoint.
        renewals: How often the credentials were renewed for it already.
        request_id: The same for every attempt.
    """

    connection: str
    operation: str
    method: str
    url: httpx.URL
    changes: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[SecretText, ...] = ()
    body: Body = field(default_factory=Body)
    echoes: tuple[str, ...] = ()
    accept: tuple[int, ...] = ()
    for_token: bool = False
    renewals: int = 0
    request_id: str = field(default_factory=_new_id)

    def __repr__(self) -> str:
        """Name the call, and nothing that it carries."""
        return f"Call({self.connection}: {self.operation})"

    @property
    def name(self) -> str:
        """Connection and operation, as messages begin."""
        return f"{self.connection}: {self.operation}"

    @property
    def hidden(self) -> tuple[str, ...]:
        """What an answer may not make us repeat: all that lets us in, and what we sent about people."""
        secrets = [*self.credentials.values(), *self.headers.values()]
        parts = [value.rpartition(" ")[2] for value in secrets]
        return (*secrets, *parts, *filter(None, map(_if_there, self.secrets)), *self.body.echoes, *self.echoes)

    def all_headers(self) -> dict[str, str]:
        """Return every header that is sent; a call's own wins over ours, credentials over all."""
        kind = {"Content-Type": self.body.kind} if self.body.kind else {}
        ours = {"Accept": "application/json", "Accept-Encoding": "gzip", **kind}
        return ours | {**self.headers} | {**self.credentials} | {"X-Request-ID": self.request_id}


def body_of(
    *,
    json: Any = None,
    form: Mapping[str, Any] | None = None,
    patch: Sequence[Mapping[str, Any]] | None = None,
) -> Body:
    """Return the body of a call: JSON, a form post, or a JSON Patch (RFC 6902).

    Raises:
        TypeError: More than one was given.
    """
    given = [value for value in (json, form, patch) if value is not None]
    if len(given) > 1:
        raise TypeError("a call has one body: json, form or patch")
    if not given:
        return Body()
    echoes = tuple(personal(given[0]))
    if form is not None:
        return Body(urlencode(form).encode(), "application/x-www-form-urlencoded", echoes)
    kind = "application/json" if patch is None else "application/json-patch+json"
    text = jsonlib.dumps(given[0], ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Body(text.encode(), kind, echoes)
