from __future__ import annotations

import itertools

import pytest
from disengage.errors import UnexpectedResponseError
from disengage.http import paging

ROWS = [{"id": number} for number in range(7)]


class Asked(list):
    def by_start(self, start, count):
        self.append((start, count))
        return ROWS[start : start + count]


@pytest.mark.parametrize(("size", "pages"), [(3, [(1, 3), (2, 3), (3, 3)]), (7, [(1, 7), (2, 7)]), (10, [(1, 10)])])
def test_page_numbers_go_on_until_a_short_page(size, pages):
    asked = []

    def fetch(page, size):
        asked.append((page, size))
        return ROWS[(page - 1) * size : page * size]

    assert list(paging.by_page_number(fetch, size=size)) == ROWS
    assert asked == pages


def test_page_numbers_may_begin_at_zero():
    assert list(paging.by_page_number(lambda page, size: ROWS[page * size :][:size], size=3, first=0)) == ROWS


def test_offsets_go_on_until_a_short_page():
    asked = Asked()
    assert list(paging.by_offset(asked.by_start, size=3)) == ROWS
    assert asked == [(0, 3), (3, 3), (6, 3)]


def test_ranges_include_both_ends():
    asked = []

    def fetch(first, last):
        asked.append((first, last))
        return ROWS[first : last + 1]

    assert list(paging.by_range(fetch, size=3)) == ROWS
    assert asked == [(0, 2), (3, 5), (6, 8)]


def test_meta_says_how_many_pages_there_are():
    def fetch(page):
        return {"CurrentPage": page, "TotalNumberOfPages": 3}, ROWS[(page - 1) * 3 : page * 3]

    assert list(paging.by_meta(fetch)) == ROWS


def test_an_empty_list_has_no_pages():
    assert list(paging.by_meta(lambda page: ({"CurrentPage": 1, "TotalNumberOfPages": 0}, []))) == []
    assert list(paging.by_offset(lambda offset, limit: [], size=3)) == []


def test_rows_are_read_as_they_are_used():
    asked = Asked()
    assert list(itertools.islice(paging.by_offset(asked.by_start, size=3), 2)) == ROWS[:2]
    assert asked == [(0, 3)]


@pytest.mark.parametrize(
    "rows",
    [
        lambda: paging.by_page_number(lambda page, size: ROWS, size=3),
        lambda: paging.by_offset(lambda offset, limit: ROWS[:3], size=3),
        lambda: paging.by_meta(lambda page: ({"CurrentPage": 1, "TotalNumberOfPages": 3}, ROWS)),
        lambda: paging.by_meta(lambda page: ({}, ROWS)),
    ],
)
def test_a_platform_that_ignores_the_paging_does_not_keep_us_for_ever(rows):
    with pytest.raises(UnexpectedResponseError):
        list(rows())
