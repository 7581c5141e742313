"""Operations: papers made from what happened, proofs, and copies that others can check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import Response

from disengage.domain.rights import Right
from disengage.engine.verification import verify
from disengage.papers.making import Order, facts_from, make
from disengage.papers.sheets import Kind
from disengage.web.api.call import Caller, CaseId
from disengage.web.api.models import papers as told
from disengage.web.api.operations import Operations
from disengage.web.api.problems import ProblemError
from disengage.web.sending import sent
from disengage.web.site import temporary_folder

operations = Operations("Papers and proofs")


@operations.post("/cases/{case}/papers", Right.OPERATE, None, file=True, keeps_answer=False, of_case=True)
def make_paper(call: Caller, case: CaseId, given: told.Paper) -> Response:
    """Make a letter, an inventory, a reply to an enquiry, or the closing statement; that it was made is recorded.

    The file is given once: the same key again is refused, and another key makes another one.
    """
    _must_fit(given)
    workplace = call.on(case)
    with temporary_folder() as folder:
        order = Order(
            case=case,
            kind=given.kind,
            out=Path(folder, f"{given.kind}-{case}.{given.form}"),
            language=given.language,
            internal=given.internal,
            facts=facts_from(None, given.facts),
            by=call.person.name,
        )
        make(workplace, order)
        return sent(order.out, order.out.name)


def _must_fit(given: told.Paper) -> None:
    wrong = []
    if given.internal and given.kind is not Kind.STATEMENT:
        wrong.append({"field": "internal", "message": "is for the statement only"})
    if given.facts and given.kind not in (Kind.LETTER, Kind.REPLY):
        wrong.append({"field": "facts", "message": "are for a letter or a reply only"})
    if given.form == "json" and given.kind is not Kind.STATEMENT:
        wrong.append({"field": "form", "message": "can be json for the statement only"})
    if wrong:
        words = "; ".join(f"'{one['field']}' {one['message']}" for one in wrong)
        raise ProblemError(
            "input", f"The paper cannot be made: {words}.", remedy="Leave it out; nothing was made.", errors=wrong
        )


@operations.ask("/cases/{case}/verify", Right.OPERATE, told.Verification)
def verify_case(call: Caller, case: CaseId, given: told.Verify) -> dict[str, Any]:
    """Check the event log, the bags of a case, and what the platforms show now, against what was recorded."""
    return verify(call.workplace, [call.case(case).id], offline=given.offline).as_json()
