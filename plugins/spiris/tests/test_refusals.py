from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    ConnectorError,
    CredentialsError,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.testing import Call, Reply
from disengage_spiris.refusals import AccessEndedError, NotLetInError, WithheldError
from disengage_spiris.simulator_door import CLIENT_SECRET, first_token

if TYPE_CHECKING:
    from conftest import Account

NUMBER = "5520000018"
ERROR_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def answer(account: Account, monkeypatch: pytest.MonkeyPatch, path: str, reply: Reply) -> None:
    """Let one path answer something of the test's own."""
    usual = account.simulator.answer
    monkeypatch.setattr(account.simulator, "answer", lambda call: reply if call.path.startswith(path) else usual(call))


def body(code: Any, message: str = "no") -> dict[str, Any]:
    return {"ErrorCode": code, "DeveloperErrorMessage": message, "ErrorId": ERROR_ID, "Errors": []}


def refused(account: Account) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught, account.connection()._companies.of(NUMBER) as company:
        company.books.get("fiscal_years", "/fiscalyears")
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind", "meaning"),
    [
        (2000, RejectedError, "the values are not valid"),
        (3000, RejectedError, "it was not found"),
        (4000, RejectedError, "it conflicts with what is there"),
        (4003, RejectedError, "the company has not finished the start-up guide"),
        (4004, RejectedError, "the company is not active"),
        (4005, NotLetInError, "the grant is not authorised"),
        (4006, WithheldError, "the grant lacks the scope"),
        (4007, WithheldError, "the user lacks the permission"),
        (4009, WithheldError, "it is not in the customer's variant of the product"),
        (4011, AccessEndedError, "the authenticated user has no access to the company"),
        (4019, RejectedError, "the user may only read"),
        (4026, RejectedError, "the period is locked"),
        (4034, NotLetInError, "a sandbox client was used on a live company"),
        (4038, RejectedError, "the fiscal year is locked"),
        (5000, RetryableError, "Spiris had a fault"),
        (5001, RetryableError, "Spiris had a fault"),
        (6000, UnexpectedResponseError, "the query was not understood"),
        (7777, None, ""),
    ],
)
def test_an_error_code_says_what_to_do_whatever_its_status(
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    kind: type[ConnectorError] | None,
    meaning: str,
) -> None:
    for status in (400, 401, 403, 404, 409):
        with monkeypatch.context() as patch:
            answer(account, patch, "/v2/fiscalyears", Reply(status, body(code)))
            error = refused(account)
        assert type(error) is (kind or (NotLetInError if status in (401, 403) else RejectedError))
        assert meaning in error.message
        assert f"ErrorCode {code}, ErrorId {ERROR_ID}" in error.message


@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b"[]", b'{"ErrorCode": "4011"}', b'{"ErrorCode": true}'])
def test_a_refusal_without_a_code_goes_by_its_status(
    account: Account, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    answer(account, monkeypatch, "/v2/fiscalyears", Reply(403, content))
    assert isinstance(refused(account), CredentialsError)
    answer(account, monkeypatch, "/v2/fiscalyears", Reply(404, content))
    error = refused(account)
    assert isinstance(error, RejectedError)
    assert "(status 404" in error.message


def test_the_seconds_inside_the_message_are_obeyed_whatever_the_status(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = body(4010, "Rate limit exceeded. Try again in 42 seconds.")
    for status in (429, 400):
        answer(account, monkeypatch, "/v2/fiscalyears", Reply(status, told))
        error = refused(account)
        assert isinstance(error, RetryableError)
        assert error.retry_after == 42


def test_a_fault_of_the_platform_leaves_a_change_unclear(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(account, monkeypatch, "/v2/appstore/status", Reply(400, body(5000)))
    with pytest.raises(OutcomeUnknownError), account.connection()._companies.of(NUMBER) as company:
        company.books.put("deactivate_app", "/appstore/status", {"ActivationStatus": 1})


def test_no_refusal_repeats_a_token_an_address_or_a_number(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def echo(call: Call) -> Reply:
        if not call.path.startswith("/v2/"):
            return usual(call)
        token = (call.headers.get("Authorization") or "").removeprefix("Bearer ")
        seen.append(token)
        words = f"User kari.1@norrsken.example (198507099805) with {token} and {first_token(NUMBER)} may not"
        return Reply(403, body(4007, words))

    usual = account.simulator.answer
    monkeypatch.setattr(account.simulator, "answer", echo)
    said = str(refused(account))
    assert "may not" in said
    planted = [*seen, first_token(NUMBER), CLIENT_SECRET, "norrsken.example", "198507099805"]
    assert not [word for word in planted if word in said]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/v2/companysettings", []),
        ("/v2/companysettings", {"CompanyStatus": "open"}),
        ("/v2/users", {"Data": []}),
        ("/v2/users", {"Meta": {}, "Data": []}),
        ("/v2/users", {"Meta": {"TotalNumberOfPages": 1, "TotalNumberOfResults": 1}, "Data": ["Kari"]}),
        ("/v2/users", {"Meta": {"TotalNumberOfPages": 1, "TotalNumberOfResults": 1}, "Data": [{"Email": "Kari"}]}),
    ],
)
def test_an_answer_of_another_shape_is_unexpected_and_shows_no_value(
    account: Account, monkeypatch: pytest.MonkeyPatch, path: str, content: Any
) -> None:
    answer(account, monkeypatch, path, Reply(200, content))
    with pytest.raises(UnexpectedResponseError) as caught:
        account.observe()
    assert "Kari" not in str(caught.value) + caught.value.sample


def test_the_limit_is_kept_for_each_endpoint_by_itself(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    connection, waited = account.connection(), list[str]()
    monkeypatch.setattr(connection.around.limiter, "wait", lambda key, rates: waited.append(key))
    connection.observe(account.link(), account.request())
    assert [key.rpartition(":")[2] for key in waited] == ["company_settings", "company_settings", "users", "app_status"]
    assert {re.sub(r"[0-9a-f]{24}", "…", key.rpartition(":")[0]) for key in waited} == {"spiris:…"}
