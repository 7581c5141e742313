"""Cases as a process read or wrote them last, so that it need not read again what nobody changed since."""

from __future__ import annotations

import threading
from collections import OrderedDict

from sqlalchemy import Connection

from disengage.domain.case import Case
from disengage.store import cases


class Recent:
    """The last cases at hand, each good for exactly the version it was read or written as.

    Attributes:
        most: How many are kept; none unless somebody says so.
    """

    def __init__(self) -> None:
        self.most = 0
        self._kept: OrderedDict[str, tuple[int, Case]] = OrderedDict()
        self._guard = threading.Lock()

    def load(self, connection: Connection, case_id: str, version: int) -> Case:
        """Return the case, whose version was read in the same transaction."""
        with self._guard:
            known, case = self._kept.get(case_id, (-1, None))
        if case is None or known != version:
            (case,) = cases.load(connection, [case_id])
            self.keep(case, version)
        return case

    def keep(self, case: Case, version: int) -> None:
        """Keep a case as it is stored under ``version``."""
        with self._guard:
            self._kept[case.id] = (version, case)
            self._kept.move_to_end(case.id)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
