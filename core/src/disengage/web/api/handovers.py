"""Operations: handing the client's history over, and copies that a stranger can check."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from starlette.responses import Response

from disengage.domain.rights import Right
from disengage.engine.encrypting import recipients_of
from disengage.engine.export import Scope, export
from disengage.engine.handover import Order, Receipt, confirm, hand_over, record_consent_file, record_consent_words
from disengage.papers.closing import closing_json
from disengage.web.api.call import Caller, CaseId
from disengage.web.api.forms import FILE, TEXT, parts, wrong
from disengage.web.api.models import papers as told
from disengage.web.api.operations import Operations
from disengage.web.sending import sent
from disengage.web.site import temporary_folder

operations = Operations("Hand-over and export")

DAY = {"type": "string", "format": "date"}


@operations.post("/cases/{case}/exports", Right.ARCHIVE, None, file=True, keeps_answer=False, of_case=True)
def export_case(call: Caller, case: CaseId, given: told.Export) -> Response:
    """Take out all that is recorded and kept of a case; a stranger can check it without this program.

    The file is given once: the same key again is refused, and another key makes another one.
    """
    workplace = call.on(case)
    with temporary_folder() as folder:
        out = Path(folder, f"{case}.zip")
        closing = closing_json(workplace, case, internal=given.internal)
        scope = Scope(internal=given.internal, whole_log=given.whole_log)
        export(workplace, case, out, scope, closing, call.person.name)
        return sent(out, out.name)


@operations.post(
    "/cases/{case}/handovers", Right.ARCHIVE, None, file=True, keeps_answer=False, again=False, of_case=True
)
def hand_case_over(call: Caller, case: CaseId, given: told.HandOver) -> Response:
    """Make the pack that the successor or the client receives, and record that it was handed over.

    The pack is given once: the same key again is refused, and another key hands over once more.
    """
    workplace = call.on(case)
    with temporary_folder() as folder:
        keys = recipients_of(given.encrypt_to)
        order = Order(
            case=case,
            to=given.to,
            by=call.person.name,
            out=Path(folder, f"{given.to}-{case}.zip{'.age' if keys.keys else ''}"),
            form=given.format,
            recipient=given.recipient,
            recipients=keys,
            note=given.note,
            also=frozenset(given.also),
        )
        hand_over(workplace, order)
        return sent(order.out, order.out.name)


@operations.post(
    "/cases/{case}/consents",
    Right.ARCHIVE,
    told.Consented,
    form={"file": FILE, "words": TEXT},
    again=False,
    of_case=True,
)
def give_consent(call: Caller, case: CaseId) -> dict[str, Any]:
    """Record the client's consent to hand its history to the successor: a file, or words."""
    call.case(case)
    with parts(call.form) as given:
        given.only("words", "file")
        words, files = given.text("words"), given.files("file")
        if bool(words) == bool(files) or len(files) > 1:
            raise wrong("file", "must be one file, or 'words' are given instead")
        workplace, who = call.on(case), call.person.name
        if files:
            record_consent_file(workplace, case, who, files[0])
        else:
            record_consent_words(workplace, case, who, words)
    return {"case": case, "recorded": True}


@operations.post(
    "/cases/{case}/receipts",
    Right.ARCHIVE,
    told.Received,
    form={"file": FILE, "received_by": TEXT, "received_on": DAY, "pack": TEXT},
    form_needs=("file", "received_by", "received_on"),
    again=False,
    of_case=True,
)
def confirm_receipt(call: Caller, case: CaseId) -> dict[str, Any]:
    """Record that a pack was received, with the receipt that the other side signed.

    ``pack`` says of which pack, by the beginning of its SHA-256; without it, of the last one.
    """
    call.case(case)
    with parts(call.form) as given:
        given.only("file", "received_by", "received_on", "pack")
        receipt = Receipt(
            file=given.file("file"),
            received_by=given.text("received_by"),
            received_on=_day(given.text("received_on")),
            sha256=given.text("pack", 64),
        )
        return confirm(call.on(case), case, call.person.name, receipt)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong("received_on", "is not a date (write 2026-12-31)") from None
