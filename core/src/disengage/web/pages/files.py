"""The kept copies of a case: which bags there are, what is in one, whether it is sound, and a file out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disengage.domain.rights import Right
from disengage.engine.bags import bag_of, bags_of, open_bag, open_file, verify_bag
from disengage.errors import NotThereError
from disengage.web.doors import Doors
from disengage.web.known import case_of
from disengage.web.sending import streamed

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()

#: So many files of a bag stand on one page.
ON_A_PAGE = 500
#: Whatever a file is, it is only saved.
ANY = "application/octet-stream"


@doors.get("/cases/{case}/bags", needs=Right.SEE)
def bags(visit: Visit) -> Response:
    """Show which bags there are; what is in one is for archivists."""
    case = case_of(visit)
    return visit.page("files/bags.html", case=case, bags=bags_of(visit.workplace, case.id))


@doors.get("/cases/{case}/bags/{number}", needs=Right.ARCHIVE)
def bag(visit: Visit) -> Response:
    """Show what is in a bag, and record who looked."""
    case = case_of(visit)
    found = open_bag(visit.workplace, case.id, _number(visit, "number"), visit.person.name)
    pages = max(1, -(-len(found.files) // ON_A_PAGE))
    page = min(max(1, _page(visit)), pages)
    files = found.files[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    return visit.page("files/bag.html", case=case, found=found, files=files, page=page, pages=pages)


@doors.post("/cases/{case}/bags/{number}/verify", needs=Right.ARCHIVE)
def verify(visit: Visit) -> Response:
    """Read every file of a bag again, and show what came of it."""
    case, number = case_of(visit), _number(visit, "number")
    complaints = verify_bag(visit.workplace, case.id, number)
    found = bag_of(visit.workplace, case.id, number)
    return visit.page("files/verified.html", case=case, bag=found, complaints=complaints, now=visit.workplace.now())


@doors.get("/cases/{case}/bags/{number}/files/{index}", needs=Right.ARCHIVE)
def file(visit: Visit) -> Response:
    """Send one file of a bag, to be saved and never shown, and record who took it."""
    case, by = case_of(visit), visit.person.name
    found, opened = open_file(visit.workplace, case.id, _number(visit, "number"), _number(visit, "index"), by)
    answer = streamed(opened, found.name.rpartition("/")[2], found.size)
    answer.headers["Content-Type"] = ANY
    return answer


def _number(visit: Visit, name: str) -> int:
    """Return a number of the address.

    Raises:
        NotThereError: It is none.
    """
    given = visit.path[name]
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise NotThereError(visit.say("There is no such bag or file."), remedy=visit.say("Look which there are."))
    return int(given)


def _page(visit: Visit) -> int:
    given = visit.query.get("page", "1")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 7 else 1
