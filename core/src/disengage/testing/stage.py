"""Where one connector is rehearsed: fresh benches, the undisturbed endings, and what was overheard meanwhile."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from disengage.testing.bench import Bench
from disengage.testing.ears import Ears
from disengage.testing.faultcases import FaultCases, units
from disengage.testing.rehearsal import Rehearsed, rehearse_all
from disengage.testing.simulator import Simulator
from disengage.testing.subject import EXAMPLE, Subject, Variant


class Stage:
    """Everything that the contract suite needs for one connector; what takes time is done once.

    Args:
        subject: The connector.
        variants: Endings besides the simulator's example.
        most_cases: How many fault cases are run; 0 for all.
        seconds: How long one hook may take.

    Attributes:
        elsewhere: A host that nobody has any business calling.
        cases_run: How many fault cases were run.
        leaks: What was said and may not be.
        naps: How often a connector slept by itself.
        strays: Calls that went past the HTTP kit.
    """

    def __init__(self, subject: Subject, variants: tuple[Variant, ...], most_cases: int, seconds: float) -> None:
        self.subject, self.variants = subject, (EXAMPLE, *variants)
        self._most, self._seconds = most_cases, seconds
        self._folder = Path(tempfile.mkdtemp(prefix="disengage-contract-"))
        self._numbers = itertools.count(1)
        self.elsewhere = Simulator()
        self.elsewhere.start()
        self.cases_run = 0
        self.leaks: list[str] = []
        self.naps: list[str] = []
        self.strays: list[str] = []

    def close(self) -> None:
        """Leave nothing behind."""
        self.elsewhere.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def bench(self, variant: Variant = EXAMPLE, clients: int = 1) -> Iterator[Bench]:
        """Hand out a fresh bench, and keep what was overheard on it."""
        ears = Ears(self.subject.package)
        folder = self._folder / f"{next(self._numbers):05}"
        bench = Bench(self.subject, folder, ears, variant=variant, clients=clients, seconds=self._seconds)
        bench.simulator.elsewhere = f"{self.elsewhere.url}/"
        with bench:
            yield bench
            self.leaks += bench.leaks()
            self.naps += [f"a hook sleeps by itself ({seconds:g} s)" for seconds in ears.slept]
            self.strays += bench.past_the_kit()
        shutil.rmtree(folder, ignore_errors=True)

    @cached_property
    def told(self) -> dict[Variant, Rehearsed]:
        """Every ending, undisturbed."""
        return {variant: self._told(variant) for variant in self.variants}

    def _told(self, variant: Variant) -> Rehearsed:
        with self.bench(variant) as bench:
            told = rehearse_all(bench)
        if variant is not EXAMPLE:
            told.complaints = [f"{variant.name}: {complaint}" for complaint in told.complaints]
        return told

    @cached_property
    def faults(self) -> FaultCases:
        """The fault cases."""
        told = self.told
        with self.bench() as bench:
            found = list(units(told, bench))
        return FaultCases(self.bench, found, self._most)
