from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from disengage.connector import Firm, Secret
from disengage.domain.verbs import Provenance
from disengage.errors import ConfigurationError
from disengage.sections import PolicySettings, StoreSettings, VaultSettings
from disengage.settings import RawConnection, Settings, load

WHOLE = """
[firm]
name = "Fjord Regnskap AS"
country = "NO"
time_zone = "Europe/Oslo"

[store]
url = "sqlite:///disengage.db"

[vault]
url = "file:vault"

[policy]
approvals = 1
approvals_when_data_is_destroyed = 3
gate = "connection"
act_timeout_seconds = 1.5

[connections.go]
connector = "poweroffice"
trust = "observed"
base_url = "https://goapi.poweroffice.net/Demo/v2"
application_key = { env = "GO_APPLICATION_KEY" }
"""

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes) -> Path:
        file = tmp_path / "disengage.toml"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return written


def complaint(file: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert str(file) in caught.value.message
    assert caught.value.remedy
    return caught.value.message.removeprefix(f"{file}")


def test_the_whole_file_becomes_settings(write: Write, tmp_path: Path) -> None:
    file = write(WHOLE)

    assert load(file) == Settings(
        file=file,
        folder=tmp_path,
        firm=Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo"),
        store=StoreSettings(url=f"sqlite:///{tmp_path}/disengage.db"),
        vault=VaultSettings(url="file:vault"),
        policy=PolicySettings(approvals_when_data_is_destroyed=3, gate="connection", act_timeout_seconds=1.5),
        connections={
            "go": RawConnection(
                name="go",
                connector="poweroffice",
                trust=Provenance.OBSERVED,
                table={
                    "connector": "poweroffice",
                    "trust": "observed",
                    "base_url": "https://goapi.poweroffice.net/Demo/v2",
                    "application_key": {"env": "GO_APPLICATION_KEY"},
                },
                file=file,
            )
        },
    )


def test_a_byte_order_mark_is_no_trouble(write: Write) -> None:
    assert load(write(b"\xef\xbb\xbf" + WHOLE.encode())).firm.country == "NO"


def test_the_file_named_is_preferred_to_the_environment_and_that_to_the_folder(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("named", "environment", "here"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "disengage.toml").write_text(WHOLE.replace("Fjord Regnskap AS", name))
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("DISENGAGE_CONFIG", raising=False)
    assert load().firm.name == "here"

    monkeypatch.setenv("DISENGAGE_CONFIG", str(tmp_path / "environment/disengage.toml"))
    assert load().firm.name == "environment"
    assert load(Path("../named/disengage.toml")).firm.name == "named"


def test_without_a_configuration_init_is_recommended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISENGAGE_CONFIG", raising=False)

    with pytest.raises(ConfigurationError) as caught:
        load()

    assert "disengage init" in caught.value.remedy


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    assert complaint(tmp_path) == ": this is a folder, not a file."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (WHOLE.replace("[policy]", "[polcy]"), "'polcy' is not known. Did you mean 'policy'?"),
        (WHOLE.replace("gate =", "gat ="), "'policy.gat' is not known. Did you mean 'gate'?"),
        (WHOLE.replace("connector =", "conector ="), "'connections.go' has 'conector'"),
        (WHOLE.replace('connector = "poweroffice"', ""), "'connections.go.connector' is missing"),
        (WHOLE.replace('"observed"', '"obsrved"'), "'connections.go.trust' must be 'documented'"),
        (WHOLE.replace('"connection"', '"everything"'), "'policy.gate' must be 'case' or 'connection'"),
        (WHOLE.replace("approvals = 1", 'approvals = "1"'), "'policy.approvals' "),
        (WHOLE.replace("approvals = 1", "approvals = 0"), "'policy.approvals' "),
        (WHOLE.replace("approvals = 1", "approvals = true"), "'policy.approvals' "),
        (WHOLE.replace("1.5", "-1"), "'policy.act_timeout_seconds' "),
        (WHOLE.replace('"NO"', '"UK"'), "'firm.country' "),
        (WHOLE.replace('"NO"', '"no"'), "'firm.country' "),
        (WHOLE.replace("Europe/Oslo", "Europe/Olso"), "Did you mean 'Europe/Oslo'?"),
        (WHOLE.replace("Europe/Oslo", "../../etc/passwd"), "'firm.time_zone' "),
        (WHOLE.replace("Europe/Oslo", "Europe"), "'firm.time_zone' "),
        (WHOLE.replace("sqlite:///disengage.db", "mysql://host/db"), "'store.url' must be sqlite:///"),
        (WHOLE.replace("sqlite:///disengage.db", "sqlite://"), "'store.url' must be sqlite:///"),
        (WHOLE.replace("[connections.go]", '[connections."a b"]'), "'connections' names one 'a b'"),
        (WHOLE.replace("[firm]", "[[firm]]"), "'firm' must be a table"),
        ("connections = 3\n" + WHOLE.split("[connections")[0], "'connections' must be a table"),
        ("", "'firm' is missing"),
    ],
)
def test_what_cannot_be_used_is_named(write: Write, wrong: str, said: str) -> None:
    assert said in complaint(write(wrong))


def test_the_place_of_a_syntax_error_is_named(write: Write) -> None:
    assert complaint(write(WHOLE.replace("[store]", "[store"))).startswith(":7:7: not valid TOML")
    assert complaint(write("[firm]\nname = 'x")).startswith(":2:10: not valid TOML")


def test_a_wrong_encoding_is_named_with_its_line(write: Write) -> None:
    assert ":3: the file is not UTF-8" in complaint(write(WHOLE.replace("Fjord", "Fjörd").encode("latin-1")))
    assert "UTF-16" in complaint(write(WHOLE.encode("utf-16")))


@pytest.mark.parametrize(
    "wrong",
    [
        WHOLE.replace("[vault]", 'key = "s3cret-value"\n[vault]'),
        WHOLE.replace("[vault]", 'key = { vault = "s3cret-value" }\n[vault]'),
        WHOLE.replace("sqlite:///disengage.db", "postgresql://firm:s3cret-value@host/db"),
        WHOLE.replace("sqlite:///disengage.db", "postgresql://host/db?user=x&password=s3cret-value"),
        WHOLE.replace("file:vault", "s3://id:s3cret-value@bucket"),
    ],
)
def test_a_secret_in_clear_is_refused_and_not_repeated(write: Write, wrong: str) -> None:
    assert "s3cret" not in complaint(write(wrong))


def test_a_secret_named_by_a_file_counts_from_the_configuration(write: Write, tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("value\n")
    settings = load(write(WHOLE.replace("[vault]", 'key = { file = "key.txt" }\n[vault]')))

    assert isinstance(settings.store.key, Secret)
    assert settings.store.key.reveal() == "value"


@pytest.mark.parametrize(
    "url",
    ["postgresql://firm@host/db", "postgresql+psycopg://firm@host/db", "postgresql://x:@/x?host=/run/pg"],
)
def test_a_postgresql_store_is_taken_as_it_is(write: Write, url: str) -> None:
    assert load(write(WHOLE.replace("sqlite:///disengage.db", url))).store.url == url


def test_an_absolute_path_of_the_store_stays(write: Write) -> None:
    assert load(write(WHOLE.replace("///dis", "////srv/dis"))).store.url == "sqlite:////srv/disengage.db"
