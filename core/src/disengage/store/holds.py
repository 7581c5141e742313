"""A hold on a link, and on PostgreSQL the one session whose advisory locks the holds of a process are."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError

from disengage.errors import StoreError


class Hold:
    """A hold on a name; it counts as true where the name was free, and is then the block's own.

    Args:
        free: Whether it was.
        session: On PostgreSQL, the session whose lock it is.
    """

    def __init__(self, free: bool, session: Session | None = None) -> None:
        self._ours, self._session = free, session

    def __bool__(self) -> bool:
        return self._ours

    def keep(self) -> None:
        """Do nothing while the hold is ours: with its session, PostgreSQL's lock is gone, and so is it.

        Raises:
            StoreError: It is not ours, or not any more; somebody else may work on it by now.
        """
        if self._ours and self._session is not None:
            self._ours = self._session.lives() and self._ours  # what ended meanwhile stays ended
        if not self._ours:
            raise StoreError(
                "The hold on a link was lost together with the connection to the database.",
                remedy="Nothing is to be done: whoever holds the link goes on with it.",
            )

    def end(self) -> None:
        """Be nobody's: what a plugin still does after its time is done without it."""
        self._ours = False


class Session:
    """One session of PostgreSQL, shared by all threads, whose locks are the holds of this process; lost as a whole.

    Args:
        connection: A connection of its own, which no pool takes back.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection, self._asking, self._lost = connection, threading.Lock(), False

    def ask(self, question: str, **given: object) -> Any:
        """Return the one value that a statement gives.

        Raises:
            SQLAlchemyError: The session is lost. Asked again the connection would be another one, without locks.
        """
        with self._asking:
            if self._lost:
                raise DisconnectionError("the session is lost")
            try:
                return self._connection.execute(text(question), given).scalar()
            except SQLAlchemyError:
                self._lost = True
                with suppress(SQLAlchemyError):
                    self._connection.close()
                raise

    def lives(self) -> bool:
        """Return whether the server still knows it."""
        try:
            self.ask("SELECT 1")
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """End it, and with it every hold."""
        with self._asking:
            self._lost = True
            self._connection.close()
