"""Receivers on loopback: a mail server and an HTTP server, both real; and what makes a notifier of settings."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from disengage import Firm, Surroundings
from disengage.http import MemoryLimiter
from disengage.notifier import Notifier
from disengage_notifications.plugin import notifier_types

FIRM = Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo")
USER, PASSWORD = "office", "sesame-4711"
#: kind of trouble → what the mail server answers, and to which command.
TROUBLES = {
    "greylisted": ("rcpt", "451 4.7.1 Try again later, office@firm.example"),
    "no such mailbox": ("rcpt", "550 5.1.1 No such mailbox: office@firm.example"),
    "full": ("data", "452 4.3.1 Insufficient system storage"),
    "refused": ("data", "554 5.7.1 Message refused"),
}


def a_notice(kind: str = "failed", **more: Any) -> dict[str, Any]:
    return {
        "id": "17-0123456789abcdef",
        "kind": kind,
        "at": "2027-01-04T09:00:00Z",
        "seq": 17,
        "case": "c-nordlys000",
        "step": "go.sever_link",
        "connection": "go",
        "more": "disengage show c-nordlys000",
        **more,
    }


def a_digest(**more: Any) -> dict[str, Any]:
    def task(number: int, **flags: bool) -> dict[str, Any]:
        told = {"task": f"c-1-{number}", "case": "c-1", "step": "go.sever_link", "connection": "go"}
        marks = {"overdue": False, "soon": False, **flags}
        return {**told, "title": f"End it, number {number}", "due": f"2027-01-0{number}", **marks}

    return {
        "id": "digest-2027-01-04-0123456789abcdef",
        "kind": "digest",
        "at": "2027-01-04T07:00:00Z",
        "day": "2027-01-04",
        "counts": {"tasks": 4, "overdue": 1, "soon": 1, "cases": 1, "connections": 1},
        "tasks": [task(1, overdue=True), task(4, soon=True), task(9)],
        "cases": [{"case": "c-2", "steps": ["go.sever_link"]}],
        "connections": [{"connection": "banqup", "since": "2027-01-03T10:00:00Z"}],
        "more": "disengage tasks",
        **more,
    }


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Notifier]]:
    """Give what makes the notifier of a kind from the table it has in the configuration."""
    types = {offered.name: offered for offered in notifier_types()}
    all_made: list[Notifier] = []

    def make(kind: str, **table: Any) -> Notifier:
        nothing: Any = None
        around = Surroundings(
            connection="notifications.ours",
            firm=FIRM,
            folder=tmp_path,
            limiter=MemoryLimiter(),
            tokens=nothing,
            now=lambda: datetime.now(UTC),
        )
        model = types[kind].settings_model
        settings = model.model_validate({"kind": kind, **table}, context={"folder": tmp_path})
        all_made.append(types[kind].notifier(settings, around))
        return all_made[-1]

    yield make
    for notifier in all_made:
        notifier.close()


# --- mail


@dataclass
class Mailbox:
    """What arrived, and what goes wrong."""

    port: int = 0
    trouble: str = ""
    mails: list[tuple[tuple[str, ...], EmailMessage]] = field(default_factory=list)
    refuses: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        return f"smtp://{USER}:{PASSWORD}@127.0.0.1:{self.port}"


class _Behaviour:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 -- aiosmtpd's word
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 -- aiosmtpd's word
        command, words = TROUBLES.get(self.mailbox.trouble, ("", ""))
        if command == "rcpt" or address in self.mailbox.refuses:
            return words or "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's word
        command, words = TROUBLES.get(self.mailbox.trouble, ("", ""))
        if command == "data":
            return words
        message = message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mailbox.mails.append((tuple(envelope.rcpt_tos), message))
        if self.mailbox.trouble == "lost":
            server.transport.abort()
            await asyncio.sleep(30)  # ended at once: the session is cancelled when its connection is gone
        return "250 OK"


class _OnBoundSocket(Controller):
    """Serves on a socket that is bound already, so that the port is known and nobody else can have it."""

    def __init__(self, behaviour: _Behaviour, lets_in: Callable[..., AuthResult], **tls: ssl.SSLContext) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(
            behaviour,
            hostname="127.0.0.1",
            port=self._socket.getsockname()[1],
            auth_require_tls=False,
            authenticator=lets_in,
            **tls,
        )

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Serve a mail server that asks for a login."""
    with served() as found:
        yield found


@contextmanager
def served(**tls: ssl.SSLContext) -> Iterator[Mailbox]:
    """Serve a mail server that encrypts in aiosmtpd's words: ``ssl_context``, or ``tls_context`` for STARTTLS."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    found = Mailbox()

    def lets_in(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        right = given == LoginPassword(USER.encode(), PASSWORD.encode()) and found.trouble != "password"
        return AuthResult(success=right, handled=False)

    controller = _OnBoundSocket(_Behaviour(found), lets_in, **tls)
    controller.start()
    found.port = controller.port
    try:
        yield found
    finally:
        controller.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with a key and a certificate for localhost that nobody vouches for."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(plain + built.sign(key, hashes.SHA256()).public_bytes(pem))
    return path


# --- HTTP


@dataclass
class Received:
    """One POST."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hook:
    """What arrived, and with which status it is answered: the first of ``answers``, else 204."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/disengage"


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Serve whoever posts."""
    found = Hook()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.received.append(Received(self.path, dict(self.headers.items()), body))
            status = found.answers.pop(0) if found.answers else 204
            if status:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()
            else:
                self.close_connection = True

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
