"""What passes between a simulator and whoever calls it, and the journal's line about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Call:
    """One call as a simulator sees it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body or b"null")

    def form(self) -> dict[str, str]:
        """Return the body as a form post."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Reply:
    """One answer of a simulator; ``body`` of any JSON type, or bytes."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        """Whether the body is something else than JSON."""
        kind = next((v for k, v in self.headers.items() if k.lower() == "content-type"), "application/json")
        return isinstance(self.body, bytes) and "json" not in kind.lower()

    def content(self) -> bytes:
        """Return the body's bytes."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Entry:
    """One line of the journal.

    Attributes:
        number: Counted from 1.
        at: Seconds since the epoch.
        method: HTTP method.
        path: Path with query.
        status: What was answered; 0 where no answer was sent.
        fault: The fault that struck, or empty.
        request_id: The ``X-Request-ID`` that came with it.
        effects: How many changes it made.
    """

    number: int
    at: float
    method: str
    path: str
    status: int
    fault: str = ""
    request_id: str = ""
    effects: int = 0
