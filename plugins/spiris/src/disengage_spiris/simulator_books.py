"""A company's books and payroll in simulated Spiris, and the files behind addresses that expire.

INFERRED: that an expired address answers 404, and that locking up to a month shows its last day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from disengage.testing import Call, Reply, control, route

from disengage_spiris import fiction, fiction_books
from disengage_spiris.fiction import SimulatedCompany
from disengage_spiris.simulator_door import PAYROLL, V2, Door

_PDF = fiction_books.pdf("Spiris")
_FILES = "/temp/fileanonymous"


class Books(Door):
    """What a grant opens.

    Attributes:
        storage: Where files lie; the simulator itself unless told otherwise.
        addresses_in_lists: Whether a list of attachments holds addresses where they are asked for.
        leaked: How often a file was asked for with credentials, which it must never be.
        loses: What the lists leave out: ``voucher`` (each year's second), ``attachment`` (the first); nothing unless
            told. Not Spiris' habit, but what a copy is checked for.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.storage = ""
        self.addresses_in_lists = True
        self.leaked = 0
        self.loses = ""
        self._files: dict[str, bytes] = {}
        self._handed_out = 0

    def _must(self, call: Call) -> SimulatedCompany:
        company = self.caller(call)
        assert company, "the door lets nobody in without a token"
        return company

    # the company

    @route("GET", f"{V2}/companysettings")
    def company_settings(self, call: Call) -> Reply:
        """Show the company."""
        return Reply(body=self._must(call).settings())

    @route("PUT", f"{V2}/companysettings/accountinglocksettings")
    def lock_books(self, call: Call) -> Reply:
        """Lock the books up to the end of a month."""
        company, body = self._must(call), call.json() or {}
        month = body.get("AccountingLockedAsOf") or {}
        if not {"Year", "Month"} <= month.keys() or not 1 <= month["Month"] <= 12:
            return self.refusal(2000)
        following = date(month["Year"] + month["Month"] // 12, month["Month"] % 12 + 1, 1)
        company.locked_to = f"{following - timedelta(days=1)}T00:00:00Z"
        company.lock_interval = body.get("AccountingLockInterval", company.lock_interval)
        self.effect(f"{company.number} locked to {company.locked_to[:10]}")
        return Reply(body=company.settings())

    @route("GET", f"{V2}/users")
    def users(self, call: Call) -> Reply:
        """List the users."""
        company = self._must(call)
        return self.page(call, [user.row(company.current_user.id) for user in company.users])

    @route("GET", f"{V2}/appstore/status")
    def app_status(self, call: Call) -> Reply:
        """Show whether the app is active."""
        company = self._must(call)
        row = {"Id": fiction.an_id("app"), "ActivationStatus": 0 if company.app_active else 1}
        return self.page(call, [row])

    @route("PUT", f"{V2}/appstore/status")
    def set_app_status(self, call: Call) -> Reply:
        """Make the app active or inactive."""
        company, status = self._must(call), (call.json() or {}).get("ActivationStatus")
        if status not in (0, 1):
            return self.refusal(2000)
        company.app_active = status == 0
        self.effect(f"{company.number} app {'active' if company.app_active else 'inactive'}")
        return Reply(body={"ActivationStatus": status})

    # the books

    @route("GET", f"{V2}/fiscalyears")
    def fiscal_years(self, call: Call) -> Reply:
        """List the fiscal years."""
        return self.page(call, self._must(call).year_rows())

    @route("GET", f"{V2}/sie4export/{{first}}/{{last}}")
    def sie4export(self, call: Call, first: str, last: str) -> Reply:
        """Make a SIE 4 file; both days lie in one fiscal year."""
        company, days = self._must(call), (date.fromisoformat(first), date.fromisoformat(last))
        if not any(start <= days[0] <= days[1] <= end for _, start, end in company.years):
            return self.refusal(2000)
        document = self._document(f"{company.number} sie {first}", "text/plain", company.sie(*days))
        return Reply(body=document)

    @route("GET", f"{V2}/vouchers/{{year_id}}")
    def vouchers(self, call: Call, year_id: str) -> Reply:
        """List a fiscal year's vouchers."""
        rows = self._must(call).vouchers(year_id)
        return self.page(call, [row for place, row in enumerate(rows) if (self.loses, place) != ("voucher", 1)])

    @route("GET", f"{V2}/accountbalances/{{day}}")
    def account_balances(self, call: Call, day: str) -> Reply:
        """List balances on a day."""
        return self.page(call, self._must(call).balances(date.fromisoformat(day)))

    def _register(self, call: Call) -> Reply:
        return self.page(call, self._must(call).register(call.path.rpartition("/")[2]))

    customers = route("GET", f"{V2}/customers")(lambda self, call: self._register(call))
    suppliers = route("GET", f"{V2}/suppliers")(lambda self, call: self._register(call))
    ledger = route("GET", f"{V2}/customerledgeritems")(lambda self, call: self._register(call))
    invoices = route("GET", f"{V2}/supplierinvoices")(lambda self, call: self._register(call))
    notes = route("GET", f"{V2}/notes")(lambda self, call: self._register(call))
    threads = route("GET", f"{V2}/messagethreads")(lambda self, call: self._register(call))
    sales_attachments = route("GET", f"{V2}/salesdocumentattachments")(lambda self, call: self._register(call))

    @route("GET", f"{V2}/salesdocumentattachments/{{attachment_id}}.pdf")
    def sales_attachment(self, call: Call, attachment_id: str) -> Reply:  # noqa: ARG002 -- the route hands it over
        """Give a file itself."""
        return Reply(200, _PDF, {"Content-Type": "application/pdf"})

    @route("GET", f"{V2}/vatreports")
    def vat_reports(self, call: Call) -> Reply:
        """List two VAT reports, of which one has a file."""
        number = self._must(call).number
        rows = [{"Id": fiction.an_id(f"{number} vat {n}"), "Name": f"Moms {n}", "DocumentId": None} for n in (1, 2)]
        rows[0]["DocumentId"] = fiction.an_id(f"{number} vat document")
        return self.page(call, rows)

    @route("GET", f"{V2}/documents/{{document_id}}")
    def document(self, call: Call, document_id: str) -> Reply:
        """Show where a VAT report's PDF lies."""
        if document_id != fiction.an_id(f"{self._must(call).number} vat document"):
            return self.refusal(3000)
        return Reply(body=self._document(document_id, "application/pdf", _PDF))

    # attachments and files

    @route("GET", f"{V2}/attachments")
    def attachments(self, call: Call) -> Reply:
        """List the attachments, with addresses where they are asked for."""
        with_address = self.addresses_in_lists and call.query.get("includeTemporaryUrl", "true") == "true"
        ids = self._must(call).attachment_ids()[1 if self.loses == "attachment" else 0 :]
        return self.page(call, [self._attachment(one, with_address=with_address) for one in ids])

    @route("GET", f"{V2}/attachments/{{attachment_id}}")
    def attachment(self, call: Call, attachment_id: str) -> Reply:
        """Show one attachment."""
        known = attachment_id in self._must(call).attachment_ids()
        return Reply(body=self._attachment(attachment_id)) if known else self.refusal(3000)

    def _attachment(self, attachment_id: str, *, with_address: bool = True) -> dict[str, Any]:
        row = {
            "Id": attachment_id,
            "FileName": "kvitto.PDF",
            "ContentType": "application/pdf",
            "AttachedDocumentType": 3,
            "AttachmentStatus": 0,
            "UploadedBy": "Kari Nordmann",
            "TemporaryUrl": None,
        }
        content = fiction_books.pdf(attachment_id)
        return row | {"TemporaryUrl": self._address(content)} if with_address else row

    def _document(self, name: str, kind: str, content: bytes) -> dict[str, Any]:
        return {
            "Id": fiction.an_id(name),
            "ContentType": kind,
            "Name": name,
            "Size": len(content),
            "Type": 41,
            "TemporaryUrl": self._address(content),
            "Title": name,
        }

    def _address(self, content: bytes) -> str:
        self._handed_out += 1
        key = fiction.an_id(f"file {self._handed_out}")
        self._files[key] = content
        return f"{self.storage or self.url}{_FILES}/{key}"

    @route("GET", f"{_FILES}/{{key}}")
    def file(self, call: Call, key: str) -> Reply:
        """Give a file to whoever has its address."""
        self.leaked += call.headers.get("Authorization") is not None
        content = self._files.get(key)
        return Reply(404) if content is None else Reply(200, content, {"Content-Type": "application/octet-stream"})

    @control
    def lose(self, what: str = "voucher") -> None:
        """Leave something out of the lists from now on; nothing any more with an empty word."""
        with self.lock:
            self.loses = what

    def forget_files(self) -> None:
        """Let every address expire."""
        with self.lock:
            self._files.clear()

    # payroll

    @route("GET", f"{PAYROLL}/employees")
    def employees(self, call: Call) -> Reply:
        """List the employees."""
        return self.page(call, self._must(call).employees())

    @route("GET", f"{PAYROLL}/wageruns")
    def wage_runs(self, call: Call) -> Reply:
        """List the wage runs."""
        return self.page(call, self._must(call).wage_runs())

    @route("GET", f"{PAYROLL}/payslips/wagerun/{{wage_run_id}}")
    def payslips(self, call: Call, wage_run_id: str) -> Reply:  # noqa: ARG002 -- the route hands it over
        """List a wage run's payslips."""
        return self.page(call, self._must(call).payslips())

    @route("GET", f"{PAYROLL}/payslips/{{employee_id}}/withdetails")
    def employee_payslips(self, call: Call, employee_id: str) -> Reply:
        """List an employee's payslips."""
        found = [slip for slip in self._must(call).payslips() if slip["EmployeeId"] == employee_id]
        return self.page(call, found)
