"""Check the files of a history before their bag is published, each by its format.

A format is a module here with two functions. It is chosen by what a file holds, not by its name alone, and imported
when the first file comes that it may recognise::

    def recognises(name: str, head: bytes) -> bool: ...                       # the first 4096 bytes of the file
    def check(path: Path, subject: str, period: Period) -> Check: ...         # or several: a tuple of them

``check`` reads as a stream, with bounded memory, and raises nothing whatever the file holds: what cannot be read is
*wrong*, what cannot be judged is *not checked*, with the reason. A fault names its line or element.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol, cast

import structlog

from disengage.domain.checks import Check, Verdict
from disengage.domain.request import Period
from disengage.vault.checks import counts
from disengage.vault.checks.counts import StatedCount
from disengage.vault.checks.faults import Faults, not_checked

__all__ = ["Faults", "StatedCount", "check_files", "not_checked"]

log = structlog.get_logger("disengage.vault")

#: The formats known, each a module of this package; the first that recognises a file checks it.
FORMATS = ("sie4", "saft_no", "xaf", "pdf", "zip_archive")

#: So much of a file is shown to those who may recognise it.
HEAD = 4096


class Format(Protocol):
    """A module of this package that knows one format."""

    def recognises(self, name: str, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is, or pretends to be, of this format."""

    def check(self, path: Path, subject: str, period: Period) -> Check | Sequence[Check]:
        """Check one file; never raise."""


def check_files(files: Mapping[str, Path], *, period: Period, stated: Sequence[StatedCount] = ()) -> tuple[Check, ...]:
    """Check every file of a history whose format is known, and every count that a platform stated.

    Args:
        files: The files, by the names under which they were written.
        period: The period that the history has to cover.
        stated: How many items the platform said there are.

    Returns:
        At least one check for every file of a known format and every count, and one for all other files together.
    """
    checks: list[Check] = []
    others: Counter[str] = Counter()
    for name, path in files.items():
        made = _checked(name, path, period)
        checks += made
        if not made:
            others[PurePosixPath(name).suffix.lower() or "no ending"] += 1
    if others:
        checks.append(_of_no_known_format(others))
    return (*checks, *(counts.compare(said, files) for said in stated))


def _checked(name: str, path: Path, period: Period) -> tuple[Check, ...]:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        return (not_checked("content", name, f"it could not be opened: {reason}"),)
    for known in _formats():
        if known.recognises(name, head):
            return _guarded(known, name, path, period)
    return ()


def _guarded(known: Format, name: str, path: Path, period: Period) -> tuple[Check, ...]:
    """Check one file; a checker that breaks on it leaves the file unchecked, and everything else as it is."""
    try:
        made = known.check(path, name, period)
    except Exception as error:  # a hostile file must not end the case; the log says which checker broke
        log.exception("check_broke", format=getattr(known, "__name__", ""), kind=type(error).__name__)
        return (not_checked("content", name, f"the check itself broke: {type(error).__name__}"),)
    return (made,) if isinstance(made, Check) else tuple(made)


@lru_cache(maxsize=1)
def _formats() -> tuple[Format, ...]:
    return tuple(_imported())


def _imported() -> Iterator[Format]:
    for name in FORMATS:
        if importlib.util.find_spec(f"{__name__}.{name}"):
            yield cast("Format", importlib.import_module(f"{__name__}.{name}"))


def _of_no_known_format(others: Counter[str]) -> Check:
    kinds = ", ".join(f"{count} {ending}" for ending, count in sorted(others.items()))
    reason = f"no check is known for files of their kind ({kinds})"
    return Check(name="content", subject=f"{others.total()} other files", verdict=Verdict.NOT_CHECKED, reason=reason)
