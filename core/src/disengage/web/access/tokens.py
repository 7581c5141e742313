"""API tokens: with what programs act for people, within the rights that each was given.

A token is ``dis_`` and 256 random bits, shown once. It acts with what the person may do now and it was given, so that
taking a role from a person takes it from their tokens too; a locked person's tokens open nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from disengage.domain.rights import Person, Right
from disengage.errors import InputError, LifecycleError, NotAllowedError, NotThereError
from disengage.store.apitokens import ApiToken

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace

#: How every token begins, so that scanners for lost secrets know one.
BEGINNING = "dis_"
#: The most days that one is valid, and the most that one person has at a time.
LONGEST_DAYS, MOST = 366, 20
LONGEST_LABEL = 80
#: When a token was used last is known to so much.
TO_THE = timedelta(minutes=1)

_HEADER = re.compile(rf"[Bb]earer +({BEGINNING}[A-Za-z0-9_-]{{43}})")


class Tokens:
    """The tokens of a workplace.

    Args:
        workplace: The workplace.
    """

    def __init__(self, workplace: Workplace) -> None:
        self._store, self._now = workplace.store, workplace.now

    def make(self, person: Person, label: str, scopes: Iterable[Right | str], days: int) -> tuple[str, str]:
        """Make a token for a person.

        Args:
            person: Who asks for it, and for whom it acts.
            label: What the person calls it.
            scopes: The rights that it is given; the person has them all.
            days: For how long it is valid.

        Returns:
            Its id, and the token itself, which nobody can be shown again.

        Raises:
            InputError: The label, a right or the number of days cannot be used.
            LifecycleError: The person has too many.
            NotAllowedError: It is asked for with a token.
        """
        if person.scopes is not None:
            raise NotAllowedError(
                "A token cannot make another one.", remedy="Sign in, and make it on the page of your account."
            )
        given, label = _given(person, scopes), _checked(label, days)
        now, secret = self._now(), BEGINNING + secrets.token_urlsafe(32)
        token = ApiToken(
            id=f"t-{secrets.token_hex(6)}",
            person=person.name,
            label=label,
            scopes=given,
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
        with self._store.together():
            if len([one for one in self.of(person) if one.opens(now)]) >= MOST:
                raise LifecycleError(f"There are {MOST} tokens already.", remedy="Revoke one that is not used.")
            self._store.api_tokens.add(token, secret)
            self._store.record("token_made", person.name, token=token.id, scopes=sorted(given), days=days)
        return token.id, secret

    def find(self, authorization: str | None) -> Person | None:
        """Return who acts with what a header ``Authorization`` carries; None where it opens nothing.

        The person's ``scopes`` are those of the token.
        """
        carried = _HEADER.fullmatch(authorization or "")
        token = self._store.api_tokens.find(carried[1]) if carried else None
        if token is None or not token.opens(self._now()):
            return None
        account = self._store.people.find(token.person)
        if account is None or account.locked_at is not None:
            return None
        self._note_use(token)
        return account.person.model_copy(update={"scopes": token.scopes})

    def revoke(self, token_id: str, by: Person) -> None:
        """Let nobody in with a token any more: one's own, or an administrator anybody's. Twice is nothing.

        Raises:
            NotThereError: There is no such token, or it is not this person's to revoke.
        """
        with self._store.together():
            token = self._store.api_tokens.get(token_id)
            if token is None or not (token.person == by.name or by.may(Right.ADMINISTER)):
                raise NotThereError("There is no such token.", remedy="See which there are on the page of the account.")
            if token.revoked_at is None:
                self._store.api_tokens.revoke(token_id, self._now())
                self._store.record("token_revoked", by.name, token=token_id, person=token.person)

    def of(self, person: Person) -> list[ApiToken]:
        """Return the tokens of a person, the latest first; also those that open nothing any more."""
        return self._store.api_tokens.of(person.name)

    def all(self) -> list[ApiToken]:
        """Return everybody's tokens, the latest first; for administrators."""
        return self._store.api_tokens.all()

    def _note_use(self, token: ApiToken) -> None:
        now = self._now()
        if token.last_used is None or now - token.last_used >= TO_THE:
            self._store.api_tokens.used(token.id, now)


def _given(person: Person, scopes: Iterable[Right | str]) -> frozenset[Right]:
    try:
        given = frozenset(Right(scope) for scope in scopes)
    except ValueError:
        given = frozenset()
    if not given or not given <= person.rights:
        raise InputError(
            "The token cannot be made: it needs at least one right, and only such as you have.",
            remedy=f"Choose from: {', '.join(sorted(person.rights))}.",
        )
    return given


def _checked(label: str, days: int) -> str:
    label = label.strip()
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise InputError(
            f"The token cannot be made: its name needs 1 to {LONGEST_LABEL} letters.", remedy="Name what it is for."
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise InputError(
            f"The token cannot be made: it is valid for 1 to {LONGEST_DAYS} days.", remedy="Choose a number of days."
        )
    return label
