"""Tell people by e-mail: one plain mail for each notice, handed to the firm's own mail server.

No error repeats an address, a user, a password, or the server's words, which may hold any of them.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from disengage import ConnectorError, CredentialsError, OutcomeUnknownError, RejectedError, RetryableError
from disengage.connector import is_loopback
from disengage.notifier import Notifier

from disengage_notifications.wording import subject, text

_PORTS = {"smtp": 587, "smtps": 465}
_TIMEOUT = 20.0
#: "Authentication required", "too weak", "refused", "needs encryption" (RFC 4954).
_NOT_LET_IN = frozenset({530, 534, 535, 538})
#: Headers are not folded: a message id that was would become an encoded word.
_UNFOLDED = SMTP.clone(max_line_length=998)


class ByEmail(Notifier):
    """A mail server, and whom it is to reach."""

    def send(self, notice: Mapping[str, Any]) -> None:
        """Hand one mail to the server; it is taken if the server took it for any of the recipients."""
        server = self._server()
        mail = self._mail(notice)
        with _session(server) as smtp:
            _addressed(server, smtp, self.settings.from_email, self.settings.to)
            _handed_over(server, smtp, mail.as_bytes(policy=_UNFOLDED))
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()

    def _mail(self, notice: Mapping[str, Any]) -> EmailMessage:
        sender = self.settings.from_email
        mail = EmailMessage(policy=SMTP)
        mail["Message-ID"] = f"<{notice['id']}.{self.around.connection}@{sender.rpartition('@')[2]}>"
        mail["Date"] = self.around.now()
        mail["From"], mail["To"] = sender, ", ".join(self.settings.to)
        mail["Subject"] = subject(notice)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is announced to it
        mail.set_content(text(notice), cte="quoted-printable")
        return mail

    def _server(self) -> _Server:
        name, url = self.around.connection, self.settings.smtp_url.reveal()
        try:
            return _server_of(name, url)
        except ValueError:
            raise CredentialsError(
                f"{name}: the secret under 'smtp_url' cannot be used as a URL of a mail server; nothing was sent.",
                remedy="Write smtps://user:password@host:465 or smtp://user:password@host:587, percent-encoded.",
            ) from None


@dataclass(frozen=True, repr=False)
class _Server:
    name: str
    host: str
    port: int
    wrapped: bool
    user: str = field(default="")
    password: str = field(default="")


def _server_of(name: str, url: str) -> _Server:
    parts = _split(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not all(c.isascii() and c.isprintable() for c in user + password):
        raise ValueError
    port = parts.port or _PORTS[parts.scheme]
    return _Server(name, parts.hostname or "", port, parts.scheme == "smtps", user, password)


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError
    return parts


@contextmanager
def _session(server: _Server) -> Iterator[smtplib.SMTP]:
    """Yield a session in which the server has let us in; TLS is given up on loopback only."""
    with _nothing_sent(server):
        smtp = _connected(server)
    try:
        with _nothing_sent(server):
            smtp.ehlo_or_helo_if_needed()
            if not server.wrapped and not is_loopback(server.host):
                smtp.starttls(context=_tls())
                smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password)
        yield smtp
    finally:
        smtp.close()


def _connected(server: _Server) -> smtplib.SMTP:
    """Return a client that calls itself ``localhost``: this machine's own name is nobody's business."""
    if server.wrapped:
        context = _tls()
        return smtplib.SMTP_SSL(server.host, server.port, "localhost", timeout=_TIMEOUT, context=context)
    return smtplib.SMTP(server.host, server.port, "localhost", timeout=_TIMEOUT)


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _addressed(server: _Server, smtp: smtplib.SMTP, sender: str, recipients: tuple[str, ...]) -> None:
    """Name sender and recipients; one recipient that the server takes is enough."""
    with _nothing_sent(server):
        code, _ = smtp.mail(sender)
        if code // 100 != 2:
            raise _refusal(server, code, "the sender")
        codes = [smtp.rcpt(recipient)[0] for recipient in recipients]
        if not any(code // 100 == 2 for code in codes):
            raise _refusal(server, codes[0], "the recipient")


def _handed_over(server: _Server, smtp: smtplib.SMTP, content: bytes) -> None:
    try:
        code, _ = smtp.data(content)
    except smtplib.SMTPDataError as error:
        raise _refusal(server, error.smtp_code, "the message") from None
    except (smtplib.SMTPException, OSError):
        raise OutcomeUnknownError(
            f"{server.name}: a mail was handed to the mail server, but whether it was taken is not known."
        ) from None
    if code // 100 != 2:
        raise _refusal(server, code, "the message")


def _refusal(server: _Server, code: int, what: str) -> ConnectorError:
    if code in _NOT_LET_IN:
        return CredentialsError(
            f"{server.name}: the mail server did not let us in ({code}).",
            remedy="Check the secret under 'smtp_url'; nothing was sent.",
        )
    if code // 100 == 5:
        return RejectedError(
            f"{server.name}: the mail server refused {what} ({code}).",
            code=str(code),
            remedy="Check 'from_email', 'to' and what the mail account may send; nothing was sent.",
        )
    return RetryableError(f"{server.name}: the mail server did not take {what} for now ({code}); nothing was sent.")


@contextmanager
def _nothing_sent(server: _Server) -> Iterator[None]:
    """Turn every foreign exception inside into ours: before the text is handed over, nothing was sent."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _refusal(server, error.smtp_code, "the session") from None
    except ssl.SSLCertVerificationError:
        raise RetryableError(
            f"{server.name}: the mail server's certificate is not trusted; nothing was sent.",
            remedy="Check host and port of 'smtp_url'; the check of certificates cannot be switched off.",
        ) from None
    except smtplib.SMTPException as error:
        if isinstance(error, smtplib.SMTPServerDisconnected):
            raise _out_of_reach(server) from None
        raise CredentialsError(
            f"{server.name}: the mail server offers no encryption, or no login that is known here; nothing was sent.",
            remedy="Check scheme and port of 'smtp_url': in clear, mail is handed over on loopback only.",
        ) from None
    except (OSError, UnicodeError):
        raise _out_of_reach(server) from None


def _out_of_reach(server: _Server) -> RetryableError:
    return RetryableError(
        f"{server.name}: the mail server cannot be reached, or hung up; nothing was sent.",
        remedy="It is tried again later. Check host and port of 'smtp_url' if it goes on.",
    )
