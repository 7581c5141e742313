"""What may stand under ``[connections.NAME]`` of ClearFacts, and what a request may choose."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from disengage import ConnectionSettings, Secret, Url
from disengage.domain.values import Frozen
from pydantic import AfterValidator

#: Plain addresses only: no name before them, no list, nothing that could become a second header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LONGEST_ADDRESS = 254


def _one_address(value: str) -> str:
    if len(value) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(value):
        raise ValueError("must be one plain e-mail address, such as support@portal.example")
    return value


Address = Annotated[str, AfterValidator(_one_address)]


class ClearFactsSettings(ConnectionSettings):
    """The firm's account at ClearFacts, or at a portal under another name that runs on it.

    Attributes:
        base_url: The GraphQL endpoint itself.
        token: A personal access token.
        support_email: Where the vendor's support team reads; which address serves which brand is not published.
        from_email: The firm's own address, to which support answers.
        smtp_url: A secret as a whole: ``smtps://user:password@host:465`` or ``smtp://user:password@host:587``.
    """

    base_url: Url = "https://api.clearfacts.be/graphql"
    token: Secret
    support_email: Address
    from_email: Address
    smtp_url: Secret


class History(StrEnum):
    """What becomes of the client's history in the portal."""

    MIGRATE = "migrate"
    AFRESH = "afresh"


def one_line(value: str) -> str:
    """Return a text that stays on its own line of a ticket; one of nothing but blanks becomes empty."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


Line = Annotated[str, AfterValidator(one_line)]


class ClearFactsOptions(Frozen):
    """What a request may choose under ``[options.NAME]``.

    Attributes:
        history: All history migrates (paid), or the client starts afresh.
        cost_accepted_by: Who accepted the cost of a migration, by name.
        previous_firm: For a takeover: the firm that has the dossier now.
    """

    history: History | None = None
    cost_accepted_by: Line = ""
    previous_firm: Line = ""
