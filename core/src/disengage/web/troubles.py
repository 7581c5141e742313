"""Which HTTP status an error of ours is."""

from __future__ import annotations

from disengage.errors import (
    BlockedError,
    ConnectorError,
    DisengageError,
    InputError,
    LifecycleError,
    NoBagError,
    NotAllowedError,
    NotThereError,
    StoreError,
    ThrottledError,
    TooLargeError,
    VaultError,
)

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
    (VaultError, 503),
    (ConnectorError, 502),
)


def status_of(error: DisengageError) -> int:
    """Return the HTTP status of an error; 500 where it is nobody's fault but ours."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
