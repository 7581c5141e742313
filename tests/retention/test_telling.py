"""Nothing is destroyed by itself: the digest says that something became due, and a person decides."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from disengage.engine.legalhold import hold
from disengage.engine.retentiondigest import counts
from disengage.engine.workplace import Workplace
from disengage.settings import Settings

from tests.builders import a_request
from tests.engine.paging import MODULE, POINT, Switchboard, pagers, plugged_in
from tests.engine.stage import Stage, a_manifest
from tests.retention.conftest import CALL, KEEP, SEVER, Stages, closing

LAST_DAY, FIRST_DAY = date(2031, 12, 31), date(2032, 1, 1)


@pytest.fixture
def board() -> Iterator[Switchboard]:
    yield plugged_in()
    sys.modules.pop(MODULE, None)


def settings_of(workplace: Workplace, country: str) -> Settings:
    """Return the settings of the same firm in another country."""
    firm = workplace.settings.firm.model_copy(update={"country": country})
    return workplace.settings.model_copy(update={"firm": firm})


def test_it_is_told_when_something_became_due_and_not_each_day_after(stage: Stages) -> None:
    workplace = stage().workplace
    told = [
        counts(workplace.settings, workplace.store, today, since)
        for today, since in (
            (LAST_DAY, date(2031, 12, 30)),
            (FIRST_DAY, LAST_DAY),
            (date(2032, 1, 5), date(2031, 12, 29)),
            (date(2032, 1, 2), FIRST_DAY),
            (date(2032, 1, 2), None),
        )
    ]
    due = {"may_be_destroyed": 1, "must_be_deleted": 0}
    assert told == [{}, due, due, {}, due]


def test_personal_data_that_must_go_is_told_of_each_day_once_nothing_else_holds_it(stage: Stages) -> None:
    workplace = stage().workplace
    firm = settings_of(workplace, "NL")  # five years from the end of 2026, as the Norwegian books
    due = {"may_be_destroyed": 1, "must_be_deleted": 1}
    assert counts(firm, workplace.store, LAST_DAY, None) == {}
    assert [counts(firm, workplace.store, date(2032, 1, day), date(2032, 1, day - 1)) for day in (2, 3)] == [due, due]


def test_personal_data_that_the_books_hold_is_not_told_of(stage: Stages) -> None:
    workplace = stage(client={"country": "BE", "identifiers": {}, "references": {"crm": "1001"}}).workplace
    assert counts(settings_of(workplace, "NL"), workplace.store, date(2033, 1, 1), None) == {}


def test_a_case_on_hold_is_not_told_of(stage: Stages) -> None:
    made = stage()
    hold(made.workplace, made.case_id, "Kari", "A tax audit")
    assert counts(settings_of(made.workplace, "NL"), made.workplace.store, date(2032, 1, 2), None) == {}


def test_rules_that_cannot_be_used_do_not_keep_the_digest_from_being_sent(stage: Stages) -> None:
    workplace = stage(policy='[retention]\nrules = "own"').workplace
    assert counts(workplace.settings, workplace.store, FIRST_DAY, None) == {}


def test_the_digest_has_a_line_and_the_bags_are_still_there(tmp_path: Path, board: Switchboard) -> None:
    made = Stage(tmp_path, crm=a_manifest(KEEP, SEVER, operations=(CALL,)), policy=pagers("oncall"), also=[POINT])
    try:
        closing(made)
        made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
        made.go()
        for day in (2, 5):  # a Friday and a Monday
            made.now = datetime(2032, 1, day, 9, 0, tzinfo=UTC)
            made.workplace.notices.deliver_due()
        (digest,) = [notice for notice in board.told["oncall"] if notice["kind"] == "digest"]
        assert digest["day"] == "2032-01-02"
        assert digest["counts"] == {
            "tasks": 0,
            "overdue": 0,
            "soon": 0,
            "cases": 0,
            "connections": 0,
            "may_be_destroyed": 1,
            "must_be_deleted": 0,
        }
        assert digest["more"] == "disengage retention due"
        assert len(made.workplace.store.disposal.kept(made.case_id)) == 1
    finally:
        made.close()
