"""Read what lies in a published bag: its files, their content, its inventory; and take a whole bag away."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from disengage.errors import NoBagError, VaultError
from disengage.vault.place import Place
from disengage.vault.tagfiles import read_manifest
from disengage.vault.trouble import touching

_INVENTORY = "inventory.json"
_MANIFEST = "manifest-sha256.txt"


def is_inside(path: str) -> bool:
    """Return whether ``path`` is a relative path that stays below the folder it counts from."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts


def files_of(place: Place, path: str) -> list[tuple[str, int]]:
    """Return name and size of every file of a bag, tag files included, in the order of names.

    Raises:
        VaultError: There is no such bag, or the vault cannot be reached.
    """
    _must_be_inside(path)
    with touching(place.where):
        files, _ = place.bag(path).sizes()
    if not files:
        raise NoBagError(f"There is no bag '{path}' in the vault.", remedy="Name a bag as `disengage show` does.")
    return sorted(files.items())


def opened(place: Place, path: str, name: str) -> BinaryIO:
    """Open one file of a bag for reading, as a stream.

    Raises:
        VaultError: There is no such file, or the vault cannot be reached.
    """
    _must_be_inside(path)
    _must_be_inside(name)
    with touching(place.where):
        try:
            return cast("BinaryIO", place.fs.open(place.path(path, name), "rb"))
        except FileNotFoundError:
            raise VaultError(
                f"There is no file '{name}' in the bag '{path}'.", remedy="Run `disengage verify` on its case."
            ) from None


def inventory_of(place: Place, path: str) -> dict[str, Any]:
    """Return a bag's ``inventory.json``.

    Raises:
        VaultError: It is not there or not readable.
    """
    with opened(place, path, _INVENTORY) as file, touching(place.where):
        content = file.read()
    try:
        inventory = json.loads(content)
    except ValueError:
        inventory = None
    if not isinstance(inventory, dict):
        raise VaultError(
            f"The inventory of the bag '{path}' is not readable.", remedy="Run `disengage verify` on its case."
        )
    return inventory


def removed(place: Place, path: str) -> list[tuple[str, int, str]]:
    """Remove a bag for good and return name, size and SHA-256 of each payload file that was in it.

    What a killed process left of it is removed too; where its manifest is gone by then, no SHA-256 is known.

    Raises:
        VaultError: It is not there, may not be removed yet, or the vault cannot be reached.
    """
    _must_be_inside(path)
    if place.local:
        with touching(place.where):
            _empty(_hidden(Path(place.root, path)))
    sizes = dict(files_of(place, path))
    listed = _listed(place, path) if _MANIFEST in sizes else dict.fromkeys(sizes, "")
    was_there = [(name, sizes.get(name, 0), digest) for name, digest in sorted(listed.items())]
    with touching(place.where):
        if place.local:
            _remove_folder(Path(place.root, path))
        elif place.bucket:
            place.bucket.remove(place.path(path), path)
        else:
            place.fs.rm(place.path(path), recursive=True)
    return was_there


def _remove_folder(folder: Path) -> None:
    """Take the folder's name away first, so that a bag is never there by half."""
    folder.rename(_hidden(folder))
    _empty(_hidden(folder))


def _hidden(folder: Path) -> Path:
    return folder.with_name(f".removed.{folder.name}")


def _empty(hidden: Path) -> None:
    while hidden.exists():
        with suppress(FileNotFoundError):  # another process is at it too
            shutil.rmtree(hidden)


def _listed(place: Place, path: str) -> dict[str, str]:
    with opened(place, path, _MANIFEST) as file, touching(place.where):
        return read_manifest(file.read().decode("utf-8", "replace"))[0]


def _must_be_inside(path: str) -> None:
    if not is_inside(path):
        raise VaultError(f"'{path}' is not a path in the vault.", remedy="Name a bag as `disengage show` does.")
