"""Once: a call with an idempotency key is carried out once, however often it is sent.

While it runs, the store holds its key for this process; the hold goes with the process. What was done is kept with the
key for 24 hours, and the same call is given the same answer again. A call that was refused changed nothing, and its key
is free. Where a call broke off, its row says that it began: it runs again if the engine itself lets nothing happen
twice, and otherwise somebody has to look.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi.concurrency import contextmanager_in_threadpool
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from disengage.web.api.problems import ProblemError

if TYPE_CHECKING:
    from disengage.domain.rights import Person
    from disengage.engine.workplace import Workplace
    from disengage.store.answered import Answered
    from disengage.web.api.operations import Operation

KEY, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("content-type", "etag", "location")


def key_of(request: Request) -> str:
    """Return the idempotency key of a call.

    Raises:
        ProblemError: It has none, or one that is none.
    """
    given = request.headers.getlist(KEY)
    if len(given) != 1 or not _VISIBLE.fullmatch(given[0]):
        raise ProblemError(
            "key-missing",
            f"The call cannot be made: it carries no {KEY} of 1 to 255 visible characters.",
            remedy="Send a new random one with every new call, and the same one when you repeat a call.",
        )
    return given[0]


class Once:
    """One call that is carried out once.

    Args:
        workplace: The workplace.
        operation: What is called.
        person: Who calls.
        request: The call.
        body: What its body is known by.
    """

    def __init__(
        self, workplace: Workplace, operation: Operation, person: Person, request: Request, body: bytes
    ) -> None:
        self._store, self._now = workplace.store, workplace.now
        self._operation, self._person, self._key, self._body = operation, person.name, key_of(request), body
        self._call = f"{request.method} {quote(request.scope['path'])}?{quote(request.url.query)}"

    async def answered(self, answer: Callable[[], Awaitable[Response]]) -> Response:
        """Return the answer: given now, or before.

        Raises:
            ProblemError: The key is another call's, or this call runs, broke off, or its answer is not kept.
        """
        name = self._store.answered.name(self._person, self._key)
        async with contextmanager_in_threadpool(self._store.hold(name)) as mine:
            if not mine:
                raise _still_running()
            before = await run_in_threadpool(self._begin)
            if before is not None and before.finished:
                return self._replayed(before)
            response = await answer()
            await run_in_threadpool(self._end, response)
            return response

    def _begin(self) -> Answered | None:
        found = self._store.answered.begin(self._person, self._key, self._call, self._body, self._now())
        if found is not None and not found.same:
            raise ProblemError(
                "key-reused",
                "The call cannot be made: its idempotency key was used for another call, or with another body.",
                remedy="Use a new key for every new call.",
            )
        if found is not None and not found.finished and not self._operation.again:
            raise ProblemError(
                "broke-off",
                "The call cannot be repeated: one with this idempotency key broke off, and may have been carried out.",
                remedy="Look whether it was; if it was not, use a new key.",
            )
        return found

    def _replayed(self, before: Answered) -> Response:
        if before.answer is None or before.status is None:
            raise ProblemError(
                "answer-not-kept",
                "The call was carried out already, and its answer is given only once.",
                remedy="Use a new key to do it once more.",
            )
        answer: dict[str, Any] = before.answer
        return Response(answer["body"], before.status, {**answer["headers"], REPLAYED: "true"})

    def _end(self, response: Response) -> None:
        """Keep what was done. What was refused is forgotten; a fault leaves the call as one that broke off."""
        calls = self._store.answered
        if response.status_code < 400:
            calls.finish(self._person, self._key, response.status_code, self._kept(response))
        elif response.status_code < 500:
            calls.forget(self._person, self._key)

    def _kept(self, response: Response) -> Any:
        if not self._operation.keeps_answer:
            return None
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        return {"body": bytes(response.body).decode("utf-8"), "headers": headers}


def _still_running() -> ProblemError:
    return ProblemError(
        "still-running",
        "The call cannot be answered yet: one with the same idempotency key is still running.",
        remedy="Ask again in a second, with the same key.",
        headers={"Retry-After": "1"},
    )
