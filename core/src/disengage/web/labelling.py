"""Names for the fields of one page, so that every label finds its own."""

from __future__ import annotations

import re

_APART = re.compile(r"[^A-Za-z0-9]+")


class Ids:
    """Gives ids out, each once: made of the form's address and the field's name, the same whenever a page is shown."""

    def __init__(self) -> None:
        self._form = ""
        self._given: dict[str, int] = {}

    def form(self, path: str) -> None:
        """Begin the form that is sent to ``path``."""
        self._form = path

    def field(self, name: str) -> str:
        """Return the id of a field of the form that was begun last."""
        wanted = _APART.sub("-", f"f{self._form}-{name}").strip("-").lower()
        self._given[wanted] = before = self._given.get(wanted, 0) + 1
        return wanted if before == 1 else f"{wanted}--{before}"
