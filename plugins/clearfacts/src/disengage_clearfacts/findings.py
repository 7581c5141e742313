"""What stands in the way of a migration, or should be known before: the rules of the vendor's page. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from disengage import Finding, Link, LinkState, Request, Severity
from disengage.domain.request import RequestKind

from disengage_clearfacts.settings import ClearFactsOptions, History
from disengage_clearfacts.sources import INBOUND_MAIL, MIGRATION, ONE_NUMBER_ONCE

_blocker = partial(Finding, severity=Severity.BLOCKER, source=MIGRATION)
_warning = partial(Finding, severity=Severity.WARNING, source=MIGRATION)
_notice = partial(Finding, severity=Severity.NOTICE, source=MIGRATION)


@dataclass(frozen=True)
class Facts:
    """What the checks look at.

    Attributes:
        connection: The connection's name.
        link: The link.
        request: What was asked.
        options: This connection's choices.
        state: As observed.
        inbound: How many inbound mail addresses the dossier has.
    """

    connection: str
    link: Link
    request: Request
    options: ClearFactsOptions
    state: LinkState
    inbound: int = 0

    @property
    def where(self) -> str:
        """Where the choices are made."""
        return f"[options.{self.connection}]"


def all_findings(facts: Facts) -> Iterator[Finding]:
    """Yield every finding on one client."""
    for finding in _found(facts):
        yield finding.model_copy(update={"connection": facts.connection})


def _found(facts: Facts) -> Iterator[Finding]:
    takes_over = facts.request.kind is RequestKind.TAKEOVER
    if not takes_over and facts.state.linked is False:
        yield _gone()
        return
    yield from _choices(facts)
    yield from _takeover(facts) if takes_over else _ending(facts)
    yield _data_of_the_package()
    yield _data_of_the_portal()
    if facts.options.history is History.MIGRATE:
        yield from _migrating()
    elif facts.options.history is History.AFRESH:
        yield from _afresh()


# --- what has to be chosen


def _choices(facts: Facts) -> Iterator[Finding]:
    options = facts.options
    if options.history is None:
        yield _blocker(
            code="history_not_chosen",
            message="It is not chosen what becomes of the client's history in the portal.",
            remedy=f'Under {facts.where}, set history = "migrate" (all of it, paid) or "afresh" (free, the '
            "dossier is deleted).",
        )
    if options.history is History.MIGRATE:
        yield _cost(facts)
    elif options.cost_accepted_by and options.history is History.AFRESH:
        yield _notice(
            code="nothing_is_charged",
            message="A cost was accepted, but starting afresh is free: nothing is charged.",
            remedy=f'Leave cost_accepted_by out of {facts.where}, or choose history = "migrate".',
        )


def _cost(facts: Facts) -> Finding:
    if facts.options.cost_accepted_by:
        return _warning(
            code="migration_is_paid",
            message="The vendor charges for a migration with history. The request names who accepted the cost, and "
            "the ticket repeats the name.",
            remedy="Ask support for the price first if it is not known; no page states one.",
        )
    return _blocker(
        code="cost_not_accepted",
        message="A migration with history is a paid service, and nobody accepted the cost.",
        remedy=f'Under {facts.where}, name who accepts it: cost_accepted_by = "WHO".',
    )


# --- by kind of request


def _gone() -> Finding:
    return _notice(
        code="dossier_already_gone",
        message="The portal does not show the dossier to this firm any more. Nothing is left to do at ClearFacts.",
    )


def _ending(facts: Facts) -> Iterator[Finding]:
    if facts.options.history is History.MIGRATE and facts.request.ending.successor is None:
        yield _blocker(
            code="successor_missing",
            message="A dossier migrates to another accountant, and the request names none.",
            remedy='Add ending.successor with the firm, or choose history = "afresh".',
        )
    if facts.inbound:
        yield _warning(
            code="inbound_addresses_stop",
            message=f"The dossier has {facts.inbound} inbound mail address{'' if facts.inbound == 1 else 'es'}. Once "
            "it is gone they are not the firm's any more (inferred from their form).",
            remedy="Tell the suppliers who mail there; the plan has a task for it.",
            source=INBOUND_MAIL,
        )
    yield _warning(
        code="apps_break_silently",
        message="Apps of others that push invoices log in for this one number, and fail without a word once the "
        "user or the dossier is gone (inferred).",
        remedy="Tell whoever uses one; the plan has a task for it.",
        source=None,
    )
    yield _one_number_once()


def _takeover(facts: Facts) -> Iterator[Finding]:
    if not facts.options.previous_firm:
        yield _warning(
            code="previous_firm_not_named",
            message="The request does not name the firm that has the dossier now; the ticket goes by the enterprise "
            "number alone.",
            remedy=f"Under {facts.where}, set previous_firm.",
        )
    if facts.link.confirmed:
        yield _warning(
            code="number_taken",
            message="The portal shows this firm a dossier with the number already. It is taken to stand in the way "
            "until it disappears.",
            remedy="If it is the firm's own, nothing is to be taken over: cancel the case.",
            source=ONE_NUMBER_ONCE,
        )
    else:
        yield _notice(
            code="number_cannot_be_seen",
            message="The portal shows nothing of other firms, so that a person has to say when the number is free.",
            remedy="Support's answer to the ticket says so.",
        )
    yield _one_number_once()


def _one_number_once() -> Finding:
    return _notice(
        code="one_number_once",
        message="One enterprise number can exist only once on the platform: a dossier is activated at the new "
        "accountant's only after it is gone at the previous one's.",
        source=ONE_NUMBER_ONCE,
    )


# --- what the page says of the data


def _data_of_the_package() -> Finding:
    return _warning(
        code="package_data_does_not_move",
        message="Archive, history and dashboard, and in the booking factory account numbers, customers and "
        "suppliers, come from the bookkeeping package. They do not move with the dossier: the new accountant's "
        "portal shows what the new accountant's package holds.",
        remedy="Keep and hand over the bookkeeping package's own export; the portal's interface gives none of it.",
    )


def _data_of_the_portal() -> Finding:
    return _notice(
        code="data_of_the_portal",
        message="Only various documents, the permanent dossier, booking proposals in the management module and the "
        "client users are kept in the portal itself.",
        remedy="The interface gives none of these; copy what the firm must keep while there is access.",
    )


def _migrating() -> Iterator[Finding]:
    yield _notice(
        code="archived_dossier_is_read_only",
        message="The migrated dossier is archived: no actions are possible in it any more. Mailboxes, payment module "
        "and the tabs Historiek and Financieel are off.",
    )
    yield _notice(
        code="archived_dossier_holds",
        message="The archived dossier holds the whole digital archive, and the dashboard with a limited set of "
        "graphs, up to the date 'bijgewerkt tot'.",
    )
    yield _notice(
        code="client_users_are_copied",
        message="The client users of the active dossier come over into the archived one with the same rights.",
    )
    yield _warning(
        code="payments_in_the_active_dossier_only",
        message="Payments can be prepared only for invoices in the active dossier.",
        remedy="If the client uses the payment module, have open invoices paid before the migration.",
    )
    yield _notice(
        code="only_the_client_switches",
        message="Only the client can switch between active and archived dossier (the arrow beside the dossier's "
        "name); the new accountant opens the archived one through a button in the active dossier's general menu.",
    )


def _afresh() -> Iterator[Finding]:
    yield _warning(
        code="deletion_destroys_data",
        message="The dossier is deleted at the previous accountant's; what only the portal keeps is lost with it. "
        "The vendor's support does it, free of charge.",
        remedy="The PDFs go to the client first, as one ZIP file; the plan waits for it.",
    )
    yield _notice(
        code="pdfs_stay_with_the_client",
        message="The client keeps the PDFs on a computer of its own: they are not imported into the portal, which "
        "starts as a blank sheet.",
    )
