"""What differs is named exactly: event and column, bag and file; a changed bit is found wherever it is."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from disengage.engine.verification import Progress, verify
from disengage.engine.workplace import Workplace
from disengage.settings import load
from disengage.store import Store
from disengage.store.triggers import SQLITE
from disengage_generic_csv.simulator import TableSimulator

from tests.builders import NOW, a_case
from tests.cli.desk import Desk, at_work
from tests.store.tampering import record_some

COLUMNS = ("seq", "case_id", "at", "kind", "actor", "payload", "previous", "hash")


def _verified(desk: Desk, *options: str) -> dict[str, Any]:
    answer = desk.call("verify", "--offline", *options, "--json")
    found: dict[str, Any] = answer.json()
    assert (answer.code, found["sound"]) == ((6, False) if found["differences"] else (0, True))
    return found


@pytest.fixture
def unlocked(desk: Desk) -> Iterator[sqlite3.Connection]:
    """Give the database without what keeps the log append-only, as its owner can have it."""
    with closing(sqlite3.connect(desk.store, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        yield connection


def _written(connection: sqlite3.Connection, statement: str, *values: Any) -> None:
    for name in SQLITE:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement, values)
    for trigger in SQLITE.values():
        connection.execute(trigger)


@pytest.mark.parametrize("column", COLUMNS[1:])
def test_the_column_that_was_changed_is_named(desk: Desk, unlocked: sqlite3.Connection, column: str) -> None:
    ((value,),) = unlocked.execute(f"SELECT {column} FROM events WHERE seq = 5").fetchall()
    middle = len(value) // 2
    _written(
        unlocked,
        f"UPDATE events SET {column} = ? WHERE seq = 5",
        value[:middle] + chr(ord(value[middle]) ^ 1) + value[middle + 1 :],
    )
    said = " ".join(line for line in _verified(desk)["differences"] if line.startswith("event 5 was changed"))
    assert re.search(rf"\(expected \w{{12}}, found \w{{12}}\); it is the column {column}\b", said), said


def test_a_value_in_place_of_another_one_of_the_log_is_named(desk: Desk, unlocked: sqlite3.Connection) -> None:
    _written(unlocked, "UPDATE events SET actor = 'Nobody at all' WHERE seq = 1")
    assert _verified(desk)["differences"][0].endswith("it is the column actor")


def test_where_nobody_can_tell_the_column_nobody_guesses(desk: Desk, unlocked: sqlite3.Connection) -> None:
    _written(unlocked, "UPDATE events SET at = '2026-01-01T00:00:00.000000Z' WHERE seq = 1")
    assert _verified(desk)["differences"][0].endswith("which column it is cannot be told")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE chain_head SET seq = seq + 1", "from outside: its column seq"),
        ("UPDATE chain_head SET hash = 'x' || substr(hash, 2)", "from outside: its column hash"),
        ("UPDATE chain_head SET signature = ''", "from outside: its column signature does not belong to event"),
    ],
)
def test_what_was_changed_of_the_signed_end_is_named(
    desk: Desk, unlocked: sqlite3.Connection, statement: str, said: str
) -> None:
    _written(unlocked, statement)
    assert any(said in line for line in _verified(desk)["differences"])


def test_a_file_is_named_with_the_checksum_it_should_have(desk: Desk) -> None:
    (bag,) = desk.bags()
    file = desk.folder / "vault" / bag / "data" / "client.json"
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"Nordlys", b"Nordlyx"))
    (line,) = _verified(desk)["differences"]
    assert re.fullmatch(
        rf"bag {bag}: data/client.json is not what was kept: its content has changed "
        r"\(expected \w{12}, found \w{12}\)",
        line,
    )


def test_evidence_that_was_exchanged_changed_or_taken_away_is_found(desk: Desk, unlocked: sqlite3.Connection) -> None:
    rows = unlocked.execute("SELECT id, detail FROM evidence ORDER BY id").fetchall()
    (kept,) = unlocked.execute("SELECT id FROM evidence WHERE kind = 'file'").fetchone()
    other = next(row for row in rows if row[0] != kept)
    unlocked.execute("UPDATE evidence SET detail = (SELECT detail FROM evidence WHERE id = ?) WHERE id = ?",
                     (kept, other[0]))  # fmt: skip
    assert f"evidence {other[0]} of" in _verified(desk)["differences"][0]
    assert "does not match its digest (expected" in _verified(desk)["differences"][0]
    unlocked.execute("UPDATE evidence SET detail = ? WHERE id = ?", (other[1][:-1] + b"!", other[0]))
    assert "cannot be opened" in _verified(desk)["differences"][0]
    unlocked.execute("UPDATE evidence SET detail = ? WHERE id = ?", (other[1], other[0]))
    assert _verified(desk)["differences"] == []
    unlocked.execute("DELETE FROM evidence WHERE id = ?", (kept,))
    (line,) = _verified(desk)["differences"]
    assert "tells of a bag" in line


def test_a_bag_that_was_destroyed_on_purpose_is_not_missing(desk: Desk, unlocked: sqlite3.Connection) -> None:
    (bag,) = desk.bags()
    shutil.rmtree(desk.folder / "vault" / bag)
    assert _verified(desk)["differences"] == [f"bag {bag}: there is no such bag in the vault"]
    certificate = {"certificate": {"bags": [{"bag": bag}]}}
    with Store.open(f"sqlite:///{desk.store}", desk.folder) as store:
        (case,) = store.case_ids()
        store.disposal.begin(case, NOW, "sha256:0", certificate)
        assert _verified(desk)["destroyed"] == []  # nobody decided it
        with store.change(case) as work:
            work.event("destruction_approved", actor="Anna", bags=[{"bag": bag}], bags_digest="sha256:0", enough=True)
        (destruction,) = store.disposal.destructions(case)
        assert _verified(desk)["destroyed"] == [f"bag {bag}: destroyed on purpose, not finished"]
        store.disposal.finish(destruction, NOW, certificate)
    found = _verified(desk)
    assert (found["differences"], found["bags"]) == ([], 0)
    (line,) = found["destroyed"]
    assert line.startswith(f"bag {bag}: destroyed on purpose on ")
    assert f"destroyed  bag {bag}" in " ".join(desk.call("verify", "--offline").out.split("\n"))


def test_no_platform_is_asked_offline(desk: Desk) -> None:
    (desk.folder / "simulated-table" / "clients.csv").unlink()
    found = _verified(desk)
    assert (found["links"], found["not_checked"]) == (0, ["platforms: left out, as --offline says"])
    assert (found["bags"], found["evidence"] > 0, found["bytes"] > 0) == (1, True, True)


def test_a_bit_changed_at_any_of_a_thousand_places_is_found(desk: Desk, unlocked: sqlite3.Connection) -> None:
    """Six hundred in the bags and four hundred in the log, wherever chance leads."""
    chance = random.Random(2026)
    with Workplace(load(desk.folder / "disengage.toml")) as workplace:
        (bag,) = workplace.store.log.verify_evidence(workplace.store.case_ids()[0]).bags
        files = sorted(file for file in (desk.folder / "vault" / bag[0]).rglob("*") if file.is_file())
        missed: list[Any] = []
        for _ in range(600):
            file = chance.choice(files)
            sound = file.read_bytes()
            changed = _flipped(chance, sound)
            file.chmod(0o600)
            file.write_bytes(changed)
            if not workplace.vault.verify(*bag):
                missed.append(file.name)
            file.write_bytes(sound)
        assert missed == []
        last = unlocked.execute("SELECT max(seq) FROM events").fetchone()[0]
        for name in SQLITE:
            unlocked.execute(f"DROP TRIGGER {name}")
        for _ in range(400):
            seq, column = chance.randint(1, last), chance.choice(COLUMNS[1:])
            row = unlocked.execute(f"SELECT CAST({column} AS BLOB) FROM events WHERE seq = ?", (seq,)).fetchone()
            put = f"UPDATE events SET {column} = CAST(? AS TEXT) WHERE seq = ?"
            unlocked.execute(put, (_flipped(chance, row[0]), seq))
            if not any(f"event {seq} " in line for line in workplace.store.verify_events()):
                missed.append((seq, column))
            unlocked.execute(put, (row[0], seq))
        assert missed == []


def _flipped(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def test_several_bags_are_read_and_the_progress_adds_them_up(tmp_path: Path, empty_store: Path) -> None:
    class Told(Progress):
        def __init__(self) -> None:
            self.begun, self.seen = 0, [(0, 0)]

        def begin(self, bags: int) -> None:
            self.begun = bags

        def bag(self, bags: int, size: int) -> None:
            self.seen.append((bags, size))

    with at_work(tmp_path, empty_store, crm=TableSimulator()) as desk:
        case = desk.planned()
        with Workplace(load(desk.folder / "disengage.toml")) as workplace:
            for number in range(5):
                file = desk.folder / f"file-{number}"
                file.write_bytes(bytes(100_000))
                bag = workplace.vault.keep_files(case, "crm", "10001", "more", [file], {})
                with workplace.store.change(case) as work:
                    work.evidence("crm.retain_history", "file", detail={"bag": bag.path, "digest": bag.digest})
            told = Told()
            found = verify(workplace, offline=True, progress=told)
    assert (found.bags, found.differences, told.begun) == (5, (), 5)
    assert told.seen == sorted(told.seen)
    assert told.seen[-1] == (5, found.bytes)
    assert found.bytes > 500_000


def test_memory_does_not_grow_with_the_number_of_events(sqlite_url: str, tmp_path: Path) -> None:
    with Store.open(sqlite_url, tmp_path, create=True, now=lambda: NOW) as store:
        record_some(store, 1_000)
        few = _most_memory(store)
        with store.change(a_case().id) as work:
            for number in range(9_000):
                work.event("step_done", actor="kari", step="go.sever_link", number=number)
        del work
        assert _most_memory(store) < few + 300_000


def _most_memory(store: Store) -> int:
    store.verify_events()
    tracemalloc.start()
    try:
        assert store.verify_events() == ()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_log_that_is_all_wrong_is_counted_and_not_listed_for_ever(sqlite_url: str, tmp_path: Path) -> None:
    with Store.open(sqlite_url, tmp_path, create=True, now=lambda: NOW) as store:
        record_some(store, 1_200)
        with closing(sqlite3.connect(store.path or "", isolation_level=None)) as connection:
            _written(connection, "UPDATE events SET actor = 'nobody at all, ever'")
        found = store.verify_events()
    assert (len(found), found[-1]) == (1001, "200 further complaints about the event log")
