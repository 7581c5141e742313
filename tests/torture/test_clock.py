"""A clock that is set back or forward: steps come late or at their time, and never twice.

The system's clock cannot be turned for one process alone, so this is the engine with a clock turned by hand.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from disengage import Done, LinkState, Operation, OutcomeUnknownError, Provenance, Verb, VerbSpec
from disengage.engine import steering

from tests.builders import a_request
from tests.engine.stage import START, Stage, a_manifest
from tests.torture.crew import the_seed

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
SEVER = VerbSpec(verb=Verb.SEVER_LINK, operations=("call",), moves=("linked",))
ENDS_ON = date(2027, 1, 20)
PERIOD = {"from": date(2026, 1, 1), "to": ENDS_ON}


def forgetful(stage: Stage, name: str, rng: random.Random) -> list[datetime]:
    """Let a platform do what it is told, and lose half of its answers; return when it did it."""
    platform, done = stage.platforms[name], []
    platform.state = LinkState(linked=True)

    def act(verb: str) -> Done:
        done.append(stage.now)
        platform.state = LinkState(linked=False)
        if rng.random() < 0.5:
            raise OutcomeUnknownError("the answer was lost")
        return Done(receipt="ok")

    platform.act = act
    return done


def jumped(folder: Path, rng: random.Random, *, longest: timedelta) -> None:
    """Let the clock leap about for a while, then go on as clocks do, and see what was done when."""
    folder.mkdir()
    cutting = a_manifest(SEVER, operations=(CALL,))
    stage = Stage(folder, crm=cutting, go=cutting)
    done = [forgetful(stage, name, rng) for name in stage.platforms]
    stage.plan(a_request(ending={"notice_on": None, "ends_on": ENDS_ON, "period": PERIOD}), "Kari")
    try:
        for _ in range(12):
            stage.now = max(START, stage.now + longest * rng.uniform(-1, 1.2))
            stage.go()
        for _ in range(60):
            stage.go(days=1)
        assert stage.case.state == "closed"
        assert [len(moments) for moments in done] == [1, 1]
        assert all(moment.date() > ENDS_ON for moments in done for moment in moments)
        assert stage.workplace.store.verify_events() == ()
    finally:
        stage.close()


LEAPS = {"minutes": timedelta(minutes=30), "days": timedelta(days=20), "a year": timedelta(days=400)}


@pytest.mark.parametrize("leap", LEAPS)
def test_a_clock_that_leaps_makes_nothing_happen_twice_or_early(tmp_path: Path, leap: str) -> None:
    jumped(tmp_path / "once", random.Random(the_seed()), longest=LEAPS[leap])


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("leap", LEAPS)
def test_a_clock_that_leaps_a_hundred_times_makes_nothing_happen_twice_or_early(tmp_path: Path, leap: str) -> None:
    rng = random.Random(the_seed())
    for number in range(100):
        jumped(tmp_path / str(number), rng, longest=LEAPS[leap])


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=2)])
def test_a_mark_from_the_future_is_waited_for_and_a_person_need_not(tmp_path: Path, back: timedelta) -> None:
    """A call is under way when the clock is set back: the step waits until the clock is there again, and looks."""
    stage = Stage(tmp_path, crm=a_manifest(SEVER, operations=(CALL,)))
    try:
        stage.platforms["crm"].state = LinkState(linked=True)
        stage.platforms["crm"].act = OutcomeUnknownError("the answer was lost")
        stage.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
        stage.go()
        stage.now -= back
        stage.platforms["crm"].act = Done(receipt="cut")
        steering.retry(stage.workplace, stage.case_id)
        stage.go()
        assert len(stage.platforms["crm"].calls) == 1
        stage.go(seconds=back.total_seconds() + 3600)
        assert len(stage.platforms["crm"].calls) == 2
    finally:
        stage.close()
