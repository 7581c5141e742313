"""Which steps one collaboration has, and how they differ from what the manifest says. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from disengage import LinkState, Mode, Verb
from disengage.domain.verbs import ORDER

from disengage_spiris import endings, manifest, mapping
from disengage_spiris.mapping import BOOKKEEPING, PAYROLL, TRAVEL
from disengage_spiris.settings import SpirisOptions

ENDED = "the collaboration has ended already; what was not copied before is out of reach"
NO_GRANT = "our grant has ended; 'disengage authorise' lets the program do it again"
NO_PAYROLL = "Payroll's interface shows nothing to this grant; the backup file is the copy"

#: What belongs to the customer as a whole, on the link of bookkeeping.
_OF_THE_CUSTOMER = (
    "remove_extensions",
    "settle_billing",
    "end_access",
    "archive:period_lock",
    "sever_link",
    "archive:kyc",
    "archive",
    "remove_extensions:token",
)
_COPIES = {
    BOOKKEEPING: ("retain_history",),
    PAYROLL: ("retain_history:payroll", "transfer_admin:payroll_user", "retain_history:backup"),
    TRAVEL: ("retain_history:reports",),
}
_NOT_NEEDED = {"mode": Mode.NOT_NEEDED, "moves": ()}


def keys(scope: str | None, options: SpirisOptions) -> tuple[str, ...]:
    """Return the keys of the steps of one collaboration.

    Where bookkeeping is not among the solutions that end, the customer stays: it is not deactivated, our app stays
    active and our token is not given back.
    """
    copies = _COPIES.get(scope or "", ("retain_history:export",))
    contact = ("transfer_admin",) if mapping.leads(scope, options) else ()
    return (*copies, *contact, *(_OF_THE_CUSTOMER if scope == BOOKKEEPING else ("sever_link",)))


def changes(scope: str | None, options: SpirisOptions, state: LinkState) -> dict[str, dict[str, Any]]:
    """Return by step key what differs from the manifest."""
    found = _order(scope)
    found["sever_link"] |= {"effects": endings.effects(scope, options.solutions.chosen.get(scope or ""))}
    if not options.lock_period:
        found["archive:period_lock"] = _NOT_NEEDED | {"reason": manifest.NO_LOCK}
    if scope == PAYROLL and state.integration is not True:
        found["retain_history:payroll"] = _NOT_NEEDED | {"reason": NO_PAYROLL}
    if state.integration is False and scope == BOOKKEEPING:
        found["retain_history"] = {"mode": Mode.BY_HAND, "reason": NO_GRANT}
        found["archive:period_lock"] = {"mode": Mode.BY_HAND, "reason": NO_GRANT} | found["archive:period_lock"]
    if state.linked is False:
        found |= {key: found.get(key, {}) | _NOT_NEEDED | {"reason": ENDED} for key in _OUT_OF_REACH}
    for key, dated in _dates(options):
        found[key] = found.get(key, {}) | dated
    return found


#: What needs the collaboration; a copy that a person makes drops out by itself.
_OUT_OF_REACH = (
    "retain_history",
    "retain_history:payroll",
    "transfer_admin",
    "transfer_admin:payroll_user",
    "archive:period_lock",
)


def _order(scope: str | None) -> dict[str, dict[str, Any]]:
    """Return what comes after what: the token that every solution works through is given back last of all."""
    last = {"last_on_connection": True}
    return {
        "retain_history:backup": {"after": ("transfer_admin:payroll_user",)},
        # A lock is moved on by whoever keeps the books from now on.
        "archive:period_lock": {"lasting": False},
        "sever_link": {"after": ("retain_history:backup",) if scope == PAYROLL else ()},
        "remove_extensions": {"after": ("sever_link",), **last},
        "archive:kyc": {"after": ("sever_link",), **last},
        "archive": {"after": ("sever_link", "archive:kyc"), **last},
        "remove_extensions:token": {"after": ("sever_link", "archive", "remove_extensions"), **last},
    }


def _dates(options: SpirisOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the date of their own that the collaborations end on, for everything but what prepares it."""
    if options.end_on is None:
        return
    for spec in manifest.MANIFEST.verbs:
        if spec.verb in ORDER and spec.verb is not Verb.TRANSFER_ADMIN:
            yield spec.key, {"not_before": options.end_on, "date_option": "end_on"}
