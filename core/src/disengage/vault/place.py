"""Where the vault is: an fsspec URL, and the filesystem that reaches it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import fsspec
from fsspec.core import url_to_fs

from disengage.errors import VaultError
from disengage.vault.bucket import Bucket
from disengage.vault.reach import InFolder, OverFsspec, Reach
from disengage.vault.trouble import touching

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):(//)?(?P<rest>.*)", re.DOTALL)
_S3 = frozenset({"s3", "s3a"})
#: How long S3 is waited for: seconds for a connection and for an answer, and how often it is asked.
_PATIENCE = {"connect_timeout": 10, "read_timeout": 60, "retries": {"mode": "standard", "max_attempts": 3}}


class Place:
    """The vault's place.

    Args:
        url: Any fsspec URL: ``file:vault``, ``s3://bucket/prefix``, ``memory:``.
        folder: Where a relative ``file:`` path counts from.
        lock_days: For how many days bags are locked, in a bucket with Object Lock; 0: as the bucket does by itself.

    Attributes:
        fs: The filesystem.
        bucket: What only S3 has, where it is S3; else None.
        root: The vault's folder, as the filesystem writes it.
        local: The same as a path, where it is a folder of this machine; else None.
        where: Words for messages.

    Raises:
        VaultError: The protocol is not known, its package is not installed, or it has no Object Lock.
    """

    def __init__(self, url: str, folder: Path, *, lock_days: int = 0) -> None:
        match = _URL.fullmatch(url)
        scheme, rest = (match["scheme"], match["rest"]) if match else ("file", url)
        self.local = Path(folder, rest).absolute() if scheme in ("file", "local") else None
        self._is_relative = not Path(rest).is_absolute()
        self.where = f"at {self.local or scheme + '://' + rest.rpartition('@')[2].split('?')[0]}"
        self.fs, root = _opened(f"file://{self.local}" if self.local else f"{scheme}://{rest}", scheme)
        self.root = root.rstrip("/")
        self.bucket = Bucket(self.fs, lock_days) if scheme in _S3 else None
        if lock_days and not self.bucket:
            raise VaultError(
                f"[vault] object_lock_days is set, and the vault at {scheme}: has no Object Lock: only s3:// has.",
                remedy="Take object_lock_days out, or let the vault be in a bucket.",
            )

    def path(self, *parts: str) -> str:
        """Return the filesystem's own path of something in the vault."""
        return "/".join([self.root, *parts])

    def bag(self, path: str) -> Reach:
        """Return the way to the files of a bag."""
        return InFolder(Path(self.root, path)) if self.local else OverFsspec(self.fs, self.path(path))

    def prepare(self) -> None:
        """Create the vault's folder; above an absolute one there must be a folder: an unmounted disk is noticed."""
        with touching(self.where):
            if self.local:
                self.local.mkdir(mode=0o700, parents=self._is_relative, exist_ok=True)
            elif self.bucket:
                self.bucket.must_be_there(self.root)
            else:
                self.fs.makedirs(self.root, exist_ok=True)

    def exists(self) -> bool:
        """Return whether the vault's folder is there."""
        with touching(self.where):
            if self.bucket:
                return self.bucket.is_there(self.root)
            return bool(self.local.is_dir() if self.local else self.fs.exists(self.root))


def _opened(url: str, scheme: str) -> tuple[Any, str]:
    try:
        fsspec.get_filesystem_class(scheme)
    except ValueError:
        raise VaultError(
            f"The vault's URL begins with '{scheme}:', which no filesystem here is called.",
            remedy="Write file:, s3:// or memory:, or another protocol of fsspec, under [vault] url.",
        ) from None
    except ImportError:
        raise _not_installed(scheme) from None
    with touching(f"at {scheme}:"):
        more = {"config_kwargs": _PATIENCE} if scheme in _S3 else {}
        filesystem, root = url_to_fs(url, **more)
        return filesystem, root


def _not_installed(scheme: str) -> VaultError:
    package = "disengage[s3]" if scheme in _S3 else f"the package that fsspec needs for '{scheme}'"
    return VaultError(
        f"The vault at {scheme}: cannot be reached: the package for it is not installed.",
        remedy=f"Install {package}, and run again.",
    )
