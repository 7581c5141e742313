"""Encrypt a stream with age (https://age-encryption.org) to the keys of those who may read it."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from disengage.domain.values import Frozen
from disengage.engine.outfile import OutFile
from disengage.engine.packing import Writable
from disengage.errors import ConfigurationError, DisengageError, InputError

_KEYS = "age1…, ssh-ed25519 …, ssh-rsa …, or a file with one of them a line"


class Recipients(Frozen):
    """Whose keys a pack is encrypted to.

    Attributes:
        keys: As they were given.
    """

    keys: tuple[str, ...]

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """What stands for each key in the records: the beginning of the SHA-256 of the key as text."""
        return tuple(hashlib.sha256(key.encode()).hexdigest()[:16] for key in self.keys)


def recipients_from(given: Sequence[str]) -> Recipients:
    """Read public keys, and files with public keys.

    Raises:
        InputError: One is no public key of age or SSH, or a file cannot be read.
        ConfigurationError: The package for it is not installed.
    """
    return recipients_of(key for text in given for key in _keys(text.strip()))


def recipients_of(keys: Iterable[str]) -> Recipients:
    """Read public keys; none of the texts is ever taken for the name of a file.

    Raises:
        InputError: One is no public key of age or SSH.
        ConfigurationError: The package for it is not installed.
    """
    distinct = tuple(dict.fromkeys(keys))
    for number, key in enumerate(distinct, 1):
        _recipient(key, number)
    return Recipients(keys=distinct)


def _keys(text: str) -> list[str]:
    if text.startswith(("age1", "ssh-")):
        return [text]
    if text.upper().startswith("AGE-SECRET-KEY-"):
        raise InputError(
            "--encrypt-to was given a secret key.", remedy="Give the public one (age1…), and make a new pair."
        )
    try:
        lines = [line.strip() for line in Path(text).read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        raise InputError("--encrypt-to is neither a key nor a readable file.", remedy=f"Give {_KEYS}.") from None
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise InputError(f"The file {text} names no key to encrypt to.", remedy=f"Give {_KEYS}.")
    return found


def _recipient(key: str, number: int) -> Any:
    try:
        import pyrage
    except ImportError:
        raise ConfigurationError(
            "A pack cannot be encrypted: the package pyrage is not installed.", remedy="Install disengage[age]."
        ) from None
    kind = pyrage.ssh if key.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise InputError(
            f"Key {number} of --encrypt-to is not a public key of age or SSH.", remedy=f"Give {_KEYS}."
        ) from None


@contextmanager
def encrypted(out: OutFile, recipients: Recipients) -> Iterator[Writable]:
    """Yield what takes the clear bytes; ``out`` gets the encrypted ones, and nothing clear touches the disk.

    Raises:
        DisengageError: It could not be written.
    """
    reading, writing = os.pipe()
    aside = _Aside(reading, out, recipients)
    try:
        with os.fdopen(writing, "wb") as pipe:
            yield pipe
    except BrokenPipeError:
        aside.end()
        aside.raise_what_it_raised()  # the other end gave up, and says why
        raise
    except BaseException:
        aside.end()
        raise
    aside.end()
    aside.raise_what_it_raised()


class _Aside:
    """The encryption on a thread of its own: it reads at its end of the pipe, and writes."""

    def __init__(self, reading: int, out: OutFile, recipients: Recipients) -> None:
        self._reading, self._out, self._recipients = reading, out, recipients
        self._raised: DisengageError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="age")
        self._thread.start()

    def write(self, content: bytes) -> int:
        """Take encrypted bytes; age reports an error of this as its own, so it is kept here."""
        try:
            return self._out.write(content)
        except DisengageError as error:
            self._raised = error
            raise OSError from None

    def flush(self) -> None:
        """Take part in what a file can do."""

    def _run(self) -> None:
        import pyrage

        keys = [_recipient(key, number) for number, key in enumerate(self._recipients.keys, 1)]
        with os.fdopen(self._reading, "rb") as pipe:
            try:
                pyrage.encrypt_io(pipe, self, keys)
            except pyrage.EncryptError:
                self._raised = self._raised or DisengageError("The pack could not be encrypted.")

    def end(self) -> None:
        """Wait until it is over; the other end is closed."""
        self._thread.join()

    def raise_what_it_raised(self) -> None:
        """Raise what ended it early, if anything did."""
        if self._raised is not None:
            raise self._raised
