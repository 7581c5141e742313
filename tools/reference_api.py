"""The reference of the API, from its OpenAPI document; and that document itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from disengage.web.api.application import described
from disengage.web.api.problems import KINDS
from markdown_pages import page, table

_CALLING = (
    (
        "`Authorization: Bearer TOKEN`",
        "every call",
        "A token of somebody, made on the page of the account. It may do what the person may do now and it was given.",
    ),
    (
        "`Idempotency-Key`",
        "every changing call",
        "1 to 255 visible characters, new and random with every new call; see [below](#calls-that-are-repeated).",
    ),
    ("`If-Match`", "changing calls of a case", "The case's `ETag`: when it has changed, nothing is done (412)."),
    ("`If-None-Match`", "reading calls", "An `ETag` that you have: when nothing has changed, the answer is 304."),
)
_ONCE = (
    ("it was done", "as before, with `Idempotency-Replayed: true`"),
    (
        "it was done, and the answer is a file or holds a secret",
        "409 `answer-not-kept`: these are given once; the document says so with `x-answer-kept`",
    ),
    ("it was refused (4xx)", "it is looked at anew: a refused call changed nothing, and its key is free"),
    ("it is still running", "409 `still-running`"),
    (
        "it broke off: the process died, or a fault of ours",
        "it runs again; a hold, a consent, a receipt and a hand-over do not: 409 `broke-off`, look and use a new key",
    ),
    ("with another body, or at another address", "422 `key-reused`"),
)


@cache
def _document() -> dict[str, Any]:
    return described()


def openapi() -> str:
    """Return the OpenAPI document."""
    return json.dumps(_document(), ensure_ascii=False, indent=1) + "\n"


def api_page() -> str:
    """Return the page of all operations, problems and shapes."""
    problems = ((f"`{kind.word}`", str(kind.status), f"{kind.title}. {kind.meaning}") for kind in KINDS.values())
    return page(
        "API",
        "For whoever calls disengage from a program. After this page you know every operation, what it takes and "
        "answers, and every problem. How to begin: [Call disengage from a program](../how-to/api.md).",
        "Everything is below `/api/v1`. The same as [OpenAPI 3.1](openapi.json); a running site gives it at "
        "`/api/v1/openapi.json`. Fields may be added; none changes its meaning. Moments are RFC 3339 in UTC, dates are "
        "dates. Nothing personal stands in an address.",
        table(("Header", "On", "Meaning"), _CALLING),
        *(_resource(tag, operations) for tag, operations in _by_tag().items()),
        "## Calls that are repeated\n\nA key stands for one call of one person (method, address and body) for 24 "
        "hours. JSON is compared by what it says, not by how it is written; of files, names and content are compared. "
        "Keys and bodies are kept as keyed digests only, answers sealed.",
        table(("The same call again, with the same key", "Answer"), _ONCE),
        "## Problems\n\nWhatever is no success is `application/problem+json` (RFC 9457): `type` "
        "(`/api/v1/problems/WORD`), `title`, `status`, `detail` (what failed: why), `remedy` (what to do), and "
        "`errors` where input is wrong, each with `field` or `file` and `line`, and `message`. No value that was sent "
        "is told again.",
        table(("Word", "Status", "Meaning"), problems),
        "## Lists\n\nA list is told in parts: `next` is what `after` is for the next one, null in the last, and `Link` "
        'with `rel="next"` has the whole address. What is added or leaves meanwhile moves nothing else.',
        "## Shapes",
        *(_shape(name, schema) for name, schema in sorted(_document()["components"]["schemas"].items())),
    )


def _by_tag() -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in _document()["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return found


def _resource(tag: str, operations: list[tuple[str, str, dict[str, Any]]]) -> str:
    rows = [
        (f"`{method} {path}`", str(operation["x-right"]), _takes(operation), _answers(operation), _words(operation))
        for method, path, operation in operations
    ]
    return f"## {tag}\n\n" + table(("Call", "Right", "Takes", "Answers", "Does"), rows)


def _words(operation: dict[str, Any]) -> str:
    first, more = f"{operation['summary']}.", str(operation["description"])
    return first if more == first else f"{first} {more}"


def _takes(operation: dict[str, Any]) -> str:
    asked = [f"`{one['name']}`" for one in operation.get("parameters", ()) if one["in"] == "query"]
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        schema = body["schema"]
        if kind == "application/json":
            asked.append(_type(schema))
        else:
            asked.append("a form: " + ", ".join(f"`{name}`" for name in schema["properties"]))
    return ", ".join(asked) or "nothing"


def _answers(operation: dict[str, Any]) -> str:
    status, good = next((status, one) for status, one in operation["responses"].items() if status.startswith("2"))
    content = good["content"]
    if "application/json" not in content:
        return "a file"
    shape = _type(content["application/json"]["schema"])
    return shape if status == "200" else f"{status}: {shape}"


def _shape(name: str, schema: dict[str, Any]) -> str:
    fields = schema.get("properties", {})
    if not fields:
        words = ", ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
        return f"### {name}\n\n{_without_list(schema)}\n\n{words}"
    needed = schema.get("required", ())
    rows = (
        (f"`{field}`", _type(one) + ("" if field in needed else ", optional"), one.get("description", ""))
        for field, one in fields.items()
    )
    return f"### {name}\n\n{_without_list(schema)}\n\n" + table(("Field", "Type", "Meaning"), rows)


def _without_list(schema: dict[str, Any]) -> str:
    prose, *listed = str(schema.get("description", "")).split("\n- ")
    return "\n\n".join([prose, *(["\n".join(f"- {line}" for line in listed)] if listed else [])])


def _type(schema: dict[str, Any]) -> str:
    return " or ".join(dict.fromkeys(_types(schema))) or "anything"


def _types(schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        yield f"[{name}](#{name.lower()})"
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _types(one)
    elif "enum" in schema or "const" in schema:
        yield from (f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    elif schema.get("type") == "array":
        yield f"list of {_type(schema['items'])}"
    elif schema.get("type") == "object":
        inside = schema.get("additionalProperties")
        yield f"texts → {_type(inside)}" if isinstance(inside, dict) and inside else "object"
    elif "type" in schema:
        yield {"string": "text", "integer": "number", "boolean": "true or false"}.get(schema["type"], schema["type"])
