"""Secret addresses at which people's own calendars read the dates: made, and taken away."""

from __future__ import annotations

import secrets

from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.store.feeds import Feed

#: Bytes of chance in an address.
_CHANCE = 32


def make_feed(workplace: Workplace, person: str, *, named: bool) -> str:
    """Make somebody's feed and return the secret of its address, which is kept nowhere; an older one ends.

    Args:
        workplace: The workplace.
        person: Whose it is, by name.
        named: Whether the clients' names are in it.
    """
    who, secret, store = somebody(person), secrets.token_urlsafe(_CHANCE), workplace.store
    with store.together():
        store.feeds.make(Feed(person=who, made_at=workplace.now(), named=named), secret)
        store.record("calendar_feed_made", who, named=named)
    return secret


def end_feed(workplace: Workplace, person: str) -> bool:
    """Take somebody's feed away; return whether there was one."""
    who, store = somebody(person), workplace.store
    with store.together():
        ended = store.feeds.end(who)
        if ended:
            store.record("calendar_feed_ended", who)
    return ended
