from datetime import date
from typing import Any

import pytest
from disengage import Secret
from disengage.connector import options_from
from disengage.domain.complaints import complain
from disengage.errors import InputError
from disengage_poweroffice.settings import Extra, PowerOfficeOptions, PowerOfficeSettings
from pydantic import ValidationError

TABLE = {
    "connector": "poweroffice",
    "base_url": "https://goapi.poweroffice.net/Demo/v2",
    "application_key": {"env": "A"},
    "client_key": {"env": "B"},
    "subscription_key": {"env": "C"},
    "partner_client_id": "p-1",
}


def complaint(**changes: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        PowerOfficeSettings.model_validate(TABLE | changes)
    return complain(refused.value, PowerOfficeSettings, "connections.go")


def test_the_token_endpoint_lies_beside_the_base_unless_it_is_given() -> None:
    settings = PowerOfficeSettings.model_validate(TABLE)
    assert settings.token_endpoint == "https://goapi.poweroffice.net/Demo/OAuth/Token"
    given = PowerOfficeSettings.model_validate(TABLE | {"token_url": "https://goapi.poweroffice.net/demo/Token"})
    assert given.token_endpoint == "https://goapi.poweroffice.net/demo/Token"


def test_keys_of_clients_are_found_by_the_bare_organisation_number() -> None:
    settings = PowerOfficeSettings.model_validate(TABLE | {"client_keys": {"974 760 673": {"env": "N"}}})
    assert isinstance(settings.client_keys["974760673"], Secret)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_keys": {"974760674": {"env": "N"}}}, "connections.go.client_keys"),
        ({"application_key": "in-clear"}, "connections.go.application_key"),
        ({"client_keys": {"974760673": "in-clear"}}, "connections.go.client_keys.974760673"),
        ({"base_url": "http://goapi.poweroffice.net/v2"}, "connections.go.base_url"),
        ({"partner_client_id": ""}, "connections.go.partner_client_id"),
        ({"subscription": {"env": "C"}}, "subscription_key"),
        ({"token_url": "https://goapi.poweroffice.net/OAuth/Token"}, "different environments"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, Any], field: str) -> None:
    assert field in complaint(**changes)


def test_options_are_read_from_toml_and_from_a_row_of_a_csv_alike(ask: Any) -> None:
    chosen = PowerOfficeOptions(
        generation_date=date(2027, 1, 15),
        subscription_administrator="later",
        subscription_administrator_user="ola@fjordregnskap.example",
        users_of_other_partners=("u-1", "u-2"),
        extras=(Extra.SAFT, Extra.A03),
        client_stops=True,
    )
    toml = {"generation_date": date(2027, 1, 15), "extras": ["saft", "a03"], "client_stops": True}
    toml |= {"users_of_other_partners": ["u-1", "u-2"]}
    csv = {"generation_date": "2027-01-15", "extras": "saft, a03", "client_stops": "true"}
    csv |= {"users_of_other_partners": "u-1; u-2"}
    for given in (toml, csv):
        request = ask(
            **given,
            subscription_administrator="later",
            subscription_administrator_user="ola@fjordregnskap.example",
        )
        assert options_from(PowerOfficeOptions, request, "go") == chosen


@pytest.mark.parametrize(
    "wrong",
    [
        {"generation_day": "2027-01-15"},
        {"generation_date": "15.01.2027"},
        {"extras": ["everything"]},
        {"generation_date": date(9999, 12, 31)},
        {"generation_date": "9999-12-30"},
        {"generation_date": "0001-01-01"},
        {"generation_date": 20270115},
        {"subscription_administrator": "never"},
        {"users_of_other_partners": [1]},
    ],
)
def test_an_option_that_is_unknown_or_of_the_wrong_type_is_refused(ask: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        options_from(PowerOfficeOptions, ask(**wrong), "go")
