"""What was recorded and kept of a case, as it is told."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from disengage.store.proofs import EvidenceKind
from disengage.web.api.models.base import Moment, Page, Told


class Event(Told):
    """One recorded event.

    Attributes:
        seq: Its number in the log of the whole firm.
        case: The case; empty: it is of the house.
        actor: Who did it; ``disengage`` where nobody but the program did.
        payload: What else is recorded; nothing personal.
        previous: The hash of the event before.
        hash: Its own.
    """

    seq: int
    case: str
    at: Moment
    kind: str
    actor: str
    payload: dict[str, Any]
    previous: str
    hash: str


class EventsPage(Page):
    """A part of the event log."""

    events: list[Event]


class Evidence(Told):
    """One piece of evidence.

    Attributes:
        step: The step that it proves; ``@handover`` and the like where it belongs to none.
        by: Who stated or brought it; ``disengage`` where nobody but the program did.
        detail: What was seen, received or stated.
        digest: Comparable inside this firm's store only.
    """

    id: int
    step: str
    kind: EvidenceKind
    at: Moment
    by: str
    detail: dict[str, Any]
    digest: str


class EvidenceList(Told):
    """All evidence of a case, oldest first."""

    evidence: list[Evidence]


class Bag(Told):
    """One bag of the vault.

    Attributes:
        bag: Its number: that of its evidence.
        path: In the vault.
        digest: SHA-256 of its list of checksums, which covers everything in it.
        connection: Null where the step is not in the plan any more.
        at: When it was kept, and verified for the first time.
        verified_at: When it was verified last, as far as is recorded.
        kept: False where it was destroyed on purpose.
    """

    bag: int
    path: str
    digest: str
    step: str
    connection: str | None
    at: Moment
    by: str
    verified_at: Moment
    kept: bool


class Bags(Told):
    """All bags of a case, oldest first."""

    bags: list[Bag]


class BagFile(Told):
    """One file of a bag.

    Attributes:
        file: Its number in the bag, from 1.
        name: ``data/…``, or a file about the bag itself.
        original: What the platform, or whoever brought it, calls it; empty for a file about the bag itself.
    """

    file: int = Field(ge=1)
    name: str
    original: str
    size: int


class BagFiles(Told):
    """The files of a bag, by name.

    Attributes:
        gaps: What could not be kept, in its own words.
    """

    bag: int
    files: list[BagFile]
    gaps: list[str]


class VerifiedBag(Told):
    """What came of reading a bag again.

    Attributes:
        complaints: What is wrong.
    """

    bag: int
    sound: bool
    complaints: list[str]
