"""Build one bag aside: payload streamed once, checksums taken on the way, tag files at the end."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from disengage.domain.evidence import EvidenceFile
from disengage.errors import VaultError
from disengage.vault import tagfiles
from disengage.vault.bag import BagIdentity, BagReceipt, KeptFile, Stated, plain_source
from disengage.vault.names import SafeNames
from disengage.vault.tagfiles import ALGORITHMS, Checksums
from disengage.vault.trouble import ASIDE, touching

_FREE_TAG = re.compile(r"(?!(tag)?manifest-)[a-z0-9][a-z0-9._-]{0,60}", re.IGNORECASE)
_OWN_TAGS = frozenset({"bagit.txt", "bag-info.txt", "fetch.txt", "inventory.json", "data"})


class BagWriter:
    """The sink of one bag (``disengage.connector.Sink``); several threads may write into it.

    Args:
        folder: An empty folder in which the bag is built.
        identity: Whose history it holds.
        now: The clock, UTC.
    """

    def __init__(self, folder: Path, identity: BagIdentity, now: Callable[[], datetime]) -> None:
        self.folder = folder
        self._identity, self._now = identity, now
        self._names = SafeNames()
        self._payload: dict[str, Checksums] = {}
        self._kept: list[KeptFile] = []
        self._gaps: list[str] = []
        self._stated: list[Stated] = []
        self._tags: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._receipt: BagReceipt | None = None
        with touching(ASIDE):
            (folder / "data").mkdir()

    # the sink

    def write(self, name: str, chunks: Iterable[bytes], *, source: str = "") -> EvidenceFile:
        """Write one payload file from a stream; where the stream breaks off, nothing of it stays.

        Returns:
            The file under the name it has below ``data/``.

        Raises:
            VaultError: There is no room, or the bag is finished.
        """
        original = self._identity.without_link(name)
        stored = self._take(original)
        try:
            sums = _spooled(chunks, self.folder / "data" / stored)
        except BaseException:
            self._give_back(stored)
            raise
        self._keep(stored, original, source, sums)
        return EvidenceFile(name=stored, sha256=sums["sha256"], size=sums.size)

    def write_json(self, name: str, value: Any, *, source: str = "") -> EvidenceFile:
        """Write one JSON file, indented, keys in the order given."""
        return self.write(name, _json(value), source=source)

    def already_kept(self, name: str, *, source: str = "") -> EvidenceFile | None:  # noqa: ARG002 -- nothing is resumed yet
        """Return a file that an earlier, interrupted run wrote completely, or None."""
        return None

    def stated(self, name: str, count: int, *, source: str = "") -> None:
        """Record how many items the platform says there are of a file or folder."""
        said = Stated(name=self._identity.without_link(name), count=count, source=self._plain(source))
        with self._lock:
            self._stated.append(said)

    def gap(self, message: str) -> None:
        """Record that something could not be retained, and why."""
        with self._lock:
            self._gaps.append(self._identity.without_link(message))

    # what is written so far

    def files(self) -> dict[str, Path]:
        """Return the files written so far: the name the connector gave → where it lies on this machine.

        The link's reference in a name is replaced, as in the inventory; a name given twice stands for its first
        file, the second one is under the name it has in the bag.
        """
        found: dict[str, Path] = {}
        with self._lock:
            for kept in self._kept:
                name = kept.name if kept.original_name in found else kept.original_name
                found[name] = self.folder / "data" / kept.name
        return found

    def stated_counts(self) -> tuple[Stated, ...]:
        """Return the counts that the platform stated so far."""
        with self._lock:
            return tuple(self._stated)

    def tag(self, name: str, content: bytes) -> None:
        """Add a further tag file beside ``bag-info.txt``, e.g. ``completeness.json``; the same name replaces it.

        Raises:
            VaultError: The name is one that a bag needs itself, or the bag is finished.
        """
        if not _FREE_TAG.fullmatch(name) or name.lower() in _OWN_TAGS:
            raise VaultError(f"'{name}' cannot be a further tag file of a bag: its name is taken or not plain.")
        with self._lock:
            self._must_be_open()
            self._tags[name] = content

    # the bag

    @property
    def bag(self) -> BagReceipt:
        """The receipt, once the bag is in the vault.

        Raises:
            VaultError: It is not yet published, or never will be.
        """
        if self._receipt is None:
            raise VaultError("The bag has no receipt: it is not published.")
        return self._receipt

    def finish(self) -> BagReceipt:
        """Write the tag files and return the receipt, still without a path; the bag takes nothing more."""
        with self._lock:
            self._closed = True
        text = self._tag_files()
        tags = {name: Checksums.of([content]) for name, content in text.items()}
        seals = {f"tagmanifest-{a}.txt": tagfiles.manifest(tags, a).encode() for a in ALGORITHMS}
        with touching(ASIDE):
            for name, content in (text | seals).items():
                (self.folder / name).write_bytes(content)
        return BagReceipt(
            path="",
            digest=Checksums.of([seals["tagmanifest-sha256.txt"]])["sha256"],
            files=len(self._payload),
            bytes=sum(sums.size for sums in self._payload.values()),
            gaps=tuple(self._gaps),
        )

    def published(self, receipt: BagReceipt) -> None:
        """Take the receipt of the published bag."""
        self._receipt = receipt

    def _take(self, original: str) -> str:
        with self._lock:
            self._must_be_open()
            return self._names.take(original)

    def _must_be_open(self) -> None:
        if self._closed:
            raise VaultError("The bag is finished: nothing more can be written into it.")

    def _plain(self, source: str) -> str:
        return self._identity.without_link(plain_source(source))

    def _give_back(self, stored: str) -> None:
        with self._lock:
            (self.folder / "data" / stored).unlink(missing_ok=True)
            self._names.give_back(stored)

    def _keep(self, stored: str, original: str, source: str, sums: Checksums) -> None:
        kept = KeptFile(
            name=stored,
            original_name=original,
            source=self._plain(source),
            size=sums.size,
            sha256=sums["sha256"],
            fetched_at=self._now().isoformat(timespec="seconds"),
        )
        with self._lock:
            self._must_be_open()
            self._payload[f"data/{stored}"] = sums
            self._kept.append(kept)

    def _tag_files(self) -> dict[str, bytes]:
        sizes = tagfiles.oxum(sums.size for sums in self._payload.values())
        inventory = {"files": self._kept, "gaps": self._gaps, "stated": self._stated}
        manifests = {f"manifest-{a}.txt": tagfiles.manifest(self._payload, a).encode() for a in ALGORITHMS}
        return (
            self._tags
            | manifests
            | {
                "bagit.txt": tagfiles.BAGIT.encode(),
                "bag-info.txt": tagfiles.bag_info(self._identity, sizes, self._now()).encode("utf-8", "replace"),
                "inventory.json": b"".join(_json(inventory)),
            }
        )


def _spooled(chunks: Iterable[bytes], path: Path) -> Checksums:
    """Write a stream to a new file; an error of the stream itself passes as it is."""
    sums = Checksums()
    with touching(ASIDE):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("xb")
    try:
        for chunk in chunks:
            sums.add(chunk)
            with touching(ASIDE):
                file.write(chunk)
    finally:
        with touching(ASIDE):
            file.close()
    return sums


def _json(value: Any) -> Iterator[bytes]:
    plain = to_jsonable_python(value, fallback=str)
    pieces: list[str] = []
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(plain):
        pieces.append(piece)
        if len(pieces) >= 4096:
            yield _encoded(pieces)
            pieces.clear()
    yield _encoded([*pieces, "\n"])


def _encoded(pieces: list[str]) -> bytes:
    # A lone half of a surrogate pair has no UTF-8; its escape means the same in JSON.
    return "".join(pieces).encode("utf-8", "backslashreplace")
