"""Bring a finished bag into the vault, whole or not at all, and never over another one."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from disengage.errors import VaultError
from disengage.vault.aside import aside
from disengage.vault.hashing import in_threads
from disengage.vault.place import Place
from disengage.vault.reach import CHUNK, InFolder
from disengage.vault.site import Site
from disengage.vault.trouble import ASIDE, touching
from disengage.vault.verify import complaints

#: Without this file a folder is no bag, so where nothing can be renamed it comes last.
_LAST = "bagit.txt"
_TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR})


def publish(site: Site, place: Place, shelf: str, label: str, digest: str) -> str:
    """Bring the bag of a site to ``shelf/label-N`` in the vault, verified, and return that path.

    N is the first number that is free; two at once get two numbers.

    Raises:
        VaultError: It could not be written or was not sound after writing; nothing was published.
    """
    place.prepare()
    if not place.local:
        with touching(place.where):
            return _by_copying(site.bag, place, shelf, label, digest)
    _settled(site, digest)
    with touching(place.where):
        return _into_folder(site.bag, place.local, shelf, label, digest)


def _settled(site: Site, digest: str) -> None:
    """Read the rest of the bag again where it was built, once the disk has all of it."""
    try:
        with touching(ASIDE):
            read = site.read_back.checksums() if site.read_back else {}
            _must_be_sound(complaints(InFolder(site.bag, settle=ASIDE), "bag", digest, read=read))
            _synced(site.bag)
    except VaultError:
        site.spoilt = True
        raise


def _into_folder(built: Path, root: Path, shelf: str, label: str, digest: str) -> str:
    folder = root / shelf
    try:
        folder.mkdir(parents=True, exist_ok=True)
        final = _moved(built, folder, label) or _copied(built, folder, label, digest)
        _synced_folder(folder)
    except BaseException:
        _tidied(folder, root)
        raise
    return f"{shelf}/{final}"


def _moved(built: Path, folder: Path, label: str) -> str | None:
    """Rename the bag into the vault; None where that is another disk."""
    try:
        return _renamed(built, folder, label)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return None


def _copied(built: Path, folder: Path, label: str, digest: str) -> str:
    """Copy the bag to where it will be, under a hidden name; read it there again before it gets its own."""
    with aside(folder, f".{label}.", mode=0o755) as hidden:
        for name in _files(built):
            _copied_file(built / name, hidden / name)
        (hidden / "data").mkdir(exist_ok=True)
        _must_be_sound(complaints(InFolder(hidden, settle=f"at {folder}"), hidden.name, digest))
        _synced(hidden)
        return _renamed(hidden, folder, label)


def _renamed(bag: Path, folder: Path, label: str) -> str:
    """Rename to the first free number: the system refuses to rename onto a folder that holds anything."""
    for version in _versions(label, (path.name for path in folder.iterdir())):
        try:
            return bag.rename(folder / f"{label}-{version}").name
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
    raise AssertionError("numbers do not end")


def _by_copying(built: Path, place: Place, shelf: str, label: str, digest: str) -> str:
    if place.bucket:
        place.bucket.must_be_able_to_lock(place.root)
    with _claimed(place, shelf, label) as path:
        _sent(built, place, path, sorted(set(_files(built)) - {_LAST}))
        _must_be_sound(complaints(place.bag(path), path, digest, without=_LAST))
        _sent(built, place, path, [_LAST])
        if place.fs.cat_file(place.path(path, _LAST)) != (built / _LAST).read_bytes():
            _must_be_sound((f"{_LAST} is not what was written",))
        if place.bucket:
            place.bucket.lock(place.path(path))
    return path


def _sent(built: Path, place: Place, path: str, names: Sequence[str]) -> None:
    """Send files, several at once; none of them over another one."""

    def send(name: str) -> None:
        file, target = built / name, place.path(path, name)
        if place.bucket:
            place.bucket.send(str(file), target, file.stat().st_size)
        else:
            place.fs.put_file(str(file), target, mode="create")

    for _ in in_threads(send, names, place.bag(path).threads):
        pass


@contextmanager
def _claimed(place: Place, shelf: str, label: str) -> Iterator[str]:
    """Yield the path of the first free number; on failure, remove what was written there."""
    path, claim = _claim(place, shelf, label)
    try:
        yield path
    except BaseException:
        with suppress(Exception):
            _removed(place, path)
        raise
    finally:
        with suppress(Exception):
            place.fs.rm(claim)


def _removed(place: Place, path: str) -> None:
    if place.bucket:
        place.bucket.remove(place.path(path), path)
    else:
        place.fs.rm(place.path(path), recursive=True)


def _claim(place: Place, shelf: str, label: str) -> tuple[str, str]:
    """Claim the first free number by a file that only one can create."""
    for version in _versions(label, _on_shelf(place, shelf)):
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


def _on_shelf(place: Place, shelf: str) -> list[str]:
    if not place.bucket:
        place.fs.makedirs(place.path(shelf), exist_ok=True)
    place.fs.invalidate_cache()
    try:
        return [str(path).rpartition("/")[2] for path in place.fs.ls(place.path(shelf), detail=False)]
    except FileNotFoundError:  # a bucket has no folders but those in which something lies
        return []


def _versions(label: str, there: Iterable[str]) -> Iterator[int]:
    """Return the numbers to try, from the one after the highest that is there."""
    pattern = re.compile(re.escape(label) + r"-(\d+)")
    numbers = [int(match[1]) for name in there if (match := pattern.fullmatch(name))]
    return count(max(numbers, default=0) + 1)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _copied_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as given, target.open("xb") as taken:
        shutil.copyfileobj(given, taken, CHUNK)
        os.fchmod(taken.fileno(), 0o444)


def _tidied(folder: Path, root: Path) -> None:
    """Remove the folders that a bag would have been in, as far as they are empty."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def _synced(bag: Path) -> None:
    """Wait until the disk has the names of all files: data is destroyed elsewhere on the strength of them."""
    for folder, _, _ in os.walk(bag):
        _synced_folder(Path(folder))


def _synced_folder(folder: Path) -> None:
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
