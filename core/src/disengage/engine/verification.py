"""Check what was recorded against itself, against the vault, and against what the platforms show now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.difference import Comparison, compare
from disengage.domain.evidence import Proof
from disengage.domain.lifecycle import StepState
from disengage.domain.values import Frozen
from disengage.engine import timestamps
from disengage.engine.bagchecks import Reading, kept_of
from disengage.engine.workplace import Workplace
from disengage.errors import DisengageError


class Verification(Frozen):
    """What ``verify`` found.

    Attributes:
        events: Events whose hash was computed again.
        evidence: Pieces of evidence whose digest was computed again.
        timestamps: Time stamps that were compared with the log.
        bags: Bags of which every file was hashed again.
        bytes: How much that was.
        links: Links that were observed.
        destroyed: Bags that are gone because people decided so, and when.
        differences: What does not agree; empty when all is sound.
        not_checked: What could not be checked, and why.
    """

    events: int
    evidence: int = 0
    timestamps: int = 0
    bags: int
    bytes: int = 0
    links: int
    destroyed: tuple[str, ...] = ()
    differences: tuple[str, ...]
    not_checked: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {**self.model_dump(mode="json"), "sound": not self.differences}


class Progress:
    """Is told how far it is; does nothing by itself."""

    def events(self, done: int, total: int) -> None:
        """Be told of events whose hash was computed again."""

    def begin(self, bags: int) -> None:
        """Be told how many bags there are to read."""

    def bag(self, bags: int, size: int) -> None:
        """Be told how many bags, and how many bytes in all, were read so far."""

    def link(self, name: str) -> None:
        """Be told which link is observed now."""


def verify(
    workplace: Workplace, case_ids: Iterable[str] = (), *, offline: bool = False, progress: Progress | None = None
) -> Verification:
    """Verify the whole event log and its time stamps, and evidence, bags and platforms of the cases named (or of all).

    Args:
        workplace: The workplace.
        case_ids: The cases; none means all.
        offline: Leave out the platforms.
        progress: Is told how far it is.
    """
    told = progress or Progress()
    ids = [workplace.store.case(case_id).id for case_id in case_ids] or workplace.store.case_ids()
    found = list(workplace.store.verify_events(told.events))
    stamps, wrong, not_checked = timestamps.complaints(workplace)
    kept = [kept_of(workplace.store, case_id) for case_id in ids]
    found += [*wrong, *(complaint for one in kept for complaint in one.complaints)]
    bags = [bag for one in kept for bag in one.bags]
    told.begin(len(bags))
    reading = Reading(workplace.vault, told.bag)
    found += reading.complaints(bags)
    links = 0
    if offline:
        not_checked.append("platforms: left out, as --offline says")
    else:
        links = _platforms(workplace, ids, told, found, not_checked)
    return Verification(
        events=workplace.store.count_events(),
        evidence=sum(one.evidence for one in kept),
        timestamps=stamps,
        bags=len(bags),
        bytes=reading.size,
        links=links,
        destroyed=tuple(line for one in kept for line in one.destroyed),
        differences=tuple(found),
        not_checked=tuple(not_checked),
    )


def _platforms(
    workplace: Workplace, ids: Iterable[str], told: Progress, found: list[str], not_checked: list[str]
) -> int:
    """Compare what platforms show with what was proven; return how many links could be observed."""
    links = 0
    for case in map(workplace.store.case, ids):
        for link in case.links:
            told.link(link.id)
            differences, silent = _against_platform(workplace, case, link)
            found += differences
            not_checked += silent
            links += not silent
    return links


def _against_platform(workplace: Workplace, case: Case, link: CaseLink) -> tuple[list[str], list[str]]:
    """Observe a link and compare it with what was proven."""
    try:
        shown = shown_now(workplace, case, link)
    except DisengageError as error:
        return [], [f"{case.id} {link.id}: {error.message}"]
    wrong = [step for step, comparison in shown.items() if comparison is Comparison.DIFFERENT]
    return [f"{case.id} {step}: was verified, but the platform shows something else now" for step in wrong], []


def shown_now(workplace: Workplace, case: Case, link: CaseLink) -> dict[str, Comparison]:
    """Observe a link where anything of it was proven; return by step whether its effect is still shown.

    Raises:
        DisengageError: The platform could not be observed.
    """
    proven = [step for step in case.steps_of(link.id) if _can_be_compared(step)]
    if not proven:
        return {}
    now = workplace.observe(link, case.effective)
    return {step.id: compare(now, link.wanted, step.moves) for step in proven}


def _can_be_compared(step: Step) -> bool:
    return (
        step.state is StepState.DONE
        and step.proof in (Proof.VERIFIED, Proof.RECEIPT, Proof.STATED)
        and bool(step.moves)
        and step.lasting
    )
