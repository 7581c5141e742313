from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from disengage import CredentialsError, Link, LinkState, RetryableError, Severity, UnexpectedResponseError
from disengage.domain.request import Reason
from disengage.testing import Call, Reply

if TYPE_CHECKING:
    from conftest import Account

ACTIVE = LinkState(linked=True, archived=False, extensions=("bookkeeping", "documents"), status="Active")
UNCONFIGURED: dict[str, Any] = {"operations": {}}


def calls(account: Account) -> list[tuple[str, str]]:
    return [(entry.method, entry.path) for entry in account.simulator.journal if "oauth2" not in entry.path]


# credentials


def test_credentials_are_tried_on_what_the_vendor_documents(account: Account) -> None:
    assert account.connection().try_credentials() == "a user with status ACTIVE, which may see 1 space"
    assert calls(account) == [("GET", "/solution/business/v1/users/me"), ("GET", "/entitystore/v1/spaces")]


def test_an_app_that_nobody_let_in_is_told_so(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"/solution/business/v1/users/me": Reply(403, {}), "/entitystore/v1/spaces": Reply(204)}
    _answer(account, monkeypatch, answers)
    assert account.connection().try_credentials().startswith("the app, which may see no space yet")


def test_a_wrong_key_is_a_matter_of_credentials(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANQUP_CLIENT_SECRET", "wrong")
    with pytest.raises(CredentialsError) as caught:
        account.connection().try_credentials()
    assert "wrong" not in str(caught.value)


def test_a_token_that_expired_is_renewed_without_a_word(account: Account) -> None:
    connection = account.connection()
    connection.try_credentials()
    account.simulator.expire_tokens()
    assert connection.observe(account.link, account.request()) == ACTIVE


# finding


def test_a_client_is_found_by_its_number(account: Account) -> None:
    assert account.connection().find_links(account.request().client) == [account.link]
    assert calls(account) == [("GET", "/simulated/v1/spaces/space-fjord/clients?number=974760673")]


def test_a_client_is_found_by_its_reference_where_it_has_no_number(account: Account) -> None:
    client = account.request(identifiers={}, references={"banqup": "client-0001"}).client
    assert account.connection().find_links(client) == [account.link]


def test_a_reference_must_be_among_what_the_number_leads_to(account: Account) -> None:
    client = account.request(references={"banqup": "client-0002"}).client
    assert account.connection().find_links(client) == []


def test_a_client_that_is_there_twice_is_two_links(account: Account) -> None:
    account.simulator.clients["client-0002"].number = "974760673"
    refs = [link.ref for link in account.connection().find_links(account.request().client)]
    assert refs == ["client-0001", "client-0002"]
    client = account.request(references={"banqup": "client-0002"}).client
    assert [link.ref for link in account.connection().find_links(client)] == ["client-0002"]


def test_a_search_that_answers_everybody_does_not_end_somebody_else(account: Account) -> None:
    operations = {"find_client": "GET /simulated/v1/spaces/{partner_space_id}/clients"}
    connection = account.connection(operations=operations)
    assert [link.ref for link in connection.find_links(account.request().client)] == ["client-0001"]


def test_a_client_that_nobody_knows_is_no_link(account: Account) -> None:
    client = account.request(identifiers={"other": "42"}).client
    assert account.connection().find_links(client) == []
    assert account.connection().find_links(account.request(identifiers={}).client) == []


@pytest.mark.parametrize(
    ("client", "ref"),
    [
        ({}, "974760673"),
        ({"references": {"banqup": "client-0001"}}, "client-0001"),
        ({"country": "BE", "identifiers": {"vat": "BE0417497106", "enterprise": "0417497106"}}, "0417497106"),
    ],
)
@pytest.mark.parametrize("changes", [UNCONFIGURED, {"trust": "documented"}, {"trust": "observed"}])
def test_without_a_search_the_link_is_unconfirmed_and_nothing_is_called(
    account: Account, client: dict[str, Any], ref: str, changes: dict[str, Any]
) -> None:
    found = account.connection(**changes).find_links(account.request(**client).client)
    assert found == [Link(ref=ref, name="Nordlys Kafé AS", confirmed=False)]
    assert account.simulator.journal == []


def test_without_a_search_a_client_without_number_and_reference_is_no_link(account: Account) -> None:
    assert account.connection(**UNCONFIGURED).find_links(account.request(identifiers={}).client) == []


# observing


def test_the_state_is_the_status_and_the_extensions(account: Account) -> None:
    assert account.observe() == ACTIVE


def test_a_client_that_cut_the_link_is_severed_already(account: Account) -> None:
    account.simulator.lose("client-0001")
    assert account.observe() == LinkState(linked=False, archived=False, extensions=(), status="Lost")


def test_an_archived_client_is_severed(account: Account) -> None:
    account.simulator.sever("client-0001")
    assert account.observe() == LinkState(linked=False, archived=True, extensions=(), status="Archived")


def test_a_client_whose_entry_is_gone_is_not_taken_for_severed(account: Account) -> None:
    del account.simulator.clients["client-0001"]
    assert account.observe() == LinkState()


def test_what_may_not_be_called_cannot_be_told(account: Account) -> None:
    assert account.observe(trust="observed") == LinkState()
    assert account.observe(**UNCONFIGURED) == LinkState()
    assert account.simulator.journal == []


def test_a_list_of_extensions_that_is_not_there_is_not_an_empty_one(account: Account) -> None:
    operations = {**account.settings().operations, "list_extensions": "GET /wrong/{client_id}"}
    assert account.observe(operations=operations) == ACTIVE.model_copy(update={"extensions": None})


def test_a_link_that_was_never_looked_up_is_observed_by_its_number(account: Account) -> None:
    unconfirmed = Link(ref="974760673", confirmed=False)
    assert account.observe(unconfirmed) == ACTIVE.model_copy(update={"extensions": None})


@pytest.mark.parametrize(
    "body",
    [
        {"clients": "none"},
        {"items": []},
        "nothing",
        {"clients": [{"name": "Nordlys Kafé AS"}]},
        {"clients": [{"id": ""}]},
        {"clients": ["client-0001"]},
        [{"id": {"value": "1"}}],
    ],
)
def test_an_answer_of_another_shape_is_unexpected_and_shows_no_value(
    account: Account, monkeypatch: pytest.MonkeyPatch, body: Any
) -> None:
    _answer(account, monkeypatch, {"/simulated/v1/spaces/space-fjord/clients": Reply(body=body)})
    with pytest.raises(UnexpectedResponseError) as caught:
        account.observe()
    assert "Nordlys" not in str(caught.value) + caught.value.sample


@pytest.mark.parametrize("body", [[], {"clients": []}, None])
def test_an_empty_answer_is_nobody(account: Account, monkeypatch: pytest.MonkeyPatch, body: Any) -> None:
    reply = Reply(204 if body is None else 200, body)
    _answer(account, monkeypatch, {"/simulated/v1/spaces/space-fjord/clients": reply})
    assert account.connection().find_links(account.request().client) == []


def test_a_bare_list_with_numeric_ids_is_read(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"id": 17, "name": "Nordlys", "companyNumber": "NO 974 760 673", "status": "ACTIVE", "more": True}
    _answer(account, monkeypatch, {"/simulated/v1/spaces/space-fjord/clients": Reply(body=[row])})
    assert account.connection().find_links(account.request().client) == [Link(ref="17", name="Nordlys")]


def test_a_platform_that_rests_is_tried_again_later(account: Account) -> None:
    account.simulator.faults.add(_fault("503x1@GET"))
    assert account.observe() == ACTIVE
    account.simulator.faults.add(_fault("429=3600@GET"))
    with pytest.raises(RetryableError) as caught:
        account.observe()
    assert caught.value.retry_after == 3600


def test_a_reference_cannot_climb_out_of_its_path(account: Account) -> None:
    link = Link(ref="../../other")
    operations = {"list_extensions": "GET /simulated/{client_id}/extensions"}
    with pytest.raises(UnexpectedResponseError):
        account.observe(link, operations=operations)
    assert calls(account) == []


# findings


def codes(account: Account, link: Link, state: LinkState) -> dict[str, Severity]:
    found = account.connection().check(link, account.request(), state)
    assert {finding.connection for finding in found} == {"banqup"}
    return {finding.code: finding.severity for finding in found}


CONSEQUENCES = {
    "cannot_be_undone": Severity.WARNING,
    "access_ends_at_once": Severity.WARNING,
    "client_keeps_its_data": Severity.NOTICE,
    "subscription_end_to_verify": Severity.NOTICE,
    "never_delete_the_reference": Severity.NOTICE,
    "new_firm_comes_after": Severity.NOTICE,
}


def test_what_follows_from_archiving_is_said_before(account: Account) -> None:
    assert codes(account, account.link, ACTIVE) == CONSEQUENCES


def test_a_link_that_nobody_looked_up_has_to_be_looked_at(account: Account) -> None:
    link = Link(ref="974760673", confirmed=False)
    assert codes(account, link, LinkState()) == {"client_not_looked_up": Severity.NOTICE} | CONSEQUENCES


@pytest.mark.parametrize(
    ("status", "linked", "code", "severity"),
    [
        ("Frozen", None, "status_unknown", Severity.WARNING),
        (None, None, "client_not_shown", Severity.WARNING),
    ],
)
def test_an_odd_status_is_said(
    account: Account, status: str | None, linked: bool | None, code: str, severity: Severity
) -> None:
    assert codes(account, account.link, LinkState(linked=linked, status=status)) == {code: severity} | CONSEQUENCES


def test_a_link_that_is_cut_already_leaves_only_the_history_to_think_of(account: Account) -> None:
    assert codes(account, account.link, LinkState(linked=False, status="Lost")) == {
        "link_already_cut": Severity.NOTICE,
        "history_out_of_reach": Severity.WARNING,
        "never_delete_the_reference": Severity.NOTICE,
        "new_firm_comes_after": Severity.NOTICE,
    }


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("Lost", "The link is no more: the client ended it from its side."),
        ("ARCHIVED", "The link is no more: it was ended before."),
        ("Access rejected", "There is no link: the status is 'Access rejected'."),
    ],
)
def test_who_ended_the_link_is_told_as_the_status_page_has_it(account: Account, status: str, said: str) -> None:
    found = account.connection().check(account.link, account.request(), LinkState(linked=False, status=status))
    assert found[0].message == f"{said} Nothing is left to do at Banqup."


@pytest.mark.parametrize("status", ["Draft", "Invited"])
def test_of_a_client_that_never_accepted_nothing_is_lost_by_archiving(account: Account, status: str) -> None:
    assert codes(account, account.link, LinkState(linked=True, status=status)) == {
        "never_accepted": Severity.NOTICE,
        "cannot_be_undone": Severity.WARNING,
        "never_delete_the_reference": Severity.NOTICE,
        "new_firm_comes_after": Severity.NOTICE,
    }


def test_a_client_that_simply_stops_is_told_of_no_new_firm(account: Account) -> None:
    ending = account.request().ending.model_copy(update={"reason": Reason.CLIENT_STOPPED})
    request = account.request().model_copy(update={"ending": ending})
    found = account.connection().check(account.link, request, ACTIVE)
    assert "new_firm_comes_after" not in {finding.code for finding in found}


def test_findings_name_the_connection_by_the_firms_own_word_for_it(account: Account) -> None:
    link = Link(ref="974760673", confirmed=False)
    found = account.connection(name="portal").check(link, account.request(), LinkState())
    assert {finding.connection for finding in found} == {"portal"}
    assert "[connections.portal.operations]" in found[0].remedy


def _fault(spec: str) -> Any:
    from disengage.testing import parse_faults

    return parse_faults(f"banqup:{spec}", "banqup")[0]


def _answer(account: Account, monkeypatch: pytest.MonkeyPatch, replies: dict[str, Reply]) -> None:
    """Let some paths answer something of the test's own."""
    usual = account.simulator.answer

    def answer(call: Call) -> Reply:
        return replies.get(call.path) or usual(call)

    monkeypatch.setattr(account.simulator, "answer", answer)
