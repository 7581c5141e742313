"""The one typed value of which both the observed and the wanted state of a link are made.

In an *observed* state ``None`` means the platform's API cannot tell, and is never success.
In a *wanted* state ``None`` means nobody wants anything of this field.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from disengage.domain.values import Frozen


class Holder(StrEnum):
    """Who holds a role on the client's side of a platform."""

    NOBODY = "nobody"
    INVITED = "invited"
    FIRM = "firm"
    CLIENT = "client"


class LinkState(Frozen):
    """What a platform shows, or should show, of one link.

    Attributes:
        linked: The tie between firm and client exists.
        archived: The client stands in the firm's archive list (or is deactivated there).
        administrator: Whether the client's own person named in the request holds the administrator role.
        main_contact: Who is main contact or subscription administrator.
        firm_access: The firm's users on the client: the platform's user id → last day of access
            (inclusive); the value ``None`` is access without an end.
        extensions: The firm's own integrations that are still on the client, by the platform's ids.
        integration: The integration that this connection itself works through is on the client.
        billing_to: Who receives the invoices that run through this client; empty for nobody else.
        ended_on: The end date that the platform records; ``NO_END`` where it records that there is none yet.
        locked_to: The day up to which the client's books are locked on the platform.
        available: No dossier of another firm stands in the way of activating the client (a takeover).
        status: The platform's own status word. Shown, never compared.
        firm_is_administrator: A user of the firm holds the administrator role. For the gate, never compared.
        client_administers: Somebody who is not of the firm holds the administrator role now. For the gate,
            never compared.
    """

    linked: bool | None = None
    archived: bool | None = None
    administrator: Holder | None = None
    main_contact: Holder | None = None
    firm_access: dict[str, date | None] | None = None
    extensions: tuple[str, ...] | None = None
    integration: bool | None = None
    billing_to: str | None = None
    ended_on: date | None = None
    locked_to: date | None = None
    available: bool | None = None
    status: str | None = Field(default=None)
    firm_is_administrator: bool | None = None
    client_administers: bool | None = None


#: The end date of what has none.
NO_END = date.max

#: The fields that the engine compares.
COMPARED: tuple[str, ...] = (
    "linked",
    "archived",
    "administrator",
    "main_contact",
    "firm_access",
    "extensions",
    "integration",
    "billing_to",
    "ended_on",
    "locked_to",
    "available",
)
