from __future__ import annotations

import tomllib
from typing import Any

import pytest
from disengage import Verb
from disengage.domain.complaints import complain
from disengage_generic_csv.settings import GenericCsvSettings
from pydantic import ValidationError

GOOD: dict[str, Any] = {
    "connector": "generic_csv",
    "clients": "clients.csv",
    "changes": "changes.csv",
    "columns": {"reference": "Klantnummer", "status": "Klantstatus", "end_date": "Einde relatie"},
    "values": {"active": "Klant", "ended": "Geen klant meer"},
    "verbs": {"sever_link": {"status": "ended", "end_date": "{ends_on}"}},
}


def complaint(**changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        GenericCsvSettings.model_validate({**GOOD, **changes})
    return complain(caught.value, GenericCsvSettings, "connections.crm")


def test_the_mapping_of_the_contract_is_accepted() -> None:
    settings = GenericCsvSettings.model_validate(
        tomllib.loads("""
            connector = "generic_csv"
            clients = "clients.csv"
            changes = "changes.csv"
            [columns]
            reference = "Klantnummer"
            name = "Naam"
            status = "Klantstatus"
            end_date = "Einde relatie"
            billing_to = "Facturatie aan"
            [values]
            active = "Klant"
            ended = "Geen klant meer"
            [verbs]
            sever_link = { status = "ended", end_date = "{ends_on}" }
            settle_billing = { billing_to = "" }
        """)
    )
    assert settings.assignments(Verb.SEVER_LINK) == {"status": "Geen klant meer", "end_date": "{ends_on}"}
    assert settings.assignments(Verb.SETTLE_BILLING) == {"billing_to": ""}
    assert settings.assignments(Verb.ARCHIVE) == {}
    assert settings.changing_words == {"status", "end_date", "billing_to"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"encoding": "utf-88"}, "'connections.crm.encoding' is not an encoding"),
        ({"encoding": "base64"}, "'connections.crm.encoding' is not an encoding"),
        ({"delimiter": ";;"}, "'connections.crm.delimiter' must be one character"),
        ({"delimiter": ""}, "'connections.crm.delimiter' must be one character"),
        ({"delimiter": '"'}, "'connections.crm.delimiter' must be one character"),
        ({"date_format": "%Y"}, "'connections.crm.date_format' must name day, month and year"),
        ({"date_format": "yyyy-mm-dd"}, "'connections.crm.date_format' must name day, month and year"),
        ({"changes": "clients.csv"}, "'connections.crm.changes' must be another file"),
        (
            {"columns": {"refrence": "Klantnummer"}},
            "must have 'reference', the key of a client. Did you mean 'refrence'?",
        ),
        ({"columns": {"reference": " "}}, "'connections.crm.columns' has an empty heading"),
        ({"columns": {"reference": "Nr", "name": "Nr"}}, "gives the heading 'Nr' to two"),
        ({"verbs": {"sever_lnik": {"status": "ended"}}}, "Did you mean 'sever_link'?"),
        ({"verbs": {"retain_history": {"status": "ended"}}}, "'retain_history', which is not a verb that can set"),
        ({"verbs": {"delete": {"status": "ended"}}}, "'delete', which is not a verb that can set"),
        ({"verbs": {"sever_link": {}}}, "'sever_link' without a column"),
        (
            {"verbs": {"sever_link": {"stauts": "ended"}}},
            "which is not in columns. Did you mean 'status'?",
        ),
        ({"verbs": {"sever_link": {"reference": "x"}}}, "would change the key"),
        ({"verbs": {"sever_link": {"status": "endd"}}}, "not a word of values. Did you mean 'ended'?"),
        (
            {"verbs": {"sever_link": {"end_date": "{end_on}"}}},
            "placeholder '{end_on}'. Did you mean 'ends_on'?",
        ),
        ({"verbs": {"sever_link": {"end_date": "{ends_on"}}}, "a brace that has no partner"),
        ({"verbs": {"sever_link": {"end_date": "{ends_on!r}"}}}, "unknown placeholder"),
        ({"verbs": {"archive": {"status": "active"}, "sever_link": {"status": "ended"}}}, "to different values"),
        ({"encoding": "latin-1", "values": {"ended": "Zakończony"}}, "'connections.crm.values' holds a character"),
        ({"operations": {"x": "GET /x"}}, "'connections.crm.operations' has no meaning"),
        ({"delimeter": ";"}, "'connections.crm.delimeter' is not known. Did you mean 'delimiter'?"),
    ],
)
def test_bad_settings_are_named_with_the_nearest_that_is_known(changes: dict[str, Any], said: str) -> None:
    assert said in complaint(**changes)
