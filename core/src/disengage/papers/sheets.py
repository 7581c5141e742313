"""What a paper may hold, chosen from the dossier.

A template is given a sheet and nothing else. A sheet that leaves the firm holds words of nobody: no reason in writing,
no note, no finding, no name of who said or did something. What the program itself wrote of a step that is done is
quoted, except where the request forbids tipping off; what a platform or a person said never is.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from disengage.domain.checks import Verdict
from disengage.domain.request import Language
from disengage.domain.values import Frozen


class Kind(StrEnum):
    """A kind of paper."""

    LETTER = "letter"
    INVENTORY = "inventory"
    REPLY = "enquiry-reply"
    STATEMENT = "statement"


class Standing(StrEnum):
    """Whether the case is over."""

    FINAL = "final"
    OPEN = "open"
    CANCELLED = "cancelled"


class Mark(StrEnum):
    """How a step stands, and how that is known; each is printed in a way of its own."""

    VERIFIED = "verified"
    RECEIPT = "receipt"
    STATED = "stated"
    NOT_NEEDED = "not_needed"
    LEFT_OUT = "left_out"
    PLANNED = "planned"
    WAITING = "waiting"
    RUNNING = "running"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def done(self) -> bool:
        """Whether the step was carried out, or was so already."""
        return self in (Mark.VERIFIED, Mark.RECEIPT, Mark.STATED)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to the step."""
        return self.done or self in (Mark.NOT_NEEDED, Mark.LEFT_OUT)


class StepLine(Frozen):
    """One step.

    Attributes:
        number: 1, 2, 3 … in the plan's order.
        id: The step's id.
        verb: What is done; its words stand in the catalogue.
        part: Which part of it, a word of the connector; empty where it has only one.
        scope: Which solution of the platform.
        platform: The platform's own name, and the connection's where the firm has several.
        mark: How it stands.
        already: It was so when the plan was made.
        at: When it ended.
        due: Not before this day.
        deadline: The last day for the person who does it.
        waits_for: What an unfinished step waits for.
        effects: What it does.
        quote: English words that the program wrote.
        by: Who stated it, left it out or declined it; inside the firm only.
        because: The reason that person gave; inside the firm only.
    """

    number: int
    id: str
    verb: str
    part: str = ""
    scope: str = ""
    platform: str
    mark: Mark
    already: bool = False
    at: datetime | None = None
    due: date | None = None
    deadline: date | None = None
    waits_for: str = ""
    effects: tuple[str, ...] = ()
    quote: str = ""
    by: str = ""
    because: str = ""


class FileLine(Frozen):
    """One file of a copy; ``stored`` is empty where it is stored under its own name."""

    number: int
    name: str
    stored: str = ""
    size: int
    sha256: str


class BagLine(Frozen):
    """One copy in the archive.

    Attributes:
        verdict: What the checks of its content came to.
        gaps: What is missing in it; empty where that must not be told, then ``missing`` counts.
        path: Where it is in the vault; inside the firm only.
    """

    number: int
    platform: str
    scope: str = ""
    part: str = ""
    at: datetime
    count: int
    size: int
    digest: str
    verdict: Verdict
    files: tuple[FileLine, ...] = ()
    gaps: tuple[str, ...] = ()
    missing: int = 0
    readable: bool = True
    path: str = ""


class RetentionLine(Frozen):
    """Until when one class of records is kept."""

    what: str
    until: date | None = None
    rule: str = ""
    verified: bool = False


class LogLine(Frozen):
    """Where the record of the case stands."""

    entries: int
    seq: int
    hash: str
    at: datetime


class FindingLine(Frozen):
    """One finding; inside the firm only."""

    severity: str
    code: str
    connection: str
    message: str
    remedy: str


class TaskLine(Frozen):
    """What a person was asked; inside the firm only."""

    id: str
    title: str
    state: str
    by: str
    note: str
    values: dict[str, str]


class EvidenceLine(Frozen):
    """One piece of evidence; inside the firm only."""

    step: str
    kind: str
    at: datetime
    by: str
    digest: str


class Inside(Frozen):
    """What never leaves the firm."""

    no_tipping_off: bool
    findings: tuple[FindingLine, ...]
    approvals: tuple[tuple[str, datetime], ...]
    gate: tuple[tuple[str, datetime], ...]
    tasks: tuple[TaskLine, ...]
    evidence: tuple[EvidenceLine, ...]


class FirmLine(Frozen):
    """The letterhead; ``logo`` is a ``data:`` URL or empty."""

    name: str
    lines: tuple[str, ...] = ()
    logo: str = ""


class ClientLine(Frozen):
    """The client, with its own identifiers: scheme and number."""

    name: str
    identifiers: tuple[tuple[str, str], ...] = ()


class EndingLine(Frozen):
    """When the engagement ends; ``reason`` is a word of the catalogue, or empty where it must not be told."""

    ends_on: date
    notice_on: date | None = None
    period_from: date
    period_to: date
    financial_year_end: str
    successor: str = ""
    reason: str = ""
    past: bool = False


class Sheet(Frozen):
    """Everything a template sees.

    Attributes:
        as_of: The moment of the last thing that happened in the case.
        made_on: The day on which the paper is made.
        facts: Paragraphs that the user gave for this paper.
        inside: None in what leaves the firm.
    """

    kind: Kind
    language: Language
    internal: bool = False
    case: str
    standing: Standing
    made_on: date
    as_of: datetime | None
    firm: FirmLine
    client: ClientLine
    ending: EndingLine
    steps: tuple[StepLine, ...] = ()
    bags: tuple[BagLine, ...] = ()
    retention: tuple[RetentionLine, ...] = ()
    log: LogLine | None = None
    facts: tuple[str, ...] = ()
    inside: Inside | None = None

    @property
    def done(self) -> tuple[StepLine, ...]:
        """The steps that were carried out, or were so already."""
        return tuple(step for step in self.steps if step.mark.done)

    @property
    def unfinished(self) -> tuple[StepLine, ...]:
        """The steps to which something will still happen."""
        return tuple(step for step in self.steps if not step.mark.over)

    @property
    def outstanding(self) -> tuple[StepLine, ...]:
        """The steps that were not carried out although they were needed, those that nobody will do included."""
        return tuple(step for step in self.steps if not step.mark.over or step.mark is Mark.LEFT_OUT)

    @property
    def quotes(self) -> bool:
        """Whether anything in English is quoted."""
        return any(step.quote for step in self.steps) or any(bag.gaps for bag in self.bags)

    @property
    def counts(self) -> tuple[tuple[Mark, int], ...]:
        """How many steps stand how, without those of which there is none."""
        counted = ((mark, sum(step.mark is mark for step in self.steps)) for mark in Mark)
        return tuple((mark, number) for mark, number in counted if number)
