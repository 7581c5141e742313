"""What this connector publishes about itself: operations with their sources, verbs with their effects."""

from __future__ import annotations

from datetime import timedelta

from disengage import Effect, Manifest, Operation, Provenance, Verb, VerbSpec

from disengage_poweroffice import manual, manual_books, sources

#: What the page of the subscription says; Go's modules belong to the client.
KEEPS_SUBSCRIPTION = (
    "The client keeps its own subscription in Go; the invoice recipient stands on the subscription page "
    "and is looked at when the subscription administrator is replaced"
)
SEVERING_ARCHIVES = "Avslutt kundeforhold puts the client into Arkiv at once"


def _read(name: str, call: str, source: str = sources.SPECIFICATION) -> Operation:
    return Operation(name=name, call=call, provenance=Provenance.DOCUMENTED, source=source, as_of=sources.AS_OF)


def _change(
    name: str,
    call: str,
    source: str = sources.CLIENT_ADMINISTRATION,
    provenance: Provenance = Provenance.DOCUMENTED,
) -> Operation:
    return Operation(name=name, call=call, provenance=provenance, source=source, as_of=sources.AS_OF, changes=True)


#: What the firm's own copy is made of.
RETAINING = (
    _read("client_integration_information", "GET /ClientIntegrationInformation"),
    _read("organization_settings", "GET /OrganizationSettings"),
    _read("lock_date", "GET /LockDateSettings"),
    _read("general_ledger_accounts", "GET /GeneralLedgerAccounts"),
    _read("customers", "GET /Customers"),
    _read("suppliers", "GET /Suppliers"),
    _read("employees", "GET /Employees"),
    _read("client_contacts", "GET /ClientContacts"),
    _read("client_bank_accounts", "GET /ClientBankAccounts"),
    _read("account_transactions", "GET /AccountTransactions"),
    _read("trial_balance", "GET /TrialBalance"),
    _read("customer_ledger", "GET /Customerledger/{Statement,OpenItems,CustomerBalances}"),
    _read("supplier_ledger", "GET /Supplierledger/{Statement,OpenItems,SupplierBalances}"),
    _read("outgoing_invoices", "GET /OutgoingInvoices"),
    _read("incoming_invoices", "GET /IncomingInvoices"),
    _read("voucher_documentation", "GET /VoucherDocumentation"),
    _read("download_voucher", "GET /VoucherDocumentation/Download"),
    _read("sales_order_attachments", "GET /SalesOrders/{salesOrderId}/attachments"),
    _read("download_attachment", "GET /SalesOrders/{salesOrderId}/attachments/{id}"),
    _read("drafts", "GET /JournalEntryVouchers"),
    _read("download_draft", "GET /JournalEntryVouchers/{id}/ehf"),
)
OPERATIONS = (
    _read("get_token", "POST /OAuth/Token", sources.AUTHENTICATION),
    _read("list_clients", "GET /ClientAdmin/Clients", sources.CLIENT_ADMINISTRATION),
    _read("list_users", "GET /ClientAdmin/{clientId}/Users", sources.CLIENT_ADMINISTRATION),
    _change("patch_user", "PATCH /ClientAdmin/{clientId}/Users/{userId}"),
    _change("invite_user", "POST /ClientAdmin/{clientId}/Users/Invite"),
    *RETAINING,
    _change(
        "remove_integration",
        "DELETE /Offboarding/RemoveIntegration",
        sources.OFFBOARDING,
        Provenance.OBSERVED,
    ),
)

VERBS = (
    VerbSpec(
        verb=Verb.RETAIN_HISTORY,
        operations=tuple(operation.name for operation in RETAINING),
        by_hand=manual_books.RETAIN_HISTORY,
    ),
    VerbSpec(
        verb=Verb.TRANSFER_ADMIN,
        operations=("list_users", "patch_user", "invite_user"),
        effects=(Effect.REVERSIBLE, Effect.NOTIFIES_CLIENT, Effect.IMMEDIATE),
        moves=("administrator",),
        by_hand=manual.TRANSFER_ADMIN,
    ),
    VerbSpec(
        verb=Verb.TRANSFER_ADMIN,
        part="subscription",
        effects=(Effect.NOTIFIES_CLIENT, Effect.IMMEDIATE),
        by_hand=manual.SUBSCRIPTION_NOW,
    ),
    VerbSpec(
        verb=Verb.REMOVE_EXTENSIONS,
        # That an extension can be added again is how it came there (add_to_client); inferred, not stated.
        effects=(Effect.REVERSIBLE, Effect.IMMEDIATE),
        by_hand=manual.REMOVE_EXTENSIONS,
    ),
    VerbSpec(verb=Verb.SETTLE_BILLING, not_needed=KEEPS_SUBSCRIPTION),
    VerbSpec(
        verb=Verb.SETTLE_BILLING,
        part="client_stops",
        # Ended modules start the clock after which Go deletes the client's books.
        effects=(Effect.DESTROYS_DATA, Effect.DATED),
        by_hand=manual_books.CLIENT_STOPS,
    ),
    VerbSpec(
        verb=Verb.END_ACCESS,
        operations=("patch_user",),
        effects=(Effect.REMOVES_OUR_ACCESS, Effect.DATED),
        moves=("firm_access",),
        by_hand=manual.END_ACCESS,
    ),
    VerbSpec(
        verb=Verb.END_ACCESS,
        part="other_partners",
        effects=(Effect.REVERSIBLE, Effect.IMMEDIATE),
        by_hand=manual.OTHER_PARTNERS,
    ),
    VerbSpec(verb=Verb.ARCHIVE, not_needed=SEVERING_ARCHIVES),
    VerbSpec(
        verb=Verb.SEVER_LINK,
        effects=(Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.IMMEDIATE),
        moves=("linked",),
        by_hand=manual.SEVER_LINK,
    ),
    VerbSpec(verb=Verb.RETAIN_HISTORY, part="archive", by_hand=manual_books.RETAIN_ARCHIVE),
    VerbSpec(
        verb=Verb.REMOVE_EXTENSIONS,
        part="integration",
        operations=("client_integration_information", "remove_integration"),
        effects=(Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS),
        moves=("integration",),
        by_hand=manual.REMOVE_INTEGRATION,
    ),
    # No part of an ending; the client does it.
    VerbSpec(verb=Verb.INVITE_BACK, effects=(Effect.REVERSIBLE,), by_hand=manual.INVITE_BACK),
)

MANIFEST = Manifest(
    platform="PowerOffice Go",
    vendor="PowerOffice AS",
    time_zone="Europe/Oslo",
    schemes=("orgnr",),
    operations=OPERATIONS,
    verbs=VERBS,
    # v1's documentation asks for 1-2 s between a write and a read; v2 says nothing (facts page, section 4).
    consistency_delay=timedelta(seconds=2),
)
