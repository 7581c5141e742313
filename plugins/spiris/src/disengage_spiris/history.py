"""The firm's own copy of a company's books and payroll: what the interfaces give, written as it comes.

The layout of the copy is decided here and nowhere else. What cannot be had becomes a gap, with its reason; only the
SIE 4 files, the books themselves, are not negotiable. Nothing is held in memory but a page of a list and a piece of a
file, and no address that opens a file is ever written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from disengage import RejectedError, Sink
from disengage.domain.request import Period
from disengage.keptrows import json_array

from disengage_spiris import api, wire
from disengage_spiris.company import Door
from disengage_spiris.naming import safe, suffix
from disengage_spiris.pages import Told
from disengage_spiris.refusals import AccessEndedError, WithheldError
from disengage_spiris.storage import Storage
from disengage_spiris.wire import CompanyRow, FileRow, IdRow, VatReportRow, YearRow

#: Lists that are kept as they are: file, operation, path.
_LISTS = (
    ("customers", "customers", "/customers"),
    ("suppliers", "suppliers", "/suppliers"),
    ("customer-ledger-items", "customer_ledger_items", "/customerledgeritems"),
    ("supplier-invoices", "supplier_invoices", "/supplierinvoices"),
    ("notes", "notes", "/notes"),
    ("message-threads", "message_threads", "/messagethreads"),
)

T = TypeVar("T")
Rows = Iterable[dict[str, Any]]
#: Asks for a list, each time anew; what it is given is told how many rows Spiris says there are.
Ask = Callable[[Told], Rows]


def twice(read: Callable[[], T]) -> T:
    """Return what ``read`` gives, asked once more where it is refused: a gap in an archive is for ever.

    Raises:
        RejectedError: It is refused again, or for a reason that stays.
    """
    try:
        return read()
    except (AccessEndedError, WithheldError):
        raise
    except RejectedError:
        return read()


class _Copy:
    """What both copies share."""

    def __init__(self, door: Door, sink: Sink) -> None:
        self.door, self.sink = door, sink

    def keep_list(self, name: str, ask: Ask, path: str) -> bool:
        """Write a list as one JSON array; return whether Spiris gave it."""
        try:
            pieces = twice(lambda: _begun(ask(partial(self.sink.stated, name, source=f"GET {path}"))))
        except RejectedError as error:
            self.gap(name, error)
            return False
        self.sink.write(name, pieces, source=f"GET {path}")
        return True

    def gap(self, name: str, error: RejectedError) -> None:
        """Record a refusal, unless it says that all our access has ended: then there is no copy to be made."""
        if isinstance(error, AccessEndedError):
            raise error
        said = f"ErrorCode {error.code}" if error.code else f"status {error.status}"
        self.sink.gap(f"{name}: Spiris does not give it ({said}).")


class Books(_Copy):
    """One copy of the books in the making.

    Args:
        door: To the bookkeeping interface.
        storage: Where files are fetched.
        period: What the firm answers for.
        sink: Where it is written.
        today: In Sweden.
    """

    def __init__(self, door: Door, storage: Storage, period: Period, sink: Sink, today: date) -> None:
        super().__init__(door, sink)
        self.storage, self.period, self.today = storage, period, today
        self.files = 0

    def make(self) -> str:
        """Write everything; return one line on what there is."""
        self.sink.write_json("company-settings.json", self._settings(), source="GET /companysettings")
        self._list("users.json", "users", "/users")
        years = self._years()
        for year in years:
            self._year(year)
        for name, operation, path in _LISTS:
            self._list(f"{name}.json", operation, path)
        self._vat_reports()
        self._attachments()
        self._sales_attachments()
        return f"{len(years)} fiscal years, {self.files} files"

    def _list(self, name: str, operation: str, path: str) -> None:
        self.keep_list(name, lambda told: api.listed(self.door, operation, path, told=told), path)

    def _settings(self) -> Any:
        found = api.company_document(self.door)
        wire.one(CompanyRow, found, "company_settings")
        return wire.fit_to_keep(found)

    def _years(self) -> list[YearRow]:
        rows = list(api.listed(self.door, "fiscal_years", "/fiscalyears"))
        self.sink.write_json("fiscal-years.json", rows, source="GET /fiscalyears")
        years = [wire.one(YearRow, row, "fiscal_years") for row in rows]
        meant = [y for y in years if y.start_date <= self.period.to and y.end_date >= self.period.from_]
        if not meant:
            self.sink.gap("No fiscal year lies in the period: there are no books to copy.")
        elif min(y.start_date for y in meant) > self.period.from_:
            self.sink.gap(f"The period begins before the first fiscal year, {min(y.start_date for y in meant)}.")
        return meant

    def _year(self, year: YearRow) -> None:
        first, last = year.start_date, year.end_date

        def look() -> FileRow:
            return api.sie4_export(self.door, first, last)

        self.storage.keep(self.sink, f"sie4/{first}_{last}.se", (look, look), f"GET /sie4export/{first}/{last}")
        self.files += 1
        name = f"vouchers/{first}_{last}.json"
        self.keep_list(name, lambda told: api.vouchers(self.door, year.id, told), "/vouchers/{fiscalyearId}")
        day = min(last, self.today)
        path = f"/accountbalances/{day}"
        self.keep_list(f"account-balances/{day}.json", lambda told: api.account_balances(self.door, day, told), path)

    def _vat_reports(self) -> None:
        documents: list[str] = []
        path = "/vatreports"
        self.keep_list(
            "vat-reports/index.json",
            lambda told: _watched(
                api.listed(self.door, "vat_reports", path, told=told), documents.append, _document_of
            ),
            path,
        )
        for document_id in filter(None, documents):

            def look(document_id: str = document_id) -> FileRow:
                return api.document(self.door, document_id)

            self._file(f"vat-reports/{safe(document_id)}.pdf", (look, look), "/documents/{id}")

    def _attachments(self) -> None:
        """Write the index first, then list again with addresses, so that each is used as soon as it is given."""
        name = "attachments/index.json"
        if not self.keep_list(
            name, lambda told: api.attachments(self.door, with_address=False, told=told), "/attachments"
        ):
            return
        for row in api.attachments(self.door, with_address=True):
            found = wire.one(FileRow, row, "attachments")

            def listed(found: FileRow = found) -> FileRow:
                return found

            def again(found: FileRow = found) -> FileRow:
                return api.attachment(self.door, found.id)

            looks = (listed, again) if found.temporary_url else (again, again)
            self._file(f"attachments/{safe(found.id)}{suffix(found)}", looks, "/attachments")

    def _file(self, name: str, looks: tuple[Callable[[], FileRow], ...], path: str) -> None:
        """Keep a file; one that is listed and cannot be had is a gap, unless all our access has ended."""
        try:
            if self.sink.already_kept(name, source=f"GET {path}") is None:
                self.storage.keep(self.sink, name, looks, f"GET {path}")
            self.files += 1
        except RejectedError as error:
            self.gap(name, error)

    def _sales_attachments(self) -> None:
        path = "/salesdocumentattachments"
        ids: list[str] = []
        self.keep_list(
            "sales-attachments/index.json",
            lambda told: _watched(api.listed(self.door, "sales_attachments", path, told=told), ids.append, _id_of),
            path,
        )
        for attachment_id in ids:
            self._sales_attachment(attachment_id, path)

    def _sales_attachment(self, attachment_id: str, path: str) -> None:
        name, source = f"sales-attachments/{safe(attachment_id)}", f"GET {path}/{{id}}.pdf"
        try:
            if self.sink.already_kept(name, source=source) is None:
                content = twice(lambda: api.sales_attachment(self.door, attachment_id))
                self.sink.write(name, [content], source=source)
            self.files += 1
        except RejectedError as error:
            self.gap(name, error)


class Payroll(_Copy):
    """One copy of the payroll's data in the making; payslips as PDF have no interface.

    Args:
        door: To the payroll interface.
        sink: Where it is written.
    """

    def make(self) -> str:
        """Write everything; return one line on what there is."""
        people: list[str] = []
        # Who cannot even see the employees has no payroll to copy: that is no gap, but a step that fails.
        employees = _watched(api.employees(self.door), people.append, _id_of)
        self.sink.write("employees.json", _begun(employees), source="GET /v2/employees")
        runs: list[str] = []
        path = "/v2/wageruns"
        self.keep_list(
            "wage-runs.json", lambda told: _watched(api.wage_runs(self.door, told), runs.append, _id_of), path
        )
        for run in runs:
            self._payslips(f"wage-run-{safe(run)}", api.payslips, run, "/v2/payslips/wagerun/{wagerunId}")
        for person in people:
            path = "/v2/payslips/{employeeId}/withdetails"
            self._payslips(f"employee-{safe(person)}", api.employee_payslips, person, path)
        return f"{len(people)} employees, {len(runs)} wage runs"

    def _payslips(self, name: str, ask: Callable[[Door, str, Told], Rows], of: str, path: str) -> None:
        self.keep_list(f"payslips/{name}.json", lambda told: ask(self.door, of, told), path)


def _watched(rows: Rows, note: Callable[[str], None], read: Callable[[Any], str]) -> Rows:
    for row in rows:
        note(read(row))
        yield row


def _id_of(row: Any) -> str:
    return wire.one(IdRow, row, "list").id


def _document_of(row: Any) -> str:
    return wire.one(VatReportRow, row, "vat_reports").document_id or ""


def _begun(rows: Rows) -> Iterator[bytes]:
    """Return ``rows`` as JSON, the first of them fetched already: no file is begun for a refusal.

    No address that opens a file is kept.
    """
    pieces = json_array(map(wire.fit_to_keep, rows))
    return chain([next(pieces)], pieces)
