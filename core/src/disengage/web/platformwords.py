"""What the pages call what platforms show and people bring back."""

from __future__ import annotations

from disengage.domain.state import Holder
from disengage.domain.tasks import BringKind
from disengage.web.saying import N_, Said

HOLDER = {
    Holder.NOBODY: Said(N_("nobody")),
    Holder.INVITED: Said(N_("invited"), N_("Somebody was invited and has not accepted yet.")),
    Holder.FIRM: Said(N_("the firm")),
    Holder.CLIENT: Said(N_("the client")),
}

#: The fields of ``LinkState``.
FIELD = {
    "linked": Said(N_("Linked"), N_("The tie between firm and client exists.")),
    "archived": Said(N_("Archived"), N_("The client stands in the firm's archive list.")),
    "administrator": Said(N_("Administrator"), N_("Who of the client's side is administrator there.")),
    "main_contact": Said(N_("Main contact"), N_("Who is main contact or administers the subscription.")),
    "firm_access": Said(N_("Our access"), N_("The firm's users on the client, and until when.")),
    "extensions": Said(N_("Our integrations"), N_("The firm's own integrations on the client.")),
    "integration": Said(N_("This integration"), N_("The integration that this program itself works through.")),
    "billing_to": Said(N_("Invoices go to"), N_("Who receives the invoices that run through this client.")),
    "ended_on": Said(N_("Ended on"), N_("The end date that the platform records.")),
    "locked_to": Said(N_("Books locked until"), N_("The day up to which the client's books are locked.")),
    "available": Said(N_("Free to activate"), N_("No dossier of another firm stands in the way.")),
    "status": Said(N_("Status there"), N_("The platform's own word. It is shown, and never compared.")),
    "firm_is_administrator": Said(N_("We administer"), N_("A user of the firm is administrator there.")),
    "client_administers": Said(N_("Others administer"), N_("Somebody who is not of the firm is administrator there.")),
}

#: Parts of verbs, as the connectors of this repository name them.
PART = {
    "apps": Said(N_("suppliers and apps that send invoices")),
    "archive": Said(N_("accounting data from the archive")),
    "backup": Said(N_("backup")),
    "client_stops": Said(N_("closing of the client")),
    "export": Said(N_("export")),
    "failed_pushes": Said(N_("pushes that failed")),
    "integration": Said(N_("integration")),
    "kyc": Said(N_("client check")),
    "other_partners": Said(N_("users who work through another partner")),
    "payroll": Said(N_("payroll")),
    "payroll_user": Said(N_("payroll user")),
    "pdfs": Said(N_("PDF documents")),
    "period_lock": Said(N_("lock of the period")),
    "portal": Said(N_("documents of the portal")),
    "reports": Said(N_("reports")),
    "subscription": Said(N_("subscription")),
    "tell": Said(N_("message to the new firm")),
    "token": Said(N_("access key")),
}

#: Solutions of a platform.
SCOPE = {
    "bookkeeping": Said(N_("Bookkeeping")),
    "payroll": Said(N_("Payroll")),
    "travel_expenses": Said(N_("Travel and expenses")),
    "annual_accounts": Said(N_("Annual accounts")),
    "financial_overview": Said(N_("Financial overview")),
    "scanner": Said(N_("Scanner")),
    "digital_invoices": Said(N_("Digital invoices")),
}

#: Schemes of identifiers.
SCHEME = {
    "orgnr": Said(N_("Organisation number")),
    "enterprise": Said(N_("Enterprise number")),
    "kvk": Said(N_("Chamber of Commerce number")),
    "vat": Said(N_("VAT number")),
    "handelsregister": Said(N_("Commercial register number")),
    "cvr": Said(N_("CVR number")),
}

BRING = {
    BringKind.FILE: Said(N_("File")),
    BringKind.TEXT: Said(N_("Text")),
    BringKind.DATE: Said(N_("Date")),
    BringKind.NUMBER: Said(N_("Number")),
    BringKind.CHOICE: Said(N_("Choice")),
}
