"""Do one step: observe, act, observe. Safe to begin again at any moment.

A step that begins again begins by observing. A mark (``Step.acting_since``) is committed before every changing act and
taken away when the outcome is known. A mark without an outcome is settled by the platform's own word if it shows the
effect, and by a person if it cannot; the act is repeated only if the platform itself shows that nothing happened.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from disengage.domain import progress
from disengage.domain.case import Case, CaseLink, Step, Task, TaskState
from disengage.domain.difference import Comparison
from disengage.domain.evidence import Proof
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import StepEvent, StepState, WaitsFor
from disengage.domain.outcomes import Accepted, Done, NeedsPerson, NotNeeded, Outcome
from disengage.domain.state import LinkState
from disengage.domain.tasks import Instructions
from disengage.domain.verbs import Mode, Verb
from disengage.engine import patience, questions
from disengage.engine.retain import keep_history, kept_soundly
from disengage.engine.steering import REVIEW, gate_address, keep
from disengage.engine.workplace import Workplace
from disengage.errors import (
    CredentialsError,
    DisengageError,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
    StoreError,
    UnexpectedResponseError,
)
from disengage.isolation import HungError
from disengage.store import Work

log = structlog.get_logger("disengage.engine")

Change = Callable[[Case, Step, Work], Case]


class Performance:
    """One step of one link, taken up by this process.

    Args:
        workplace: The workplace.
        case_id: The case.
        link_id: The link whose next step is to be done.
    """

    def __init__(self, workplace: Workplace, case_id: str, link_id: str) -> None:
        self.workplace, self.case_id, self.link_id = workplace, case_id, link_id

    # --- the way through

    def do(self) -> str | None:
        """Do the link's next step as far as it goes now; return its id, or None where nothing is to be done."""
        step = self._take_up()
        if step is None:
            return None
        self.step_id = step.id
        log.info("step_started", case=self.case_id, step=step.id, attempt=step.attempts)
        try:
            self._go(step)
        except StoreError:
            raise
        except DisengageError as error:
            self._trouble(error)
        return step.id

    def look(self) -> None:
        """See whether a person did an open task without saying so: what the platform shows needs no word."""
        case = self.workplace.store.case(self.case_id)
        asked = [step for step in case.steps_of(self.link_id) if step.moves and case.open_task(step.id)]
        if not asked or case.over:
            return
        try:
            case = self._observe()
        except DisengageError as error:
            log.warning("look_failed", case=self.case_id, link=self.link_id, kind=type(error).__name__)
            return
        for step in asked:
            if case.comparison(step) is Comparison.SAME:
                self.step_id = step.id
                self._change(_started, settle=False)
                self._done(Proof.VERIFIED, "the platform shows it")
        with self.workplace.store.change(self.case_id) as work:
            work.wake(self.link_id, self.workplace.now())

    def _take_up(self) -> Step | None:
        """Choose the step and mark it running; settle the case where there is none."""
        workplace, now = self.workplace, self.workplace.now()
        if self._is_at_rest(now):
            return None
        with workplace.store.change(self.case_id) as work:
            step = progress.next_step(work.case, self.link_id, now)
            if step is None:
                self._settle(work, work.case, now)
                return None
            rests = workplace.store.paused(step.connection, now)
            if rests:
                self._wait_out(work, step, rests)
                return None
            first = step.first_tried or now
            step = step.on(StepEvent.START, attempts=step.attempts + 1, first_tried=first)
            work.case = work.case.with_step(step)
            return step

    def _is_at_rest(self, now: datetime) -> bool:
        """Return whether there is neither a step to take up nor anything to write down about that."""
        case = self.workplace.store.case(self.case_id)
        if progress.next_step(case, self.link_id, now):
            return False
        settled = progress.settle(case, now)
        return settled.case == case and not settled.wakes

    def _wait_out(self, work: Work, step: Step, until: datetime) -> None:
        waiting = step.on(StepEvent.START).on(
            StepEvent.WAIT, wake_at=until, outcome="the connection rests: its credentials were refused"
        )
        self._settle(work, work.case.with_step(waiting), self.workplace.now())

    def _go(self, step: Step) -> None:
        case = self._observe() if step.moves else self.workplace.store.case(self.case_id)
        step, link = case.step(step.id), case.link(step.link)
        comparison = case.comparison(step)
        if comparison is Comparison.SAME:
            return self._done(Proof.VERIFIED, "the platform shows it")
        if step.acting_since is not None and not self._may_act_again(step, link, comparison):
            return None
        if step.accepted:
            return self._look_again(step, comparison)
        if step.mode is Mode.BY_HAND:
            return self._by_hand(case, step, comparison)
        return self._act(case, step, link)

    def _observe(self) -> Case:
        """Read the platform and keep what it shows."""
        case = self.workplace.store.case(self.case_id)
        return self._keep_seen(case, self._read(case))

    def _read(self, case: Case) -> LinkState:
        """Read the platform; what it shows is not kept yet."""
        state: LinkState = self.workplace.observe(case.link(self.link_id), case.effective)
        return state

    def _keep_seen(self, case: Case, state: LinkState) -> Case:
        """Keep what the platform shows, if that is news, and return the case with it."""
        if state == case.link(self.link_id).observed:
            return case
        with self.workplace.store.change(self.case_id) as work:
            self._settle(work, _as_seen(work.case, self.link_id, state), self.workplace.now())
        return work.case

    def _act(self, case: Case, step: Step, link: CaseLink) -> None:
        if step.verb is Verb.RETAIN_HISTORY:
            return self._retain(case, step, link)
        self._mark(step)
        outcome: Outcome = self.workplace.call(
            step.connection,
            str(step.verb),
            link=link.link,
            request=case.effective,
            observed=link.observed,
            wanted=link.wanted,
            part=step.part,
        )
        return self._take(outcome)

    def _mark(self, step: Step) -> None:
        """Commit, before the act, that it is about to happen; and that the gate stands open at this very moment."""
        now = self.workplace.now()
        with self.workplace.store.change(self.case_id) as work:
            standing = work.case.step(step.id)
            blocked = progress.waits_for(work.case, standing.model_copy(update={"state": StepState.PLANNED}), now)
            if blocked in (WaitsFor.GATE, WaitsFor.APPROVAL) or work.case.over:
                raise RetryableError(f"{step.id} was held back: {blocked or work.case.state}.", retry_after=0)
            work.case = work.case.with_step(standing.model_copy(update={"acting_since": now}))

    # --- outcomes

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, Done):
            self._confirm(outcome)
        elif isinstance(outcome, Accepted):
            self._accepted(outcome)
        elif isinstance(outcome, NotNeeded):
            self._finish(StepEvent.NOT_NEEDED, None, outcome.reason)
        else:
            self._needs_person(outcome)

    def _confirm(self, outcome: Done) -> None:
        """Observe after the act: the platform's answer is a receipt, its state is the proof."""
        case = self._receipt(outcome.receipt)
        step = case.step(self.step_id)
        state = self._read(case) if step.moves else case.link(self.link_id).observed
        comparison = _as_seen(case, self.link_id, state).comparison(step)
        if comparison is Comparison.SAME:
            self._done(Proof.VERIFIED, "the platform shows it", state)
        elif comparison is Comparison.UNKNOWN:
            self._done(Proof.RECEIPT, outcome.receipt or "the platform confirmed it", state)
        else:
            self._keep_seen(case, state)
            self._pause(timedelta(seconds=case.link(step.link).consistency_delay), "done, not yet shown", accepted=True)

    def _receipt(self, receipt: str, sent: str = "") -> Case:
        """Keep the platform's word, and what was sent for it, before anything else can fail."""

        def change(case: Case, step: Step, work: Work) -> Case:
            work.evidence(step.id, "receipt", detail={"receipt": receipt, **({"sent": sent} if sent else {})})
            return case.with_step(step.model_copy(update={"accepted": True, "acting_since": None, "outcome": receipt}))

        return self._change(change, settle=False)

    def _accepted(self, outcome: Accepted) -> None:
        self._receipt(outcome.receipt, outcome.sent)
        case = self._observe()
        if case.comparison(case.step(self.step_id)) is Comparison.SAME:
            return self._done(Proof.VERIFIED, "the platform shows it")
        waiting = f"accepted, waits for {outcome.waiting_for}" if outcome.waiting_for else "accepted by the platform"
        return self._pause(outcome.look_again_in, waiting, accepted=True)

    def _look_again(self, step: Step, comparison: Comparison) -> None:
        shown_before = any(change.known for change in step.changes)
        if step.through_support:
            return self._wait_for_support(step, can_be_seen=comparison is not Comparison.UNKNOWN or shown_before)
        if comparison is Comparison.UNKNOWN and not shown_before:
            return self._done(Proof.RECEIPT, step.outcome or "the platform accepted it")
        if patience.gave_up(step, self.workplace.now()):
            return self._finish(StepEvent.FAIL, None, f"accepted, but not shown for {patience.OVERDUE.days} days")
        return self._pause(timedelta(minutes=1), step.outcome or "accepted by the platform", accepted=True)

    def _wait_for_support(self, step: Step, *, can_be_seen: bool) -> None:
        """Wait for somebody at the platform, and remind them; believe what is seen, or a person, never the receipt."""
        if not can_be_seen:
            return self._ask_whether_support_did_it(step)
        if patience.gave_up(step, self.workplace.now()):
            reason = f"It was asked for, and is not shown after {patience.OVERDUE.days} days."
            return self._needs_person(NeedsPerson(reason=reason))
        self._remind(step)
        return self._pause(patience.SUPPORT_LOOK, step.outcome, accepted=True)

    def _ask_whether_support_did_it(self, step: Step) -> None:
        case, about = self.workplace.store.case(self.case_id), f"look {step.looks}"
        answer = questions.answered(case, step, about=about)
        if answer is None:
            question = questions.did_support_do_it(case, step, self._deadline(case, step), about)
            return self._open(question, "it was asked for; the platform cannot show whether it was done")
        if answer.values.get("happened") == "yes":
            return self._done(Proof.STATED, f"{answer.by} found out that it happened")
        self._remind(step)
        return self._pause(patience.SUPPORT_AGAIN, f"{answer.by} says that it has not happened yet", accepted=True)

    def _remind(self, step: Step) -> None:
        """Remind whoever was asked, if it is time; each reminder is committed first, so that none is sent twice."""
        now = self.workplace.now()
        last_asked = step.reminded_at or step.first_tried or now
        if now - last_asked < patience.REMIND_EVERY:
            return

        def change(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- recorded when it was sent
            return case.with_step(step.model_copy(update={"reminded_at": now, "reminders": step.reminders + 1}))

        case = self._change(change, settle=False)
        self._send_reminder(case, case.step(step.id))

    def _send_reminder(self, case: Case, step: Step) -> None:
        asked = {"link": case.link(step.link).link, "request": case.effective, "verb": step.verb, "part": step.part}
        receipt = questions.receipt_of(self.workplace, case.id, step.id)
        try:
            outcome = self.workplace.call(step.connection, "remind", **asked, receipt=receipt, number=step.reminders)
        except DisengageError as error:
            log.warning("reminder_failed", case=case.id, step=step.id, kind=type(error).__name__)
            return
        with self.workplace.store.change(case.id) as work:
            work.event("reminded", step=step.id, number=step.reminders)
            work.evidence(step.id, "receipt", detail={"reminder": step.reminders, **outcome.model_dump(mode="json")})
        self.workplace.tell(work.events_written)

    def _pause(self, first: timedelta, outcome: str, *, accepted: bool) -> None:
        """Wait for the platform; each look comes later than the one before."""
        now = self.workplace.now()

        def change(case: Case, step: Step, work: Work) -> Case:
            again = now + patience.look_again(first, step.looks)
            work.event("waits_for_platform", step=step.id, until=again.isoformat())
            waiting = step.on(
                StepEvent.WAIT,
                wake_at=again,
                accepted=accepted,
                acting_since=None,
                looks=step.looks + 1,
                failures=0,
                outcome=outcome,
            )
            return case.with_step(waiting)

        self._change(change)

    def _done(self, proof: Proof, outcome: str, shown: LinkState | None = None) -> None:
        self._finish(StepEvent.DO, proof, outcome, shown)

    def _finish(self, event: StepEvent, proof: Proof | None, outcome: str, shown: LinkState | None = None) -> None:
        """End the step, and keep what is ``shown`` if the platform was read just now."""

        def change(case: Case, step: Step, work: Work) -> Case:
            case = case if shown is None else _as_seen(case, self.link_id, shown)
            if event is StepEvent.DO and proof is Proof.VERIFIED:
                work.evidence(
                    step.id, "read-back", detail={"observed": case.link(step.link).observed.model_dump(mode="json")}
                )
            work.event(_EVENT[event], step=step.id, proof=str(proof) if proof else None, outcome=outcome)
            ended = step.on(event, proof=proof, outcome=outcome, acting_since=None, wake_at=None)
            if event is StepEvent.NOT_NEEDED:
                ended = ended.model_copy(update={"mode": Mode.NOT_NEEDED, "reason": outcome})
            state = TaskState.DONE if event is StepEvent.DO else TaskState.DECLINED
            return _close_tasks(case.with_step(ended), step.id, state)

        self._change(change, wake_others=event in (StepEvent.DO, StepEvent.NOT_NEEDED))

    # --- people

    def _by_hand(self, case: Case, step: Step, comparison: Comparison) -> None:
        answer = questions.answered(case, step)
        if answer is None:
            return self._ask(case, step, self._instructions(case, step))
        if step.verb is Verb.RETAIN_HISTORY:
            return self._take_files(case, step)
        if comparison is Comparison.UNKNOWN:
            return self._done(Proof.STATED, f"stated by {answer.by}")
        note = f"{answer.by} says it is done, but the platform does not show it."
        return self._ask(case, step, self._instructions(case, step), note)

    def _take_files(self, case: Case, step: Step) -> None:
        complaints = kept_soundly(self.workplace, self.case_id, step.id)
        if complaints:
            note = f"The files that were brought are not sound any more: {complaints[0]}."
            return self._ask(case, step, self._instructions(case, step), note)
        return self._done(Proof.STATED, "the files brought are kept, their checksums verified")

    def _needs_person(self, outcome: NeedsPerson) -> None:
        case = self.workplace.store.case(self.case_id)
        step = case.step(self.step_id)
        instructions = outcome.instructions or self._instructions(case, step)

        def change(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- the task is recorded next
            return case.with_step(step.model_copy(update={"mode": Mode.BY_HAND, "acting_since": None}))

        self._change(change, settle=False)
        self._ask(case, step, instructions, outcome.reason)

    def _instructions(self, case: Case, step: Step) -> Instructions:
        link = case.link(step.link)
        found: Instructions | None = self.workplace.call(
            step.connection, "instruct", link=link.link, request=case.effective, verb=step.verb, part=step.part
        )
        return found or Instructions(
            verb=step.verb,
            part=step.part,
            title=f"Do {step.verb} on {step.connection} by hand",
            language="en",
            steps=("The connector gives no instructions for this step; do it as the platform's own help says.",),
        )

    def _ask(self, case: Case, step: Step, instructions: Instructions, note: str = "") -> None:
        """Open a task; while one is open, nothing more happens to the step."""
        text = f"{note}\n\n{instructions.text()}" if note else instructions.text()
        self._open(Task(
            id=f"{case.id}-{len(case.tasks) + 1}",
            step=step.id,
            connection=step.connection,
            title=instructions.title,
            instructions=text,
            bring=instructions.bring,
            due=self._deadline(case, step),
        ), note or "waits for a person")  # fmt: skip

    def _deadline(self, case: Case, step: Step) -> Any:
        today = progress.today(case.link(step.link), self.workplace.now())
        return step.deadline or today + timedelta(days=patience.TASK_DAYS)

    def _open(self, task: Task, outcome: str) -> None:
        def change(case: Case, step: Step, work: Work) -> Case:
            if case.open_task(step.id) is None:
                case = case.model_copy(update={"tasks": (*case.tasks, task)})
                work.event("task_opened", task=task.id, step=step.id, kind_of_task=str(task.kind))
            return case.with_step(step.on(StepEvent.WAIT, outcome=outcome, wake_at=None))

        self._change(change)

    # --- marks without an outcome

    def _may_act_again(self, step: Step, link: CaseLink, comparison: Comparison) -> bool:
        """Settle a mark that a crash or a lost answer left; return whether the act may be done (again) now."""
        assert step.acting_since is not None
        now = self.workplace.now()
        settled_at = step.acting_since + timedelta(seconds=link.consistency_delay)
        if now < settled_at:
            self._hold(settled_at, "the outcome of a call is not known; looking again shortly")
            return False
        if comparison is Comparison.DIFFERENT and not step.through_support:
            return True
        return self._ask_whether_it_happened(step)

    def _ask_whether_it_happened(self, step: Step) -> bool:
        case = self.workplace.store.case(self.case_id)
        assert step.acting_since is not None
        answer = questions.answered(case, step, about=step.acting_since.isoformat())
        if answer is None:
            question = questions.was_it_done(case, step, self._deadline(case, step))
            self._open(question, "it is not known whether it happened")
            return False
        if answer.values.get("happened") != "yes":
            return True
        if step.through_support:
            self._pause(patience.SUPPORT_LOOK, f"{answer.by} found out that it was sent", accepted=True)
        else:
            self._done(Proof.STATED, f"{answer.by} found out that it happened")
        return False

    def _hold(self, until: datetime, outcome: str) -> None:
        def change(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- nothing happened
            return case.with_step(step.on(StepEvent.WAIT, wake_at=until, outcome=outcome))

        self._change(change)

    # --- trouble

    def _trouble(self, error: DisengageError) -> None:
        log.warning("step_trouble", case=self.case_id, step=self.step_id, kind=type(error).__name__)
        if isinstance(error, OutcomeUnknownError | HungError):
            self._unclear(error)
        elif isinstance(error, CredentialsError):
            self._credentials(error)
        elif isinstance(error, RetryableError):
            self._back_off(error, error.retry_after)
        elif isinstance(error, RejectedError):
            self._refused(error)
        else:
            self._failed(error)

    def _unclear(self, error: DisengageError) -> None:
        """Leave the mark, if there is one, and look again when a read would show what happened."""
        case = self.workplace.store.case(self.case_id)
        step = case.step(self.step_id)
        if step.acting_since is None or step.failures > patience.QUICK_LOOKS:
            return self._back_off(error, None)
        delay = case.link(step.link).consistency_delay
        return self._back_off(error, delay)

    def _back_off(self, error: DisengageError, retry_after: float | None) -> None:
        now = self.workplace.now()
        clean = isinstance(error, RetryableError)

        def change(case: Case, step: Step, work: Work) -> Case:
            if patience.gave_up(step, now):
                work.event("failed", step=step.id, outcome=error.message)
                return case.with_step(step.on(StepEvent.FAIL, outcome=str(error), wake_at=None))
            until = now + patience.back_off(step.failures + 1, retry_after)
            work.event("waits_for_platform", step=step.id, until=until.isoformat(), why=type(error).__name__)
            marked = None if clean else step.acting_since
            return case.with_step(
                step.on(
                    StepEvent.WAIT,
                    wake_at=until,
                    failures=step.failures + 1,
                    outcome=error.message,
                    acting_since=marked,
                )
            )

        self._change(change)

    def _credentials(self, error: CredentialsError) -> None:
        """Let the whole connection rest; the others go on."""
        until = self.workplace.now() + patience.PAUSE
        self.workplace.store.pause(self.workplace_connection, until, error.message)

        def change(case: Case, step: Step, work: Work) -> Case:
            work.event("connection_paused", connection=step.connection, until=until.isoformat())
            return case.with_step(step.on(StepEvent.WAIT, wake_at=until, outcome=error.message, acting_since=None))

        self._change(change)

    @property
    def workplace_connection(self) -> str:
        """The connection of the link at hand."""
        return self.workplace.store.case(self.case_id).link(self.link_id).connection

    def _refused(self, error: RejectedError) -> None:
        def change(case: Case, step: Step, work: Work) -> Case:
            work.event("refused", step=step.id, outcome=error.message, status=error.status, code=error.code)
            finding = Finding(
                code=f"refused:{step.id}",
                severity=Severity.WARNING,
                connection=step.connection,
                message=error.message,
                remedy=error.remedy
                or f"Mend it on the platform, then 'disengage retry {case.id} {step.id}', or skip it.",
            )
            case = case.model_copy(update={"findings": (*case.findings, finding)})
            return case.with_step(step.on(StepEvent.REFUSE, outcome=error.message, acting_since=None, wake_at=None))

        self._change(change)

    def _failed(self, error: DisengageError) -> None:
        def change(case: Case, step: Step, work: Work) -> Case:
            if isinstance(error, UnexpectedResponseError) and error.sample:
                work.evidence(step.id, "receipt", detail={"unexpected": error.sample})
            work.event("failed", step=step.id, outcome=error.message)
            return case.with_step(step.on(StepEvent.FAIL, outcome=str(error), wake_at=None))

        self._change(change)

    # --- history

    def _retain(self, case: Case, step: Step, link: CaseLink) -> None:
        outcome, receipt = keep_history(self.workplace, case, step, link)
        if receipt is None:
            return self._take(outcome)

        def change(case: Case, step: Step, work: Work) -> Case:
            work.evidence(step.id, "file", detail={"bag": receipt.path, "digest": receipt.digest})
            work.event("history_kept", step=step.id, bag=receipt.path, digest=receipt.digest, gaps=len(receipt.gaps))
            findings = tuple(_gap(step, gap) for gap in receipt.gaps)
            kept = tuple(f for f in case.findings if f.code != f"history_gap:{step.id}")
            return case.model_copy(update={"findings": (*kept, *findings)})

        self._change(change, settle=False)
        return self._done(Proof.VERIFIED, f"{receipt.files} files kept, every checksum verified")

    # --- keeping

    def _change(self, change: Change, *, settle: bool = True, wake_others: bool = False) -> Case:
        """Apply ``change`` to the case and the step at hand in one transaction; return the case as it is then."""
        workplace, now = self.workplace, self.workplace.now()
        with workplace.store.change(self.case_id) as work:
            before = work.case
            case = change(before, before.step(self.step_id), work)
            if settle:
                self._settle(work, case, now)
            else:
                work.case = case
            if wake_others:
                self._wake_followers(work, before, now)
        workplace.tell(work.events_written)
        return work.case

    def _settle(self, work: Work, case: Case, now: datetime) -> None:
        """Keep the case, and have the gate asked if that has just become worth it."""
        before = work.case
        after = keep(work, case, now).case
        connection = progress.newly_wants_gate(before, after, now)
        if connection:
            work.wake(gate_address(connection), now)

    def _wake_followers(self, work: Work, before: Case, now: datetime) -> None:
        """Wake other links whose next step may start because of what was finished here; the others know already."""
        for link in work.case.links:
            waited = link.id != self.link_id and progress.next_step(before, link.id, now) is None
            if waited and progress.next_step(work.case, link.id, now):
                work.wake(link.id, now)
        if progress.wants_review(work.case):
            work.wake(REVIEW, now)


def _as_seen(case: Case, link_id: str, state: LinkState) -> Case:
    """Return the case with what the platform shows of one link now."""
    links = tuple(k.model_copy(update={"observed": state}) if k.id == link_id else k for k in case.links)
    return case.model_copy(update={"links": links})


def _started(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- nothing is recorded yet
    return case.with_step(step.on(StepEvent.START))


_EVENT = {StepEvent.DO: "done", StepEvent.NOT_NEEDED: "not_needed", StepEvent.FAIL: "failed"}


def _close_tasks(case: Case, step_id: str, state: TaskState) -> Case:
    tasks = tuple(
        task.model_copy(update={"state": state}) if task.step == step_id and task.state is TaskState.OPEN else task
        for task in case.tasks
    )
    return case.model_copy(update={"tasks": tasks})


def _gap(step: Step, gap: str) -> Finding:
    return Finding(
        code=f"history_gap:{step.id}",
        severity=Severity.WARNING,
        connection=step.connection,
        message=f"Not in the firm's copy: {gap}",
        remedy="Fetch it by hand while there is access, and keep it with the bag.",
    )
