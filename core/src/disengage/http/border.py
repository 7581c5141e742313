"""The border: everything that goes wrong out there becomes one of our errors here, and only here.

A read may go again after anything that may pass, a changing call only where the platform clearly did nothing
(429, 503, no connection); after everything else its outcome is unknown.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto

import httpx

from disengage.errors import (
    CredentialsError,
    OutcomeUnknownError,
    PluginError,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.http.calls import Call
from disengage.http.retry import Setback, asked_pause
from disengage.http.words import code, quoted, shape

_OBSERVE = "Look on the platform whether it happened before anything is sent again."
_LATER = "It is tried again later."
_VENDOR = "Compare it with the vendor's documentation; the platform or its interface may have changed."


class TooLargeError(Exception):
    """An answer is larger than anybody asked for."""


class UndecodableError(Exception):
    """An answer's content encoding is broken, or none that we asked for."""


class Verdict(Enum):
    """What an exception of the HTTP library says about the call."""

    NOT_SENT = auto()  # nothing reached the platform
    UNCLEAR = auto()  # it may have reached the platform
    OURS = auto()  # the call itself cannot be sent


#: Every exception of httpx; a test fails on one that is not here.
VERDICTS: dict[type[Exception], Verdict] = {
    httpx.ConnectError: Verdict.NOT_SENT,
    httpx.ConnectTimeout: Verdict.NOT_SENT,
    httpx.PoolTimeout: Verdict.NOT_SENT,
    httpx.ProxyError: Verdict.NOT_SENT,
    httpx.HTTPError: Verdict.UNCLEAR,
    httpx.RequestError: Verdict.UNCLEAR,
    httpx.TransportError: Verdict.UNCLEAR,
    httpx.TimeoutException: Verdict.UNCLEAR,
    httpx.ReadTimeout: Verdict.UNCLEAR,
    httpx.WriteTimeout: Verdict.UNCLEAR,
    httpx.NetworkError: Verdict.UNCLEAR,
    httpx.ReadError: Verdict.UNCLEAR,
    httpx.WriteError: Verdict.UNCLEAR,
    httpx.CloseError: Verdict.UNCLEAR,
    httpx.ProtocolError: Verdict.UNCLEAR,
    httpx.RemoteProtocolError: Verdict.UNCLEAR,
    httpx.DecodingError: Verdict.UNCLEAR,
    httpx.TooManyRedirects: Verdict.UNCLEAR,
    httpx.HTTPStatusError: Verdict.UNCLEAR,
    httpx.LocalProtocolError: Verdict.OURS,
    httpx.UnsupportedProtocol: Verdict.OURS,
    httpx.InvalidURL: Verdict.OURS,
    httpx.CookieConflict: Verdict.OURS,
    httpx.StreamError: Verdict.OURS,
    httpx.StreamConsumed: Verdict.OURS,
    httpx.StreamClosed: Verdict.OURS,
    httpx.ResponseNotRead: Verdict.OURS,
    httpx.RequestNotRead: Verdict.OURS,
}
FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)


@contextmanager
def guarded(call: Call) -> Iterator[None]:
    """Turn every foreign exception inside into a ``Setback``, without its words and without its chain."""
    try:
        yield
    except FOREIGN as error:
        raise of_exception(call, error) from None
    except TooLargeError:
        why = "the answer is larger than allowed and was not read"
        raise (unclear if call.changes else unexpected)(call, why) from None
    except UndecodableError:
        raise garbled(call, b"", "the answer's content encoding cannot be read") from None


def of_exception(call: Call, error: Exception) -> Setback:
    """Return what an exception of the HTTP library means for ``call``."""
    verdict = next(VERDICTS[kind] for kind in type(error).__mro__ if kind in VERDICTS)
    if verdict is Verdict.NOT_SENT:
        return _not_sent(call, error)
    if verdict is Verdict.OURS:
        return Setback(PluginError(f"{call.name} cannot be sent: {type(error).__name__}."))
    if isinstance(error, httpx.TimeoutException):
        return unclear(call, "no answer came in time")
    return unclear(call, "the connection broke off before the answer was complete")


def _not_sent(call: Call, error: Exception) -> Setback:
    if _is_untrusted(error):
        message = f"{call.name} was not sent: the platform's certificate is not trusted."
        remedy = "Check the base URL; the check of certificates cannot be switched off."
        return Setback(RetryableError(message, remedy=remedy))
    why = "no connection was free in time" if isinstance(error, httpx.PoolTimeout) else "the platform cannot be reached"
    return Setback(RetryableError(f"{call.name} was not sent: {why}.", remedy=_LATER), again=True)


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def of_status(call: Call, status: int, headers: Mapping[str, str], content: bytes) -> Setback:
    """Return what an answer that is not a success means for ``call``."""
    words = quoted(content, call.hidden)
    tail = f": {words}." if words else "."
    if status in (429, 503):
        return _not_now(call, status, asked_pause(headers, content), tail)
    if status >= 500 or status == 408:
        return unclear(call, f"the platform answered {status}{tail.rstrip('.')}")
    if status < 400:
        return unexpected(call, f"the platform answered {status}, which leads nowhere allowed")
    if status in (401, 403) or call.for_token:
        return _not_let_in(call, status, tail, code(content, call.hidden))
    refused = f"{call.name} was refused ({status}){tail}"
    return Setback(RejectedError(refused, status=status, code=code(content, call.hidden)))


def _not_now(call: Call, status: int, after: float | None, tail: str) -> Setback:
    why = "asks for fewer calls" if status == 429 else "is not available"
    message = f"{call.name} was not done: the platform {why} ({status}){tail}"
    return Setback(RetryableError(message, retry_after=after, remedy=_LATER), again=True, after=after)


def _not_let_in(call: Call, status: int, tail: str, given: str | None) -> Setback:
    message = f"{call.name} was not allowed ({status}){tail}"
    remedy = f"Check the credentials and rights of the connection '{call.connection}'."
    return Setback(CredentialsError(message, code=given, remedy=remedy))


def unclear(call: Call, why: str) -> Setback:
    """Return the setback of a call that was sent and has no clear answer."""
    if call.changes:
        message = f"{call.name} was sent, but whether it was done is not known: {why}."
        return Setback(OutcomeUnknownError(message, remedy=_OBSERVE))
    return Setback(RetryableError(f"{call.name} failed: {why}.", remedy=_LATER), again=True)


def garbled(call: Call, content: bytes, why: str = "the answer cannot be read", content_type: str = "") -> Setback:
    """Return the setback of an answer that cannot be read."""
    if call.changes:
        return unclear(call, why)
    sample = shape(content, content_type)
    error = UnexpectedResponseError(f"{call.name}: {why}.", sample=sample, remedy=_VENDOR)
    return Setback(error, again=True)


def unexpected(call: Call, why: str, content: bytes = b"", content_type: str = "") -> Setback:
    """Return the setback of an answer that the vendor does not document; never sent again."""
    sample = shape(content, content_type) if content else ""
    return Setback(UnexpectedResponseError(f"{call.name}: {why}.", sample=sample, remedy=_VENDOR))
