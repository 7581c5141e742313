"""What stands in the way, or should be known, before a client of the table is ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from disengage import Finding, Link, LinkState, Request, Severity

from disengage_generic_csv.mapping import FIELDS, chosen_columns, found_by_name, same_name
from disengage_generic_csv.settings import GenericCsvSettings, Options

#: Algemene wet inzake rijksbelastingen, article 52(4): records are kept for seven years. The financial year, from whose
#: end they count, is taken for the calendar year.
_YEARS_KEPT = 7
_RETENTION = "https://explore.law/app/library/nl-legislation/awr-algemene-wet-inzake-rijksbelastingen/artikel-52"


def findings(
    link: Link, request: Request, state: LinkState, options: Options, settings: GenericCsvSettings, connection: str
) -> Iterator[Finding]:
    """Yield every finding on one client."""
    yield from _choices(request, state, options, settings, connection)
    yield from _identity(link, request, settings, connection)
    yield from _record(state, settings, connection)


def _choices(
    request: Request, state: LinkState, options: Options, settings: GenericCsvSettings, connection: str
) -> Iterator[Finding]:
    if options.delete_client:
        yield Finding(
            code="delete_client_refused",
            severity=Severity.BLOCKER,
            connection=connection,
            message="Deleting a client deletes its dossier with it, and the records must be kept: seven years in the "
            f"Netherlands (AWR article 52), here until {_kept_until(request)} at least, counted from the end of the "
            "calendar year in which the period ends. Fines and prosecution follow where they are gone.",
            remedy="Take 'delete_client' out of the request; the client is ended by its status and stays on record.",
            source=_RETENTION,
        )
    if state.billing_to == "":
        return
    clears = any("billing_to" in columns for columns in chosen_columns(settings, may_settle=True).values())
    if options.keep_billing_to is None and clears and state.billing_to:
        yield Finding(
            code="billing_to_choice_missing",
            severity=Severity.BLOCKER,
            connection=connection,
            message="This client's invoices go to another one, and the request does not say whether that stays.",
            remedy=f"Add 'keep_billing_to = true' or 'keep_billing_to = false' under options.{connection}.",
        )
    if options.keep_billing_to is False and not clears:
        yield Finding(
            code="billing_to_cannot_be_cleared",
            severity=Severity.BLOCKER,
            connection=connection,
            message="The request wants the invoice route cleared, but no verb of this connection sets 'billing_to'.",
            remedy=f"Add 'settle_billing = {{ billing_to = \"\" }}' under connections.{connection}.verbs.",
        )


def _kept_until(request: Request) -> date:
    """Return the last day of the seventh year after that in which the period ends."""
    return date(request.ending.period.to.year + _YEARS_KEPT, 12, 31)


def _identity(link: Link, request: Request, settings: GenericCsvSettings, connection: str) -> Iterator[Finding]:
    if found_by_name(request.client, connection, settings):
        yield Finding(
            code="matched_by_name",
            severity=Severity.NOTICE,
            connection=connection,
            message="The client was found by its name alone.",
            remedy=f"Make sure it is the right one, or give its key under client.references.{connection}.",
        )
    elif link.name and not same_name(link.name, request.client.name):
        yield Finding(
            code="name_differs",
            severity=Severity.WARNING,
            connection=connection,
            message="The export has another name for this client than the request.",
            remedy="Make sure that the reference or number is the right client's.",
        )


def _record(state: LinkState, settings: GenericCsvSettings, connection: str) -> Iterator[Finding]:
    if state == LinkState() and not FIELDS.keys().isdisjoint(settings.columns):
        yield Finding(
            code="not_in_export",
            severity=Severity.WARNING,
            connection=connection,
            message="The export shows nothing of this client.",
            remedy="See in the other system whether the client is still there, and export again.",
        )
    elif state.status is not None and state.linked is None:
        yield Finding(
            code="status_unknown",
            severity=Severity.WARNING,
            connection=connection,
            message="The client's status is neither of the words configured for 'active' and 'ended'.",
            remedy=f"See the client in the other system, or correct connections.{connection}.values.",
        )
    if settings.documents is None:
        yield Finding(
            code="documents_not_configured",
            severity=Severity.NOTICE,
            connection=connection,
            message="No folder of documents is configured; the firm's copy is the client's row of the table alone.",
            remedy=f"Set 'documents' under connections.{connection}, if there are any.",
        )
