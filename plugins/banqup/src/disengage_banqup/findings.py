"""What should be known before a client is archived: what the vendor's pages say follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from disengage import Finding, Link, LinkState, Request, Severity
from disengage.domain.request import Reason

from disengage_banqup.mapping import LINKED, never_accepted, status_word
from disengage_banqup.sources import ARCHIVING, ENDING, INVITING, STATUSES, SWITCHING

_warning = partial(Finding, severity=Severity.WARNING)
_notice = partial(Finding, severity=Severity.NOTICE)


def findings(link: Link, request: Request, state: LinkState, connection: str) -> Iterator[Finding]:
    """Yield every finding on one client, under the firm's own name of the connection."""
    follows = _cut(state) if state.linked is False else _consequences(state)
    for finding in (*_sureness(link, state, connection), *follows, *_handing_over(request)):
        yield finding.model_copy(update={"connection": connection})


def _sureness(link: Link, state: LinkState, connection: str) -> Iterator[Finding]:
    if not link.confirmed:
        yield _notice(
            code="client_not_looked_up",
            message="Whether the client is in the Partner Space could not be looked up: no search may be called.",
            remedy="See in the Partner Space, under Clients, that it is there and has the status Active; or configure "
            f"find_client under [connections.{connection}.operations], and trust it.",
        )
    elif state.status is None:
        yield _warning(
            code="client_not_shown",
            message="The client's status could not be read.",
            remedy="See in the Partner Space, under Clients, which status it has.",
        )
    elif status_word(state.status) not in LINKED:
        yield _warning(
            code="status_unknown",
            message="The client has a status that the vendor's page does not name.",
            remedy="See in the Partner Space what it means; it is not taken for an ended link.",
            source=STATUSES,
        )
    elif never_accepted(state.status):
        yield _notice(
            code="never_accepted",
            message="The client has not accepted an invitation: the firm sees no documents, and only its own entry is "
            "to be archived.",
            remedy="If there was a link before, and no copy of that time, ask the client for one.",
            source=INVITING,
        )


def _cut(state: LinkState) -> Iterator[Finding]:
    word = status_word(state.status)
    why = {"lost": "the client ended it from its side", "archived": "it was ended before"}.get(word)
    yield _notice(
        code="link_already_cut",
        message=f"The link is no more: {why}. Nothing is left to do at Banqup."
        if why
        else f"There is no link: the status is '{state.status}'. Nothing is left to do at Banqup.",
        source=STATUSES,
    )
    yield _warning(
        code="history_out_of_reach",
        message="The firm has no access to the client's documents.",
        remedy="If the firm has no copy of its own, ask the client for one: its documents are in its own space.",
        source=STATUSES,
    )
    yield _never_delete()


def _consequences(state: LinkState) -> Iterator[Finding]:
    yield _warning(
        code="cannot_be_undone",
        message="Archiving cannot be undone; only a new invitation that the client accepts restores the link.",
        remedy="Make sure that the relationship is to end.",
        source=ARCHIVING,
    )
    if not never_accepted(state.status):
        yield from _what_ends()
    yield _never_delete()


def _what_ends() -> Iterator[Finding]:
    yield _warning(
        code="access_ends_at_once",
        message="Archiving takes the firm's access to the client's documents at once and disconnects all integrations.",
        remedy="Bring the firm's own copy first; the gate waits for it.",
        source=ARCHIVING,
    )
    yield _notice(
        code="client_keeps_its_data",
        message="Nothing is deleted: the client keeps its space, documents and history, and may join another firm.",
        source=ARCHIVING,
    )
    yield _notice(
        code="subscription_end_to_verify",
        message="One page of the vendor says that the subscription runs to the end of its billing period and is then "
        "the client's own to choose and pay; another says that subscriptions the firm manages end with the link.",
        remedy="Look at the next invoice from Banqup, and tell the client.",
        source=ENDING,
    )


def _handing_over(request: Request) -> Iterator[Finding]:
    """Say in which order two firms hand a client over."""
    if request.ending.successor is None and request.ending.reason is not Reason.MOVED_TO_OTHER_FIRM:
        return
    yield _notice(
        code="new_firm_comes_after",
        message="The new firm adds and invites the client once this firm has archived it, the client accepts, and the "
        "new firm sets up its own integrations; this firm's are not taken over.",
        remedy="Tell the client and the new firm on which day this link ends.",
        source=SWITCHING,
    )


def _never_delete() -> Finding:
    return _notice(
        code="never_delete_the_reference",
        message="Banqup also offers to delete an archived client's entry; that is no part of ending it.",
        remedy="Leave the entry in the archived list: it is the firm's own record of the client.",
        source=STATUSES,
    )
