"""Send one mail by SMTP, once, and say exactly what became of it.

Until the server asks for the text, whatever goes wrong means that nothing was sent. From then on only the server's
own answer tells; where it does not come, nobody here knows. No error repeats an address, a user, a password, or the
server's words, which may hold any of them.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import SplitResult, unquote, urlsplit

from disengage import (
    ConnectorError,
    CredentialsError,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
    Secret,
    UnexpectedResponseError,
)
from disengage.connector import is_loopback
from disengage.http.fence import still_allowed

from disengage_clearfacts.tickets import Letter

_PORTS = {"smtp": 587, "smtps": 465}
_TIMEOUT, _PARTING_TIMEOUT = 30.0, 3.0
_GO_AHEAD, _NO_CODE = 354, -1
#: "Authentication required", "too weak", "refused", "needs encryption" (RFC 4954).
_NOT_LET_IN = frozenset({530, 534, 535, 538})
_ENHANCED = re.compile(rb"\d\.\d{1,3}\.\d{1,3}\b")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
#: Headers are not folded: a message id that was would become an encoded word.
_UNFOLDED = SMTP.clone(max_line_length=998)
_WRITE = "Write smtps://user:password@host:465 or smtp://user:password@host:587, special characters percent-encoded."
_MAIL_ACCOUNT = "Check the secret under 'smtp_url'; nothing was sent."


@dataclass(frozen=True, repr=False)
class MailServer:
    """The mail server that the secret names.

    Attributes:
        connection: The connection's name, for messages.
        host: Its name or address.
        port: Its port.
        wrapped: TLS from the first byte (``smtps``).
        user: Empty where it asks for none.
        password: As the user.
    """

    connection: str
    host: str
    port: int
    wrapped: bool
    user: str = field(default="")
    password: str = field(default="")

    @property
    def upgrades(self) -> bool:
        """Whether nothing may pass before STARTTLS: everywhere but on loopback."""
        return not self.wrapped and not is_loopback(self.host)


def server_of(secret: Secret, connection: str) -> MailServer:
    """Return the mail server that a secret names.

    Raises:
        CredentialsError: There is no secret, or no usable URL in it; the message does not repeat it.
    """
    url = secret.reveal()
    try:
        parts = _split(url)
        user, password = _login(parts)
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        message = f"{connection}: the secret under 'smtp_url' cannot be used as a URL of a mail server."
        raise CredentialsError(message, remedy=_WRITE) from None
    return MailServer(connection, parts.hostname or "", port, parts.scheme == "smtps", user, password)


def _login(parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not all(c.isascii() and c.isprintable() for c in user + password):
        raise ValueError
    return user, password


def _split(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError
    return parts


def message_of(letter: Letter, *, sender: str, recipient: str, date: datetime) -> EmailMessage:
    """Return a letter as the mail that it becomes; seven bits only, whatever its words."""
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = letter.message_id
    mail["Date"] = date
    mail["From"], mail["To"] = sender, recipient
    mail["Subject"] = letter.subject
    if letter.answers:
        mail["In-Reply-To"] = mail["References"] = letter.answers
    mail.set_content(letter.body, cte="quoted-printable")
    return mail


def knock(server: MailServer) -> None:
    """See that the mail server lets us in; sends nothing.

    Raises:
        ConnectorError: It does not.
    """
    with _session(server) as smtp:
        _part(smtp)


def send(server: MailServer, mail: EmailMessage) -> None:
    """Send one mail to its one recipient.

    Raises:
        RetryableError: Nothing was sent; it may be tried later.
        CredentialsError: The server does not let us in; nothing was sent.
        RejectedError: The server refused it; nothing was sent.
        OutcomeUnknownError: It was handed over, and whether the server took it is not known.
        StoreError: The right to work on the link was lost meanwhile; nothing was sent.
    """
    content = _LEADING_DOT.sub(b"..", mail.as_bytes(policy=_UNFOLDED))
    with _session(server) as smtp:
        with _nothing_sent(server):
            _expect(server, smtp.mail(str(mail["From"])), "the sender")
            _expect(server, smtp.rcpt(str(mail["To"])), "the recipient")
            _expect(server, smtp.docmd("DATA"), "the message", _GO_AHEAD)
        still_allowed()
        _hand_over(server, smtp, content)
        _part(smtp)


def _hand_over(server: MailServer, smtp: smtplib.SMTP, content: bytes) -> None:
    try:
        smtp.send(content + b".\r\n")
        code, words = smtp.getreply()
    except (smtplib.SMTPException, OSError):
        code, words = _NO_CODE, b""
    if 200 <= code < 300:
        return
    if 400 <= code < 600:
        raise _refusal(server, code, words, "the message")
    raise OutcomeUnknownError(
        f"{server.connection}: a mail was handed to the mail server, but whether it was taken is not known.",
        remedy="Look in the mailbox it is sent from, or ask the recipient, before anything is sent again.",
    )


@contextmanager
def _session(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Yield a session in which the server has let us in."""
    with _nothing_sent(server):
        smtp = _connected(server)
    try:
        with _nothing_sent(server):
            _let_in(server, smtp)
        yield smtp
    finally:
        smtp.close()


def _connected(server: MailServer) -> smtplib.SMTP:
    """Return a client that calls itself ``localhost``: this machine's own name is nobody's business."""
    if server.wrapped:
        return smtplib.SMTP_SSL(server.host, server.port, "localhost", timeout=_TIMEOUT, context=_tls())
    return smtplib.SMTP(server.host, server.port, "localhost", timeout=_TIMEOUT)


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _let_in(server: MailServer, smtp: smtplib.SMTP) -> None:
    smtp.ehlo_or_helo_if_needed()
    if server.upgrades:
        smtp.starttls(context=_tls())
        smtp.ehlo_or_helo_if_needed()
    if server.user:
        smtp.login(server.user, server.password)


def _part(smtp: smtplib.SMTP) -> None:
    """Say goodbye; whatever comes of it changes nothing."""
    with suppress(smtplib.SMTPException, OSError):
        if smtp.sock:
            smtp.sock.settimeout(_PARTING_TIMEOUT)
        smtp.quit()


def _expect(server: MailServer, reply: tuple[int, bytes], what: str, wanted: int | None = None) -> None:
    code, words = reply
    if code == wanted or (wanted is None and 200 <= code < 300):
        return
    raise _refusal(server, code, words, what)


def _refusal(server: MailServer, code: int, words: bytes, what: str) -> ConnectorError:
    """Return what a reply means that is no yes."""
    found = _ENHANCED.search(words[:100])
    told = f"{code} {found[0].decode()}" if found else str(code)
    if code in _NOT_LET_IN:
        return CredentialsError(
            f"{server.connection}: the mail server did not let us in ({told}).", remedy=_MAIL_ACCOUNT
        )
    if 400 <= code < 500:
        return RetryableError(
            f"{server.connection}: the mail server did not take {what} for now ({told}).",
            remedy="It is tried again later; nothing was sent.",
        )
    if 500 <= code < 600:
        return RejectedError(
            f"{server.connection}: the mail server refused {what} ({told}).",
            code=str(code),
            remedy="Check 'support_email', 'from_email' and what the mail account may send; nothing was sent.",
        )
    return UnexpectedResponseError(
        f"{server.connection}: the mail server did not answer as SMTP does.",
        remedy="Check that 'smtp_url' names a mail server; nothing was sent.",
    )


@contextmanager
def _nothing_sent(server: MailServer) -> Iterator[None]:
    """Turn every foreign exception inside into ours: before the text is handed over, nothing was sent."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        raise _refusal(server, error.smtp_code, words, "the session") from None
    except ssl.SSLCertVerificationError:
        raise RetryableError(
            f"{server.connection}: the mail server's certificate is not trusted; nothing was sent.",
            remedy="Check host and port of 'smtp_url'; the check of certificates cannot be switched off.",
        ) from None
    except smtplib.SMTPException as error:
        if not isinstance(error, smtplib.SMTPServerDisconnected):  # a server that can do neither TLS nor any login
            raise CredentialsError(
                f"{server.connection}: the mail server offers no encryption, or no login that is known here.",
                remedy="Check scheme and port of 'smtp_url': in clear, mail is handed over on loopback only.",
            ) from None
        raise _out_of_reach(server) from None
    except (OSError, UnicodeError):
        raise _out_of_reach(server) from None


def _out_of_reach(server: MailServer) -> RetryableError:
    return RetryableError(
        f"{server.connection}: the mail server cannot be reached, or hung up; nothing was sent.",
        remedy="It is tried again later. Check host and port of 'smtp_url' if it goes on.",
    )
