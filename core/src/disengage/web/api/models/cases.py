"""Cases as they are told: the JSON of docs/reference/json.md, field by field."""

from __future__ import annotations

from typing import Any

from disengage.domain.case import TaskKind, TaskState
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.findings import Severity
from disengage.domain.lifecycle import CaseState, StepState, WaitsFor
from disengage.domain.request import RequestKind
from disengage.domain.state import LinkState
from disengage.domain.tasks import BringKind
from disengage.domain.verbs import Mode, Verb
from disengage.web.api.models.base import Day, Moment, Page, Told


class ClientOf(Told):
    """Whose relationship ends.

    Attributes:
        country: ISO 3166-1 alpha-2.
        identifiers: By their schemes: ``orgnr``, ``enterprise``, ``kvk``, ``vat``.
    """

    name: str
    country: str
    identifiers: dict[str, str]


class Approval(Told):
    """One person's approval of exactly the plan that stands.

    Attributes:
        by: The person's name.
        at: When.
    """

    by: str
    at: Moment


class Plan(Told):
    """The plan that stands.

    Attributes:
        hash: What is approved; another plan has another one.
        needed: So many different people must approve.
        fresh: False where the platforms changed beyond what was approved.
    """

    hash: str
    approvals: list[Approval]
    needed: int
    fresh: bool


class Gate(Told):
    """Whether what cannot be undone may begin.

    Attributes:
        open: The connections that it stands open for.
        shut_because: Why it stayed shut when it was last asked.
    """

    open: list[str]
    shut_because: list[str]


class Finding(Told):
    """One thing that the checks found.

    Attributes:
        code: A stable word for programs.
        severity: A blocker keeps the case from running.
        connection: The connection it concerns; null: the whole case.
        source: Where the rule stands.
        accepted_by: Who accepted it in writing; absent: nobody.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    connection: str | None
    source: str | None
    accepted_by: str = ""


class Link(Told):
    """What ties firm and client on one connection.

    Attributes:
        link: Its id in the case.
        scope: The solution, where a platform has several links per client.
        reference: What the platform calls the client.
        confirmed: Whether the platform itself showed the link.
        observed: What the platform showed last; a field that is absent cannot be told.
        wanted: What it should show in the end.
    """

    connection: str
    connector: str
    link: str
    scope: str | None
    reference: str
    confirmed: bool
    observed: LinkState
    wanted: LinkState


class Change(Told):
    """One thing that a step was planned to change.

    Attributes:
        key: Which entry of the field, or empty.
        known: False where the platform cannot tell what is there.
    """

    field: str
    key: str
    observed: Any
    wanted: Any
    known: bool


class Step(Told):
    """One verb on one link.

    Attributes:
        id: Link, verb and part, joined by dots.
        reason: Why it is by hand or not needed.
        due: Not before this day, in the platform's time zone; null: at once.
        after: The steps that must be finished first.
        attempts: How often it was started.
        proof: How it is known to be done.
        outcome: How it stands, without personal data.
        checked: How many checks of the history that it kept ended how.
    """

    id: str
    connection: str
    link: str
    verb: Verb
    part: str
    mode: Mode
    reason: str
    state: StepState
    waits_for: WaitsFor | None
    due: Day | None
    effects: list[Effect]
    changes: list[Change]
    after: list[str]
    attempts: int
    proof: Proof | None
    outcome: str
    checked: dict[str, int]


class Task(Told):
    """A step, or a question about one, for a person.

    Attributes:
        title: One line.
        due: Its deadline.
    """

    id: str
    step: str
    connection: str
    kind: TaskKind
    title: str
    due: Day | None
    state: TaskState


class Case(Told):
    """The life of one request.

    Attributes:
        case: Its id; nothing personal can be read from it.
        asked_by: Who asked for it; empty: nobody who is known by name.
        ends_on: The last day on which the firm answers for the client.
    """

    case: str
    state: CaseState
    kind: RequestKind
    asked_by: str
    client: ClientOf
    ends_on: Day
    plan: Plan
    gate: Gate
    findings: list[Finding]
    links: list[Link]
    steps: list[Step]
    tasks: list[Task]


class Cases(Told):
    """Several cases, whole."""

    cases: list[Case]


class CasesPage(Page):
    """A part of the list of cases."""

    cases: list[Case]


class OneTask(Task):
    """A task with its case."""

    case: str


class TasksPage(Page):
    """A part of the list of open tasks."""

    tasks: list[OneTask]


class Bring(Told):
    """One thing to bring back.

    Attributes:
        key: Under which it is given.
        choices: Where it is a choice, of what.
        label: What it is, for people.
    """

    key: str
    kind: BringKind
    required: bool
    choices: list[str]
    label: str


class WholeTask(OneTask):
    """A task with its instructions, and what to bring back.

    Attributes:
        instructions: What to do, in the platform's own words.
        by: Who answered it; absent while it is open.
        note: What that person noted.
        values: What was brought back, by key; files are in a bag.
    """

    instructions: str
    bring: list[Bring]
    by: str = ""
    note: str = ""
    values: dict[str, str] = {}
