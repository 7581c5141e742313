"""One visit: a request to a page, with who comes, what was sent, and how to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from disengage.domain.rights import Person, Right
from disengage.errors import NotThereError
from disengage.web.wording import Wording

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace
    from disengage.web.access.sessions import Session
    from disengage.web.site import Site


@dataclass(frozen=True)
class Form:
    """What came with a ``POST``: texts and files by their fields' names."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[UploadFile]] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return the text of a field, without blanks around it."""
        given = self.texts.get(name) or [default]
        return given[0].strip()

    def all(self, name: str) -> list[str]:
        """Return every text of a field, as check boxes send them."""
        return [text.strip() for text in self.texts.get(name, ())]


@dataclass
class Visit:
    """One request to a page.

    Attributes:
        site: What is visited.
        request: Starlette's request; its body is read already.
        session: Who is signed in; None: nobody.
        form: What was sent.
        wording: The visitor's language.
    """

    site: Site
    request: Request
    session: Session | None
    form: Form
    wording: Wording

    @property
    def workplace(self) -> Workplace:
        """Settings, store, vault and registry."""
        return self.site.workplace

    @property
    def person(self) -> Person:
        """Who is signed in.

        Raises:
            NotThereError: Nobody is; a door that needs a right never lets that happen.
        """
        if self.session is None:
            raise NotThereError("Nobody is signed in.", remedy="Sign in.")
        return self.session.person

    @property
    def path(self) -> Mapping[str, str]:
        """The parts of the address, by name."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark; never anything personal."""
        return self.request.query_params

    def may(self, right: Right | str) -> bool:
        """Return whether the visitor may do that."""
        return self.session is not None and self.person.may(right)

    def say(self, message: str, /, **values: object) -> str:
        """Return a message in the visitor's language, its ``%(name)s`` filled in."""
        return self.wording.say(message, **values)

    def retell(self, text: str) -> str:
        """Return what the engine or a connector said in the visitor's language."""
        return self.site.pages.sentences[self.wording.language].retell(text)

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Return a page."""
        return HTMLResponse(self.site.pages.render(self, template, {"status": status, **context}), status)

    def go(self, path: str, told: str = "") -> Response:
        """Send the visitor on to another page of ours, which says ``told`` at its top."""
        if told and self.session is not None:
            self.site.sessions.leave_word(self.session, told)
        return RedirectResponse(path, 303)
