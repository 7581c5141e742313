"""What all values of the domain share: frozen, strict, and hashed the same way everywhere."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785
from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: it never changes, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=False, ser_json_timedelta="float")


def canonical(value: Any) -> bytes:
    """Return ``value`` (JSON types only) as canonical JSON, RFC 8785: the same bytes in every process."""
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """Return ``sha256:`` and the hexadecimal digest of the canonical form of ``value``."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()
