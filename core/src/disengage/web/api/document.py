"""The document of the API, OpenAPI 3.1: written from the operations, their models and the kinds of problems."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from disengage.web.api import problems
from disengage.web.api.describing import describe, only_used
from disengage.web.api.models.problem import Problem
from disengage.web.api.once import KEY, REPLAYED

if TYPE_CHECKING:
    from fastapi import FastAPI

    from disengage.web.api.operations import Operation

VERSION = "1"
_ABOUT = """What the pages can do, programs can do.

Every call carries `Authorization: Bearer TOKEN`; every changing call carries `Idempotency-Key`. What is no success is a
problem as RFC 9457 says. Fields may be added; none changes its meaning."""
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
#: What a file that is downloaded is; it runs nowhere.
_FILES = ("application/octet-stream", "application/pdf")
#: Answered by whatever operation.
_ALWAYS = (401, 403, 429, 500, 503)
_HEADERS = {
    "key": ("Idempotency-Key", "A new random one with every new call; the same one when a call is repeated.", True),
    "if-match": ("If-Match", "The `ETag` of the case that you saw; when it has changed, nothing is done.", False),
    "if-none-match": ("If-None-Match", "The `ETag` that you have; when nothing has changed, the answer is 304.", False),
}


def document(app: FastAPI, operations: Mapping[str, Operation]) -> dict[str, Any]:
    """Return the whole document."""
    written = get_openapi(title="disengage", version=VERSION, description=_ABOUT, routes=app.routes)
    written["servers"] = [{"url": "/api/v1"}]
    written["security"] = [{"token": []}]
    parts = written.setdefault("components", {})
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    parts.setdefault("schemas", {}).update(_problem())
    parts["responses"] = {str(status): _response(status) for status in _statuses()}
    for methods in written["paths"].values():
        for described in methods.values():
            _complete(described, operations[described["operationId"]])
    for schema in parts["schemas"].values():
        describe(schema)
    only_used(written)
    return written


def extra(operation: Operation) -> dict[str, Any]:
    """Return what the framework cannot know of an operation."""
    wanted = [word for word, is_so in _wants(operation) if is_so]
    found: dict[str, Any] = {"x-right": str(operation.needs)}
    if wanted:
        found["parameters"] = [_header(*_HEADERS[word]) for word in wanted]
    if operation.form is not None:
        found["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": _form(operation)}}}
    if operation.changes:
        found["x-answer-kept"] = operation.keeps_answer
    return found


def _form(operation: Operation) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": dict(operation.form or {})}
    if operation.form_needs:
        schema["required"] = list(operation.form_needs)
    return {**schema, "additionalProperties": dict(operation.form_more) if operation.form_more else False}


def _wants(operation: Operation) -> tuple[tuple[str, bool], ...]:
    return (
        ("key", operation.changes),
        ("if-match", operation.of_case),
        ("if-none-match", operation.method == "GET" and not operation.file),
    )


def _header(name: str, words: str, required: bool) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if name == KEY:
        schema |= {"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    return {"name": name, "in": "header", "required": required, "description": words, "schema": schema}


def _complete(described: dict[str, Any], operation: Operation) -> None:
    """Say what an operation does, what else it may answer, and with which headers."""
    first, _, rest = (operation.answer.__doc__ or "").replace("``", "`").partition("\n")
    described["summary"] = first.removesuffix(".")
    described["description"] = inspect.cleandoc(rest).strip() or first
    answers = described["responses"]
    good = answers[str(operation.status)]
    if operation.file:
        good["content"] = {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in _FILES}
        good["headers"] = {"Content-Disposition": _said("`attachment`, with a name for the file.")}
    elif operation.method == "GET" or operation.of_case or operation.there_already:
        good["headers"] = {"ETag": _said("Another one as soon as anything in the answer changes.")}
    if operation.changes and operation.keeps_answer:
        replayed = {REPLAYED: _said("`true` where the same call was answered before.")}
        good["headers"] = {**good.get("headers", {}), **replayed}
    if operation.there_already:
        answers[str(operation.there_already)] = {**good, "description": "It was there already."}
    if operation.method == "GET" and not operation.file:
        answers["304"] = {"description": "What `If-None-Match` names is still so."}
    for status in sorted({*_ALWAYS, *_of(operation)}):
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}


def _of(operation: Operation) -> set[int]:
    found = {400, 404, 413, 415, 422} if operation.method != "GET" else {422}
    found |= {404} if "{" in operation.path else set()
    found |= {409} if operation.changes or operation.file else set()
    found |= {502} if operation.method != "GET" else set()
    return found | ({412} if operation.of_case else set())


def _problem() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    return {**schema.pop("$defs"), "Problem": schema}


def _said(words: str) -> dict[str, Any]:
    return {"description": words, "schema": {"type": "string"}}


def _statuses() -> list[int]:
    return sorted({kind.status for kind in problems.KINDS.values()})


def _response(status: int) -> dict[str, Any]:
    kinds = [kind for kind in problems.KINDS.values() if kind.status == status]
    words = "\n".join(f"`{kind.word}`: {kind.title}. {kind.meaning}" for kind in kinds)
    return {"description": words, "content": {problems.MEDIA_TYPE: {"schema": _PROBLEM}}}
