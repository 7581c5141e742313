"""What somebody orders on the page of papers, read from its forms; no text of theirs is ever taken for a path."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from disengage.domain.request import Language, RequestKind
from disengage.engine import handover
from disengage.engine.encrypting import recipients_of
from disengage.engine.handover import To
from disengage.engine.handoverpack import PackFormat
from disengage.errors import InputError
from disengage.papers import making
from disengage.papers.sheets import Kind
from disengage.web.uploads import taken

if TYPE_CHECKING:
    from disengage.domain.case import Case
    from disengage.web.visit import Visit

#: Forms of a paper; JSON is there of closing statements only.
FORMS = ("pdf", "html", "json")
_WITH_FACTS = (Kind.LETTER, Kind.REPLY)


def kinds_of(case: Case) -> tuple[Kind, ...]:
    """Return which papers there are of a case."""
    silent = case.cancelled or case.request.kind is RequestKind.TAKEOVER
    return (Kind.STATEMENT,) if silent else tuple(Kind)


def paper(visit: Visit, case: Case, folder: Path) -> making.Order:
    """Return the order of a paper, to be made in ``folder``.

    Raises:
        InputError: There is no such paper.
    """
    kind, form, spoken = (visit.form.text(name) for name in ("kind", "form", "language"))
    facts, internal = making.facts_from(None, visit.form.text("facts")), bool(visit.form.text("internal"))
    if kind not in kinds_of(case) or form not in FORMS or (spoken and spoken not in list(Language)):
        raise _wrong(visit.say("There is no such paper."), visit.say("Choose one of those that are offered."))
    if form == "json" and kind != Kind.STATEMENT:
        raise _wrong(visit.say("Only the closing statement is there as JSON."), visit.say("Choose PDF or HTML."))
    if internal and kind != Kind.STATEMENT:
        raise _wrong(visit.say("Only the closing statement is there for the firm itself."), visit.say("Leave it out."))
    if facts and kind not in _WITH_FACTS:
        raise _wrong(visit.say("Only letters and replies take a text."), visit.say("Leave the text out."))
    return making.Order(
        case=case.id,
        kind=Kind(kind),
        out=folder / f"{kind}-{case.id}.{form}",
        language=Language(spoken) if spoken else None,
        internal=internal,
        facts=facts,
        by=visit.person.name,
    )


def pack(visit: Visit, case: Case, folder: Path) -> handover.Order:
    """Return the order of a pack, to be made in ``folder``.

    Raises:
        InputError: Something in it makes no sense.
    """
    to, form = visit.form.text("to"), visit.form.text("format")
    if to not in list(To) or (form and form not in list(PackFormat)):
        raise _wrong(
            visit.say("It is not said who receives the pack."), visit.say("Choose the new firm or the client.")
        )
    keys = recipients_of(filter(None, (line.strip() for line in visit.form.text("keys").splitlines())))
    return handover.Order(
        case=case.id,
        to=To(to),
        by=visit.person.name,
        out=folder / f"{to}-{case.id}.zip{'.age' if keys.keys else ''}",
        form=PackFormat(form) if form else None,
        recipient=visit.form.text("recipient"),
        recipients=keys,
        note=visit.form.text("note"),
        also=frozenset(visit.form.all("also")),
    )


def record_consent(visit: Visit, case: Case, folder: Path) -> None:
    """Record the client's consent, where the form brings it: a file, words, or neither.

    Raises:
        InputError: The file cannot be taken; nothing was recorded.
        VaultError: It could not be kept; nothing was recorded.
    """
    who, words = visit.person.name, visit.form.text("consent")
    for file in visit.form.files.get("consent_file", ()):
        handover.record_consent_file(visit.workplace, case.id, who, taken(file, folder))
    if words:
        handover.record_consent_words(visit.workplace, case.id, who, words)


def receipt(visit: Visit, folder: Path) -> handover.Receipt:
    """Return what the other side signed.

    Raises:
        InputError: The file or the day is missing, or cannot be taken.
    """
    files = visit.form.files.get("receipt", ())
    if len(files) != 1:
        raise _wrong(visit.say("The signed receipt is missing."), visit.say("Choose the file that was signed."))
    try:
        day = date.fromisoformat(visit.form.text("received_on"))
    except ValueError:
        raise _wrong(visit.say("It is not said when it was received."), visit.say("Give the day.")) from None
    return handover.Receipt(
        file=taken(files[0], folder),
        received_by=visit.form.text("received_by"),
        received_on=day,
        sha256=visit.form.text("pack"),
    )


def _wrong(message: str, remedy: str) -> InputError:
    return InputError(message, remedy=remedy)
