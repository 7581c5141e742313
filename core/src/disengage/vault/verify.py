"""Prove a bag where it lies: every file read again, nothing missing, nothing extra, nothing exchanged."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from disengage.vault.hashing import Progress, checksums
from disengage.vault.reach import Reach
from disengage.vault.tagfiles import ALGORITHM, SEAL, oxum, read_manifest, read_oxum

_MANIFEST = re.compile(r"manifest-(sha256|sha512)\.txt")


def complaints(
    reach: Reach,
    path: str,
    digest: str,
    *,
    without: str = "",
    progress: Progress | None = None,
    read: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Return what is wrong with a bag; nothing where it is sound.

    Args:
        reach: Its files.
        path: What it is called in the complaints.
        digest: The SHA-256 of ``tagmanifest-sha256.txt`` as recorded when it was published.
        without: A tag file that is not there yet.
        progress: Told how many bytes were read so far.
        read: The checksums of files that were read before.

    Raises:
        OSError: Its files cannot be listed.
    """
    look = _Look(reach, without)
    if not look.sizes:
        return (f"{path}: there is no such bag in the vault",)
    return tuple(f"{path}: {complaint}" for complaint in dict.fromkeys(look.found(digest, progress, read)))


class _Look:
    """One reading of a bag: which files there are, and the checksums of each."""

    def __init__(self, reach: Reach, without: str) -> None:
        self.reach, self.without = reach, without
        self.sizes, strange = reach.sizes()
        self.wrong = [f"{name} is not a plain file" for name in strange]
        self.payload = {name for name in self.sizes if name.startswith("data/")}
        sealed = self._listed(SEAL)
        # A bag may have a second kind of manifest: only the seal says so, or anybody could add one.
        self.algorithms = sorted({ALGORITHM} | {m[1] for name in sealed if (m := _MANIFEST.fullmatch(name))})
        self.tags = self.sizes.keys() - self.payload - {f"tagmanifest-{a}.txt" for a in self.algorithms}

    def found(self, digest: str, progress: Progress | None, before: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
        """Yield what is wrong, after reading every file that was not read before."""
        wanted: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        wanted.update({name: (ALGORITHM,) for name in self.sizes if name not in self.payload | self.tags})
        wanted.update({name: tuple(self.algorithms) for name in self.payload | self.tags})
        known = {name: before[name] for name in wanted.keys() & before if before[name].keys() >= set(wanted[name])}
        read = known | checksums(self.reach, {n: w for n, w in wanted.items() if n not in known}, progress)
        self.sums = {name: sums for name, sums in read.items() if not isinstance(sums, OSError)}
        yield from self.wrong
        for name, error in read.items():
            if isinstance(error, OSError):
                yield f"{name} cannot be read ({error.strerror or type(error).__name__})"
        if SEAL in self.sums and self.sums[SEAL][ALGORITHM] != digest:
            yield f"{SEAL} is not the one that was recorded"
        for algorithm in self.algorithms:
            yield from self._compare(f"manifest-{algorithm}.txt", algorithm, self.payload)
            yield from self._compare(f"tagmanifest-{algorithm}.txt", algorithm, self.tags)
        yield from self._oxum()

    def _text(self, name: str) -> str:
        """Return a tag file's text; nothing where it cannot be read, which is complained of elsewhere."""
        try:
            return b"".join(bytes(chunk) for chunk in self.reach.chunks(name)).decode("utf-8", "replace")
        except OSError:
            return ""

    def _listed(self, manifest: str) -> dict[str, str]:
        return read_manifest(self._text(manifest))[0] if manifest in self.sizes else {}

    def _compare(self, manifest: str, algorithm: str, there: set[str]) -> Iterator[str]:
        """Compare one manifest with the files it has to list."""
        if manifest not in self.sizes:
            yield f"{manifest} is missing"
            return
        listed, wrong = read_manifest(self._text(manifest))
        yield from (f"{manifest}, {complaint}" for complaint in wrong)
        yield from (f"{name} is missing" for name in sorted(set(listed) - there - {self.without}))
        yield from (f"{name} does not belong to the bag" for name in sorted(there - set(listed)))
        for name in sorted(there & set(listed) & set(self.sums)):
            if self.sums[name][algorithm] != listed[name]:
                yield f"{name} is not what was kept: its content has changed"

    def _oxum(self) -> Iterator[str]:
        """Compare number and size of the payload with what the bag says of itself."""
        stated = read_oxum(self._text("bag-info.txt")) if "bag-info.txt" in self.sizes else None
        counted = oxum(self.sizes[name] for name in self.payload)
        if stated != counted:
            yield f"its payload is {counted} (bytes.files), it states {stated or 'nothing'}"
