"""What the connector publishes about itself: operations with their sources, and verbs."""

from __future__ import annotations

from disengage import Effect, Manifest, Operation, Provenance, Verb, VerbSpec

from disengage_auditcase import manual, sources


def _reads(name: str, call: str, source: str) -> Operation:
    return Operation(name=name, call=call, provenance=Provenance.DOCUMENTED, source=source, as_of=sources.AS_OF)


#: AuditCase itself keeps everything, and the status can be set back (INFERRED). But a linked PinkWeb deletes the
#: client as soon as the status is saved, or its link set to Nee, and that does not come back: so both wait for the
#: gate. The end date is written down in the same moment; nothing waits for it.
_FOLLOWED_BY_PINKWEB = (Effect.IRREVERSIBLE, Effect.IMMEDIATE)

MANIFEST = Manifest(
    platform="AuditCase",
    vendor="Change to Comm",
    # No search by KvK, VAT or another number is documented: a client is found by its number in AuditCase, or its name.
    schemes=(),
    operations=(
        _reads("search_clients", "GET /viewdata/clients", sources.CLIENTS),
        _reads("list_tasks", "GET /viewdata/tasks", sources.TASKS),
        _reads("list_documents", "GET /clientportaldocs/{client_number}", sources.DOCUMENTS),
    ),
    verbs=(
        VerbSpec(
            verb=Verb.RETAIN_HISTORY,
            operations=("search_clients", "list_tasks", "list_documents"),
            by_hand=manual.RETAIN_HISTORY,
            firms_own=True,
        ),
        VerbSpec(verb=Verb.RETAIN_HISTORY, part=manual.PORTAL, by_hand=manual.RETAIN_PORTAL),
        VerbSpec(
            verb=Verb.TRANSFER_ADMIN,
            not_needed="AuditCase is the firm's own system: nobody of the client administers anything in it",
        ),
        VerbSpec(
            verb=Verb.REMOVE_EXTENSIONS,
            effects=_FOLLOWED_BY_PINKWEB,
            by_hand=manual.REMOVE_EXTENSIONS,
        ),
        VerbSpec(
            verb=Verb.REMOVE_EXTENSIONS,
            part=manual.FAILED_PUSHES,
            effects=(Effect.IMMEDIATE,),
            by_hand=manual.REMOVE_EXTENSIONS_FAILED,
        ),
        VerbSpec(
            verb=Verb.SETTLE_BILLING,
            not_needed="whatever a version asks about invoices belongs to the change of klantstatus",
        ),
        VerbSpec(
            verb=Verb.END_ACCESS,
            not_needed="the firm's users keep access to its own AuditCase, where the dossier stays",
        ),
        VerbSpec(
            verb=Verb.ARCHIVE,
            not_needed="a client with the status 'Geen klant meer' stays in AuditCase with its dossier",
        ),
        VerbSpec(
            verb=Verb.SEVER_LINK,
            effects=_FOLLOWED_BY_PINKWEB,
            moves=("linked",),
            by_hand=manual.SEVER_LINK,
        ),
        VerbSpec(verb=Verb.INVITE_BACK, effects=(Effect.REVERSIBLE, Effect.IMMEDIATE), by_hand=manual.INVITE_BACK),
    ),
)
