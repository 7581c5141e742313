"""What a verb returns. Trouble is an exception (``disengage.errors``)."""

from __future__ import annotations

from datetime import timedelta

from disengage.domain.tasks import Instructions
from disengage.domain.values import Frozen


class Done(Frozen):
    """The platform says it is done.

    Attributes:
        receipt: The platform's own word for it (an id, a status), without personal data.
    """

    receipt: str = ""


class Accepted(Frozen):
    """The platform works on it, or somebody there has to agree; look again later.

    Attributes:
        look_again_in: When it is worth looking first. The engine lets the pauses grow.
        receipt: The platform's own word for it.
        waiting_for: What it waits for, one short phrase.
        sent: The words that were sent to somebody (a ticket); kept sealed, as evidence.
    """

    look_again_in: timedelta = timedelta(minutes=15)
    receipt: str = ""
    waiting_for: str = ""
    sent: str = ""


class NeedsPerson(Frozen):
    """The connector cannot go on; a person must.

    Attributes:
        instructions: What that person has to do; the connector's own by-hand instructions where None.
        reason: Why, one sentence.
    """

    instructions: Instructions | None = None
    reason: str = ""


class NotNeeded(Frozen):
    """There is nothing to do.

    Attributes:
        reason: Why, one sentence.
    """

    reason: str


Outcome = Done | Accepted | NeedsPerson | NotNeeded
