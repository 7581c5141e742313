"""What becomes of one mail, whatever the mail server does; over real sockets."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from disengage import (
    Accepted,
    ConnectorError,
    CredentialsError,
    LinkState,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
    Secret,
)
from disengage.errors import StoreError
from disengage.http.fence import fenced
from disengage_clearfacts import ticket_mail
from disengage_clearfacts.simulator_mail import Mailbox
from disengage_clearfacts.ticket_mail import MailServer, server_of
from disengage_clearfacts.tickets import Letter

if TYPE_CHECKING:
    from conftest import Account

URL = "CLEARFACTS_SMTP_URL"


def send(account: Account) -> Any:
    return account.connection().sever_link(account.link, account.request(), LinkState(), LinkState(), "")


def assert_nothing_private(account: Account, error: ConnectorError) -> None:
    secrets = [*account.simulator.planted, *account.simulator.environment().values()]
    told = f"{error.__dict__}"
    assert [word for word in (*secrets, "dossiers", "127.0.0.1", "Nordlys") if word in told] == []
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("refuse", RetryableError),
        ("drop", RetryableError),
        ("4xx", RetryableError),
        ("4xx-data", RetryableError),
        ("5xx", RejectedError),
        ("5xx-data", RejectedError),
    ],
)
def test_trouble_before_the_mail_is_taken_means_that_nothing_was_sent(
    account: Account, kind: str, error: type[ConnectorError]
) -> None:
    account.simulator.mail_trouble(kind)
    with pytest.raises(error) as caught:
        send(account)
    assert_nothing_private(account, caught.value)
    assert account.simulator.mails == []
    assert isinstance(send(account), Accepted)
    assert len(account.simulator.mails) == 1


def test_nothing_is_sent_by_whoever_lost_the_right_to_work_on_the_link(account: Account) -> None:
    def lost() -> None:
        raise StoreError("the hold was lost")

    with fenced(lost), pytest.raises(StoreError):
        send(account)
    assert account.simulator.mails == []


def test_an_answer_that_is_lost_leaves_the_outcome_open_and_nothing_is_sent_twice(account: Account) -> None:
    account.simulator.mail_trouble("lost")
    with pytest.raises(OutcomeUnknownError) as caught:
        send(account)
    assert_nothing_private(account, caught.value)
    assert len(account.simulator.mails) == 1


def test_a_refused_login_is_a_matter_of_credentials(account: Account) -> None:
    account.simulator.mail_trouble("password", 9)
    with pytest.raises(CredentialsError) as caught:
        send(account)
    assert_nothing_private(account, caught.value)
    assert account.simulator.mails == []


def test_a_server_that_nobody_logged_in_to_takes_nothing(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    port = urlsplit(account.simulator.environment()[URL]).port
    monkeypatch.setenv(URL, f"smtp://127.0.0.1:{port}")
    with pytest.raises(CredentialsError, match=r"530 5\.7\.0"):
        send(account)
    assert account.simulator.mails == []


def test_a_server_that_is_not_there_is_tried_again_later(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv(URL, f"smtp://127.0.0.1:{port}")
    with pytest.raises(RetryableError) as caught:
        send(account)
    assert str(port) not in str(caught.value)


def test_something_that_speaks_no_smtp_gets_no_mail(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, f"smtp://127.0.0.1:{urlsplit(account.simulator.url).port}")
    monkeypatch.setattr(ticket_mail, "_TIMEOUT", 0.2)
    with pytest.raises(ConnectorError) as caught:
        send(account)
    assert not isinstance(caught.value, OutcomeUnknownError)


def test_lines_that_begin_with_a_dot_arrive_as_they_are(account: Account) -> None:
    body = "before\n.\n..\n.after\n"
    letter = Letter("<id@fjord.example>", "Subject", body)
    addresses = {"sender": "dossiers@fjord.example", "recipient": "support@portaal.example"}
    mail = ticket_mail.message_of(letter, **addresses, date=account.now)
    ticket_mail.send(server_of(Secret("env", URL), "portal"), mail)
    (received,) = account.simulator.mails
    assert received.text.replace("\r\n", "\n") == body


# the secret


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 587, False, "", "")),
        ("smtps://mail.example/", ("mail.example", 465, True, "", "")),
        (
            "smtps://u%40fjord.example:p%2Fw%3A@mail.example:2465",
            ("mail.example", 2465, True, "u@fjord.example", "p/w:"),
        ),
        ("SMTP://u:p@[::1]:25", ("::1", 25, False, "u", "p")),
    ],
)
def test_a_secret_is_read_as_a_url(monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[Any, ...]) -> None:
    monkeypatch.setenv(URL, url)
    assert server_of(Secret("env", URL), "portal") == MailServer("portal", *expected)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "https://user:hunter2@mail.example",
        "smtp://",
        "smtp://user:hunter2@",
        "smtp://user@mail.example",
        "smtp://:hunter2@mail.example",
        "smtp://user:hunter2@mail.example:0x19",
        "smtp://user:hunter2@mail.example:99999",
        "smtp://user:hunter2@mail.example/inbox",
        "smtp://user:hunter2@mail.example?tls=no",
        "smtp://user:hunter2@[mail.example",
        "smtp://user:hunter2@mail.example\nRCPT TO:<x@y.example>",
        "smtp://user:hunter2%0d%0aQUIT@mail.example",
        "smtp://user:hünter2@mail.example",
        "smtp://user:h%C3%BCnter2@mail.example",
        "smtp://user:hunter 2@mail.example",
    ],
)
def test_a_secret_that_is_no_such_url_is_one_sentence_that_does_not_repeat_it(
    account: Account, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(URL, url)
    with pytest.raises(CredentialsError) as caught:
        send(account)
    assert caught.value.message == "portal: the secret under 'smtp_url' cannot be used as a URL of a mail server."
    assert "hunter" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_secret_that_is_not_there_is_a_matter_of_credentials(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URL)
    with pytest.raises(CredentialsError):
        send(account)


def test_a_server_shows_nothing_of_itself() -> None:
    assert "word" not in repr(MailServer("portal", "mail.example", 25, False, "user", "word"))


# encryption


def test_outside_loopback_nothing_passes_in_clear(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(ticket_mail, "is_loopback", lambda _: False)
    monkeypatch.setattr(ticket_mail.smtplib.SMTP, "login", lambda *_: seen.append(b"login"))
    with pytest.raises(CredentialsError, match="no encryption"):
        send(account)
    assert (seen, account.simulator.mails) == ([], [])


@pytest.mark.parametrize(
    ("host", "wrapped", "upgrades"),
    [
        ("localhost", False, False),
        ("127.0.0.1", False, False),
        ("mail.example", False, True),
        ("mail.example", True, False),
    ],
)
def test_starttls_is_asked_for_everywhere_but_on_loopback(host: str, wrapped: bool, upgrades: bool) -> None:
    assert MailServer("portal", host, 25, wrapped).upgrades is upgrades


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with a key and a certificate for localhost that nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(plain + built.sign(key, hashes.SHA256()).public_bytes(pem))
    return path


@pytest.fixture(params=["smtp", "smtps"])
def encrypted(
    request: pytest.FixtureRequest, account: Account, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Let the account's mail server speak TLS, from the first byte or by STARTTLS, as outside loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    tls = {"ssl_context": context} if request.param == "smtps" else {"tls_context": context}
    mailbox = Mailbox("user", "word", account.simulator._receive, **tls)
    mailbox.start()
    monkeypatch.setattr(ticket_mail, "is_loopback", lambda _: False)
    monkeypatch.setenv(URL, f"{request.param}://user:word@localhost:{mailbox.port}")
    yield
    mailbox.stop()


@pytest.mark.usefixtures("encrypted")
def test_a_certificate_that_nobody_vouches_for_gets_no_mail(account: Account) -> None:
    with pytest.raises(RetryableError, match="certificate is not trusted"):
        send(account)
    assert account.simulator.mails == []


@pytest.mark.usefixtures("encrypted")
def test_mail_goes_out_encrypted(account: Account, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_mail, "_tls", lambda: ssl.create_default_context(cafile=certificate))
    assert isinstance(send(account), Accepted)
    assert len(account.simulator.mails) == 1
