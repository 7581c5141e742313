"""Holds, approvals and destructions read back as they were written, sealed where they name somebody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from disengage.store import Destruction, KeptBag, LegalHold, Store
from sqlalchemy import text

from tests.builders import NOW, a_case

LATER = NOW + timedelta(days=1)
CONTENT = {"certificate": {"bags": [{"bag": "c-1/go/history-1"}]}}


@pytest.fixture
def case_id(store: Store) -> str:
    case = a_case().model_copy(update={"cancelled": True})
    with store.new_case(case) as work:
        for number in (1, 2):
            work.evidence("go.retain_history", "file", detail={"bag": f"c-1/go/history-{number}", "digest": "00"})
        work.evidence("go.retain_history", "statement", detail={"note": "looked at"})
    return case.id


def a_bag(number: int) -> KeptBag:
    return KeptBag(step="go.retain_history", path=f"c-1/go/history-{number}", digest="00", at=NOW)


def the_only(found: list[Destruction]) -> Destruction:
    (one,) = found
    return one


def test_a_hold_stands_until_it_is_lifted_and_stays_on_record(store: Store, case_id: str) -> None:
    store.disposal.place_hold(case_id, NOW, "Kari", "A tax audit")
    (standing,) = store.disposal.holds(case_id)
    assert standing == LegalHold(id=standing.id, case=case_id, at=NOW, by="Kari", reason="A tax audit")
    store.disposal.release(standing, LATER, "Ola", "The audit is over")
    assert (store.disposal.holds(case_id), store.disposal.holds()) == ([], [])
    lifted = {"released_at": LATER, "released_by": "Ola", "released_because": "The audit is over"}
    assert store.disposal.holds(case_id, standing=False) == [standing.model_copy(update=lifted)]


def test_an_approval_is_of_exactly_one_digest(store: Store, case_id: str) -> None:
    for who, digest in (("Kari", "sha256:1"), ("Ola", "sha256:2"), ("Per", "sha256:1")):
        store.disposal.approve(case_id, NOW, digest, who)
    assert [approval.by for approval in store.disposal.approvals(case_id, "sha256:1")] == ["Kari", "Per"]
    assert store.disposal.approvals("c-other", "sha256:1") == []


def test_what_is_being_destroyed_is_kept_no_more_and_what_is_withdrawn_is_again(store: Store, case_id: str) -> None:
    assert store.disposal.kept(case_id) == (a_bag(1), a_bag(2))
    store.disposal.begin(case_id, NOW, "sha256:1", CONTENT)
    begun = the_only(store.disposal.destructions(case_id, unfinished=True))
    assert (begun.bags, begun.finished_at, begun.content) == (("c-1/go/history-1",), None, CONTENT)
    assert store.disposal.kept(case_id) == (a_bag(2),)
    assert store.disposal.gone(case_id) == {"c-1/go/history-1"}
    store.disposal.withdraw(begun)
    assert store.disposal.kept(case_id) == (a_bag(1), a_bag(2))


def test_a_certificate_is_no_bag_that_could_be_destroyed(store: Store, case_id: str) -> None:
    store.disposal.begin(case_id, NOW, "sha256:1", CONTENT)
    begun = the_only(store.disposal.destructions())
    content: dict[str, Any] = {**CONTENT, "kept_as": {"bag": "c-1/go/history-2", "digest": "00"}}
    store.disposal.finish(begun, LATER, content)
    assert store.disposal.destructions(unfinished=True) == []
    finished = begun.model_copy(update={"finished_at": LATER, "content": content})
    assert the_only(store.disposal.destructions(case_id)) == finished
    assert (store.disposal.kept(case_id), store.disposal.kept_of_all()) == ((), [])


def test_only_of_cases_that_are_over_something_can_be_due(store: Store, case_id: str) -> None:
    with store.new_case(a_case().model_copy(update={"id": "c-open"})) as work:
        work.evidence("go.retain_history", "file", detail={"bag": "c-open/go/history-1", "digest": "00"})
    (kept,) = store.disposal.kept_of_all()
    assert (kept.id, kept.bags) == (case_id, (a_bag(1), a_bag(2)))
    assert kept.request == store.case(case_id).request


def test_a_change_that_fails_takes_the_hold_with_it(store: Store, case_id: str) -> None:
    def half() -> None:
        with store.change(case_id):
            store.disposal.place_hold(case_id, NOW, "Kari", "A tax audit")
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        half()
    assert store.disposal.holds(case_id) == []


@pytest.mark.parametrize("table", ["legal_holds", "destruction_approvals", "destructions"])
def test_nobodys_name_stands_in_clear(store: Store, case_id: str, tmp_path: Path, table: str) -> None:
    store.disposal.place_hold(case_id, NOW, "Birgitta", "Birgitta asked")
    store.disposal.approve(case_id, NOW, "sha256:1", "Birgitta")
    store.disposal.begin(case_id, NOW, "sha256:1", {"certificate": {"bags": [], "approved_by": ["Birgitta"]}})
    with store.engine.connect() as connection:
        (row,) = connection.execute(text(f"SELECT * FROM {table}")).mappings()
    assert b"Birgitta" not in b"".join(bytes(cell) for cell in row.values() if isinstance(cell, bytes | memoryview))
    assert "Birgitta" not in " ".join(cell for cell in row.values() if isinstance(cell, str))
