"""What the change of klantstatus sets off elsewhere: AuditCase is leading, and linked products follow it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from disengage import Finding, Severity

from disengage_auditcase import sources

_notice = partial(Finding, severity=Severity.NOTICE)


def consequences(shared: int | None) -> Iterator[Finding]:
    """Yield what follows from the change; ``shared`` is the number of files shared with the client, if known."""
    yield _pinkweb(shared)
    yield from _ELSEWHERE
    yield from _AT_HOME


def _pinkweb(shared: int | None) -> Finding:
    listed = "" if shared is None else f" Files shared with it, as AuditCase lists them: {shared}."
    return Finding(
        code="pinkweb_deletes_the_client",
        severity=Severity.WARNING,
        message="Where the client is linked to PinkWeb (Cliënt Online), the change of klantstatus deletes it there, "
        f"and so does setting that link to 'Nee'.{listed}",
        remedy="Copy what PinkWeb has of it first; the gate waits for that. End neither PinkWeb nor Exact Online "
        "on their own at the same time: AuditCase is leading.",
        source=sources.PINKWEB,
    )


_ELSEWHERE = (
    _notice(
        code="exact_gets_the_end_date",
        message="Where the client is linked to Exact Online, it is still pushed there (since AuditCase 8.6), and its "
        "'Einde relatie' becomes the end date (Enddate) there.",
        remedy="Set the end date on the client card with care.",
        source=sources.EXACT,
    ),
    _notice(
        code="twinfield_is_not_pushed",
        message="Where the client is linked to Twinfield, it is not pushed there any more; nothing is removed or "
        "closed there.",
        remedy="End the client in Twinfield itself.",
        source=sources.TWINFIELD,
    ),
    # Hix: https://support.hellohix.com/hc/nl/articles/4595193551645; CaseWare Cloud:
    # https://changetocomm.zendesk.com/hc/nl/articles/115004738729 (both read 2026-11-22).
    _notice(
        code="other_links_are_not_ended",
        message="Nextens goes on receiving the client; Hix takes its companies and portal users over every night; what "
        "becomes of it in CaseWare Cloud is not described (unlinking a contact takes that person's access to files "
        "within the hour).",
        remedy="Where it is linked to one of these, end it there itself, and see who still has access.",
        source=sources.NEXTENS,
    ),
)

_AT_HOME = (
    _notice(
        code="number_stays",
        message="Changing the client number (Acties, Wijzig nummer) can break links or make duplicates.",
        remedy="Leave the number as it is until the case is closed.",
        source=sources.RENUMBERING,
    ),
    _notice(
        code="copies_in_yearly_archives",
        message="Incoming and outgoing items are copied into yearly archives as well: a dossier is not the only copy.",
        remedy="Think of them when the client asks for erasure.",
        source=sources.BACKUPS,
    ),
    _notice(
        code="werkstop_is_reversible",
        message="Until the end date, a Werkstop stops work on the client and can be taken back: client card, Wijzigen, "
        "tab Intern, Werkstop 'Ja', with a date and a reason, Bewaren.",
        remedy="Set one where work has to stop earlier; everybody who opens the client sees the reason.",
        source=sources.WERKSTOP,
    ),
)
