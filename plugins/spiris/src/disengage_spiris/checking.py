"""Whether a copy of a company's books is whole: its vouchers, their attachments, and the SIE files beside them.

Works on the files that ``history`` wrote, row by row; held in memory is a sum by voucher, one fiscal year at a time.
Fields as in the vendor's OpenAPI (``VoucherApi``). That a SIE file names a voucher with series and number as
``NumberAndNumberSeries`` does is INFERRED: where not one agrees, nothing is said of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path, PurePosixPath

from disengage import Check, Fault, UnexpectedResponseError
from disengage.domain.checks import judged, not_checked
from disengage.keptrows import rows_kept

from disengage_spiris import wire
from disengage_spiris.naming import safe
from disengage_spiris.sie_vouchers import sie_vouchers
from disengage_spiris.wire import IdRow, VoucherRow

VOUCHERS = "spiris-vouchers"
NUMBERS = "spiris-numbers"
ATTACHMENTS = "spiris-attachments"
SIE = "spiris-sie"

_INDEX = "attachments/index.json"
_YEAR = re.compile(r"vouchers/(\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d)\.json")
_NUMBER = re.compile(r"(\D*)(\d{1,12})")
_UNREADABLE = "it is not as it was written, or not as Spiris documents it"
_TROUBLE = (OSError, ValueError, UnexpectedResponseError)


def checks(files: Mapping[str, Path]) -> tuple[Check, ...]:
    """Return the checks of one copy of the books; ``files`` by the names under which they were written."""
    years = [name for name in files if _YEAR.fullmatch(name)]
    if not years:
        reason = "it holds no vouchers that came through the API; of what a person brings only the format is checked"
        return (not_checked(VOUCHERS, "the copy", reason),)
    attached = _Attached(files)
    found = [check for name in years for check in _of_a_year(name, files, attached)]
    return (*found, attached.check())


class _Attached:
    """The attachments in the copy, and what is said to be attached and is not there."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._kept = {PurePosixPath(name).stem for name in files if name.startswith("attachments/") and name != _INDEX}
        self._faults: list[Fault] = []
        self._count = 0

    def of(self, voucher: VoucherRow, year: str) -> None:
        """Look for what is attached to a voucher."""
        ids = (voucher.attachments and voucher.attachments.attachment_ids) or ()
        for attachment in ids:
            self._look(attachment, f"voucher {voucher.number_and_number_series} of {year}")

    def _look(self, attachment: str, where: str) -> None:
        self._count += 1
        if safe(attachment) not in self._kept:
            message = "a file that Spiris says is attached is not in the copy"
            self._faults.append(Fault(code="attachment_missing", where=where, message=message))

    def check(self) -> Check:
        """Return whether all that vouchers and the list of attachments name is in the copy."""
        if _INDEX not in self._files:
            return not_checked(ATTACHMENTS, _INDEX, "Spiris' list of attachments is not in the copy")
        try:
            for place, row in enumerate(rows_kept(self._files[_INDEX]), 1):
                self._look(wire.one(IdRow, row, "attachments").id, f"{_INDEX}, entry {place}")
        except _TROUBLE:
            return not_checked(ATTACHMENTS, _INDEX, _UNREADABLE)
        return judged(ATTACHMENTS, _INDEX, self._faults, f"{self._count} mentions of attachments, all in the copy")


def _of_a_year(name: str, files: Mapping[str, Path], attached: _Attached) -> Iterator[Check]:
    year, sums, faults = name.removeprefix("vouchers/").removesuffix(".json"), dict[str, Decimal](), list[Fault]()
    try:
        for row in rows_kept(files[name]):
            voucher = wire.one(VoucherRow, row, "vouchers")
            number = voucher.number_and_number_series or ""
            amounts = [line.debit_amount - line.credit_amount for line in voucher.rows]
            debit = sum((amount for amount in amounts if amount > 0), Decimal(0))
            sums[number] = sums.get(number, Decimal(0)) + debit
            if sum(amounts):
                message = f"debit less credit is {sum(amounts)}, not zero"
                faults.append(Fault(code="voucher_balance", where=f"voucher {number}", message=message))
            attached.of(voucher, year)
    except _TROUBLE:
        yield not_checked(VOUCHERS, name, _UNREADABLE)
        return
    yield judged(VOUCHERS, name, faults, f"{len(sums)} vouchers balance")
    yield _of_numbers(name, sums)
    yield _of_sie(f"sie4/{year}.se", files, sums)


def _of_numbers(name: str, sums: Mapping[str, Decimal]) -> Check:
    """Return whether the series have holes; that Spiris leaves none is not documented, so that a hole is only told."""
    series: defaultdict[str, set[int]] = defaultdict(set)
    for number in sums:
        found = _NUMBER.fullmatch(number)
        if found:
            series[found[1]].add(int(found[2]))
    holes = [
        f"{letter}{after + 1}" if before == after + 2 else f"{letter}{after + 1} to {letter}{before - 1}"
        for letter, numbers in sorted(series.items())
        for after, before in pairwise((0, *sorted(numbers)))
        if before > after + 1
    ]
    if holes:
        more = f" and {len(holes) - 20} more" if len(holes) > 20 else ""
        return not_checked(NUMBERS, name, f"voucher numbers are not there: {', '.join(holes[:20])}{more}")
    return judged(NUMBERS, name, (), f"{len(series)} series of numbers without a hole")


def _of_sie(name: str, files: Mapping[str, Path], sums: Mapping[str, Decimal]) -> Check:
    """Return whether the year's SIE file holds the same vouchers, with the same amounts."""
    if name not in files:
        return not_checked(SIE, name, "the SIE file of this year is not in the copy")
    try:
        found = sie_vouchers(files[name])
    except OSError:
        return not_checked(SIE, name, "it cannot be read")
    if not found and sums:
        return not_checked(SIE, name, "the SIE file holds no vouchers to compare")
    if sums and not found.keys() & sums.keys():
        return not_checked(SIE, name, "not one voucher has the same number in the list and in the SIE file")
    return judged(SIE, name, _differences(found, sums), f"{len(sums)} vouchers are the same in the list and here")


def _differences(found: Mapping[str, Decimal], sums: Mapping[str, Decimal]) -> Iterator[Fault]:
    for number in sorted({*found, *sums}):
        where = f"voucher {number}"
        if number not in found:
            yield Fault(code="voucher_not_in_sie", where=where, message="it is in the list, and not in the SIE file")
        elif number not in sums:
            yield Fault(code="voucher_not_in_list", where=where, message="it is in the SIE file, and not in the list")
        elif found[number] != sums[number]:
            message = f"its debits are {sums[number]} in the list and {found[number]} in the SIE file"
            yield Fault(code="voucher_differs", where=where, message=message)
