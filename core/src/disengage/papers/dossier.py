"""All that papers are made from: plain values, read once."""

from __future__ import annotations

from datetime import date, datetime

from disengage.connector import Firm
from disengage.domain.case import Case
from disengage.domain.checks import Check
from disengage.domain.values import Frozen
from disengage.store import EventRecord
from disengage.store.proofs import EvidenceRow


class BagFile(Frozen):
    """One file of a bag.

    Attributes:
        name: The name that the platform, or the person who brought it, gave it.
        stored: Its name in the bag.
    """

    name: str
    stored: str
    size: int
    sha256: str


class Bag(Frozen):
    """One copy in the vault.

    Attributes:
        path: Below the vault's URL.
        step: The step that it proves.
        at: When it was recorded.
        by: Who brought it; ``disengage`` where the connector fetched it.
        digest: SHA-256 of its ``tagmanifest-sha256.txt``, which covers everything in it.
        gaps: What could not be kept, in the connector's words.
        checks: What the checks of its formats came to; empty: nothing was checked.
        readable: False where the vault does not have it any more, or cannot be read.
    """

    path: str
    step: str
    at: datetime
    by: str
    digest: str
    files: tuple[BagFile, ...] = ()
    gaps: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    readable: bool = True

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.files)


class Retention(Frozen):
    """Until when one class of documents is kept.

    Attributes:
        what: The class of documents, a word of the rules.
        until: The last day; None where no day can be told yet.
        rule: The law, or the rule's name.
        verified: A professional has verified the rule.
        own: It is a duty of the firm's own (its file, what it knows of persons): no matter for the client.
    """

    what: str
    until: date | None
    rule: str = ""
    verified: bool = False
    own: bool = False


class Dossier(Frozen):
    """One case with everything that belongs to it.

    Attributes:
        firm: The accounting firm.
        case: The case.
        platforms: Connector → the platform's own name.
        evidence: Oldest first.
        events: Of this case, oldest first.
        bags: Oldest first.
        retention: Empty where no rules were asked.
    """

    firm: Firm
    case: Case
    platforms: dict[str, str] = {}
    evidence: tuple[EvidenceRow, ...] = ()
    events: tuple[EventRecord, ...] = ()
    bags: tuple[Bag, ...] = ()
    retention: tuple[Retention, ...] = ()

    @property
    def happened(self) -> tuple[EventRecord, ...]:
        """What happened in the case; that papers were made of it did not happen in it."""
        return tuple(event for event in self.events if event.kind != "paper_made")

    def finished_at(self, step_id: str) -> datetime | None:
        """When a step ended the way it stands now; None where it has not, or was so from the beginning."""
        ends = ("done", "not_needed", "skipped", "refused", "failed")
        found = [e.at for e in self.events if e.kind in ends and e.payload.get("step") == step_id]
        return found[-1] if found else None

    def was_left_out(self, step_id: str) -> bool:
        """Whether a person decided that a step is not done."""
        return any(e.kind == "skipped" and e.payload.get("step") == step_id for e in self.events)
