"""Which steps lead there, by kind of request and scenario; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from disengage import Effect, Mode, Request
from disengage.domain.request import RequestKind

from disengage_clearfacts import manifest as words
from disengage_clearfacts.settings import ClearFactsOptions, History

Changes = dict[str, Any]
_AFTER_THE_TICKET = ("sever_link",)


def _not_needed(reason: str) -> Changes:
    return {"mode": Mode.NOT_NEEDED, "reason": reason, "effects": (), "moves": ()}


def steps(request: Request, options: ClearFactsOptions) -> dict[str, Changes]:
    """Return the keys of the steps that are proposed, with what differs from the manifest."""
    if request.kind is RequestKind.TAKEOVER:
        return _taking_over(options)
    return dict(_ending(request, options))


def _ending(request: Request, options: ClearFactsOptions) -> Iterator[tuple[str, Changes]]:
    afresh = options.history is History.AFRESH
    yield "retain_history", {}
    if afresh:
        yield "retain_history:pdfs", {}
    for key in ("transfer_admin", "remove_extensions:apps", "settle_billing", "end_access", "archive"):
        yield key, {}
    yield "sever_link", {"effects": _effects(options), "moves": ("linked",)}
    if afresh and request.ending.successor:
        yield "activate:tell", {"after": _AFTER_THE_TICKET}
    else:
        yield "activate", _not_needed(words.NOBODY_TO_TELL if afresh else words.SUPPORT_ACTIVATES)


def _effects(options: ClearFactsOptions) -> tuple[Effect, ...]:
    """Return what the ticket of the firm that lets go leads to; where nothing is chosen yet, the worst."""
    if options.history is History.MIGRATE:
        return (Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.COSTS_MONEY)
    return (Effect.IRREVERSIBLE, Effect.DESTROYS_DATA, Effect.REMOVES_OUR_ACCESS)


def _taking_over(options: ClearFactsOptions) -> dict[str, Changes]:
    """Return the steps of the firm that takes over.

    The way being free is not a lasting state: the firm's own dossier, once activated, has the number.
    """
    costs = (Effect.COSTS_MONEY,) if options.history is History.MIGRATE else ()
    return {
        "retain_history": _not_needed(words.HISTORY_OF_THE_OTHER),
        "transfer_admin": {},
        "remove_extensions:apps": _not_needed(words.APPS_OF_THE_OTHER),
        "settle_billing": {},
        "end_access": _not_needed(words.NO_ACCESS_TO_END),
        "archive": {},
        "sever_link": {"effects": (Effect.IRREVERSIBLE, *costs), "moves": ("available",), "lasting": False},
        "activate": {"after": _AFTER_THE_TICKET},
    }
