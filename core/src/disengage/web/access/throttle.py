"""Pauses between attempts to sign in: they grow with every failure, and end by themselves.

Counted are the name that was given and the address it came from, each by itself, so that neither many names from one
place nor one name from many places are tried quickly. From where somebody came in lately, only that name's failures
from there count: strangers cannot keep a person out. Nobody is ever locked out for good.

An attempt counts as soon as it is looked at, and not only once it has failed: many at the same time gain nothing.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from disengage.errors import ThrottledError

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace
    from disengage.store.attempts import Tally

#: So many failures go without a pause.
FREE_BY_NAME, FREE_BY_ADDRESS = 5, 30
#: Seconds of the first pause, after which each is twice as long, and of the longest.
FIRST, LONGEST = 5, 15 * 60
#: So long a failure counts.
COUNTS = timedelta(hours=24)
#: So long an address counts as one from where somebody comes.
FAMILIAR = timedelta(days=90)


def check(workplace: Workplace, name: str, address: str) -> None:
    """Count an attempt to sign in, before anything else of it is looked at.

    Args:
        workplace: The workplace.
        name: The login name as it was given; whether anybody has it makes no difference.
        address: Of the client; empty where it is not known.

    Raises:
        ThrottledError: It comes too soon after those that failed; it is not counted.
    """
    attempts, now = workplace.store.attempts, workplace.now()
    name, address, since = _plain(name), _counted(workplace, address), now - COUNTS
    with attempts.in_turn():
        if attempts.knows(name, address):
            tallies = [(attempts.both(name, address, since), FREE_BY_NAME)]
        else:
            tallies = [(attempts.on(name, since), FREE_BY_NAME)]
            tallies += [(attempts.at(address, since), FREE_BY_ADDRESS)] if address else []
        wait = max((_until(tally, free) - now.timestamp() for tally, free in tallies), default=0.0)
        if wait <= 0:
            attempts.add(name, address, now)
    if wait > 0:
        raise ThrottledError(
            "There were too many attempts to sign in.",
            retry_after=ceil(wait),
            remedy=f"Wait {_in_words(wait)}, then try again.",
        )


def failed(workplace: Workplace, name: str, address: str) -> None:  # noqa: ARG001 - the same arguments as its sisters
    """Note that an attempt failed: it was counted when it was checked, so only what is long past is forgotten."""
    now = workplace.now()
    workplace.store.attempts.forget(now - COUNTS, now - FAMILIAR)


def succeeded(workplace: Workplace, name: str, address: str) -> None:
    """Note that somebody came in: what went wrong before, with that name and from there, is forgotten."""
    workplace.store.attempts.came_in(_plain(name), _counted(workplace, address), workplace.now())


def pause_after(failures: int, free: int) -> int:
    """Return the seconds until the next attempt is looked at, after so many failures."""
    return min(FIRST * 2 ** min(failures - free, 20), LONGEST) if failures >= free else 0


def _until(tally: Tally, free: int) -> float:
    """Return when the next attempt is looked at, in seconds since 1970."""
    return tally.newest.timestamp() + pause_after(tally.times, free) if tally.newest else 0.0


def _plain(name: str) -> str:
    return name.strip().casefold()


def _counted(workplace: Workplace, address: str) -> str:
    """Return the address that counts: none where it is the proxy's, behind which everybody has the same one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.is_loopback and workplace.settings.web.base_url:
        return ""
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _in_words(seconds: float) -> str:
    return f"{ceil(seconds)} seconds" if seconds <= 90 else f"{ceil(seconds / 60)} minutes"
