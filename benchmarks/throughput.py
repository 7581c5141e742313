"""Many cases on three connections, against plain threads that make the same calls and keep nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from disengage.engine.durable import PER_CONNECTION
from disengage.engine.worker import Worker

from benchmarks.figures import Bound, Figure
from benchmarks.office import approved, carried_out, office, warmed_up
from benchmarks.platform import Platforms, platforms
from benchmarks.spending import Spending, spending
from benchmarks.yardstick import Calls, calls_by_link, seconds_of_plain_threads

CONNECTIONS = 3
#: Milliseconds: what the bound is asked of, and what only informs.
LATENCY, OTHERS = 50.0, (200.0, 0.0)


@dataclass
class Taken:
    """What one round took.

    Attributes:
        planned: Seconds for planning and approving all cases, one after the other.
        run: Seconds for carrying them out.
        cpu: Processor seconds of this process meanwhile.
        plain: Seconds of the yardstick.
        calls: How many calls each side made.
    """

    planned: float = 0
    run: float = 0
    cpu: float = 0
    plain: float = 0
    calls: int = 0
    by_link: list[list[Calls]] = field(default_factory=list)


def measure(*, quick: bool) -> list[Figure]:
    """Measure at one latency several times, at others once, and look where the time goes."""
    cases, rounds = (4, 1) if quick else (200, 3)
    few = cases if quick else 40
    with platforms(CONNECTIONS) as found:
        main = _figure(
            found, "throughput", 5.0 if quick else LATENCY, cases, rounds, Bound() if quick else Bound(least=0.4)
        )
        others = [] if quick else [_figure(found, f"throughput, {at:g} ms", at, few, 1, Bound()) for at in OTHERS]
        main.details.update(_where_it_goes(found, few))
    return [main, *others]


def _figure(found: Platforms, name: str, latency: float, cases: int, rounds: int, bound: Bound) -> Figure:
    taken = [_round(found, latency, cases) for _ in range(rounds)]
    return Figure(
        name=name,
        what=f"{cases} approved cases on {CONNECTIONS} connections, {latency:g} ms latency a call, against "
        f"{PER_CONNECTION} plain threads a connection with httpx making the same calls in the same order",
        unit="cases/s",
        ours=[cases / t.run for t in taken],
        yardstick=[cases / t.plain for t in taken],
        ratios=[t.plain / t.run for t in taken],
        bound=bound,
        details={
            "calls a case": taken[0].calls / cases,
            "processor time a case": f"{median(t.cpu for t in taken) / cases * 1000:.0f} ms",
            "planning and approving, cases/s": [round(cases / t.planned, 1) for t in taken],
        },
    )


#: Every round gets clients of its own: the platforms remember who left.
_clients = iter(range(1, 10**9))


def _round(found: Platforms, latency: float, cases: int) -> Taken:
    taken = Taken()
    with office(found.urls) as workplace, Worker(workplace) as worker:
        found.slow_down(0)
        warmed_up(workplace, worker, client=next(_clients))
        numbers = [next(_clients) for _ in range(cases)]
        started = time.perf_counter()
        ids = approved(workplace, numbers)
        taken.planned = time.perf_counter() - started
        _run(found, latency, taken, lambda: carried_out(workplace, worker, ids))
    taken.calls = sum(len(calls) for links in taken.by_link for calls in links)
    taken.plain = seconds_of_plain_threads(found.urls, taken.by_link, PER_CONNECTION)
    return taken


def _run(found: Platforms, latency: float, taken: Taken, carry_out: Any) -> None:
    before = [len(journal) for journal in found.journals()]
    found.slow_down(latency)
    started, cpu = time.perf_counter(), time.process_time()
    carry_out()
    taken.run, taken.cpu = time.perf_counter() - started, time.process_time() - cpu
    after = found.journals()
    taken.by_link = [calls_by_link(journal[count:]) for journal, count in zip(after, before, strict=True)]


def _where_it_goes(found: Platforms, cases: int) -> dict[str, Any]:
    """Carry out some cases once more, watched, which makes them a little slower."""
    found.slow_down(0)
    with office(found.urls) as workplace, Worker(workplace) as worker:
        warmed_up(workplace, worker, client=next(_clients))
        ids = approved(workplace, [next(_clients) for _ in range(cases)])
        with spending() as spent:
            worker.run(ids)
    return _shares(spent, cases)


def _shares(spent: Spending, cases: int) -> dict[str, Any]:
    return {
        "processor time goes to": {what: f"{share:.0%}" for what, share in spent.shares()},
        "a case makes": {what: round(count / cases) for what, count in spent.counts.most_common()},
    }
