from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from disengage.errors import ConfigurationError
from disengage.initialising import initialise, template
from disengage.sections import PolicySettings
from disengage.settings import load


def test_the_template_loads_as_it_stands(tmp_path: Path) -> None:
    settings = load(initialise(tmp_path))

    assert settings.policy == PolicySettings()
    assert settings.store.url == f"sqlite:///{tmp_path}/disengage.db"
    assert settings.connections == {}


def test_the_examples_of_the_template_load_when_the_hash_signs_are_removed(tmp_path: Path) -> None:
    file = tmp_path / "disengage.toml"
    file.write_text(re.sub(r"^#(?=\S)", "", template(), flags=re.MULTILINE), encoding="utf-8")

    connectors = {name: raw.connector for name, raw in load(file).connections.items()}

    assert connectors == {"go": "poweroffice", "banqup": "banqup", "crm": "generic_csv"}


def test_init_writes_the_template_and_a_private_vault(tmp_path: Path) -> None:
    file = initialise(tmp_path / "new" / "folder")

    assert file == tmp_path / "new/folder/disengage.toml"
    assert file.read_text(encoding="utf-8") == template()
    assert stat.S_IMODE((file.parent / "vault").stat().st_mode) & 0o077 == 0


def test_init_never_overwrites_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "disengage.toml").write_text("mine")

    with pytest.raises(ConfigurationError, match="already"):
        initialise(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["disengage.toml"]
    assert (tmp_path / "disengage.toml").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="cannot be written"):
        initialise(tmp_path / "file" / "folder")
