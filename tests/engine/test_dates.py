"""A step with a date is done on it where the platform is; late rather than never; and looked at shortly before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from disengage import Connector, Done, Effect, Link, LinkState, Operation, Proposal, Provenance, Request, Verb, VerbSpec

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
SEVER = VerbSpec(verb=Verb.SEVER_LINK, operations=("call",), moves=("linked",))
STEP = "crm.sever_link"


def _at(stage: Callable[..., Stage], zone: str, now: datetime, ends_on: date) -> Stage:
    made = stage(crm=a_manifest(SEVER, operations=(CALL,), time_zone=zone), now=now)
    made.platforms["crm"].act = Done(receipt="cut")
    period = {"from": date(ends_on.year - 1, 1, 1), "to": ends_on}
    made.plan(a_request(ending={"notice_on": None, "ends_on": ends_on, "period": period}), "Kari")
    made.go()
    return made


#: The platform's zone, the last day of the relationship, and the first moment of the day after, in UTC.
BORDERS = [
    ("Europe/Oslo", date(2026, 12, 31), datetime(2026, 12, 31, 23, 0, tzinfo=UTC)),
    ("Europe/Oslo", date(2027, 3, 27), datetime(2027, 3, 27, 23, 0, tzinfo=UTC)),
    ("Europe/Oslo", date(2027, 3, 28), datetime(2027, 3, 28, 22, 0, tzinfo=UTC)),
    ("Europe/Oslo", date(2027, 10, 31), datetime(2027, 10, 31, 23, 0, tzinfo=UTC)),
    ("Europe/Brussels", date(2028, 2, 28), datetime(2028, 2, 28, 23, 0, tzinfo=UTC)),
    ("Europe/Brussels", date(2028, 2, 29), datetime(2028, 2, 29, 23, 0, tzinfo=UTC)),
    ("America/New_York", date(2026, 12, 31), datetime(2027, 1, 1, 5, 0, tzinfo=UTC)),
    ("Pacific/Auckland", date(2026, 12, 31), datetime(2026, 12, 31, 11, 0, tzinfo=UTC)),
    ("America/Asuncion", date(2024, 10, 5), datetime(2024, 10, 6, 4, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "ends_on", "first_moment"), BORDERS)
def test_a_step_is_done_on_its_day_where_the_platform_is_and_not_a_moment_earlier(
    stage: Callable[..., Stage], zone: str, ends_on: date, first_moment: datetime
) -> None:
    made = _at(stage, zone, first_moment - timedelta(hours=2), ends_on)
    made.now = first_moment - timedelta(seconds=1)
    made.go()
    assert (made.platforms["crm"].calls, made.step(STEP).waits_for) == ([], "date")
    made.now = first_moment
    made.go()
    assert made.platforms["crm"].calls == ["sever_link"]


def test_a_step_whose_day_went_by_is_done_late_and_once(stage: Callable[..., Stage]) -> None:
    made = _at(stage, "Europe/Oslo", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), date(2026, 12, 31))
    made.go(days=400)
    made.go(days=1)
    assert made.platforms["crm"].calls == ["sever_link"]


def _events(made: Stage) -> list[str]:
    return [e.kind for e in made.workplace.store.events(made.case_id) if e.kind in ("looked_ahead", "plan_stale")]


def test_the_platform_is_looked_at_a_day_before_and_nothing_is_done(stage: Callable[..., Stage]) -> None:
    made = _at(stage, "Europe/Oslo", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), date(2026, 12, 31))
    made.now = datetime(2026, 12, 30, 22, 59, tzinfo=UTC)
    made.go()
    assert _events(made) == []
    made.go(minutes=1)
    assert (_events(made), made.platforms["crm"].calls) == (["looked_ahead"], [])


def test_a_plan_that_went_stale_is_noticed_while_there_is_time_to_ask(stage: Callable[..., Stage]) -> None:
    made = _at(stage, "Europe/Oslo", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), date(2026, 12, 31))

    def now_destroys(connector: Connector, link: Link, request: Request, state: LinkState) -> Proposal:
        worse = connector.step_for(SEVER, effects=(Effect.DESTROYS_DATA,))
        return Proposal(wanted=LinkState(linked=False), steps=(worse,))

    made.platforms["crm"].propose = now_destroys
    made.now = datetime(2026, 12, 30, 23, 1, tzinfo=UTC)
    made.go()
    assert (_events(made), made.case.fresh) == (["plan_stale"], False)
    made.go(days=30)
    assert made.platforms["crm"].calls == []
