"""Build one bag aside: payload streamed once, checksums taken on the way, tag files at the end."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from disengage.domain.evidence import EvidenceFile
from disengage.errors import VaultError
from disengage.vault import tagfiles
from disengage.vault.bag import BagIdentity, BagReceipt, KeptFile, Stated, plain_source
from disengage.vault.earlier import Earlier
from disengage.vault.hashing import Checksums
from disengage.vault.names import SafeNames
from disengage.vault.profile import PROFILE_FILE, profile
from disengage.vault.site import Site
from disengage.vault.tagfiles import ALGORITHM, MANIFEST, SEAL
from disengage.vault.trouble import ASIDE, touching

_FREE_TAG = re.compile(r"(?!(tag)?manifest-)[a-z0-9][a-z0-9._-]{0,60}", re.IGNORECASE)
#: Smaller pieces are written together, larger ones at once.
_BUFFER = 1 << 15
_OWN_TAGS = frozenset({"bagit.txt", "bag-info.txt", "fetch.txt", "inventory.json", "data", PROFILE_FILE})


class BagWriter:
    """The sink of one bag (``disengage.connector.Sink``); several threads may write into it.

    Args:
        site: Where the bag is built.
        identity: Whose history it holds.
        now: The clock, UTC.
    """

    def __init__(self, site: Site, identity: BagIdentity, now: Callable[[], datetime]) -> None:
        self._site, self._identity, self._now = site, identity, now
        self._names = SafeNames()
        self._earlier = Earlier(site, self._names)
        self._kept: dict[str, KeptFile] = {}
        self._gaps: list[str] = []
        self._stated: list[Stated] = []
        self._tags: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._parts, self._data, self._number = str(site.parts), str(site.bag / "data"), count()
        self._closed = False
        self._receipt: BagReceipt | None = None

    # the sink

    def write(self, name: str, chunks: Iterable[bytes], *, source: str = "") -> EvidenceFile:
        """Write one payload file from a stream; where the stream breaks off, nothing of it stays.

        Returns:
            The file under the name it has below ``data/``.

        Raises:
            VaultError: There is no room, or the bag is finished.
        """
        original = self._identity.without_link(name)
        with self._lock:
            self._must_be_open()
            self._earlier.drop(original)
        part = f"{self._parts}/{next(self._number)}"
        try:
            sums = self._spooled(chunks, part)
            return self._keep(part, original, self._plain(source), sums)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)  # noqa: PTH108 -- a string like all paths here: a bag has very many
            raise

    def write_json(self, name: str, value: Any, *, source: str = "") -> EvidenceFile:
        """Write one JSON file, indented, keys in the order given."""
        return self.write(name, _json(value), source=source)

    def already_kept(self, name: str, *, source: str = "") -> EvidenceFile | None:
        """Return a file that an earlier, interrupted run wrote completely from the same source, or None.

        The file is read again before it is taken: what is not what was written is fetched anew.
        """
        with self._lock:
            self._must_be_open()
            kept = self._earlier.take(self._identity.without_link(name), self._plain(source))
            if kept is not None:
                self._kept[kept.name] = kept
        return _evidence(kept) if kept else None

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
            for kept in self._kept.values():
                name = kept.name if kept.original_name in found else kept.original_name
                found[name] = self._site.bag / "data" / kept.name
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

    def close(self) -> None:
        """Take nothing more: whoever still writes gets an error, and touches nothing of the bag."""
        with self._lock:
            self._closed = True

    def finish(self) -> BagReceipt:
        """Write the tag files and return the receipt, still without a path; the bag takes nothing more."""
        self.close()
        self._earlier.drop_all()
        sizes = [kept.size for kept in self._kept.values()]
        tags = {name: self._tag_file(name, chunks) for name, chunks in self._tag_files(tagfiles.oxum(sizes)).items()}
        seal = self._tag_file(SEAL, tagfiles.manifest(tags))
        return BagReceipt(path="", digest=seal, files=len(sizes), bytes=sum(sizes), gaps=tuple(self._gaps))

    def published(self, receipt: BagReceipt) -> None:
        """Take the receipt of the published bag."""
        self._receipt = receipt

    def _must_be_open(self) -> None:
        if self._closed:
            raise VaultError("The bag is finished: nothing more can be written into it.")

    def _plain(self, source: str) -> str:
        return self._identity.without_link(plain_source(source))

    def _keep(self, part: str, original: str, source: str, sums: Checksums) -> EvidenceFile:
        """Give a complete file its name in the bag, and note it."""
        at = self._now().isoformat(timespec="seconds")
        with self._lock:
            self._must_be_open()
            stored = self._names.take(original)
            kept = KeptFile(stored, original, source, sums.size, sums[ALGORITHM], at)
            with self._touching():
                _moved(part, f"{self._data}/{stored}")
                self._site.journal.add(kept)
            self._kept[stored] = kept
            if self._site.read_back:
                self._site.read_back.add(f"data/{stored}")
        return _evidence(kept)

    def _tag_files(self, payload_oxum: str) -> dict[str, Iterable[bytes]]:
        digests = {f"data/{kept.name}": kept.sha256 for kept in self._kept.values()}
        begun = self._site.journal.begun
        info = tagfiles.bag_info(self._identity, payload_oxum, begun, self._now()).encode("utf-8", "replace")
        given: dict[str, Iterable[bytes]] = {name: [content] for name, content in self._tags.items()}
        return given | {
            "bagit.txt": [tagfiles.BAGIT.encode()],
            "bag-info.txt": [info],
            "inventory.json": tagfiles.inventory(self._kept.values(), self._gaps, self._stated),
            PROFILE_FILE: [profile()],
            MANIFEST: tagfiles.manifest(digests),
        }

    def _tag_file(self, name: str, chunks: Iterable[bytes]) -> str:
        return self._spooled(chunks, str(self._site.bag / name))[ALGORITHM]

    def _spooled(self, chunks: Iterable[bytes], path: str) -> Checksums:
        """Write a stream to a new file; an error of the stream itself passes as it is."""
        sums = Checksums()
        with self._touching():
            # Nobody writes into it again, from the first moment on.
            file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "wb", _BUFFER)
        try:
            for chunk in chunks:
                sums.add(chunk)
                with self._touching():
                    file.write(chunk)
        except BaseException:
            with suppress(OSError):
                file.close()
            raise
        with self._touching():
            file.close()
        return sums

    def _touching(self) -> _Spoils:
        return _Spoils(self._site)


class _Spoils:
    """``touching`` the working folder, which is of no use any more once it failed; light, for every piece."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            self._site.spoilt = True
            with touching(ASIDE):
                raise error


def _moved(part: str, target: str) -> None:
    try:
        os.rename(part, target)  # noqa: PTH104
    except FileNotFoundError:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        os.rename(part, target)  # noqa: PTH104


def _evidence(kept: KeptFile) -> EvidenceFile:
    return EvidenceFile(name=kept.name, sha256=kept.sha256, size=kept.size)


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
