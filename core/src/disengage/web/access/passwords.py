"""Passwords: hashed with argon2id, and compared in the same time whether somebody has one or not."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from disengage.web.saying import N_

#: What RFC 9106, section 4, recommends second, for where memory is scarce; three lanes run at once.
HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)
#: Characters that a password has at least, and at most.
SHORTEST, LONGEST = 12, 256
#: Each hash takes 64 MiB; whoever asks for many at once waits.
_TURN = threading.BoundedSemaphore(2)


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _TURN:
        return HASHER.hash(_plain(password))


def fits(kept: str | None, password: str) -> bool:
    """Return whether ``password`` is the one of which ``kept`` was kept; for None it takes as long to say no."""
    if len(password) > LONGEST:
        return False
    try:
        with _TURN:
            HASHER.verify(kept or _of_nobody(), _plain(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Return whether a hash was made with other parameters than are used now."""
    return HASHER.check_needs_rehash(kept)


def complaint(password: str, *names: str) -> str:
    """Return why a password cannot be taken, as a message to be translated; empty: it can.

    Args:
        password: The password.
        names: What it must not contain: the person's names, the firm's.
    """
    if len(password) < SHORTEST:
        return N_("A password has at least 12 characters.")
    if len(password) > LONGEST:
        return N_("A password has at most 256 characters.")
    if len(set(password.casefold())) < 5:
        return N_("A password has more different characters than that.")
    if any(_is_in(name, password) for name in names):
        return N_("A password does not contain your name or the firm's.")
    return ""


def _is_in(name: str, password: str) -> bool:
    """Return whether a name of some length stands in a password, however either is written."""
    plain_name, plain = ("".join(filter(str.isalnum, text.casefold())) for text in (name, password))
    words = [plain_name, *("".join(filter(str.isalnum, word)) for word in name.casefold().split())]
    return any(len(word) > 3 and word in plain for word in words)


def _plain(password: str) -> str:
    """Return the same text however a keyboard wrote it."""
    return unicodedata.normalize("NFKC", password)


@cache
def _of_nobody() -> str:
    return HASHER.hash("of nobody; it is never right")
