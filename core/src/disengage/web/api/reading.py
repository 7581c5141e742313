"""Read what a call carries: JSON and forms, within limits, and what its body is known by."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from disengage.domain.values import canonical
from disengage.errors import TooLargeError
from disengage.web.api.problems import ProblemError

#: No JSON that anybody needs is larger.
MOST_BYTES = 2**20
#: Files and fields of one form, and the size of a field.
MOST_FILES, MOST_FIELDS, LARGEST_FIELD = 20, 200, 2**18
_CHUNK = 1 << 20


async def read(request: Request, *, form: bool) -> bytes:
    """Read the body, where whoever answers finds it, and return what it is known by; empty: there is none.

    Args:
        request: The call.
        form: A form with files is expected; how large that may be is looked after by whatever counts what comes in.

    Raises:
        ProblemError: It cannot be read, or is of another media type.
        TooLargeError: It is too large.
    """
    if form:
        return await _form(request)
    body = await _body(request)
    if not body:
        return b""
    if _media_type(request) != "application/json":
        raise ProblemError(
            "wrong-media-type", "The body is not JSON by its Content-Type.", remedy="Send it as application/json."
        )
    return _known_by(request, body)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError("The JSON is larger than 1 MB.", remedy="Send less; nothing was changed.")
        parts.append(part)
    request._body = b"".join(parts)
    return request._body


def _known_by(request: Request, body: bytes) -> bytes:
    """Parse the JSON once, strictly, for whoever answers; however it is written, it is known by what it says."""
    try:
        given = json.loads(body, parse_constant=_no_number, object_pairs_hook=_each_once)
        json.dumps(given, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
        request._json = given
        return hashlib.sha256(canonical(given)).digest()
    except (ValueError, RecursionError):
        raise ProblemError(
            "not-readable", "The body is not JSON that everybody reads alike.",
            remedy="Send one JSON document in UTF-8: every key once, no NaN, no whole number beyond 2^53.",
        ) from None  # fmt: skip


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


# --- forms


async def _form(request: Request) -> bytes:
    if _media_type(request) != "multipart/form-data":
        raise ProblemError(
            "wrong-media-type", "The body is not a form by its Content-Type.", remedy="Send it as multipart/form-data."
        )
    try:
        form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD)
    except HTTPException as error:
        raise ProblemError(
            "not-readable", f"The form cannot be read: {error.detail}", remedy="Correct it; nothing was changed."
        ) from None
    return await run_in_threadpool(_form_known_by, form)


def _form_known_by(form: FormData) -> bytes:
    """Digest fields and files; the boundary between them is another one each time."""
    parts = sorted(
        (name, _file_known_by(value) if isinstance(value, UploadFile) else value) for name, value in form.multi_items()
    )
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).digest()


def _file_known_by(file: UploadFile) -> str:
    digest = hashlib.sha256()
    file.file.seek(0)
    while chunk := file.file.read(_CHUNK):
        digest.update(chunk)
    file.file.seek(0)
    return f"{file.filename} {digest.hexdigest()}"
