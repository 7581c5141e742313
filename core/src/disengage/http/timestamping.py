"""Ask a time-stamping authority over HTTP (RFC 3161, section 3.4)."""

from __future__ import annotations

from contextlib import closing

from disengage.http.addresses import Addresses
from disengage.http.calls import Body, Call
from disengage.http.exchange import Exchanges, library_client
from disengage.http.retry import Patience

#: What it is called in logs and messages.
NAME = "timestamps"
#: Seconds for each connect, write or read.
TIMEOUT = 15.0
#: Answers have some kilobytes: a signature, and certificates.
_MOST_BYTES = 1 << 20


def ask(url: str, query: bytes, patience: Patience | None = None) -> bytes:
    """Post a ``TimeStampReq`` (DER) to ``url`` and return the ``TimeStampResp`` (DER), not yet looked at.

    Args:
        url: The authority's.
        query: The request.
        patience: How long it is tried; asking twice does no harm.

    Raises:
        ConnectorError: It cannot be reached, or does not answer as it should.
    """
    patience = patience or Patience()
    with closing(library_client(TIMEOUT)) as library:
        exchanges = Exchanges(
            connection=NAME,
            addresses=Addresses(NAME, url),
            auth=None,
            headers={},
            limiter=None,
            rates=(),
            limit_key=NAME,
            timeout=TIMEOUT,
            max_bytes=_MOST_BYTES,
            patience=patience,
            library=library,
        )
        call = Call(
            connection=NAME,
            operation="stamp",
            method="POST",
            url=exchanges.addresses.of("stamp", url),
            changes=False,
            headers={"Accept": "application/timestamp-reply"},
            body=Body(query, "application/timestamp-query"),
        )
        return patience.run(lambda attempt: exchanges.whole(call, attempt).content)
