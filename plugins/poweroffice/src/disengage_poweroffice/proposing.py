"""How the steps of one link differ from what the manifest says: their order, dates and modes. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from disengage import LinkState, Mode

from disengage_poweroffice.settings import PowerOfficeOptions

NO_OWN_KEY = "No key of this client's own is configured, so this connection has no integration there to remove"
KEY_REFUSED = "Go refuses the client's own key"
OUT_OF_REACH = (
    "Go's interface no longer reaches the client; the successor of the subscription administrator "
    "becomes Administrator by itself"
)
DATED_BY_GO = "Go itself set the last day of the firm's users when the relationship was ended"

_DAY = timedelta(days=1)


def left_out(options: PowerOfficeOptions) -> frozenset[str]:
    """Return the keys of the steps that this request does not have."""
    unasked = {
        "settle_billing:client_stops": not options.client_stops,
        "invite_back": True,  # no part of an ending
        "end_access:other_partners": not options.users_of_other_partners,
    }
    return frozenset(key for key, left in unasked.items() if left)


def changes(options: PowerOfficeOptions, state: LinkState, *, own_key: bool) -> dict[str, dict[str, Any]]:
    """Return by step key what differs from the manifest.

    Dates go onto the firm's users before the partner code goes, because afterwards the API no longer reaches the
    client (inferred from "only clients that belong to the partner are available"); our own integration goes last.
    """
    day = options.generation_date
    found: dict[str, dict[str, Any]] = {
        "transfer_admin:subscription": _subscription(options, day),
        "settle_billing:client_stops": {"after": ("retain_history",), "loosely_after": True},
        # Go dates every user of the firm when the relationship is ended; only then is there a date to take off again.
        "end_access:other_partners": {"after": ("sever_link",), "loosely_after": True, "deadline": day},
        "sever_link": {"deadline": day - _DAY if day else None},
        "retain_history:archive": {
            "not_before": day + _DAY if day else None,
            "date_option": "generation_date",
            "after": ("sever_link",),
            "loosely_after": True,
            "holds_gate": False,
        },
        "remove_extensions:integration": {"after": ("sever_link", "retain_history"), "loosely_after": True},
    }
    if not own_key:
        found["retain_history"] = {"mode": Mode.BY_HAND, "reason": "No key of this client's own is configured"}
        found["remove_extensions:integration"] |= {"mode": Mode.NOT_NEEDED, "reason": NO_OWN_KEY}
    elif state.integration is False:
        found["retain_history"] = {"mode": Mode.BY_HAND, "reason": KEY_REFUSED}
    if state.linked is False:
        found["transfer_admin"] = {"mode": Mode.NOT_NEEDED, "reason": OUT_OF_REACH}
        found["end_access"] = {"mode": Mode.NOT_NEEDED, "reason": DATED_BY_GO}
    return found


def _subscription(options: PowerOfficeOptions, day: date | None) -> dict[str, Any]:
    if options.subscription_administrator == "now":
        return {"after": ("transfer_admin",)}
    return {"after": ("transfer_admin", "sever_link"), "loosely_after": True, "deadline": day}
