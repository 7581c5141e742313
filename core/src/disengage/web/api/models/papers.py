"""Papers, proofs and hand-overs: what is asked, and what is told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from disengage.domain.request import Language
from disengage.engine.handover import To
from disengage.engine.handoverpack import PackFormat
from disengage.papers.sheets import Kind
from disengage.web.api.models.base import Day, Given, Told


class Paper(Given):
    """What paper is wanted.

    Attributes:
        kind: Which.
        form: ``json`` is for the statement only.
        language: Another language than the client's.
        internal: The firm's own statement, with everything in it.
        facts: Paragraphs for a letter or a reply.
    """

    kind: Kind = Field(strict=False)
    form: Literal["pdf", "html", "json"] = "pdf"
    language: Language | None = Field(default=None, strict=False)
    internal: bool = False
    facts: str = Field(default="", max_length=20_000)


class Verify(Given):
    """How it is verified.

    Attributes:
        offline: Log and vault only; no platform is asked.
    """

    offline: bool = False


class Verification(Told):
    """What was checked, and what does not agree.

    Attributes:
        bytes: How much was read of bags.
        links: How many links were observed on the platforms.
        destroyed: Bags that are gone because people decided so.
        not_checked: What could not be checked, and why.
        sound: Whether there is no difference.
    """

    events: int
    evidence: int
    timestamps: int
    bags: int
    bytes: int
    links: int
    destroyed: list[str]
    differences: list[str]
    not_checked: list[str]
    sound: bool


class Export(Given):
    """What goes into an export.

    Attributes:
        internal: Internal notes too, where nobody is to be told.
        whole_log: The events of all cases, so that every link of the chain can be followed.
    """

    internal: bool = False
    whole_log: bool = False


class HandOver(Given):
    """What is handed over, and to whom.

    Attributes:
        to: Who receives it.
        format: ``original``: the platforms' own formats; null: those for a successor, PDF for a client.
        recipient: The recipient's name, if not as requested.
        encrypt_to: Public keys (``age1…`` or ``ssh-…``) that it is encrypted to.
        also: Connections whose history is the firm's own, to be handed over too.
        note: For the records only.
    """

    to: To = Field(strict=False)
    format: PackFormat | None = Field(default=None, strict=False)
    recipient: str = Field(default="", max_length=200)
    encrypt_to: list[Annotated[str, Field(pattern=r"^(age1|ssh-)[ -~]+$", max_length=2000)]] = Field(
        default=[], max_length=20
    )
    also: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(default=[], max_length=50)
    note: str = Field(default="", max_length=4000)


class Consented(Told):
    """Whose consent was recorded."""

    case: str
    recorded: Literal[True]


class Received(Told):
    """What was received.

    Attributes:
        sha256: Of the pack.
        bag: Where the signed receipt is kept.
        digest: Of that bag.
    """

    case: str
    to: To
    sha256: str
    received_on: Day
    bag: str
    digest: str
