"""That a paper was made from a case: which, in what language, and the digest by which it is known again."""

from __future__ import annotations

from disengage.engine.workplace import Workplace


def record_paper(workplace: Workplace, case_id: str, paper: str, *, language: str, form: str, internal: bool,
                 sha256: str, by: str = "") -> None:  # fmt: skip
    """Record a paper, and who made it where that is known; nothing of what stands in it is recorded."""
    actor = {"actor": by} if by else {}
    with workplace.store.change(case_id) as work:
        work.event("paper_made", **actor, paper=paper, language=language, form=form, internal=internal, sha256=sha256)
    workplace.tell(work.events_written)
