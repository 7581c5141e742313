"""Doors: every address of the pages, with the right that lets somebody through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disengage.domain.rights import Right

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

Enter = Callable[["Visit"], "Response"]


@dataclass(frozen=True)
class Door:
    """One method at one address.

    Attributes:
        method: ``GET`` or ``POST``; nothing is changed by a ``GET``.
        path: As Starlette writes it: ``/cases/{case}``.
        needs: The right it takes; None: nobody needs to be signed in.
        enter: What answers. Runs on a thread of its own and may block.
        takes_files: Whether files may come with it; otherwise only small forms are read.
        lasting: Whether the answer is a stream of events that ends when its reader does. To read it is not to do
            something: nobody stays signed in by it.
    """

    method: str
    path: str
    needs: Right | None
    enter: Enter
    takes_files: bool = False
    lasting: bool = False


class Doors:
    """The doors of one module of pages."""

    def __init__(self) -> None:
        self._doors: list[Door] = []

    def __iter__(self) -> Iterator[Door]:
        """Yield them in order."""
        return iter(self._doors)

    def get(self, path: str, needs: Right | None) -> Callable[[Enter], Enter]:
        """Have a function answer ``GET``."""
        return self._at("GET", path, needs)

    def post(self, path: str, needs: Right | None, *, takes_files: bool = False) -> Callable[[Enter], Enter]:
        """Have a function answer ``POST``."""
        return self._at("POST", path, needs, takes_files=takes_files)

    def events(self, path: str, needs: Right | None) -> Callable[[Enter], Enter]:
        """Have a function answer ``GET`` with a stream of events; the stream itself takes no thread."""
        return self._at("GET", path, needs, lasting=True)

    def _at(
        self, method: str, path: str, needs: Right | None, *, takes_files: bool = False, lasting: bool = False
    ) -> Callable[[Enter], Enter]:
        def put(enter: Enter) -> Enter:
            self._doors.append(Door(method, path, needs, enter, takes_files, lasting))
            return enter

        return put
