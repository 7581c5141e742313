"""Ways of reading a list page by page. Each takes a function that fetches one page, and yields the rows.

All of them stop with ``UnexpectedResponseError`` where a platform would keep us reading for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from disengage.errors import UnexpectedResponseError

T = TypeVar("T")

_MOST_PAGES = 100_000


def by_page_number(fetch: Callable[[int, int], Sequence[T]], *, size: int, first: int = 1) -> Iterator[T]:
    """Yield the rows of ``fetch(page_number, size)`` until a page is short.

    Args:
        fetch: Returns one page.
        size: Rows per page; not more than the platform allows, or its first page would look like the last.
        first: The number of the first page.
    """
    return _until_short(lambda index: fetch(first + index, size), size)


def by_offset(fetch: Callable[[int, int], Sequence[T]], *, size: int) -> Iterator[T]:
    """Yield the rows of ``fetch(offset, limit)``, counted from zero, until a page is short."""
    return _until_short(lambda index: fetch(index * size, size), size)


def by_range(fetch: Callable[[int, int], Sequence[T]], *, size: int) -> Iterator[T]:
    """Yield the rows of ``fetch(first, last)``, counted from zero with both ends included, until a page is short."""
    return _until_short(lambda index: fetch(index * size, (index + 1) * size - 1), size)


def by_meta(fetch: Callable[[int], tuple[Mapping[str, Any], Sequence[T]]]) -> Iterator[T]:
    """Yield the rows of ``fetch(page)``, counted from 1, as far as its ``Meta`` says there are pages.

    ``Meta`` holds ``CurrentPage`` and ``TotalNumberOfPages``.
    """
    for page in range(1, _MOST_PAGES):
        meta, rows = fetch(page)
        yield from rows
        if page >= _total(meta, page):
            return
    raise _endless()


def _total(meta: Mapping[str, Any], page: int) -> int:
    current, total = meta.get("CurrentPage", page), meta.get("TotalNumberOfPages")
    if not isinstance(total, int) or current != page:
        raise UnexpectedResponseError("A list's Meta does not name the page that was asked for.")
    return total


def _until_short(fetch: Callable[[int], Sequence[T]], size: int) -> Iterator[T]:
    before: Sequence[T] = ()
    for index in range(_MOST_PAGES):
        rows = fetch(index)
        if rows and list(rows) == list(before):
            raise _endless()
        yield from rows
        if len(rows) < size:
            return
        before = rows
    raise _endless()


def _endless() -> UnexpectedResponseError:
    return UnexpectedResponseError(
        "A list has no end: the platform sends the same page again and again.",
        remedy="Compare the paging with the vendor's documentation.",
    )
