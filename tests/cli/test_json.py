"""What programs build on: one JSON document on stdout, every key of the contract, the same text twice."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
HASH = re.compile(r"sha256:[0-9a-f]{64}")

EFFECTS = {
    "reversible",
    "irreversible",
    "destroys-data",
    "removes-our-access",
    "notifies-client",
    "costs-money",
    "immediate",
    "dated",
}
STATES = {"planned", "waiting", "running", "done", "skipped", "refused", "failed"}
CASE_STATES = {"planned", "approved", "running", "waiting", "attention", "closed", "cancelled"}
WAITS = {None, "date", "person", "platform", "step", "approval", "gate"}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[tuple[Desk, str]]:
    """Give a desk and a case with a task, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("standing")
    with at_work(folder, empty_store, banqup=BanqupSimulator(), crm=TableSimulator()) as desk:
        case = desk.planned()
        assert [desk.run(case).code for _ in range(2)] == [4, 4]
        yield desk, case


def _assert_case(case: dict[str, Any]) -> None:
    """Compare a case with section 4 of the contract, key by key."""
    assert case.keys() >= {"case", "state", "client", "ends_on", "plan", "findings", "links", "steps", "tasks"}
    assert case["state"] in CASE_STATES
    assert case["client"] == {"name": "Nordlys Kafé AS", "country": "NO", "identifiers": {"orgnr": "974760673"}}
    assert DAY.fullmatch(case["ends_on"])
    plan = case["plan"]
    assert plan.keys() >= {"hash", "approvals", "needed", "fresh"}
    assert HASH.fullmatch(plan["hash"])
    assert (type(plan["needed"]), type(plan["fresh"])) == (int, bool)
    for approval in plan["approvals"]:
        assert MOMENT.fullmatch(approval["at"])
        assert approval["by"]
    for finding in case["findings"]:
        assert finding.keys() >= {"code", "severity", "connection", "message", "remedy", "source"}
        assert finding["severity"] in {"blocker", "warning", "notice"}
    for link in case["links"]:
        assert link.keys() >= {"connection", "connector", "link", "scope", "observed", "wanted"}
        assert (type(link["observed"]), type(link["wanted"]), link["scope"]) == (dict, dict, None)
    for step in case["steps"]:
        _assert_step(step)
    for task in case["tasks"]:
        _assert_task(task)


def _assert_step(step: dict[str, Any]) -> None:
    keys = {"id", "connection", "link", "verb", "mode", "state", "waits_for", "due", "effects", "attempts", "proof"}
    assert step.keys() >= keys | {"outcome"}
    assert step["mode"] in {"automatic", "by_hand", "not_needed"}
    assert step["state"] in STATES
    assert step["waits_for"] in WAITS
    assert step["due"] is None or DAY.fullmatch(step["due"])
    assert set(step["effects"]) <= EFFECTS
    assert step["proof"] in {None, "verified", "receipt", "stated"}
    assert (type(step["attempts"]), type(step["outcome"])) == (int, str)


def _assert_task(task: dict[str, Any]) -> None:
    assert task.keys() >= {"id", "step", "connection", "title", "due", "state"}
    assert task["state"] in {"open", "done", "declined"}
    assert DAY.fullmatch(task["due"])


def test_every_command_about_a_case_prints_the_case_of_the_contract(standing: tuple[Desk, str]) -> None:
    desk, case = standing
    shown = desk.call("show", case, "--json").json()
    _assert_case(shown)
    for command in (("plan", "request.toml"), ("run", case), ("cases",)):
        assert desk.call(*command, "--json").json() == {"cases": [shown]}


def test_tasks_are_printed_alone_and_whole(standing: tuple[Desk, str]) -> None:
    desk, case = standing
    (task,) = desk.call("tasks", "--json").json()["tasks"]
    _assert_task(task)
    whole = desk.call("task", "show", task["id"], "--json").json()
    assert whole.items() >= task.items()
    assert isinstance(whole["instructions"], str)
    for item in whole["bring"]:
        assert item.keys() >= {"key", "kind", "required", "choices"}
        assert item["kind"] in {"file", "text", "date", "number", "choice"}
    assert desk.show(case)["tasks"][0].items() <= task.items()


READS = (("show", "CASE"), ("cases",), ("tasks",), ("task", "show", "CASE-1"), ("verify",), ("connectors",))


@pytest.mark.parametrize("command", READS, ids=" ".join)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_two_calls_with_nothing_changed_between_them_print_the_same_text(
    standing: tuple[Desk, str], command: tuple[str, ...], form: tuple[str, ...]
) -> None:
    desk, case = standing
    arguments = [word.replace("CASE", case) for word in command]
    first, second = desk.call(*arguments, *form), desk.call(*arguments, *form)
    assert first.out
    assert (first.code, first.err) == (0, "")
    assert second == first


def test_every_step_command_answers_with_the_case(bank: Desk) -> None:
    case = bank.plan()["case"]
    answers = [
        bank.call("approve", case, "--by", "Anna", "--json"),
        bank.call("move", case, "banqup.sever_link", "--to", "2030-01-01", "--by", "Anna", "--json"),
        bank.call("skip", case, "banqup.sever_link", "--by", "Anna", "--reason", "later", "--json"),
        bank.call("retry", case, "--json"),
        bank.call("cancel", case, "--by", "Anna", "--reason", "over", "--json"),
    ]
    for answer in answers:
        assert (answer.code, answer.err) == (0, "")
        _assert_case(answer.json())
    assert [answer.json()["state"] for answer in answers] == [
        "approved",
        "waiting",
        "approved",
        "approved",
        "cancelled",
    ]


MISUSED = {
    "no such command": ("plann", "request.toml"),
    "no such option": ("plan", "request.toml", "--quick"),
    "a missing argument": ("plan",),
    "a missing option": ("approve", "c-1"),
    "a missing reason": ("skip", "c-1", "step", "--by", "Anna"),
    "an argument too many": ("show", "c-1", "c-2"),
    "an option without its value": ("approve", "c-1", "--by"),
    "a number that is none": ("simulate", "--port", "many"),
    "a fault that cannot be read": ("simulate", "--faults", "banqup=500"),
}


@pytest.mark.parametrize("misused", MISUSED)
def test_a_command_that_is_misused_exits_2_with_one_document_for_programs(bank: Desk, misused: str) -> None:
    plain, spoken = bank.call(*MISUSED[misused]), bank.call("--json", *MISUSED[misused])
    assert plain.code == 2
    assert plain.err
    assert (spoken.code, list(spoken.json())) == (2, ["error"])
    spoken = bank.call(*MISUSED[misused], "--json")
    assert (spoken.code, list(spoken.json())) == (2, ["error"])
    assert spoken.json()["error"]["message"]


@pytest.mark.parametrize(
    "command",
    [("show", "\udcff"), ("task", "show", "\udcff"), ("approve", "c-1", "--by", "\udcff"), ("plan", "\udcff.toml")],
    ids=["a case", "a task", "a name", "a file"],
)
def test_an_argument_that_is_no_text_is_refused(bank: Desk, command: tuple[str, ...]) -> None:
    assert "UTF-8" in bank.refused(2, *command)


def test_a_fault_of_our_own_is_one_message_and_one_document(bank: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret words")

    bank.plan()
    monkeypatch.setattr("disengage.store.listing.Listing.choose", broken)
    message = bank.refused(1, "cases")
    assert "ZeroDivisionError" in message
    assert "secret words" not in message


def test_stdout_holds_nothing_but_the_document_even_with_logs_on(bank: Desk) -> None:
    bank.secrets["DISENGAGE_LOG"] = "debug"
    answer = bank.call("plan", "request.toml", "--json")
    assert list(answer.json()) == ["cases"]
    assert [json.loads(line)["event"] for line in answer.err.splitlines()].count("http.exchange") > 0


# --- plugins


def _install(folder: Path, name: str, code: str) -> None:
    """Install a plugin of one module, as pip would."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    metadata = folder / f"disengage_{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: disengage-{name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[disengage]\n{name} = {name}\n")


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder from which plugins are found."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for file in folder.glob("*.py"):
        sys.modules.pop(file.stem, None)


def test_a_broken_plugin_is_shown_with_the_reason_and_connectors_exits_0(bank: Desk, plugins: Path) -> None:
    _install(plugins, "burst", "raise RuntimeError('hunter2')\n")
    answer = bank.call("connectors", "--json")
    (broken,) = answer.json()["broken"]
    assert answer.code == 0
    assert broken["plugin"] == "burst"
    assert broken["distribution"] == "disengage-burst 1.0"
    assert broken["reason"]
    assert {c["name"] for c in answer.json()["connectors"]} >= {"banqup", "generic_csv", "poweroffice"}
    plain = bank.call("connectors")
    assert plain.code == 0
    assert "burst" in plain.out
    assert "hunter2" not in answer.out + plain.out + plain.err


def test_a_connection_of_a_broken_plugin_blocks_and_the_others_are_surveyed(bank: Desk, plugins: Path) -> None:
    _install(plugins, "burst", "raise RuntimeError('no')\n")
    bank.add_configuration('[connections.odd]\nconnector = "burst"')
    answer = bank.call("plan", "request.toml", "--json")
    (case,) = answer.json()["cases"]
    assert answer.code == 3
    assert [(f["connection"], f["code"]) for f in case["findings"] if f["severity"] == "blocker"] == [
        ("odd", "connection_broken")
    ]
    assert [link["connection"] for link in case["links"]] == ["banqup"]


def test_a_house_rule_that_objects_is_a_blocker_of_the_case(bank: Desk, plugins: Path) -> None:
    rule = """
from disengage import Finding, Severity, hookimpl

@hookimpl
def review_plan(plan):
    steps = [step["id"] for step in plan["steps"]]
    return [Finding(code="house_rule", severity=Severity.BLOCKER, message=f"{len(steps)} steps", remedy="Ask.")]
"""
    _install(plugins, "house", rule)
    answer = bank.call("plan", "request.toml", "--json")
    assert answer.code == 3
    assert "house_rule" in bank.refused(3, "approve", answer.json()["cases"][0]["case"], "--by", "Anna")


def test_a_connector_is_shown_with_operations_sources_and_instructions(bank: Desk) -> None:
    document = bank.call("connectors", "show", "banqup", "--json").json()
    operations = {operation["name"]: operation for operation in document["operations"]}
    assert operations["archive_client"]["provenance"] == "assumed"
    assert operations["get_token"]["source"].startswith("https://")
    assert {item["verb"] for item in document["by_hand"]} >= {"retain_history", "sever_link"}
    assert "'banqup'" in bank.refused(2, "connectors", "show", "bankup")
