import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import structlog
from disengage import CredentialsError, Done, Link, Request, UnexpectedResponseError
from disengage.testing import Call, Fault, Reply
from disengage_poweroffice import fiction_books
from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.history import Copy
from disengage_poweroffice.manifest import RETAINING
from disengage_poweroffice.simulator import PowerOfficeSimulator

Connect = Callable[..., PowerOffice]
Ask = Callable[..., Request]


REGISTERS = ("accounts", "customers", "suppliers", "employees", "contacts", "bank-accounts")
SUBLEDGER = ("statement", "open-items-2026-12-31", "balances-2026-12-31")


def the_link(go: PowerOfficeSimulator) -> Link:
    return Link(ref=go.clients[0].id, name="Nordlys Kafé AS")


def a_short(request: Request, first: date, last: date) -> Request:
    period = type(request.ending.period).model_validate({"from": first, "to": last})
    return request.model_copy(update={"ending": request.ending.model_copy(update={"period": period})})


def test_the_whole_period_is_copied(go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any) -> None:
    connection, link = connect(go), the_link(go)
    connection.page_size = 3
    outcome = connection.retain_history(link, ask(), "", kept)
    assert outcome == Done(receipt="30 ledger lines, 6 vouchers with documentation")
    draft = fiction_books.drafts(go.clients[0])[0]["Id"]
    assert [name for name in kept.files if not name.startswith(("vouchers/", "attachments/"))] == [
        "integration.json",
        "organisation-settings.json",
        "lock-date.json",
        *(f"registers/{word}.json" for word in REGISTERS),
        *(f"ledger/account-transactions-{year}.json" for year in (2024, 2025, 2026)),
        *(f"trial-balance/{year}-12-31.json" for year in (2023, 2024, 2025, 2026)),
        *(f"{side}/{what}.json" for side in ("customers", "suppliers") for what in SUBLEDGER),
        "invoices/outgoing.json",
        "invoices/incoming.json",
        "drafts/index.json",
        f"drafts/{draft}.xml",
    ]
    assert [part in gap for part, gap in zip(("not posted", "payroll", "SAF-T"), kept.gaps, strict=True)] == [True] * 3


def test_nothing_is_asked_twice_for_one_copy(go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any) -> None:
    connect(go).retain_history(the_link(go), ask(), "", kept)
    assert len(go.journal) == len({entry.path for entry in go.journal}) == 36


def test_every_operation_of_the_copy_is_one_that_the_manifest_names(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any
) -> None:
    with structlog.testing.capture_logs() as lines:
        connect(go).retain_history(the_link(go), ask(), "", kept)
    assert {line["operation"] for line in lines} - {"token"} == {operation.name for operation in RETAINING}


def test_the_registers_make_the_ledger_readable(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any
) -> None:
    connect(go).retain_history(the_link(go), ask(), "", kept)
    accounts = {row["AccountNo"] for row in json.loads(kept.files["registers/accounts.json"])}
    lines = [
        line
        for year in (2024, 2025, 2026)
        for line in json.loads(kept.files[f"ledger/account-transactions-{year}.json"])
    ]
    assert {line["AccountNo"] for line in lines} <= accounts
    customers = {row["Number"] for row in json.loads(kept.files["registers/customers.json"])}
    assert {line["CustomerAccountNo"] for line in lines} - {None} <= customers


def test_the_opening_balances_are_those_of_the_day_before(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any
) -> None:
    connect(go).retain_history(the_link(go), a_short(ask(), date(2025, 1, 1), date(2025, 12, 31)), "", kept)
    opening, closing = (
        {row["AccountNo"]: row["Balance"] for row in json.loads(kept.files[f"trial-balance/{year}-12-31.json"])}
        for year in (2024, 2025)
    )
    for line in json.loads(kept.files["ledger/account-transactions-2025.json"]):
        opening[line["AccountNo"]] = opening.get(line["AccountNo"], 0) + line["Amount"]
    assert {account: round(total, 2) for account, total in opening.items()} == closing


def test_files_on_a_sales_order_are_kept_beside_the_voucher_they_belong_to(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any
) -> None:
    connect(go).retain_history(the_link(go), ask(), "", kept)
    (row,) = [r for r in json.loads(kept.files["vouchers/index.json"]) if r["HasSalesOrderAttachments"]]
    (name,) = [name for name in kept.files if name.startswith("attachments/")]
    assert name == f"attachments/{row['VoucherNo']}-{row['VoucherId']}/7-timeliste.pdf"
    assert kept.files[name].startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("path", "gap"),
    [("/attachments/7", "attachments/2401-{}/7"), ("/ehf", "drafts/{}.xml"), ("/attachments?", "2401-{}")],
)
def test_a_document_that_go_names_but_refuses_is_a_gap_without_its_file_name(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, path: str, gap: str
) -> None:
    go.faults.add(Fault("404", times=2, method="GET", path=path))
    connect(go).retain_history(the_link(go), ask(), "", kept)
    first = fiction_books.ledger(go.clients[0], go.years)[0]["VoucherId"]
    which = fiction_books.drafts(go.clients[0])[0]["Id"] if "draft" in gap else first
    assert any(f"{gap.format(which)}: Go refused it (status 404)." in said for said in kept.gaps)
    assert "timeliste" not in str(kept.gaps)


@pytest.mark.parametrize("status", ["403", "404", "409"])
@pytest.mark.parametrize("path", ["/Customers", "/LockDate", "/Organization", "/Download?", "/attachments/7", "/ehf"])
def test_a_refusal_is_believed_only_when_it_is_repeated(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, status: str, path: str
) -> None:
    go.faults.add(Fault(status, times=1, method="GET", path=path))
    connect(go).retain_history(the_link(go), ask(), "", kept)
    assert not [gap for gap in kept.gaps if "refused" in gap]


@pytest.mark.parametrize("path", ["OrganizationSettings", "LockDateSettings", "ClientIntegrationInformation"])
def test_a_document_of_another_shape_is_not_kept(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    usual = go.answer
    odd = Reply(body=["LockDate", {"Id": 1}])
    monkeypatch.setattr(go, "answer", lambda call: odd if call.path.endswith(path) else usual(call))
    with pytest.raises(UnexpectedResponseError):
        connect(go).retain_history(the_link(go), ask(), "", kept)


def test_a_file_without_a_name_is_kept_under_its_number(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"Id": 7, "FileName": None}]
    monkeypatch.setattr(fiction_books, "attachments", lambda _: rows)
    connect(go).retain_history(the_link(go), ask(), "", kept)
    assert any(name.endswith("/7-attachment") for name in kept.files)


def test_a_ledger_line_without_its_voucher_is_not_what_the_vendor_documents(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = go.answer
    odd = Reply(body=[{"Id": 1, "Amount": 125.5}])
    monkeypatch.setattr(go, "answer", lambda call: odd if call.path.endswith("AccountTransactions") else usual(call))
    with pytest.raises(UnexpectedResponseError, match="voucherid"):
        connect(go).retain_history(the_link(go), ask(), "", kept)


def test_lists_are_read_whatever_case_their_names_are_written_in(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = go.answer

    def lower(call: Call) -> Reply:
        reply = usual(call)
        if not isinstance(reply.body, list):
            return reply
        return Reply(reply.status, [{name[0].lower() + name[1:]: row[name] for name in row} for row in reply.body])

    monkeypatch.setattr(go, "answer", lower)
    outcome = connect(go).retain_history(the_link(go), ask(), "", kept)
    assert outcome == Done(receipt="30 ledger lines, 6 vouchers with documentation")


def test_a_large_ledger_passes_through_a_small_memory(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = {"VoucherId": "v", "Amount": 0.0, "Description": "x" * 1000}
    pages = [[{**line, "Id": page * 500 + n} for n in range(500)] for page in range(10)]

    class Nowhere:
        """A sink that keeps nothing."""

        def write(self, name: str, chunks: Any, *, source: str = "") -> None:
            del name, source
            self.size = sum(len(chunk) for chunk in chunks)

    books = Copy(http=None, period=ask().ending.period, sink=Nowhere(), page_size=500)  # type: ignore[arg-type]
    monkeypatch.setattr("disengage_poweroffice.books.pages", lambda *_, **__: (r for page in pages for r in page))
    tracemalloc.start()
    books._ledger()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert books.lines == 3 * 5_000
    assert most < 2**20


def test_ledger_and_trial_balance_agree(go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any) -> None:
    connect(go).retain_history(the_link(go), ask(), "", kept)
    totals: dict[int, float] = {}
    for year in (2024, 2025, 2026):
        for line in json.loads(kept.files[f"ledger/account-transactions-{year}.json"]):
            totals[line["AccountNo"]] = totals.get(line["AccountNo"], 0) + line["Amount"]
    last = json.loads(kept.files["trial-balance/2026-12-31.json"])
    assert {row["AccountNo"]: row["Balance"] for row in last} == {k: round(v, 2) for k, v in totals.items()}
    assert sum(row["Balance"] for row in last) == pytest.approx(0)


def test_voucher_documents_are_zips_of_the_period_only(
    go: PowerOfficeSimulator, connect: Connect, kept: Any, ask: Ask
) -> None:
    short = a_short(ask(), date(2025, 1, 1), date(2025, 6, 30))
    connect(go).retain_history(the_link(go), short, "", kept)
    zips = [name for name in kept.files if name.endswith(".zip")]
    assert len(zips) == 1
    with zipfile.ZipFile(io.BytesIO(kept.files[zips[0]])) as archive:
        assert archive.testzip() is None
        assert archive.read("2501.pdf").startswith(b"%PDF-1.4")
    assert len(json.loads(kept.files["vouchers/index.json"])) == 2


def test_documents_that_an_interrupted_run_kept_are_not_fetched_again(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any
) -> None:
    rest = type(kept)()
    first = connect(go).retain_history(the_link(go), ask(), "", kept)
    documents = {name for name in kept.files if name.endswith((".zip", ".pdf", ".xml"))}
    rest.earlier = documents - {min(documents)}

    second = connect(go).retain_history(the_link(go), ask(), "", rest)

    assert second == first
    assert set(rest.files) == set(kept.files) - rest.earlier
    assert {name for name, _ in rest.asked} == documents
    assert all(source.startswith("GET /") for _, source in rest.asked)


def test_documents_are_kept_voucher_by_voucher_where_go_wants_to_be_told_which(
    go: PowerOfficeSimulator, connect: Connect, kept: Any, ask: Ask
) -> None:
    connect(go).retain_history(the_link(go), ask(), "", kept)
    at_once = dict(kept.files)
    kept.files.clear()
    go.asks_for_voucher = True
    connect(go).retain_history(the_link(go), ask(), "", kept)
    assert kept.files.keys() == at_once.keys()


@pytest.mark.parametrize(
    ("privilege", "gaps"),
    [
        ("VoucherDocumentation", 1),
        ("TrialBalance", 4),
        ("CustomerLedger", 3),
        ("SupplierLedger", 3),
        ("CommonServices", 2),
        ("GeneralLedgerAccount", 1),
        ("Customer", 1),
        ("Supplier", 1),
        ("Employee", 1),
        ("ClientBankAccount", 1),
        ("OutgoingInvoice", 1),
        ("IncomingInvoice", 1),
        ("SalesOrderAttachment", 1),
        ("JournalEntryVoucher", 1),
    ],
)
def test_what_the_integration_may_not_read_is_a_gap(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, privilege: str, gaps: int
) -> None:
    go.forbid(go.clients[0].id, privilege)
    assert isinstance(connect(go).retain_history(the_link(go), ask(), "", kept), Done)
    assert len([gap for gap in kept.gaps if "status 403" in gap]) == gaps


def test_a_ledger_that_may_not_be_read_is_no_gap_but_a_failure(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any
) -> None:
    go.forbid(go.clients[0].id, "AccountTransaction")
    with pytest.raises(CredentialsError):
        connect(go).retain_history(the_link(go), ask(), "", kept)


def test_a_voucher_that_go_lists_but_does_not_give_is_a_gap(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any
) -> None:
    go.faults.add(Fault("404", times=2, method="GET", path="/VoucherDocumentation/Download"))
    go.faults.add(Fault("204", times=1, method="GET", path="/VoucherDocumentation/Download"))
    outcome = connect(go).retain_history(the_link(go), ask(), "", kept)
    assert outcome == Done(receipt="30 ledger lines, 4 vouchers with documentation")
    assert len(kept.gaps) == 5


def test_lines_that_do_not_balance_are_told(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = fiction_books.ledger
    monkeypatch.setattr(fiction_books, "ledger", lambda client, years: usual(client, years)[:-1])
    connect(go).retain_history(the_link(go), ask(), "", kept)
    assert "The ledger lines of 2026-01-01 to 2026-12-31 do not add up to zero." in kept.gaps


def test_copying_changes_nothing(go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any) -> None:
    connect(go).retain_history(the_link(go), ask(), "", kept)
    assert go.effects == []
