"""What the framework finds wrong with a call, in our words: each field with its reason, and never its value."""

from __future__ import annotations

from typing import Any

from fastapi.exceptions import RequestValidationError

from disengage.domain.complaints import PLAIN, sentence
from disengage.errors import DisengageError, NotThereError
from disengage.web.api.problems import ProblemError

#: Names that come from a caller are shown so far.
LONGEST = 80


def complaint(error: RequestValidationError) -> DisengageError:
    """Return what is wrong with a call; an address that cannot exist is one where nothing is."""
    found = list(error.errors())
    if any(item["loc"][0] == "path" for item in found):
        return NotThereError("There is nothing at this address.", remedy="Take addresses from answers.")
    errors = [_one(item) for item in found]
    return ProblemError(
        "input",
        sentence("The call cannot be read: " + "; ".join(f"'{e['field']}' {e['message']}" for e in errors)),
        remedy="Correct it and send it again; nothing was changed.",
        errors=errors,
    )


def _one(item: Any) -> dict[str, str]:
    where, *path = (str(part)[:LONGEST] for part in item["loc"])
    reason = _reason(item)
    below, named, why = reason[1:].partition("' ")
    if reason.startswith("'") and named:  # the complaint names a key below the field
        return {"field": ".".join([*path, below]), "message": why}
    return {"field": ".".join(path) or where, "message": reason[:1].lower() + reason[1:] or "cannot be used"}


def _reason(item: Any) -> str:
    if item["type"] in ("literal_error", "enum"):
        return f"must be {item['ctx']['expected']}"
    reason: str = PLAIN.get(item["type"]) or item["msg"].removeprefix("Value error, ")
    return reason
