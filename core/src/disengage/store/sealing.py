"""The key of the store: how personal data is sealed, and how something is named without saying it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from disengage.connector import Secret
from disengage.domain.values import canonical
from disengage.errors import CredentialsError, StoreError
from disengage.store import tagged

#: The key's file in the store's folder, where the configuration names no other place.
KEY_FILE = "disengage.key"

_LOST = "Put the key back from your backup; what is personal in the store cannot be read without it."
_MAKE = (
    "Put a new key there, made with: "
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)


class Seal:
    """Seals values, and gives them names that only a holder of the key can compute.

    Args:
        key: A Fernet key: 32 bytes in URL-safe base64.

    Raises:
        StoreError: It is none.
    """

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
            self._secret = base64.urlsafe_b64decode(key)
        except ValueError:
            raise StoreError(
                "The key of the store is not a key: 32 bytes in URL-safe base64 are wanted.",
                remedy=_LOST,
            ) from None

    def close(self, value: Any) -> bytes:
        """Return ``value`` (JSON types, dates, times) sealed."""
        return self._fernet.encrypt(tagged.dumps(value).encode("ascii"))

    def open(self, token: bytes) -> Any:
        """Return what was sealed.

        Raises:
            StoreError: It was changed since, or sealed with another key.
        """
        try:
            return tagged.loads(self._fernet.decrypt(token))
        except (InvalidToken, TypeError):
            raise StoreError(
                "The store is damaged: a sealed value was changed, or sealed with another key.",
                remedy="Restore the store from your backup.",
            ) from None

    def mark(self, purpose: str, content: bytes) -> bytes:
        """Return a keyed digest of ``content``; the same content gives another one for another purpose."""
        return hmac.new(self._secret, purpose.encode() + b"\0" + content, hashlib.sha256).digest()

    def case_id(self, identity: Any) -> str:
        """Return the case id of a request's identity, from which the identity cannot be recovered."""
        mark = self.mark("case", canonical(identity))
        return "c-" + base64.b32encode(mark).decode("ascii")[:10].lower()

    def digest(self, value: Any) -> str:
        """Return a keyed digest of ``value``: comparable inside this store, silent outside."""
        return "hmac-sha256:" + self.mark("digest", tagged.dumps(value).encode("ascii")).hex()

    @property
    def check(self) -> str:
        """By which the store knows its key again."""
        return self.mark("check", b"").hex()


def seal_from(secret: Secret | None, folder: Path, *, create: bool) -> Seal:
    """Return the seal of the configured key, else of the key file in ``folder``.

    Args:
        secret: The configured place of the key.
        folder: Where the key file is.
        create: Make the key file where there is none.

    Raises:
        StoreError: There is no key, or it cannot be used.
    """
    if secret is None:
        return Seal(_key_file(folder / KEY_FILE, create=create))
    try:
        return Seal(secret.reveal())
    except CredentialsError as error:
        raise StoreError(
            f"The key of the store is missing: {error.message}", remedy=_MAKE if create else _LOST
        ) from None


def _key_file(path: Path, *, create: bool) -> str:
    try:
        if create and not path.exists():
            _write_new_key(path)
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise StoreError(f"The key of the store is missing: there is no {path}.", remedy=_LOST) from None
    except UnicodeDecodeError:
        raise StoreError(f"The key of the store cannot be used: {path} is not a key.", remedy=_LOST) from None
    except OSError as error:
        raise StoreError(
            f"The key of the store cannot be read or written at {path}: {error.strerror}.",
            remedy="See to the folder's permissions and free space, and try again.",
        ) from None


def _write_new_key(path: Path) -> None:
    """Make the key file whole or not at all; of two processes at once, the first one's key stays."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        return
    finally:
        aside.unlink()
