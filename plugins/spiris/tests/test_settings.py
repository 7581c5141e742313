from __future__ import annotations

from typing import Any

import pytest
from disengage.connector import options_from
from disengage.domain.complaints import complain
from disengage.domain.request import request_from
from disengage.errors import InputError
from disengage_spiris.plugin import connector_types
from disengage_spiris.settings import Choice, SpirisOptions, SpirisSettings
from disengage_spiris.simulator import SpirisSimulator
from pydantic import ValidationError

GOOD: dict[str, Any] = {"connector": "spiris", "client_id": "app", "client_secret": {"env": "SPIRIS_SECRET"}}


def complaint(**changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        SpirisSettings.model_validate({**GOOD, **changes})
    return complain(caught.value, SpirisSettings, "connections.spiris")


def options(**given: Any) -> SpirisOptions:
    request = {
        "client": {"name": "Norrsken Kafé AB", "country": "SE"},
        "ending": {"reason": "other", "ends_on": "2026-12-31", "period": {"from": "2026-01-01", "to": "2026-12-31"}},
        "options": {"spiris": given},
    }
    return options_from(SpirisOptions, request_from(request, "request.toml"), "spiris")


def test_the_vendors_own_hosts_need_not_be_configured() -> None:
    settings = SpirisSettings.model_validate(GOOD)
    assert settings.model_dump(include={name for name in SpirisSettings.model_fields if name.endswith("url")}) == {
        "base_url": "https://eaccountingapi.vismaonline.com/v2",
        "payroll_url": "https://vlsapi.vismaonline.com",
        "authorize_url": "https://identity.vismaonline.com/connect/authorize",
        "token_url": "https://identity.vismaonline.com/connect/token",
        "revocation_url": "https://identity.vismaonline.com/connect/revocation",
    }
    assert settings.companies == {}


def test_companies_are_keyed_by_their_compact_number() -> None:
    settings = SpirisSettings.model_validate(GOOD | {"companies": {"552000-0018": {"env": "TOKEN"}}})
    assert list(settings.companies) == ["5520000018"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_url": "https://eaccountingapi.vismaonline.com"}, "'connections.spiris.base_url' must contain /v2"),
        ({"payroll_url": "https://vlsapi.vismaonline.com/v2"}, "'connections.spiris.payroll_url' must not contain /v2"),
        ({"token_url": "http://identity.vismaonline.com/connect/token"}, "must begin with https://"),
        ({"client_secret": "in clear"}, "'connections.spiris.client_secret' is a secret in clear"),
        ({"client_id": ""}, "'connections.spiris.client_id'"),
        ({"companies": {"5520000019": {"env": "X"}}}, "'connections.spiris.companies' is not a valid orgnr of SE"),
        ({"companies": {"5520000018": "token"}}, "is a secret in clear"),
        ({"compaines": {}}, "Did you mean 'companies'?"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], said: str) -> None:
    assert said in complaint(**changes)


def test_each_solution_has_a_choice_of_its_own() -> None:
    chosen = options(solutions={"travel_expenses": "cancel", "bookkeeping": "continue"}).solutions
    assert chosen.chosen == {"bookkeeping": Choice.CONTINUE, "travel_expenses": Choice.CANCEL}
    assert chosen.left == ["payroll", "annual_accounts", "financial_overview", "scanner", "digital_invoices"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"solutions": {"payrol": "continue"}},
            "'options.spiris.solutions.payrol' is not known. Did you mean 'payroll'?",
        ),
        ({"solutions": {"payroll": "delete"}}, "'options.spiris.solutions.payroll' must be 'continue' or 'cancel'"),
        ({"solutions": "payroll"}, "'options.spiris.solutions' must be a table"),
        ({"lock_period": "perhaps"}, "'options.spiris.lock_period' must be true or false"),
        ({"end_on": 20270101}, "'options.spiris.end_on' is not a date"),
        ({"lock": True}, "'options.spiris.lock' is not known. Did you mean 'lock_period'?"),
    ],
)
def test_an_option_that_cannot_be_used_is_bad_input(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        options(**given)
    assert said in caught.value.message


def test_the_entry_point_offers_the_connector_and_its_simulator() -> None:
    (offered,) = connector_types()
    assert (offered.name, offered.manifest.complaints()) == ("spiris", ())
    module, _, name = offered.simulator.partition(":")
    assert (module, name) == (SpirisSimulator.__module__, SpirisSimulator.__name__)
