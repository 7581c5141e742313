"""What may stand under ``[timestamps]``: who stamps the end of the event log, and how often."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from disengage.connector import Url
from disengage.domain.values import Frozen
from disengage.keys import Count


class TimestampSettings(Frozen):
    """A time-stamping authority (RFC 3161).

    Attributes:
        url: Where it is asked; empty: nowhere.
        certificates: A PEM file with its root certificate, and with intermediate ones that its answers leave out.
        hash: By which digest the end of the log is sent.
        every_hours: So often the daemon asks, where the log grew since.
    """

    url: Literal[""] | Url = ""
    certificates: str = ""
    hash: Literal["sha256", "sha512"] = "sha256"
    every_hours: Count = 24

    @model_validator(mode="after")
    def _can_be_proven(self) -> TimestampSettings:
        if self.url and not self.certificates:
            raise ValueError("has a 'url' and no 'certificates', without which no time stamp can be proven")
        return self
