"""A store that cannot be used says why, once, and nothing happens on any platform."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from filelock import FileLock

from tests.cli.desk import Desk

OF_A_CASE = (
    ("approve", "--by", "Anna"),
    ("run",),
    ("show",),
    ("retry",),
    ("cancel", "--by", "Anna", "--reason", "no"),
    ("verify",),
)


def _on(case: str, command: tuple[str, ...]) -> tuple[str, ...]:
    return (command[0], case, *command[1:])


@contextmanager
def _locked(store: Path) -> Iterator[None]:
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_a_store_that_is_locked_is_said_to_be_locked_and_nothing_is_changed(desk: Desk) -> None:
    case = desk.planned()
    before = desk.show(case)
    desk.secrets["DISENGAGE_BUSY_TIMEOUT_MS"] = "50"
    with _locked(desk.store):
        for command in (("approve", case, "--by", "Berit"), ("retry", case), ("plan", "request.toml"), ("run", case)):
            assert "locked" in desk.refused(2, *command)
        assert desk.show(case) == before
    desk.assert_nothing_was_changed()
    assert desk.call("approve", case, "--by", "Berit").code == 0


def test_a_store_that_is_missing_is_made_by_planning_only(desk: Desk) -> None:
    case = desk.planned()
    for file in desk.folder.glob("disengage.db*"):
        file.unlink()
    for command in (*(_on(case, c) for c in OF_A_CASE), ("cases",), ("tasks",)):
        message = desk.refused(2, *command)
        assert "does not exist" in message
        assert not desk.store.exists()
    assert desk.plan()["case"] == case


def test_a_store_from_a_newer_version_is_left_alone(desk: Desk) -> None:
    case = desk.planned()
    desk.sql("UPDATE alembic_version SET version_num = '9999'")
    before = desk.store.read_bytes()
    for command in (*(_on(case, c) for c in OF_A_CASE), ("plan", "request.toml")):
        assert "newer version" in desk.refused(2, *command)
    assert desk.store.read_bytes() == before
    desk.assert_nothing_was_changed()


def test_a_store_with_another_key_is_refused(desk: Desk) -> None:
    case = desk.planned()
    key = desk.folder / "disengage.key"
    right = key.read_bytes()
    key.chmod(0o600)
    key.write_bytes(Fernet.generate_key())
    for command in (*(_on(case, c) for c in OF_A_CASE), ("plan", "request.toml")):
        assert "another key" in desk.refused(2, *command)
    key.write_bytes(b"no key at all")
    assert "not a key" in desk.refused(2, "show", case)
    key.unlink()
    assert "missing" in desk.refused(2, "show", case)
    assert not key.exists()
    key.write_bytes(right)
    assert desk.show(case)["state"] != "planned"


@pytest.mark.parametrize("content", [b"this is no database", b"SQLite format 3\0 but nothing else"])
def test_a_file_that_is_no_store_is_left_alone(desk: Desk, content: bytes) -> None:
    for file in desk.folder.glob("disengage.db*"):
        file.unlink()
    desk.store.write_bytes(content)
    assert "cannot be used" in desk.refused(2, "plan", "request.toml")
    assert desk.store.read_bytes() == content


def test_a_store_in_a_folder_that_does_not_exist_is_named(desk: Desk) -> None:
    desk.configure("sqlite:///disengage.db", "sqlite:///nowhere/disengage.db")
    assert "nowhere/disengage.db" in desk.refused(2, "plan", "request.toml")


def test_a_password_in_the_stores_url_is_refused_and_not_repeated(desk: Desk) -> None:
    desk.configure("sqlite:///disengage.db", "postgresql://fjord:hunter2@127.0.0.1:1/disengage")
    message = desk.refused(2, "cases")
    assert "'store.url'" in message
    assert "hunter2" not in message


def test_a_server_that_cannot_be_reached_is_named(desk: Desk) -> None:
    desk.configure("sqlite:///disengage.db", "postgresql://fjord@127.0.0.1:1/disengage")
    assert "cannot be reached" in desk.refused(2, "cases")


def test_a_second_worker_on_a_file_is_refused_and_disturbs_nobody(desk: Desk) -> None:
    case = desk.planned()
    with FileLock(f"{desk.store}.worker.lock"):
        assert "Another process" in desk.refused(2, "run", case)
        assert desk.show(case)["case"] == case
        assert desk.call("approve", case, "--by", "Berit").code == 0
    desk.assert_nothing_was_changed()
    assert desk.run(case).code == 4


def test_a_store_that_may_not_be_written_says_so(desk: Desk) -> None:
    case = desk.planned()
    desk.store.chmod(0o400)
    if os.access(desk.store, os.W_OK):  # root may write anything
        desk.store.chmod(0o600)
        desk.sql("CREATE TRIGGER full BEFORE INSERT ON approvals BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert "cannot be used" in desk.refused(2, "approve", case, "--by", "Berit")
    assert [a["by"] for a in desk.show(case)["plan"]["approvals"]] == ["Anna Ansvarlig"]
