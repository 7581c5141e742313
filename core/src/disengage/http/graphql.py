"""Read a GraphQL answer: its errors arrive with HTTP 200."""

from __future__ import annotations

import re
from typing import Any

from disengage.errors import CredentialsError, RejectedError
from disengage.http.answer import Answer
from disengage.http.border import garbled, unclear
from disengage.http.calls import Call
from disengage.http.retry import Setback
from disengage.http.words import code, quoted

_NOT_LET_IN = {"UNAUTHENTICATED", "FORBIDDEN"}
_BROKEN = re.compile(r"internal server error", re.IGNORECASE)


def data_of(call: Call, answer: Answer) -> dict[str, Any]:
    """Return the ``data`` of a GraphQL answer.

    Raises:
        Setback: It holds errors, or no data.
    """
    value = answer.json()
    fields = value if isinstance(value, dict) else {}
    if fields.get("errors"):
        raise _refused(call, answer)
    data = fields.get("data")
    if not isinstance(data, dict):
        raise garbled(call, answer.content, "the answer holds no data")
    return data


def _refused(call: Call, answer: Answer) -> Setback:
    words, word = quoted(answer.content, call.hidden), code(answer.content, call.hidden)
    if word == "INTERNAL_SERVER_ERROR" or _BROKEN.search(words):
        return unclear(call, "the platform answered with an error of its own")
    tail = f": {words}." if words else "."
    if word in _NOT_LET_IN:
        remedy = f"Check the credentials and rights of the connection '{call.connection}'."
        return Setback(CredentialsError(f"{call.name} was not allowed{tail}", remedy=remedy))
    return Setback(RejectedError(f"{call.name} was refused{tail}", status=answer.status, code=word))
