"""A time-stamping authority on loopback: a real HTTP server that signs with a certificate of its own making."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client import _rust

from tests.proof import der

_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
_RSA_SHA256 = der.sequence(der.oid("1.2.840.113549.1.1.11"), b"\x05\x00")
_POLICY = "1.3.6.1.4.1.99999.1"


@dataclass(frozen=True)
class Keys:
    """A root, and the authority's own certificate under it."""

    root: x509.Certificate
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)


@cache
def keys(name: str = "Time") -> Keys:
    """Make a root and a certificate, once for every name."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = _certificate(f"{name} Root", root_key, f"{name} Root", root_key, _CA)
    return Keys(root, _certificate(f"{name} Stamps", key, f"{name} Root", root_key, _STAMPS), key)


def _CA(made: x509.CertificateBuilder) -> x509.CertificateBuilder:  # noqa: N802 - beside the next
    return made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)


def _STAMPS(made: x509.CertificateBuilder) -> x509.CertificateBuilder:  # noqa: N802 - beside the one before
    use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return made.add_extension(use, critical=True)


def _certificate(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: str,
    issuer_key: rsa.RSAPrivateKey,
    extend: Callable[[x509.CertificateBuilder], x509.CertificateBuilder],
) -> x509.Certificate:
    subject, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, issuer))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return extend(made).sign(issuer_key, hashes.SHA256())


@dataclass
class Wishes:
    """What is wrong with the answers, if anything is."""

    status: int = 200
    refuses: str = ""
    garbage: bytes = b""
    other_nonce: bool = False
    other_digest: bool = False
    signs_with: Keys | None = None


@dataclass
class Authority:
    """A running authority.

    Attributes:
        wishes: How it behaves; a test changes it.
        asked: What was sent to it, in order.
        now: Its clock.
    """

    wishes: Wishes = field(default_factory=Wishes)
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __enter__(self) -> Authority:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/stamp"

    def answer(self, query: bytes) -> bytes:
        """Return the ``TimeStampResp`` for a ``TimeStampReq``."""
        if self.wishes.refuses:
            said = der.sequence(der.utf8(self.wishes.refuses))
            return der.sequence(der.sequence(der.integer(2), said))
        return self.wishes.garbage or der.sequence(der.sequence(der.integer(0)), self._token(query))

    def _token(self, query: bytes) -> bytes:
        info = self._info(query)
        made = self.wishes.signs_with or keys()
        certificate = made.certificate.public_bytes(Encoding.DER)
        signed = der.sequence(
            der.integer(3),
            der.set_of(_SHA256),
            der.sequence(der.oid(_TST_INFO), der.tlv(0xA0, der.octets(info))),
            der.tlv(0xA0, certificate),
            der.set_of(_signer(made, info, certificate)),
        )
        return der.sequence(der.oid("1.2.840.113549.1.7.2"), der.tlv(0xA0, signed))

    def _info(self, query: bytes) -> bytes:
        request = _rust.parse_timestamp_request(query)
        imprint = request.message_imprint
        digest = bytes(len(imprint.message)) if self.wishes.other_digest else imprint.message
        nonce = 1 if self.wishes.other_nonce else request.nonce
        algorithm = der.sequence(der.oid(imprint.hash_algorithm.dotted_string))
        return der.sequence(
            der.integer(1),
            der.oid(_POLICY),
            der.sequence(algorithm, der.octets(digest)),
            der.integer(len(self.asked)),
            der.time(self.now()),
            *([der.integer(nonce)] if nonce is not None else []),
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked.append((self.headers["Content-Type"], query))
                answer = authority.answer(query)
                self.send_response(authority.wishes.status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _signer(made: Keys, info: bytes, certificate: bytes) -> bytes:
    attributes = [
        _attribute("1.2.840.113549.1.9.3", der.oid(_TST_INFO)),
        _attribute("1.2.840.113549.1.9.4", der.octets(hashlib.sha256(info).digest())),
        _attribute(
            "1.2.840.113549.1.9.16.2.47",
            der.sequence(der.sequence(der.sequence(der.octets(hashlib.sha256(certificate).digest())))),
        ),
    ]
    signed = der.set_of(*attributes)
    return der.sequence(
        der.integer(1),
        der.sequence(made.certificate.issuer.public_bytes(), der.integer(made.certificate.serial_number)),
        _SHA256,
        b"\xa0" + signed[1:],
        _RSA_SHA256,
        der.octets(made.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())),
    )


def _attribute(name: str, value: bytes) -> bytes:
    return der.sequence(der.oid(name), der.set_of(value))


def later(**by: float) -> datetime:
    """Return a moment after now."""
    return datetime.now(UTC) + timedelta(**by)
