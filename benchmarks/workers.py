"""A case on six connections, many at once: one to four worker processes, plain threads, and Celery with Redis."""

from __future__ import annotations

import itertools
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from disengage.engine.durable import PER_CONNECTION

from benchmarks.celery_yardstick import CeleryYardstick, celery
from benchmarks.crew import Ended, carried_out_by
from benchmarks.figures import Figure
from benchmarks.office import approved, office
from benchmarks.platform import Platforms, platforms
from benchmarks.postgres import Connections, new_database
from benchmarks.yardstick import Calls, calls_by_link, seconds_of_plain_threads

#: Milliseconds a call takes.
LATENCY = 50.0
#: Database and number of worker processes; a SQLite store has one.
ARRANGEMENTS = (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", 2), ("PostgreSQL", 4))
_clients = itertools.count(1)


@dataclass
class Taken:
    """Seconds by who did it, one entry a round.

    Attributes:
        whole: From the start of the processes until the first and the last of them ended.
        working: From the first call that a platform saw to the last.
        calls: How many calls a round made.
        connections: To the database, at most at a time.
    """

    whole: defaultdict[str, list[Ended]] = field(default_factory=lambda: defaultdict(list))
    working: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: list[int] = field(default_factory=list)
    connections: Counter[str] = field(default_factory=Counter)


def measure(*, quick: bool) -> list[Figure]:
    """Let all of them do the same in turn, in every round."""
    connections, cases, rounds = (2, 2, 1) if quick else (6, 20, 3)
    arrangements = ARRANGEMENTS[2:3] if quick else ARRANGEMENTS
    taken = Taken()
    with platforms(connections) as found, celery(left_out=quick) as engine:
        for _ in range(rounds):
            _round(taken, found, engine, cases, arrangements)
    return [_figure(taken, who, connections, cases) for who in taken.working if who != "plain threads"]


def _round(
    taken: Taken,
    found: Platforms,
    engine: CeleryYardstick | None,
    cases: int,
    arrangements: Sequence[tuple[str, int]],
) -> None:
    for kind, workers in arrangements:
        by_link = _ours(taken, found, new_database() if kind == "PostgreSQL" else "", workers, cases)
    taken.calls.append(sum(len(calls) for links in by_link for calls in links))
    plain = seconds_of_plain_threads(found.urls, by_link, PER_CONNECTION)
    taken.working["plain threads"].append(plain)
    if engine:
        taken.working["Celery"].append(engine.seconds(found.urls, by_link))


def _ours(taken: Taken, found: Platforms, store: str, workers: int, cases: int) -> list[list[Calls]]:
    """Carry the cases out; return what each platform was asked, link by link."""
    who = f"{workers} on {'PostgreSQL' if store else 'SQLite'}"
    with office(found.urls, store=store) as workplace:
        found.slow_down(0)
        ids = approved(workplace, [next(_clients) for _ in range(cases)])
        before = [len(journal) for journal in found.journals()]
        found.slow_down(LATENCY)
        with Connections(store) if store else nullcontext() as connections:
            taken.whole[who].append(carried_out_by(workers, workplace, ids))
        if connections:
            taken.connections[who] = max(taken.connections[who], connections.most)
    made = [journal[count:] for journal, count in zip(found.journals(), before, strict=True)]
    moments = [entry.at for journal in made for entry in journal]
    taken.working[who].append(max(moments) - min(moments))
    return [calls_by_link(journal) for journal in made]


def _figure(taken: Taken, who: str, connections: int, cases: int) -> Figure:
    ours, plain = taken.working[who], taken.working["plain threads"]
    details: dict[str, Any] = {"calls a case": taken.calls[0] / cases}
    if who in taken.whole:
        ends = [f"{ended.first:.1f} and {ended.last:.1f}" for ended in taken.whole[who]]
        details["seconds until the first and the last process ended, their start included"] = ends
    if who in taken.connections:
        details["connections to the database at most"] = taken.connections[who]
    return Figure(
        name=f"workers, {who}",
        what=f"{cases} approved cases, each on {connections} connections at once, {LATENCY:g} ms latency a call, from "
        f"the first call to the last, against {PER_CONNECTION} plain threads a connection with httpx making the same "
        "calls in the same order" + (_CELERY if who == "Celery" else ""),
        unit="cases/s",
        ours=[cases / seconds for seconds in ours],
        yardstick=[cases / seconds for seconds in plain],
        ratios=[theirs / seconds for seconds, theirs in zip(ours, plain, strict=True)],
        details=details,
    )


_CELERY = (
    "; Celery 5 with Redis and its append-only file, one worker with as many threads, a group of tasks a case, "
    f"acknowledged late; it proves, plans and keeps nothing. Python {sys.version_info.major}.{sys.version_info.minor}"
)
