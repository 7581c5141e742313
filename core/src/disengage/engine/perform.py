"""Do one step: observe, act, observe. Safe to begin again at any moment.

A step that begins again begins by observing. A mark (``Step.acting_since``) is committed before every changing act and
taken away when the outcome is known. A mark without an outcome is settled by the platform's own word if it shows the
effect, and by a person if it cannot; the act is repeated only if the platform itself shows that nothing happened.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from disengage.domain import progress
from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.difference import Comparison
from disengage.domain.evidence import Proof
from disengage.domain.lifecycle import StepEvent, StepState, WaitsFor
from disengage.domain.outcomes import Accepted, Done, NotNeeded, Outcome
from disengage.domain.verbs import Mode, Verb
from disengage.engine import completeness, patience, questions
from disengage.engine.keeping import keep
from disengage.engine.people import by_hand, needs_person
from disengage.engine.record import Record, as_seen
from disengage.engine.retain import keep_history
from disengage.engine.support import wait_for_support
from disengage.engine.trouble import take_down
from disengage.errors import DisengageError, RetryableError, StoreError
from disengage.http.fence import still_allowed
from disengage.store import Work

log = structlog.get_logger("disengage.engine")


class Performance(Record):
    """One step of one link, taken up by this process.

    Args:
        workplace: The workplace.
        case_id: The case.
        link_id: The link whose next step is to be done.
    """

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
            take_down(self, error)
        else:
            self._connection_works(step)
        return step.id

    def _connection_works(self, step: Step) -> None:
        """Let the others go on that waited for this connection to come back."""
        if self.outage is None:
            return
        over = self.workplace.store.outages.works(step.connection)
        if over and over.down:
            with self.workplace.store.change(self.case_id) as work:
                work.event("connection_is_back", connection=step.connection, failures=over.failures)
            self.workplace.tell(work.events_written)

    def look(self) -> None:
        """See whether a person did an open task without saying so: what the platform shows needs no word."""
        case = self.case
        asked = [step for step in case.steps_of(self.link_id) if step.moves and case.open_task(step.id)]
        if not asked or case.over:
            return
        try:
            case = self.observe()
        except DisengageError as error:
            log.warning("look_failed", case=self.case_id, link=self.link_id, kind=type(error).__name__)
            return
        for step in asked:
            if case.comparison(step) is Comparison.SAME:
                self.step_id = step.id
                self.change(_started, settle=False)
                self.done(Proof.VERIFIED, "the platform shows it")
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
                keep(work, work.case, now)
                return None
            rests_until = self._rests_until(step, now)
            if rests_until:
                self._wait_out(work, step, rests_until)
                return None
            first = step.first_tried or now
            step = step.on(StepEvent.START, attempts=step.attempts + 1, first_tried=first)
            work.case = work.case.with_step(step)
            return step

    def _is_at_rest(self, now: datetime) -> bool:
        """Return whether there is neither a step to take up nor anything to write down about that."""
        case = self.case
        if progress.next_step(case, self.link_id, now):
            return False
        settled = progress.settle(case, now)
        return settled.case == case and not settled.wakes

    def _rests_until(self, step: Step, now: datetime) -> datetime | None:
        """Return until when the step has to leave its connection alone; None where it may go to the platform."""
        if not step.moves and step.mode is Mode.BY_HAND:
            return None
        self.outage = outage = self.workplace.store.outages.of(step.connection)
        if outage is None or not outage.down:
            return None
        if outage.until > now:
            return outage.until
        probe_until = now + patience.PROBE
        return None if self.workplace.store.outages.probe(step.connection, now, probe_until) else probe_until

    def _wait_out(self, work: Work, step: Step, until: datetime) -> None:
        waiting = step.on(StepEvent.START).on(StepEvent.WAIT, wake_at=until, outcome="the connection is down")
        keep(work, work.case.with_step(waiting), self.workplace.now())

    def _go(self, step: Step) -> None:
        case = self.observe() if step.moves else self.case
        step, link = case.step(step.id), case.link(step.link)
        comparison = case.comparison(step)
        if comparison is Comparison.SAME:
            return self.done(Proof.VERIFIED, "the platform shows it")
        if step.acting_since is not None and not self._may_act_again(step, link, comparison):
            return None
        if step.accepted:
            return self._look_again(step, comparison)
        if step.mode is Mode.BY_HAND:
            return by_hand(self, case, step, comparison)
        return self._act(case, step, link)

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
        still_allowed()
        now = self.workplace.now()
        with self.workplace.store.change(self.case_id) as work:
            standing = work.case.step(step.id)
            blocked = progress.waits_for(work.case, standing.model_copy(update={"state": StepState.PLANNED}), now)
            if blocked in (WaitsFor.GATE, WaitsFor.APPROVAL) or work.case.over:
                raise RetryableError(f"{step.id} was held back: {blocked or work.case.state}.", retry_after=0)
            work.case = work.case.with_step(standing.model_copy(update={"acting_since": now}))
        self.acted = True

    # --- outcomes

    def _take(self, outcome: Outcome) -> None:
        asked = self.case.step(self.step_id).through_support
        if isinstance(outcome, Done) and not asked:
            self._confirm(outcome)
        elif isinstance(outcome, Done):
            self._accepted(Accepted(receipt=outcome.receipt))
        elif isinstance(outcome, Accepted):
            self._accepted(outcome)
        elif isinstance(outcome, NotNeeded):
            self.finish(StepEvent.NOT_NEEDED, None, outcome.reason)
        else:
            needs_person(self, outcome)

    def _confirm(self, outcome: Done) -> None:
        """Observe after the act: the platform's answer is a receipt, its state is the proof."""
        case = self.receipt(outcome.receipt)
        step = case.step(self.step_id)
        state = self.read(case) if step.moves else case.link(self.link_id).observed
        comparison = as_seen(case, self.link_id, state).comparison(step)
        if comparison is Comparison.SAME:
            self.done(Proof.VERIFIED, "the platform shows it", state)
        elif comparison is Comparison.UNKNOWN:
            self.done(Proof.RECEIPT, outcome.receipt or "the platform confirmed it", state)
        else:
            self.keep_seen(case, state)
            self.pause(timedelta(seconds=case.link(step.link).consistency_delay), "done, not yet shown", accepted=True)

    def _accepted(self, outcome: Accepted) -> None:
        self.receipt(outcome.receipt, outcome.sent)
        case = self.observe()
        if case.comparison(case.step(self.step_id)) is Comparison.SAME:
            return self.done(Proof.VERIFIED, "the platform shows it")
        waiting = f"accepted, waits for {outcome.waiting_for}" if outcome.waiting_for else "accepted by the platform"
        return self.pause(outcome.look_again_in, waiting, accepted=True)

    def _look_again(self, step: Step, comparison: Comparison) -> None:
        shown_before = any(change.known for change in step.changes)
        if step.through_support:
            return wait_for_support(self, step, can_be_seen=comparison is not Comparison.UNKNOWN or shown_before)
        if comparison is Comparison.UNKNOWN and not shown_before:
            return self.done(Proof.RECEIPT, step.outcome or "the platform accepted it")
        if patience.gave_up(step, self.workplace.now()):
            return self.finish(StepEvent.FAIL, None, f"accepted, but not shown for {patience.OVERDUE.days} days")
        return self.pause(timedelta(minutes=1), step.outcome or "accepted by the platform", accepted=True)

    # --- marks without an outcome

    def _may_act_again(self, step: Step, link: CaseLink, comparison: Comparison) -> bool:
        """Settle a mark that a crash or a lost answer left; return whether the act may be done (again) now."""
        assert step.acting_since is not None
        now = self.workplace.now()
        settled_at = step.acting_since + timedelta(seconds=link.consistency_delay)
        if now < settled_at:
            self.hold(settled_at, "the outcome of a call is not known; looking again shortly")
            return False
        if comparison is Comparison.DIFFERENT and not step.through_support:
            return True
        return self._ask_whether_it_happened(step)

    def _ask_whether_it_happened(self, step: Step) -> bool:
        case = self.case
        assert step.acting_since is not None
        answer = questions.answered(case, step, about=step.acting_since.isoformat())
        if answer is None:
            question = questions.was_it_done(step, self.deadline(case, step))
            self.open_task(question, "it is not known whether it happened")
            return False
        if answer.values.get("happened") != "yes":
            return True
        if step.through_support:
            self.pause(patience.SUPPORT_LOOK, f"{answer.by} found out that it was sent", accepted=True)
        else:
            self.done(Proof.STATED, f"{answer.by} found out that it happened")
        return False

    # --- history

    def _retain(self, case: Case, step: Step, link: CaseLink) -> None:
        outcome, kept = keep_history(self.workplace, case, step, link)
        if kept is None:
            return self._take(outcome)
        bag = kept.bag

        def change(case: Case, step: Step, work: Work) -> Case:
            work.evidence(step.id, "file", detail={"bag": bag.path, "digest": bag.digest})
            checked = completeness.counted(kept.checks)
            work.event(
                "history_kept", step=step.id, bag=bag.path, digest=bag.digest, gaps=len(bag.gaps), checked=checked
            )
            return completeness.record(work, case, step.id, kept.checks, bag)

        self.change(change, settle=False)
        return self.done(Proof.VERIFIED, f"{bag.files} files kept, every checksum verified")


def _started(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- nothing is recorded yet
    return case.with_step(step.on(StepEvent.START))
