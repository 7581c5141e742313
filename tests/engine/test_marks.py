"""A mark without an outcome: nothing but the act's own answer, the platform or a person settles it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from disengage import (
    Bring,
    BringKind,
    CredentialsError,
    Done,
    Effect,
    Instructions,
    LinkState,
    Operation,
    OutcomeUnknownError,
    Provenance,
    RejectedError,
    RetryableError,
    Verb,
    VerbSpec,
)
from disengage.engine import steering
from disengage.errors import ConnectorError

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CUT = Operation(name="cut", call="POST /cut", provenance=Provenance.DOCUMENTED, changes=True)
BY_HAND = Instructions(
    verb=Verb.SEVER_LINK,
    title="End it",
    language="en",
    steps=("Click.",),
    bring=(Bring(key="seen_on", kind=BringKind.DATE),),
)
SEVER = VerbSpec(
    verb=Verb.SEVER_LINK, operations=("cut",), effects=(Effect.IRREVERSIBLE,), moves=("linked",), by_hand=BY_HAND
)
REQUEST = a_request(ending={"ends_on": date(2026, 12, 31)})


@pytest.fixture
def blind(stage: Callable[..., Stage]) -> Stage:
    """Give a case whose platform cannot show whether the link is cut."""
    made = stage(crm=a_manifest(SEVER, operations=(CUT,)))
    made.platforms["crm"].state = LinkState()
    made.platforms["crm"].act = Done(receipt="cut")
    made.plan(REQUEST, "Kari")
    return made


TROUBLES = [RetryableError("busy"), CredentialsError("locked out"), RejectedError("no", status=409)]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda error: type(error).__name__)
def test_a_read_that_fails_after_an_unclear_answer_never_lets_the_act_be_repeated_unasked(
    blind: Stage, trouble: ConnectorError
) -> None:
    blind.platforms["crm"].act = OutcomeUnknownError("the connection broke")
    blind.go()
    blind.platforms["crm"].state = trouble
    blind.go(minutes=1)
    blind.platforms["crm"].state = LinkState()
    steering.retry(blind.workplace, blind.case_id)
    blind.go(hours=1)
    assert blind.platforms["crm"].calls == ["sever_link"]
    assert [task.kind for task in blind.open_tasks()] == ["find_out"]


@pytest.mark.parametrize(("happened", "calls"), [("yes", []), ("no", ["sever_link"])])
def test_a_person_settles_a_mark_that_the_platform_cannot(blind: Stage, happened: str, calls: list[str]) -> None:
    blind.crash("crm.sever_link")
    blind.go(hours=1)
    blind.answer(happened=happened)
    blind.go()
    assert blind.platforms["crm"].calls == calls
    assert blind.step("crm.sever_link").proof == ("stated" if happened == "yes" else "receipt")


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda error: type(error).__name__)
def test_the_acts_own_answer_that_nothing_happened_takes_the_mark_away(blind: Stage, trouble: ConnectorError) -> None:
    blind.platforms["crm"].act = trouble
    blind.go()
    assert blind.step("crm.sever_link").acting_since is None
    blind.platforms["crm"].act = Done(receipt="cut")
    steering.retry(blind.workplace, blind.case_id)
    blind.go(hours=1)
    assert blind.platforms["crm"].calls == ["sever_link", "sever_link"]
    assert blind.step("crm.sever_link").proof == "receipt"
