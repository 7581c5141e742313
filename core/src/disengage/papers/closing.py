"""The closing statement for programs, which goes into an export."""

from __future__ import annotations

from typing import Any

from disengage.domain.request import Language
from disengage.engine.workplace import Workplace
from disengage.papers.choosing import sheet_for
from disengage.papers.gathering import gather
from disengage.papers.sheets import FirmLine, Kind
from disengage.papers.statementjson import statement_json


def closing_json(workplace: Workplace, case_id: str, *, internal: bool) -> dict[str, Any]:
    """Return the closing statement as JSON types; it is not recorded as a paper that was made.

    Raises:
        InputError: There is no such case.
        ConfigurationError: The firm's own rules of retention cannot be used.
    """
    firm = FirmLine(name=workplace.settings.firm.name)
    dossier, today = gather(workplace, case_id), workplace.now().date()
    return statement_json(sheet_for(dossier, Kind.STATEMENT, Language.ENGLISH, today, firm, internal=internal))
