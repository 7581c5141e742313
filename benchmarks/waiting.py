"""A daemon on a store in which many cases wait for their dates, and at the same time one on an empty store."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from disengage.domain.case import Approval, Case
from disengage.domain.lifecycle import CaseState
from disengage.engine import planning
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace

from benchmarks.figures import Figure
from benchmarks.office import a_request, approved, office
from benchmarks.platform import Platforms, platforms
from benchmarks.watched import Daemon, a_daemon

#: A step is made to come due so long after it is written down: it is handed over before, as one on a date is.
_AHEAD = timedelta(seconds=4)
_LEAVES_IN = timedelta(days=300)
_clients = itertools.count(1)

#: What was found on the store with many cases, and on the empty one.
Pair = tuple[float, float]


def measure(*, quick: bool) -> list[Figure]:
    """Have both daemons idle for a while, then let steps come due at both."""
    cases, windows, seconds, dues = (50, 1, 1.0, 1) if quick else (10_000, 6, 10.0, 10)
    with platforms(1) as found, office(found.urls) as full, office(found.urls) as empty:
        template = _waiting(full)
        written = _multiplied(full, template, cases - 1)
        soon = [_ready(workplace) for workplace in (full, empty)]
        with _daemons(full, empty) as daemons:
            details = {"writing the cases": f"{written:.0f} s", **_settled(daemons)}
            idle = [_idle(daemons, seconds) for _ in range(windows)]
            memory = (daemons[0].megabytes(), daemons[1].megabytes())
            starts = [_starts(found, (full, empty), soon) for _ in range(dues)]
        for workplace in (full, empty):  # what a daemon handed back when it ended; the next one would take it up
            workplace.store.sent(workplace.store.unsent_wakes())
        ticks = _timed((full, empty), lambda workplace: Worker(workplace).pump(), 5 if quick else 200)
        seeks = _timed((full, empty), lambda workplace: workplace.store.could_go_on(workplace.now()), 3)
    what = f"with {cases} waiting cases in the store, against the same with none, at the same time"
    details["looking for what nothing woke, once a minute"] = f"{median(full for full, _ in seeks):.1f} ms"
    return [
        _figure("waiting, memory", f"a daemon's memory {what}", "MB", [memory], details),
        _figure("waiting, idle", f"an idle daemon's processor time {what}", "% of a core", idle),
        _figure("waiting, tick", f"looking whether anything is to be handed over (the pump) {what}", "ms", ticks),
        _figure("waiting, start", f"from the moment a step comes due to its first call {what}", "s", starts),
    ]


def _figure(name: str, what: str, unit: str, pairs: Sequence[Pair], details: dict[str, Any] | None = None) -> Figure:
    ours, yardstick = [full for full, _ in pairs], [empty for _, empty in pairs]
    ratios = [median(ours) / max(median(yardstick), 1e-9)]
    return Figure(name, what, unit, ours, yardstick, ratios, details=details or {})


# --- the cases


def _waiting(workplace: Workplace) -> Case:
    """Return a case that was carried out until it waits for its date."""
    ends_on = datetime.now(UTC).date() + _LEAVES_IN
    case = approved(workplace, [next(_clients)], ends_on=ends_on)[0]
    with Worker(workplace) as worker:
        worker.run([case])
    found = workplace.store.case(case)
    assert found.state is CaseState.WAITING, found.state
    return found


def _multiplied(workplace: Workplace, case: Case, number: int) -> float:
    """Write so many cases that stand as this one does, with its wakes; return how long that took."""
    started, now = time.perf_counter(), workplace.now()
    wakes = {link.id: now + _LEAVES_IN for link in case.links} | {"@ahead": now + _LEAVES_IN - timedelta(days=1)}
    for copy in range(number):
        with workplace.store.new_case(case.model_copy(update={"id": f"c-copy{copy:06}"})) as work:
            for what, at in wakes.items():
                work.wake(what, at)
    return time.perf_counter() - started


def _ready(workplace: Workplace) -> Case:
    """Return a case all of whose steps are due, reviewed already; it is not in the store."""
    case = planning.planned(workplace, "c-ready", a_request(next(_clients)))
    approval = Approval(by="Anna Ansvarlig", at=workplace.now(), plan_hash=case.plan_hash)
    return case.model_copy(update={"approvals": (approval,), "reviewed": True})


# --- the daemons


@contextmanager
def _daemons(*workplaces: Workplace) -> Iterator[list[Daemon]]:
    first, second = (a_daemon(workplace.settings.folder) for workplace in workplaces)
    with first as full, second as empty:
        yield [full, empty]


def _settled(daemons: Sequence[Daemon]) -> dict[str, str]:
    """Wait until the daemons have handed over what was to be, and have looked at every case once."""
    found = {}
    for which, daemon in zip(("empty", "full"), reversed(daemons), strict=True):
        handed = daemon.when(lambda figures: figures["disengage_wakes"] == 0)
        seen = daemon.when(lambda figures: figures[_LAST] > 0)
        found[which] = f"all wakes handed over after {handed:.1f} s, every case looked at once after {seen:.1f} s"
    return {f"start of the daemon on the {which} store": text for which, text in found.items()}


_LAST = 'disengage_duty_last_done_seconds{duty="all"}'


def _idle(daemons: Sequence[Daemon], seconds: float) -> Pair:
    before = [daemon.processor_seconds() for daemon in daemons]
    started = time.perf_counter()
    time.sleep(seconds)
    after = [daemon.processor_seconds() for daemon in daemons]
    took = time.perf_counter() - started
    full, empty = (100 * (b - a) / took for a, b in zip(before, after, strict=True))
    return full, empty


def _starts(found: Platforms, workplaces: Sequence[Workplace], cases: Sequence[Case]) -> Pair:
    """Let a step of one case come due at each; return how long after that its first call came."""
    due = datetime.now(UTC) + _AHEAD
    clients = [str(next(_clients)) for _ in workplaces]
    for workplace, case, client in zip(workplaces, cases, clients, strict=True):
        _write(workplace, case, client, due)
    full, empty = (_first_call(found, client) - due.timestamp() for client in clients)
    return full, empty


def _write(workplace: Workplace, case: Case, client: str, due: datetime) -> None:
    links = tuple(link.model_copy(update={"link": link.link.model_copy(update={"ref": client})}) for link in case.links)
    steps = tuple(step.model_copy(update={"wake_at": due}) for step in case.steps)
    new = case.model_copy(update={"id": f"c-due{client}", "links": links, "steps": steps})
    with workplace.store.new_case(new) as work:
        for link in links:
            work.wake(link.id, due)


def _first_call(found: Platforms, client: str) -> float:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for entry in found.journals()[0]:
            if entry.path.startswith(f"/clients/{client}"):
                return entry.at
        time.sleep(0.2)
    raise TimeoutError(f"nothing was asked about client {client}")


def _timed(workplaces: Sequence[Workplace], call: Callable[[Workplace], object], times: int) -> list[Pair]:
    """Do something at one and the other in turn; return the milliseconds of each."""
    found = []
    for _ in range(times):
        full, empty = (_milliseconds(call, workplace) for workplace in workplaces)
        found.append((full, empty))
    return found


def _milliseconds(call: Callable[[Workplace], object], workplace: Workplace) -> float:
    started = time.perf_counter()
    call(workplace)
    return (time.perf_counter() - started) * 1000
