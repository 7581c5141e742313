"""Every error of disengage; the type says what to do next.

DisengageError
├── ConfigurationError          disengage.toml cannot be used; a person corrects it
├── InputError                  a request, an option or a command's input cannot be used; a person corrects it
├── PluginError                 a plugin is broken; the others go on without it
├── LifecycleError              what was asked is not allowed in this state
│   └── BlockedError            a blocker is open, or approval is missing or stale
├── StoreError                  the store is missing, locked, too new, or damaged
├── VaultError                  the firm's copy could not be kept or proven
│   └── NoBagError              the vault has no such bag
├── VisitError                  what was asked of a page or of the API
│   ├── NotThereError           there is nothing at this address
│   ├── NotAllowedError         the person may not do that
│   ├── ThrottledError          too many attempts; try again later
│   └── TooLargeError           more was sent than is taken
└── ConnectorError              a platform
    ├── RetryableError          nothing happened; try again later
    ├── OutcomeUnknownError     sent, but no clear answer: observe before anything else
    ├── CredentialsError        the platform does not let us in; pause the connection
    ├── RejectedError           the platform says no
    └── UnexpectedResponseError not what the vendor documents; stop this step

A message reads *what failed: why*; the remedy says what to do. Neither holds a body, a token, an e-mail
address or a personal number. All of them survive pickling.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class DisengageError(Exception):
    """The root of every error that disengage raises on purpose.

    Args:
        message: What failed, and why.
        remedy: What to do about it, as a full sentence.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """Return message and remedy as one text."""
        return f"{self.message} {self.remedy}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the attributes, keyword-only arguments included."""
        return _rebuild, (type(self), self.message, dict(self.__dict__))


def _rebuild(kind: type[DisengageError], message: str, attributes: dict[str, Any]) -> DisengageError:
    error = kind.__new__(kind, message)
    error.args = (message,)
    error.__dict__.update(attributes)
    return error


class ConfigurationError(DisengageError):
    """The configuration cannot be used as it stands."""


class InputError(DisengageError):
    """A request, an option or a command's input cannot be used.

    Args:
        message: What failed, and why.
        remedy: What to do about it.
        fields: What is wrong with which field, by its dotted path, where that is known: ``client.country``.
    """

    fields: Mapping[str, str] = MappingProxyType({})  # most have none, and those recorded earlier

    def __init__(self, message: str, *, remedy: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message, remedy=remedy)
        if fields:
            self.fields = dict(fields)


class PluginError(DisengageError):
    """A plugin cannot be loaded, or does not keep the contract of its hooks."""


class LifecycleError(DisengageError):
    """What was asked is not allowed in the present state; nothing was changed."""


class BlockedError(LifecycleError):
    """A blocker is open, or an approval is missing or stale."""


class StoreError(DisengageError):
    """The store is missing, locked, from a newer version, or damaged."""


class VaultError(DisengageError):
    """The firm's copy of the history could not be written, found or proven."""


class NoBagError(VaultError):
    """The vault has no bag at that path."""


class VisitError(DisengageError):
    """A page, or the API, does not do what was asked of it."""


class NotThereError(VisitError):
    """There is nothing at this address."""


class NotAllowedError(VisitError):
    """The person may not do that."""


class ThrottledError(VisitError):
    """Too many attempts.

    Args:
        message: What failed, and why.
        retry_after: Seconds until the next attempt is looked at.
        remedy: What to do about it.
    """

    def __init__(self, message: str, *, retry_after: int = 60, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class TooLargeError(VisitError):
    """What was sent is larger than is taken."""


class ConnectorError(DisengageError):
    """A platform did not do what was asked."""


class RetryableError(ConnectorError):
    """Nothing happened on the platform; the same call may be made again later.

    Args:
        message: What failed, and why.
        retry_after: Seconds the platform asked us to wait, if it did.
        remedy: What to do if it goes on.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class OutcomeUnknownError(ConnectorError):
    """A changing call was sent and no clear answer came; the platform must be observed first."""


class CredentialsError(ConnectorError):
    """The platform refused our credentials, or none are configured.

    Args:
        message: What failed, and why.
        code: The platform's own error code, where it gives one.
        remedy: What to do about it.
    """

    code: str | None = None  # errors that were recorded before there was a code have none

    def __init__(self, message: str, *, code: str | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.code = code


class RejectedError(ConnectorError):
    """The platform refused the call.

    Args:
        message: What failed, with the platform's own words (redacted).
        status: The HTTP status, where there was one.
        code: The platform's own error code, where it gives one.
        remedy: What to do about it.
    """

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.code = code


class UnexpectedResponseError(ConnectorError):
    """The platform answered something its vendor does not document.

    Args:
        message: What was expected and what came.
        sample: The answer's shape with every value removed, to show the vendor or the developer.
        remedy: What to do about it.
    """

    def __init__(self, message: str, *, sample: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.sample = sample
