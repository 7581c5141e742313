"""The closing statement for programs; see docs/reference/json.md."""

from __future__ import annotations

from typing import Any

from disengage.engine.view import moment
from disengage.papers.sheets import BagLine, Inside, Mark, Sheet, StepLine

_OF_STEP = {"id", "verb", "part", "scope", "platform", "effects"}
#: How a step is known, for programs: nobody has to know our marks to tell a person's word from a read-back.
_PROOF = {mark: str(mark) for mark in (Mark.VERIFIED, Mark.RECEIPT, Mark.STATED)}


def statement_json(sheet: Sheet) -> dict[str, Any]:
    """Return a closing statement as JSON types, with the same content as the printed one."""
    ending = sheet.ending
    return {
        "paper": str(sheet.kind),
        "case": sheet.case,
        "standing": str(sheet.standing),
        "final": sheet.standing == "final",
        "internal": sheet.internal,
        "made_on": str(sheet.made_on),
        "as_of": moment(sheet.as_of) if sheet.as_of else None,
        "firm": sheet.firm.name,
        "client": {"name": sheet.client.name, "identifiers": dict(sheet.client.identifiers)},
        "ends_on": str(ending.ends_on),
        "notice_on": str(ending.notice_on) if ending.notice_on else None,
        "period": {"from": str(ending.period_from), "to": str(ending.period_to)},
        "successor": ending.successor or None,
        "counts": {str(mark): number for mark, number in sheet.counts},
        "steps": [_step(step, internal=sheet.internal) for step in sheet.steps],
        "copies": [_bag(bag) for bag in sheet.bags],
        "log": _log(sheet),
        **({"inside": _inside(sheet.inside)} if sheet.inside else {}),
    }


def _step(step: StepLine, *, internal: bool) -> dict[str, Any]:
    told = {"by": step.by, "because": step.because} if internal else {}
    return {
        **step.model_dump(mode="json", include=_OF_STEP),
        "state": "done" if step.mark.done else str(step.mark),
        "proof": _PROOF.get(step.mark),
        "already": step.already,
        "at": moment(step.at) if step.at else None,
        "due": str(step.due) if step.due else None,
        "deadline": str(step.deadline) if step.deadline else None,
        "waits_for": step.waits_for or None,
        "quote": step.quote,
        **told,
    }


def _bag(bag: BagLine) -> dict[str, Any]:
    where = {"path": bag.path} if bag.path else {}
    return {
        **where,
        "platform": bag.platform,
        "scope": bag.scope,
        "part": bag.part,
        "at": moment(bag.at),
        "files": bag.count,
        "bytes": bag.size,
        "sha256": bag.digest,
        "content": str(bag.verdict),
        "gaps": bag.missing,
        "readable": bag.readable,
    }


def _log(sheet: Sheet) -> dict[str, Any] | None:
    log = sheet.log
    return {"entries": log.entries, "seq": log.seq, "hash": log.hash, "at": moment(log.at)} if log else None


def _inside(inside: Inside) -> dict[str, Any]:
    whole = inside.model_dump(mode="json")
    whole["approvals"] = [{"by": who, "at": moment(at)} for who, at in inside.approvals]
    whole["gate"] = [{"connection": connection, "at": moment(at)} for connection, at in inside.gate]
    whole["evidence"] = [{**line.model_dump(mode="json"), "at": moment(line.at)} for line in inside.evidence]
    return whole
