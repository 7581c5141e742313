from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from disengage.connector import ConnectionSettings, Secret, Url
from disengage.domain.verbs import Provenance
from disengage.errors import ConfigurationError
from disengage.settings import RawConnection, connection_settings


class GoSettings(ConnectionSettings):
    base_url: Url
    application_key: Secret
    client_keys: dict[str, Secret] = {}


def a_connection(**changes: Any) -> RawConnection:
    table = {
        "connector": "poweroffice",
        "base_url": "https://go.example/v2/",
        "application_key": {"file": "key.txt"},
    } | changes
    return RawConnection(name="go", connector="poweroffice", table=table, file=Path("disengage.toml"))


def complaint(**changes: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        connection_settings(a_connection(**changes), GoSettings, Path())
    return caught.value.message


def test_a_connection_becomes_its_connectors_settings(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("hush")

    settings = connection_settings(a_connection(trust="assumed"), GoSettings, tmp_path)

    assert (settings.base_url, settings.trust) == ("https://go.example/v2", Provenance.ASSUMED)
    assert settings.application_key.reveal() == "hush"


def test_an_unknown_key_names_the_file_the_key_and_the_nearest_known() -> None:
    assert complaint(base_ulr="x") == (
        "disengage.toml: 'connections.go.base_ulr' is not known. Did you mean 'base_url'?"
    )


def test_a_secret_in_clear_is_refused_and_not_repeated() -> None:
    said = complaint(application_key="s3cret-value")

    assert "'connections.go.application_key' is a secret in clear" in said
    assert "s3cret" not in said


@pytest.mark.parametrize("url", ["http://go.example/v2", "ftp://go.example", "https://user:s3cret@go.example", "go"])
def test_a_base_url_that_is_not_safe_is_refused(url: str) -> None:
    said = complaint(base_url=url)

    assert said.startswith("disengage.toml: 'connections.go.base_url' must ")
    assert "s3cret" not in said


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v2", "http://localhost:8000", "http://[::1]:8000"])
def test_http_to_this_machine_is_accepted(url: str) -> None:
    assert connection_settings(a_connection(base_url=url), GoSettings, Path()).base_url == url


def test_a_key_that_may_be_a_personal_number_is_not_repeated() -> None:
    said = complaint(client_keys={"19850709-9805": "s3cret"})

    assert "9805" not in said
    assert "connections.go.client_keys" in said
    assert "974760673" in complaint(client_keys={"974760673": "s3cret"})
