"""The files that an earlier process completed: taken into the bag where they are asked for, else removed."""

from __future__ import annotations

from collections import defaultdict, deque

from disengage.vault.bag import KeptFile
from disengage.vault.hashing import Checksums
from disengage.vault.names import SafeNames
from disengage.vault.reach import InFolder
from disengage.vault.site import Site


class Earlier:
    """What an earlier process left, not yet asked for.

    Args:
        site: Where it lies.
        names: The names of the bag; those of the files left are taken.
    """

    def __init__(self, site: Site, names: SafeNames) -> None:
        self._data, self._names = site.bag / "data", names
        self._left: defaultdict[str, deque[KeptFile]] = defaultdict(deque)
        for kept in site.journal.earlier:
            names.keep(kept.name)
            self._left[kept.original_name].append(kept)

    def take(self, original: str, source: str) -> KeptFile | None:
        """Return a file of this name from this source; None, and it is removed, where it is not what was written."""
        left = self._left[original]
        kept = next((kept for kept in left if kept.source == source), None)
        if kept is None:
            return None
        left.remove(kept)
        if self._is_whole(kept):
            return kept
        self._remove(kept)
        return None

    def drop(self, original: str) -> None:
        """Remove the first file of this name: it is being written anew."""
        if left := self._left[original]:
            self._remove(left.popleft())

    def drop_all(self) -> None:
        """Remove what nobody asked for."""
        for left in self._left.values():
            for kept in left:
                self._remove(kept)
        self._left.clear()

    def _remove(self, kept: KeptFile) -> None:
        (self._data / kept.name).unlink(missing_ok=True)
        self._names.give_back(kept.name)

    def _is_whole(self, kept: KeptFile) -> bool:
        try:
            sums = Checksums.of(InFolder(self._data).chunks(kept.name))
        except OSError:
            return False
        return (sums.size, sums["sha256"]) == (kept.size, kept.sha256)
