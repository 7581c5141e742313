from __future__ import annotations

from typing import Any

import pytest
from disengage.domain.complaints import complain
from disengage_clearfacts.settings import ClearFactsOptions, ClearFactsSettings, History
from pydantic import ValidationError

GOOD: dict[str, Any] = {
    "connector": "clearfacts",
    "token": {"env": "CLEARFACTS_TOKEN"},
    "support_email": "support@portaal.example",
    "from_email": "dossiers@fjord.example",
    "smtp_url": {"env": "CLEARFACTS_SMTP_URL"},
}


def complaint(**changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        ClearFactsSettings.model_validate({**GOOD, **changes})
    return complain(caught.value, ClearFactsSettings, "connections.portal")


def test_the_vendors_own_endpoint_is_the_default() -> None:
    assert ClearFactsSettings.model_validate(GOOD).base_url == "https://api.clearfacts.be/graphql"


@pytest.mark.parametrize("missing", ["token", "support_email", "from_email", "smtp_url"])
def test_everything_that_a_ticket_needs_must_be_configured(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        ClearFactsSettings.model_validate({k: v for k, v in GOOD.items() if k != missing})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"smtp_url": "smtps://user:word@mail.example"}, "'connections.portal.smtp_url' is a secret in clear"),
        ({"token": "in clear"}, "'connections.portal.token' is a secret in clear"),
        ({"base_url": "http://api.clearfacts.be/graphql"}, "'connections.portal.base_url' must begin with https://"),
        ({"support_mail": "x"}, "Did you mean 'support_email'?"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], said: str) -> None:
    assert said in complaint(**changes)


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "Support <support@portaal.example>",
        "a@b.example, c@d.example",
        "a@b.example\nBcc: everybody@elsewhere.example",
        "a b@c.example",
        "ünser@portaal.example",
        f"{'a' * 300}@portaal.example",
        "@portaal.example",
        "a@",
    ],
)
@pytest.mark.parametrize("setting", ["support_email", "from_email"])
def test_an_address_is_one_plain_address_and_is_not_repeated(setting: str, address: str) -> None:
    said = complaint(**{setting: address})
    assert f"'connections.portal.{setting}' must be one plain e-mail address" in said
    assert address not in said


def test_options_are_those_of_the_contract_and_one_for_takeovers() -> None:
    assert ClearFactsOptions() == ClearFactsOptions(history=None, cost_accepted_by="", previous_firm="")
    assert ClearFactsOptions.model_validate({"history": "migrate"}).history is History.MIGRATE


@pytest.mark.parametrize("options", [{"history": "keep"}, {"history": True}, {"cost_accepted_by": 7}, {"histori": "x"}])
def test_other_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClearFactsOptions.model_validate(options)


def test_a_name_stays_on_its_line_in_the_ticket() -> None:
    options = ClearFactsOptions(cost_accepted_by=" Ola\r\nFjord\x07 ", previous_firm=" \n ")
    assert (options.cost_accepted_by, options.previous_firm) == ("Ola Fjord", "")
