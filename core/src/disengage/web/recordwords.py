"""What the pages call what is recorded and kept: events, evidence, papers, and the rules of retention."""

from __future__ import annotations

from disengage.domain.rules import Basis, DocumentClass, Duty, Regime, Trigger
from disengage.engine.handover import To
from disengage.engine.handoverpack import PackFormat
from disengage.papers.sheets import Kind
from disengage.store.proofs import EvidenceKind
from disengage.web.saying import N_, Said

#: Kinds of events in a case, as docs/reference/events.md lists them.
EVENT = {
    "case_opened": Said(N_("Request became a case")),
    "planned": Said(N_("Plan made")),
    "approved": Said(N_("Plan approved")),
    "reviewed": Said(N_("Platforms observed again; the case begins")),
    "plan_stale": Said(N_("Plan no longer fits; approval is asked again")),
    "gate_stayed_shut": Said(N_("Gate stayed shut")),
    "gate_opened": Said(N_("Gate opened")),
    "history_kept": Said(N_("Copy kept in the vault and verified")),
    "history_wrong": Said(N_("Kept copy found wrong")),
    "finding_accepted": Said(N_("Finding accepted in writing")),
    "done": Said(N_("Step done")),
    "not_needed": Said(N_("Step needed nothing")),
    "waits_for_platform": Said(N_("Step waits for the platform")),
    "connection_is_down": Said(N_("Connection is down")),
    "connection_is_back": Said(N_("Connection answers again")),
    "looked_ahead": Said(N_("Looked ahead; the plan still fits")),
    "came_back": Said(N_("Something came back on a platform")),
    "as_wanted_again": Said(N_("As wanted again")),
    "reminded": Said(N_("Support reminded")),
    "refused": Said(N_("Step refused")),
    "failed": Said(N_("Step failed")),
    "task_opened": Said(N_("Task opened")),
    "task_done": Said(N_("Task done")),
    "task_declined": Said(N_("Task declined")),
    "escalation": Said(N_("Task long overdue; somebody was told")),
    "retried": Said(N_("Steps tried again")),
    "skipped": Said(N_("Step left out")),
    "moved": Said(N_("Date moved")),
    "closed": Said(N_("Case closed")),
    "cancelled": Said(N_("Case cancelled")),
    "consent_recorded": Said(N_("Consent to the hand-over recorded")),
    "handed_over": Said(N_("History handed over")),
    "receipt_confirmed": Said(N_("Receipt of the history confirmed")),
    "paper_made": Said(N_("Paper made")),
    "exported": Said(N_("Case exported")),
    "retention_hold": Said(N_("Put on legal hold")),
    "retention_released": Said(N_("Legal hold lifted")),
    "bag_opened": Said(N_("Kept copy opened")),
    "destruction_approved": Said(N_("Destruction approved")),
    "destroyed": Said(N_("Kept copies destroyed")),
}

EVIDENCE = {
    EvidenceKind.READ_BACK: Said(N_("Read back"), N_("What the platform showed afterwards.")),
    EvidenceKind.RECEIPT: Said(N_("Receipt"), N_("What the platform answered.")),
    EvidenceKind.FILE: Said(N_("File"), N_("A file that a person brought, with its checksum.")),
    EvidenceKind.STATEMENT: Said(N_("Statement"), N_("What a person said.")),
}

PAPER = {
    Kind.LETTER: Said(N_("Letter to the client"), N_("Says what was done, what is left, and who answers for what.")),
    Kind.INVENTORY: Said(N_("Hand-over inventory"), N_("Lists every file that is handed over, to be signed.")),
    Kind.REPLY: Said(N_("Reply to a professional enquiry"), N_("For the firm that takes over and asks.")),
    Kind.STATEMENT: Said(N_("Closing statement"), N_("Lists every step and how it is known to be done.")),
}

RECIPIENT = {To.SUCCESSOR: Said(N_("The new firm")), To.CLIENT: Said(N_("The client"))}
PACK = {
    PackFormat.PDF: Said(N_("PDF documents")),
    PackFormat.ORIGINAL: Said(N_("The platforms' own formats")),
}

DOCUMENT_CLASS = {
    DocumentClass.BOOKS: Said(N_("Books"), N_("Ledgers and annual accounts.")),
    DocumentClass.VOUCHERS: Said(N_("Vouchers"), N_("Vouchers and invoices.")),
    DocumentClass.CORRESPONDENCE: Said(
        N_("Correspondence"), N_("Letters, agreements, delivery notes and price lists.")
    ),
    DocumentClass.NOT_FOR_PROOF: Said(N_("Not for proof"), N_("What does not serve as proof towards others.")),
    DocumentClass.REAL_ESTATE: Said(N_("Real estate"), N_("What concerns immovable property.")),
    DocumentClass.IDENTITY: Said(N_("Identity"), N_("What the firm knows of persons from customer due diligence.")),
    DocumentClass.ENGAGEMENT_FILE: Said(N_("Engagement file"), N_("The firm's own file.")),
}

REGIME = {
    Regime.ACCOUNTING: Said(N_("Accounting law")),
    Regime.TAX: Said(N_("Tax law")),
    Regime.AML: Said(N_("Law against money laundering")),
    Regime.PROFESSION: Said(N_("Rules of the profession")),
}

DUTY = {Duty.CLIENT: Said(N_("The client's duty")), Duty.FIRM: Said(N_("The firm's duty"))}

TRIGGER = {
    Trigger.FINANCIAL_YEAR_END: Said(N_("from the end of the financial year")),
    Trigger.DOCUMENT_DATE: Said(N_("from the date of the document")),
    Trigger.RELATIONSHIP_END: Said(N_("from the end of the relationship")),
    Trigger.FIRST_USE_OF_REAL_ESTATE: Said(N_("from the first use of the real estate")),
    Trigger.FINAL_ASSESSMENT: Said(N_("from the final assessment")),
    Trigger.UNNAMED: Said(N_("from a moment that the source does not name")),
}

BASIS = {
    Basis.LAW: Said(N_("The law's own text")),
    Basis.SECONDARY: Said(N_("A page about the law")),
    Basis.UNOPENED: Said(N_("A source that nobody opened for this")),
}
