"""Turn every foreign error of writing and reading the vault into a ``VaultError`` that says what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from disengage.errors import DisengageError, VaultError

#: Where bags are built, in words.
ASIDE = "in the working folder where bags are built"
#: No room: the disk, the quota, or the largest file that this process may write.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FREE_SPACE = "Free some space there and run again; nothing was published."


@contextmanager
def touching(where: str) -> Iterator[None]:
    """Map what a filesystem raises in this block; our own errors pass.

    Args:
        where: The place, for the message: ``at file:vault``, ``in the working folder``.
    """
    try:
        yield
    except DisengageError:
        raise
    except OSError as error:
        raise _from_os(error, where) from None
    except Exception as error:  # noqa: BLE001 -- filesystems are plugins of fsspec, each with errors of its own
        # Only the error's name: its text may hold credentials.
        raise VaultError(
            f"The vault cannot be reached {where}: {type(error).__name__}.",
            remedy="See whether the place is up and the credentials for it are valid, and run again.",
        ) from None


def _from_os(error: OSError, where: str) -> VaultError:
    if error.errno in _FULL:
        return VaultError(f"The vault is full: no space is left {where}.", remedy=_FREE_SPACE)
    reason = os.strerror(error.errno).lower() if error.errno else type(error).__name__
    return VaultError(
        f"The vault cannot be reached {where}: {reason}.",
        remedy="See whether the folder is there, mounted and writable for this user, and run again.",
    )
