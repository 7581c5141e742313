"""Send one call: within the limits, let in, redirected only where allowed, logged, every error mapped."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy

import httpx

from disengage.connector import Limiter, Rate
from disengage.errors import PluginError, RetryableError
from disengage.http import border
from disengage.http.addresses import Addresses
from disengage.http.answer import Answer
from disengage.http.auth import Auth, reveal
from disengage.http.body import excerpt, whole
from disengage.http.calls import Body, Call, SecretText
from disengage.http.exchange_log import hush_the_libraries, recorded
from disengage.http.fence import still_allowed
from disengage.http.retry import Patience
from disengage.http.trial import Trial

_HOPS = 5  # redirects and renewals of the token, taken together
#: How often one call may ask for another token: others who share it may have it renewed, or ended, in the meantime.
_RENEWALS = 3
_SLOWEST_BODY = 4  # times the timeout, for a body that drips
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return the one TLS context: certificates are always checked, and no environment variable changes that."""
    return httpx.create_ssl_context(verify=True, trust_env=False)


def library_client(timeout: float) -> httpx.Client:
    """Return a client of the library that asks nobody but us: no proxies, no cookies, no redirects of its own."""
    hush_the_libraries()
    client = httpx.Client(
        verify=_tls(),
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": "disengage"},
        timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=5.0),
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


@dataclass(frozen=True, kw_only=True, repr=False)
class Exchanges:
    """What every exchange of one connection shares; see ``HttpClient`` for the meaning of each."""

    connection: str
    addresses: Addresses
    auth: Auth | None
    headers: Mapping[str, SecretText]
    limiter: Limiter | None
    rates: tuple[Rate, ...]
    limit_key: str
    timeout: float
    max_bytes: int
    patience: Patience
    library: httpx.Client
    trial: Trial | None = None

    def whole(self, call: Call, attempt: int) -> Answer:
        """Send ``call`` and return its answer, read whole.

        Raises:
            Setback: This attempt went wrong.
        """
        with self.open(call, attempt) as response:
            content = whole(response, self.max_bytes, self.timeout * _SLOWEST_BODY)
            answer = Answer(response.status_code, response.headers, content, call.request_id, call)
            return answer.checked() if response.is_success else answer

    @contextmanager
    def open(self, call: Call, attempt: int) -> Iterator[httpx.Response]:
        """Send ``call`` and hand out its answer while it is still to be read.

        Raises:
            Setback: This attempt went wrong.
        """
        for _ in range(_HOPS):
            signed = self._signed(call)
            with self._sent(signed, attempt) as response:
                following = self._following(call, signed, response)
                if following is None:
                    self._check(signed, response)
                    yield response
                    return
            call = following
        raise border.unexpected(call, "the platform redirects in circles")

    def _signed(self, call: Call) -> Call:
        """Add what lets us in, as it is now, and only for the base host."""
        if call.for_token or not self.addresses.is_home(call.url):
            return call
        fixed = {name: reveal(self.connection, value) for name, value in self.headers.items()}
        credentials = self.auth.headers(self.connection, self.ask_token) if self.auth else {}
        secrets = self.auth.secrets if self.auth else ()
        return replace(call, headers=fixed | {**call.headers}, credentials=credentials, secrets=secrets)

    @contextmanager
    def _sent(self, call: Call, attempt: int) -> Iterator[httpx.Response]:
        self._stay_within_limits(call)
        if call.changes:
            still_allowed()
        with recorded(call, attempt) as line, border.guarded(call):
            response = self._on_its_way(call)
            line.status = response.status_code
            try:
                yield response
            finally:
                response.close()

    def _on_its_way(self, call: Call) -> httpx.Response:
        send = functools.partial(self.library.send, self._built(call), stream=True)
        if self.trial is None:
            return send()
        answer: httpx.Response = self.trial.watch(call, send)
        return answer

    def _stay_within_limits(self, call: Call) -> None:
        if self.limiter is None or not self.rates:
            return
        try:
            self.limiter.wait(self.limit_key, self.rates)
        except RetryableError as error:
            message = f"{call.name} was not sent: the calls that the platform allows are used up for now."
            raise RetryableError(message, retry_after=error.retry_after, remedy=error.remedy) from None

    def _built(self, call: Call) -> httpx.Request:
        try:
            return self.library.build_request(
                call.method, call.url, headers=call.all_headers(), content=call.body.content or None
            )
        except (UnicodeError, TypeError):
            message = f"{call.name} cannot be sent: a header holds characters that cannot stand there."
            raise PluginError(message) from None

    def _following(self, call: Call, signed: Call, response: httpx.Response) -> Call | None:
        """Return the call that has to be made next to get an answer to this one, or None if this is it."""
        status = response.status_code
        if status == 401 and self._can_renew(call, signed):
            return replace(call, renewals=call.renewals + 1)
        if status in _REDIRECTS and call.method == "GET" and status not in call.accept:
            return self._redirected(call, response)
        return None

    def _can_renew(self, call: Call, signed: Call) -> bool:
        if call.renewals == _RENEWALS or not self.auth or not signed.credentials:
            return False
        return self.auth.renewed(signed.credentials, self.connection, self.ask_token)

    def _redirected(self, call: Call, response: httpx.Response) -> Call | None:
        target = self.addresses.redirected(call.url, response.headers.get("location", ""))
        if target is None:
            return None
        stays = self.addresses.is_home(target) == self.addresses.is_home(call.url)
        return replace(call, url=target, headers=call.headers if stays else {})

    def _check(self, call: Call, response: httpx.Response) -> None:
        if response.is_success or response.status_code in call.accept:
            return
        content = excerpt(response, self.timeout)
        raise border.of_status(call, response.status_code, response.headers, content)

    def ask_token(self, url: httpx.URL, headers: Mapping[str, str], form: Body) -> Answer:
        """Ask a token endpoint, with everything that any other call gets: limits, retries, borders, log."""
        call = Call(
            connection=self.connection,
            operation="token",
            method="POST",
            url=url,
            changes=False,
            headers=headers,
            secrets=self.auth.secrets if self.auth else (),
            body=form,
            for_token=True,
        )
        return self.patience.run(lambda attempt: self.whole(call, attempt))
