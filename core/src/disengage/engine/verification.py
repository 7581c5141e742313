"""Check what was recorded against itself, against the vault, and against what the platforms show now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.difference import Comparison, compare
from disengage.domain.evidence import Proof
from disengage.domain.lifecycle import StepState
from disengage.domain.values import Frozen
from disengage.engine.retain import bags_of
from disengage.engine.workplace import Workplace
from disengage.errors import DisengageError


class Verification(Frozen):
    """What ``verify`` found.

    Attributes:
        events: Events whose hash was computed again.
        bags: Bags of which every file was hashed again.
        links: Links that were observed.
        differences: What does not agree; empty when all is sound.
        not_checked: What could not be checked, and why.
    """

    events: int
    bags: int
    links: int
    differences: tuple[str, ...]
    not_checked: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {**self.model_dump(mode="json"), "sound": not self.differences}


def verify(workplace: Workplace, case_ids: Iterable[str] = ()) -> Verification:
    """Verify the whole event log, and bags and platforms of the cases named (or of all)."""
    ids = [workplace.store.case(case_id).id for case_id in case_ids] or workplace.store.case_ids()
    found = list(workplace.store.verify_events())
    bags = links = 0
    not_checked: list[str] = []
    for case in map(workplace.store.case, ids):
        kept = bags_of(workplace, case.id)
        bags += len(kept)
        for path, digest in kept:
            found += [f"bag {complaint}" for complaint in workplace.vault.verify(path, digest)]
        for link in case.links:
            differences, silent = _against_platform(workplace, case, link)
            found += differences
            not_checked += silent
            links += not silent
    return Verification(
        events=workplace.store.count_events(), bags=bags, links=links, differences=tuple(found),
        not_checked=tuple(not_checked),
    )  # fmt: skip


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
