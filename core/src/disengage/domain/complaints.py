"""Turn pydantic's errors into one sentence that names the field and says what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

#: Kinds of complaints of pydantic → the reason in plain words.
PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "date_from_datetime_inexact": "is not a date (write 2026-12-31)",
    "date_from_datetime_parsing": "is not a date (write 2026-12-31)",
    "date_parsing": "is not a date (write 2026-12-31)",
    "date_type": "is not a date (write 2026-12-31)",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
}


def sentence(text: str) -> str:
    """Return ``text`` with a full stop, unless it ends as a sentence does."""
    return text if text.endswith((".", "?")) else f"{text}."


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known word nearest to ``word``, or an empty text."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def complain(error: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """Return every complaint of ``error`` as one text, fields named by their dotted path; no values."""
    return "; ".join(f"'{name}' {reason}" for name, reason in _all(error, model, prefix))


def by_field(error: ValidationError, model: type[BaseModel], prefix: str = "") -> dict[str, str]:
    """Return the same by the fields' dotted paths; what is wrong with one field in several ways is one text."""
    found: dict[str, str] = {}
    for name, reason in _all(error, model, prefix):
        found[name] = f"{found[name]}; {reason}" if name in found else reason
    return found


def _all(error: ValidationError, model: type[BaseModel], prefix: str) -> list[tuple[str, str]]:
    return [_one(item, model, prefix) for item in error.errors(include_url=False, include_input=False)]


def _one(item: Any, model: type[BaseModel], prefix: str) -> tuple[str, str]:
    """Return the name of the field that is wrong, and what is."""
    path = [str(part) for part in item["loc"]]
    name = ".".join([*([prefix] if prefix else []), *path]) or "the whole"
    kind = item["type"]
    if kind == "extra_forbidden":
        return name, f"is not known.{nearest(path[-1], _known(model, path[:-1]))}"
    if kind in ("literal_error", "enum"):
        return name, f"must be {item['ctx']['expected']}"
    reason = PLAIN.get(kind) or item["msg"].removeprefix("Value error, ")
    below, named, why = reason[1:].partition("' ")
    if reason.startswith("'") and named and path:  # the complaint names a key below the field
        return f"{name}.{below}", why
    return name, reason[:1].lower() + reason[1:] or "cannot be used"


def _known(model: type[BaseModel], path: list[str]) -> list[str]:
    """Return the field names (aliases first) of the model that stands at ``path``."""
    here: Any = model
    for part in path:
        fields = getattr(here, "model_fields", {})
        match = next((f for n, f in fields.items() if part in (n, f.alias)), None)
        here = _model_in(match.annotation) if match else None
    fields = getattr(here, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
