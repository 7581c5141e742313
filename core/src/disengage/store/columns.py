"""The column types: what is stored reads back exactly, and identically on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, LargeBinary, Text
from sqlalchemy.engine import Engine
from sqlalchemy.types import TypeDecorator

from disengage.store.sealing import Seal
from disengage.store.tagged import moment_from, moment_text

#: Each engine has a dialect object of its own, and SQLAlchemy hands it to every column type.
_SEALS: WeakKeyDictionary[Dialect, Seal] = WeakKeyDictionary()


def use_seal(engine: Engine, seal: Seal) -> None:
    """Let every sealed column read and write through ``engine`` with this seal."""
    _SEALS[engine.dialect] = seal


class Sealed(TypeDecorator[Any]):
    """JSON types, dates and times, encrypted; for whatever may be personal."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes:
        """Seal."""
        return _SEALS[dialect].close(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Open."""
        return _SEALS[dialect].open(value)


class Moment(TypeDecorator[datetime]):
    """An aware time, as RFC 3339 text in UTC to the microsecond; texts sort as the times do."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read."""
        return None if value is None else moment_from(value)


class Words(TypeDecorator[str]):
    """Any text in clear; PostgreSQL's text cannot hold the character NUL, so such a text is written as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write; a member of an enumeration by its value."""
        if value is None:
            return None
        return json.dumps(value) if value.startswith('"') or "\0" in value else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read."""
        if value is None or not value.startswith('"'):
            return value
        text: str = json.loads(value)
        return text
