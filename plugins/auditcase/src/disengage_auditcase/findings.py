"""What stands in the way of ending a client in AuditCase, or should be known before: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from disengage import Finding, Link, LinkState, Request, Severity

from disengage_auditcase import sources
from disengage_auditcase.consequences import consequences
from disengage_auditcase.mapping import kept_until, reference_of, same_name, tasks_of, was_never_a_client
from disengage_auditcase.settings import Options
from disengage_auditcase.wire import DocumentRow, TaskRow

_blocker = partial(Finding, severity=Severity.BLOCKER)
_warning = partial(Finding, severity=Severity.WARNING)
_notice = partial(Finding, severity=Severity.NOTICE)


@dataclass(frozen=True)
class Facts:
    """What the checks look at.

    Attributes:
        connection: The connection's name.
        link: The client in AuditCase.
        request: What was asked.
        options: This connection's choices.
        state: As observed.
        asks_billing_to: This version asks whether *facturatie aan* is kept.
        tasks: Everybody's open tasks; None where they may not be read.
        documents: The files shared with the client; None where they may not be read.
    """

    connection: str
    link: Link
    request: Request
    options: Options
    state: LinkState
    asks_billing_to: bool
    tasks: Sequence[TaskRow] | None
    documents: Sequence[DocumentRow] | None


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield every finding on one client."""
    ended = facts.state.linked is False
    after = _ended() if ended else consequences(None if facts.documents is None else len(facts.documents))
    for finding in (*_choices(facts), *_identity(facts), *_status(facts.state), *_work(facts), *after, _stays()):
        yield finding.model_copy(update={"connection": facts.connection})


def _choices(facts: Facts) -> Iterator[Finding]:
    if facts.options.delete_client:
        until = kept_until(facts.request.ending.period.to)
        yield _blocker(
            code="delete_client_refused",
            message="Deleting a client deletes its dossier with it, and the records must be kept: seven years in the "
            f"Netherlands (AWR article 52), here until {until} at least, counted from the end of the calendar year in "
            "which the period ends. Fines and prosecution follow where they are gone.",
            remedy="Take 'delete_client' out of the request; the client is ended by its status and stays on record.",
            source=sources.ENDING,
        )
    unsaid = facts.options.keep_billing_to is None and facts.state.linked is not False
    if facts.asks_billing_to and unsaid:
        yield _blocker(
            code="billing_to_choice_missing",
            message="AuditCase asks whether 'Facturatie aan' is kept, and the request does not say whether it stays.",
            remedy=f"Add 'keep_billing_to = true' or 'keep_billing_to = false' under options.{facts.connection}: "
            "with false, another company that this client's invoices go to is not invoiced any more.",
            source=sources.ENDING,
        )


def _identity(facts: Facts) -> Iterator[Finding]:
    if not reference_of(facts.request.client, facts.connection):
        yield _notice(
            code="matched_by_name",
            message="The client was found by its name alone: no search by KvK or VAT number is documented.",
            remedy="Make sure it is the right one, or give its client number under "
            f"client.references.{facts.connection}.",
            source=sources.CLIENTS,
        )
    elif facts.link.name and not same_name(facts.link.name, facts.request.client.name):
        yield _warning(
            code="name_differs",
            message="AuditCase has another name for this client than the request.",
            remedy="Make sure that the client number is the right client's.",
        )


def _status(state: LinkState) -> Iterator[Finding]:
    if state.status is None:
        yield _warning(
            code="client_not_shown",
            message="AuditCase does not show the client's klantstatus.",
            remedy="See on the client card which it is; a client that is not shown is not taken for an ended one.",
            source=sources.CLIENTS,
        )
    elif was_never_a_client(state):
        yield _warning(
            code="never_a_client",
            message="The client has the klantstatus 'Suspect': it was not made a client of the firm yet.",
            remedy="Make sure that it is the right one. Suspects are never pushed to CaseWare Cloud.",
            source=sources.SUSPECTS,
        )
    elif state.linked is None:
        yield _warning(
            code="status_unknown",
            message="The client has a klantstatus other than 'Klant' and 'Geen klant meer'.",
            remedy="See on the client card what it means; it is not taken for an ended client.",
            source=sources.CLIENTS,
        )


def _work(facts: Facts) -> Iterator[Finding]:
    if facts.tasks is None:
        yield _notice(
            code="tasks_not_readable",
            message="The open tasks could not be read: AuditCase does not let this token see them.",
            remedy="See in AuditCase whether there is open work for the client, or ask the vendor for the right.",
            source=sources.TASKS,
        )
    elif number := len(tasks_of(facts.tasks, facts.link.name)):
        yield _warning(
            code="open_tasks",
            message=f"AuditCase shows {_counted(number, 'open task')} of a client with this name.",
            remedy="Finish them or hand them over. A task shows the client's name and not its number, so see that "
            "they are this client's. To stop work at once, set a Werkstop.",
            source=sources.TASKS,
        )
    if facts.documents is None:
        yield _notice(
            code="documents_not_readable",
            message="The files shared with the client could not be listed: that needs an extra right.",
            remedy="Ask the vendor for it, so that the list becomes part of the firm's copy.",
            source=sources.DOCUMENTS,
        )


def _ended() -> Iterator[Finding]:
    yield _notice(
        code="link_already_cut",
        message="The client has the klantstatus 'Geen klant meer' already.",
        remedy="See that the end date on the client card is right: AuditCase's interface does not show it.",
        source=sources.ENDING,
    )
    yield _warning(
        code="portal_out_of_reach",
        message="Where the client was linked to PinkWeb, it has been deleted from there with the change of status.",
        remedy="If the firm has no copy of what stood there, see whether PinkWeb can still give one.",
        source=sources.PINKWEB,
    )


def _stays() -> Finding:
    return _notice(
        code="dossier_stays",
        message="The dossier stays in AuditCase; the firm's copy is the client's record, its open tasks and the list "
        "of files shared with it, since no way to download a dossier is documented.",
        remedy="The vendor makes a backup of all dossiers on request.",
        source=sources.BACKUPS,
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
