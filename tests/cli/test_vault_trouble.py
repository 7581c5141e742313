"""A copy that cannot be kept fails its step, publishes nothing, and can be tried again."""

from __future__ import annotations

import resource
import shutil
import subprocess

from tests.cli.desk import Desk
from tests.office import COMMAND

HISTORY = "crm.retain_history"


def test_a_vault_that_is_a_file_fails_the_step_and_a_retry_works_once_it_is_a_folder(table: Desk) -> None:
    case = table.planned()
    shutil.rmtree(table.folder / "vault", ignore_errors=True)
    (table.folder / "vault").write_text("this is no folder", encoding="utf-8")
    answer = table.run(case)
    step = next(s for s in answer.json()["cases"][0]["steps"] if s["id"] == HISTORY)
    assert (answer.code, step["state"]) == (5, "failed")
    assert "vault" in step["outcome"]
    assert answer.json()["cases"][0]["state"] == "attention"
    table.assert_nothing_was_changed()
    (table.folder / "vault").unlink()
    assert table.call("retry", case, HISTORY).code == 0
    assert table.run(case).code == 4
    assert table.stands(case)[HISTORY] == ("done", None)


def test_a_disk_that_fills_while_a_bag_is_written_publishes_nothing_and_a_retry_works(table: Desk) -> None:
    documents = table.folder / "simulated-table" / "documents" / "10001"
    (documents / "ledger.bin").write_bytes(bytes(24 << 20))
    case = table.planned()

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, 16 << 20))

    answer = subprocess.run(
        [*COMMAND, "run", case, "--json"],
        cwd=table.folder,
        env=table.environment,
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 5, answer.stderr
    assert "Traceback" not in answer.stderr
    step = table.steps(case)[HISTORY]
    assert (step["state"], step["proof"]) == ("failed", None)
    assert "no space is left" in step["outcome"]
    assert list((table.folder / "vault").rglob("*")) == []
    table.assert_nothing_was_changed()
    assert table.call("retry", case).code == 0
    assert table.run(case).code == 4
    assert len(table.bags()) == 1


def test_evidence_that_cannot_be_kept_leaves_the_task_open(bank: Desk) -> None:
    case = bank.planned()
    bank.run(case)
    task = bank.open_task("banqup.retain_history")
    (bank.folder / "vault").write_text("this is no folder", encoding="utf-8")
    before = bank.show(case)
    message = bank.refused(5, "task", "done", task["id"], "--by", "Per", "--evidence", "request.toml")
    assert "vault" in message
    assert bank.show(case) == before
    (bank.folder / "vault").unlink()
    assert bank.call("task", "done", task["id"], "--by", "Per", "--evidence", "request.toml").code == 0
