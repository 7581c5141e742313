"""Pure translation between Banqup's words and the domain's: who is meant, and what a status says."""

from __future__ import annotations

import re
from collections.abc import Iterable

from disengage import Client, Link, LinkState

from disengage_banqup.wire import ClientRecord

#: The schemes by which Banqup's client list is searched, in this order; then any other.
SCHEMES = ("enterprise", "vat", "kvk", "orgnr")

#: The words of the status page → whether the tie exists. Draft and Invited are entries that still stand.
LINKED = {
    "draft": True,
    "invited": True,
    "active": True,
    "invitation rejected": False,
    "access rejected": False,
    "archived": False,
    "lost": False,
}


def numbers(client: Client) -> list[str]:
    """Return the client's company numbers, the likeliest first."""
    known = [client.identifiers[scheme] for scheme in SCHEMES if scheme in client.identifiers]
    others = [number for scheme, number in client.identifiers.items() if scheme not in SCHEMES]
    return list(dict.fromkeys((*known, *others)))


def same_number(one: str, other: str, country: str) -> bool:
    """Return whether two company numbers are the same, whatever stands between or before their digits."""
    return _bare(one, country) == _bare(other, country)


def _bare(number: str, country: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", number.upper()).removeprefix(country).lstrip("0")


def by_number(found: Iterable[ClientRecord], number: str, country: str) -> list[ClientRecord]:
    """Return the clients with this number; one whose number the answer does not show is taken at the search's word."""
    return [c for c in found if not c.company_number or same_number(c.company_number, number, country)]


def by_id(found: Iterable[ClientRecord], client_id: str) -> list[ClientRecord]:
    """Return the client with this id."""
    return [client for client in found if client.id == client_id]


def link_of(found: ClientRecord) -> Link:
    """Return the link that an entry of the client list shows."""
    return Link(ref=found.id, name=found.name or "")


def observed(found: ClientRecord, extensions: tuple[str, ...] | None) -> LinkState:
    """Return the state that an entry of the client list shows; an unknown status tells nothing."""
    word = status_word(found.status)
    return LinkState(
        linked=LINKED.get(word),
        archived=word == "archived" if word in LINKED else None,
        extensions=extensions,
        status=found.status,
    )


def never_accepted(status: str | None) -> bool:
    """Return whether an entry waits for the client: there is no link to the client's documents (yet, or any more)."""
    return status_word(status) in ("draft", "invited")


def status_word(status: str | None) -> str:
    """Return a status as the status page writes it, in lower case: ``INVITATION_REJECTED`` is the same."""
    return re.sub(r"[\s_-]+", " ", status or "").strip().lower()
