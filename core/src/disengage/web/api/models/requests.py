"""What is told of requests that are not planned yet."""

from __future__ import annotations

from disengage.web.api.models.base import Day, Told


class CheckedRequest(Told):
    """A request that could be planned.

    Attributes:
        case: The case that it is already; null: it would be a new one.
    """

    ends_on: Day
    case: str | None


class Checked(Told):
    """Requests that could be planned, in their order."""

    requests: list[CheckedRequest]
