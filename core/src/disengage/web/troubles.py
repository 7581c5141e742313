"""Which HTTP status an error of ours is."""

from __future__ import annotations

from disengage.errors import (
    BlockedError,
    ConnectorError,
    DisengageError,
    InputError,
    LifecycleError,
    NoBagError,
    StoreError,
)


class NotThereError(DisengageError):
    """There is nothing at this address."""


class NotAllowedError(DisengageError):
    """The person may not do that."""


class ThrottledError(DisengageError):
    """Too many attempts.

    Args:
        message: What failed, and why.
        retry_after: Seconds until the next attempt is looked at.
        remedy: What to do about it.
    """

    def __init__(self, message: str, *, retry_after: int, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class TooLargeError(DisengageError):
    """What was sent is larger than is taken."""


#: The first that fits.
_STATUS: tuple[tuple[type[DisengageError], int], ...] = (
    (NotThereError, 404),
    (NoBagError, 404),
    (NotAllowedError, 403),
    (ThrottledError, 429),
    (TooLargeError, 413),
    (BlockedError, 409),
    (LifecycleError, 409),
    (InputError, 422),
    (StoreError, 503),
    (ConnectorError, 502),
)


def status_of(error: DisengageError) -> int:
    """Return the HTTP status of an error; 500 where it is nobody's fault but ours."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
