"""Take over what docstrings say into the document: prose for the whole, and each field's words beside the field."""

from __future__ import annotations

import re
from typing import Any

_LISTED = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)
_SECTION = re.compile(r"\n*\n(?:Attributes|Args):\n")


def describe(schema: dict[str, Any]) -> None:
    """Sort the description of a schema, which is the docstring of its class."""
    prose, *sections = _SECTION.split(schema.get("description", ""))
    words = {name: " ".join(said.split()) for name, said in _LISTED.findall("".join(sections))}
    fields = schema.get("properties", {})
    for field in fields.values():
        field.pop("title", None)  # a field's name with a capital
    for name, said in words.items():
        found = fields.get(name, fields.get(name.removesuffix("_")))
        if found is not None:
            found["description"] = _markdown(said)
    if not fields:
        prose = "\n".join([prose, *(f"- `{name.lower()}`: {said}" for name, said in words.items())])
    schema["description"] = _markdown(prose.strip())


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def only_used(document: dict[str, Any]) -> None:
    """Take out the schemas that nothing in the document leads to."""
    schemas = document["components"]["schemas"]
    while unused := set(schemas) - _used(document):
        for name in unused:
            del schemas[name]


def _used(part: Any) -> set[str]:
    if isinstance(part, dict):
        here = {str(part["$ref"]).rpartition("/")[2]} if "$ref" in part else set()
        return here.union(*map(_used, part.values()))
    return set().union(*map(_used, part)) if isinstance(part, list) else set()
