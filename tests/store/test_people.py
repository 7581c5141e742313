from __future__ import annotations

import sqlite3
import tarfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from disengage.domain.rights import Person, Role
from disengage.errors import InputError, LifecycleError
from disengage.store import Account, EventRecord, Invitation, KeptSession, Purpose, Store
from sqlalchemy import inspect, text

from tests.builders import NOW, a_case
from tests.store.tampering import tampering

ANNA = Person(name="anna", shown="Anna Ansvarlig", roles=frozenset({Role.APPROVER, Role.ADMINISTRATOR}), language="nb")
BERIT = Person(name="berit", shown="Berit Bokholder", roles=frozenset({Role.OPERATOR}))
LATER = NOW + timedelta(hours=1)


def a_session(store: Store, value: str, person: str = "anna") -> KeptSession:
    return KeptSession(
        digest=store.sessions.digest(value), person=person, how="password", made_at=NOW, last_seen=NOW,
        expires_at=NOW + timedelta(hours=12), csrf="token",
    )  # fmt: skip


# people


def test_somebody_reads_back_as_added(store: Store) -> None:
    assert store.people.is_empty()
    store.people.add(BERIT)
    store.people.add(ANNA)
    assert not store.people.is_empty()
    assert store.people.all() == [Account(person=ANNA, made_at=NOW), Account(person=BERIT, made_at=NOW)]
    assert store.people.find("anna") == Account(person=ANNA, made_at=NOW)
    assert store.people.find("Anna") is None
    with pytest.raises(InputError):
        store.people.get("cecilie")


def test_a_name_is_never_given_again(store: Store) -> None:
    store.people.add(ANNA)
    store.people.lock("anna")
    with pytest.raises(LifecycleError):
        store.people.add(ANNA.model_copy(update={"shown": "Another Anna"}))
    assert store.people.get("anna") == Account(person=ANNA, made_at=NOW, locked_at=NOW)


def test_each_change_leaves_everything_else_as_it_was(store: Store) -> None:
    store.people.add(ANNA)
    store.people.keep("anna", password="hash")
    store.people.keep("anna", language="de", shown="Anna")
    store.people.give_roles("anna", [Role.VIEWER])
    store.people.know_as("anna", "https://id.example", "42")
    store.people.lock("anna")
    changed = Person(name="anna", shown="Anna", roles=frozenset({Role.VIEWER}), language="de")
    expected = Account(
        person=changed, made_at=NOW, locked_at=NOW, password="hash", issuer="https://id.example", subject="42"
    )  # fmt: skip
    assert store.people.get("anna") == expected
    assert not expected.can_come_in
    store.people.unlock("anna")
    assert store.people.get("anna").can_come_in


def test_who_was_invited_and_did_not_come_has_no_way_in(store: Store) -> None:
    store.people.add(ANNA)
    assert not store.people.get("anna").can_come_in


def test_an_account_elsewhere_belongs_to_one_person(store: Store) -> None:
    store.people.add(ANNA)
    store.people.add(BERIT)
    store.people.know_as("anna", "https://id.example", "42")
    store.people.know_as("anna", "https://id.example", "42")
    with pytest.raises(LifecycleError):
        store.people.know_as("berit", "https://id.example", "42")
    store.people.know_as("berit", "https://other.example", "42")
    known = [store.people.known_as(f"https://{host}.example", "42") for host in ("id", "other", "third")]
    assert [account and account.name for account in known] == ["anna", "berit", None]


def test_what_is_personal_is_sealed_and_what_opens_a_door_is_nowhere(store: Store) -> None:
    store.people.add(ANNA)
    store.people.know_as("anna", "https://id.example", "subject-4711")
    store.people.keep("anna", password="$argon2id$")
    store.sessions.add(a_session(store, "cookie-value"))
    store.sessions.leave(store.sessions.digest("cookie-value"), "Nordlys was approved.")
    store.invitations.issue(
        "link-secret", Invitation(person="anna", purpose=Purpose.RESET, made_at=NOW, expires_at=LATER)
    )
    with store.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        rows = str([connection.execute(text(f"SELECT * FROM {name}")).all() for name in names])
    planted = ("Ansvarlig", "subject-4711", "argon2id", "cookie-value", "Nordlys", "link-secret")
    assert [word for word in planted if word in rows] == []


# sessions


def test_a_session_is_found_by_what_the_browser_carries(store: Store) -> None:
    store.people.add(ANNA)
    session = a_session(store, "one")
    store.sessions.add(session)
    store.sessions.add(a_session(store, "two"))
    assert store.sessions.find("one") == session
    assert store.sessions.find(session.digest) is None
    store.sessions.seen(session.digest, LATER)
    store.sessions.leave(session.digest, "Approved.")
    assert store.sessions.find("one") == session.model_copy(update={"last_seen": LATER, "word": "Approved."})
    store.sessions.leave(session.digest, "")
    store.sessions.end(session.digest)
    assert store.sessions.find("one") is None
    assert store.sessions.find("two") == a_session(store, "two")


def test_the_sessions_of_one_person_are_ended_and_no_others(store: Store) -> None:
    store.people.add(ANNA)
    store.people.add(BERIT)
    for value, person in (("one", "anna"), ("two", "anna"), ("three", "berit")):
        store.sessions.add(a_session(store, value, person))
    store.sessions.end_all("anna", but=store.sessions.digest("two"))
    assert [bool(store.sessions.find(value)) for value in ("one", "two", "three")] == [False, True, True]
    store.sessions.end_all("anna")
    assert (store.sessions.of("anna"), len(store.sessions.of("berit"))) == ([], 1)


def test_sessions_that_are_over_are_not_kept(store: Store) -> None:
    store.people.add(ANNA)
    store.sessions.add(a_session(store, "old"))
    store.sessions.add(a_session(store, "new").model_copy(update={"made_at": NOW + timedelta(hours=12)}))
    assert store.sessions.find("old") is None


# one-time links


def test_a_link_is_used_once_and_replaced_by_the_next(store: Store) -> None:
    store.people.add(ANNA)
    first = Invitation(person="anna", purpose=Purpose.INVITATION, made_at=NOW, expires_at=LATER)
    store.invitations.issue("first", first)
    assert store.invitations.find("first") == first
    store.invitations.issue("second", first)
    assert store.invitations.find("first") is None
    assert store.invitations.standing(NOW) == [first]
    assert store.invitations.standing(LATER) == []
    assert [store.invitations.use("second", NOW) for _ in range(2)] == [True, False]
    assert store.invitations.find("second") == first.model_copy(update={"used_at": NOW})


def test_of_many_who_use_a_link_at_once_one_does(store: Store) -> None:
    link = Invitation(person=None, purpose=Purpose.SETUP, made_at=NOW, expires_at=LATER)
    for number in range(5):
        store.invitations.issue(f"link {number}", link)
        with ThreadPoolExecutor(4) as threads:
            used = list(threads.map(store.invitations.use, [f"link {number}"] * 4, [NOW] * 4))
        assert sorted(used) == [False, False, False, True]


def test_a_link_for_nobody_in_particular_leaves_those_of_others_alone(store: Store) -> None:
    store.people.add(ANNA)
    store.invitations.issue("anna", Invitation(person="anna", purpose=Purpose.RESET, made_at=NOW, expires_at=LATER))
    for secret in ("one", "two"):
        store.invitations.issue(secret, Invitation(person=None, purpose=Purpose.SETUP, made_at=NOW, expires_at=LATER))
    assert [bool(store.invitations.find(secret)) for secret in ("anna", "one", "two")] == [True, False, True]
    store.invitations.withdraw(None)
    assert [bool(store.invitations.find(secret)) for secret in ("anna", "two")] == [True, False]


# events of the house


def test_an_event_of_the_house_stands_in_the_same_chain(store: Store) -> None:
    with store.new_case(a_case()) as work:
        work.event("case_opened")
    event = store.record("person_locked", "anna", person="berit")
    with store.change(a_case().id) as work:
        work.event("planned")
    assert store.events("") == [event]
    assert event == EventRecord(
        seq=2, case="", at=NOW, kind="person_locked", actor="anna", payload={"person": "berit"},
        previous=store.events()[0].hash, hash=store.events()[2].previous,
    )  # fmt: skip
    assert [found.kind for found in store.events(a_case().id)] == ["case_opened", "planned"]
    assert store.verify_events() == ()


def test_a_case_that_is_planted_on_an_event_of_the_house_is_found(store: Store) -> None:
    with store.new_case(a_case()) as work:
        work.event("case_opened")
        work.event("planned")
    store.record("signed_in", "anna")
    for seq, value in ((3, f"'{a_case().id}'"), (1, "NULL")):
        with tampering(store) as connection:
            old = connection.exec_driver_sql(f"SELECT case_id FROM events WHERE seq = {seq}").scalar()
            connection.exec_driver_sql(f"UPDATE events SET case_id = {value} WHERE seq = {seq}")
        (complaint,) = store.verify_events()
        assert f"event {seq} was changed" in complaint
        assert complaint.endswith("it is the column case_id")
        with tampering(store) as connection:
            restored = f"'{old}'" if old else "NULL"
            connection.exec_driver_sql(f"UPDATE events SET case_id = {restored} WHERE seq = {seq}")
    assert store.verify_events() == ()


def test_what_is_written_together_is_written_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises(LifecycleError), store.together():  # noqa: PT012 - what came before the error is the subject
        store.people.add(ANNA)
        store.record("person_invited", "anna", person="anna")
        store.people.add(ANNA)
    assert (store.people.all(), store.events()) == ([], [])


# stores of earlier versions


def logged(file: Path) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT * FROM events ORDER BY seq").fetchall()


def test_the_log_of_an_earlier_version_is_the_same_afterwards_and_takes_events_of_the_house(tmp_path: Path) -> None:
    with tarfile.open(Path(__file__).parents[1] / "data" / "store-0.1.0.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    before = logged(tmp_path / "disengage.db")
    with Store.open(f"sqlite:///{tmp_path / 'disengage.db'}", tmp_path) as store:
        assert store.verify_events() == ()
        store.record("signed_in", "anna")
        assert store.verify_events() == ()
    after = logged(tmp_path / "disengage.db")
    assert len(before) > 10
    assert after[:-1] == before
