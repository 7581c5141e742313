"""Every page leads somewhere, says for whom it is, and has examples that can be used as they stand."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage import Severity
from disengage.domain.request import request_from
from disengage.registry import Registry
from disengage.requests import read_requests
from disengage.settings import connection_settings, load
from disengage_generic_csv.api import Export
from disengage_generic_csv.settings import GenericCsvSettings

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted(ROOT.glob("docs/**/*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *DOCS, *sorted(ROOT.glob("plugins/*/README.md"))]
FIRM = '[firm]\nname = "Fjord Regnskap AS"\ncountry = "NO"\ntime_zone = "Europe/Oslo"\n'
LINK = re.compile(r"(?<!!)\[[^]]+\]\(([^)\s]+)\)")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text(path), re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_link_inside_the_repository_leads_to_a_page_and_a_heading(path: Path) -> None:
    broken = []
    for target in LINK.findall(text(path)):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_page_says_for_whom_it_is_and_what_they_can_do_after_it(path: Path) -> None:
    beginning = " ".join(text(path).split("\n## ")[0].split())
    assert re.search(
        r"\bFor (authors|everybody|whoever|accounting|accountants|administrators|firms|a firm)\b", beginning
    )
    assert re.search(r"[Aa]fter this page", beginning)


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = {
        (ROOT / "docs" / target.partition("#")[0]).resolve() for target in LINK.findall(text(ROOT / "docs/README.md"))
    }
    decisions = {path for path in DOCS if path.parent.name == "adr"}
    assert set(DOCS) - decisions - {ROOT / "docs" / "README.md"} <= index
    assert {min(decisions), max(decisions)} <= index


def examples() -> Iterator[Any]:
    for path in PAGES:
        for number, block in enumerate(blocks(path, "toml")):
            yield pytest.param(block, id=f"{name(path)}-{number}")


@pytest.mark.parametrize("block", list(examples()))
def test_every_example_of_a_configuration_or_request_can_be_used(block: str, tmp_path: Path) -> None:
    tables = tomllib.loads(block)
    if "client" in tables:
        assert request_from(tables, "the example").options == tables.get("options", {})
    elif "connections" in tables or "firm" in tables:
        (tmp_path / "disengage.toml").write_text(block if "firm" in tables else FIRM + block, encoding="utf-8")
        settings, types = load(tmp_path / "disengage.toml"), Registry().types
        for raw in settings.connections.values():
            if {"base_url", "clients"} & raw.table.keys():
                assert connection_settings(raw, types[raw.connector].settings_model, tmp_path)


def test_there_are_examples_of_configurations_and_of_requests() -> None:
    found = [tomllib.loads(example.values[0]).keys() for example in examples()]
    assert sum("connections" in keys for keys in found) > 5
    assert sum("client" in keys for keys in found) >= 3


def test_the_example_of_many_requests_can_be_planned(tmp_path: Path) -> None:
    (example,) = blocks(ROOT / "docs/how-to/many-requests.md", "csv")
    (tmp_path / "requests.csv").write_text(example, encoding="utf-8")
    names = [request.client.name for _, request in read_requests([tmp_path / "requests.csv"])]
    assert names == ["Nordlys Kafé AS", "Prøveklient 2 AS"]


def test_the_example_of_an_export_fits_the_example_of_its_mapping(tmp_path: Path) -> None:
    page = ROOT / "docs/how-to/generic-csv.md"
    mapping = tomllib.loads(blocks(page, "toml")[0])["connections"]["crm"]
    (tmp_path / "crm").mkdir()
    (tmp_path / "crm" / "clients.csv").write_text(blocks(page, "csv")[0], encoding="utf-8")
    rows = list(Export(GenericCsvSettings.model_validate(mapping), tmp_path).rows())
    assert [row.words["reference"] for row in rows] == ["10042"]


def test_the_example_of_a_house_rule_finds_what_it_says(tmp_path: Path) -> None:
    (rule,) = blocks(ROOT / "CONTRIBUTING.md", "python")
    (tmp_path / "rule.py").write_text(rule, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("rule", tmp_path / "rule.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert [finding.severity for finding in module.review_plan({"ends_on": "2026-12-31"})] == [Severity.WARNING]
    assert module.review_plan({"ends_on": "2026-11-30"}) == []
