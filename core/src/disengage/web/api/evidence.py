"""Operations: what was recorded and kept of a case."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from disengage.domain.rights import Right
from disengage.engine.bags import KeptBag, bags_of, open_bag, open_file, verify_bag
from disengage.store import EventRecord
from disengage.store.tagged import moment_text
from disengage.web.api.call import After, Call, Caller, CaseId, Most, linked
from disengage.web.api.models import evidence as told
from disengage.web.api.operations import Operations
from disengage.web.sending import streamed

operations = Operations("Evidence")

Number = Annotated[int, Path(ge=1, le=2**53)]


@operations.get("/events", Right.SEE, told.EventsPage)
def list_events(call: Caller, after: After = "", limit: Most = 50) -> dict[str, Any]:
    """List the events of all cases and of the house, oldest first."""
    return _events(call, None, after, limit)


@operations.get("/cases/{case}/events", Right.SEE, told.EventsPage)
def list_case_events(call: Caller, case: CaseId, after: After = "", limit: Most = 50) -> dict[str, Any]:
    """List the events of a case, oldest first."""
    return _events(call, call.case(case).id, after, limit)


def _events(call: Call, case: str | None, after: str, limit: int) -> dict[str, Any]:
    found = call.workplace.store.events(case, int(after or 0), limit + 1)
    following = str(found[limit - 1].seq) if len(found) > limit else None
    linked(call, following)
    return {"events": [_event(record) for record in found[:limit]], "next": following}


def _event(record: EventRecord) -> dict[str, Any]:
    return {**record.model_dump(mode="json", exclude={"at"}), "at": moment_text(record.at)}


@operations.get("/cases/{case}/evidence", Right.SEE, told.EvidenceList)
def list_evidence(call: Caller, case: CaseId) -> dict[str, Any]:
    """List what proves the steps of a case, oldest first."""
    rows = call.workplace.store.evidence(call.case(case).id)
    return {"evidence": [{**row.model_dump(mode="json"), "at": moment_text(row.at)} for row in rows]}


@operations.get("/cases/{case}/bags", Right.SEE, told.Bags)
def list_bags(call: Caller, case: CaseId) -> dict[str, Any]:
    """List the bags of a case, oldest first; opening one takes the right to the archive."""
    return {"bags": [_bag(bag) for bag in bags_of(call.workplace, call.case(case).id)]}


def _bag(bag: KeptBag) -> dict[str, Any]:
    return {
        "bag": bag.number,
        "path": bag.path,
        "digest": bag.digest,
        "step": bag.step,
        "connection": bag.connection or None,
        "at": moment_text(bag.at),
        "by": bag.by,
        "verified_at": moment_text(bag.verified_at),
        "kept": not bag.gone,
    }


@operations.ask("/cases/{case}/bags/{bag}/verify", Right.ARCHIVE, told.VerifiedBag)
def verify_one_bag(call: Caller, case: CaseId, bag: Number) -> dict[str, Any]:
    """Read every file of a bag again, and tell what is wrong."""
    complaints = verify_bag(call.workplace, call.case(case).id, bag)
    return {"bag": bag, "sound": not complaints, "complaints": list(complaints)}


@operations.get("/cases/{case}/bags/{bag}/files", Right.ARCHIVE, told.BagFiles)
def list_bag_files(call: Caller, case: CaseId, bag: Number) -> dict[str, Any]:
    """List the files of a bag; it is recorded who did."""
    found = open_bag(call.workplace, call.case(case).id, bag, call.person.name)
    files = [{"file": file.number, **file.model_dump(exclude={"number"})} for file in found.files]
    return {"bag": bag, "files": files, "gaps": list(found.gaps)}


@operations.get("/cases/{case}/bags/{bag}/files/{file}", Right.ARCHIVE, None, file=True)
def get_bag_file(call: Caller, case: CaseId, bag: Number, file: Number) -> Response:
    """Download one file of a bag; it is recorded who did."""
    found, opened = open_file(call.workplace, call.case(case).id, bag, file, call.person.name)
    return streamed(opened, found.name.rpartition("/")[2], found.size)
