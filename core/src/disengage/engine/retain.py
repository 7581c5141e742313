"""The firm's own copy of the history: written into a bag, verified, and verified again at the gate."""

from __future__ import annotations

from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.outcomes import NeedsPerson, NotNeeded, Outcome
from disengage.engine.workplace import Workplace
from disengage.vault import BagReceipt


class _NothingToKeep(Exception):  # noqa: N818 -- leaves the bag unpublished; nothing went wrong
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def keep_history(workplace: Workplace, case: Case, step: Step, link: CaseLink) -> tuple[Outcome, BagReceipt | None]:
    """Have the connector write its history into a new bag; return the bag's receipt once it is published.

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
    except _NothingToKeep as nothing:
        return nothing.outcome, None
    return outcome, writer.bag


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
