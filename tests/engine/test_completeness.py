"""A kept history that is wrong shuts the gate until a new copy replaces it or a person accepts it in writing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from disengage import (
    Bring,
    BringKind,
    CredentialsError,
    Done,
    Effect,
    Instructions,
    LinkState,
    NotNeeded,
    Operation,
    Provenance,
    RetryableError,
    Verb,
    VerbSpec,
)
from disengage.domain import gate
from disengage.domain.checks import Check, Fault, Verdict
from disengage.domain.findings import Finding, Severity
from disengage.engine import accepting, answers, approving, planning, review, steering
from disengage.engine.moving import move
from disengage.engine.retain import bags_of
from disengage.engine.view import case_json
from disengage.errors import BlockedError, DisengageError, InputError, LifecycleError

from tests.builders import a_request
from tests.checks.samples import a_pdf, sie
from tests.engine.stage import Stage, a_manifest

READ = Operation(name="read", call="GET /all", provenance=Provenance.DOCUMENTED)
CUT = Operation(name="cut", call="POST /cut", changes=True, provenance=Provenance.DOCUMENTED)
COPY = VerbSpec(verb=Verb.RETAIN_HISTORY, operations=("read",))
SEVER = VerbSpec(
    verb=Verb.SEVER_LINK,
    operations=("cut",),
    moves=("linked",),
    effects=(Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS),
)
BROUGHT = VerbSpec(
    verb=Verb.RETAIN_HISTORY,
    by_hand=Instructions(
        verb=Verb.RETAIN_HISTORY,
        title="Bring the copy",
        language="en",
        steps=("Download it.",),
        bring=(Bring(key="copy", kind=BringKind.FILE),),
    ),
)
AUTOMATIC = a_manifest(COPY, SEVER, operations=(READ, CUT))
BY_HAND = a_manifest(BROUGHT, SEVER, operations=(CUT,))
REQUEST = a_request(
    ending={"ends_on": date(2026, 12, 31), "period": {"from": date(2026, 1, 1), "to": date(2026, 12, 31)}}
)

CODE = "history_wrong:crm.retain_history"
GOOD = {"books.se": sie()}
BAD = {"books.se": sie().replace(b"4000.00\r\n   #TRANS 3010", b"4100.00\r\n   #TRANS 3010")}

Stages = Callable[..., Stage]


def at_work(made: Stage, files: dict[str, bytes] = BAD, **later: float) -> Stage:
    """Have a case come as far as it goes, its history as given."""
    for platform in made.platforms.values():
        platform.files, platform.act = files, _acts(platform)
    made.plan(REQUEST, "Kari")
    made.go(**later)
    return made


def _acts(platform: Any) -> Callable[[str], Done]:
    def act(what: str) -> Done:
        if what == "sever_link":
            platform.state = LinkState(linked=False)
        return Done(receipt=what)

    return act


def found(made: Stage, code: str = CODE) -> list[Finding]:
    return [finding for finding in made.case.findings if finding.code == code]


def severed(made: Stage) -> list[str]:
    return [name for name, platform in made.platforms.items() if "sever_link" in platform.calls]


def assert_shut(made: Stage) -> None:
    """See that nothing gated was done, and that the gate says why."""
    made.go(days=2)
    assert severed(made) == []
    assert made.case.gate_opened == {}
    assert f"blocker {CODE}" in gate.shut_because(made.case, "crm")


def accepted(made: Stage) -> None:
    accepting.accept(made.workplace, made.case_id, CODE, "Anna", "The client has no better file.")


# --- what is found


def test_a_sound_copy_lets_the_case_end_and_says_what_was_checked(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC), GOOD)
    assert severed(made) == ["crm"]
    assert found(made) == []
    assert made.step("crm.retain_history").checked == {"sound": 6, "wrong": 0, "not_checked": 0}
    (shown,) = [step["checked"] for step in case_json(made.case)["steps"] if step["checked"]]
    assert shown == {"sound": 6, "wrong": 0, "not_checked": 0}


def test_a_wrong_copy_is_kept_and_shuts_the_gate(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    (finding,) = found(made)
    assert (finding.severity, finding.connection, finding.accepted_by) == (Severity.BLOCKER, "crm", "")
    assert "3 of 6 checks" in finding.message
    assert "the rows of the voucher add up to 100.00, not to zero" in finding.message
    assert f"disengage accept {made.case_id} {CODE}" in finding.remedy
    assert len(bags_of(made.workplace, made.case_id)) == 1
    assert_shut(made)


def test_what_was_checked_lies_in_the_bag(stage: Stages, tmp_path: Path) -> None:
    made = at_work(stage(crm=AUTOMATIC), {"books.se": sie(), "1.pdf": a_pdf(), "photo.jpg": b"\xff\xd8"})
    ((path, digest),) = bags_of(made.workplace, made.case_id)
    assert made.workplace.vault.verify(path, digest) == ()
    document = json.loads((tmp_path / "vault" / path / "completeness.json").read_text(encoding="utf-8"))
    assert document["verdicts"] == {"sound": 7, "wrong": 0, "not_checked": 1}
    assert document["period"] == {"from": "2026-01-01", "to": "2026-12-31"}
    assert {check["name"] for check in document["checks"]} >= {"sie4", "pdf", "period", "content"}


def test_what_could_not_be_checked_is_a_notice_and_holds_nothing_up(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC), {"ledger.txt": b"1920 Bank"})
    (notice,) = found(made, "history_not_checked:crm.retain_history")
    assert (notice.severity, severed(made)) == (Severity.NOTICE, ["crm"])
    assert "content: no check is known for files of their kind (1 .txt)" in notice.message


def test_findings_hold_no_names_of_files(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC), {"Kari Nordmann 01019012345.pdf": a_pdf()[:100]})
    text = json.dumps(case_json(made.case), ensure_ascii=False)
    assert "Nordmann 0" not in text
    assert found(made)[0].message.startswith("1 of 1 checks")


def test_the_events_say_how_the_checks_ended(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    events = {event.kind: event.payload for event in made.workplace.store.events() if event.kind.startswith("history_")}
    assert events["history_kept"]["checked"] == {"sound": 3, "wrong": 3, "not_checked": 0}
    assert (events["history_wrong"]["step"], events["history_wrong"]["wrong"]) == ("crm.retain_history", 3)


# --- the connector's own checks


WRONG = Check(
    name="ledger",
    subject="the ledger",
    verdict=Verdict.WRONG,
    faults=(Fault(code="missing", where="voucher 17", message="a voucher has no document"),),
)


def test_what_the_connector_finds_wrong_shuts_the_gate_too(stage: Stages) -> None:
    made = stage(crm=AUTOMATIC)
    made.platforms["crm"].checks = [WRONG]
    at_work(made, GOOD)
    assert "ledger: a voucher has no document" in found(made)[0].message
    assert_shut(made)


def test_the_connector_sees_the_files_by_the_names_it_gave(stage: Stages) -> None:
    made, seen = stage(crm=AUTOMATIC), []

    def look(files: dict[str, Path]) -> tuple[()]:
        seen.extend((name, path.read_bytes()) for name, path in files.items())
        return ()

    made.platforms["crm"].checks = look
    at_work(made, {"a/1.txt": b"one"})
    assert seen == [("a/1.txt", b"one")]


@pytest.mark.parametrize("trouble", [RetryableError("It rests."), CredentialsError("No."), ZeroDivisionError("broken")])
def test_a_connector_whose_check_fails_has_checked_nothing_and_stops_nothing(stage: Stages, trouble: Exception) -> None:
    made = stage(crm=AUTOMATIC)
    made.platforms["crm"].checks = trouble
    at_work(made, GOOD)
    (notice,) = found(made, "history_not_checked:crm.retain_history")
    assert (severed(made), "connector: the connector's own check failed" in notice.message) == (["crm"], True)


# --- trying to get past it


def test_no_retry_of_the_whole_case_opens_the_gate(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    steering.retry(made.workplace, made.case_id)
    assert_shut(made)
    assert len(found(made)) == 1


def test_no_retry_of_another_step_opens_the_gate(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    with pytest.raises(LifecycleError):
        steering.retry(made.workplace, made.case_id, "crm.sever_link")
    assert_shut(made)


def test_planning_again_opens_nothing(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    planning.plan(made.workplace, REQUEST)
    assert_shut(made)


def test_a_plan_that_went_stale_keeps_the_finding_and_cannot_be_approved(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    with made.workplace.store.change(made.case_id) as work:
        work.case = work.case.model_copy(update={"reviewed": False, "fresh": False})
    with pytest.raises(BlockedError):
        approving.approve(made.workplace, made.case_id, "Ola")
    assert_shut(made)


def test_moving_dates_opens_nothing(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    move(made.workplace, made.case_id, "crm.sever_link", date(2027, 1, 5), "Kari")
    assert_shut(made)


@pytest.mark.parametrize("step", ["crm.retain_history", "crm.sever_link"])
def test_skipping_opens_nothing(stage: Stages, step: str) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    with suppress(DisengageError):
        steering.skip(made.workplace, made.case_id, step, "Anna", "no need")
    made.go(days=2)
    assert (severed(made), made.case.gate_opened, len(found(made))) == ([], {}, 1)


def test_observing_again_neither_loses_the_finding_nor_doubles_it(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    review.open_gate(made.workplace, made.case_id, "crm")
    review.look_ahead(made.workplace, made.case_id)
    assert len(found(made)) == 1
    assert_shut(made)


def test_a_gate_that_stood_open_is_shut_by_a_copy_that_turns_out_wrong(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    with made.workplace.store.change(made.case_id) as work:
        work.case = work.case.model_copy(update={"gate_opened": {"crm": made.now}})
    assert not gate.is_open(made.case, "crm", made.now)
    made.go(hours=1)
    assert severed(made) == []


def test_a_wrong_copy_of_one_connection_holds_the_other_at_the_cases_gate(stage: Stages) -> None:
    made = stage(bank=AUTOMATIC, crm=AUTOMATIC)
    made.platforms["bank"].files = GOOD
    made.platforms["crm"].files = BAD
    for platform in made.platforms.values():
        platform.act = _acts(platform)
    made.plan(REQUEST, "Kari")
    made.go()
    assert [f.code for f in made.case.blockers] == [CODE]
    assert_shut(made)


def test_with_a_gate_of_its_own_the_other_connection_passes_and_this_one_does_not(stage: Stages) -> None:
    made = stage(policy='gate = "connection"', bank=AUTOMATIC, crm=AUTOMATIC)
    for name, files in (("bank", GOOD), ("crm", BAD)):
        made.platforms[name].files, made.platforms[name].act = files, _acts(made.platforms[name])
    made.plan(REQUEST, "Kari")
    made.go(days=1)
    assert severed(made) == ["bank"]


def test_accepting_what_is_wrong_on_one_connection_says_nothing_of_the_other(stage: Stages) -> None:
    made = at_work(stage(bank=AUTOMATIC, crm=AUTOMATIC))
    accepting.accept(made.workplace, made.case_id, "history_wrong:bank.retain_history", "Anna", "nothing better")
    assert_shut(made)
    accepted(made)
    made.go()
    assert sorted(severed(made)) == ["bank", "crm"]


# --- ways out


def test_a_new_copy_that_is_sound_replaces_the_finding(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    made.platforms["crm"].files = GOOD
    steering.retry(made.workplace, made.case_id, "crm.retain_history")
    assert len(found(made)) == 1, "until the new copy is there, nothing is known to be better"
    made.go()
    assert (found(made), severed(made)) == ([], ["crm"])
    assert len(bags_of(made.workplace, made.case_id)) == 2, "the wrong copy is never destroyed"


def test_a_new_copy_that_is_wrong_again_has_to_be_accepted_again(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    with made.workplace.store.change(made.case_id) as work:  # keeps the gate shut for another reason meanwhile
        blocker = Finding(code="other", severity=Severity.BLOCKER, message="Another one.")
        work.case = work.case.model_copy(update={"findings": (*work.case.findings, blocker)})
    accepted(made)
    steering.retry(made.workplace, made.case_id, "crm.retain_history")
    made.go()
    assert [finding.severity for finding in found(made)] == [Severity.BLOCKER]


def test_where_a_new_copy_turns_out_not_to_be_needed_the_wrong_one_still_counts(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    made.platforms["crm"].act = NotNeeded(reason="There is nothing.")
    steering.retry(made.workplace, made.case_id, "crm.retain_history")
    assert_shut(made)


def test_what_a_person_accepts_in_writing_opens_the_gate_and_stays_visible(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    accepted(made)
    made.go()
    (finding,) = found(made)
    assert (finding.severity, finding.accepted_by, finding.remedy) == (Severity.WARNING, "Anna", "")
    assert finding.message.endswith("Accepted in writing by Anna.")
    assert severed(made) == ["crm"]
    (event,) = [event for event in made.workplace.store.events() if event.kind == "finding_accepted"]
    assert (event.actor, event.payload["code"], "no better file" in json.dumps(event.payload)) == ("Anna", CODE, False)
    statements = [row.detail for row in made.workplace.store.evidence(made.case_id) if row.kind == "statement"]
    assert [s["reason"] for s in statements if s.get("accepted") == CODE] == ["The client has no better file."]


def test_observing_again_does_not_wake_what_was_accepted(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    with made.workplace.store.change(made.case_id) as work:
        work.case = work.case.model_copy(update={"reviewed": False})
    accepted(made)
    review.review(made.workplace, made.case_id)
    assert [(f.severity, f.accepted_by) for f in found(made)] == [(Severity.WARNING, "Anna")]


def test_gaps_can_be_accepted_too_all_at_once(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    code = "history_gap:crm.retain_history"
    gaps = [Finding(code=code, severity=Severity.WARNING, connection="crm", message=f"Gap {n}.") for n in (1, 2)]
    with made.workplace.store.change(made.case_id) as work:
        work.case = work.case.model_copy(update={"findings": (*work.case.findings, *gaps)})
    accepting.accept(made.workplace, made.case_id, code, "Anna", "It is on paper.")
    assert [finding.accepted_by for finding in found(made, code)] == ["Anna", "Anna"]


def test_only_what_is_wrong_with_a_history_can_be_accepted(stage: Stages) -> None:
    made = at_work(stage(crm=AUTOMATIC))
    blocker = Finding(code="client_found_twice", severity=Severity.BLOCKER, message="There are two.")
    with made.workplace.store.change(made.case_id) as work:
        work.case = work.case.model_copy(update={"findings": (*work.case.findings, blocker)})
    before, events = made.case, made.workplace.store.count_events()
    for code, by, reason, error in (
        ("client_found_twice", "Anna", "why not", BlockedError),
        ("history_wrong:crm.sever_link", "Anna", "why not", InputError),
        (CODE, " ", "why not", InputError),
        (CODE, "Anna", " ", InputError),
    ):
        with pytest.raises(error):
            accepting.accept(made.workplace, made.case_id, code, by, reason)
    assert (made.case, made.workplace.store.count_events()) == (before, events)
    accepted(made)
    with pytest.raises(LifecycleError, match="accepted by Anna already"):
        accepted(made)


# --- what a person brings


def brought(made: Stage, folder: Path, content: bytes) -> None:
    (task,) = made.open_tasks()
    file = folder / "books.se"
    file.write_bytes(content)
    answers.done(made.workplace, task.id, "Ola", evidence=[str(file)])
    made.go()


def test_a_wrong_file_that_a_person_brings_is_kept_all_the_same(stage: Stages, tmp_path: Path) -> None:
    made = at_work(stage(crm=BY_HAND))
    brought(made, tmp_path, BAD["books.se"])
    assert (made.step("crm.retain_history").proof, len(found(made))) == ("stated", 1)
    assert made.step("crm.retain_history").checked["wrong"] == 3
    assert_shut(made)
    accepted(made)
    made.go()
    assert severed(made) == ["crm"]


def test_a_better_file_is_asked_for_and_replaces_the_finding(stage: Stages, tmp_path: Path) -> None:
    made = at_work(stage(crm=BY_HAND))
    brought(made, tmp_path, BAD["books.se"])
    steering.retry(made.workplace, made.case_id, "crm.retain_history")
    made.go()
    (task,) = made.open_tasks()
    assert "A better copy is wanted" in task.instructions
    assert_shut(made)
    brought(made, tmp_path, GOOD["books.se"])
    assert (found(made), severed(made)) == ([], ["crm"])


def test_files_for_other_steps_are_taken_as_they_come(stage: Stages, tmp_path: Path) -> None:
    spec = BROUGHT.by_hand.model_copy(update={"verb": Verb.ARCHIVE, "title": "Archive it"})  # type: ignore[union-attr]
    made = at_work(stage(crm=a_manifest(VerbSpec(verb=Verb.ARCHIVE, by_hand=spec))))
    brought(made, tmp_path, b"no SIE file at all")
    assert made.case.findings == ()
    assert made.step("crm.archive").checked == {}
