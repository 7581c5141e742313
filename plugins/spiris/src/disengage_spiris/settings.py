"""What a user writes for a Spiris connection, and the choices that a request may make for it."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

from disengage import ConnectionSettings, Secret, Url
from disengage.domain.identifiers import normalise
from disengage.domain.request import Day
from disengage.domain.values import Frozen
from pydantic import Field, field_validator


class SpirisSettings(ConnectionSettings):
    """What stands under ``[connections.NAME]`` with ``connector = "spiris"``.

    The defaults are the vendor's own hosts, the same for its sandbox
    (https://developer.vismaonline.com/docs/environments, 2026-11-22).

    Attributes:
        base_url: Bookkeeping & Invoicing's API, with ``/v2``.
        payroll_url: The payroll API, without ``/v2``.
        authorize_url: The page on which a person lets us in.
        token_url: Where tokens are fetched.
        revocation_url: Where they are given back.
        client_id: The app's id.
        client_secret: The app's key.
        companies: Swedish organisation number → that company's refresh token. May be empty: what
            ``disengage authorise`` brings is kept in the store.
        email_domains: What the e-mail addresses of the firm's own users end with. Without it every accountant
            that Spiris shows counts as the firm's.
    """

    base_url: Url = "https://eaccountingapi.vismaonline.com/v2"
    payroll_url: Url = "https://vlsapi.vismaonline.com"
    authorize_url: Url = "https://identity.vismaonline.com/connect/authorize"
    token_url: Url = "https://identity.vismaonline.com/connect/token"  # noqa: S105 -- an address
    revocation_url: Url = "https://identity.vismaonline.com/connect/revocation"
    client_id: str = Field(min_length=1)
    client_secret: Secret
    companies: dict[str, Secret] = {}
    email_domains: tuple[str, ...] = ()

    @field_validator("base_url")
    @classmethod
    def _with_its_version(cls, url: str) -> str:
        if "v2" not in urlsplit(url).path.split("/"):
            raise ValueError("must contain /v2")
        return url

    @field_validator("payroll_url")
    @classmethod
    def _without_its_version(cls, url: str) -> str:
        if "v2" in urlsplit(url).path.split("/"):
            raise ValueError("must not contain /v2")
        return url

    @field_validator("companies")
    @classmethod
    def _keyed_by_organisation_number(cls, companies: dict[str, Secret]) -> dict[str, Secret]:
        return {normalise("orgnr", number, "SE"): token for number, token in companies.items()}

    @field_validator("email_domains")
    @classmethod
    def _without_the_at(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(domain.strip().lstrip("@").casefold() for domain in domains)


class Choice(StrEnum):
    """What becomes of the customer's subscription when a collaboration ends."""

    CONTINUE = "continue"
    CANCEL = "cancel"


class Solutions(Frozen):
    """Which collaborations end, and how; the ones that are not named stay as they are."""

    bookkeeping: Choice | None = None
    payroll: Choice | None = None
    travel_expenses: Choice | None = None
    annual_accounts: Choice | None = None
    financial_overview: Choice | None = None
    scanner: Choice | None = None
    digital_invoices: Choice | None = None

    @property
    def chosen(self) -> dict[str, Choice]:
        """The solutions that were named, with the choice for each."""
        return {name: choice for name, choice in self if choice is not None}

    @property
    def left(self) -> list[str]:
        """The solutions that were not named."""
        return [name for name, choice in self if choice is None]


class SpirisOptions(Frozen):
    """What a request may choose under ``[options.NAME]``.

    Attributes:
        solutions: Solution → what becomes of the subscription.
        lock_period: Lock the books up to the last whole month of the period, before anything ends.
        end_on: The day on which the collaborations end, instead of the day after ``ends_on``.
    """

    solutions: Solutions = Solutions()
    lock_period: bool = False
    end_on: Day | None = None
