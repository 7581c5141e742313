"""Time stamps (RFC 3161) over the end of the event log: somebody outside the firm says that it was so at that time.

What is stamped is the canonical JSON of the last event's number and hash. Since each event holds the hash of the one
before, one token proves every event up to it, even against somebody who has the store and its key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disengage.domain.values import Frozen, canonical
from disengage.engine.workplace import Workplace
from disengage.errors import ConfigurationError, RejectedError, StoreError, UnexpectedResponseError
from disengage.http import Patience
from disengage.http.timestamping import ask
from disengage.settings import Settings
from disengage.store import Stamp

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest, TimeStampResponse, VerifierBuilder

#: Only one process of a store asks at a time.
_HOLD = "@timestamps"
_OWN = "The authority's answer is not what RFC 3161 wants; ask its operator, or take another one."


class Stamped(Frozen):
    """What one asked authority said.

    Attributes:
        stamp: The time stamp.
        time: The authority's time.
        new: Whether it was asked for just now; otherwise nothing was recorded since the last one.
    """

    stamp: Stamp
    time: datetime
    new: bool


def statement(seq: int, hash_: str) -> bytes:
    """Return exactly the bytes that are stamped for a log that ends with this event."""
    return canonical({"hash": hash_, "seq": seq})


def stamp_now(workplace: Workplace, patience: Patience | None = None) -> Stamped | None:
    """Have the end of the log stamped, unless it is already; return None where nothing is recorded yet.

    Raises:
        ConfigurationError: No authority is configured, or what it takes is not installed.
        StoreError: The end of the log was changed from outside; it is not stamped.
        ConnectorError: The authority did not answer as it should; nothing was kept.
    """
    authority = Authority(workplace.settings)
    authority.must_be_configured()
    log, stamps = workplace.store.log, workplace.store.stamps
    head, last = log.head(), stamps.last()
    if head is None or not log.is_signed(head):
        raise StoreError(
            "The end of the event log cannot be stamped: it was changed from outside.",
            remedy="Look at it with 'disengage verify', and restore the store from your backup.",
        )
    if not head.seq:
        return None
    if last and last.seq == head.seq:
        return Stamped(stamp=last, time=authority.time_of(last), new=False)
    token = authority.ask(statement(head.seq, head.hash), patience)
    stamp = Stamp(seq=head.seq, hash=head.hash, token=token, at=workplace.now())
    time = authority.time_of(stamp)
    stamps.keep(stamp)
    return Stamped(stamp=stamp, time=time, new=True)


def daily(workplace: Workplace) -> Callable[[], None]:
    """Return what the daemon does: ask once in so many hours, where the log grew since, and one process only."""

    def do() -> None:
        last = workplace.store.stamps.last()
        pause = timedelta(hours=workplace.settings.timestamps.every_hours)
        if last and workplace.now() < last.at + pause:
            return
        with workplace.store.hold(_HOLD) as held:
            if held:
                stamp_now(workplace, Patience(attempts=1))

    return do


class Authority:
    """The configured time-stamping authority.

    Args:
        settings: The configuration.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._of = settings, settings.timestamps
        self._builder: VerifierBuilder | None = None

    def must_be_configured(self) -> None:
        """Do nothing where one is configured, and can be used.

        Raises:
            ConfigurationError: None is, or what it takes is not there.
        """
        if not self._of.url:
            raise ConfigurationError(
                f"{self._settings.file}: no time-stamping authority is configured.",
                remedy="Write its 'url' and 'certificates' under [timestamps].",
            )
        self._verifier()

    def ask(self, content: bytes, patience: Patience | None = None) -> bytes:
        """Return the authority's answer for ``content``, proven: its signature, its certificate, our nonce."""
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        request = (
            TimestampRequestBuilder()
            .data(content)
            .hash_algorithm(HashAlgorithm(self._of.hash.upper()))
            .cert_request(cert_request=True)
            .build()
        )
        answer = ask(self._of.url, request.as_bytes(), patience)
        self._must_be_granted(_decoded(answer))
        self._prove(answer, content, request)
        return answer

    def time_of(self, stamp: Stamp) -> datetime:
        """Return the authority's time of a stamp, after proving that it is over exactly this event.

        Raises:
            ConfigurationError: It cannot be proven here: certificates or the library are missing.
            UnexpectedResponseError: It is not genuine, or of something else.
        """
        return self._prove(stamp.token, statement(stamp.seq, stamp.hash))

    def _prove(self, answer: bytes, content: bytes, request: TimeStampRequest | None = None) -> datetime:
        builder = self._verifier()
        from rfc3161_client import VerificationError

        decoded = _decoded(answer)
        if request is not None and request.nonce is not None:
            builder = builder.nonce(request.nonce)
        try:
            builder.build().verify_message(decoded, content)
        except (VerificationError, ValueError) as error:
            why = str(error).partition(":")[0].lower() or type(error).__name__  # what follows is OpenSSL's own stack
            raise UnexpectedResponseError(f"The time stamp cannot be proven: {why}.", remedy=_OWN) from None
        return decoded.tst_info.gen_time

    @staticmethod
    def _must_be_granted(answer: TimeStampResponse) -> None:
        from rfc3161_client import PKIStatus

        if answer.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            said = "; ".join(answer.status_string)[:200]
            raise RejectedError(
                f"The time-stamping authority refused (status {int(answer.status)}){f': {said}' if said else ''}.",
                status=None,
                remedy="Ask its operator what it expects; nothing was kept.",
            )

    def _verifier(self) -> VerifierBuilder:
        if self._builder is None:
            self._builder = self._made()
        return self._builder

    def _made(self) -> VerifierBuilder:
        try:
            from rfc3161_client import VerifierBuilder
        except ImportError:
            raise ConfigurationError(
                "Time stamps cannot be asked for or proven: the package rfc3161-client is not installed.",
                remedy="Install disengage[timestamps].",
            ) from None
        certificates = self.certificates()
        roots = [certificate for certificate in certificates if certificate.issuer == certificate.subject]
        others = [certificate for certificate in certificates if certificate not in roots]
        return VerifierBuilder(roots=roots or certificates, intermediates=others if roots else [])

    def certificates(self) -> list[Any]:
        """Return the configured certificates.

        Raises:
            ConfigurationError: There are none, or they cannot be read.
        """
        from cryptography.x509 import load_pem_x509_certificates

        file = self.certificates_file
        if file is None:
            raise ConfigurationError(
                f"{self._settings.file}: no certificates of a time-stamping authority are configured.",
                remedy="Write the PEM file with its root certificate as 'certificates' under [timestamps].",
            )
        try:
            return list(load_pem_x509_certificates(file.read_bytes()))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it holds no PEM certificate"
            raise ConfigurationError(
                f"{self._settings.file}: 'timestamps.certificates' cannot be used: {reason.lower()}.",
                remedy="Put the authority's root certificate there, in PEM.",
            ) from None

    @property
    def certificates_file(self) -> Path | None:
        """The PEM file; None where none is configured."""
        return self._settings.folder / self._of.certificates if self._of.certificates else None


def complaints(workplace: Workplace) -> tuple[int, list[str], list[str]]:
    """Compare every time stamp with the log; return how many there are, what differs and what was not checked."""
    differences: list[str] = []
    not_checked: dict[str, None] = {}
    count = 0
    authority = Authority(workplace.settings)
    for stamp in workplace.store.stamps.all():
        count += 1
        differences += _against_log(workplace, stamp)
        try:
            authority.time_of(stamp)
        except ConfigurationError as error:
            not_checked[f"time stamps: {error.message}"] = None
        except UnexpectedResponseError as error:
            differences.append(f"time stamp over event {stamp.seq}: {error.message}")
    return count, differences, list(not_checked)


def _against_log(workplace: Workplace, stamp: Stamp) -> Iterator[str]:
    there = workplace.store.log.hash_at(stamp.seq)
    if there is None:
        yield f"time stamp over event {stamp.seq}: there is no such event in the log"
    elif there != stamp.hash:
        found = f"(expected {stamp.hash[:12]}, found {there[:12]})"
        yield f"time stamp over event {stamp.seq}: the event is not the one that was stamped {found}"


def _decoded(answer: bytes) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    try:
        return decode_timestamp_response(answer)
    except ValueError:
        raise UnexpectedResponseError("The time stamp cannot be read.", remedy=_OWN) from None
