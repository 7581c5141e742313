"""Prove a bag where it lies: every file read again, nothing missing, nothing extra, nothing exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from disengage.vault.place import Place
from disengage.vault.tagfiles import ALGORITHMS, Checksums, oxum, read_manifest, read_oxum
from disengage.vault.trouble import touching

_CHUNK = 1 << 20


def complaints(place: Place, path: str, digest: str, *, without: str = "") -> tuple[str, ...]:
    """Return what is wrong with a bag; nothing where it is sound.

    Args:
        place: The vault's place.
        path: The bag's folder in it.
        digest: The SHA-256 of ``tagmanifest-sha256.txt`` as recorded when it was published.
        without: A tag file that is not there yet.

    Raises:
        VaultError: The vault cannot be reached.
    """
    look = _Look(place, path, without)
    if not look.sizes:
        return (f"{path}: there is no such bag in the vault",)
    found = [*look.strange, *look.seal(digest)]
    for algorithm in ALGORITHMS:
        found += look.compare(f"manifest-{algorithm}.txt", algorithm, look.payload)
        found += look.compare(f"tagmanifest-{algorithm}.txt", algorithm, look.tags)
    found += look.oxum()
    return tuple(f"{path}: {complaint}" for complaint in dict.fromkeys(found))


class _Look:
    """One reading of a bag: which files there are, and the checksums of each."""

    def __init__(self, place: Place, path: str, without: str) -> None:
        self.place, self.without = place, without
        self.root = place.path(path)
        self.strange: list[str] = []
        self.sizes = dict(self._files())
        self.sums = {name: sums for name in self.sizes if (sums := self._read(name))}
        self.payload = {name for name in self.sizes if name.startswith("data/")}
        self.tags = {n for n in self.sizes if n not in self.payload and not n.startswith("tagmanifest-")}

    def _files(self) -> Iterator[tuple[str, int]]:
        with touching(self.place.where):
            self.place.fs.invalidate_cache()
            found: dict[str, Any] = self.place.fs.find(self.root, detail=True)
        for path, details in found.items():
            name = path.removeprefix(self.root).lstrip("/")
            if details.get("islink") or details["type"] != "file":
                self.strange.append(f"{name} is not a plain file")
            else:
                yield name, int(details["size"] or 0)

    def _read(self, name: str) -> Checksums | None:
        """Return a file's checksums; None, and a complaint, where it cannot be read."""
        with touching(self.place.where):
            try:
                with self.place.fs.open(f"{self.root}/{name}", "rb") as file:
                    return Checksums.of(iter(lambda: file.read(_CHUNK), b""))
            except OSError as error:
                self.strange.append(f"{name} cannot be read ({error.strerror or type(error).__name__})")
        return None

    def _text(self, name: str) -> str:
        with touching(self.place.where):
            content: bytes = self.place.fs.cat_file(f"{self.root}/{name}")
        return content.decode("utf-8", "replace")

    def seal(self, digest: str) -> Iterator[str]:
        """Compare the tag manifest with what was recorded when the bag was published."""
        name = "tagmanifest-sha256.txt"
        if name in self.sums and self.sums[name]["sha256"] != digest:
            yield f"{name} is not the one that was recorded"

    def compare(self, manifest: str, algorithm: str, there: set[str]) -> Iterator[str]:
        """Compare one manifest with the files it has to list."""
        if manifest not in self.sums:
            yield f"{manifest} is missing"
            return
        listed, wrong = read_manifest(self._text(manifest))
        yield from (f"{manifest}, {complaint}" for complaint in wrong)
        yield from (f"{name} is missing" for name in sorted(set(listed) - there - {self.without}))
        yield from (f"{name} does not belong to the bag" for name in sorted(there - set(listed)))
        for name in sorted(there & set(listed) & set(self.sums)):
            if self.sums[name][algorithm] != listed[name]:
                yield f"{name} is not what was kept: its content has changed"

    def oxum(self) -> Iterator[str]:
        """Compare number and size of the payload with what the bag says of itself."""
        stated = read_oxum(self._text("bag-info.txt")) if "bag-info.txt" in self.sums else None
        counted = oxum(self.sizes[name] for name in self.payload)
        if stated != counted:
            yield f"its payload is {counted} (bytes.files), it states {stated or 'nothing'}"
