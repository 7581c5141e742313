"""The firm's own copy of the history: written into a bag, verified, and verified again at the gate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.checks import Check
from disengage.domain.outcomes import NeedsPerson, NotNeeded, Outcome
from disengage.domain.values import Frozen
from disengage.domain.verbs import Verb
from disengage.engine import completeness
from disengage.engine.workplace import Workplace
from disengage.vault import BagReceipt, BagWriter


class _NothingToKeep(Exception):  # noqa: N818 -- leaves the bag unpublished; nothing went wrong
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Kept(Frozen):
    """A copy of the history in the vault.

    Attributes:
        bag: The receipt of its bag.
        checks: What was checked before it was published.
    """

    bag: BagReceipt
    checks: tuple[Check, ...]


def keep_history(workplace: Workplace, case: Case, step: Step, link: CaseLink) -> tuple[Outcome, Kept | None]:
    """Have the connector write its history into a new bag, check it, and return what was kept once it is published.

    Raises:
        VaultError: The bag could not be written or does not verify; nothing was published.
        ConnectorError: The platform did not give the history; nothing was published.
    """
    period = case.request.ending.period
    about = {"Step": step.id, "Period": f"{period.from_}/{period.to}", "Connector": link.connector}
    try:
        with workplace.vault.open_bag(case.id, link.connection, link.link.ref, step.id, about=about) as writer:
            outcome: Outcome = workplace.call(
                link.connection,
                "retain_history",
                link=link.link,
                request=case.effective,
                part=step.part,
                sink=writer,
            )
            if isinstance(outcome, NotNeeded | NeedsPerson):
                raise _NothingToKeep(outcome)
            checks = completeness.check(workplace, case, step, link, writer)
    except _NothingToKeep as nothing:
        return nothing.outcome, None
    return outcome, Kept(bag=writer.bag, checks=checks)


def keep_brought(workplace: Workplace, case: Case, step: Step, task: str, who: str, files: Sequence[Path]) -> Kept:
    """Put what a person brought into a bag of its own, verified; a history is checked as one that was fetched.

    What is wrong with it keeps nobody from keeping it: the firm may have nothing better.

    Raises:
        InputError: A file is missing or not readable; nothing was kept.
        VaultError: It could not be kept.
    """
    link = case.link(step.link)
    checks: list[Check] = []

    def look(writer: BagWriter) -> None:
        if step.verb is Verb.RETAIN_HISTORY:
            checks.extend(completeness.check(workplace, case, step, link, writer))

    period = case.request.ending.period
    about = {"Step": step.id, "Task": task, "Brought-By": who, "Period": f"{period.from_}/{period.to}"}
    bag = workplace.vault.keep_files(
        case.id, step.connection, link.link.ref, f"{step.id}-evidence", files, about, before_publishing=look
    )
    return Kept(bag=bag, checks=tuple(checks))


def kept_soundly(workplace: Workplace, case_id: str, step_id: str) -> tuple[str, ...]:
    """Verify the bag that a step kept last; return the complaints, or that there is none to verify."""
    bags = bags_of(workplace, case_id, step_id)
    if not bags:
        return (f"{step_id}: no bag was kept",)
    path, digest = bags[-1]
    return tuple(f"{step_id}: {complaint}" for complaint in workplace.vault.verify(path, digest))


def bags_of(workplace: Workplace, case_id: str, step_id: str | None = None) -> list[tuple[str, str]]:
    """Return path and digest of the bags of one step, or of the whole case; those destroyed on purpose are left out."""
    rows, gone = workplace.store.evidence(case_id, step_id), workplace.store.disposal.gone(case_id)
    kept = [(row.detail["bag"], row.detail["digest"]) for row in rows if row.kind == "file"]
    return [(path, digest) for path, digest in kept if path not in gone]
