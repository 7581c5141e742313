"""Operations: handing the client's history over, and copies that a stranger can check."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from disengage.domain.rights import Right
from disengage.engine.encrypting import recipients_from
from disengage.engine.export import Scope, export
from disengage.engine.handover import Order, Receipt, confirm, hand_over, record_consent
from disengage.papers.closing import closing_json
from disengage.web.api.call import Caller, CaseId
from disengage.web.api.forms import FILE, TEXT, Parts, parts, wrong
from disengage.web.api.models import papers as told
from disengage.web.api.operations import Operations
from disengage.web.sending import sent
from disengage.web.site import temporary_folder

operations = Operations("Hand-over and export")

Internal = Annotated[bool, Query(description="With internal notes, where nobody is to be told.")]
WholeLog = Annotated[bool, Query(description="With the events of all cases.")]
DAY = {"type": "string", "format": "date"}


@operations.get("/cases/{case}/export", Right.ARCHIVE, None, file=True)
def export_case(call: Caller, case: CaseId, internal: Internal = False, whole_log: WholeLog = False) -> Response:
    """Download all that is recorded and kept of a case; a stranger can check it without this program."""
    workplace, case_id = call.workplace, call.case(case).id
    with temporary_folder() as folder:
        out = Path(folder, f"{case_id}.zip")
        closing = closing_json(workplace, case_id, internal=internal)
        export(workplace, case_id, out, Scope(internal=internal, whole_log=whole_log), closing)
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
        keys = recipients_from(given.encrypt_to)
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
    workplace = call.on(case)
    with parts(call.form) as given, temporary_folder() as folder:
        record_consent(workplace, case, call.person.name, str(_consent(given, Path(folder))))
    return {"case": case, "recorded": True}


def _consent(given: Parts, folder: Path) -> Path:
    """Return the file that is recorded. Words become one, since what looks like a path would be taken for one."""
    given.only("words", "file")
    words, files = given.text("words"), given.files("file")
    if bool(words) == bool(files) or len(files) > 1:
        raise wrong("file", "must be one file, or 'words' are given instead")
    if files:
        return files[0]
    said = folder / "consent.txt"
    said.write_text(f"{words}\n", encoding="utf-8")
    return said


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
    workplace = call.on(case)
    with parts(call.form) as given:
        given.only("file", "received_by", "received_on", "pack")
        receipt = Receipt(
            file=given.file("file"),
            received_by=given.text("received_by"),
            received_on=_day(given.text("received_on")),
            sha256=given.text("pack", 64),
        )
        return confirm(workplace, case, call.person.name, receipt)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong("received_on", "is not a date (write 2026-12-31)") from None
