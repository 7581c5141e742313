from __future__ import annotations

from typing import Any

import pytest
from disengage.domain.complaints import complain
from disengage_auditcase.settings import AuditCaseSettings
from pydantic import ValidationError

GOOD: dict[str, Any] = {
    "connector": "auditcase",
    "base_url": "https://fjord.auditcase.example/ac/api/",
    "token": {"env": "AUDITCASE_TOKEN"},
    "version": "9.6",
}


def test_the_least_that_must_be_configured() -> None:
    settings = AuditCaseSettings.model_validate(GOOD)
    assert settings.base_url == "https://fjord.auditcase.example/ac/api"
    assert (settings.auth_header, settings.auth_scheme) == ("Authorization", "Bearer")


@pytest.mark.parametrize(
    ("version", "asks"),
    [
        ("9.6", True),
        ("9.12", True),
        ("9.99.9", True),
        ("10", True),
        ("10.0", True),
        ("10.0.9", True),
        ("10.1", False),
        ("10.1.0", False),
        ("10.10", False),
        ("11", False),
        ("12.6", False),
        ("100.0", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str, asks: bool) -> None:
    assert AuditCaseSettings.model_validate({**GOOD, "version": version}).asks_billing_to is asks


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": "ten"}, "'connections.auditcase.version' must be AuditCase's own version"),
        ({"version": "v12"}, "'connections.auditcase.version' must be AuditCase's own version"),
        ({"version": "10."}, "'connections.auditcase.version' must be AuditCase's own version"),
        ({"version": "10,1"}, "'connections.auditcase.version' must be AuditCase's own version"),
        ({"version": ""}, "'connections.auditcase.version' must be AuditCase's own version"),
        ({"version": "9²"}, "'connections.auditcase.version' must be AuditCase's own version"),
        ({"version": 10.10}, "'connections.auditcase.version' must be a text"),
        ({"token": "in clear"}, "'connections.auditcase.token' is a secret in clear"),
        ({"base_url": "http://fjord.auditcase.example/ac/api"}, "'connections.auditcase.base_url' must begin with"),
        ({"auth_header": "X Token"}, "'connections.auditcase.auth_header' must be the name of a header"),
        ({"auth_header": ""}, "'connections.auditcase.auth_header' must be the name of a header"),
        ({"auth_scheme": "JWT\r\nX: y"}, "'connections.auditcase.auth_scheme' must be one word"),
        ({"operations": {"set_status": "PUT /x"}}, "'connections.auditcase.operations' has no meaning for AuditCase"),
        ({"verison": "9.6"}, "'connections.auditcase.verison' is not known. Did you mean 'version'?"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        AuditCaseSettings.model_validate({**GOOD, **changes})
    assert said in complain(caught.value, AuditCaseSettings, "connections.auditcase")


def test_the_version_has_to_be_said() -> None:
    with pytest.raises(ValidationError) as caught:
        AuditCaseSettings.model_validate({key: value for key, value in GOOD.items() if key != "version"})
    assert complain(caught.value, AuditCaseSettings, "connections.auditcase") == (
        "'connections.auditcase.version' is missing"
    )
