"""Mail, in a real exchange."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage import ConnectorError, CredentialsError, OutcomeUnknownError, RejectedError, RetryableError
from disengage.notifier import Notifier

from .conftest import PASSWORD, USER, Mailbox, a_digest, a_notice, served

Made = Callable[..., Notifier]


@pytest.fixture
def mailer(made: Made, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Notifier]:
    def make(url: str = "", **table: Any) -> Notifier:
        monkeypatch.setenv("SMTP_URL", url or mailbox.url)
        usual = {"from_email": "disengage@firm.example", "to": ["office@firm.example", "boss@firm.example"]}
        return made("email", smtp_url={"env": "SMTP_URL"}, **usual | table)

    return make


def test_a_notice_is_one_plain_mail_to_everybody(mailer: Made, mailbox: Mailbox) -> None:
    mailer().send(a_notice())
    ((recipients, mail),) = mailbox.mails
    assert recipients == ("office@firm.example", "boss@firm.example")
    del mail["Date"]
    assert dict(mail.items()) == {
        "Message-ID": "<17-0123456789abcdef.notifications.ours@firm.example>",
        "From": "disengage@firm.example",
        "To": "office@firm.example, boss@firm.example",
        "Subject": "Could not go on: go.sever_link (c-nordlys000)",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    assert "disengage show c-nordlys000" in mail.get_content()


def test_the_same_notice_has_the_same_message_id(mailer: Made, mailbox: Mailbox) -> None:
    for _ in range(2):
        mailer().send(a_digest())
    first, second = (mail["Message-ID"] for _, mail in mailbox.mails)
    assert first == second == "<digest-2027-01-04-0123456789abcdef.notifications.ours@firm.example>"


def test_words_of_any_language_arrive_as_they_are(mailer: Made, mailbox: Mailbox) -> None:
    mailer().send(a_notice("task_opened", title="Avslutt kundeforhold : nå … på æøå"))
    ((_, mail),) = mailbox.mails
    assert "Avslutt kundeforhold : nå … på æøå" in mail["Subject"]
    assert "Avslutt kundeforhold : nå … på æøå" in mail.get_content()


@pytest.mark.parametrize(
    ("trouble", "kind", "message"),
    [
        ("password", CredentialsError, "the mail server did not let us in (535)."),
        ("greylisted", RetryableError, "the mail server did not take the recipient for now (451); nothing was sent."),
        ("no such mailbox", RejectedError, "the mail server refused the recipient (550)."),
        ("full", RetryableError, "the mail server did not take the message for now (452); nothing was sent."),
        ("refused", RejectedError, "the mail server refused the message (554)."),
        (
            "lost",
            OutcomeUnknownError,
            "a mail was handed to the mail server, but whether it was taken is not known.",
        ),
    ],
)
def test_what_goes_wrong_is_said_without_an_address_or_a_password(
    mailer: Made, mailbox: Mailbox, trouble: str, kind: type[ConnectorError], message: str
) -> None:
    mailbox.trouble = trouble
    with pytest.raises(kind) as caught:
        mailer().send(a_notice())
    assert (type(caught.value), caught.value.message) == (kind, f"notifications.ours: {message}")
    assert [word for word in (USER + ":", PASSWORD, "firm.example") if word in str(caught.value)] == []


def test_one_recipient_that_is_taken_is_enough(mailer: Made, mailbox: Mailbox) -> None:
    mailbox.refuses = frozenset({"boss@firm.example"})
    mailer().send(a_notice())
    assert [recipients for recipients, _ in mailbox.mails] == [("office@firm.example",)]


def test_a_server_that_is_not_there_is_tried_later(mailer: Made) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(RetryableError):
        mailer(f"smtp://127.0.0.1:{port}").send(a_notice())


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://user@host", "smtp://h:x", "smtp://h/path", "sesame"])
def test_a_secret_that_is_no_url_of_a_mail_server_is_not_repeated(mailer: Made, url: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        mailer(url).send(a_notice())
    assert "sesame" not in str(caught.value)


def test_away_from_loopback_nothing_is_said_in_clear(
    mailer: Made, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disengage_notifications.by_email.is_loopback", lambda host: False)
    with pytest.raises(CredentialsError, match="offers no encryption"):
        mailer().send(a_notice())
    assert mailbox.mails == []


@pytest.fixture(params=["smtp", "smtps"])
def encrypted(
    request: pytest.FixtureRequest, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Mailbox, str]]:
    """Serve a mail server that speaks TLS, from the first byte or by STARTTLS, as outside loopback; give its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setattr("disengage_notifications.by_email.is_loopback", lambda host: False)
    with served(**{"ssl_context" if request.param == "smtps" else "tls_context": context}) as mailbox:
        yield mailbox, f"{request.param}://{USER}:{PASSWORD}@localhost:{mailbox.port}"


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(mailer: Made, encrypted: tuple[Mailbox, str]) -> None:
    mailbox, url = encrypted
    with pytest.raises(RetryableError, match="certificate is not trusted"):
        mailer(url).send(a_notice())
    assert mailbox.mails == []


def test_mail_goes_out_encrypted(
    mailer: Made, encrypted: tuple[Mailbox, str], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox, url = encrypted
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr("disengage_notifications.by_email._tls", lambda: trusting)
    mailer(url).send(a_notice())
    assert len(mailbox.mails) == 1
