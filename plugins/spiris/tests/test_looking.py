from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from disengage import CredentialsError, Link, LinkState, RejectedError, RetryableError, Severity
from disengage.testing import Fault
from disengage_spiris.fiction import an_id

if TYPE_CHECKING:
    from conftest import Account

NUMBER = "5520000018"
THREE = {"bookkeeping": "continue", "payroll": "continue", "travel_expenses": "cancel"}
OFFICE_USER = an_id(f"{NUMBER} office")
STANDING = LinkState(
    linked=True,
    firm_access={OFFICE_USER: None},
    extensions=("app",),
    integration=True,
    locked_to=date(1, 1, 1),
    status="active, Pro",
)


def by_office(account: Account) -> Account:
    account.simulator.set_company(NUMBER, granted_by="office")
    return account


# finding


def test_there_is_one_link_for_each_solution_that_the_request_names(account: Account) -> None:
    request = account.request(THREE)
    assert account.connection().find_links(request.client, request) == [
        Link(ref=NUMBER, scope="bookkeeping", name="Norrsken Kafé AB"),
        Link(ref=NUMBER, scope="payroll", name="Norrsken Kafé AB"),
        Link(ref=NUMBER, scope="travel_expenses", name="Norrsken Kafé AB", confirmed=False),
    ]


def test_a_request_that_names_no_solution_leads_to_bookkeeping(account: Account) -> None:
    request = account.request({})
    assert [link.scope for link in account.connection().find_links(request.client, request)] == ["bookkeeping"]


def test_a_norwegian_client_is_found_by_its_reference(account: Account) -> None:
    client = {"name": "Nordlys Kafé AS", "country": "NO", "identifiers": {"orgnr": "974760673"}}
    request = account.request(client=client | {"references": {"spiris": "552000-0018"}})
    assert account.connection().find_links(request.client, request) == [account.link()]
    unknown = account.request(client=client)
    assert account.connection().find_links(unknown.client, unknown) == ()


def test_a_company_that_never_let_us_in_is_not_found_and_nothing_is_called(account: Account) -> None:
    request = account.request(client={"identifiers": {"orgnr": "5520000026"}})
    assert account.connection().find_links(request.client, request) == ()
    assert account.calls() == []


def test_a_reference_to_a_company_that_never_let_us_in_asks_for_a_grant(account: Account) -> None:
    request = account.request(client={"references": {"spiris": "5520000026"}})
    with pytest.raises(CredentialsError) as caught:
        account.connection().find_links(request.client, request)
    assert "disengage authorise spiris" in caught.value.remedy


def test_a_reference_that_is_no_organisation_number_finds_nobody(account: Account) -> None:
    request = account.request(client={"references": {"spiris": "client-1"}})
    assert account.connection().find_links(request.client, request) == ()


def test_a_grant_that_opens_another_company_is_an_error_that_names_nobody(
    simulate: Callable[..., Account],
) -> None:
    account = simulate(clients=2)
    other = "5520000026"
    connection = account.connection(companies={NUMBER: {"env": f"SPIRIS_TOKEN_{other}"}})
    request = account.request()
    for ask in (
        lambda: connection.find_links(request.client, request),
        lambda: connection.observe(account.link(), request),
    ):
        with pytest.raises(RejectedError) as caught:
            ask()
        assert "opens another company" in caught.value.message
        assert not [word for word in (NUMBER, other, "552000", "Provkund") if word in str(caught.value)]


def test_a_collaboration_that_was_ended_before_is_still_a_link(account: Account) -> None:
    by_office(account).simulator.end_collaboration(NUMBER, "bookkeeping")
    request = account.request()
    assert account.connection().find_links(request.client, request) == [
        Link(ref=NUMBER, scope="bookkeeping", name="Norrsken Kafé AB", confirmed=False)
    ]


def test_every_company_is_asked_whether_it_still_lets_us_in(simulate: Callable[..., Account]) -> None:
    account = simulate(clients=3)
    assert account.connection().try_credentials() == "3 of 3 companies let us in"
    account.simulator.kill_grant("5520000026")
    assert account.connection().try_credentials() == "2 of 3 companies let us in"
    assert account.connection(companies={}).try_credentials().startswith("no company let us in yet")


# observing


def test_the_state_of_bookkeeping_is_read(account: Account) -> None:
    assert account.observe() == STANDING
    assert account.calls() == [
        "POST /connect/token",
        "GET /v2/companysettings",
        "GET /v2/users",
        "GET /v2/appstore/status",
    ]


def test_to_the_customers_grant_the_end_is_that_no_accountant_is_active(account: Account) -> None:
    account.simulator.end_collaboration(NUMBER, "bookkeeping")
    assert account.observe() == STANDING.model_copy(update={"linked": False, "firm_access": {}})


@pytest.mark.parametrize("path", ["companysettings", "users", "appstore"])
def test_4011_is_the_proof_of_the_end_before_it_is_a_fault(account: Account, path: str) -> None:
    account.simulator.refuse(NUMBER, path, 4011)
    assert account.observe() == LinkState(linked=False, integration=True, status="no access (4011)")


def test_a_grant_that_dies_after_the_end_was_seen_is_no_fault(account: Account) -> None:
    by_office(account).simulator.end_collaboration(NUMBER, "bookkeeping")
    connection = account.connection()
    assert connection.observe(account.link(), account.request()).linked is False
    account.simulator.kill_grant(NUMBER)
    assert account.observe() == LinkState(linked=False, integration=False, status="our grant has ended; as last seen")


def test_a_grant_that_dies_unexpectedly_is_a_matter_of_credentials(account: Account) -> None:
    account.simulator.kill_grant(NUMBER)
    with pytest.raises(CredentialsError) as caught:
        account.observe()
    assert caught.value.code == "invalid_grant"


def test_a_collaboration_that_came_back_makes_a_dead_grant_a_fault_again(account: Account) -> None:
    account.simulator.refuse(NUMBER, "companysettings", 4011)
    account.observe()
    account.simulator.refuse(NUMBER, "companysettings", 0)
    assert account.observe() == STANDING
    account.simulator.kill_grant(NUMBER)
    with pytest.raises(CredentialsError):
        account.observe()


@pytest.mark.parametrize("code", [4005, 4006, 4007, 4009, 4034])
def test_company_settings_that_may_not_be_read_are_a_matter_of_credentials(account: Account, code: int) -> None:
    account.simulator.refuse(NUMBER, "companysettings", code)
    with pytest.raises(CredentialsError) as caught:
        account.observe()
    assert caught.value.code == str(code)


def test_what_a_variant_does_not_show_cannot_be_told(account: Account) -> None:
    account.simulator.refuse(NUMBER, "users", 4009)
    account.simulator.refuse(NUMBER, "appstore", 4009)
    unknown = {"linked": None, "firm_access": None, "extensions": None}
    assert account.observe() == STANDING.model_copy(update=unknown)


def test_to_the_offices_grant_payroll_shows_whether_its_collaboration_stands(account: Account) -> None:
    assert by_office(account).observe("payroll") == LinkState(linked=True, integration=True)
    account.simulator.end_collaboration(NUMBER, "bookkeeping")
    assert account.observe("payroll") == LinkState(linked=True, integration=True)
    account.simulator.end_collaboration(NUMBER, "payroll")
    assert account.observe("payroll") == LinkState(linked=False, status="no access (4011)")


def test_to_the_customers_grant_payroll_does_not_show_it(account: Account) -> None:
    account.simulator.end_collaboration(NUMBER, "payroll")
    assert account.observe("payroll") == LinkState(integration=True)


@pytest.mark.parametrize("code", [3000, 4003, 4004, 4006, 4007, 4009])
def test_payroll_that_may_not_be_read_or_is_not_there_cannot_be_told(account: Account, code: int) -> None:
    account.simulator.refuse(NUMBER, "employees", code)
    assert account.observe("payroll") == LinkState()


def test_of_the_other_solutions_nothing_can_be_seen_and_nothing_is_called(account: Account) -> None:
    assert account.observe("travel_expenses") == LinkState()
    assert account.calls() == []


def test_a_token_that_expired_is_renewed_without_a_word(account: Account) -> None:
    connection = account.connection()
    connection.try_credentials()
    account.simulator.expire_tokens()
    assert connection.observe(account.link(), account.request()) == STANDING


def test_a_list_is_followed_through_its_pages_as_meta_says(simulate: Callable[..., Account]) -> None:
    for paging in ("skip", "page"):
        account = simulate(page_size=1, paging=paging)
        assert account.observe() == STANDING


def test_a_platform_that_asks_for_patience_says_so_in_its_words(account: Account) -> None:
    account.simulator.faults.add(Fault("429", value=47, method="GET", path="/v2/users"))
    with pytest.raises(RetryableError) as caught:
        account.observe()
    assert caught.value.retry_after == 47


# findings


def findings(account: Account, scope: str = "bookkeeping", **asked: Any) -> dict[str, Severity]:
    request = account.request(asked.pop("solutions", None), **asked)
    connection = account.connection()
    state = connection.observe(account.link(scope), request)
    found = connection.check(account.link(scope), request, state)
    assert {finding.connection for finding in found} == {"spiris"}
    return {finding.code: finding.severity for finding in found}


USUAL = {
    "bank_integration_first": Severity.WARNING,
    "main_contact_not_shown": Severity.NOTICE,
    "other_collaborations_stay": Severity.NOTICE,
    "subscription_is_the_customers": Severity.NOTICE,
    "deactivating_ends_nothing": Severity.NOTICE,
    "running_kyc_blocks": Severity.NOTICE,
}


def test_what_follows_is_said_before(account: Account) -> None:
    assert findings(account) == USUAL


def test_solutions_that_were_not_chosen_block(account: Account) -> None:
    found = findings(account, solutions={})
    assert found.pop("solutions_not_chosen") is Severity.BLOCKER
    assert "other_collaborations_stay" not in found


def test_a_missing_main_contact_is_found_before_the_end_with_the_vendors_own_remedy(account: Account) -> None:
    account.simulator.set_user(NUMBER, "kari.1@norrsken.example", active=False)
    assert findings(account)["main_contact_missing"] is Severity.BLOCKER
    connection, request = account.connection(), account.request()
    found = connection.check(account.link(), request, STANDING)
    (missing,) = [finding for finding in found if finding.code == "main_contact_missing"]
    for words in ("switch to the customer's company", "Manage users", "create a new user", "pencil", "Main contact"):
        assert words in missing.remedy


def test_the_main_contact_is_looked_for_whatever_solution_ends(account: Account) -> None:
    account.simulator.set_user(NUMBER, "kari.1@norrsken.example", active=False)
    found = findings(account, "travel_expenses", solutions={"travel_expenses": "continue"})
    assert found["main_contact_missing"] is Severity.BLOCKER
    both = findings(account, "travel_expenses", solutions={"bookkeeping": "continue", "travel_expenses": "continue"})
    assert "main_contact_missing" not in both


def test_users_that_are_not_shown_are_no_missing_main_contact(account: Account) -> None:
    account.simulator.refuse(NUMBER, "users", 4007)
    found = findings(account)
    assert found["users_not_shown"] is Severity.WARNING
    assert "main_contact_missing" not in found


def test_cancelling_travel_and_expenses_says_that_all_data_is_deleted(account: Account) -> None:
    solutions = {"bookkeeping": "continue", "travel_expenses": "cancel"}
    assert findings(account, "travel_expenses", solutions=solutions) == {
        "deletes_data": Severity.WARNING,
        "reports_and_outlays_first": Severity.WARNING,
    }
    continuing = solutions | {"travel_expenses": "continue"}
    assert findings(account, "travel_expenses", solutions=continuing) == {"reports_and_outlays_first": Severity.WARNING}


def test_payroll_says_what_comes_before_and_what_may_be_lost(account: Account) -> None:
    assert findings(account, "payroll", solutions=THREE) == {
        "may_delete_data": Severity.WARNING,
        "payroll_backup_first": Severity.WARNING,
        "payroll_may_be_orphaned": Severity.WARNING,
    }


@pytest.mark.parametrize("scope", ["annual_accounts", "financial_overview", "scanner", "digital_invoices"])
@pytest.mark.parametrize("choice", ["continue", "cancel"])
def test_a_solution_of_which_no_page_speaks_may_lose_its_data(account: Account, scope: str, choice: str) -> None:
    found = findings(account, scope, solutions={"bookkeeping": "continue", scope: choice})
    assert found == {"may_delete_data": Severity.WARNING}


def test_cancelling_bookkeeping_ends_the_subscription(account: Account) -> None:
    found = findings(account, solutions={"bookkeeping": "cancel"})
    assert found == USUAL | {"subscription_ends": Severity.WARNING}


def test_solutions_that_were_not_named_stay_and_are_listed(account: Account) -> None:
    request = account.request(THREE)
    found = account.connection().check(account.link(), request, STANDING)
    (others,) = [finding for finding in found if finding.code == "other_collaborations_stay"]
    assert others.message.endswith(
        "if there are any: Tax & Annual accounts, Financial overview, Scanner, Digital invoices."
    )


@pytest.mark.parametrize(("status", "code"), [(2, "company_read_only"), (0, "company_inactive")])
def test_a_company_that_is_not_active_is_said(account: Account, status: int, code: str) -> None:
    account.simulator.set_company(NUMBER, status=status)
    assert findings(account)[code] is Severity.WARNING


def test_a_grant_of_the_office_ends_with_the_collaboration(account: Account) -> None:
    assert findings(by_office(account)) == USUAL | {"grant_ends_with_the_collaboration": Severity.NOTICE}


def test_without_the_firms_domains_accountants_cannot_be_told_apart(account: Account) -> None:
    connection, request = account.connection(email_domains=()), account.request()
    found = connection.check(account.link(), request, STANDING)
    assert "accountants_not_told_apart" in {finding.code for finding in found}


def test_an_end_before_the_last_day_is_said(account: Account) -> None:
    assert findings(account, end_on="2026-12-15")["ends_before_the_last_day"] is Severity.WARNING
    assert "ends_before_the_last_day" not in findings(account, end_on="2027-01-31")


def test_nobody_named_as_administrator_is_said(account: Account) -> None:
    assert findings(account, nobody=True)["administrator_not_named"] is Severity.WARNING


def test_a_lock_without_bookkeeping_is_said(account: Account) -> None:
    found = findings(account, "payroll", solutions={"payroll": "continue"}, lock_period=True)
    assert found["lock_not_done"] is Severity.WARNING


def test_a_collaboration_that_has_ended_needs_no_more_warnings(account: Account) -> None:
    by_office(account).simulator.end_collaboration(NUMBER, "bookkeeping")
    assert findings(account) == {"collaboration_already_ended": Severity.NOTICE}
