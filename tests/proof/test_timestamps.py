"""An authority outside the firm stamps the end of the log; what it stamped is proven by ``verify``."""

from __future__ import annotations

import builtins
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from disengage.engine.duties import Duty
from disengage.engine.timestamps import daily, stamp_now, statement
from disengage.engine.workplace import Workplace
from disengage.errors import ConnectorError
from disengage.http import Patience
from disengage.settings import load
from disengage.store import Store
from disengage.store.triggers import SQLITE
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from tests.cli.desk import Desk
from tests.proof import tsa


def _workplace(desk: Desk, **later: float) -> Workplace:
    return Workplace(load(desk.folder / "disengage.toml"), now=lambda: tsa.later(**later))


def _stamp(desk: Desk) -> dict[str, Any]:
    answer = desk.call("timestamp", "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = answer.json()
    return found


def _verified(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = desk.call("verify", "--offline", "--json").json()
    return found


def test_the_end_of_the_log_is_stamped_once_for_as_long_as_nothing_is_recorded(
    stamping: Desk, authority: tsa.Authority
) -> None:
    first, second = _stamp(stamping), _stamp(stamping)
    last = stamping.sql("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")[0]
    assert (first["seq"], first["hash"], first["new"]) == (*last, True)
    assert second == first | {"new": False}
    assert [kind for kind, _ in authority.asked] == ["application/timestamp-query"]
    assert (_verified(stamping)["timestamps"], _verified(stamping)["differences"]) == (1, [])


def test_the_token_that_is_kept_can_be_proven_by_others(stamping: Desk) -> None:
    found = _stamp(stamping)
    ((token,),) = stamping.sql("SELECT token FROM timestamps")
    prover = VerifierBuilder(roots=[tsa.keys().root]).build()
    content = b'{"hash":"%s","seq":%d}' % (found["hash"].encode(), found["seq"])
    assert statement(found["seq"], found["hash"]) == content
    assert prover.verify_message(decode_timestamp_response(token), content)


def test_sha512_is_asked_for_where_the_configuration_says_so(stamping: Desk, authority: tsa.Authority) -> None:
    stamping.configure('certificates = "tsa.pem"', 'certificates = "tsa.pem"\nhash = "sha512"')
    _stamp(stamping)
    ((_, query),) = authority.asked
    assert bytes.fromhex("608648016503040203") in query


@pytest.mark.parametrize(
    "wishes",
    [
        tsa.Wishes(refuses="no more for today"),
        tsa.Wishes(garbage=b"0\x03\x02\x01"),
        tsa.Wishes(garbage=b"<html>"),
        tsa.Wishes(other_nonce=True),
        tsa.Wishes(other_digest=True),
        tsa.Wishes(signs_with=tsa.keys("Somebody Else")),
    ],
    ids=["refuses", "breaks off", "is a web page", "old answer", "other content", "other signer"],
)
def test_what_is_no_genuine_stamp_over_this_end_is_refused_and_not_kept(
    stamping: Desk, authority: tsa.Authority, wishes: tsa.Wishes
) -> None:
    authority.wishes = wishes
    stamping.refused(5, "timestamp")
    assert stamping.sql("SELECT count(*) FROM timestamps") == [(0,)]


def test_an_authority_that_is_not_configured_is_one_clear_error(desk: Desk) -> None:
    assert "no time-stamping authority is configured" in desk.refused(2, "timestamp")
    desk.add_configuration('[timestamps]\nurl = "https://tsa.example"')
    assert "no 'certificates'" in desk.refused(2, "timestamp")


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_certificates_that_cannot_be_used_are_one_clear_error(stamping: Desk, content: bytes | None) -> None:
    file = stamping.folder / "tsa.pem"
    file.unlink() if content is None else file.write_bytes(content)
    assert "timestamps.certificates" in stamping.refused(2, "timestamp")


@pytest.fixture
def without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    imports: Callable[..., Any] = builtins.__import__

    def refusing(name: str, *others: Any, **named: Any) -> Any:
        if name == "rfc3161_client":
            raise ImportError(name)
        return imports(name, *others, **named)

    monkeypatch.setattr(builtins, "__import__", refusing)


@pytest.mark.usefixtures("without_the_library")
def test_the_library_that_is_not_installed_is_one_clear_error(stamping: Desk) -> None:
    assert "rfc3161-client is not installed" in stamping.refused(2, "timestamp")


def test_stamps_that_cannot_be_proven_here_are_said_to_be_unchecked(
    stamping: Desk, request: pytest.FixtureRequest
) -> None:
    _stamp(stamping)
    request.getfixturevalue("without_the_library")
    found = _verified(stamping)
    assert (found["sound"], found["timestamps"]) == (True, 1)
    assert any("rfc3161-client is not installed" in line for line in found["not_checked"])


def _as_the_owner_of_the_file(desk: Desk, *statements: str) -> None:
    with closing(sqlite3.connect(desk.store)) as connection, connection:
        for name in SQLITE:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for trigger in SQLITE.values():
            connection.execute(trigger)


def test_a_log_that_was_written_anew_with_the_key_is_found_by_its_stamp(stamping: Desk) -> None:
    stamped = _stamp(stamping)["seq"]
    with Store.open(f"sqlite:///{stamping.store}", stamping.folder) as store:
        (case,) = store.case_ids()
        _as_the_owner_of_the_file(
            stamping,
            f"DELETE FROM events WHERE seq >= {stamped}",
            "DELETE FROM chain_head",
            "INSERT INTO chain_head SELECT 1, seq, hash, '' FROM events ORDER BY seq DESC LIMIT 1",
        )
        seq, hash_ = stamping.sql("SELECT seq, hash FROM chain_head")[0]
        from disengage.store.events import _signature

        _as_the_owner_of_the_file(
            stamping, f"UPDATE chain_head SET signature = '{_signature(store._seal, seq, hash_)}'"
        )
        assert store.verify_events() == ()
        found = _verified(stamping)["differences"]
        assert f"time stamp over event {stamped}: there is no such event in the log" in found
        with store.change(case) as work:
            work.event("closed", proofs={})
    (line,) = (line for line in _verified(stamping)["differences"] if line.startswith("time stamp"))
    assert line.startswith(f"time stamp over event {stamped}: the event is not the one that was stamped (expected ")


def test_a_changed_token_is_found(stamping: Desk) -> None:
    seq = _stamp(stamping)["seq"]
    ((token,),) = stamping.sql("SELECT token FROM timestamps")
    changed = token[:-5] + bytes([token[-5] ^ 1]) + token[-4:]
    with closing(sqlite3.connect(stamping.store)) as connection, connection:
        connection.execute("UPDATE timestamps SET token = ?", (changed,))
    answer = stamping.call("verify", "--offline", "--json")
    assert answer.code == 6
    assert [line.partition(":")[0] for line in answer.json()["differences"]] == [f"time stamp over event {seq}"]


def test_an_end_that_was_changed_from_outside_is_not_stamped(stamping: Desk, authority: tsa.Authority) -> None:
    _as_the_owner_of_the_file(stamping, "UPDATE chain_head SET hash = 'x' || substr(hash, 2)")
    assert "changed from outside" in stamping.refused(2, "timestamp")
    assert authority.asked == []


def test_the_daemon_asks_once_a_day_where_the_log_grew(stamping: Desk, authority: tsa.Authority) -> None:
    def days_later(days: float) -> None:
        with _workplace(stamping, days=days) as workplace:
            daily(workplace)()

    def record() -> None:
        with Store.open(f"sqlite:///{stamping.store}", stamping.folder) as store, store.change(case) as work:
            work.event("looked_ahead", plan_hash="sha256:0")

    with Store.open(f"sqlite:///{stamping.store}", stamping.folder) as store:
        (case,) = store.case_ids()
    for days, asked in ((0, 1), (0.5, 1), (2, 1)):
        days_later(days)
        assert len(authority.asked) == asked
    record()
    for days, asked in ((0.9, 1), (2, 2), (2.5, 2)):
        days_later(days)
        assert len(authority.asked) == asked
    assert (_verified(stamping)["timestamps"], _verified(stamping)["sound"]) == (2, True)


def test_the_daemon_has_the_duty_where_an_authority_is_configured(stamping: Desk, authority: tsa.Authority) -> None:
    answer = stamping.process("daemon", "--once")
    assert answer.code == 0, answer.err
    assert "timestamps" in answer.err
    assert (len(authority.asked), stamping.sql("SELECT count(*) FROM timestamps")) == (1, [(1,)])


def test_an_authority_that_fails_holds_nothing_up(stamping: Desk, authority: tsa.Authority) -> None:
    authority.wishes.status = 503
    with _workplace(stamping) as workplace:
        duty = Duty("timestamps", 600.0, daily(workplace))
        assert not duty.once()
        assert (duty.failures, len(authority.asked)) == (1, 1)
        authority.wishes.status = 200
        assert duty.once()
        assert workplace.store.stamps.last() is not None


def test_an_authority_that_answers_with_an_error_is_one_clear_error(stamping: Desk, authority: tsa.Authority) -> None:
    authority.wishes.status = 404
    answer = stamping.call("timestamp")
    assert (answer.code, answer.err) == (5, "disengage: timestamps: stamp was refused (404).\n")


def test_an_authority_that_is_away_is_one_clear_error(stamping: Desk, authority: tsa.Authority) -> None:
    with _workplace(stamping) as workplace:
        authority.__exit__(None, None, None)
        with pytest.raises(ConnectorError):
            stamp_now(workplace, Patience(attempts=1))
        authority.__enter__()


def test_a_log_without_events_is_not_stamped(tmp_path: Path, stamping: Desk, authority: tsa.Authority) -> None:
    with Store.open("sqlite:///" + str(tmp_path / "empty.db"), stamping.folder, create=True):
        pass
    stamping.configure("sqlite:///disengage.db", "sqlite:///empty.db")
    assert _stamp(stamping) == {"seq": None, "hash": None, "time": None, "new": False}
    assert "nothing to stamp" in stamping.call("timestamp").out
    assert authority.asked == []


def test_a_stamp_says_the_authoritys_time(stamping: Desk, authority: tsa.Authority) -> None:
    authority.now = lambda: tsa.later(days=0) - timedelta(days=400)
    assert _stamp(stamping)["time"] < "2026-11"
