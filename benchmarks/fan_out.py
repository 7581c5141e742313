"""One case on six connections at once, against the slowest of the six alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from disengage.engine.worker import Worker

from benchmarks.figures import Bound, Figure
from benchmarks.office import approved, carried_out, office, warmed_up
from benchmarks.platform import Platforms, platforms


class Taken(NamedTuple):
    """Seconds from the request to its plan's approval, and from there to the case's end."""

    planned: float
    run: float


def measure(*, quick: bool) -> list[Figure]:
    """Measure the six together and each alone, in every round."""
    connections, latency, rounds = (2, 5.0, 1) if quick else (6, 200.0, 3)
    with platforms(connections) as found:
        pairs = [_round(found, latency, number) for number in range(1, rounds + 1)]
    together, slowest = [t.run for t, _ in pairs], [max(a.run for a in alone) for _, alone in pairs]
    figure = Figure(
        name="fan-out",
        what=f"one case on {connections} connections, {latency:g} ms latency a call, against the slowest of them "
        "alone, from the approved plan to the case's end",
        unit="s",
        ours=together,
        yardstick=slowest,
        ratios=[ours / theirs for ours, theirs in zip(together, slowest, strict=True)],
        bound=Bound() if quick else Bound(most=1.25),
        details={
            "planning and approving, together": [round(t.planned, 2) for t, _ in pairs],
            "the slowest alone": [round(max(a.planned for a in alone), 2) for _, alone in pairs],
            "each alone, from plan to end": [[round(a.run, 2) for a in alone] for _, alone in pairs],
        },
    )
    return [figure]


def _round(found: Platforms, latency: float, number: int) -> tuple[Taken, list[Taken]]:
    together = _taken(found, found.urls, latency, number)
    return together, [_taken(found, [url], latency, 1000 * place + number) for place, url in enumerate(found.urls, 1)]


def _taken(found: Platforms, urls: Sequence[str], latency: float, client: int) -> Taken:
    with office(urls) as workplace, Worker(workplace) as worker:
        found.slow_down(0)
        warmed_up(workplace, worker, client=100_000 + client)
        found.slow_down(latency)
        started = time.perf_counter()
        cases = approved(workplace, [client])
        planned = time.perf_counter()
        carried_out(workplace, worker, cases)
        return Taken(planned - started, time.perf_counter() - planned)
