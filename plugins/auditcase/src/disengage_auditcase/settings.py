"""What may stand under ``[connections.NAME]`` of AuditCase, and the options of a request."""

from __future__ import annotations

import re

from disengage import ConnectionSettings, Secret, Url
from disengage.domain.values import Frozen
from pydantic import field_validator

#: From this version on AuditCase does not ask *facturatie aan* any more.
_NOT_ASKED_FROM = (10, 1)

_VERSION = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}")
_WORD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # what RFC 9110 calls a token


class Options(Frozen):
    """The choices of one request.

    Attributes:
        keep_billing_to: Whether *facturatie aan* stays; None where the request does not say.
        delete_client: Always refused, with the reason.
    """

    keep_billing_to: bool | None = None
    delete_client: bool = False


class AuditCaseSettings(ConnectionSettings):
    """The firm's own AuditCase.

    Attributes:
        base_url: ``https://host/ac/api``; every firm has a host of its own.
        token: The JWT that a user made in AuditCase (personal profile, *applicatietoegang*).
        auth_header: The header that carries the token; the vendor's pages do not name it.
        auth_scheme: The word before the token; empty: the header carries the token alone.
        version: AuditCase's own version, as ``"9.6"``.
    """

    base_url: Url
    token: Secret
    auth_header: str = "Authorization"
    auth_scheme: str = "Bearer"
    version: str

    @field_validator("auth_header")
    @classmethod
    def _auth_header_is_a_header(cls, auth_header: str) -> str:
        if not _WORD.fullmatch(auth_header):
            raise ValueError("must be the name of a header, as 'Authorization'")
        return auth_header

    @field_validator("auth_scheme")
    @classmethod
    def _auth_scheme_is_a_word(cls, auth_scheme: str) -> str:
        if auth_scheme and not _WORD.fullmatch(auth_scheme):
            raise ValueError("must be one word, as 'Bearer', or empty where the header carries the token alone")
        return auth_scheme

    @field_validator("version")
    @classmethod
    def _version_can_be_compared(cls, version: str) -> str:
        if not _VERSION.fullmatch(version):
            raise ValueError("must be AuditCase's own version in numbers and dots, as '9.6' or '10.1'")
        return version

    @field_validator("operations")
    @classmethod
    def _no_operations(cls, operations: dict[str, str]) -> dict[str, str]:
        if operations:
            raise ValueError("has no meaning for AuditCase; every operation that is called has its own path")
        return operations

    @property
    def asks_billing_to(self) -> bool:
        """Whether this version asks, when the klantstatus is changed, if *facturatie aan* is kept."""
        return tuple(map(int, self.version.split("."))) < _NOT_ASKED_FROM
