"""One call of the API: who calls, what was sent with it, and what its answer carries besides the body."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Path, Query
from starlette.datastructures import URL, FormData
from starlette.requests import Request

from disengage.domain.rights import Person
from disengage.engine.view import case_json
from disengage.errors import NotThereError
from disengage.web.api.etags import GuardedStore, etag_of, must_match

if TYPE_CHECKING:
    from disengage.domain.case import Case
    from disengage.engine.workplace import Workplace
    from disengage.web.site import Site


@dataclass
class Call:
    """One call.

    Attributes:
        site: What is called.
        person: Who calls.
        url: The address that was called.
        if_match: ``If-Match`` as it was sent; empty: it was not.
        form: What came as a form; None: it is none.
        headers: Further headers of the answer.
        status: Another status than the usual one.
    """

    site: Site
    person: Person
    url: URL
    if_match: str = ""
    form: FormData | None = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None

    @property
    def workplace(self) -> Workplace:
        """Settings, store, vault and registry."""
        return self.site.workplace

    def case(self, case_id: str) -> Case:
        """Return the case of exactly this id.

        Raises:
            NotThereError: There is none.
        """
        if not self.workplace.store.has(case_id):
            raise NotThereError(f"There is no case {case_id}.", remedy="See which there are at /cases.")
        return self.workplace.store.case(case_id)

    def on(self, case_id: str) -> Workplace:
        """Return the workplace to change a case at; where ``If-Match`` was sent, only the one that it names.

        Raises:
            NotThereError: There is no such case.
            ProblemError: It has changed meanwhile.
        """
        case = self.case(case_id)
        if not self.if_match:
            return self.workplace
        must_match(case, self.if_match)
        guarded = copy(self.workplace)
        guarded.store = GuardedStore(self.workplace.store, self.if_match)  # type: ignore[assignment]  # stands for it
        return guarded

    def told(self, case: Case) -> dict[str, Any]:
        """Return a case as the answer, with its ``ETag``."""
        self.headers["ETag"] = etag_of(case)
        return case_json(case)


def _the_call(request: Request) -> Call:
    call: Call = request.state.call
    return call


Caller = Annotated[Call, Depends(_the_call)]
CaseId = Annotated[str, Path(pattern=r"^c-[a-z0-9]{10}$", description="The case's id.", examples=["c-abcdefghij"])]
After = Annotated[
    str,
    Query(pattern=r"^[0-9]{0,18}$", description="Go on behind this place: the `next` of the answer before."),
]
Most = Annotated[int, Query(ge=1, le=100, description="So many at most.")]


def linked(call: Call, following: str | None) -> None:
    """Say in ``Link`` where the next part of a list is."""
    if following is not None:
        url = call.url.include_query_params(after=following)
        call.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
