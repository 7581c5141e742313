"""Keep values exactly in JSON text: dates and times, which JSON does not have, get a tag."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any


def moment_text(value: datetime) -> str:
    """Return an aware time as RFC 3339 text in UTC, always to the microsecond.

    Raises:
        ValueError: The time has no time zone.
    """
    if value.tzinfo is None:
        raise ValueError("a time without a time zone cannot be stored")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_from(text: str) -> datetime:
    """Return the aware UTC time that ``moment_text`` wrote."""
    return datetime.fromisoformat(text)


_READ: dict[str, Callable[[str], Any]] = {
    "$moment": moment_from,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
}


def dumps(value: Any) -> str:
    """Return ``value`` as JSON text in ASCII; dates, times and aware datetimes come back as what they were."""
    return json.dumps(_tagged(value), separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """Return what ``dumps`` was given; tuples come back as lists, aware times in UTC."""
    return _untagged(json.loads(text))


def _tagged(value: Any) -> Any:
    if isinstance(value, dict):
        return {_escaped(key): _tagged(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tagged(item) for item in value]
    if isinstance(value, datetime):
        return {"$moment": moment_text(value)} if value.tzinfo else {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, time):
        return {"$time": value.isoformat()}
    return value


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (tag := next(iter(value))) in _READ:
        return _READ[tag](value[tag])
    return {key.removeprefix("$") if key.startswith("$$") else key: _untagged(v) for key, v in value.items()}


def _escaped(key: str) -> str:
    """Put a second ``$`` before a key that could be taken for a tag."""
    return f"${key}" if key.startswith("$") else key
