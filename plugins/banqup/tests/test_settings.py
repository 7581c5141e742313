from __future__ import annotations

from typing import Any

import pytest
from disengage.domain.complaints import complain
from disengage_banqup.settings import BanqupSettings
from pydantic import ValidationError

GOOD: dict[str, Any] = {
    "connector": "banqup",
    "base_url": "https://api.banqup.example/",
    "client_id": "app",
    "client_secret": {"env": "BANQUP_SECRET"},
}


def complaint(**changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        BanqupSettings.model_validate({**GOOD, **changes})
    return complain(caught.value, BanqupSettings, "connections.banqup")


def operation(name: str, call: str) -> dict[str, Any]:
    return {"operations": {name: call}}


def test_the_least_that_must_be_configured() -> None:
    settings = BanqupSettings.model_validate(GOOD)
    assert settings.base_url == "https://api.banqup.example"
    assert settings.token_path == "/oauth2/client_credential/gettoken"
    assert settings.operations == {}


def test_an_operation_is_filled_without_leaving_its_place() -> None:
    settings = BanqupSettings.model_validate(
        GOOD | operation("archive_client", "POST /p/{client_id}/archive?number={identifier}&why=end&empty=")
    )
    path, query = settings.operation("archive_client").filled(
        {"client_id": "a/../b?c#d", "identifier": "0417 & co", "partner_space_id": ""}
    )
    assert path == "/p/a%2F..%2Fb%3Fc%23d/archive"
    assert query == {"number": "0417 & co", "why": "end", "empty": ""}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_secret": "in clear"}, "'connections.banqup.client_secret' is a secret in clear"),
        ({"base_url": "http://api.banqup.example"}, "'connections.banqup.base_url' must begin with https://"),
        ({"token_path": "oauth2/token"}, "'connections.banqup.token_path'"),
        ({"client_id": ""}, "'connections.banqup.client_id'"),
        ({"parner_space_id": "x"}, "Did you mean 'partner_space_id'?"),
        (operation("archive_clint", "POST /a/{client_id}"), "not known. Did you mean 'archive_client'?"),
        (operation("archive_client", "/a/{client_id}"), "has 'archive_client', which must be METHOD /path"),
        (operation("archive_client", "POST a/{client_id}"), "must be METHOD /path"),
        (operation("archive_client", "POST //evil.example/{client_id}"), "must be METHOD /path"),
        (operation("archive_client", "POST https://evil.example/{client_id}"), "must be METHOD /path"),
        (operation("archive_client", "GET /a/{client_id}"), "one of the methods POST, PUT, PATCH, DELETE"),
        (operation("find_client", "DELETE /a"), "one of the methods GET, POST"),
        (operation("archive_client", "POST /a/archive"), "must hold {client_id} or {identifier}"),
        (operation("delete_extension", "DELETE /a/{client_id}"), "must hold {extension_id}"),
        (operation("archive_client", "POST /a/{client_id}/{extension_id}"), "cannot know {extension_id}"),
        (operation("archive_client", "POST /a/{clientid}"), "placeholder '{clientid}'. Did you mean 'client_id'?"),
        (operation("archive_client", "POST /a/{client_id"), "a brace that has no partner"),
        (operation("find_client", "GET /{partner_space_id}"), "lacks 'partner_space_id', which the operation"),
    ],
)
def test_bad_settings_are_named_with_the_nearest_that_is_known(changes: dict[str, Any], said: str) -> None:
    assert said in complaint(**changes)
