"""Whether the vouchers of a copy are all there: their numbers against the series, their documents against Go's list.

"Voucher numbers are assigned by Go in sequence": ``AccountTransactionDto`` of the vendor's OpenAPI (2026-11-22). Not
found: whether the sequence begins anew with a year. A number that no entry of the period has may belong to a voucher
posted outside of it: near the period's ends that is usual, and not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from disengage import Check, Fault, UnexpectedResponseError
from disengage.domain.checks import judged, not_checked
from disengage.domain.request import Period
from disengage.keptrows import rows_kept

from disengage_poweroffice import wire
from disengage_poweroffice.wire import DocumentationRow, PostingRow

NUMBERS = "poweroffice-numbers"
DOCUMENTS = "poweroffice-documents"

_INDEX = "vouchers/index.json"
#: What was registered in one quarter may be posted in the one before or after: CHOSEN, no source says how far it goes.
_NEAR = timedelta(days=92)


@dataclass
class Postings:
    """What the ledger's lines tell of vouchers.

    Attributes:
        days: Voucher number → the day of its first line.
        vouchers: Voucher id, in lower case → voucher number.
    """

    days: dict[int, date] = field(default_factory=dict)
    vouchers: dict[str, int] = field(default_factory=dict)

    def take(self, line: PostingRow) -> None:
        """Add one line."""
        self.days.setdefault(line.voucher_no, line.posting_date)
        self.vouchers.setdefault(line.voucher_id.casefold(), line.voucher_no)


class Hole(NamedTuple):
    """Numbers that no entry has, between two that have some."""

    after: int
    before: int
    missing: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"after {self.after}, before {self.before}"


def check_numbers(postings: Postings, period: Period) -> Check:
    """Return whether the series has holes within a year; near the period's ends they are told, and not judged."""
    inside: list[Hole] = []
    near: list[Hole] = []
    for hole in _holes(postings.days):
        ends = (postings.days[hole.after], postings.days[hole.before])
        judgeable = period.from_ + _NEAR <= min(ends) and max(ends) <= period.to - _NEAR
        (inside if judgeable else near).append(hole)
    if near and not inside:
        reason = f"numbers are missing near the period's ends, where vouchers may be posted outside: {_in_a_row(near)}"
        return not_checked(NUMBERS, "the voucher numbers", reason)
    faults = (
        Fault(
            code="voucher_gap",
            where=f"vouchers {hole}",
            message=f"{hole.missing} voucher numbers have no entry, although Go assigns them in sequence",
        )
        for hole in inside
    )
    return judged(NUMBERS, "the voucher numbers", faults, f"{len(postings.days)} voucher numbers, none missing between")


def _holes(days: Mapping[int, date]) -> Iterator[Hole]:
    """Yield the holes between vouchers of one year; the numbers of another year may begin anywhere."""
    for after, before in pairwise(sorted(days)):
        missing = before - after - 1
        if missing and days[after].year == days[before].year:
            yield Hole(after, before, missing)


def check_documents(postings: Postings, files: Mapping[str, Path]) -> Check:
    """Return whether all that Go lists as documentation of the copied vouchers is in the copy."""
    if _INDEX not in files:
        return not_checked(DOCUMENTS, _INDEX, "Go's list of documentation is not in the copy")
    found = _Documents(files)
    try:
        faults = list(found.missing(files[_INDEX]))
    except (OSError, ValueError, UnexpectedResponseError):
        return not_checked(DOCUMENTS, _INDEX, "it is not as it was written, or not as Go documents it")
    unlisted = sorted(number for voucher, number in postings.vouchers.items() if voucher not in found.listed)
    if found.without and unlisted:  # Go lists vouchers without documentation too: one that it does not list was lost
        faults += [
            Fault(code="documentation_unlisted", where=f"voucher {number}", message="Go's list does not name it")
            for number in unlisted
        ]
    bare = sorted({*found.without, *unlisted})
    none = f"; Go has none of {len(bare)}: {_in_a_row(bare)}" if bare else ""
    return judged(DOCUMENTS, _INDEX, faults, f"{found.documented} vouchers have their documentation in the copy{none}")


class _Documents:
    """The list of documentation against the files of a copy, while its rows pass."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._folders = {name.split("/")[1] for name in files if name.startswith("attachments/")}
        self.listed: set[str] = set()
        self.without: list[int] = []
        self.documented = 0

    def missing(self, index: Path) -> Iterator[Fault]:
        """Yield what the list names and the copy lacks."""
        for item in rows_kept(index):
            row = wire.one(DocumentationRow, item, "voucher_documentation")
            self.listed.add(row.voucher_id.casefold())
            place = f"{row.voucher_no}-{row.voucher_id}"
            lacks = row.downloadable and f"vouchers/{place}.zip" not in self._files
            if lacks:
                yield _missing(row, "Go lists documentation that is not in the copy")
            if row.has_sales_order_attachments and place not in self._folders:
                lacks = True
                yield _missing(row, "Go lists files on its order that are not in the copy")
            if not row.downloadable and not row.has_sales_order_attachments:
                self.without.append(row.voucher_no or 0)
            self.documented += not lacks and (row.downloadable or bool(row.has_sales_order_attachments))


def _missing(row: DocumentationRow, message: str) -> Fault:
    return Fault(code="document_missing", where=f"voucher {row.voucher_no}", message=message)


def _in_a_row(numbers: Iterable[object], most: int = 50) -> str:
    """Return the first of ``numbers`` in words, and how many more there are."""
    found = iter(numbers)
    listed = [str(number) for number in islice(found, most)]
    more = sum(1 for _ in found)
    return ", ".join(listed) + (f" and {more} more" if more else "")
