"""Which bags a case has, by its evidence and by the log, and whether each is as it was kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence

from disengage.domain.values import Frozen
from disengage.engine.view import moment
from disengage.store import Store
from disengage.vault import Vault
from disengage.vault.hashing import in_threads

#: So many bags are read at once; inside each, so many files as help.
AT_ONCE = 2
#: Kinds of events that tell of a bag → where in the payload its digest stands.
BAG_IN = {"history_kept": "digest", "task_done": "bag", "consent_recorded": "bag", "receipt_confirmed": "bag"}
#: The event of a destruction that people decided on.
DESTROYED = "destroyed"


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
    gone = {path: d for d in store.disposal.destructions(case_id) for path in d.bags}
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
    for event in store.log.rows(case_id, kinds=BAG_IN.keys()):
        try:
            digest = json.loads(event["payload"]).get(BAG_IN[event["kind"]])
        except ValueError:
            continue  # the log itself was changed, which is said elsewhere
        if digest and digest not in known:
            yield f"event {event['seq']} tells of a bag ({digest[:12]}…) of {case_id}, and no evidence does"


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
            yield from (f"bag {complaint}" for complaint in found)

    def _read(self, bag: tuple[str, str]) -> tuple[str, ...]:
        path, digest = bag
        before = 0

        def told(size: int) -> None:  # a bag tells its own sum, by one thread at a time
            nonlocal before
            self._count(0, size - before)
            before = size

        found = self._vault.verify(path, digest, told)
        self._count(1, 0)
        return found

    def _count(self, bags: int, size: int) -> None:
        with self._lock:
            self._bags, self.size = self._bags + bags, self.size + size
            self._progress(self._bags, self.size)
