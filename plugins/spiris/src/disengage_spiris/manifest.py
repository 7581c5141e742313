"""What the connector publishes about itself: operations with their sources, verbs with their effects."""

from __future__ import annotations

from datetime import timedelta

from disengage import Effect, Manifest, Operation, Provenance, Verb, VerbSpec

from disengage_spiris import manual, manual_ends, sources

CUSTOMER_PAYS = (
    "the customer owns its subscription; with the new subscriptions the firm may not change it, its period or the "
    "invoice recipient"
)
ENDING_ENDS_ACCESS = "ending the collaboration ends the access of the firm's users to that solution"
NO_LOCK = "the request does not ask for it (lock_period)"


def _read(name: str, call: str, source: str = sources.BOOKKEEPING) -> Operation:
    return Operation(name=name, call=call, provenance=Provenance.DOCUMENTED, source=source, as_of=sources.AS_OF)


def _change(name: str, call: str, source: str = sources.BOOKKEEPING) -> Operation:
    return _read(name, call, source).model_copy(update={"changes": True})


_LOOKING = (
    _read("authorise", "GET /connect/authorize", sources.GETTING_STARTED),
    _read("get_token", "POST /connect/token", sources.GETTING_STARTED),
    _read("company_settings", "GET /companysettings"),
    _read("users", "GET /users"),
    _read("app_status", "GET /appstore/status"),
)
_CHANGING = (
    _change("lock_books", "PUT /companysettings/accountinglocksettings"),
    _change("deactivate_app", "PUT /appstore/status"),
    _change("revoke_token", "POST /connect/revocation", sources.GETTING_STARTED),
)
_BOOKS = (
    _read("fiscal_years", "GET /fiscalyears"),
    _read("sie4_export", "GET /sie4export/{fromDate}/{toDate}"),
    _read("temporary_file", "GET https://eaccountingstorage{cc}.vismaonline.com/temp/fileanonymous/{guid}"),
    _read("vouchers", "GET /vouchers/{fiscalyearId}"),
    _read("account_balances", "GET /accountbalances/{date}"),
    _read("customers", "GET /customers"),
    _read("suppliers", "GET /suppliers"),
    _read("customer_ledger_items", "GET /customerledgeritems"),
    _read("supplier_invoices", "GET /supplierinvoices"),
    _read("vat_reports", "GET /vatreports"),
    _read("document", "GET /documents/{id}"),
    _read("attachments", "GET /attachments?includeMatched&includeTemporaryUrl"),
    _read("attachment", "GET /attachments/{id}"),
    _read("sales_attachments", "GET /salesdocumentattachments"),
    _read("sales_attachment", "GET /salesdocumentattachments/{id}.pdf"),
    _read("notes", "GET /notes"),
    _read("message_threads", "GET /messagethreads"),
)
_PAYROLL = (
    _read("employees", "GET /v2/employees", sources.PAYROLL),
    _read("wage_runs", "GET /v2/wageruns", sources.PAYROLL),
    _read("payslips", "GET /v2/payslips/wagerun/{wagerunId}", sources.PAYROLL),
    _read("employee_payslips", "GET /v2/payslips/{employeeId}/withdetails", sources.PAYROLL),
)

VERBS = (
    VerbSpec(
        verb=Verb.RETAIN_HISTORY,
        operations=("company_settings", "users", *(operation.name for operation in _BOOKS)),
        by_hand=manual.RETAIN_BOOKS,
    ),
    VerbSpec(
        verb=Verb.RETAIN_HISTORY,
        part="payroll",
        operations=tuple(operation.name for operation in _PAYROLL),
        by_hand=manual.RETAIN_PAYROLL,
    ),
    VerbSpec(verb=Verb.RETAIN_HISTORY, part="backup", by_hand=manual.BACKUP),
    VerbSpec(verb=Verb.RETAIN_HISTORY, part="reports", by_hand=manual.REPORTS),
    VerbSpec(verb=Verb.RETAIN_HISTORY, part="export", by_hand=manual.EXPORT),
    VerbSpec(
        verb=Verb.TRANSFER_ADMIN,
        effects=(Effect.REVERSIBLE, Effect.IMMEDIATE),
        # No interface shows who it is, so that it rests on what a person states.
        moves=("main_contact",),
        by_hand=manual.MAIN_CONTACT,
    ),
    VerbSpec(
        verb=Verb.TRANSFER_ADMIN,
        part="payroll_user",
        effects=(Effect.REVERSIBLE, Effect.IMMEDIATE),
        by_hand=manual.PAYROLL_USER,
    ),
    VerbSpec(
        verb=Verb.REMOVE_EXTENSIONS,
        operations=("app_status", "deactivate_app"),
        effects=(Effect.REVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.IMMEDIATE),
        moves=("extensions",),
        by_hand=manual_ends.REMOVE_APP,
    ),
    VerbSpec(
        verb=Verb.REMOVE_EXTENSIONS,
        part="token",
        operations=("revoke_token",),
        effects=(Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.IMMEDIATE),
        moves=("integration",),
        by_hand=manual_ends.REVOKE_TOKEN,
    ),
    VerbSpec(verb=Verb.SETTLE_BILLING, not_needed=CUSTOMER_PAYS),
    VerbSpec(verb=Verb.END_ACCESS, not_needed=ENDING_ENDS_ACCESS),
    VerbSpec(
        verb=Verb.ARCHIVE,
        part="period_lock",
        operations=("company_settings", "lock_books"),
        effects=(Effect.REVERSIBLE, Effect.IMMEDIATE),
        moves=("locked_to",),
        by_hand=manual.LOCK,
    ),
    VerbSpec(verb=Verb.ARCHIVE, part="kyc", effects=(Effect.IMMEDIATE,), by_hand=manual_ends.KYC),
    VerbSpec(
        verb=Verb.ARCHIVE,
        effects=(Effect.IMMEDIATE,),
        # No interface shows it, so that it rests on what a person states.
        moves=("archived",),
        by_hand=manual_ends.DEACTIVATE,
    ),
    VerbSpec(
        verb=Verb.SEVER_LINK,
        # The worst case. Where a page says that nothing is destroyed, the step of that solution does not carry it.
        effects=(Effect.IRREVERSIBLE, Effect.DESTROYS_DATA, Effect.REMOVES_OUR_ACCESS, Effect.IMMEDIATE),
        moves=("linked",),
        by_hand=manual_ends.SEVER,
    ),
    VerbSpec(verb=Verb.INVITE_BACK, effects=(Effect.NOTIFIES_CLIENT,), by_hand=manual_ends.INVITE_BACK),
)

MANIFEST = Manifest(
    platform="Spiris",
    vendor="formerly Visma Spcs",
    time_zone="Europe/Stockholm",
    schemes=("orgnr", "vat"),
    operations=(*_LOOKING, *_CHANGING, *_BOOKS, *_PAYROLL),
    verbs=VERBS,
    # How soon a change is shown is not documented.
    consistency_delay=timedelta(seconds=2),
)
