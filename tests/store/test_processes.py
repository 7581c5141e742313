from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from disengage.domain.case import Case
from disengage.store import Store
from sqlalchemy import event

from tests.builders import NOW, a_case

_COUNT_UP = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from disengage.store import Store
store = Store.open(sys.argv[1], Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    with store.change(sys.argv[3]) as work:
        step = work.case.steps[0]
        work.case = work.case.with_step(step.model_copy(update={"attempts": step.attempts + 1}))
        work.event("counted", attempts=step.attempts + 1)
        work.wake("go", datetime.now(UTC))
"""

_CREATE = """
import sys
from pathlib import Path
from disengage.errors import LifecycleError
from sqlalchemy import event

from disengage.domain.case import Case
from disengage.store import Store
store = Store.open(sys.argv[1], Path(sys.argv[2]))
case = Case.model_validate_json(sys.stdin.readline())
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    try:
        with store.new_case(case.model_copy(update={"id": f"c-{number}"})) as work:
            work.event("case_opened")
    except LifecycleError:
        continue
    print(number)
"""


def _together(script: str, first_line: str, folder: Path, url: str, cases: tuple[str, str]) -> list[str]:
    """Run a script in two processes that begin their work at the same moment; return what they printed."""
    command = [sys.executable, "-c", script, url, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    programs = [subprocess.Popen([*command, case], text=True, **pipes) for case in cases]  # type: ignore[call-overload]
    for program in programs:
        program.stdin.write(first_line)
        program.stdin.flush()
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        program.stdin.write("go\n")
        program.stdin.flush()
    printed = [program.communicate(timeout=120)[0] for program in programs]
    assert [program.returncode for program in programs] == [0, 0]
    return printed


def test_two_processes_that_change_one_case_lose_no_update(url: str, store: Store, tmp_path: Path) -> None:
    with store.new_case(a_case()):
        pass
    _together(_COUNT_UP, "", tmp_path, url, (a_case().id, a_case().id))
    assert store.case(a_case().id).steps[0].attempts == 50
    assert [found.payload["attempts"] for found in store.events()] == list(range(1, 51))
    assert [wake.number for wake in store.unsent_wakes()] == list(range(1, 51))
    assert store.verify_events() == ()


def test_two_processes_that_change_two_cases_write_one_log(url: str, store: Store, tmp_path: Path) -> None:
    for case_id in ("c-1", "c-2"):
        with store.new_case(a_case(id=case_id)):
            pass
    _together(_COUNT_UP, "", tmp_path, url, ("c-1", "c-2"))
    assert [found.seq for found in store.events()] == list(range(1, 51))
    assert [len(store.events(case_id)) for case_id in ("c-1", "c-2")] == [25, 25]
    assert store.verify_events() == ()


def test_of_two_processes_that_make_the_same_case_one_succeeds(url: str, store: Store, tmp_path: Path) -> None:
    printed = _together(_CREATE, a_case().model_dump_json(by_alias=True) + "\n", tmp_path, url, ("", ""))
    assert sorted(int(line) for text in printed for line in text.split()) == list(range(20))
    assert (len(store.case_ids()), len(store.events()), store.verify_events()) == (20, 20, ())


def test_threads_take_turns(store: Store) -> None:
    with store.new_case(a_case()):
        pass

    def count(number: int) -> None:
        with store.change(a_case().id) as work:
            work.case = _counted(work.case)
            work.event("counted", number=number)
            store.case(work.case.id)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(40)))
    assert store.case(a_case().id).steps[0].attempts == 40
    assert {found.payload["number"] for found in store.events()} == set(range(40))
    assert store.verify_events() == ()


def test_a_case_is_never_read_half_changed(store: Store) -> None:
    old = a_case()
    new = old.model_copy(update={"links": (), "steps": (), "plan_hash": "sha256:new", "tasks": ()})
    with store.new_case(old):
        pass

    def change() -> None:
        with store.change(old.id) as work:
            work.case = new

    pending = [change]
    with ThreadPoolExecutor(1) as thread:

        def between(connection: object, cursor: object, statement: str, *rest: object) -> None:
            if "FROM steps" in statement and pending:
                thread.submit(pending.pop()).result(timeout=60)

        event.listen(store.engine, "before_cursor_execute", between)
        assert store.case(old.id) == old
        assert pending == []
    assert store.case(old.id) == new


def test_different_cases_are_changed_side_by_side_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    with Store.open(postgres_url, tmp_path, create=True, now=lambda: NOW) as store:
        for case_id in ("c-1", "c-2"):
            with store.new_case(a_case(id=case_id)):
                pass

        def change_other() -> None:
            with store.change("c-2") as work:
                work.case = _counted(work.case)
                work.event("counted")

        with store.change("c-1") as work, ThreadPoolExecutor(1) as thread:
            thread.submit(change_other).result(timeout=60)
            work.case = _counted(work.case)
            work.event("counted")
        assert [found.case for found in store.events()] == ["c-2", "c-1"]
        assert store.verify_events() == ()


def _counted(case: Case) -> Case:
    step = case.steps[0]
    return case.with_step(step.model_copy(update={"attempts": step.attempts + 1}))


def test_a_store_tells_whether_anybody_works_on_it(store: Store) -> None:
    before = store.worked_on()
    place = store.take_place()
    meanwhile = store.worked_on()
    place.leave()
    assert (before, meanwhile, store.worked_on()) == (False, True, False)
