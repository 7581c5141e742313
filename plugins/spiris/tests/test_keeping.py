from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    ConnectorError,
    CredentialsError,
    Done,
    NeedsPerson,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.testing import Call, Fault, Reply
from disengage_spiris import pages, storage
from disengage_spiris.refusals import AccessEndedError
from disengage_spiris.storage import Storage

if TYPE_CHECKING:
    from conftest import Account, Kept

NUMBER = "5520000018"
BOOKS = {
    "company-settings.json",
    "users.json",
    "fiscal-years.json",
    "sie4/2025-01-01_2025-12-31.se",
    "sie4/2026-01-01_2026-12-31.se",
    "vouchers/2025-01-01_2025-12-31.json",
    "vouchers/2026-01-01_2026-12-31.json",
    "account-balances/2025-12-31.json",
    "account-balances/2026-11-22.json",
    "customers.json",
    "suppliers.json",
    "customer-ledger-items.json",
    "supplier-invoices.json",
    "notes.json",
    "message-threads.json",
    "vat-reports/index.json",
    "attachments/index.json",
    "sales-attachments/index.json",
}


def keep(account: Account, kept: Kept, part: str = "", **asked: Any) -> Any:
    scope = part or "bookkeeping"
    return account.connection().retain_history(account.link(scope), account.request(**asked), part, kept)


def rows(kept: Kept, name: str) -> Any:
    return json.loads(kept.files[name])


# the books


def test_the_books_are_kept_whole(account: Account, kept: Kept) -> None:
    assert keep(account, kept) == Done(receipt="2 fiscal years, 7 files")
    plain = [name for name in kept.files if not name.endswith((".pdf", ".json", ".se"))]
    assert [name.partition("/")[0] for name in plain] == ["sales-attachments"]
    assert set(kept.files) >= BOOKS
    assert sum(name.startswith("attachments/") for name in kept.files) == 1 + 3
    assert sum(name.startswith("vat-reports/") for name in kept.files) == 1 + 1
    assert len(rows(kept, "vouchers/2026-01-01_2026-12-31.json")) == 3
    assert b"#SIETYP 4" in kept.files["sie4/2025-01-01_2025-12-31.se"]
    assert b"#RAR 0 20250101 20251231" in kept.files["sie4/2025-01-01_2025-12-31.se"]
    assert kept.gaps == []
    assert account.calls("PUT") == []


def test_each_attachment_is_kept_under_its_id_with_its_own_content(account: Account, kept: Kept) -> None:
    keep(account, kept)
    for attachment_id in account.company.attachment_ids():
        assert attachment_id.encode() in kept.files[f"attachments/{attachment_id}.pdf"]
    assert [row["FileName"] for row in rows(kept, "attachments/index.json")] == ["kvitto.PDF"] * 3


def test_documents_that_an_interrupted_run_kept_are_not_fetched_again(account: Account, kept: Kept) -> None:
    rest = type(kept)()
    first = keep(account, kept)
    documents = {name for name in kept.files if not name.endswith((".json", ".se"))}
    rest.earlier = documents - {min(documents)}

    assert keep(account, rest) == first
    assert set(rest.files) == set(kept.files) - rest.earlier
    assert {name for name, _ in rest.asked} == documents


def test_how_many_rows_spiris_says_a_list_has_is_stated_for_its_file(account: Account, kept: Kept) -> None:
    keep(account, kept)

    lists = {name for name in kept.files if name.endswith(".json")} - {"company-settings.json", "fiscal-years.json"}
    assert kept.counts == {name: len(rows(kept, name)) for name in lists}


def test_a_list_that_grew_while_it_was_read_has_no_number_to_be_compared_with() -> None:
    told: list[int] = []
    answers = [(meta(2, 3), [{"Id": 1}, {"Id": 2}]), (meta(2, 4), [{"Id": 3}, {"Id": 4}])]

    assert len(list(pages.rows(lambda _: answers.pop(0), "notes", told.append))) == 4
    assert told == []


def test_only_fiscal_years_of_the_period_are_exported(account: Account, kept: Kept) -> None:
    keep(account, kept, period={"from": "2026-02-01", "to": "2026-06-30"})
    assert [name for name in kept.files if name.startswith("sie4/")] == ["sie4/2026-01-01_2026-12-31.se"]


def test_a_period_that_begins_before_the_first_year_is_a_gap(account: Account, kept: Kept) -> None:
    keep(account, kept, period={"from": "2022-01-01", "to": "2026-12-31"})
    assert kept.gaps == ["The period begins before the first fiscal year, 2023-01-01."]


def test_a_period_without_any_fiscal_year_is_a_gap(account: Account, kept: Kept) -> None:
    keep(account, kept, period={"from": "2020-01-01", "to": "2020-12-31"})
    assert kept.gaps == ["No fiscal year lies in the period: there are no books to copy."]


@pytest.mark.parametrize("paging", ["skip", "page"])
def test_every_page_of_every_list_is_kept(simulate: Callable[..., Account], kept: Kept, paging: str) -> None:
    account = simulate(page_size=2, paging=paging)
    keep(account, kept)
    assert len(rows(kept, "vouchers/2025-01-01_2025-12-31.json")) == 3
    assert sum(name.startswith("attachments/") for name in kept.files) == 1 + 3


@pytest.mark.parametrize("code", [4006, 4007, 4009])
def test_what_a_variant_or_scope_does_not_give_is_a_gap(account: Account, kept: Kept, code: int) -> None:
    for path in ("customers", "attachments", "vatreports", "salesdocumentattachments"):
        account.simulator.refuse(NUMBER, path, code)
    assert keep(account, kept) == Done(receipt="2 fiscal years, 2 files")
    assert kept.gaps == [
        f"{name}: Spiris does not give it (ErrorCode {code})."
        for name in (
            "customers.json",
            "vat-reports/index.json",
            "attachments/index.json",
            "sales-attachments/index.json",
        )
    ]


@pytest.mark.parametrize(("path", "code"), [("sie4export", 4009), ("sie4export", 3000), ("fiscalyears", 4006)])
def test_the_books_themselves_are_not_negotiable(account: Account, kept: Kept, path: str, code: int) -> None:
    account.simulator.refuse(NUMBER, path, code)
    with pytest.raises(RejectedError):
        keep(account, kept)


def test_a_list_that_was_refused_for_a_moment_is_kept(account: Account, kept: Kept) -> None:
    account.simulator.faults.add(Fault("404", times=1, path="/v2/customers"))
    keep(account, kept)
    assert kept.gaps == []
    assert len(rows(kept, "customers.json")) == 1


def test_a_list_that_is_not_there_is_a_gap(account: Account, kept: Kept) -> None:
    account.simulator.faults.add(Fault("404", path="/v2/messagethreads"))
    keep(account, kept)
    assert kept.gaps == ["message-threads.json: Spiris does not give it (ErrorCode 3000)."]


def test_a_file_that_is_listed_and_cannot_be_had_is_a_gap(account: Account, kept: Kept) -> None:
    account.simulator.refuse(NUMBER, "documents", 3000)
    assert keep(account, kept) == Done(receipt="2 fiscal years, 6 files")
    (gap,) = kept.gaps
    assert gap.startswith("vat-reports/")
    assert gap.endswith(".pdf: Spiris does not give it (ErrorCode 3000).")


@pytest.mark.parametrize("path", ["customers", "attachments", "documents", "sie4export"])
def test_when_access_ends_meanwhile_there_is_no_copy(account: Account, kept: Kept, path: str) -> None:
    account.simulator.refuse(NUMBER, path, 4011)
    with pytest.raises(AccessEndedError):
        keep(account, kept)


# addresses that expire


def test_an_address_that_opens_a_file_is_used_at_once_without_credentials_and_kept_nowhere(
    account: Account, kept: Kept
) -> None:
    keep(account, kept)
    assert account.simulator.leaked == 0
    assert "fileanonymous" not in kept.text
    assert "TemporaryUrl" not in kept.text
    assert all(source.startswith("GET /") for source in kept.sources)
    paths = [call.partition("?")[0] for call in account.calls("GET")]
    for place, path in enumerate(paths):
        if "/sie4export/" in path or "/documents/" in path:
            assert "/temp/fileanonymous/" in paths[place + 1]


def test_an_address_that_has_expired_is_asked_for_anew(account: Account, kept: Kept) -> None:
    account.simulator.faults.add(Fault("404", times=1, path="/temp/fileanonymous"))
    keep(account, kept)
    assert sum("/sie4export/2025" in call for call in account.calls()) == 2
    assert kept.gaps == []


@pytest.mark.parametrize("status", ["401", "403", "404", "410"])
def test_a_storage_that_gives_nothing_is_a_refusal_and_no_matter_of_credentials(
    account: Account, kept: Kept, status: str
) -> None:
    account.simulator.faults.add(Fault(status, path="/temp/fileanonymous"))
    with pytest.raises(storage.ExpiredError) as caught:
        keep(account, kept)
    assert "fileanonymous" not in str(caught.value)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://eaccountingstorage.vismaonline.com.evil.example",
        "https://evil.example/eaccountingstorage.vismaonline.com",
        "https://eaccountingstoragese.vismaonline.com@evil.example",
        "https://eaccountingstoragese.vismaonline.com:8443",
        "http://eaccountingstoragese.vismaonline.com",
        "https://eaccountingapi.vismaonline.com",
        "ftp://127.0.0.1",
        "https://[broken",
        "file:",
    ],
)
def test_an_address_on_another_host_is_never_fetched(account: Account, kept: Kept, origin: str) -> None:
    account.simulator.move_storage(origin)
    with pytest.raises(UnexpectedResponseError) as caught:
        keep(account, kept)
    assert not [word for word in ("evil", "vismaonline", "fileanonymous") if word in str(caught.value)]
    assert "evil" not in kept.text


@pytest.mark.parametrize(
    ("base_url", "url", "origin"),
    [
        ("https://a.example/v2", "https://eaccountingstoragese.vismaonline.com/temp/x", True),
        ("https://a.example/v2", "https://eaccountingstorage.vismaonline.com:443/temp/x", True),
        ("https://a.example/v2", "http://127.0.0.1:8000/temp/x", False),
        ("https://a.example/v2", "https://localhost/temp/x", False),
        ("http://127.0.0.1:9/v2", "http://127.0.0.1:8000/temp/x", True),
        ("http://127.0.0.1:9/v2", "https://eaccountingstoragese.vismaonline.com/temp/x", True),
        ("http://127.0.0.1:9/v2", "", False),
    ],
)
def test_a_file_may_lie_on_loopback_only_where_the_interface_does(
    account: Account, base_url: str, url: str, origin: bool
) -> None:
    with Storage(account.connection().around, base_url) as store:
        if origin:
            assert url.startswith(store._origin(url))
        else:
            with pytest.raises(UnexpectedResponseError):
                store._origin(url)


def test_a_file_with_nothing_in_it_is_no_copy(account: Account, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account.simulator, "_address", lambda _: f"{account.simulator.url}/temp/fileanonymous/empty")
    account.simulator._files["empty"] = b""
    with pytest.raises(UnexpectedResponseError):
        keep(account, kept)


def test_an_answer_without_an_address_is_unexpected(
    account: Account, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = account.simulator.answer

    def answer(call: Call) -> Reply:
        return Reply(body={"Id": "1", "TemporaryUrl": None}) if "/sie4export/" in call.path else usual(call)

    monkeypatch.setattr(account.simulator, "answer", answer)
    with pytest.raises(UnexpectedResponseError):
        keep(account, kept)


# payroll


def test_the_payrolls_data_is_kept(account: Account, kept: Kept) -> None:
    assert keep(account, kept, "payroll") == Done(receipt="2 employees, 1 wage runs")
    (run,) = account.company.wage_runs()
    people = account.company.employees()
    assert set(kept.files) == {
        "employees.json",
        "wage-runs.json",
        f"payslips/wage-run-{run['Id']}.json",
        *(f"payslips/employee-{person['Id']}.json" for person in people),
    }
    assert [slip["NetSalary"] for slip in rows(kept, f"payslips/employee-{people[0]['Id']}.json")] == [23400.0]


def test_payroll_that_cannot_be_read_is_no_copy(account: Account, kept: Kept) -> None:
    account.simulator.refuse(NUMBER, "employees", 4006)
    with pytest.raises(RejectedError):
        keep(account, kept, "payroll")


@pytest.mark.parametrize(("scope", "part"), [("payroll", "backup"), ("travel_expenses", "reports")])
def test_what_no_interface_gives_is_left_to_a_person(account: Account, kept: Kept, scope: str, part: str) -> None:
    outcome = account.connection().retain_history(account.link(scope), account.request(), part, kept)
    assert isinstance(outcome, NeedsPerson)
    assert kept.files == {}


# lists


def meta(pages: int, results: int) -> dict[str, int]:
    return {"TotalNumberOfPages": pages, "TotalNumberOfResults": results}


def test_a_list_that_ends_early_is_no_list() -> None:
    answers = [(meta(2, 3), [{"Id": 1}, {"Id": 2}]), (meta(2, 3), [{"Id": 2}])]
    assert [row["Id"] for row in pages.rows(lambda _: answers.pop(0), "notes")] == [1, 2, 2]
    answers = [(meta(2, 4), [{"Id": 1}, {"Id": 2}]), (meta(2, 4), [{"Id": 3}])]
    with pytest.raises(RetryableError):
        list(pages.rows(lambda _: answers.pop(0), "notes"))


def test_a_list_that_gives_the_same_page_again_is_unexpected() -> None:
    with pytest.raises(UnexpectedResponseError):
        list(pages.rows(lambda _: (meta(2, 2), [{"Id": 1}]), "notes"))


@pytest.mark.parametrize(
    "wrong", [{}, {"TotalNumberOfPages": 1}, meta(1, -1), {**meta(1, 1), "TotalNumberOfPages": "1"}]
)
def test_a_list_must_say_how_long_it_is(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedResponseError):
        list(pages.rows(lambda _: (wrong, [{"Id": 1}]), "notes"))


def test_a_further_page_that_is_refused_is_asked_for_in_the_other_way_and_then_refused() -> None:
    asked: list[Any] = []

    def ask(query: Any) -> Any:
        asked.append(dict(query))
        if query:
            raise RejectedError("no")
        return meta(2, 2), [{"Id": 1}]

    with pytest.raises(ConnectorError):
        list(pages.rows(ask, "notes"))
    assert asked == [{}, {"$skip": 1, "$top": 1}, {"$page": 2, "$pagesize": 1}]


def test_trouble_on_the_way_is_not_taken_for_another_way_of_paging() -> None:
    def ask(query: Any) -> Any:
        if query:
            raise CredentialsError("no")
        return meta(2, 2), [{"Id": 1}]

    with pytest.raises(CredentialsError):
        list(pages.rows(ask, "notes"))
