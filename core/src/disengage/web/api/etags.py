"""Entity tags: whether a case is still the one that somebody saw."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from disengage.domain.values import canonical
from disengage.engine.view import case_json
from disengage.web.api.problems import ProblemError

if TYPE_CHECKING:
    from disengage.domain.case import Case
    from disengage.store import Store, Work

_TAG = re.compile(r'(W/)?("[^"]*")')


def etag_of(case: Case) -> str:
    """Return the tag of a case: another one as soon as anything that is shown of it changes."""
    return tag(canonical(case_json(case)))


def tag(content: bytes) -> str:
    """Return the tag of some content."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def matches(etag: str, given: str, *, strongly: bool = False) -> bool:
    """Return whether a list of tags, as ``If-Match`` and ``If-None-Match`` send it, holds this one."""
    if given.strip() == "*":
        return True
    return any(quoted == etag and not (weak and strongly) for weak, quoted in _TAG.findall(given))


def must_match(case: Case, if_match: str) -> None:
    """Let pass the case that ``If-Match`` names.

    Raises:
        ProblemError: It is another one by now.
    """
    if not matches(etag_of(case), if_match, strongly=True):
        raise ProblemError(
            "changed-meanwhile",
            f"The case {case.id} is not the one that you saw: it has changed since.",
            remedy="Read it again, decide again, and send the new ETag.",
            headers={"ETag": etag_of(case)},
        )


class GuardedStore:
    """The store, which lets a case be changed only as long as it is the one that somebody saw.

    The tag is compared within the transaction of the first change, so nobody comes between.

    Args:
        store: The store itself.
        if_match: The tags that are accepted.
    """

    def __init__(self, store: Store, if_match: str) -> None:
        self._store, self._if_match, self._passed = store, if_match, False

    def __getattr__(self, name: str) -> Any:
        """Return whatever else the store has."""
        return getattr(self._store, name)

    @contextmanager
    def change(self, case_id: str) -> Iterator[Work]:
        """Change one case, as the store does.

        Raises:
            ProblemError: It is another one by now; nothing was changed.
        """
        with self._store.change(case_id) as work:
            if not self._passed:
                must_match(work.case, self._if_match)
            self._passed = True
            yield work
