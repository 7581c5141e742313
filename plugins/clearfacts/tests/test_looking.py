from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    ConnectorError,
    CredentialsError,
    Link,
    LinkState,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.testing import Call, Fault, Reply
from disengage_clearfacts import fiction, mapping

if TYPE_CHECKING:
    from conftest import Account

NUMBER = fiction.number(1)
GONE, THERE = LinkState(linked=False), LinkState(linked=True)


def answer(account: Account, monkeypatch: pytest.MonkeyPatch, query: str, *replies: Reply) -> None:
    """Let the simulator answer one query with these replies, the last one again and again."""
    usual, left = account.simulator._answered, list(replies)

    def answered(asked: str, *rest: Any) -> Reply:
        return (left.pop(0) if len(left) > 1 else left[0]) if asked == query else usual(asked, *rest)

    monkeypatch.setattr(account.simulator, "_answered", answered)


def refused(message: str, **extensions: str) -> Reply:
    error = {"message": message, **({"extensions": extensions} if extensions else {})}
    return Reply(body={"errors": [error], "data": None})


def null(query: str) -> Reply:
    return Reply(body={"data": {query: None}})


# credentials


def test_credentials_are_tried_on_both_servers_and_nothing_is_sent(account: Account) -> None:
    assert account.connection().try_credentials() == "Fjord Regnskap AS; the mail server lets us in"
    assert (account.simulator.mails, account.simulator.changing_calls()) == ([], [])


def test_a_token_without_the_scope_accountant_is_told_by_what_it_may_see(account: Account) -> None:
    account.simulator.take_scope("accountant")
    said = account.connection().try_credentials()
    assert said == "a firm that lists its dossiers (the token has no scope accountant); the mail server lets us in"


def test_a_wrong_token_is_a_matter_of_credentials(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARFACTS_TOKEN", "wrong-token")
    with pytest.raises(CredentialsError) as caught:
        account.connection().try_credentials()
    assert "wrong-token" not in str(caught.value)


def test_a_mailbox_that_is_locked_is_found_before_anything_has_to_be_sent(account: Account) -> None:
    account.simulator.mail_trouble("password", 9)
    with pytest.raises(CredentialsError):
        account.connection().try_credentials()


# finding


@pytest.mark.parametrize(
    "client",
    [
        {},
        {"identifiers": {"vat": f"BE{NUMBER}"}},
        {"identifiers": {"enterprise": NUMBER, "vat": f"BE{NUMBER}"}},
        {"identifiers": {}, "references": {"portal": NUMBER}},
        {"identifiers": {}, "references": {"portal": f"BE {NUMBER[:4]}.{NUMBER[4:7]}.{NUMBER[7:]}"}, "country": "NO"},
        {"identifiers": {"enterprise": fiction.number(2)}, "references": {"portal": NUMBER}},
    ],
)
def test_a_client_is_found_by_its_bare_enterprise_number(account: Account, client: dict[str, Any]) -> None:
    request = account.request(**client)
    assert account.connection().find_links(request.client, request) == [account.link]


@pytest.mark.parametrize(
    "client",
    [
        {"identifiers": {"enterprise": fiction.number(77)}},
        {"identifiers": {}},
        {"identifiers": {"orgnr": "974760673"}, "country": "NO"},
        {"identifiers": {"enterprise": NUMBER}, "references": {"portal": "no-number"}},
    ],
)
def test_a_client_that_is_not_in_the_portal_is_no_link(account: Account, client: dict[str, Any]) -> None:
    request = account.request(**client)
    assert account.connection().find_links(request.client, request) == []


def test_two_numbers_that_lead_to_two_dossiers_are_two_links(account: Account) -> None:
    request = account.request(identifiers={"enterprise": NUMBER, "vat": f"BE{fiction.number(2)}"})
    found = account.connection().find_links(request.client, request)
    assert [link.ref for link in found] == [NUMBER, fiction.number(2)]


@pytest.mark.parametrize(
    ("given", "bare"),
    [
        ("0010001589", "0010001589"),
        ("BE 0010.001.589", "0010001589"),
        ("be0010001589", "0010001589"),
        ("10001589", ""),
        ("010001589", "0010001589"),
        ("1010001589", "1010001589"),
        ("2010001589", ""),
        ("NL0010001589", ""),
        ("٠٠١٠٠٠١٥٨٩", ""),
    ],
)
def test_a_number_is_written_as_the_interface_wants_it(given: str, bare: str) -> None:
    assert mapping.bare(given) == bare


# whether the dossier is there


def test_a_dossier_that_is_shown_is_linked(account: Account) -> None:
    assert account.observe() == THERE


@pytest.mark.parametrize("as_error", [False, True])
def test_null_and_an_error_and_absence_from_the_list_are_alike(account: Account, as_error: bool) -> None:
    account.simulator.sever(NUMBER)
    account.simulator.missing_is_an_error(as_error)
    assert account.observe() == GONE


def test_a_dossier_that_the_list_still_holds_is_not_gone(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for reply in (null("administration"), refused("Something about a permission")):
        answer(account, monkeypatch, "administration", reply)
        assert account.observe() == THERE


@pytest.mark.parametrize("page_size", [1, 2, 3, 1000])
def test_the_list_is_read_to_its_end_however_few_come_at_a_time(
    account: Account, monkeypatch: pytest.MonkeyPatch, page_size: int
) -> None:
    account.simulator.page_size = page_size
    answer(account, monkeypatch, "administration", null("administration"))
    last = Link(ref=max(account.simulator.dossiers))
    assert account.observe(link=last) == THERE
    account.simulator.sever(last.ref)
    assert account.observe(link=last) == GONE


def test_a_list_without_end_proves_nothing(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.simulator.sever(NUMBER)
    page = Reply(body={"data": {"administrations": [fiction.a_dossier(2).row()]}})
    answer(account, monkeypatch, "administrations", page)
    with pytest.raises(UnexpectedResponseError):
        account.observe()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refused("Internal server error"), RetryableError),
        (refused("Internal server error", code="INTERNAL_SERVER_ERROR"), RetryableError),
        (refused("Unauthenticated", code="UNAUTHENTICATED"), CredentialsError),
        (refused("Forbidden", code="FORBIDDEN"), CredentialsError),
        (Reply(401, {"message": "no"}), CredentialsError),
        (Reply(403, {"message": "no"}), CredentialsError),
        (Reply(500, {"message": "no"}), RetryableError),
        (Reply(body={"data": None}), UnexpectedResponseError),
        (Reply(body={"data": {"administration": [1]}}), UnexpectedResponseError),
    ],
)
def test_a_platform_in_trouble_or_one_that_lets_nobody_in_is_no_absence(
    account: Account, monkeypatch: pytest.MonkeyPatch, reply: Reply, error: type[ConnectorError]
) -> None:
    account.simulator.sever(NUMBER)
    answer(account, monkeypatch, "administration", reply)
    with pytest.raises(error):
        account.observe()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refused("Access denied"), RejectedError),
        (refused("Internal server error"), RetryableError),
        (Reply(403, {"message": "no"}), CredentialsError),
        (null("administrations"), UnexpectedResponseError),
        (Reply(body={"data": {"administrations": [None]}}), UnexpectedResponseError),
    ],
)
def test_a_list_that_cannot_be_read_is_no_absence(
    account: Account, monkeypatch: pytest.MonkeyPatch, reply: Reply, error: type[ConnectorError]
) -> None:
    account.simulator.sever(NUMBER)
    account.simulator.missing_is_an_error()
    answer(account, monkeypatch, "administrations", reply)
    with pytest.raises(error):
        account.observe()


def test_the_answer_to_another_number_proves_nothing(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Reply(body={"data": {"administration": fiction.a_dossier(2).row()}})
    answer(account, monkeypatch, "administration", other)
    with pytest.raises(UnexpectedResponseError):
        account.observe()


def test_a_read_that_was_cut_off_is_made_again(account: Account) -> None:
    account.simulator.faults.add(Fault("truncated", times=1))
    assert account.observe() == THERE


def test_the_token_goes_in_the_header_and_numbers_go_in_variables(account: Account) -> None:
    calls: list[Call] = []
    account.simulator.heard.append(lambda call, _: calls.append(call))
    account.observe()
    (call,) = calls
    assert (call.method, call.path) == ("POST", "/graphql")
    assert call.headers["Authorization"].startswith("Bearer simulated-clearfacts-token")
    assert call.headers["Content-Type"] == "application/json"
    assert call.json()["variables"] == {"companyNumber": NUMBER}
    assert NUMBER not in call.json()["query"]


# takeover


def test_in_a_takeover_the_number_is_the_link_whether_it_is_shown_or_not(account: Account) -> None:
    request = account.request(kind="takeover")
    shown = account.connection().find_links(request.client, request)
    account.simulator.move_elsewhere(NUMBER)
    hidden = account.connection().find_links(request.client, request)
    link = Link(ref=NUMBER, name="Nordlys Kafé AS")
    assert (shown, hidden) == ([link], [link.model_copy(update={"confirmed": False})])


@pytest.mark.parametrize(
    ("shown_before", "shown", "state"),
    [
        (False, False, LinkState(linked=False, available=None)),
        (False, True, LinkState(linked=True, available=True)),
        (True, True, LinkState(linked=None, available=False)),
        (True, False, LinkState(linked=False, available=True)),
    ],
)
def test_in_a_takeover_only_what_the_portal_shows_this_firm_counts(
    account: Account, shown_before: bool, shown: bool, state: LinkState
) -> None:
    if not shown:
        account.simulator.move_elsewhere(NUMBER)
    link = Link(ref=NUMBER, confirmed=shown_before)
    assert account.observe(account.request(kind="takeover"), link) == state
