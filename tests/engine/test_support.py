"""What somebody at the platform was asked for: sent once, reminded of, and closed on what is seen or said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from disengage import (
    Accepted,
    Effect,
    Instructions,
    LinkState,
    NotNeeded,
    Operation,
    OutcomeUnknownError,
    Provenance,
    RetryableError,
    Verb,
    VerbSpec,
)
from disengage.engine import patience, steering

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

SEND = Operation(name="send_ticket", call="SMTP", provenance=Provenance.DOCUMENTED, changes=True)
BY_HAND = Instructions(verb=Verb.SEVER_LINK, title="Ask support", language="en", steps=("Write.",))
TICKET = VerbSpec(
    verb=Verb.SEVER_LINK,
    operations=("send_ticket",),
    effects=(Effect.IRREVERSIBLE,),
    moves=("linked",),
    by_hand=BY_HAND,
    through_support=True,
)
SENT = Accepted(
    look_again_in=timedelta(hours=1), receipt="<ticket@fjord.example>", waiting_for="support", sent="Please end it."
)
STEP = "portal.sever_link"


@pytest.fixture
def portal(stage: Callable[..., Stage]) -> Stage:
    """Give an approved case whose only step is a ticket; the platform goes on showing the link."""
    made = stage(portal=a_manifest(TICKET, operations=(SEND,)))
    made.platforms["portal"].act = SENT
    made.platforms["portal"].remind = Accepted(receipt="<reminder@fjord.example>", sent="Please remember.")
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    return made


def _receipts(stage: Stage) -> list[dict[str, object]]:
    return [row.detail for row in stage.workplace.store.evidence(stage.case_id, STEP) if row.kind == "receipt"]


def test_a_ticket_is_kept_in_its_own_words_and_closes_only_on_what_the_platform_shows(portal: Stage) -> None:
    portal.go()
    assert _receipts(portal) == [{"receipt": "<ticket@fjord.example>", "sent": "Please end it."}]
    for _ in range(3):
        portal.go(days=2)
        assert portal.step(STEP).waits_for == "platform"
    portal.platforms["portal"].state = LinkState(linked=False)
    portal.go(days=2)
    assert (portal.step(STEP).proof, portal.case.state) == ("verified", "closed")
    assert portal.platforms["portal"].calls == ["sever_link"]


def test_a_link_that_still_stands_after_a_crash_is_no_proof_that_the_ticket_was_not_sent(portal: Stage) -> None:
    portal.crash(STEP)
    portal.go(hours=1)
    (task,) = portal.open_tasks()
    assert (task.kind, portal.platforms["portal"].calls) == ("find_out", [])
    portal.answer(happened="yes")
    portal.go()
    assert (portal.step(STEP).waits_for, portal.platforms["portal"].calls) == ("platform", [])


def test_a_ticket_that_a_person_knows_was_not_sent_is_sent(portal: Stage) -> None:
    portal.platforms["portal"].act = OutcomeUnknownError("the mail server hung up")
    portal.go()
    portal.go(hours=1)
    portal.platforms["portal"].act = SENT
    portal.answer(happened="no")
    portal.go()
    assert (portal.step(STEP).waits_for, portal.step(STEP).accepted) == ("platform", True)
    assert portal.platforms["portal"].calls == ["sever_link", "sever_link"]


def test_a_mail_server_that_does_not_answer_is_tried_again(portal: Stage) -> None:
    portal.platforms["portal"].act = RetryableError("no mail server")
    portal.go()
    portal.platforms["portal"].act = SENT
    portal.go(hours=1)
    assert (portal.platforms["portal"].calls, portal.step(STEP).accepted) == (["sever_link", "sever_link"], True)


def test_support_is_reminded_every_fortnight_and_each_reminder_is_kept(portal: Stage) -> None:
    portal.go()
    for _ in range(31):
        portal.go(days=1)
    reminders = [call for call in portal.platforms["portal"].calls if call.startswith("remind")]
    assert reminders == ["remind 1 about <ticket@fjord.example>", "remind 2 about <ticket@fjord.example>"]
    assert [detail["reminder"] for detail in _receipts(portal)[1:]] == [1, 2]


@pytest.mark.parametrize("trouble", [RetryableError("no mail server"), NotNeeded(reason="enough"), KeyError("bug")])
def test_a_reminder_that_cannot_be_sent_holds_nothing_up_and_is_not_sent_twice(portal: Stage, trouble: object) -> None:
    portal.platforms["portal"].remind = trouble
    portal.go()
    for _ in range(20):
        portal.go(days=1)
    assert portal.step(STEP).waits_for == "platform"
    assert [call for call in portal.platforms["portal"].calls if call.startswith("remind")] == [
        "remind 1 about <ticket@fjord.example>"
    ]


def test_a_ticket_that_nobody_acts_on_for_weeks_is_handed_to_a_person(portal: Stage) -> None:
    portal.go()
    portal.go(days=patience.OVERDUE.days + 1)
    (task,) = portal.open_tasks()
    assert (task.title, portal.case.state) == ("Ask support", "waiting")
    portal.answer()
    portal.go()
    assert "the platform does not show it" in portal.step(STEP).outcome or portal.open_tasks()
    portal.platforms["portal"].state = LinkState(linked=False)
    steering.retry(portal.workplace, portal.case_id)
    portal.workplace.store.wake_now(portal.case_id, "@look:portal", portal.now)
    portal.go(hours=1)
    assert portal.step(STEP).proof == "verified"


def test_where_the_platform_shows_nothing_a_person_is_asked_and_no_receipt_is_believed(
    stage: Callable[..., Stage],
) -> None:
    portal = stage(portal=a_manifest(TICKET, operations=(SEND,)))
    portal.platforms["portal"].act, portal.platforms["portal"].state = SENT, LinkState()
    portal.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    portal.go()
    portal.go(hours=2)
    (task,) = portal.open_tasks()
    assert "<ticket@fjord.example>" in task.instructions
    portal.answer(happened="no")
    portal.go()
    assert portal.open_tasks() == []
    portal.go(days=8)
    portal.answer(happened="yes")
    portal.go()
    assert (portal.step(STEP).proof, portal.platforms["portal"].calls) == ("stated", ["sever_link"])
