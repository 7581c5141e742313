"""The vendor's support mailbox on loopback: a real SMTP server that asks for a login and keeps what it receives."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: kind → what the mail server does instead of taking the mail.
TROUBLES = {
    "refuse": "hang up before the greeting",
    "password": "refuse the login",
    "4xx": "refuse the recipient for now",
    "5xx": "refuse the recipient",
    "4xx-data": "refuse the text for now",
    "5xx-data": "refuse the text",
    "drop": "hang up when the text is announced, before any of it",
    "lost": "take the mail, then hang up without an answer",
}
_RECIPIENT = {"4xx": "451 4.3.0 Mailbox temporarily not available", "5xx": "550 5.1.1 No such mailbox"}
_TEXT = {"4xx-data": "452 4.3.1 Insufficient system storage", "5xx-data": "554 5.7.1 Message refused"}


@dataclass(frozen=True)
class Mail:
    """One mail as support received it."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """Its words."""
        return str(self.message.get_content())


class Mailbox:
    """The server; safe for many threads.

    Args:
        user: Who may log in.
        password: With what.
        received: Told of every mail that was taken.
        tls: How it encrypts, in aiosmtpd's words: ``ssl_context`` from the first byte, ``tls_context`` by STARTTLS.
    """

    def __init__(self, user: str, password: str, received: Callable[[Mail], None], **tls: ssl.SSLContext) -> None:
        self.user, self.password, self._received, self.tls = user, password, received, tls
        self._troubles: list[str] = []
        self._controller: _Controller | None = None

    def start(self) -> None:
        """Listen on a free port of loopback."""
        for name in ("mail.log", "mail.debug"):  # they would repeat every address
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._controller = _Controller(self)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening. Calling it twice is nothing."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._controller, "the mailbox is not served"
        return int(self._controller.port)

    def trouble(self, kind: str, times: int) -> None:
        """Misbehave the next ``times`` times that ``kind`` can strike."""
        assert kind in TROUBLES, f"no such trouble: {kind}"
        self._troubles += [kind] * times

    def strikes(self, *kinds: str) -> str | None:
        """Return which of ``kinds`` strikes now, and count it."""
        kind = next((kind for kind in self._troubles if kind in kinds), None)
        if kind:
            self._troubles.remove(kind)
        return kind

    def take(self, envelope: Envelope) -> None:
        """Keep a mail."""
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self._received(Mail(str(envelope.mail_from), tuple(envelope.rcpt_tos), message))


class _Controller(Controller):
    """Serves on a socket that is bound already, so that the port is known and nobody else can have it."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(
            _Behaviour(mailbox),
            hostname="127.0.0.1",
            port=self._socket.getsockname()[1],
            server_hostname="support.example",
            auth_require_tls=False,
            authenticator=self._lets_in,
            timeout=30,
            ssl_context=mailbox.tls.get("ssl_context"),
            tls_context=mailbox.tls.get("tls_context"),
        )

    def factory(self) -> SMTP:
        """Return a session."""
        return _Session(self.handler, **self.SMTP_kwargs)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)

    def _lets_in(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
        mailbox = self.mailbox
        expected = LoginPassword(mailbox.user.encode(), mailbox.password.encode())
        return AuthResult(success=given == expected and not mailbox.strikes("password"), handled=False)


class _Session(SMTP):
    async def _handle_client(self) -> None:
        if self.event_handler.mailbox.strikes("refuse"):
            _hang_up(self)
        else:
            await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 -- the base class's name
        """Take the text, or hang up."""
        if self.event_handler.mailbox.strikes("drop"):
            _hang_up(self)
        else:
            await super().smtp_DATA(arg)


class _Behaviour:
    """What the server says to each command."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Let nobody in who is not logged in."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take any recipient."""
        trouble = self.mailbox.strikes(*_RECIPIENT)
        if trouble:
            return _RECIPIENT[trouble]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        """Keep the mail, and say so."""
        trouble = self.mailbox.strikes(*_TEXT)
        if trouble:
            return _TEXT[trouble]
        self.mailbox.take(envelope)
        if self.mailbox.strikes("lost"):
            _hang_up(server)
            await asyncio.sleep(30)  # ended at once: the session is cancelled when its connection is gone
        return "250 2.0.0 OK"


def _hang_up(server: SMTP) -> None:
    """Close hard: the client sees the connection reset, not an orderly end."""
    transport = server.transport
    assert isinstance(transport, asyncio.Transport)
    transport.abort()
