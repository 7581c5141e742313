"""Take out of a platform's words whatever must not be repeated: secrets, addresses, personal numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_LONGEST = 2000  # characters that are looked at; more is nobody's message
_SHORTEST_KNOWN, _LONG = 3, 8

_PATTERNS = (
    (re.compile(r"(https?://[^\s?#]+)[?#]\S*"), r"\1"),
    (re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+"), "[e-mail]"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "[id]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]+"), r"\1 [secret]"),
    (re.compile(r"(?i)\b(\w*(?:token|secret|password|key))(['\"]?\s*[:=]\s*)[^\s,;]+"), r"\1\2[secret]"),
    (re.compile(r"\b(?=[A-Za-z+/_=.-]*\d)[A-Za-z0-9+/_=.-]*[A-Za-z][A-Za-z0-9+/_=.-]{15,}"), "[token]"),
    (re.compile(r"[A-Za-z0-9+/_=-]{40,}"), "[token]"),
)
_DIGITS = re.compile(r"\d(?:[\s./-]?\d){5,}")
_DATE = re.compile(r"20\d\d-[01]\d-[0-3]\d(?: [0-2]\d)?|[0-3]?\d[./-][01]?\d[./-]20\d\d")
_PERSONAL = re.compile(r"name|mail|phone|mobile|address|person|birth|contact", re.IGNORECASE)


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return ``text`` on one line, without control characters, secrets or personal data.

    Args:
        text: Words of a platform.
        known: Values that must not be repeated wherever they stand: secrets, and what we sent about people.
    """
    plain = "".join(c if c.isprintable() else " " for c in text[:_LONGEST])
    for value in sorted((v for v in known if len(v) >= _SHORTEST_KNOWN), key=len, reverse=True):
        plain = re.sub(_anywhere(value), "[…]", plain, flags=re.IGNORECASE)
    for pattern, instead in _PATTERNS:
        plain = pattern.sub(instead, plain)
    return " ".join(_DIGITS.sub(_number, plain).split())


def _anywhere(value: str) -> str:
    """Match a long value wherever it stands, a short one (a first name) only as a word of its own."""
    exact = re.escape(value)
    return exact if len(value) >= _LONG else rf"(?<!\w){exact}(?!\w)"


def _number(match: re.Match[str]) -> str:
    """Keep a plain date: without it, "must be after 2026-12-31" says nothing."""
    return match[0] if _DATE.fullmatch(match[0]) else "[number]"


def personal(value: Any, key: str = "") -> Iterator[str]:
    """Yield what ``value`` (a body we send) says about people, so that an answer repeating it can be redacted."""
    if isinstance(value, Mapping):
        where = str(value["path"]) if {"op", "path"} <= value.keys() else ""
        for name, inner in value.items():
            yield from personal(inner, where if name == "value" and where else str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from personal(inner, key)
    elif isinstance(value, str) and _PERSONAL.search(key):
        yield value
