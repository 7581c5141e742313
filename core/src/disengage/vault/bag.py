"""What a bag is: whose it is, what was kept in it, and the receipt for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

from disengage.domain.values import Frozen

#: A reference shorter than this is a running number; taking it out would tear up other words.
_SHORTEST_REFERENCE = 6


class BagReceipt(Frozen):
    """What is remembered of a published bag.

    Attributes:
        path: The bag's folder, relative to the vault's URL.
        digest: Hexadecimal SHA-256 of its ``tagmanifest-sha256.txt``, which covers everything in it.
        files: How many payload files it has.
        bytes: Their size together.
        gaps: What could not be retained, and why.
    """

    path: str
    digest: str
    files: int
    bytes: int
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One payload file, as the bag's inventory and the journal of its making list it; a bag has very many."""

    name: str
    original_name: str
    source: str
    size: int
    sha256: str
    fetched_at: str

    def as_json(self) -> dict[str, str | int]:
        """Return it as JSON types, in the order of its fields."""
        return {name: getattr(self, name) for name in self.__slots__}


class Stated(Frozen):
    """How many items the platform says there are of a file (its items) or of a folder (its files; ends in ``/``)."""

    name: str
    count: int
    source: str


class BagIdentity(Frozen):
    """Whose history a bag holds."""

    case: str
    connection: str
    link: str
    label: str
    about: Mapping[str, str] = {}

    @property
    def link_digest(self) -> str:
        """What stands for the link in paths and tag files: a link may be a personal number."""
        return hashlib.sha256(f"{self.case}\n{self.link}".encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @property
    def fingerprint(self) -> str:
        """What two bags share only if they are of the same history, of the same period, of the same step."""
        parts = [self.case, self.connection, self.link, self.label, *sorted(f"{k}={v}" for k, v in self.about.items())]
        return hashlib.sha256("\n".join(map(repr, parts)).encode("utf-8", "surrogatepass")).hexdigest()

    def without_link(self, text: str) -> str:
        """Return ``text`` with the link, in every usual way of writing it, replaced by its digest."""
        for form in _forms(self.link):
            if form in text:
                text = text.replace(form, self.link_digest)
        return text


@lru_cache(maxsize=64)
def _forms(link: str) -> tuple[str, ...]:
    """Return the usual ways of writing a reference, the longest first."""
    forms = {link, quote(link, safe="", errors="replace"), re.sub(r"\D", "", link)}
    return tuple(form for form in sorted(forms, key=len, reverse=True) if len(form) >= _SHORTEST_REFERENCE)


def plain_source(source: str) -> str:
    """Return a source without what may be secret in it: user, password, query and fragment."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return ""
    if not parts.netloc:
        return source.split("?")[0].split("#")[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
