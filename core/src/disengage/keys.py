"""What may stand behind single keys of ``disengage.toml``."""

from __future__ import annotations

import re
import zoneinfo
from datetime import time
from importlib.resources import files
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from disengage.domain.complaints import nearest


def _known_country(value: str) -> str:
    table = (files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8")
    if value not in re.findall(r"^[A-Z]{2}", table, re.MULTILINE):
        raise ValueError("must be a country's two capital letters (ISO 3166-1 alpha-2), such as NO or BE")
    return value


def _known_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        hint = nearest(value, zoneinfo.available_timezones())
        raise ValueError(f"must be an IANA time zone, such as Europe/Oslo.{hint}") from None
    return value


def _without_password(value: str) -> str:
    try:
        parts = urlsplit(value)
        hidden = parts.password or re.search(r"(^|&)(password|secret|key)=", parts.query)
    except ValueError:
        raise ValueError("must be a URL") from None
    if hidden:
        raise ValueError(
            "holds a password in clear; leave it out (PostgreSQL reads $PGPASSWORD or ~/.pgpass, S3 its own files)"
        )
    return value


def _store_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme in ("postgresql", "postgresql+psycopg") and rest:
        return _without_password(value)
    if scheme == "sqlite" and len(rest) > 1 and rest.startswith("/") and rest != "/:memory:":
        return value
    raise ValueError("must be sqlite:///FILE or postgresql://USER@HOST/DATABASE")


def _time_of_day(value: str) -> str:
    if not value:
        return value
    try:
        if time.fromisoformat(value).strftime("%H:%M") == value:
            return value
    except ValueError:
        pass
    raise ValueError('must be a time of day, such as "08:00", or empty for never')


#: ISO 3166-1 alpha-2.
Country = Annotated[str, AfterValidator(_known_country)]
#: An IANA time zone.
Zone = Annotated[str, AfterValidator(_known_zone)]
#: Where the store is.
StoreUrl = Annotated[str, AfterValidator(_store_url)]
#: Where the vault is: any fsspec URL.
VaultUrl = Annotated[str, Field(min_length=1), AfterValidator(_without_password)]
#: ``HH:MM``, or empty.
TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
#: From one on.
Count = Annotated[int, Field(strict=True, ge=1)]
#: From none on.
Days = Annotated[int, Field(strict=True, ge=0)]
#: More than none.
Seconds = Annotated[float, Field(strict=True, gt=0)]
