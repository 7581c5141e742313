"""What is written down about one step: every change of it is one transaction, with its event and its evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from disengage.domain import progress
from disengage.domain.calendar import business_day_after
from disengage.domain.case import Case, Step, Task, TaskState
from disengage.domain.evidence import Proof
from disengage.domain.lifecycle import StepEvent
from disengage.domain.state import LinkState
from disengage.domain.verbs import Mode
from disengage.engine import patience
from disengage.engine.keeping import REVIEW, keep
from disengage.engine.steering import close_tasks
from disengage.engine.workplace import Workplace
from disengage.http.fence import still_allowed
from disengage.store import Outage, Work

Change = Callable[[Case, Step, Work], Case]

_EVENT = {StepEvent.DO: "done", StepEvent.NOT_NEEDED: "not_needed", StepEvent.FAIL: "failed"}


class Record:
    """The record of one step of one link.

    Args:
        workplace: The workplace.
        case_id: The case.
        link_id: The link.
        step_id: The step; may be named later, when it was chosen.

    Attributes:
        acted: The mark that stands is this performance's own: what its call says of the outcome may take it away.
        outage: How the connection failed when the step was taken up; None: it did not.
    """

    def __init__(self, workplace: Workplace, case_id: str, link_id: str, step_id: str = "") -> None:
        self.workplace, self.case_id, self.link_id, self.step_id = workplace, case_id, link_id, step_id
        self.acted = False
        self.outage: Outage | None = None

    @property
    def case(self) -> Case:
        """The case as it is stored now."""
        return self.workplace.store.case(self.case_id)

    def observe(self) -> Case:
        """Read the platform and keep what it shows."""
        case = self.workplace.store.case(self.case_id)
        return self.keep_seen(case, self.read(case))

    def read(self, case: Case) -> LinkState:
        """Read the platform; what it shows is not kept yet."""
        state: LinkState = self.workplace.observe(case.link(self.link_id), case.effective)
        return state

    def keep_seen(self, case: Case, state: LinkState) -> Case:
        """Keep what the platform shows, if that is news, and return the case with it."""
        if state == case.link(self.link_id).observed:
            return case
        still_allowed()
        with self.workplace.store.change(self.case_id) as work:
            keep(work, as_seen(work.case, self.link_id, state), self.workplace.now())
        return work.case

    def receipt(self, receipt: str, sent: str = "") -> Case:
        """Keep the platform's word, and what was sent for it, before anything else can fail."""

        def change(case: Case, step: Step, work: Work) -> Case:
            work.evidence(step.id, "receipt", detail={"receipt": receipt, **({"sent": sent} if sent else {})})
            return case.with_step(step.model_copy(update={"accepted": True, "acting_since": None, "outcome": receipt}))

        return self.change(change, settle=False)

    def pause(self, first: timedelta, outcome: str, *, accepted: bool) -> None:
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

        self.change(change)

    def done(self, proof: Proof, outcome: str, shown: LinkState | None = None) -> None:
        """End the step well, with its proof."""
        self.finish(StepEvent.DO, proof, outcome, shown)

    def finish(self, event: StepEvent, proof: Proof | None, outcome: str, shown: LinkState | None = None) -> None:
        """End the step, and keep what is ``shown`` if the platform was read just now."""

        def change(case: Case, step: Step, work: Work) -> Case:
            case = case if shown is None else as_seen(case, self.link_id, shown)
            if event is StepEvent.DO and proof is Proof.VERIFIED:
                work.evidence(
                    step.id, "read-back", detail={"observed": case.link(step.link).observed.model_dump(mode="json")}
                )
            work.event(_EVENT[event], step=step.id, proof=str(proof) if proof else None, outcome=outcome)
            ended = step.on(event, proof=proof, outcome=outcome, acting_since=None, wake_at=None)
            if event is StepEvent.NOT_NEEDED:
                ended = ended.model_copy(update={"mode": Mode.NOT_NEEDED, "reason": outcome})
            state = TaskState.DONE if event is StepEvent.DO else TaskState.DECLINED
            return close_tasks(case.with_step(ended), step.id, state)

        self.change(change, wake_others=event in (StepEvent.DO, StepEvent.NOT_NEEDED))

    def open_task(self, task: Task, outcome: str) -> None:
        """Open a task, numbered as it is written; while one is open, nothing more happens to the step."""

        def change(case: Case, step: Step, work: Work) -> Case:
            if case.open_task(step.id) is None:
                opened = task.model_copy(update={"id": f"{case.id}-{len(case.tasks) + 1}"})
                case = case.model_copy(update={"tasks": (*case.tasks, opened)})
                work.event("task_opened", task=opened.id, step=step.id, kind_of_task=str(task.kind))
            return case.with_step(step.on(StepEvent.WAIT, outcome=outcome, wake_at=None))

        self.change(change)

    def deadline(self, case: Case, step: Step) -> date:
        """Return the day by which a person should have done a task of the step."""
        today = progress.today(case.link(step.link), self.workplace.now())
        settings = self.workplace.settings
        return step.deadline or business_day_after(today, settings.policy.task_days, settings.firm.country)

    def hold(self, until: datetime, outcome: str) -> None:
        """Wait until a moment, without having learnt anything."""

        def change(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- nothing happened
            return case.with_step(step.on(StepEvent.WAIT, wake_at=until, outcome=outcome))

        self.change(change)

    def change(self, change: Change, *, settle: bool = True, wake_others: bool = False) -> Case:
        """Apply ``change`` to the case and the step at hand in one transaction; return the case as it is then."""
        still_allowed()
        workplace, now = self.workplace, self.workplace.now()
        with workplace.store.change(self.case_id) as work:
            before = work.case
            case = change(before, before.step(self.step_id), work)
            if settle:
                keep(work, case, now)
            else:
                work.case = case
            if wake_others:
                self.wake_followers(work, before, now)
        workplace.tell(work.events_written)
        return work.case

    def wake_followers(self, work: Work, before: Case, now: datetime) -> None:
        """Wake other links whose next step may start because of what was finished here; the others know already."""
        for link in work.case.links:
            waited = link.id != self.link_id and progress.next_step(before, link.id, now) is None
            if waited and progress.next_step(work.case, link.id, now):
                work.wake(link.id, now)
        if progress.wants_review(work.case):
            work.wake(REVIEW, now)


def as_seen(case: Case, link_id: str, state: LinkState) -> Case:
    """Return the case with what the platform shows of one link now."""
    links = tuple(k.model_copy(update={"observed": state}) if k.id == link_id else k for k in case.links)
    return case.model_copy(update={"links": links})
