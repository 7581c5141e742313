"""Lists page by page: what ``Meta`` says is followed, and what it promises is counted.

How a further page is asked for is documented for payroll only (``$top``, ``$skip``); working clients of the
bookkeeping API use either that or ``$page`` and ``$pagesize``. So the first is tried, and where the platform does not
heed it, the second. A list that ends early is an error: an archive with holes is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from disengage import RejectedError, RetryableError, UnexpectedResponseError
from disengage.http import paging

from disengage_spiris import wire

Row = dict[str, Any]
#: Asks for one page with the query given, and returns ``Meta`` and the rows.
Ask = Callable[[Mapping[str, Any]], tuple[Mapping[str, Any], list[Row]]]
#: Is told how many rows there are in all, once the list was read to its end.
Told = Callable[[int], None]


def rows(ask: Ask, operation: str, told: Told | None = None) -> Iterator[Row]:
    """Yield every row of a list, a page at a time.

    A list that grew while it was read has no number to be told: what ``Meta`` said is over.

    Raises:
        UnexpectedResponseError: The platform gives the same page again and again, or no totals.
        RetryableError: The list became shorter while it was read.
    """
    pages = _Pages(ask, operation)
    yield from paging.by_meta(pages.fetch)
    if told and pages.seen == pages.total:
        told(pages.total)


class _Pages:
    def __init__(self, ask: Ask, operation: str) -> None:
        self._ask, self._operation = ask, operation
        self._before: list[Row] = []
        self._ways = [_by_skip, _by_page]
        self.total = self._size = self._pages = self.seen = 0

    def fetch(self, number: int) -> tuple[Mapping[str, Any], list[Row]]:
        """Return one page, and how many there are."""
        found = self._first() if number == 1 else self._further(number)
        self.seen += len(found)
        self._before = found
        if number >= self._pages and self.seen < self.total:
            message = f"The list '{self._operation}' ended early: {self.seen} of {self.total} came."
            raise RetryableError(message, remedy="It is read again later.")
        return {"TotalNumberOfPages": self._pages}, found

    def _first(self) -> list[Row]:
        meta, found = self._ask({})
        self._pages = _number(meta, "TotalNumberOfPages", self._operation)
        self.total = _number(meta, "TotalNumberOfResults", self._operation)
        self._size = len(found)
        return found

    def _further(self, number: int) -> list[Row]:
        while self._ways:
            try:
                _, found = self._ask(self._ways[0](number, self._size))
                if found and _marks(found) != _marks(self._before):
                    return found
            except (RejectedError, UnexpectedResponseError):
                if number > 2 or len(self._ways) == 1:
                    raise
            self._ways.pop(0)
        message = f"The list '{self._operation}' has no end: the platform gives the same page again, or none."
        raise UnexpectedResponseError(message, remedy="Compare the paging with the vendor's documentation.")


def _marks(rows: list[Row]) -> list[Any]:
    """Return what tells one page from another; an address that expires is another each time."""
    return [row.get("Id") or wire.fit_to_keep(row) for row in rows]


def _by_skip(number: int, size: int) -> dict[str, int]:
    return {"$skip": (number - 1) * size, "$top": size}


def _by_page(number: int, size: int) -> dict[str, int]:
    return {"$page": number, "$pagesize": size}


def _number(meta: Mapping[str, Any], name: str, operation: str) -> int:
    value = meta.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UnexpectedResponseError(f"The list '{operation}' does not say its {name}.")
    return value
