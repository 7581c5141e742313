"""The closing statement of a case as it would be made now, for programs; it is not recorded as a paper."""

from __future__ import annotations

from typing import Any

from disengage.domain.request import Language
from disengage.engine.workplace import Workplace
from disengage.papers.choosing import sheet_for
from disengage.papers.gathering import gather
from disengage.papers.sheets import FirmLine, Kind
from disengage.papers.statementjson import statement_json


def closing_statement(workplace: Workplace, case_id: str, *, internal: bool) -> dict[str, Any]:
    """Return it as JSON types.

    Args:
        workplace: The workplace.
        case_id: The case.
        internal: With everything in it, for the firm itself.

    Raises:
        InputError: There is no such case.
    """
    firm = FirmLine(name=workplace.settings.firm.name)
    dossier, today = gather(workplace, case_id), workplace.now().date()
    return statement_json(sheet_for(dossier, Kind.STATEMENT, Language.ENGLISH, today, firm, internal=internal))
