"""What the connector publishes about itself: operations with their sources, and verbs."""

from __future__ import annotations

from disengage import Effect, Manifest, Operation, Provenance, Verb, VerbSpec
from disengage.domain.request import RequestKind

from disengage_clearfacts import manual
from disengage_clearfacts.mapping import SCHEMES
from disengage_clearfacts.sources import AS_OF, DEVELOPERS, MIGRATION, SCHEMA

NOBODY_TO_TELL = "the request names no firm that takes over"
SUPPORT_ACTIVATES = "the vendor's operations team attaches the archived dossier to the new accountant's active one"
HISTORY_OF_THE_OTHER = "the history is the previous accountant's to keep"
APPS_OF_THE_OTHER = "the dossier's addresses and the apps that push to it are the previous accountant's to see to"
NO_ACCESS_TO_END = "the firm has no access to the previous accountant's dossier"


def _query(name: str, source: str = SCHEMA) -> Operation:
    """Return one query of the single endpoint, all of which are posted."""
    return Operation(name=name, call="POST /graphql", provenance=Provenance.DOCUMENTED, source=source, as_of=AS_OF)


OPERATIONS = (
    _query("accountant"),
    _query("administrations", DEVELOPERS),
    _query("administration"),
    _query("archive_categories"),
    _query("journals"),
    _query("customers"),
    _query("associates"),
    # The page says that support has to be asked before every migration. That a mail does it is how support is reached.
    Operation(
        name="send_ticket",
        call="SMTP mail to support_email",
        provenance=Provenance.DOCUMENTED,
        source=MIGRATION,
        as_of=AS_OF,
        changes=True,
    ),
)

VERBS = (
    VerbSpec(
        verb=Verb.RETAIN_HISTORY,
        operations=tuple(operation.name for operation in OPERATIONS if not operation.changes),
        by_hand=manual.RETAIN_HISTORY,
    ),
    VerbSpec(verb=Verb.RETAIN_HISTORY, part="pdfs", by_hand=manual.RETAIN_PDFS),
    VerbSpec(
        verb=Verb.TRANSFER_ADMIN,
        not_needed="client users are the client's own; they are copied with the dossier, or go with it",
    ),
    VerbSpec(
        verb=Verb.REMOVE_EXTENSIONS,
        part="apps",
        effects=(Effect.REVERSIBLE,),
        by_hand=manual.TELL_APPS,
    ),
    VerbSpec(
        verb=Verb.SETTLE_BILLING,
        not_needed="the licence is the accounting firm's; the client has no subscription of its own",
    ),
    VerbSpec(verb=Verb.END_ACCESS, not_needed="the firm's access to the dossier goes with the dossier"),
    VerbSpec(verb=Verb.ARCHIVE, not_needed="the vendor's support archives the dossier when it migrates it"),
    VerbSpec(
        verb=Verb.SEVER_LINK,
        operations=("send_ticket",),
        # All that can come of a ticket; the plan's step has those of the scenario that was chosen.
        effects=(Effect.IRREVERSIBLE, Effect.DESTROYS_DATA, Effect.REMOVES_OUR_ACCESS, Effect.COSTS_MONEY),
        moves=("linked", "available"),
        by_hand=manual.ASK_SUPPORT,
        through_support=True,
    ),
    VerbSpec(verb=Verb.ACTIVATE, effects=(Effect.IMMEDIATE,), moves=("linked",), by_hand=manual.ACTIVATE),
    VerbSpec(verb=Verb.ACTIVATE, part="tell", effects=(Effect.IMMEDIATE,), by_hand=manual.TELL_SUCCESSOR),
    VerbSpec(
        verb=Verb.INVITE_BACK,
        not_needed="there are no invitations: a dossier comes back by being migrated or activated again",
    ),
)

MANIFEST = Manifest(
    platform="ClearFacts",
    vendor="ClearFacts BV",
    time_zone="Europe/Brussels",
    schemes=SCHEMES,
    operations=OPERATIONS,
    verbs=VERBS,
    kinds=(RequestKind.ENDING, RequestKind.TAKEOVER),
)
