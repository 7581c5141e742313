"""Which bags a case has, by its evidence and by the log, and whether each is as it was kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from disengage.domain.values import Frozen
from disengage.engine.view import moment
from disengage.errors import VaultError
from disengage.store import Store
from disengage.vault import Vault
from disengage.vault.hashing import Checksums, in_threads
from disengage.vault.tagfiles import SEAL, read_manifest

#: So many bags are read at once; inside each, so many files as help.
AT_ONCE = 2
#: Kinds of events that tell of a bag → where in the payload its digest stands.
BAG_IN = {"history_kept": "digest", "task_done": "bag", "consent_recorded": "bag", "receipt_confirmed": "bag"}
#: Without this event, in which people decided it, a bag that is gone is missing and not destroyed.
DECIDED = "destruction_approved"


class Kept(Frozen):
    """What is kept of a case, as its evidence says.

    Attributes:
        evidence: How many pieces of evidence there are.
        bags: Path and digest of each bag that must be in the vault.
        destroyed: Of each that was destroyed on purpose: which, and when.
        complaints: What is wrong with the evidence.
    """

    evidence: int
    bags: tuple[tuple[str, str], ...]
    destroyed: tuple[str, ...]
    complaints: tuple[str, ...]


def kept_of(store: Store, case_id: str) -> Kept:
    """Verify the evidence of a case, and return what it says is kept."""
    checked = store.log.verify_evidence(case_id)
    decided = {bag["bag"] for event in _payloads(store, case_id, DECIDED) for bag in event.get("bags", ())}
    gone = {path: d for d in store.disposal.destructions(case_id) for path in d.bags if path in decided}
    known = {digest for _, digest in checked.bags}
    return Kept(
        evidence=checked.pieces,
        bags=tuple((path, digest) for path, digest in checked.bags if path not in gone),
        destroyed=tuple(
            f"bag {path}: destroyed on purpose"
            + (f" on {moment(d.finished_at)}" if d.finished_at else ", not finished")
            for path, d in gone.items()
        ),
        complaints=(*checked.complaints, *_without_evidence(store, case_id, known)),
    )


def _without_evidence(store: Store, case_id: str, known: set[str]) -> Iterator[str]:
    """Yield the bags that the log tells of and no evidence does: somebody took the evidence away."""
    for kind, column in BAG_IN.items():
        for event in _payloads(store, case_id, kind):
            digest = event.get(column)
            if digest and digest not in known:
                yield f"event {event['seq']} tells of a bag ({digest[:12]}…) of {case_id}, and no evidence does"


def _payloads(store: Store, case_id: str, kind: str) -> Iterator[dict[str, Any]]:
    """Yield what events of one kind tell, each with its number; a changed one is complained of elsewhere."""
    for row in store.log.rows(case_id, kinds=(kind,)):
        with suppress(ValueError, TypeError):
            yield {**json.loads(row["payload"]), "seq": row["seq"]}


class Reading:
    """Reads bags again, two at once.

    Args:
        vault: The vault.
        progress: Told how many bags, and how many bytes in all, were read so far.

    Attributes:
        size: How many bytes were read so far.
    """

    def __init__(self, vault: Vault, progress: Callable[[int, int], None]) -> None:
        self._vault, self._progress, self._lock = vault, progress, threading.Lock()
        self._bags = self.size = 0

    def complaints(self, bags: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Yield what is wrong with bags, given by path and digest, in their order.

        Raises:
            VaultError: The vault cannot be reached.
        """
        for found in in_threads(self._read, bags, AT_ONCE):
            yield from found

    def _read(self, bag: tuple[str, str]) -> tuple[str, ...]:
        path, digest = bag
        before = 0

        def told(size: int) -> None:  # a bag tells its own sum, by one thread at a time
            nonlocal before
            self._count(0, size - before)
            before = size

        found = self._vault.verify(path, digest, told)
        self._count(1, 0)
        return tuple(f"bag {_exact(self._vault, bag, complaint)}" for complaint in found)

    def _count(self, bags: int, size: int) -> None:
        with self._lock:
            self._bags, self.size = self._bags + bags, self.size + size
            self._progress(self._bags, self.size)


def _exact(vault: Vault, bag: tuple[str, str], complaint: str) -> str:
    """Add to a complaint about the content of a file which checksum was expected, and which was found."""
    path, digest = bag
    name, changed, _ = complaint.removeprefix(f"{path}: ").partition(" is not ")
    try:
        expected = digest if name == SEAL else _listed(vault, path).get(name)
        if not (changed and expected):
            return complaint
        with vault.open_file(path, name) as file:
            found = Checksums.of(iter(lambda: file.read(1 << 20), b""))["sha256"]
    except (VaultError, OSError):
        return complaint
    return f"{complaint} (expected {expected[:12]}, found {found[:12]})"


def _listed(vault: Vault, path: str) -> dict[str, str]:
    """Return what the manifests of a bag list."""
    listed: dict[str, str] = {}
    for manifest in (SEAL, "manifest-sha256.txt"):
        with vault.open_file(path, manifest) as file:
            listed |= read_manifest(file.read().decode("utf-8", "replace"))[0]
    return listed
