"""Check the files of a history before their bag is published, each by its format.

A format is a module here with two functions. It is chosen by what a file holds, not by its name alone, and imported
when the first file comes that it may recognise::

    def recognises(name: str, head: bytes) -> bool: ...                       # the first 4096 bytes of the file
    def check(path: Path, subject: str, period: Period) -> Check: ...         # or several: a tuple of them

and, where it makes sense, two more::

    def check_all(files: Mapping[str, Path], period: Period) -> Iterable[Check]: ...      # instead of check, one by one
    def covers(path: Path) -> Sequence[Span]: ...                             # the days whose books the file holds

``check`` reads as a stream, with bounded memory, and raises nothing whatever the file holds: what cannot be read is
*wrong*, what cannot be judged is *not checked*, with the reason. A fault names its line or element. Whether the period
is covered is asked of all files that ``covers`` knows together: each year may have a file of its own.
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

from disengage.domain.checks import Check, Verdict, not_checked
from disengage.domain.request import Period
from disengage.vault.checks import counts, spans
from disengage.vault.checks.counts import StatedCount
from disengage.vault.checks.faults import Faults

__all__ = ["Faults", "StatedCount", "check_files"]

log = structlog.get_logger("disengage.vault")

#: The formats known, each a module of this package; the first that recognises a file checks it.
FORMATS = ("sie4", "saft_no", "xaf", "pdf", "zip_archive", "json_text")

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
    sorted_by_format, others = _sorted(files)
    checks: list[Check] = []
    for known, mine in sorted_by_format.items():
        checks += _guarded(known, mine, period)
    checks += _covering(sorted_by_format, period)
    checks += others
    return (*checks, *(counts.compare(said, files) for said in stated))


def _sorted(files: Mapping[str, Path]) -> tuple[dict[Format, dict[str, Path]], list[Check]]:
    """Return the files of each format, and the checks that say which files are of none."""
    found: dict[Format, dict[str, Path]] = {}
    unknown: Counter[str] = Counter()
    checks: list[Check] = []
    for name, path in files.items():
        try:
            known = _format_of(name, path)
        except OSError as error:
            checks.append(not_checked("content", name, f"it could not be opened: {error.strerror}"))
            continue
        if known is None:
            unknown[PurePosixPath(name).suffix.lower() or "no ending"] += 1
        else:
            found.setdefault(known, {})[name] = path
    if unknown:
        checks.append(_of_no_known_format(unknown))
    return found, checks


def _format_of(name: str, path: Path) -> Format | None:
    with path.open("rb") as file:
        head = file.read(HEAD)
    return next((known for known in _formats() if known.recognises(name, head)), None)


def _guarded(known: Format, files: Mapping[str, Path], period: Period) -> tuple[Check, ...]:
    """Check the files of one format; a checker that breaks leaves its files unchecked, and everything else as it is."""
    try:
        return tuple(_checked(known, files, period))
    except Exception as error:  # a hostile file must not end the case; the log says which checker broke
        log.exception("check_broke", format=getattr(known, "__name__", ""), kind=type(error).__name__)
        reason = f"the check itself broke: {type(error).__name__}"
        return tuple(not_checked("content", name, reason) for name in files)


def _checked(known: Format, files: Mapping[str, Path], period: Period) -> Iterator[Check]:
    together = getattr(known, "check_all", None)
    if together is not None:
        yield from together(files, period)
        return
    for name, path in files.items():
        made = known.check(path, name, period)
        yield from (made,) if isinstance(made, Check) else made


def _covering(sorted_by_format: Mapping[Format, Mapping[str, Path]], period: Period) -> tuple[Check, ...]:
    """Compare the period with the days that the books hold, where there are any books."""
    found: list[spans.Span] = []
    books = 0
    for known, files in sorted_by_format.items():
        for path in files.values():
            held = _held(known, path)
            found += held
            books += bool(held)
    return (spans.compare(found, books, period),) if books else ()


def _held(known: Format, path: Path) -> Sequence[spans.Span]:
    covers = getattr(known, "covers", None)
    try:
        return covers(path) if covers else ()
    except Exception as error:  # the same as above
        log.exception("check_broke", format=getattr(known, "__name__", ""), kind=type(error).__name__)
        return ()


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
