"""What should be known before a client is archived: what the vendor's pages say follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from disengage import Finding, Link, LinkState, Severity

from disengage_banqup.mapping import LINKED, status_word
from disengage_banqup.sources import ARCHIVING, ENDING, STATUSES

_warning = partial(Finding, severity=Severity.WARNING)
_notice = partial(Finding, severity=Severity.NOTICE)


def findings(link: Link, state: LinkState, connection: str) -> Iterator[Finding]:
    """Yield every finding on one client."""
    for finding in (*_sureness(link, state), *(_cut(state) if state.linked is False else _consequences())):
        yield finding.model_copy(update={"connection": connection})


def _sureness(link: Link, state: LinkState) -> Iterator[Finding]:
    if not link.confirmed:
        yield _notice(
            code="client_not_looked_up",
            message="Whether the client is in the Partner Space could not be looked up: no search is configured.",
            remedy="See in the Partner Space, under Clients, that it is there and has the status Active.",
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
    elif status_word(state.status) in ("draft", "invited"):
        yield _notice(
            code="never_accepted",
            message="The client has not accepted an invitation; only the firm's own entry is to be archived.",
            source=STATUSES,
        )


def _cut(state: LinkState) -> Iterator[Finding]:
    by_client = status_word(state.status) == "lost"
    who = "the client ended it from its side" if by_client else "it was ended before"
    yield _notice(
        code="link_already_cut",
        message=f"The link is no more: {who}. Nothing is left to do at Banqup.",
        source=STATUSES,
    )
    yield _warning(
        code="history_out_of_reach",
        message="The firm has no access to the client's documents any more.",
        remedy="If the firm has no copy of its own, ask the client for one: its documents are still in its space.",
        source=STATUSES,
    )
    yield _never_delete()


def _consequences() -> Iterator[Finding]:
    yield _warning(
        code="cannot_be_undone",
        message="Archiving cannot be undone; only a new invitation that the client accepts restores the link.",
        remedy="Make sure that the relationship is to end.",
        source=ARCHIVING,
    )
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
    yield _never_delete()


def _never_delete() -> Finding:
    return _notice(
        code="never_delete_the_reference",
        message="Banqup also offers to delete an archived client's entry; that is no part of ending it.",
        remedy="Leave the entry in the archived list: it is the firm's own record of the client.",
        source=STATUSES,
    )
