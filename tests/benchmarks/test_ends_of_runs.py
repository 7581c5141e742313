"""A run ends only when nothing is left to send, whatever ends while it looks."""

from __future__ import annotations

from disengage.domain.lifecycle import CaseState
from disengage.engine.worker import Worker

from benchmarks.office import approved, office
from benchmarks.platform import BenchPlatform


class _EndsWhileLookedAt(Worker):
    """A worker whose review ends, and wakes the links, in the very moment in which it is asked whether it is busy."""

    def _busy(self) -> bool:
        while super()._busy():
            self._durable.wait_for_an_end(0.05)
        return False


def test_what_a_segment_wakes_in_the_moment_of_its_end_is_still_sent() -> None:
    with (
        BenchPlatform(faults="bench:latency=100") as platform,
        office([platform.url]) as workplace,
        _EndsWhileLookedAt(workplace) as worker,
    ):
        (case,) = approved(workplace, [1])
        worker.run([case])
        assert workplace.store.unsent_wakes() == []
        assert workplace.store.case(case).state is CaseState.CLOSED
