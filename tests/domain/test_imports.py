"""What is loaded when, so that the command line starts fast."""

from __future__ import annotations

import importlib
import subprocess
import sys

import disengage
import pytest

HEAVY = ("pydantic", "httpx", "sqlalchemy", "dbos", "alembic", "fsspec", "tenacity", "stdnum", "rich", "typer")


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split())


def test_importing_disengage_loads_nothing_heavy() -> None:
    assert loaded_after("import disengage").isdisjoint(HEAVY)


def test_the_errors_load_nothing_heavy() -> None:
    assert loaded_after("import disengage.errors").isdisjoint(HEAVY)


def test_what_a_connector_imports_loads_neither_engine_nor_network() -> None:
    loaded = loaded_after("from disengage import Connector, ConnectorType, hookimpl, Request, Done")
    assert loaded.isdisjoint({"httpx", "sqlalchemy", "dbos", "alembic", "fsspec", "tenacity", "rich", "typer"})


@pytest.mark.parametrize("name", disengage.__all__)
def test_every_exported_name_is_there_and_is_the_one_of_its_home(name: str) -> None:
    exported = getattr(disengage, name)
    home = getattr(exported, "__module__", None)
    if isinstance(home, str) and home.startswith("disengage.") and hasattr(exported, "__name__"):
        assert getattr(importlib.import_module(home), exported.__name__) is exported


def test_what_is_not_exported_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Manager'"):
        disengage.Manager  # type: ignore[attr-defined]  # noqa: B018 - the access is the test
