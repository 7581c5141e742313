"""The client of one connection: every call of a connector goes through here, and nothing else does."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from disengage.connector import Limiter, Rate
from disengage.domain.evidence import EvidenceFile
from disengage.http.addresses import Addresses
from disengage.http.answer import Answer
from disengage.http.auth import Auth
from disengage.http.body import pieces
from disengage.http.border import guarded
from disengage.http.calls import Body, Call, SecretText, body_of
from disengage.http.exchange import Exchanges, library_client
from disengage.http.graphql import data_of
from disengage.http.redact import personal
from disengage.http.retry import Patience, Setback
from disengage.http.trial import current

Params = Mapping[str, Any]

_MOST_BYTES = 64 * 2**20
_MOST_STREAMED = 8 * 2**30


class HttpClient:
    """The HTTP client of one connection; safe for many threads, which share its connections.

    Args:
        connection: The connection's name, for logs and messages.
        base_url: Where paths begin. No other host is ever called, unless named in ``also_hosts``.
        auth: How the platform lets us in.
        limiter: Keeps the limits; every exchange asks it, the token's included.
        rates: The platform's limits.
        limit_key: Whose limits they are; all clients with the same key share them. Holds no secret.
        headers: Further headers of every call to the base host; values may be secrets.
        also_hosts: Further hosts (``host`` or ``host:port``); they get neither credentials nor ``headers``.
        timeout: Seconds for each connect, write or read.
        max_bytes: The largest answer, unpacked.
        max_streamed: The largest download.
        patience: How long one call tries.
    """

    def __init__(
        self,
        connection: str,
        base_url: str,
        *,
        auth: Auth | None = None,
        limiter: Limiter | None = None,
        rates: Sequence[Rate] = (),
        limit_key: str = "",
        headers: Mapping[str, SecretText] | None = None,
        also_hosts: Iterable[str] = (),
        timeout: float = 30.0,
        max_bytes: int = _MOST_BYTES,
        max_streamed: int = _MOST_STREAMED,
        patience: Patience | None = None,
    ) -> None:
        self._connection, self._max_streamed = connection, max_streamed
        trial = current()
        if trial is not None:
            patience, timeout, max_bytes = trial.patience, min(timeout, trial.timeout), min(max_bytes, trial.max_bytes)
        self._patience = patience or Patience()
        self._addresses = Addresses(connection, base_url, also_hosts)
        self._library = library_client(timeout)
        self._exchanges = Exchanges(
            connection=connection,
            addresses=self._addresses,
            auth=auth,
            headers=headers or {},
            limiter=limiter,
            rates=tuple(rates),
            limit_key=limit_key or connection,
            timeout=timeout,
            max_bytes=max_bytes,
            patience=self._patience,
            library=self._library,
            trial=trial,
        )

    # what connectors call

    def get(
        self,
        path: str,
        *,
        operation: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Iterable[int] = (),
    ) -> Answer:
        """Read; sent again after whatever may pass.

        Args:
            path: Below the base URL, or a whole URL to an allowed host.
            operation: What is done, in the manifest's word.
            params: The query; entries of None are left out.
            headers: Further headers of this call.
            accept: Statuses that are returned instead of raised.
        """
        return self._whole(self._call("GET", path, operation, Body(), params, headers, accept, changes=False))

    def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        patch: Sequence[Mapping[str, Any]] | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Iterable[int] = (),
        changes: bool = True,
    ) -> Answer:
        """Change something; sent again only where the platform clearly did nothing.

        Args:
            method: HTTP method.
            path: As for ``get``.
            operation: As for ``get``.
            json: A JSON body.
            form: A form post.
            patch: A JSON Patch (RFC 6902).
            params: As for ``get``.
            headers: As for ``get``.
            accept: As for ``get``.
            changes: False for a search or the like that is sent by POST.
        """
        body = body_of(json=json, form=form, patch=patch)
        return self._whole(self._call(method, path, operation, body, params, headers, accept, changes=changes))

    def graphql(
        self,
        path: str,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        operation: str,
        changes: bool = False,
    ) -> dict[str, Any]:
        """Post a GraphQL query, or a mutation with ``changes=True``, and return its ``data``."""
        body = body_of(json={"query": query, "variables": dict(variables or {})})
        call = self._call("POST", path, operation, body, None, None, (), changes=changes)
        return self._patience.run(lambda attempt: data_of(call, self._exchanges.whole(call, attempt)))

    @contextmanager
    def stream(
        self, path: str, *, operation: str, params: Params | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[Iterator[bytes]]:
        """Read something large: yields its pieces, unpacked. Once the first came, nothing is tried again."""
        call = self._call("GET", path, operation, Body(), params, headers, (), changes=False)
        stack, response = self._patience.run(lambda attempt: self._opened(call, attempt))
        with stack:
            yield self._streamed(call, response)

    def download(
        self,
        path: str,
        target: Path,
        *,
        operation: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> EvidenceFile:
        """Read something large into the file ``target``, whole or not at all, and return its checksum."""
        call = self._call("GET", path, operation, Body(), params, headers, (), changes=False)
        return self._patience.run(lambda attempt: self._saved(call, attempt, target))

    def ask_token(self, url: httpx.URL, headers: Mapping[str, str], form: Body) -> Answer:
        """Ask a token endpoint, which may stand on another host; for the kit's own grants (``grants.py``)."""
        return self._exchanges.ask_token(url, headers, form)

    @property
    def connection(self) -> str:
        """The connection's name."""
        return self._connection

    def close(self) -> None:
        """Close the connections. Calling it twice is nothing."""
        self._library.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    # inside

    def _call(
        self,
        method: str,
        path: str,
        operation: str,
        body: Body,
        params: Params | None,
        headers: Mapping[str, str] | None,
        accept: Iterable[int],
        *,
        changes: bool,
    ) -> Call:
        return Call(
            connection=self._connection,
            operation=operation,
            method=method,
            url=self._addresses.of(operation, path, params),
            changes=changes,
            headers=dict(headers or {}),
            body=body,
            echoes=tuple(personal(params or {})),
            accept=tuple(accept),
        )

    def _whole(self, call: Call) -> Answer:
        return self._patience.run(lambda attempt: self._exchanges.whole(call, attempt))

    def _opened(self, call: Call, attempt: int) -> tuple[ExitStack, httpx.Response]:
        stack = ExitStack()
        return stack, stack.enter_context(self._exchanges.open(call, attempt))

    def _streamed(self, call: Call, response: httpx.Response) -> Iterator[bytes]:
        """Yield the pieces, with our errors: whoever reads them knows no setbacks."""
        try:
            with guarded(call):
                yield from pieces(response, self._max_streamed)
        except Setback as setback:
            raise setback.error from None

    def _saved(self, call: Call, attempt: int, target: Path) -> EvidenceFile:
        part = target.with_name(f"{target.name}.part")
        try:
            with self._exchanges.open(call, attempt) as response:
                kept = _written(pieces(response, self._max_streamed), part, target.name)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return kept


def _written(chunks: Iterator[bytes], path: Path, name: str) -> EvidenceFile:
    """Write ``chunks`` to the disk itself, counting size and checksum on the way."""
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return EvidenceFile(name=name, sha256=digest.hexdigest(), size=size)
