"""Sessions: who a browser is, by a random value that it keeps in a cookie and that is nowhere else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from disengage.domain.rights import Person
from disengage.errors import NotAllowedError
from disengage.store import KeptSession

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from disengage.engine.workplace import Workplace

#: The cookie; only with TLS do browsers take one that begins with ``__Host-``.
COOKIE, SAFE_COOKIE = "disengage", "__Host-disengage"
#: So often it is written down that somebody still does something.
NOTED_EVERY = timedelta(minutes=1)
#: Bytes of chance in a cookie and in a token against forged forms.
_CHANCE = 32


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in.

    Attributes:
        person: Who it is, with the roles of this moment.
        csrf: What every form of theirs carries.
        digest: The session's name in the store; opens nothing.
        how: ``password``, ``oidc`` or ``link``.
        made_at: When they signed in.
        word: What the next page is to say; empty: nothing.
    """

    person: Person
    csrf: str = field(repr=False)
    digest: str
    how: str
    made_at: datetime
    word: str = ""


class Sessions:
    """The sessions of one site.

    Args:
        workplace: Settings, store and clock.

    Attributes:
        cookie: The name of the cookie.
    """

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._settings = workplace.settings.web
        self._safe = self._settings.base_url.startswith("https://")
        self.cookie = SAFE_COOKIE if self._safe else COOKIE

    def find(self, request: Request, *, noted: bool = True) -> Session | None:
        """Return who a request is from; None where nobody is signed in, or is any more.

        Args:
            request: The request.
            noted: Whether it counts as doing something; what a page does by itself keeps nobody signed in.
        """
        value = request.cookies.get(self.cookie, "")
        kept = self._workplace.store.sessions.find(value) if value else None
        if kept is None:
            return None
        account = self._workplace.store.people.find(kept.person)
        if account is None or account.locked_at is not None or self._is_over(kept):
            self._workplace.store.sessions.end(kept.digest)
            return None
        if noted:
            self._note(kept)
        return Session(account.person, kept.csrf, kept.digest, kept.how, kept.made_at, kept.word)

    def open(self, name: str, how: str) -> str:
        """Sign somebody in and return the value of the cookie, which nobody ever had before.

        Raises:
            NotAllowedError: There is nobody of that name, or that person is locked.
        """
        store, now = self._workplace.store, self._workplace.now()
        account = store.people.find(name)
        if account is None or account.locked_at is not None:
            raise NotAllowedError("You cannot be signed in.", remedy="Ask an administrator.")
        value = secrets.token_urlsafe(_CHANCE)
        kept = KeptSession(
            digest=store.sessions.digest(value), person=name, how=how, made_at=now, last_seen=now,
            expires_at=now + timedelta(hours=self._settings.session_hours), csrf=secrets.token_urlsafe(_CHANCE),
        )  # fmt: skip
        store.sessions.add(kept)
        return value

    def put(self, response: Response, value: str) -> None:
        """Have the browser keep it; empty: forget it."""
        age = self._settings.session_hours * 3600 if value else 0
        response.set_cookie(
            self.cookie, value, max_age=age, path="/", secure=self._safe, httponly=True, samesite="lax"
        )  # lax and not strict: an identity provider sends people back here

    def close(self, session: Session) -> None:
        """End a session."""
        self._workplace.store.sessions.end(session.digest)

    def leave_word(self, session: Session, text: str) -> None:
        """Have the next page say this."""
        self._workplace.store.sessions.leave(session.digest, text)

    def take_word(self, session: Session) -> str:
        """Return what this page is to say, once."""
        if session.word:
            self._workplace.store.sessions.leave(session.digest, "")
        return session.word

    def _is_over(self, kept: KeptSession) -> bool:
        now = self._workplace.now()
        return now >= kept.expires_at or now - kept.last_seen >= timedelta(minutes=self._settings.idle_minutes)

    def _note(self, kept: KeptSession) -> None:
        now = self._workplace.now()
        if now - kept.last_seen >= NOTED_EVERY:
            self._workplace.store.sessions.seen(kept.digest, now)
