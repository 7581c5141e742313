"""Who does something to a case, and why: as they were given, and never empty."""

from __future__ import annotations

import unicodedata

from disengage.errors import InputError


def somebody(by: str) -> str:
    """Return the name of the person who acts.

    Raises:
        InputError: No name was given.
    """
    name = " ".join(unicodedata.normalize("NFC", by).split())
    if not name:
        raise InputError("Nobody was named.", remedy="Say who does this with --by WHO.")
    return name


def reason_given(reason: str) -> str:
    """Return why somebody does it.

    Raises:
        InputError: No reason was given.
    """
    if not reason.strip():
        raise InputError("No reason was given.", remedy="Say why with --reason TEXT.")
    return reason.strip()
