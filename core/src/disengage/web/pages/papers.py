"""Papers of a case, its export, and handing its history over: each is recorded, sent once, and kept nowhere here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from disengage.domain.rights import Right
from disengage.engine.export import Scope, export
from disengage.engine.handover import To, confirm, hand_over, has_consent
from disengage.engine.handoverpack import PackFormat
from disengage.engine.history import history_of
from disengage.errors import BlockedError, DisengageError, InputError, LifecycleError
from disengage.papers.closing import closing_json
from disengage.papers.making import make
from disengage.web import ordering
from disengage.web.doors import Doors
from disengage.web.known import case_of
from disengage.web.sending import sent
from disengage.web.site import temporary_folder
from disengage.web.troubles import status_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.domain.case import Case
    from disengage.web.visit import Visit

doors = Doors()

#: Events that tell what left the house.
_LEFT = frozenset({"paper_made", "exported", "consent_recorded", "handed_over", "receipt_confirmed"})


@doors.get("/cases/{case}/papers", needs=Right.SEE)
def papers(visit: Visit) -> Response:
    """Show which papers can be made of a case, and what was made and handed over already."""
    return _page(visit, case_of(visit))


@doors.post("/cases/{case}/papers/make", needs=Right.OPERATE)
def make_paper(visit: Visit) -> Response:
    """Make a paper, and send it."""

    def made(case: Case, folder: Path) -> Response:
        order = ordering.paper(visit, case, folder)
        paper = make(visit.workplace, order)
        if paper.spelled_out:
            _leave_word(visit, visit.say("The typeface lacks some characters; they are printed as numbers."))
        return sent(order.out, order.out.name)

    return _ordered(visit, "make", made)


@doors.post("/cases/{case}/papers/export", needs=Right.ARCHIVE)
def export_case(visit: Visit) -> Response:
    """Export all that is recorded and kept of a case, and send it."""

    def made(case: Case, folder: Path) -> Response:
        out, workplace = folder / f"{case.id}.zip", visit.workplace
        scope = Scope(internal=bool(visit.form.text("internal")), whole_log=bool(visit.form.text("whole_log")))
        closing = closing_json(workplace, case.id, internal=scope.internal)
        found = export(workplace, case.id, out, scope, closing, visit.person.name)
        _leave_word(visit, visit.say("Exported, with the checksum (SHA-256) %(sha256)s.", sha256=found.sha256))
        return sent(out, out.name)

    return _ordered(visit, "export", made)


@doors.post("/cases/{case}/papers/handover", needs=Right.ARCHIVE, takes_files=True)
def hand_history_over(visit: Visit) -> Response:
    """Record the client's consent where it was given, hand the history over, and send the pack."""

    def made(case: Case, folder: Path) -> Response:
        order = ordering.pack(visit, case, folder)
        ordering.record_consent(visit, case, folder)
        found = hand_over(visit.workplace, order)
        left = visit.say("Not included: %(what)s", what="; ".join(found.not_included)) if found.not_included else ""
        told = visit.say("Handed over, with the checksum (SHA-256) %(sha256)s.", sha256=found.sha256)
        _leave_word(visit, f"{told} {left}".strip())
        return sent(order.out, order.out.name)

    return _ordered(visit, "handover", made)


@doors.post("/cases/{case}/papers/receipt", needs=Right.ARCHIVE, takes_files=True)
def confirm_receipt(visit: Visit) -> Response:
    """Record that a pack was received, with what the other side signed."""

    def made(case: Case, folder: Path) -> Response:
        confirm(visit.workplace, case.id, visit.person.name, ordering.receipt(visit, folder))
        return visit.go(f"/cases/{case.id}/papers", visit.say("It is recorded that the pack was received."))

    return _ordered(visit, "receipt", made)


def _ordered(visit: Visit, form: str, made: Callable[[Case, Path], Response]) -> Response:
    """Answer with what was made in a folder that is gone by then, or with the page and what is wrong about the form."""
    case = case_of(visit)
    try:
        with temporary_folder() as folder:
            return made(case, Path(folder))
    except (InputError, BlockedError, LifecycleError) as error:
        return _page(visit, case, form, error)


def _page(visit: Visit, case: Case, form: str = "", error: DisengageError | None = None) -> Response:
    """Show the page; with an error, what was typed into that form."""

    def typed(of: str, name: str) -> str:
        return visit.form.text(name) if of == form else ""

    store, history = visit.workplace.store, history_of(visit.workplace, case, also=frozenset())
    happened = [event for event in store.events(case.id) if event.kind in _LEFT]
    return visit.page(
        "papers.html",
        status_of(error) if error else 200,
        case=case,
        kinds=ordering.kinds_of(case),
        forms=ordering.FORMS,
        recipients=tuple(To),
        formats=tuple(PackFormat),
        history=history,
        has_consent=has_consent(visit.workplace, case.id),
        happened=happened,
        handed_over=[event for event in happened if event.kind == "handed_over"],
        form=form,
        error=error,
        typed=typed,
        also=visit.form.all("also") if form == "handover" else [],
    )


def _leave_word(visit: Visit, text: str) -> None:
    """Have the next page say it: the answer is a file, and says nothing."""
    if visit.session is not None:
        visit.site.sessions.leave_word(visit.session, text)
