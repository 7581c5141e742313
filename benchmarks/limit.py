"""Four workers on a platform that allows ten calls in any second: how much of that they use, and whether too much."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from disengage.testing import Entry

from benchmarks.crew import Ended, carried_out_by
from benchmarks.figures import Bound, Figure
from benchmarks.office import approved, office
from benchmarks.platform import Platforms, platforms
from benchmarks.postgres import new_database

ALLOWED = 10
#: Milliseconds a call takes: about as long as it does at a real platform.
LATENCY = 50.0
_clients = itertools.count(1)


def measure(*, quick: bool) -> list[Figure]:
    """Run once a round, on a new store each time."""
    workers, cases, rounds, edge = (2, 2, 1, 1) if quick else (4, 30, 3, 2 * ALLOWED)
    with platforms(1) as found:
        ends, journals = zip(*(_round(found, workers, cases) for _ in range(rounds)), strict=True)
    # at either end not every worker has something to do
    used = [_calls_a_second(journal[edge:-edge]) for journal in journals]
    refused = [sum(entry.status == 429 for entry in journal) for journal in journals]
    figure = Figure(
        name="limit",
        what=f"calls a second that {workers} workers on PostgreSQL make together on a platform that allows {ALLOWED} "
        f"in any second, against what it allows; the first and the last {edge} calls are left out",
        unit="calls/s",
        ours=used,
        yardstick=[ALLOWED] * rounds,
        ratios=[calls / ALLOWED for calls in used],
        bound=Bound() if quick else Bound(least=0.95),
        details={
            "calls": [len(journal) for journal in journals],
            "answered 429": refused,
            f"arrived less than a second after the {ALLOWED}th before it": [_close(journal) for journal in journals],
            "seconds until the first and the last worker ended": [f"{e.first:.1f} and {e.last:.1f}" for e in ends],
        },
    )
    return [figure]


def _round(found: Platforms, workers: int, cases: int) -> tuple[Ended, list[Entry]]:
    found.allow(0)
    found.slow_down(0)
    with office(found.urls, store=new_database()) as workplace:
        ids = approved(workplace, [next(_clients) for _ in range(cases)])
        before = len(found.journals()[0])
        _limit(found, workplace.settings.file)
        ended = carried_out_by(workers, workplace, ids)
        return ended, found.journals()[0][before:]


def _limit(found: Platforms, configuration: Path) -> None:
    """Let the platform keep its limit, and its connection know of it; planning is over, and not what is measured."""
    found.allow(ALLOWED)
    found.slow_down(LATENCY)
    with configuration.open("a", encoding="utf-8") as file:
        file.write(f"calls_per_second = {ALLOWED}\n")


def _calls_a_second(journal: Sequence[Entry]) -> float:
    """Return the pace of calls that follow each other."""
    return (len(journal) - 1) / (journal[-1].at - journal[0].at)


def _close(journal: Sequence[Entry]) -> int:
    """Count calls that arrived too soon by the clock of the platform; what is sent evenly does not arrive evenly."""
    return sum(later.at - earlier.at < 1 for earlier, later in zip(journal, journal[ALLOWED:], strict=False))
