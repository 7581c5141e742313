"""An identity provider on loopback: a real one, over a socket, that can be told to misbehave."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
from werkzeug.serving import WSGIRequestHandler, make_server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package still uses what Authlib moves elsewhere
    import oidc_provider_mock

Environ = dict[str, Any]
Change = Callable[[bytes], bytes]


@dataclass
class IdentityProvider:
    """The provider, and what it saw and shall do wrong.

    Attributes:
        asked: Parameters of each request, by its path.
        before: Changes a request, by its path.
        after: Changes an answer's body, by its path.
    """

    app: Any
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    before: dict[str, Callable[[Environ], None]] = field(default_factory=dict)
    after: dict[str, Change] = field(default_factory=dict)
    url: str = ""

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self._note(environ, path)
        self.before.get(path, lambda _: None)(environ)
        if path not in self.after:
            return iter(self.app(environ, start))
        kept: list[Any] = []
        answer = self.app(environ, lambda *given: kept.append(given))
        body = self.after[path](b"".join(answer))
        status, headers = kept[0][:2]
        start(status, [(name, value) for name, value in headers if name != "Content-Length"])
        return [body]

    def _note(self, environ: Environ, path: str) -> None:
        parameters = parse_qs(environ.get("QUERY_STRING", ""))
        if path == "/oauth2/token":
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            parameters = parse_qs(body.decode())
            environ["wsgi.input"] = _Body(body)
        self.asked.append((path, {name: values[0] for name, values in parameters.items()}))

    def parameters(self, path: str) -> dict[str, str]:
        """Return what the last request to a path carried."""
        return [given for where, given in self.asked if where == path][-1]

    def behave(self) -> None:
        """Do nothing wrong any more."""
        self.before.clear()
        self.after.clear()

    def is_person(self, subject: str, **claims: object) -> None:
        """Let there be an account with these claims."""
        httpx.put(f"{self.url}/users/{subject}", json=claims).raise_for_status()

    def sign_in(self, address: str, subject: str) -> str:
        """Sign in on the provider's page, and return the address that it sends the browser to."""
        return httpx.post(address, data={"sub": subject}).headers["location"]

    def deny(self, address: str) -> str:
        return httpx.post(address, data={"action": "deny"}).headers["location"]


class _Body:
    def __init__(self, content: bytes) -> None:
        import io

        self._stream = io.BytesIO(content)

    def read(self, *size: int) -> bytes:
        return self._stream.read(*size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        pass


@contextmanager
def identity_provider(life: timedelta = timedelta(hours=1)) -> Iterator[IdentityProvider]:
    """Give a provider whose tokens live so long."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        provider = IdentityProvider(oidc_provider_mock.app(access_token_max_age=life))
    server = make_server("localhost", 0, provider, threaded=True, request_handler=_Quiet)
    provider.url = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def another_nonce(environ: Environ) -> None:
    """Have the provider put another nonce into its token."""
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    environ["QUERY_STRING"] = urlencode({**query, "nonce": "of-another-attempt"})


def another_host(environ: Environ) -> None:
    """Have the provider think that it is another one."""
    environ["HTTP_HOST"] = "localhost:1"


def in_json(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Change an answer in JSON."""
    return lambda body: json.dumps(change(json.loads(body))).encode()
