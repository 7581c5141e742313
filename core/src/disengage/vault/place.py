"""Where the vault is: an fsspec URL, and the filesystem that reaches it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import fsspec
from fsspec.core import url_to_fs

from disengage.errors import VaultError
from disengage.vault.reach import InFolder, OverFsspec, Reach
from disengage.vault.trouble import touching

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):(//)?(?P<rest>.*)", re.DOTALL)
_EXTRAS = {"s3": "disengage[s3]", "s3a": "disengage[s3]"}


class Place:
    """The vault's place.

    Args:
        url: Any fsspec URL: ``file:vault``, ``s3://bucket/prefix``, ``memory:``.
        folder: Where a relative ``file:`` path counts from.

    Attributes:
        fs: The filesystem.
        root: The vault's folder, as the filesystem writes it.
        local: The same as a path, where it is a folder of this machine; else None.
        where: Words for messages.

    Raises:
        VaultError: The protocol is not known, or its package is not installed.
    """

    def __init__(self, url: str, folder: Path) -> None:
        match = _URL.fullmatch(url)
        scheme, rest = (match["scheme"], match["rest"]) if match else ("file", url)
        self.local = Path(folder, rest).absolute() if scheme in ("file", "local") else None
        self._is_relative = not Path(rest).is_absolute()
        self.where = f"at {self.local or scheme + '://' + rest.rpartition('@')[2].split('?')[0]}"
        self.fs, root = _opened(f"file://{self.local}" if self.local else f"{scheme}://{rest}", scheme)
        self.root = root.rstrip("/")

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
            else:
                self.fs.makedirs(self.root, exist_ok=True)

    def exists(self) -> bool:
        """Return whether the vault's folder is there."""
        with touching(self.where):
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
        filesystem, root = url_to_fs(url)
        return filesystem, root


def _not_installed(scheme: str) -> VaultError:
    package = _EXTRAS.get(scheme, f"the package that fsspec needs for '{scheme}'")
    return VaultError(
        f"The vault at {scheme}: cannot be reached: the package for it is not installed.",
        remedy=f"Install {package}, and run again.",
    )
