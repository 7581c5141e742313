"""Pure translation between ClearFacts' words and the domain's: who is meant, and what being shown says."""

from __future__ import annotations

import re
from collections.abc import Iterable

from disengage import Client, LinkState

#: The schemes that hold a Belgian enterprise number.
SCHEMES = ("enterprise", "vat")
_NUMBER = re.compile(r"[01]\d{9}")
_DIGITS_WITHOUT_ZERO = 9


def bare(number: str) -> str:
    """Return an enterprise number as ClearFacts writes it: ten digits, without country, dots or blanks.

    That the interface wants it so is OBSERVED; what is no Belgian number becomes an empty text.
    """
    compact = re.sub(r"[\s./-]", "", number.upper()).removeprefix("BE")
    if len(compact) == _DIGITS_WITHOUT_ZERO and compact.isascii() and compact.isdigit():
        compact = f"0{compact}"
    return compact if compact.isascii() and _NUMBER.fullmatch(compact) else ""


def numbers(client: Client, connection: str) -> list[str]:
    """Return the numbers that name the client: the reference alone where there is one, else every identifier."""
    reference = client.references.get(connection)
    given: Iterable[str] = [reference] if reference else (client.identifiers.get(scheme, "") for scheme in SCHEMES)
    return list(dict.fromkeys(filter(None, map(bare, given))))


def ending_state(*, shown: bool) -> LinkState:
    """Return what the firm that lets go sees: the dossier is there, or it is not."""
    return LinkState(linked=shown)


def takeover_state(*, shown: bool, shown_before: bool) -> LinkState:
    """Return what the firm that takes over sees; the portal shows it nothing of other firms.

    A dossier that was shown when the takeover was planned stands in the way until it disappears, and one that is
    shown later cannot be told apart from it. One that was not shown then, and is now, is the firm's own new one.
    """
    if shown_before:
        return LinkState(linked=None if shown else False, available=not shown)
    return LinkState(linked=shown, available=True if shown else None)
