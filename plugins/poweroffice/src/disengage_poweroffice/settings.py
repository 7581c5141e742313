"""What a user writes for a PowerOffice Go connection, and the choices that a request may make for it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

from disengage import ConnectionSettings, Secret, Url
from disengage.domain.identifiers import normalise
from disengage.domain.request import Day
from disengage.domain.values import Frozen
from pydantic import Field, field_validator, model_validator


class PowerOfficeSettings(ConnectionSettings):
    """What stands under ``[connections.NAME]`` with ``connector = "poweroffice"``.

    Attributes:
        base_url: The API's base, ``https://goapi.poweroffice.net/v2`` or ``…/Demo/v2``.
        token_url: Where tokens are fetched; by default ``OAuth/Token`` beside ``v2``.
        application_key: The integration's own key.
        client_key: The key of the partner's own client.
        subscription_key: Sent with every call; its rate limit is shared by all clients.
        partner_client_id: The id of the partner's own client.
        client_keys: Organisation number → that client's own key, for exports.
    """

    base_url: Url
    token_url: Url = ""
    application_key: Secret
    client_key: Secret
    subscription_key: Secret
    partner_client_id: str = Field(min_length=1)
    client_keys: dict[str, Secret] = {}

    @field_validator("client_keys")
    @classmethod
    def _keyed_by_organisation_number(cls, keys: dict[str, Secret]) -> dict[str, Secret]:
        return {normalise("orgnr", number, "NO"): key for number, key in keys.items()}

    @model_validator(mode="after")
    def _one_environment(self) -> PowerOfficeSettings:
        # Keys of different environments must not be mixed:
        # https://developer-betatest.poweroffice.net/documentation/authentication (2026-11-22)
        if self.token_url and _is_demo(self.token_url) != _is_demo(self.base_url):
            raise ValueError("'base_url' and 'token_url' are of different environments (one is Demo)")
        return self

    @property
    def token_endpoint(self) -> str:
        """Where tokens are fetched."""
        return self.token_url or f"{self.base_url.removesuffix('/v2')}/OAuth/Token"


def _is_demo(url: str) -> bool:
    return "demo" in urlsplit(url).path.lower().split("/")


class Extra(StrEnum):
    """Documentation that Go's archive adds to the obligated data when it is ticked."""

    BANK_STATEMENTS = "bank_statements"
    A03 = "a03"
    VOUCHER_PDFS = "voucher_pdfs"
    SAFT = "saft"


class PowerOfficeOptions(Frozen):
    """What a request may choose under ``[options.NAME]``.

    Attributes:
        generation_date: When Go makes the obligated data; also the last day of the firm's users.
        subscription_administrator: Whether the subscription administrator is replaced before the relationship
            ends, or later from the archive.
        subscription_administrator_user: The firm's user, by e-mail or id, who stays subscription administrator
            until then.
        users_of_other_partners: The firm's users, by e-mail or id, who keep their access through another partner.
        extras: What is ticked in the dialog besides the obligated data.
        client_stops: The client leaves Go altogether.
    """

    generation_date: Day | None = None
    subscription_administrator: Literal["now", "later"] = "now"
    subscription_administrator_user: str | None = None
    users_of_other_partners: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()
    client_stops: bool = False

    @field_validator("extras", "users_of_other_partners", mode="before")
    @classmethod
    def _a_cell_of_a_csv_is_a_list(cls, value: Any) -> Any:
        return tuple(filter(None, re.split(r"[\s,;]+", value))) if isinstance(value, str) else value

    @property
    def stays(self) -> str | None:
        """The firm's user who stays subscription administrator for now, or None."""
        return self.subscription_administrator_user if self.subscription_administrator == "later" else None

    @property
    def left_alone(self) -> tuple[str, ...]:
        """The firm's users whose last day this case does not set."""
        return (*((self.stays,) if self.stays else ()), *self.users_of_other_partners)
