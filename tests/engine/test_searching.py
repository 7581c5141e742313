"""Cases are found by what people know of a client: a part of its name, or its number however it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from disengage.engine.searching import Finder, Found
from disengage.errors import InputError
from disengage.store import Store

from tests.builders import NOW, a_case, a_request


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'd.db'}", tmp_path, create=True, now=lambda: NOW) as found:
        yield found


def _opened(store: Store, case_id: str, name: str, **client: object) -> None:
    case = a_case(id=case_id, request=a_request(client={"name": name, "identifiers": {}, **client}))
    with store.new_case(case) as work:
        work.event("planned")


def _found(finder: Finder, words: str) -> list[str]:
    return list(finder.find(words).ids)


def test_a_client_is_found_by_parts_of_its_name_with_or_without_accents_and_capitals(store: Store) -> None:
    _opened(store, "c-1", "Nordlys Kafé AS")
    _opened(store, "c-2", "Bakke & Sønn Snekkeri")
    _opened(store, "c-3", "Kafeteria Ærlig")
    finder = Finder(store)
    assert _found(finder, "KAFE") == ["c-3", "c-1"]
    assert _found(finder, "as nordlys") == ["c-1"]
    assert _found(finder, "sonn") == _found(finder, "Sønn") == ["c-2"]
    assert _found(finder, "aerlig") == ["c-3"]
    assert _found(finder, "nordlys bakke") == []


def test_a_client_is_found_by_its_number_however_that_is_written(store: Store) -> None:
    _opened(store, "c-1", "Nordlys Kafé AS", identifiers={"orgnr": "974760673"}, references={"go": "AB-12/7"})
    _opened(store, "c-2", "Bakke & Sønn Snekkeri")
    finder = Finder(store)
    for number in ("974760673", "974 760 673", "974.760-673", "760673", "ab127", "AB-12/7", "c-1"):
        assert _found(finder, number) == ["c-1"], number


def test_a_case_that_was_opened_or_planned_anew_since_is_found_as_it_is_now(store: Store) -> None:
    _opened(store, "c-1", "Nordlys Kafé AS")
    finder = Finder(store)
    assert _found(finder, "fjell") == []
    _opened(store, "c-2", "Fjell Bakeri")
    with store.change("c-1") as work:
        work.case = work.case.model_copy(update={"request": a_request(client={"name": "Fjellheim AS"})})
        work.event("planned")
    assert (_found(finder, "fjell"), _found(finder, "nordlys")) == (["c-2", "c-1"], [])


def test_what_is_found_comes_page_by_page_the_newest_first(store: Store) -> None:
    for number in range(5):
        _opened(store, f"c-{number}", f"Klient {number}")
    finder = Finder(store)
    first = finder.find("klient", most=2)
    second = finder.find("klient", past=first.past, most=2)
    third = finder.find("klient", past=second.past, most=2)
    assert [first.ids, second.ids, third] == [("c-4", "c-3"), ("c-2", "c-1"), Found(ids=("c-0",))]


@pytest.mark.parametrize("words", ["", " ", "a", ".", "x" * 201])
def test_a_search_for_next_to_nothing_is_refused(store: Store, words: str) -> None:
    with pytest.raises(InputError):
        Finder(store).find(words)
