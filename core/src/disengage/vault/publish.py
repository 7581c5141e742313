"""Bring a finished bag into the vault, whole or not at all, and never over another one."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from disengage.errors import VaultError
from disengage.vault.aside import aside
from disengage.vault.place import Place
from disengage.vault.trouble import touching
from disengage.vault.verify import complaints

#: Without this file a folder is no bag, so where nothing can be renamed it comes last.
_LAST = "bagit.txt"
_TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR})


def publish(built: Path, place: Place, shelf: str, label: str, digest: str) -> str:
    """Copy the bag in ``built`` to ``shelf/label-N`` in the vault, verified there, and return that path.

    N is the first number that is free; two at once get two numbers.

    Raises:
        VaultError: It could not be written or was not sound after writing; nothing was published.
    """
    place.prepare()
    way = _by_renaming if place.local else _by_copying
    with touching(place.where):
        return way(built, place, shelf, label, digest)


def _by_renaming(built: Path, place: Place, shelf: str, label: str, digest: str) -> str:
    folder = Path(place.root, shelf)
    try:
        with aside(folder, f".{label}.", mode=0o755) as hidden:
            _copied(built, hidden)
            _must_be_sound(complaints(place, f"{shelf}/{hidden.name}", digest))
            _made_read_only(hidden)
            final = _renamed(hidden, label, _versions(label, (path.name for path in folder.iterdir())))
            _synced(folder)
    except BaseException:
        _tidied(folder, Path(place.root))
        raise
    return f"{shelf}/{final}"


def _renamed(hidden: Path, label: str, versions: Iterable[int]) -> str:
    """Rename to the first free number: the system refuses to rename onto a folder that holds anything."""
    for version in versions:
        try:
            return hidden.rename(hidden.with_name(f"{label}-{version}")).name
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
    raise AssertionError("numbers do not end")


def _by_copying(built: Path, place: Place, shelf: str, label: str, digest: str) -> str:
    with _claimed(place, shelf, label) as path:
        for name in sorted(set(_files(built)) - {_LAST}, key=lambda name: not name.startswith("data/")):
            place.fs.put_file(str(built / name), place.path(path, name))
        _must_be_sound(complaints(place, path, digest, without=_LAST))
        place.fs.put_file(str(built / _LAST), place.path(path, _LAST))
        if place.fs.cat_file(place.path(path, _LAST)) != (built / _LAST).read_bytes():
            _must_be_sound((f"{_LAST} is not what was written",))
    return path


@contextmanager
def _claimed(place: Place, shelf: str, label: str) -> Iterator[str]:
    """Yield the path of the first free number; on failure, remove what was written there."""
    path, claim = _claim(place, shelf, label)
    try:
        yield path
    except BaseException:
        with suppress(Exception):
            place.fs.rm(place.path(path), recursive=True)
        raise
    finally:
        with suppress(Exception):
            place.fs.rm(claim)


def _claim(place: Place, shelf: str, label: str) -> tuple[str, str]:
    """Claim the first free number by a file that only one can create."""
    place.fs.makedirs(place.path(shelf), exist_ok=True)
    place.fs.invalidate_cache()
    there = (str(path).rpartition("/")[2] for path in place.fs.ls(place.path(shelf), detail=False))
    for version in _versions(label, there):
        path, claim = f"{shelf}/{label}-{version}", place.path(shelf, f".{label}-{version}.claim")
        try:
            place.fs.pipe_file(claim, b"", mode="create")
        except FileExistsError:
            continue
        place.fs.invalidate_cache()
        if not place.fs.exists(place.path(path)):
            return path, claim
        place.fs.rm(claim)
    raise AssertionError("numbers do not end")


def _versions(label: str, there: Iterable[str]) -> Iterator[int]:
    """Return the numbers to try, from the one after the highest that is there."""
    pattern = re.compile(re.escape(label) + r"-(\d+)")
    numbers = [int(match[1]) for name in there if (match := pattern.fullmatch(name))]
    return count(max(numbers, default=0) + 1)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _copied(built: Path, hidden: Path) -> None:
    (hidden / "data").mkdir()
    for name in _files(built):
        _copied_file(built / name, hidden / name)


def _copied_file(source: Path, target: Path) -> None:
    """Copy one file and wait until the disk has it: data is destroyed elsewhere on the strength of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as given, target.open("xb") as taken:
        shutil.copyfileobj(given, taken, 1 << 20)
        taken.flush()
        os.fsync(taken.fileno())


def _made_read_only(folder: Path) -> None:
    for name in _files(folder):
        (folder / name).chmod(0o444)


def _tidied(folder: Path, root: Path) -> None:
    """Remove the folders that a bag would have been in, as far as they are empty."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _must_be_sound(found: tuple[str, ...]) -> None:
    if found:
        raise VaultError(
            f"The bag was not sound after it was written: {found[0]}.",
            remedy="Check the disk or the store behind the vault, and run again; nothing was published.",
        )
