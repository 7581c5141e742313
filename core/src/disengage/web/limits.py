"""How much a request may bring: counted while it comes in, whatever it says of its own length."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.routing import compile_path

from disengage.errors import TooLargeError

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

    from disengage.web.doors import Door

MEGABYTE = 2**20
#: The most that a form without files holds; and what a form with files needs besides them.
FORM = MEGABYTE
#: The API reads what it is sent by limits of its own, of which none is larger than that of uploads.
API = "/api/"


class Limits:
    """How much each address takes.

    Args:
        megabytes: The most that an upload may hold.
        doors: Those that take files take so much; all others take small forms only.
    """

    def __init__(self, megabytes: int, doors: Iterable[Door]) -> None:
        self._upload = megabytes * MEGABYTE + FORM
        self._roomy = [(door.method, compile_path(door.path)[0]) for door in doors if door.takes_files]

    def most(self, scope: Scope) -> int:
        """Return how many bytes a request may bring."""
        path, method = scope["path"], scope["method"]
        if path.startswith(API) or any(method == taken and at.match(path) for taken, at in self._roomy):
            return self._upload
        return FORM

    def counted(self, scope: Scope, receive: Receive) -> Receive:
        """Return what receives a request, and raises ``TooLargeError`` where that brings, or announces, too much."""
        most, said, size = self.most(scope), _announced(scope), 0

        async def counting() -> Message:
            nonlocal size
            if said > most:
                raise _too_large(most)
            message = await receive()
            size += len(message.get("body", b""))
            if size > most:
                raise _too_large(most)
            return message

        return counting


def _announced(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(length) for length in lengths if length.isdigit()), default=0)


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(
        f"What was sent cannot be taken: it is larger than {most // MEGABYTE} MB.",
        remedy="Send less; nothing was changed.",
    )
