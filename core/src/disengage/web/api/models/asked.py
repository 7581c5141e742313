"""What the API takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from disengage.domain.request import Day
from disengage.web.api.models.base import Given, Words

StepId = Annotated[str, Field(min_length=1, max_length=300)]


class Search(Given):
    """What is searched for.

    Attributes:
        words: Parts of a client's name, or a number however it is written, or a case's id.
        after: Go on behind this place: the ``next`` of the answer before.
        limit: So many at most.
    """

    words: str = Field(min_length=2, max_length=200)
    after: str = Field(default="", pattern=r"^[0-9]{0,18}$")
    limit: int = Field(default=50, ge=1, le=100)


class Approve(Given):
    """Which plan is approved.

    Attributes:
        plan: The hash of the plan that you saw.
    """

    plan: str = Field(pattern=r"^(sha256:)?[0-9a-f]{64}$")


class Retry(Given):
    """What is taken up again.

    Attributes:
        step: The step; null: whatever waits for a platform, was refused or failed.
    """

    step: StepId | None = None


class Skip(Given):
    """Which step is left out, and why."""

    step: StepId
    reason: Words


class Move(Given):
    """Which step gets another date, and why.

    Attributes:
        to: The new date, in the platform's time zone.
        reason: Why; it is recorded.
    """

    step: StepId
    to: Day = Field(strict=False)
    reason: Words | None = None


class Accept(Given):
    """Which finding somebody answers for, and why.

    Attributes:
        code: The finding's code.
    """

    code: str = Field(min_length=1, max_length=300)
    reason: Words


class Because(Given):
    """Why."""

    reason: Words


class Destroy(Given):
    """Which bags are to be destroyed.

    Attributes:
        bags_digest: As the retention of the case shows it.
    """

    bags_digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


class NewFeed(Given):
    """What a calendar shows.

    Attributes:
        named: Whether the clients' names are in it.
    """

    named: bool = False
