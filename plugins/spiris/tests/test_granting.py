from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from disengage import CredentialsError, Done, LinkState, NotNeeded, OutcomeUnknownError
from disengage.errors import InputError
from disengage.testing import Fault
from disengage_spiris.simulator_door import first_token

if TYPE_CHECKING:
    from conftest import Account, Person

NUMBER = "5520000018"
KEPT = f"refresh:{NUMBER}"


# the grant


def test_a_person_lets_us_in_and_the_company_is_read_before_anything_is_kept(
    account: Account, person: type[Person]
) -> None:
    connection = account.connection(companies={})
    visit = person()
    assert connection.grant_access("552000-0018", visit) == "Norrsken Kafé AB, active, Pro"
    page = urlsplit(visit.page)
    asked = {name: value for name, (value,) in parse_qs(page.query).items()}
    assert {name: asked[name] for name in ("scope", "prompt", "acr_values", "code_challenge_method")} == {
        "scope": "ea:api offline_access ea:sales ea:accounting ea:purchase vls:api",
        "prompt": "select_account",
        "acr_values": "service:44643EB1-3F76-4C1C-A672-402AE8085934 forceselectcompany:true",
        "code_challenge_method": "S256",
    }
    assert account.simulator.grants.refresh[account.tokens[KEPT]] == NUMBER
    request = account.request()
    assert account.connection(companies={}).find_links(request.client, request) == [account.link()]
    assert account.connection(companies={}).try_credentials() == "1 of 1 companies let us in"


def test_a_grant_for_another_company_is_refused_given_back_and_not_kept(
    simulate: Callable[..., Account], person: type[Person]
) -> None:
    account = simulate(clients=2)
    account.simulator.choose("5520000026")
    before = set(account.simulator.grants.refresh)
    with pytest.raises(CredentialsError) as caught:
        account.connection(companies={}).grant_access(NUMBER, person())
    assert "another company" in caught.value.message
    assert account.tokens == {}
    assert set(account.simulator.grants.refresh) == before


@pytest.mark.parametrize("back", [{"state": "another"}, {"error": "access_denied"}, {"code": "another"}])
def test_a_way_back_that_is_not_ours_lets_nobody_in(
    account: Account, person: type[Person], back: dict[str, str]
) -> None:
    with pytest.raises(CredentialsError):
        account.connection(companies={}).grant_access(NUMBER, person(**back))
    assert account.tokens == {}


def test_a_person_may_deny(account: Account, person: type[Person]) -> None:
    account.simulator.choose(NUMBER, denies=True)
    with pytest.raises(CredentialsError):
        account.connection(companies={}).grant_access(NUMBER, person())
    assert account.tokens == {}


def test_a_code_is_worth_nothing_without_its_proof(
    account: Account, person: type[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = person()

    def tamper(url: str) -> Any:
        back = visit(url)
        account.simulator.grants.codes[back["code"]].challenge = "another"
        return back

    tamper.redirect_uri = visit.redirect_uri  # type: ignore[attr-defined]
    with pytest.raises(CredentialsError):
        account.connection(companies={}).grant_access(NUMBER, tamper)
    assert account.tokens == {}


def test_a_company_is_named_by_its_number(account: Account, person: type[Person]) -> None:
    with pytest.raises(InputError):
        account.connection().grant_access("Norrsken", person())
    assert account.calls() == []


# refresh tokens


def test_a_rotated_token_is_kept_before_it_is_used(simulate: Callable[..., Account]) -> None:
    account = simulate(rotating=True)
    account.observe()
    first = account.tokens[KEPT]
    assert first != first_token(NUMBER)
    account.simulator.forget_tokens()
    assert account.observe().linked is True
    assert account.tokens[KEPT] not in (first, first_token(NUMBER))
    assert list(account.simulator.grants.refresh) == [account.tokens[KEPT]]


def test_a_reusable_token_stays_as_it_is(account: Account) -> None:
    account.observe()
    account.simulator.forget_tokens()
    assert account.observe().linked is True
    assert list(account.simulator.grants.refresh) == [first_token(NUMBER)]


def test_a_new_grant_mends_a_dead_one(account: Account, person: type[Person]) -> None:
    account.simulator.kill_grant(NUMBER)
    connection = account.connection()
    with pytest.raises(CredentialsError):
        connection.observe(account.link(), account.request())
    connection.grant_access(NUMBER, person())
    assert connection.observe(account.link(), account.request()).linked is True


# giving the token back


@pytest.mark.parametrize("rotating", [False, True])
def test_the_token_is_given_back_and_that_is_proven_by_its_refusal(
    simulate: Callable[..., Account], rotating: bool
) -> None:
    account = simulate(rotating=rotating)
    assert account.remove("token") == Done(receipt="revoked")
    assert account.simulator.effects == [f"{NUMBER} token revoked"]
    assert account.simulator.grants.refresh == {}
    assert account.observe() == LinkState(integration=False, status="our grant has ended; as last seen")


def test_the_token_is_remembered_as_given_back_before_the_call(account: Account) -> None:
    account.simulator.faults.add(Fault("lost", times=1, path="/connect/revocation"))
    with pytest.raises(OutcomeUnknownError):
        account.remove("token")
    assert account.observe().integration is False
    assert account.simulator.effects == [f"{NUMBER} token revoked"]


def test_a_call_that_never_arrived_leaves_the_token_standing_and_seen(account: Account) -> None:
    account.simulator.faults.add(Fault("reset", times=1, path="/connect/revocation"))
    with pytest.raises(OutcomeUnknownError):
        account.remove("token")
    assert account.observe().integration is True
    assert account.remove("token") == Done(receipt="revoked")
    assert account.simulator.effects == [f"{NUMBER} token revoked"]


def test_where_there_is_no_token_there_is_nothing_to_give_back(account: Account) -> None:
    connection, request = account.connection(companies={}), account.request()
    ask = (account.link(), request, LinkState(), LinkState(), "token")
    assert isinstance(connection.remove_extensions(*ask), NotNeeded)
    assert account.calls() == []


def test_a_company_that_lets_us_in_again_is_looked_at_again(account: Account, person: type[Person]) -> None:
    account.remove("token")
    connection = account.connection()
    connection.grant_access(NUMBER, person())
    assert connection.observe(account.link(), account.request()).linked is True
    account.simulator.kill_grant(NUMBER)
    with pytest.raises(CredentialsError):
        account.observe()


def test_the_client_of_a_revoked_grant_is_still_found(account: Account) -> None:
    account.remove("token")
    request = account.request()
    (link,) = account.connection().find_links(request.client, request)
    assert link.confirmed is False
