"""Nothing that cannot be undone happens before the gate opens; these tests try to get past it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.desk import Desk, at_work, bank_and_table, codes

HISTORY, SEVER = "banqup.retain_history", "banqup.sever_link"


def _assert_shut(desk: Desk, case: str) -> None:
    """See that every gated step still waits, and that no platform was told to change anything."""
    shown = desk.show(case)
    gated = [s for s in shown["steps"] if s["verb"] == "sever_link"]
    assert {s["state"] for s in gated} <= {"planned", "waiting"}
    assert {s["attempts"] for s in gated} == {0}
    assert shown["gate"]["open"] == []
    desk.assert_nothing_was_changed()


def _without_the_invoices(desk: Desk) -> None:
    """Ask for nothing at the table that could be done before the gate opens."""
    desk.ask("keep_billing_to = false", "keep_billing_to = true")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """Bring a case to where the table's copy is kept, and a person is asked for that of Banqup's documents."""
    folder = tmp_path_factory.mktemp("asked")
    with at_work(folder, empty_store, **bank_and_table()) as desk:
        _without_the_invoices(desk)
        assert desk.run(desk.planned()).code == 4
    return folder


@pytest.fixture
def desk(tmp_path: Path, asked: Path) -> Iterator[Desk]:
    """Give a desk with that case."""
    with at_work(tmp_path, asked, **bank_and_table()) as made:
        _without_the_invoices(made)
        yield made


@pytest.fixture
def case(desk: Desk) -> str:
    (found,) = desk.call("cases", "--json").json()["cases"]
    case: str = found["case"]
    return case


def test_before_the_copy_is_there_every_gated_step_waits_for_the_gate(desk: Desk, case: str) -> None:
    assert desk.stands(case) == {
        HISTORY: ("waiting", "person"),
        "banqup.remove_extensions": ("planned", "step"),
        SEVER: ("planned", "step"),
        "crm.retain_history": ("done", None),
        "crm.sever_link": ("waiting", "gate"),
    }
    _assert_shut(desk, case)


def test_keeping_the_copy_cannot_be_skipped(desk: Desk, case: str) -> None:
    assert "copy" in desk.refused(3, "skip", case, HISTORY, "--by", "Anna", "--reason", "no need")
    assert desk.run(case).code == 4
    _assert_shut(desk, case)


def test_declining_to_bring_the_copy_opens_nothing(desk: Desk, case: str) -> None:
    task = desk.open_task(HISTORY)
    assert desk.call("task", "decline", task["id"], "--by", "Per", "--reason", "too much work").code == 0
    assert desk.run(case).code == 5
    _assert_shut(desk, case)
    assert desk.call("skip", case, HISTORY, "--by", "Anna", "--reason", "declined anyway").code == 3
    assert desk.call("retry", case).code == 0
    assert desk.run(case).code == 4
    _assert_shut(desk, case)


def test_trying_again_and_moving_dates_opens_nothing(desk: Desk, case: str) -> None:
    for _ in range(2):
        assert desk.call("retry", case).code == 0
        assert desk.run(case).code == 4
    assert desk.call("move", case, SEVER, "--to", "2020-01-01", "--by", "Anna").code == 0
    assert desk.run(case).code == 4
    _assert_shut(desk, case)


def test_what_comes_before_the_severing_can_be_skipped_without_opening_the_gate(desk: Desk, case: str) -> None:
    assert desk.call("skip", case, "banqup.remove_extensions", "--by", "Anna", "--reason", "later").code == 0
    assert desk.run(case).code == 4
    _assert_shut(desk, case)


def test_a_cancelled_case_never_passes(desk: Desk, case: str) -> None:
    task = desk.open_task(HISTORY)
    assert desk.call("cancel", case, "--by", "Anna", "--reason", "the client stays", "--json").code == 0
    assert desk.call("task", "done", task["id"], "--by", "Per", "--evidence", "request.toml").code == 2
    assert desk.call("retry", case).code == 2
    assert desk.run(case).code == 0
    assert desk.show(case)["state"] == "cancelled"
    desk.assert_nothing_was_changed()


def _damage(desk: Desk) -> tuple[Path, bytes]:
    (file,) = (desk.folder / "vault").rglob("client.json")
    content = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(content.replace(b"Nordlys", b"Nordlis"))
    return file, content


def test_a_copy_damaged_before_the_gate_opens_is_a_blocker_and_nothing_is_severed(desk: Desk, case: str) -> None:
    _damage(desk)
    desk.bring(HISTORY)
    answer = desk.run(case)
    (found,) = answer.json()["cases"]
    assert answer.code == 3
    assert codes(found) == {("history_damaged:crm.retain_history", "crm")}
    _assert_shut(desk, case)
    assert desk.run(case).code == 3
    assert len(codes(desk.show(case))) == 1
    _assert_shut(desk, case)


def test_a_damaged_copy_that_is_put_back_opens_the_gate(desk: Desk, case: str) -> None:
    file, content = _damage(desk)
    desk.bring(HISTORY)
    assert desk.run(case).code == 3
    file.write_bytes(content)
    assert desk.call("retry", case).code == 0
    assert desk.run(case).code == 4
    assert desk.changing() == ["DELETE bookkeeping", "DELETE documents", "POST archive"]
    assert codes(desk.show(case)) == set()


def test_a_damaged_copy_can_be_kept_anew_as_the_remedy_says(desk: Desk, case: str) -> None:
    _damage(desk)
    desk.bring(HISTORY)
    assert desk.run(case).code == 3
    assert desk.call("retry", case, "crm.retain_history").code == 0
    assert desk.run(case).code == 4
    assert desk.changing() == ["DELETE bookkeeping", "DELETE documents", "POST archive"]
    assert len([bag for bag in desk.bags() if "/crm/" in bag]) == 2
    assert desk.call("verify", case).code == 6


def test_a_damaged_copy_that_was_brought_is_asked_for_again(desk: Desk, case: str) -> None:
    desk.bring(HISTORY)
    (file,) = [f for f in (desk.folder / "vault").rglob("data/*") if "banqup" in f.parts]
    file.chmod(0o600)
    file.write_bytes(b"something else entirely")
    assert desk.run(case).code == 4
    _assert_shut(desk, case)
    desk.bring(HISTORY)
    assert desk.run(case).code == 4
    assert desk.changing() == ["DELETE bookkeeping", "DELETE documents", "POST archive"]


def test_a_vault_that_is_gone_keeps_the_gate_shut(desk: Desk, case: str) -> None:
    desk.bring(HISTORY)
    (desk.folder / "vault").rename(desk.folder / "elsewhere")
    answer = desk.run(case)
    assert answer.code == 3
    _assert_shut(desk, case)


# --- the policy


def test_with_the_gate_of_the_case_one_connection_waits_for_the_others_copy(desk: Desk, case: str) -> None:
    assert desk.stands(case)["crm.sever_link"] == ("waiting", "gate")
    desk.bring(HISTORY)
    assert desk.run(case).code == 4
    assert desk.stands(case)["crm.sever_link"] == ("waiting", "platform")
    assert desk.stands(case)[SEVER] == ("done", None)


def test_with_the_gate_of_the_connection_each_passes_on_its_own(tmp_path: Path, empty_store: Path) -> None:
    with at_work(tmp_path, empty_store, **bank_and_table()) as desk:
        desk.configure("[vault]", '[policy]\ngate = "connection"\n\n[vault]')
        _without_the_invoices(desk)
        case = desk.planned()
        assert desk.run(case).code == 4
        assert desk.stands(case)["crm.sever_link"] == ("waiting", "platform")
        assert [row["Klantstatus"] for row in desk.rows_written()] == ["Geen klant meer"]
        assert desk.changing() == []
        assert desk.show(case)["gate"]["open"] == ["crm"]


def test_changing_the_policy_after_the_approval_opens_nothing(desk: Desk, case: str) -> None:
    desk.configure("[vault]", '[policy]\ngate = "connection"\n\n[vault]')
    assert desk.run(case).code == 4
    _assert_shut(desk, case)


def test_only_what_is_wrong_with_a_history_can_be_accepted(desk: Desk, case: str) -> None:
    assert "history_wrong:crm.retain_history" in desk.refused(
        2, "accept", case, "history_wrong:crm.retain_history", "--by", "Anna", "--reason", "nothing better"
    )
    _assert_shut(desk, case)
