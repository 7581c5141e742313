"""Read what a platform says in an answer: its words, its error code, and the bare shape of its JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from disengage.http.redact import redact

_CUT = 200
_SAMPLE_CUT = 2000
_DEPTH, _WIDTH = 6, 40
#: The fields that hold words for people, in the order they are quoted; read case-insensitively.
_FIELDS = ("title", "detail", "message", "error_description", "developererrormessage", "error", "errors")
_CODES = ("code", "errorcode", "error", "extensions", "errors")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def parse(content: bytes) -> Any:
    """Return ``content`` as JSON; None where there is none.

    Raises:
        ValueError: It is not JSON, or nested beyond reason. The message does not repeat it.
    """
    if not content.strip():
        return None
    try:
        return json.loads(content, parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None


def _not_json(constant: str) -> None:
    raise ValueError(constant)


def _leniently(content: bytes) -> Any:
    try:
        return parse(content)
    except ValueError:
        return None


def said(content: bytes) -> str:
    """Return everything ``content`` says to people, not redacted: for reading, not for repeating."""
    texts = [text.strip() for text in _texts(_leniently(content)) if text.strip()]
    return "; ".join(dict.fromkeys(texts))


def quoted(content: bytes, known: Iterable[str] = ()) -> str:
    """Return the platform's own words, redacted and cut, or an empty text."""
    words = redact(said(content), known).rstrip(".")
    return words if len(words) <= _CUT else words[: _CUT - 1] + "…"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value[:_WIDTH]:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        yield from _texts_of(_lowered(value))


def _texts_of(fields: dict[str, Any]) -> Iterator[str]:
    for name in _FIELDS:
        found = fields.get(name)
        if name == "errors" and isinstance(found, Mapping):  # ASP.NET: field → list of complaints
            found = list(found.values())
        yield from _texts(found)


def _lowered(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name).lower(): inner for name, inner in value.items()}


def code(content: bytes, known: Iterable[str] = ()) -> str | None:
    """Return the platform's own error code, where it gives one that can be repeated."""
    found = _code(_leniently(content), inside=False)
    safe = found is not None and _CODE.fullmatch(found) and redact(found, known) == found
    return found if safe else None


def _code(value: Any, *, inside: bool) -> str | None:
    if isinstance(value, list):
        return _code(value[0], inside=inside) if value else None
    if isinstance(value, Mapping):
        fields = _lowered(value)
        tried = (_code(fields.get(name), inside=True) for name in _CODES)
        return next((found for found in tried if found), None)
    return str(value) if inside and isinstance(value, str | int) and not isinstance(value, bool) else None


def shape(content: bytes, content_type: str = "") -> str:
    """Return the shape of an answer with every value replaced by the name of its type."""
    try:
        value = parse(content)
    except ValueError:
        kind = content_type.partition(";")[0].strip()
        return f"{kind if _CODE.fullmatch(kind.replace('/', '.')) else 'unknown'}, {len(content)} bytes, not JSON"
    return json.dumps(_shape(value, 0))[:_SAMPLE_CUT]


def _shape(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        if depth == _DEPTH:
            return "object"
        return {_key(name): _shape(inner, depth + 1) for name, inner in list(value.items())[:_WIDTH]}
    if isinstance(value, list):
        return [] if not value else "list" if depth == _DEPTH else [_shape(value[0], depth + 1)]
    return "null" if value is None else type(value).__name__


def _key(name: str) -> str:
    """Keep a field's name; a key that is itself a value (an address, a number) goes."""
    return name if len(name) <= 60 and redact(name) == name else "[key]"
