from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

import pytest
import rfc8785
from disengage.errors import StoreError
from disengage.store import EventRecord, Store, triggers
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.builders import NOW, a_case
from tests.store.tampering import record_some, tampering


def test_an_event_reads_back_as_it_was_written(store: Store) -> None:
    case = a_case()
    with store.new_case(case) as work:
        work.event("approved", actor="kari", plan_hash=case.plan_hash, enough=True, steps=["a", {"é": 0.5}])
    [event] = store.events()
    assert event == EventRecord(
        seq=1,
        case=case.id,
        at=NOW,
        kind="approved",
        actor="kari",
        payload={"plan_hash": case.plan_hash, "enough": True, "steps": ["a", {"é": 0.5}]},
        previous="0" * 64,
        hash=event.hash,
    )
    assert work.events_written == [event]


def test_the_number_of_the_last_event_is_known_without_reading_them(store: Store) -> None:
    assert store.last_event() == 0
    record_some(store)
    assert store.last_event() == store.events()[-1].seq


def test_an_outsider_can_compute_the_chain_from_the_columns_as_stored(store: Store) -> None:
    record_some(store)
    previous = "0" * 64
    with store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text("SELECT * FROM events ORDER BY seq")).mappings()]
    for row in rows:
        found = row.pop("hash")
        assert row["previous"] == previous
        assert found == hashlib.sha256(rfc8785.dumps(row)).hexdigest()
        previous = found
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5]


def test_a_sound_log_gives_no_complaint(store: Store) -> None:
    assert store.verify_events() == ()
    record_some(store)
    seen: list[tuple[int, int]] = []
    assert store.verify_events(lambda done, total: seen.append((done, total))) == ()
    assert seen == [(number, 5) for number in range(1, 6)]


@pytest.mark.parametrize("column", ["seq", "case_id", "at", "kind", "actor", "payload", "previous", "hash"])
def test_a_change_to_any_column_of_any_event_is_found(store: Store, column: str) -> None:
    record_some(store)
    for event in store.events():
        other = "c-other00000" if event.case == a_case().id else a_case().id
        new = {"seq": 77, "case_id": other, "payload": '{"number":9}'}.get(column, "2026-11-22T09:00:00.000001Z")
        old = _set(store, event.seq, column, new)
        complaints = store.verify_events()
        assert any(re.match(rf"events? {event.seq}\b", complaint) for complaint in complaints), complaints
        _set(store, 77 if column == "seq" else event.seq, column, old)
        assert store.verify_events() == ()


def _set(store: Store, seq: int, column: str, value: object) -> object:
    """Write one column of one event and return what was there."""
    with tampering(store) as connection:
        old = connection.execute(text(f"SELECT {column} FROM events WHERE seq = :seq"), {"seq": seq}).scalar_one()
        change = text(f"UPDATE events SET {column} = :value WHERE seq = :seq")
        assert connection.execute(change, {"value": value, "seq": seq}).rowcount == 1
    return old


def test_payload_that_means_the_same_but_is_written_otherwise_is_found(store: Store) -> None:
    record_some(store)
    with tampering(store) as connection:
        payload = connection.execute(text("SELECT payload FROM events WHERE seq = 2")).scalar_one()
        connection.execute(text("UPDATE events SET payload = :p WHERE seq = 2"), {"p": json.dumps(json.loads(payload))})
    (complaint,) = store.verify_events()
    assert complaint.startswith("event 2 was changed: its content does not match its hash (expected ")
    assert complaint.endswith("; it is the column payload")


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("DELETE FROM events WHERE seq = 5", "event 5 is missing"),
        ("DELETE FROM events WHERE seq = 3", "event 3 is missing"),
        ("DELETE FROM events WHERE seq > 2", "events 3 to 5 are missing"),
        ("DELETE FROM events WHERE seq < 3", "events 1 to 2 are missing"),
        ("DELETE FROM events", "events 1 to 5 are missing"),
        ("DELETE FROM chain_head", "the recorded end of the event log is missing or was changed from outside"),
    ],
)
def test_whatever_is_deleted_is_missed(store: Store, statement: str, complaint: str) -> None:
    record_some(store)
    with tampering(store) as connection:
        connection.execute(text(statement))
    assert store.verify_events() == (complaint,)


def test_two_events_that_changed_places_are_found(store: Store) -> None:
    record_some(store)
    with tampering(store) as connection:
        for before, after in ((2, 99), (3, 2), (99, 3)):
            connection.execute(text(f"UPDATE events SET seq = {after} WHERE seq = {before}"))
    complaints = store.verify_events()
    moved = [complaint.partition(" (")[0] for complaint in complaints if complaint.endswith("it is the column seq")]
    assert moved == [f"event {seq} was changed: its content does not match its hash" for seq in (2, 3)]


def _rechained(store: Store, upto: int, *, extra: bool = False) -> None:
    """Cut the log after ``upto`` (or add one event) and make chain and head consistent, as far as one can."""
    with tampering(store) as connection:
        connection.execute(text(f"DELETE FROM events WHERE seq > {upto}"))
        last = dict(connection.execute(text(f"SELECT * FROM events WHERE seq = {upto}")).mappings().one())
        if extra:
            previous = last.pop("hash")
            last |= {"seq": upto + 1, "previous": previous}
            last["hash"] = hashlib.sha256(rfc8785.dumps(last)).hexdigest()
            columns = ", ".join(last)
            values = ", ".join(f":{name}" for name in last)
            connection.execute(text(f"INSERT INTO events ({columns}) VALUES ({values})"), last)
            return
        connection.execute(text("UPDATE chain_head SET seq = :seq, hash = :hash"), last)


def test_a_tail_that_was_cut_off_is_found_even_if_the_head_was_moved_back(store: Store) -> None:
    record_some(store)
    _rechained(store, 3)
    forged = "the recorded end of the event log is missing or was changed from outside"
    assert store.verify_events() == (f"{forged}: its column signature does not belong to event 3",)


def test_nothing_is_appended_to_a_log_whose_head_was_moved(store: Store) -> None:
    record_some(store)
    _rechained(store, 3)
    with pytest.raises(StoreError), store.change(a_case().id) as work:
        work.event("approved")
    assert len(store.events()) == 3


def test_an_event_added_behind_the_end_is_found(store: Store) -> None:
    record_some(store)
    _rechained(store, 5, extra=True)
    assert store.verify_events() == ("event 6 stands behind the recorded end, which is event 5",)


def test_an_event_put_before_the_first_is_found(store: Store) -> None:
    record_some(store)
    with tampering(store) as connection:
        row = dict(connection.execute(text("SELECT * FROM events WHERE seq = 1")).mappings().one())
        del row["hash"]
        row |= {"seq": 0}
        row["hash"] = hashlib.sha256(rfc8785.dumps(row)).hexdigest()
        names = list(row)
        connection.execute(
            text(f"INSERT INTO events ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"), row
        )
    assert store.verify_events() == ("event 0 is none of the log, which begins with event 1",)


def test_complaints_are_found_in_every_batch(store: Store) -> None:
    record_some(store, 1100)
    with tampering(store) as connection:
        connection.execute(text("UPDATE events SET actor = 'ola' WHERE seq IN (500, 501, 1100)"))
    assert [complaint.split(" was ")[0] for complaint in store.verify_events()] == [
        "event 500",
        "event 501",
        "event 1100",
    ]


@pytest.mark.parametrize("value", ["CAST(x'ff' AS TEXT)", "x'41'"])
def test_a_value_that_is_no_text_is_complained_about_and_nothing_else(sqlite_store: Store, value: str) -> None:
    record_some(sqlite_store)
    with tampering(sqlite_store) as connection:
        connection.exec_driver_sql(f"UPDATE events SET actor = {value} WHERE seq = 3")
    complaints = sqlite_store.verify_events()
    assert complaints[0].startswith("event 3 ")
    assert len(complaints) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'ola' WHERE seq = 2",
        "UPDATE events SET actor = actor",
        "DELETE FROM events WHERE seq = 2",
        "DELETE FROM events",
    ],
)
def test_the_database_refuses_to_change_or_delete_events(store: Store, statement: str) -> None:
    record_some(store)
    before = store.events()
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert store.events() == before


def test_sqlite_refuses_to_replace_an_event(sqlite_store: Store) -> None:
    record_some(sqlite_store)
    before = sqlite_store.events()
    replace = "INSERT OR REPLACE INTO events SELECT seq, case_id, at, kind, 'ola', payload, previous, hash FROM events"
    with pytest.raises(DBAPIError, match="append-only"), sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql(replace)
    assert sqlite_store.events() == before


def test_postgresql_refuses_to_truncate_the_events(postgres_store: Store) -> None:
    record_some(postgres_store)
    with pytest.raises(DBAPIError, match="append-only"), postgres_store.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE events CASCADE")
    assert len(postgres_store.events()) == 5


@pytest.mark.parametrize("name", triggers.SQLITE)
def test_a_trigger_that_is_missing_or_blunted_on_sqlite_is_found(sqlite_store: Store, name: str) -> None:
    complaint = f"the trigger {name}, which keeps the event log append-only, is missing or was changed"
    with sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    assert sqlite_store.verify_events() == (complaint,)
    with sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE UPDATE ON events BEGIN SELECT 1; END")
    assert sqlite_store.verify_events() == (complaint,)


@pytest.mark.parametrize(
    "blunt",
    [
        "ALTER TABLE events DISABLE TRIGGER {}",
        "DROP TRIGGER {} ON events",
        "ALTER TABLE events ENABLE REPLICA TRIGGER {}",
    ],
)
@pytest.mark.parametrize("name", triggers.POSTGRESQL)
def test_a_trigger_that_is_missing_or_switched_off_on_postgresql_is_found(
    postgres_store: Store, name: str, blunt: str
) -> None:
    with postgres_store.engine.begin() as connection:
        connection.exec_driver_sql(blunt.format(name))
    complaint = f"the trigger {name}, which keeps the event log append-only, is missing or was changed"
    assert postgres_store.verify_events() == (complaint,)


def test_every_byte_of_an_event_in_the_file_counts(sqlite_store: Store) -> None:
    record_some(sqlite_store)
    event = sqlite_store.events()[3]
    sqlite_store.close()
    assert sqlite_store.path is not None
    sound = sqlite_store.path.read_bytes()
    beginning = sound.find(event.case.encode() + b"2026-11-22T")
    end = sound.find(event.hash.encode(), beginning) + 64
    assert 0 < beginning < end < beginning + 500
    unseen = [at for at in range(beginning, end, 3) if not _is_found(sqlite_store, sound, at)]
    assert unseen == []


def _is_found(store: Store, sound: bytes, position: int) -> bool:
    assert store.path is not None
    store.path.write_bytes(sound[:position] + bytes([sound[position] ^ 1]) + sound[position + 1 :])
    found = bool(store.verify_events())
    store.close()
    return found


def test_a_broken_page_of_the_event_log_is_a_complaint_and_no_exception(sqlite_store: Store) -> None:
    record_some(sqlite_store, 600)
    sqlite_store.close()
    assert sqlite_store.path is not None
    sound = sqlite_store.path.read_bytes()
    page = sound.find(b"step_done") // 4096 * 4096
    sqlite_store.path.write_bytes(sound[:page] + b"\xff" * 4096 + sound[page + 4096 :])
    assert sqlite_store.verify_events()


def test_events_can_be_read_by_case_after_a_number_and_up_to_a_limit(store: Store) -> None:
    record_some(store)
    numbers = lambda events: [event.seq for event in events]  # noqa: E731 - a word for four lines
    assert numbers(store.events()) == [1, 2, 3, 4, 5]
    assert numbers(store.events("c-other00000")) == [1]
    assert numbers(store.events(a_case().id, after=2)) == [3, 4, 5]
    assert numbers(store.events(after=1, limit=2)) == [2, 3]


def test_a_payload_that_is_not_json_is_refused_and_nothing_is_written(store: Store) -> None:
    with pytest.raises(rfc8785.CanonicalizationError), store.new_case(a_case()) as work:
        work.event("approved", at=datetime.now(UTC))
    assert (store.case_ids(), store.events()) == ([], [])
