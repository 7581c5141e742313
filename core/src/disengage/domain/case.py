"""The life of one request: its links, steps and tasks as they are stored, and the questions one asks them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from disengage.domain.difference import Comparison, Difference, compare
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import FINISHED, CaseState, StepEvent, StepState, WaitsFor, after, case_state
from disengage.domain.proposal import Link
from disengage.domain.request import Request
from disengage.domain.state import LinkState
from disengage.domain.tasks import Bring
from disengage.domain.values import Frozen
from disengage.domain.verbs import Mode, Verb
from disengage.errors import InputError


class CaseLink(Frozen):
    """One link of the case.

    Attributes:
        id: Unique in the case: the connection, with the scope where there is one.
        connection: The connection's name.
        connector: The connector's name.
        link: What the platform calls it.
        observed: What the platform showed last.
        wanted: What it should show in the end.
        time_zone: In which this platform's dates are due.
        consistency_delay: Seconds until a read shows what a write did.
    """

    id: str
    connection: str
    connector: str
    link: Link
    observed: LinkState
    wanted: LinkState
    time_zone: str
    consistency_delay: float = 2.0


class Step(Frozen):
    """One verb on one link, with its plan and its progress.

    Attributes:
        id: Unique in the case; holds no personal data.
        changes: What the step was planned, and approved, to change.
        after: Ids of the steps that must be finished first.
        acting_since: The mark: set before a changing call, taken away when its outcome is known.
        accepted: The platform took it; from then on it is only observed.
        wake_at: Not before this moment is the platform asked again.
        looks: How often an accepted step was looked at.
        failures: How often in a row the step could not be done; resets on any answer.
        first_tried: When the step was first started.
        reminded_at: When somebody at the platform was last reminded of what they were asked for.
        reminders: How often that was done, or begun.
        checked: How the checks of the history it kept last ended: verdict → number; empty: it kept none.
    """

    id: str
    link: str
    connection: str
    verb: Verb
    part: str = ""
    mode: Mode
    reason: str = ""
    effects: tuple[Effect, ...] = ()
    moves: tuple[str, ...] = ()
    changes: tuple[Difference, ...] = ()
    after: tuple[str, ...] = ()
    due: date | None = None
    deadline: date | None = None
    date_option: str = ""
    gated: bool = False
    holds_gate: bool = True
    through_support: bool = False
    lasting: bool = True
    last_on_connection: bool = False
    state: StepState = StepState.PLANNED
    waits_for: WaitsFor | None = None
    attempts: int = 0
    proof: Proof | None = None
    outcome: str = ""
    acting_since: datetime | None = None
    accepted: bool = False
    wake_at: datetime | None = None
    looks: int = 0
    failures: int = 0
    first_tried: datetime | None = None
    reminded_at: datetime | None = None
    reminders: int = 0
    checked: dict[str, int] = {}

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in FINISHED

    @property
    def key(self) -> str:
        """``verb`` or ``verb:part``, as in the connector's proposal."""
        return f"{self.verb}:{self.part}" if self.part else str(self.verb)

    def on(self, event: StepEvent, **changes: Any) -> Step:
        """Return the step after ``event``, with ``changes`` to its other fields."""
        return self.model_copy(update={"state": after(self.state, event), "waits_for": None, **changes})


class TaskKind(StrEnum):
    """Why a person is asked."""

    DO = "do"
    FIND_OUT = "find_out"
    DECIDE = "decide"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"


class Task(Frozen):
    """A step, or a question about one, for a person.

    Attributes:
        due: Deadline.
        values: What was brought back, by key.
        files: Keys of the files that were brought back; the files themselves are in a bag.
        about: The moment of the mark that a ``find_out`` task asks about.
    """

    id: str
    step: str
    connection: str
    kind: TaskKind = TaskKind.DO
    title: str
    instructions: str = ""
    bring: tuple[Bring, ...] = ()
    due: date | None = None
    state: TaskState = TaskState.OPEN
    by: str = ""
    note: str = ""
    values: dict[str, str] = {}
    files: tuple[str, ...] = ()
    about: str = ""


class Approval(Frozen):
    """One person's approval of exactly one plan."""

    by: str
    at: datetime
    plan_hash: str


class Case(Frozen):
    """The life of one request.

    Attributes:
        asked_by: Who asked for it; empty: nobody who is known by name.
        plan_hash: The plan that stands now.
        approvals: Approvals of that plan.
        needed: How many different people must approve.
        fresh: False where the platforms changed since the plan and nobody approved the new one.
        reviewed: The platforms were observed again after the approval, before the first changing step.
        gate_opened: When the gate opened, by connection.
        shut_because: Why the gate is shut, as last found.
        moved: Dates among the options that people moved since: connection → option → date as text.
        policy_gate: ``case`` or ``connection``.
        watch_days: For so long after closing the platforms are looked at again.
        look_ahead_days: So long before a dated step the platforms are observed.
        closed_at: When the last step was finished.
    """

    id: str
    request: Request
    asked_by: str = ""
    links: tuple[CaseLink, ...] = ()
    steps: tuple[Step, ...] = ()
    tasks: tuple[Task, ...] = ()
    findings: tuple[Finding, ...] = ()
    plan_hash: str = ""
    approvals: tuple[Approval, ...] = ()
    needed: int = 1
    fresh: bool = True
    reviewed: bool = False
    gate_opened: dict[str, datetime] = {}
    shut_because: tuple[str, ...] = ()
    policy_gate: str = "case"
    watch_days: int = 90
    look_ahead_days: int = 1
    closed_at: datetime | None = None
    moved: dict[str, dict[str, str]] = {}
    cancelled: bool = False

    @property
    def effective(self) -> Request:
        """The request with the dates that people moved since."""
        options = {name: dict(given) for name, given in self.request.options.items()}
        for connection, dates in self.moved.items():
            options.setdefault(connection, {}).update(dates)
        return self.request.model_copy(update={"options": options})

    @property
    def approved(self) -> bool:
        """Whether enough different people approved the plan that stands now."""
        people = {a.by.casefold() for a in self.approvals if a.plan_hash == self.plan_hash}
        return self.fresh and len(people) >= self.needed

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """The findings that keep the case from running."""
        return tuple(f for f in self.findings if f.severity is Severity.BLOCKER)

    @property
    def state(self) -> CaseState:
        """Where the case stands."""
        return case_state((s.state for s in self.steps), approved=self.approved, cancelled=self.cancelled)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (CaseState.CLOSED, CaseState.CANCELLED)

    @property
    def begun(self) -> bool:
        """Whether anything was carried out already."""
        return any(step.attempts for step in self.steps)

    def step(self, step_id: str) -> Step:
        """Return one step.

        Raises:
            InputError: There is none of that id.
        """
        for step in self.steps:
            if step.id == step_id:
                return step
        raise InputError(
            f"The case {self.id} has no step '{step_id}'.",
            remedy=f"Its steps are: {', '.join(s.id for s in self.steps)}." if self.steps else "It has no steps.",
        )

    def link(self, link_id: str) -> CaseLink:
        """Return one link of the case."""
        return next(link for link in self.links if link.id == link_id)

    def steps_of(self, link_id: str) -> tuple[Step, ...]:
        """Return the steps of one link, in order."""
        return tuple(step for step in self.steps if step.link == link_id)

    def open_task(self, step_id: str) -> Task | None:
        """Return the open task that a step waits for; one that asks what becomes of a refused step is none."""
        for task in self.tasks:
            if task.step == step_id and task.state is TaskState.OPEN and task.kind is not TaskKind.DECIDE:
                return task
        return None

    def with_step(self, step: Step) -> Case:
        """Return the case with one step replaced."""
        return self.model_copy(update={"steps": tuple(step if s.id == step.id else s for s in self.steps)})

    def comparison(self, step: Step) -> Comparison:
        """Compare what was observed last with what is wanted, in the fields that ``step`` moves."""
        link = self.link(step.link)
        return compare(link.observed, link.wanted, step.moves)
