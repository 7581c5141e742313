"""The tables of ``disengage.toml``: each with its keys, what they mean, and what holds where nothing is said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from disengage.connector import Secret, Url
from disengage.domain.request import Language
from disengage.domain.rights import Role
from disengage.domain.rules import DocumentClass
from disengage.domain.values import Frozen
from disengage.keys import Count, Days, Seconds, StoreUrl, TimeOfDay, VaultUrl


class StoreSettings(Frozen):
    """Where cases are kept.

    Attributes:
        url: ``sqlite:///`` with an absolute path once loaded, or ``postgresql://``.
        key: The secret that holds the key by which the store encrypts tokens.
    """

    url: StoreUrl = "sqlite:///disengage.db"
    key: Secret | None = None


class VaultSettings(Frozen):
    """Where the firm's own copy of the history is kept.

    Attributes:
        url: Any fsspec URL.
        work: The folder where bags are built, and found again after a crash.
        object_lock_days: For how many days every bag is locked, in a bucket with Object Lock; 0: as the bucket does.
    """

    url: VaultUrl = "file:vault"
    work: Annotated[str, Field(min_length=1)] = ".disengage-work"
    object_lock_days: Days = 0


class PolicySettings(Frozen):
    """The firm's own rules.

    Attributes:
        task_days: Business days that a person has for a task.
        watch_days: For how long after closing a case the platforms are looked at again.
        look_ahead_days: So long before a dated step the platforms are observed: has the plan gone stale?
        digest_at: When, on business days, what waits for people is told as one; empty: never.
        remind_days_before: So many business days before it is due a task is marked in the digest.
        escalate_after_days: So many business days after it was due a task is told of by itself, again and again.
    """

    approvals: Count = 1
    approvals_when_data_is_destroyed: Count = 2
    gate: Literal["case", "connection"] = "case"
    task_days: Count = 5
    watch_days: Days = 90
    look_ahead_days: Days = 1
    digest_at: TimeOfDay = "08:00"
    remind_days_before: Days = 1
    escalate_after_days: Count = 3
    read_timeout_seconds: Seconds = 30
    act_timeout_seconds: Seconds = 120
    retain_timeout_seconds: Seconds = 3600


class DaemonSettings(Frozen):
    """How ``disengage daemon`` works.

    Attributes:
        stop_seconds: So long running steps may go on after it was told to stop.
        health_port: Where /healthz, /readyz and /metrics are served on loopback; 0: nowhere.
        log: How a line of the log is written.
        inbox: The watched folder for request files; empty: none.
        otlp_endpoint: Where traces are sent (OTLP over HTTP); empty: nowhere.
    """

    stop_seconds: Annotated[float, Field(strict=True, ge=0, le=3600)] = 20
    health_port: Annotated[int, Field(strict=True, ge=0, le=65535)] = 0
    log: Literal["console", "json"] = "console"
    inbox: str = ""
    otlp_endpoint: Literal[""] | Url = ""


class PapersSettings(Frozen):
    """The firm's own papers.

    Attributes:
        language: Where neither the client nor its country says one; None: English.
        letterhead: Lines under the firm's name: address, registration, telephone.
        logo: A PNG file, relative to the configuration's folder; empty: none.
        templates: A folder whose templates replace ours of the same name; empty: none.
    """

    language: Language | None = None
    letterhead: tuple[str, ...] = ()
    logo: str = ""
    templates: str = ""


class RetentionSettings(Frozen):
    """How long the firm's own copy is kept.

    Attributes:
        rules: A folder with rules of the firm's own, relative to the configuration's; empty: none.
        classes: Step → the classes of documents that its bags hold; a step that is not named: every class.
    """

    rules: str = ""
    classes: dict[str, Annotated[tuple[DocumentClass, ...], Field(min_length=1)]] = {}


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


class OidcSettings(Frozen):
    """Sign-in through the firm's own identity provider (OpenID Connect).

    Attributes:
        issuer: The provider's address, as its tokens name it; empty: no such sign-in.
        client_id: What the provider calls this site.
        client_secret: The secret that the provider gave for it.
        name: What the button says.
        username_claim: The claim that is the person's login name here.
        roles_claim: The claim that lists groups; empty: roles are given here, by an administrator.
        roles: Group of the provider → the role it gives here.
    """

    issuer: Literal[""] | Url = ""
    client_id: str = ""
    client_secret: Secret | None = None
    name: str = "OpenID Connect"
    username_claim: str = "preferred_username"
    roles_claim: str = ""
    roles: dict[str, Role] = {}


class WebSettings(Frozen):
    """How the pages and the API are served.

    Attributes:
        host: The address listened at; anything but loopback belongs behind a proxy that speaks TLS.
        port: The port.
        base_url: Under which people reach it, where that is not ``http://host:port``: ``https://…``, without a path.
        session_hours: So long somebody stays signed in at most.
        idle_minutes: So long somebody stays signed in without doing anything.
        upload_megabytes: The most that one upload may hold.
        oidc: Sign-in through the firm's own identity provider.
    """

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(strict=True, ge=0, le=65535)] = 8321
    base_url: Literal[""] | Url = ""
    session_hours: Count = 12
    idle_minutes: Count = 60
    upload_megabytes: Count = 200
    oidc: OidcSettings = OidcSettings()

    def address(self, port: int | None = None) -> str:
        """Return where a browser on this machine finds the pages: at ``port``, by default the one configured."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port if port is None else port}"
