"""The reference says what the code does: generated pages are as generated, written ones leave nothing out."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from disengage.connector import ConnectionSettings
from disengage.domain.case import Task
from disengage.domain.request import Request
from disengage.engine import catalogue
from disengage.engine.view import case_json, task_whole_json
from disengage.notifier import USUAL, NotifierSettings
from disengage.registry import Registry
from disengage.sections import (
    DaemonSettings,
    OidcSettings,
    PapersSettings,
    PolicySettings,
    RetentionSettings,
    StoreSettings,
    TimestampSettings,
    VaultSettings,
    WebSettings,
)
from disengage.settings import _Firm
from pydantic import BaseModel

from tests.builders import a_case, a_finding, a_link, a_task

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
ENGINE = ROOT / "core" / "src" / "disengage" / "engine"
WEB = ENGINE.parent / "web"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def generator() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "tools")
        yield importlib.import_module("reference")


GENERATED = [
    "api.md",
    "capabilities.md",
    "commands.md",
    "connectors.md",
    "errors.md",
    "hooks.md",
    "openapi.json",
    "retention-rules.md",
    "states.md",
]


@pytest.mark.parametrize("name", GENERATED)
def test_a_page_that_comes_from_the_code_is_as_the_code_says(generator: ModuleType, name: str) -> None:
    assert page(name) == generator.PAGES[name](), "run `make docs`"


def test_every_page_that_is_generated_is_compared(generator: ModuleType) -> None:
    assert sorted(generator.PAGES) == GENERATED


# configuration


def section(heading: str) -> str:
    return page("configuration.md").partition(f"\n{heading}\n")[2].partition("\n##")[0]


def keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def documented(text: str) -> set[str]:
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word.split(".")[-1] for cell in first for word in cell.replace("`", "").replace(",", " ").split()}


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("## `[firm]`", _Firm),
        ("## `[store]`", StoreSettings),
        ("## `[vault]`", VaultSettings),
        ("## `[policy]`", PolicySettings),
        ("## `[daemon]`", DaemonSettings),
        ("## `[web]`", WebSettings),
        ("## `[web.oidc]`", OidcSettings),
        ("## `[timestamps]`", TimestampSettings),
        ("## `[papers]`", PapersSettings),
        ("## `[retention]`", RetentionSettings),
        ("## `[connections.NAME]`", ConnectionSettings),
        ("## `[notifications.NAME]`", NotifierSettings),
    ],
)
def test_every_key_of_a_table_of_the_configuration_is_explained(heading: str, model: type[BaseModel]) -> None:
    assert documented(section(heading)) == keys(model)


@pytest.mark.parametrize("kind", sorted(Registry().notifier_types))
def test_every_key_of_a_notification_is_explained(kind: str) -> None:
    known = keys(Registry().notifier_types[kind].settings_model)
    assert documented(section(f"### `{kind}`")) == known - keys(NotifierSettings)


@pytest.mark.parametrize("connector", sorted(Registry().types))
def test_every_key_of_a_connection_is_explained(connector: str) -> None:
    known = keys(Registry().types[connector].settings_model)
    assert documented(section(f"### `{connector}`")) - {"operations"} == known - keys(ConnectionSettings)


def test_every_default_of_the_policy_is_the_one_that_is_written() -> None:
    rows = [line.split("|") for line in section("## `[policy]`").splitlines() if line.startswith("| `")]
    written = {row[1].strip(" `"): row[3].strip(" `") for row in rows}
    assert written == {name: v if isinstance(v, str) else f"{v:g}" for name, v in PolicySettings()}


def test_every_key_of_a_request_is_explained() -> None:
    table = section("## A request").partition("| Scheme")[0]
    models = (Request, *(Request.model_fields[name].annotation for name in ("client", "ending")))
    nested = {key for model in models for key in keys(model)} - {"client", "ending"}  # type: ignore[arg-type]
    assert documented(table) >= nested - {"administrator", "options"}
    assert {"options.CONNECTION", "administrator.name"} <= {word.strip("`,| ") for word in table.split()}


# events


def recorded() -> set[str]:
    """Return every kind of event of a case that the engine writes."""
    chosen = {"done", "not_needed", "failed"}  # by what happened to a step
    return chosen | set(named_by("event", ENGINE.glob("*.py")))


def named_by(call: str, files: Iterable[Path]) -> Iterator[str]:
    """Yield the first argument of every call of that name, where it is written out."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != call or not node.args:
                continue
            if isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def test_every_kind_of_event_is_explained_and_no_other() -> None:
    table = page("events.md").partition("## Kinds")[2].partition("\n## ")[0]
    assert documented(table) == recorded()


def test_every_kind_of_event_of_the_house_is_explained_and_no_other() -> None:
    table = page("events.md").partition("## Kinds of the house")[2].partition("\n## ")[0]
    assert documented(table) == set(named_by("record", [*ENGINE.glob("*.py"), *WEB.rglob("*.py")]))


def test_what_a_notifier_tells_where_the_configuration_is_silent_is_explained() -> None:
    row = next(line for line in section("## `[notifications.NAME]`").splitlines() if line.startswith("| `events` |"))
    assert row.split("|")[3].replace("`", "").replace(" ", "").split(",") == list(USUAL)


# json


def fields(heading: str) -> set[str]:
    return documented(page("json.md").partition(f"## {heading}\n")[2].partition("\n## ")[0])


def test_every_field_of_a_case_is_explained() -> None:
    case = a_case(links=[a_link()], tasks=(a_task(),), findings=(a_finding(),))
    found: dict[str, Any] = case_json(case)
    assert fields("A case") == set(found)
    assert fields("A link") == set(found["links"][0])
    assert fields("A step") == set(found["steps"][0])
    answered: Task = a_task(by="Anna", note="seen", values={"seen_on": "2026-11-22"})
    assert fields("A task") == set(task_whole_json(answered))


def test_every_part_of_what_is_installed_is_explained() -> None:
    row = next(line for line in page("json.md").splitlines() if line.startswith("| `connectors` |"))
    assert all(f"`{name}`" in row for name in catalogue.installed(None))
