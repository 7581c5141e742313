"""What Spiris means by an ``ErrorCode``, and which of our errors it becomes.

Codes: https://developer.vismaonline.com/docs/error-codes-copy-1; the body's shape: the vendor's specification (both
read 2026-11-22). The ``ErrorId`` stays in the message: the vendor's support asks for it, and it says nothing about
anybody. Which HTTP status goes with which code is not documented, so that the code is read first.
"""

from __future__ import annotations

import re
from typing import Any

from disengage import (
    ConnectorError,
    CredentialsError,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.http import Answer
from disengage.http.retry import asked_pause
from disengage.http.words import quoted

#: Statuses whose body is read here: every refusal except those that the HTTP kit waits out.
READ_HERE = tuple(status for status in range(400, 500) if status not in (408, 429))
_ERROR_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class AccessEndedError(RejectedError):
    """4011: the authenticated user has no access to the company. After severing it is the proof."""


class WithheldError(RejectedError):
    """This grant, this user or this variant of the product does not have it; everything else may well be there."""


class NotLetInError(CredentialsError):
    """The API itself (not the token endpoint) does not let us in."""


_RIGHTS = "Look at the scopes of the grant, the rights of whoever gave it, and the customer's variant in Spiris."
_AUTHORISE = "Have the company let us in again with 'disengage authorise'."

#: ErrorCode → what it means, what to do about it, and which error it is.
_CODES: dict[int, tuple[str, str, type[ConnectorError]]] = {
    2000: ("the values are not valid", "Compare the call with the vendor's documentation.", RejectedError),
    3000: ("it was not found", "Look in Spiris whether it was deleted.", RejectedError),
    4000: ("it conflicts with what is there", "Look at it in Spiris, then try again.", RejectedError),
    4003: ("the company has not finished the start-up guide", "Finish the guide in Spiris.", RejectedError),
    4004: ("the company is not active", "Look at the customer's subscription in Spiris.", RejectedError),
    4005: ("the grant is not authorised", _AUTHORISE, NotLetInError),
    4006: ("the grant lacks the scope", _RIGHTS, WithheldError),
    4007: ("the user lacks the permission", _RIGHTS, WithheldError),
    4009: ("it is not in the customer's variant of the product", _RIGHTS, WithheldError),
    4011: ("the authenticated user has no access to the company", _AUTHORISE, AccessEndedError),
    4019: ("the user may only read", "Have it done by a user who may change it.", RejectedError),
    4026: ("the period is locked", "Look at the period lock in Spiris.", RejectedError),
    4034: ("a sandbox client was used on a live company", "Use the production client's id and key.", NotLetInError),
    4038: ("the fiscal year is locked", "Look at the fiscal year in Spiris.", RejectedError),
    6000: ("the query was not understood", "Show this to the connector's author.", UnexpectedResponseError),
}
_TOO_MANY, _SERVER = 4010, (5000, 5001)


def checked(answer: Answer, connection: str, operation: str, *, changes: bool = False) -> Answer:
    """Return ``answer`` if it is a success.

    Raises:
        ConnectorError: What its ``ErrorCode``, else its status, means.
    """
    if answer.status < 300:
        return answer
    code, error_id = _said(answer)
    words = quoted(answer.content)
    trace = ", ".join([f"ErrorCode {code}" if code else f"status {answer.status}", *([error_id] if error_id else [])])
    tail = f" ({trace}){f': {words}' if words else ''}."
    if code == _TOO_MANY or code in _SERVER:
        raise _passing(f"{connection}: {operation}", code, answer, tail, changes=changes)
    raise _refusal(f"{connection}: {operation} was refused", code, answer.status, tail)


def _said(answer: Answer) -> tuple[int, str]:
    """Return the error code, 0 for none, and the error's id."""
    try:
        body = answer.json()
    except ConnectorError:
        body = None
    fields: dict[str, Any] = body if isinstance(body, dict) else {}
    code, error_id = fields.get("ErrorCode"), str(fields.get("ErrorId") or "")
    known = code if isinstance(code, int) and not isinstance(code, bool) else 0
    return known, f"ErrorId {error_id}" if _ERROR_ID.fullmatch(error_id) else ""


def _passing(name: str, code: int, answer: Answer, tail: str, *, changes: bool) -> ConnectorError:
    if code == _TOO_MANY:
        after = asked_pause(answer.headers, answer.content)
        return RetryableError(f"{name} was not done: Spiris asks for fewer calls{tail}", retry_after=after)
    if changes:
        message = f"{name} was sent, but whether it was done is not known: Spiris had a fault{tail}"
        return OutcomeUnknownError(message, remedy="Look in Spiris whether it happened.")
    return RetryableError(f"{name} failed: Spiris had a fault{tail}", remedy="It is tried again later.")


def _refusal(name: str, code: int, status: int, tail: str) -> ConnectorError:
    meaning, remedy, kind = _CODES.get(code) or _by_status(status)
    message, given = f"{name}: {meaning}{tail}", str(code) if code else None
    if issubclass(kind, RejectedError):
        return kind(message, status=status, code=given, remedy=remedy)
    if issubclass(kind, CredentialsError):
        return kind(message, code=given, remedy=remedy)
    return kind(message, remedy=remedy)


def _by_status(status: int) -> tuple[str, str, type[ConnectorError]]:
    """Return the meaning of a status that comes without a code we know."""
    if status in (401, 403):
        return "it is not allowed", _AUTHORISE, NotLetInError
    return "Spiris says no", "Look at it in Spiris; the ErrorId helps the vendor's support.", RejectedError
