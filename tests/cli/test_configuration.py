"""A configuration that cannot be used is one clear message, whatever the command, and nothing is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk, codes

SECRET = '{ env = "BANQUP_CLIENT_SECRET" }'

WRONG = {
    "an unknown key of the policy": (
        '[vault]\nurl = "file:vault"',
        '[vault]\nurl = "file:vault"\n\n[policy]\naproovals = 2',
        ("'policy.aproovals'", "'approvals'"),
    ),
    "an unknown table": ("[vault]", "[valt]", ("'valt'", "'vault'")),
    "an unknown key of a connection": (
        "partner_space_id =",
        "partner_spaceid =",
        ("'connections.banqup.partner_spaceid'", "'partner_space_id'"),
    ),
    "a secret in clear": (SECRET, '"hunter2-in-clear"', ("'connections.banqup.client_secret'", "clear")),
    "http to a foreign host": (
        'base_url = "http://127.0.0.1',
        'base_url = "http://api.banqup.example',
        ("'connections.banqup.base_url'", "https"),
    ),
    "an unknown connector": ('connector = "banqup"', 'connector = "bankup"', ("'bankup'", "'banqup'")),
    "an unknown operation": (
        "operations.find_client",
        "operations.find_clients",
        ("connections.banqup.operations", "'find_client'"),
    ),
    "what is not TOML": ('[firm]\nname = "', "[firm]\nname = ", (":2:", "TOML")),
    "a time zone that is none": ("Europe/Oslo", "Europe/Olso", ("'firm.time_zone'", "Europe/Oslo")),
    "a negative number of approvals": ("[vault]", "[policy]\napprovals = -1\n\n[vault]", ("'policy.approvals'",)),
    "a gate that does not exist": ("[vault]", '[policy]\ngate = "never"\n\n[vault]', ("'policy.gate'", "'case'")),
}

COMMANDS = (
    ("plan", "request.toml"),
    ("approve", "c-1", "--by", "Anna"),
    ("run",),
    ("cases",),
    ("show", "c-1"),
    ("tasks",),
    ("task", "show", "c-1-1"),
    ("task", "done", "c-1-1", "--by", "Anna"),
    ("task", "decline", "c-1-1", "--by", "Anna", "--reason", "no"),
    ("retry", "c-1"),
    ("skip", "c-1", "x", "--by", "Anna", "--reason", "no"),
    ("move", "c-1", "x", "--to", "2030-01-01", "--by", "Anna"),
    ("cancel", "c-1", "--by", "Anna", "--reason", "no"),
    ("verify",),
    ("connectors", "check"),
)


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_configuration_is_refused_by_naming_the_file_and_the_key(new_desk: Desk, case: str) -> None:
    old, new, words = WRONG[case]
    new_desk.configure(old, new)
    before = sorted(new_desk.folder.iterdir())
    message = new_desk.refused(2, "plan", "request.toml")
    assert "disengage.toml" in message
    assert [word for word in words if word not in message] == [], message
    assert sorted(new_desk.folder.iterdir()) == before
    assert new_desk.calls_at() == []


def test_a_secret_in_clear_is_not_repeated(bank: Desk) -> None:
    bank.configure(SECRET, '"hunter2-in-clear"')
    assert "hunter2" not in bank.refused(2, "cases")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_refuses_a_wrong_configuration_alike(bank: Desk, command: tuple[str, ...]) -> None:
    bank.configure(SECRET, '"hunter2-in-clear"')
    assert "'connections.banqup.client_secret'" in bank.refused(2, *command)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_refuses_a_configuration_that_is_not_there(bank: Desk, command: tuple[str, ...]) -> None:
    (bank.folder / "disengage.toml").unlink()
    assert "there is no such file" in bank.refused(2, *command)


def test_the_option_config_wins_over_the_environment(bank: Desk, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert bank.call("init", str(elsewhere)).code == 0
    bank.plan()
    answer = bank.call("cases", "--config", str(elsewhere / "disengage.toml"), "--json")
    assert (answer.code, answer.json()) == (0, {"cases": []})


def test_init_makes_a_configuration_that_every_command_can_read(bank: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    answer = bank.call("init", str(folder), "--json")
    assert answer.code == 0
    assert set(answer.json()) == {"config", "store", "vault"}
    made = {path.name for path in folder.iterdir()}
    assert made >= {"disengage.db", "disengage.key", "disengage.toml", "vault"}
    again = bank.call("verify", "--config", str(folder / "disengage.toml"))
    assert again.code == 0


def test_init_never_overwrites_a_configuration(bank: Desk) -> None:
    before = (bank.folder / "disengage.toml").read_bytes()
    assert "already" in bank.refused(2, "init", str(bank.folder))
    assert (bank.folder / "disengage.toml").read_bytes() == before


@pytest.mark.parametrize("secret", [None, "wrong"], ids=["missing", "wrong"])
def test_credentials_that_fail_block_their_connection_and_the_others_are_surveyed(
    desk: Desk, secret: str | None
) -> None:
    desk.secrets["BANQUP_CLIENT_SECRET"] = secret
    answer = desk.call("plan", "request.toml", "--json")
    (case,) = answer.json()["cases"]
    assert answer.code == 3
    assert codes(case) == {("credentials_refused", "banqup")}
    assert [link["connection"] for link in case["links"]] == ["crm"]
    assert all(finding["remedy"] for finding in case["findings"] if finding["severity"] == "blocker")


def test_credentials_are_tried_connection_by_connection(desk: Desk) -> None:
    desk.secrets["BANQUP_CLIENT_SECRET"] = "wrong"
    answer = desk.call("connectors", "check", "--json")
    tried = {found["connection"]: found for found in answer.json()["connections"]}
    assert answer.code == 5
    assert {name: found["ok"] for name, found in tried.items()} == {"banqup": False, "crm": True}
    assert tried["banqup"]["remedy"]
    assert desk.call("connectors", "check", "crm").code == 0
    assert "'crm'" in desk.refused(2, "connectors", "check", "crn")


def test_credentials_that_work_again_lift_the_blocker_when_planned_again(desk: Desk) -> None:
    desk.secrets["BANQUP_CLIENT_SECRET"] = "wrong"
    blocked = desk.plan()
    desk.secrets.clear()
    again = desk.call("plan", "request.toml", "--json")
    assert again.code == 0
    assert again.json()["cases"][0]["case"] == blocked["case"]


def test_a_connector_that_is_not_installed_is_shown_where_it_is_configured(bank: Desk) -> None:
    bank.configure('connector = "banqup"', 'connector = "bankup"')
    answer = bank.call("connectors", "--json")
    assert answer.code == 0
    (connection,) = answer.json()["connections"]
    assert connection["name"] == "banqup"
    assert connection["reason"]
