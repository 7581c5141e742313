from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.fernet import Fernet
from disengage.connector import Secret
from disengage.errors import StoreError
from disengage.store import Store, migrating, tables
from sqlalchemy import text

from tests.builders import NOW, a_case


@pytest.fixture(autouse=True)
def tables_as_recorded() -> None:
    """Let the migrations themselves make the tables here."""


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISENGAGE_BUSY_TIMEOUT_MS", "20")


def test_a_store_that_is_not_there_is_not_made_unless_asked_for(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(url, tmp_path)
    assert "does not exist" in caught.value.message
    assert "disengage init" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_is_there_when_the_store_is_opened_again(url: str, tmp_path: Path) -> None:
    with Store.open(url, tmp_path, create=True) as store, store.new_case(a_case()):
        pass
    for create in (False, True):
        with Store.open(url, tmp_path, create=create) as store:
            assert store.cases() == [a_case()]


def test_a_relative_key_file_is_made_for_its_owner_only(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "firm"
    folder.mkdir()
    with Store.open(sqlite_url, folder, create=True) as store:
        assert store.path == tmp_path / "disengage.db"
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder / "disengage.key", store.path)]
    assert modes == [0o600, 0o600]
    assert [path.name for path in folder.iterdir()] == ["disengage.key"]


def test_a_store_without_its_key_or_with_another_one_is_refused(url: str, tmp_path: Path) -> None:
    Store.open(url, tmp_path, create=True).close()
    key = tmp_path / "disengage.key"
    for content in (None, Fernet.generate_key(), b"junk", b"\xff"):
        key.unlink(missing_ok=True)
        if content is not None:
            key.write_bytes(content)
        for create in (False, True):
            with pytest.raises(StoreError, match="key"):
                Store.open(url, tmp_path, create=create)
        assert key.exists() is (content is not None)


def test_the_key_may_be_kept_elsewhere(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret("env", "NORDLYS_KEY")
    with pytest.raises(StoreError, match="NORDLYS_KEY"):
        Store.open(url, tmp_path, key=secret, create=True)
    monkeypatch.setenv("NORDLYS_KEY", Fernet.generate_key().decode())
    Store.open(url, tmp_path, key=secret, create=True).close()
    with Store.open(url, tmp_path, key=secret) as store:
        assert store.cases() == []
    assert not (tmp_path / "disengage.key").exists()
    monkeypatch.setenv("NORDLYS_KEY", Fernet.generate_key().decode())
    with pytest.raises(StoreError, match="another key"):
        Store.open(url, tmp_path, key=secret)


def test_a_store_from_a_newer_version_is_refused_and_left_alone(url: str, tmp_path: Path) -> None:
    with Store.open(url, tmp_path, create=True) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    (tmp_path / "disengage.key").unlink()  # a newer version may keep its key elsewhere
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for create in (False, True):
        with pytest.raises(StoreError, match="newer version"):
            Store.open(url, tmp_path, create=create)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


@pytest.mark.parametrize("content", [b"This is no database, but a text that somebody kept under its name." * 20, b"x"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(sqlite_url: str, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "disengage.db"
    path.write_bytes(content)
    for create in (False, True):
        with pytest.raises(StoreError, match="not a database file"):
            Store.open(sqlite_url, tmp_path, create=create)
    assert (path.read_bytes(), [p.name for p in tmp_path.iterdir()]) == (content, ["disengage.db"])


def test_somebody_elses_database_is_no_store_and_stays_as_it_is(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "disengage.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(sqlite_url, tmp_path)
    assert path.read_bytes() == before


def test_a_folder_and_a_place_without_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "disengage.db"):
        with pytest.raises(StoreError):
            Store.open(f"sqlite:///{path}", tmp_path, create=True)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "not a url", ""])
def test_only_files_and_postgresql_can_be_stores(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="neither"):
        Store.open(url, tmp_path, create=True)


@pytest.mark.parametrize("password", ["//ola:hemmelig@127.0.0.1:1/db", "//ola@127.0.0.1:1/db?password=hemmelig"])
def test_a_server_that_does_not_answer_is_named_without_the_password(password: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        Store.open(f"postgresql:{password}", tmp_path, create=True)
    assert "hemmelig" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "127.0.0.1" in caught.value.message


def test_a_database_that_the_server_does_not_have_is_named(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such database"):
        Store.open(postgres_url.replace("/test_", "/other_"), tmp_path, create=True)


def test_a_server_that_takes_no_more_connections_is_told_from_one_that_does_not_answer(
    postgres_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
        try:
            with pytest.raises(StoreError, match="takes no more connections"):
                Store.open(postgres_url.replace("postgres:", "crowded:"), tmp_path, create=True)
        finally:
            connection.execute("DROP ROLE crowded")


def test_the_url_is_shown_without_a_password(postgres_store: Store, sqlite_store: Store) -> None:
    assert postgres_store.url.startswith("postgresql://postgres")
    assert sqlite_store.url == f"sqlite:///{sqlite_store.path}"
    assert (postgres_store.dialect, postgres_store.path, sqlite_store.dialect) == ("postgresql", None, "sqlite")


def test_sqlite_keeps_what_was_committed_and_checks_references(sqlite_store: Store) -> None:
    with sqlite_store.engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked]
    assert found == ["wal", 2, 1, 30000]


def test_a_store_that_another_program_keeps_locked_is_named(short_wait: None, sqlite_store: Store) -> None:
    with sqlite_store.new_case(a_case()):
        pass
    other = sqlite3.connect(str(sqlite_store.path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"), sqlite_store.change(a_case().id):
        pass
    assert sqlite_store.cases() == [a_case()]
    other.close()
    with sqlite_store.change(a_case().id) as work:
        work.event("approved")
    assert len(sqlite_store.events()) == 1


def test_a_case_that_another_program_keeps_locked_is_named(short_wait: None, postgres_url: str, tmp_path: Path) -> None:
    with Store.open(postgres_url, tmp_path, create=True) as store, store.new_case(a_case()):
        pass
    with Store.open(postgres_url, tmp_path) as store, store.engine.begin() as other:
        other.exec_driver_sql("SELECT 1 FROM cases FOR UPDATE")
        with pytest.raises(StoreError, match="locked"), store.change(a_case().id):
            pass


def test_a_full_disk_is_named_and_nothing_is_kept(sqlite_store: Store) -> None:
    with sqlite_store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="the disk is full"), sqlite_store.new_case(a_case()) as work:
        work.evidence("go.sever_link", "file", detail={"much": "x" * 10**6})
    assert sqlite_store.cases() == []


def test_a_lost_table_is_named(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE wakes")
    with pytest.raises(StoreError, match="a table of it is missing"):
        store.unsent_wakes()


def test_a_sealed_value_that_was_changed_is_named(store: Store) -> None:
    with store.new_case(a_case()):
        pass
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE cases SET request = :junk"), {"junk": b"junk"})
    with pytest.raises(StoreError, match="damaged"):
        store.cases()


def test_a_file_damaged_beyond_reading_is_named(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.new_case(a_case()):
        pass
    sqlite_store.close()
    assert sqlite_store.path is not None
    content = bytearray(sqlite_store.path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    sqlite_store.path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"), Store.open(sqlite_store.url, tmp_path) as store:
        store.cases()


def test_the_tables_in_the_code_are_those_that_the_migrations_make(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_every_migration_is_known_in_its_order() -> None:
    config = Config()
    config.set_main_option("script_location", "disengage.store:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == migrating.REVISIONS


def test_tables_of_others_in_the_same_database_stay(url: str, tmp_path: Path) -> None:
    with Store.open(url, tmp_path, create=True) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE workflow_status (a INTEGER)")
        connection.exec_driver_sql("INSERT INTO workflow_status VALUES (7)")
    with Store.open(url, tmp_path, create=True) as store, store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT a FROM workflow_status").scalar_one() == 7


_OPEN = """
import sys
from pathlib import Path
from disengage.store import Store
sys.stdin.readline()
Store.open(sys.argv[1], Path(sys.argv[2]), create=True).close()
"""


def test_several_programs_may_create_the_store_at_once(url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OPEN, url, str(tmp_path)]
    programs = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True) for _ in range(3)]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    for program in programs:
        program.communicate(timeout=120)
    assert [program.returncode for program in programs] == [0, 0, 0]
    with Store.open(url, tmp_path, now=lambda: NOW) as store, store.new_case(a_case()) as work:
        work.event("case_opened")
    assert {path.name for path in tmp_path.iterdir()} <= {"disengage.db", "disengage.db.lock", "disengage.key"}


def test_a_copy_of_store_and_key_is_a_backup(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.new_case(a_case()) as work:
        work.event("case_opened")
    sqlite_store.close()
    backup = tmp_path / "backup"
    backup.mkdir()
    for name in ("disengage.db", "disengage.key"):
        shutil.copy(tmp_path / name, backup / name)
    with Store.open(f"sqlite:///{backup / 'disengage.db'}", backup) as store:
        assert (store.cases(), store.verify_events()) == ([a_case()], ())
