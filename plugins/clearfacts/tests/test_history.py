from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from disengage import CredentialsError, Done, NeedsPerson, NotNeeded, RejectedError, RetryableError
from disengage.testing import Fault, Reply
from disengage_clearfacts import fiction

if TYPE_CHECKING:
    from conftest import Account, Bag

NUMBER = fiction.number(1)
ALWAYS = (
    "The interface gives no documents, no client users, no permanent dossier and no booking proposals, and what comes "
    "from the bookkeeping package must be kept from there."
)


def copy(account: Account) -> tuple[object, Bag]:
    bag = account.bag()
    return account.connection().retain_history(account.link, account.request(), "", bag), bag


def test_the_copy_holds_all_that_the_interface_shows(account: Account) -> None:
    outcome, bag = copy(account)
    assert outcome == Done(receipt="administration and 5 of 5 lists")
    assert bag.files == {
        "administration.json": fiction.a_dossier(1).row(),
        "accountant.json": {
            "name": "Fjord Regnskap AS",
            "companyNumber": fiction.FIRM_NUMBER,
            "email": "dossiers@fjord.example",
        },
        "archive-categories.json": {
            "various": [{"id": "1", "name": "Diverse"}],
            "permanent": [{"id": "2", "name": "Statuten"}],
        },
        "journals.json": [{"id": "1", "name": "Aankopen", "creditNote": False}],
        "customers.json": [{"id": str(n), "name": f"Voorbeeld {n} BV"} for n in (1, 2, 3)],
        "associates.json": [fiction.ASSOCIATE],
    }
    assert bag.gaps == [ALWAYS]
    assert account.simulator.changing_calls() == []


@pytest.mark.parametrize("customers", [0, 99, 100, 101, 250])
def test_customers_are_read_to_the_last(account: Account, customers: int) -> None:
    account.simulator.customers = customers
    _, bag = copy(account)
    assert [row["id"] for row in bag.files["customers.json"]] == [str(n) for n in range(1, customers + 1)]


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        ("accountant", "accountant"),
        ("archive_read", "archive-categories"),
        ("journal_read", "journals"),
        ("contact_read", "customers"),
        ("associate_read", "associates"),
    ],
)
def test_a_scope_that_the_token_lacks_is_a_gap_that_names_it(account: Account, scope: str, part: str) -> None:
    account.simulator.take_scope(scope)
    outcome, bag = copy(account)
    assert outcome == Done(receipt="administration and 4 of 5 lists")
    assert bag.gaps == [f"{part}: ClearFacts gave none; the token may lack the scope {scope}.", ALWAYS]
    assert f"{part}.json" not in bag.files


def test_a_refusal_in_words_or_a_null_is_a_gap_too(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = account.simulator._answered
    strange = {
        "journals": Reply(body={"errors": [{"message": "Access denied"}], "data": None}),
        "customers": Reply(body={"data": {"customers": None}}),
        "associates": Reply(body={"data": {"associates": None}}),
    }
    monkeypatch.setattr(account.simulator, "_answered", lambda query, *rest: strange.get(query) or usual(query, *rest))
    outcome, bag = copy(account)
    assert outcome == Done(receipt="administration and 2 of 5 lists")
    assert [gap.partition(":")[0] for gap in bag.gaps[:-1]] == ["journals", "customers", "associates"]


def test_a_refusal_that_passes_leaves_no_gap(account: Account) -> None:
    for status in ("401", "403", "404", "409"):
        account.simulator.faults.clear()
        account.simulator.faults.add(Fault(status, times=1, at=3))
        assert copy(account)[1].gaps == [ALWAYS]


def test_without_the_dossiers_own_entry_there_is_no_copy(account: Account) -> None:
    account.simulator.take_scope("read_administrations")
    with pytest.raises(CredentialsError):
        copy(account)


def test_a_token_that_is_revoked_in_the_middle_is_no_gap(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, revoked = account.simulator._refuses, []

    def refuses() -> bool:
        revoked.append(usual())
        return len(revoked) > 2

    monkeypatch.setattr(account.simulator, "_refuses", refuses)
    with pytest.raises(CredentialsError):
        copy(account)


def test_a_platform_in_trouble_is_no_gap(account: Account) -> None:
    account.simulator.faults.add(Fault("500"))
    with pytest.raises(RetryableError):
        copy(account)


def test_an_entry_that_is_refused_although_it_is_listed_is_told(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = account.simulator._answered
    refused = Reply(body={"errors": [{"message": "Access denied"}], "data": None})
    monkeypatch.setattr(
        account.simulator,
        "_answered",
        lambda query, *rest: refused if query == "administration" else usual(query, *rest),
    )
    with pytest.raises(RejectedError):
        copy(account)


def test_a_dossier_that_is_gone_leaves_nothing_to_copy(account: Account) -> None:
    account.simulator.sever(NUMBER)
    outcome, bag = copy(account)
    assert isinstance(outcome, NotNeeded)
    assert (bag.files, bag.gaps) == ({}, [])


def test_documents_have_no_interface(account: Account) -> None:
    outcome = account.connection().retain_history(account.link, account.request(), "pdfs", account.bag())
    assert isinstance(outcome, NeedsPerson)
