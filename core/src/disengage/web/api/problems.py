"""Problems: every answer of the API that is no success, as RFC 9457 says, in words that stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from disengage.errors import (
    BlockedError,
    ConnectorError,
    DisengageError,
    InputError,
    LifecycleError,
    NotAllowedError,
    NotThereError,
    StoreError,
    ThrottledError,
    TooLargeError,
)
from disengage.web.troubles import status_of

MEDIA_TYPE = "application/problem+json"
#: Below this path each kind is described.
TYPES = "/api/v1/problems/"


@dataclass(frozen=True)
class Kind:
    """One kind of problem.

    Attributes:
        word: The end of its ``type``; never changes.
        status: The HTTP status.
        title: The kind in a few words, always the same.
        meaning: When it comes, and what to do.
    """

    word: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        """The problem's ``type``."""
        return f"{TYPES}{self.word}"


KINDS = {
    kind.word: kind
    for kind in (
        Kind("not-readable", 400, "The call cannot be read", "Not what HTTP or JSON allow; nothing was looked at."),
        Kind(
            "key-missing", 400, "The call carries no idempotency key",
            "Every changing call carries `Idempotency-Key` with 1 to 255 visible characters; nothing was done.",
        ),
        Kind("not-authenticated", 401, "No valid token", "The call carries no token, or none that is valid any more."),
        Kind("not-allowed", 403, "The right is missing", "The person, or the token, lacks the right that it takes."),
        Kind("not-there", 404, "There is nothing at this address", "No such case, task, bag, connection or address."),
        Kind("wrong-method", 405, "The address does not take this method", "`Allow` names those that it takes."),
        Kind("wrong-state", 409, "The present state does not allow it", "Nothing was changed; look where it stands."),
        Kind(
            "blocked", 409, "A blocker is open, or an approval is missing or stale",
            "Nothing was changed; `remedy` says what has to happen first.",
        ),
        Kind(
            "still-running", 409, "The same call is still running",
            "A call with this idempotency key has not been answered yet. Ask again after `Retry-After` seconds.",
        ),
        Kind(
            "broke-off", 409, "The same call broke off",
            "A call with this idempotency key began, and what became of it is not known. Look, then use a new key.",
        ),
        Kind(
            "answer-not-kept", 409, "The call was answered already, and its answer is not kept",
            "Files and secrets are given out once. It was done; for another answer, use a new key.",
        ),
        Kind("changed-meanwhile", 412, "The case has changed", "It is not the one of `If-Match`; nothing was changed."),
        Kind("too-large", 413, "Too much was sent", "What was sent is larger than is taken; nothing was changed."),
        Kind("wrong-media-type", 415, "The body has another media type", "The document names the one that is taken."),
        Kind(
            "input", 422, "The input cannot be used",
            "`errors` names each field, or line of a file, that is wrong. Nothing was taken.",
        ),
        Kind(
            "key-reused", 422, "The idempotency key belongs to another call",
            "Within 24 hours a key stands for one call with one body. Use a new one.",
        ),
        Kind("throttled", 429, "Too many attempts", "Ask again after `Retry-After` seconds."),
        Kind("fault", 500, "A fault of ours", "The log says more. The call may be repeated with the same key."),
        Kind("platform", 502, "A platform did not do what was asked", "`detail` has its words; ask again later."),
        Kind("unavailable", 503, "The store cannot be used now", "Nothing was changed; ask again later."),
    )
}  # fmt: skip

#: The first that fits; whatever else is a fault.
_OF_ERRORS: tuple[tuple[type[DisengageError], str], ...] = (
    (NotThereError, "not-there"),
    (NotAllowedError, "not-allowed"),
    (ThrottledError, "throttled"),
    (TooLargeError, "too-large"),
    (BlockedError, "blocked"),
    (LifecycleError, "wrong-state"),
    (InputError, "input"),
    (StoreError, "unavailable"),
    (ConnectorError, "platform"),
)
_OF_STATUS = {400: "not-readable", 404: "not-there", 405: "wrong-method", 413: "too-large", 415: "wrong-media-type"}


class ProblemError(DisengageError):
    """A problem that only the API has.

    Args:
        word: Which kind.
        message: What failed, and why.
        remedy: What to do about it.
        errors: What is wrong with the input, each with its ``field`` or ``line``.
        headers: Of the answer.
    """

    def __init__(
        self,
        word: str,
        message: str,
        *,
        remedy: str = "",
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.word, self.errors, self.headers = word, errors or [], headers or {}


def kind_of(error: DisengageError) -> Kind:
    """Return the kind of problem that an error of ours is."""
    if isinstance(error, ProblemError):
        return KINDS[error.word]
    word = next((word for kind, word in _OF_ERRORS if isinstance(error, kind)), "fault")
    kind = KINDS[word]
    status = status_of(error)
    return kind if kind.status == status else _of_status(status)


def _of_status(status: int) -> Kind:
    return next((kind for kind in KINDS.values() if kind.status == status), KINDS["fault"])


def of_status(status: int, message: str, headers: dict[str, str] | None = None) -> ProblemError:
    """Return what the framework complains of as a problem."""
    return ProblemError(_OF_STATUS.get(status, _of_status(status).word), message, headers=headers)


def not_there(error: HTTPException) -> JSONResponse:
    """Return what is answered where no operation is."""
    words = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    found = of_status(error.status_code, words.get(error.status_code, f"{error.detail}."), dict(error.headers or {}))
    found.remedy = "Take addresses and methods from /api/v1/openapi.json."
    return answer(found)


def answer(error: DisengageError) -> JSONResponse:
    """Return an error as the API answers it."""
    kind = kind_of(error)
    body: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": error.message,
        "remedy": error.remedy,
    }
    headers = dict(getattr(error, "headers", {}))
    if getattr(error, "errors", None):
        body["errors"] = error.errors  # type: ignore[attr-defined]  # asked for one line above
    if isinstance(error, ThrottledError):
        headers["Retry-After"] = str(error.retry_after)
    return JSONResponse(body, kind.status, headers, MEDIA_TYPE)
