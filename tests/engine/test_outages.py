"""A connection that fails is left alone as a whole, tried by one step at a time, and heals by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from disengage import CredentialsError, Done, Link, LinkState, Operation, Provenance, RetryableError, Verb, VerbSpec
from disengage.engine import steering
from disengage.errors import ConnectorError

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
SCOPES = ("a", "b", "c", "d")
HANDOVER = VerbSpec(verb=Verb.SETTLE_BILLING, operations=("call",), moves=("billing_to",))


@pytest.fixture
def go(stage: Callable[..., Stage]) -> Stage:
    """Give an approved case with four links on one connection, and one on another."""
    made = stage(go=a_manifest(HANDOVER, operations=(CALL,)), crm=a_manifest(HANDOVER, operations=(CALL,)))
    for platform in made.platforms.values():
        platform.state, platform.act = LinkState(billing_to="others"), Done(receipt="ok")
    made.platforms["go"].links = [Link(ref="1", scope=scope) for scope in SCOPES]
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    return made


def _kinds(stage: Stage, *kinds: str) -> list[str]:
    return [event.kind for event in stage.workplace.store.events(stage.case_id) if event.kind in kinds]


def _break(stage: Stage, trouble: ConnectorError) -> list[int]:
    """Let ``go`` fail from the first step on; return a list whose only entry counts how often it was read."""
    reads = [0]

    def fail() -> LinkState:
        reads[0] += 1
        raise trouble

    stage.platforms["go"].act = trouble
    stage.go()
    stage.platforms["go"].state = fail
    return reads


def test_refused_credentials_stop_the_whole_connection_at_once_and_no_other(go: Stage) -> None:
    go.platforms["go"].act = CredentialsError("locked out")
    go.go()
    assert go.platforms["go"].calls == ["settle_billing"]
    assert {step.outcome for step in go.case.steps if step.connection == "go"} == {
        "locked out",
        "the connection is down",
    }
    assert go.step("crm.settle_billing").finished
    assert _kinds(go, "connection_is_down") == ["connection_is_down"]


def test_it_heals_by_itself_and_says_so_once(go: Stage) -> None:
    go.platforms["go"].act = CredentialsError("locked out")
    go.go()
    for _ in range(4):
        go.go(minutes=30)
    go.platforms["go"].act = Done(receipt="ok")
    for platform in go.platforms.values():
        platform.state = LinkState(billing_to=None)
    for _ in range(4):
        go.go(hours=1)
    assert go.case.state == "closed"
    assert _kinds(go, "connection_is_down", "connection_is_back") == ["connection_is_down", "connection_is_back"]
    assert go.workplace.store.outages.all() == []


def test_a_few_failures_in_a_row_take_the_connection_down_and_one_success_between_does_not(go: Stage) -> None:
    go.platforms["go"].act = RetryableError("busy")
    go.go()
    assert len(go.platforms["go"].calls) == 3
    (outage,) = go.workplace.store.outages.all()
    assert (outage.connection, outage.failures, outage.down) == ("go", 3, True)


def test_one_step_at_a_time_tries_a_connection_that_is_down(go: Stage) -> None:
    reads = _break(go, CredentialsError("locked out"))
    go.go(minutes=2)
    assert reads[0] == 1


def test_a_platform_that_asks_to_wait_is_not_down(go: Stage) -> None:
    go.platforms["go"].act = RetryableError("slow down", retry_after=3)
    go.go()
    assert (len(go.platforms["go"].calls), go.workplace.store.outages.all()) == (4, [])


def test_a_retry_by_a_person_does_not_wait_for_the_pause(go: Stage) -> None:
    go.platforms["go"].act = CredentialsError("locked out")
    go.go()
    go.platforms["go"].act = Done(receipt="ok")
    steering.retry(go.workplace, go.case_id)
    go.go(seconds=1)
    assert len(go.platforms["go"].calls) == 5


def test_a_grant_that_died_is_one_clients_and_stops_nobody_else(go: Stage) -> None:
    go.platforms["go"].act = CredentialsError("the grant is dead", code="invalid_grant")
    go.go()
    assert (len(go.platforms["go"].calls), go.workplace.store.outages.all()) == (4, [])
    assert {step.waits_for for step in go.case.steps if step.connection == "go"} == {"platform"}
