"""The options that a connector takes from a request, as fields somebody can fill in: made from its own model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticUserError

from disengage.domain.values import Frozen

#: A line ``name: what it is`` of a docstring's section ``Attributes``, and one that goes on with it.
_ATTRIBUTE = re.compile(r" {4}(\w+): (.+)")
_GOES_ON = re.compile(r" {5,}(\S.*)")
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_TEXTS = re.compile(r"[\s,;]+")


class OptionKind(StrEnum):
    """What can be said."""

    FLAG = "flag"
    CHOICE = "choice"
    SEVERAL = "several"
    DATE = "date"
    NUMBER = "number"
    TEXT = "text"
    TEXTS = "texts"
    OTHER = "other"


class Option(Frozen):
    """One option.

    Attributes:
        path: Its name; with a dot where it stands in a table of its own.
        kind: What can be said; ``other`` only in a file.
        choices: Of a choice, or of several.
        default: What holds where nothing is said; JSON types.
        required: Whether something has to be said.
        about: What it is, in the connector's own words (English); empty: it does not say.
    """

    path: str
    kind: OptionKind
    choices: tuple[str, ...] = ()
    default: Any = None
    required: bool = False
    about: str = ""


def options_of(model: type[BaseModel]) -> tuple[Option, ...]:
    """Return the options of a connector's ``options_model``, in its order; none where it cannot be described."""
    try:
        schema = model.model_json_schema()
    except PydanticUserError:
        return ()
    return tuple(_fields(schema, schema.get("$defs", {}), ""))


def _fields(table: Mapping[str, Any], known: Mapping[str, Any], prefix: str, usual: str = "") -> Iterator[Option]:
    """Yield the fields of a table, and of the tables in it; ``usual`` is said of those of which nothing else is."""
    about, needed = attributes(str(table.get("description", ""))), table.get("required", ())
    for name, given in table.get("properties", {}).items():
        field = _resolved(given, known)
        if field.get("properties"):
            yield from _fields(field, known, f"{prefix}{name}.", about.get(name, ""))
            continue
        kind, choices = _kind(field, known)
        yield Option(
            path=prefix + name,
            kind=kind,
            choices=choices,
            default=given.get("default"),
            required=name in needed,
            about=str(given.get("description") or about.get(name, usual)),
        )


def _resolved(field: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a field is, whether it may be left out or not."""
    if "$ref" in field:
        return _resolved(known[field["$ref"].rpartition("/")[2]], known)
    for several in ("allOf", "anyOf"):
        real = [one for one in field.get(several, ()) if one.get("type") != "null"]
        if len(real) == 1:
            return _resolved(real[0], known)
    return field


_PLAIN = {
    "boolean": OptionKind.FLAG,
    "integer": OptionKind.NUMBER,
    "number": OptionKind.NUMBER,
    "string": OptionKind.TEXT,
}


def _kind(field: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[OptionKind, tuple[str, ...]]:
    choices = field.get("enum") or ([field["const"]] if "const" in field else [])
    if choices:
        return (OptionKind.CHOICE if _are_texts(choices) else OptionKind.OTHER), tuple(map(str, choices))
    if field.get("type") == "array":
        kind, choices = _kind(_resolved(field.get("items", {}), known), known)
        several = {OptionKind.CHOICE: OptionKind.SEVERAL, OptionKind.TEXT: OptionKind.TEXTS}
        return several.get(kind, OptionKind.OTHER), tuple(choices)
    if field.get("format") == "date":
        return OptionKind.DATE, ()
    return _PLAIN.get(str(field.get("type")), OptionKind.OTHER), ()


def _are_texts(choices: Sequence[Any]) -> bool:
    return all(isinstance(choice, str) for choice in choices)


def attributes(docstring: str) -> dict[str, str]:
    """Return what a docstring says of each attribute."""
    found: dict[str, str] = {}
    last = ""
    for line in docstring.partition("Attributes:\n")[2].splitlines():
        begins, goes_on = _ATTRIBUTE.fullmatch(line), _GOES_ON.fullmatch(line)
        if begins:
            last, found[begins[1]] = begins[1], begins[2]
        elif goes_on and last:
            found[last] += f" {goes_on[1]}"
        else:
            last = ""
    return found


# --- what was filled in


def said(option: Option, given: Sequence[str]) -> Any:
    """Return what texts from a form say, as a file would say it; None: nothing. Whether it is right, its model says."""
    texts = [text.strip() for text in given if text.strip()]
    if not texts:
        return None
    if option.kind is OptionKind.FLAG:
        return {"yes": True, "no": False}.get(texts[0], texts[0])
    if option.kind is OptionKind.SEVERAL:
        return texts
    if option.kind is OptionKind.TEXTS:
        return [text for text in _TEXTS.split(texts[0]) if text]
    return _number(texts[0]) if option.kind is OptionKind.NUMBER else texts[0]


def _number(text: str) -> int | float | str:
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text
