"""Fault injection: each exchange of each hook fails once, in each way; afterwards all is as if nothing had been."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from disengage.domain.case import CaseLink, Step
from disengage.domain.state import COMPARED, LinkState
from disengage.errors import CredentialsError, DisengageError, RejectedError, RetryableError
from disengage.testing.bench import Bench
from disengage.testing.exchanges import Exchange, is_changing, repeats
from disengage.testing.performing import GAP, Ended, Performance
from disengage.testing.rehearsal import Rehearsed, invitation, replay
from disengage.testing.simulator import Simulator
from disengage.testing.subject import Variant
from disengage.testing.ways import EXPIRED, INSIDE, WAYS, Way

#: Errors that say that nothing happened.
_NOTHING_HAPPENED = (RetryableError, RejectedError, CredentialsError)
_SEED = 20261122

Benches = Callable[[Variant], AbstractContextManager[Bench]]


@dataclass(frozen=True, eq=False)
class Unit:
    """What is done with one fault in it: a step, or a hook that reads.

    Attributes:
        name: For complaints.
        variant: Of which ending.
        earlier: The steps that come before.
        hook: The reading hook; empty for a step.
        link: The link it is about.
        step: The step.
        changed_by: The operations by which it changes something.
    """

    name: str
    variant: Variant
    earlier: tuple[Ended, ...] = ()
    hook: str = ""
    link: CaseLink | None = None
    step: Step | None = None
    changed_by: tuple[str, ...] = ()

    def arguments(self, bench: Bench) -> dict[str, Any]:
        """Return what a reading hook is given."""
        if self.hook == "try_credentials":
            return {}
        if self.hook == "find_links" or self.link is None:
            return {"client": bench.request.client, "request": bench.request}
        asked = {"link": self.link.link, "request": bench.request}
        return asked | ({"state": self.link.observed} if self.hook == "check" else {})


@dataclass(frozen=True)
class Case:
    """One exchange of one unit that fails in one way."""

    unit: Unit
    number: int
    way: Way


@dataclass
class _Undisturbed:
    exchanges: list[Exchange]
    answer: Any = None
    ended: Ended | None = None


def units(told: Mapping[Variant, Rehearsed], bench: Bench) -> Iterator[Unit]:
    """Yield what the endings consist of; what several have in common, once."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for variant, rehearsed in told.items():
        for unit in _units(variant, rehearsed, bench):
            key = (unit.name, unit.changed_by)
            if key not in seen:
                seen.add(key)
                yield unit


def _units(variant: Variant, told: Rehearsed, bench: Bench) -> Iterator[Unit]:
    if bench.implements("try_credentials"):
        yield Unit("try_credentials", variant, hook="try_credentials")
    yield Unit("find_links", variant, hook="find_links")
    for link in told.links:
        for hook in ("observe", "check"):
            yield Unit(f"{hook} {link.id}", variant, hook=hook, link=link)
    for place, ended in enumerate(told.steps):
        if ended.acted:
            earlier = tuple(told.steps[:place])
            name = f"{ended.step.key} {ended.step.link}"
            by = ended.changed_by
            yield Unit(name, variant, earlier, link=ended.link, step=ended.step, changed_by=by)
    for link in told.links[:1]:
        step = invitation(bench, link)
        if step:
            yield Unit("invite_back", variant, tuple(told.steps), link=link, step=step)


class FaultCases:
    """All cases of one connector, and what came of them.

    Args:
        benches: Makes a fresh bench for a variant.
        found: The units.
        most: How many cases are run at most; 0 for all. Calls that change something are never left out.

    Attributes:
        complaints: Found while counting exchanges.
        possible: How many cases there are.
        chosen: Those that are run, by the name of their way.
    """

    def __init__(self, benches: Benches, found: list[Unit], most: int) -> None:
        self._benches = benches
        self.complaints: list[str] = []
        self._calm = {unit: calm for unit in found if (calm := self._undisturbed(unit))}
        everything = list(self._possible())
        self.possible, self.exchanges = len(everything), sum(len(c.exchanges) for c in self._calm.values())
        self.chosen = _chosen(everything, most, self._is_changing)

    def _undisturbed(self, unit: Unit) -> _Undisturbed | None:
        with self._benches(unit.variant) as bench:
            try:
                calm = self._calmly(unit, bench)
            except DisengageError as error:
                self.complaints.append(f"{unit.name} cannot be repeated: {type(error).__name__}: {error}")
                return None
            self._manifest = bench.subject.offered.manifest
            self._can_forget = type(bench.simulator).forget_tokens is not Simulator.forget_tokens
        return calm

    def _calmly(self, unit: Unit, bench: Bench) -> _Undisturbed:
        began = begin(unit, bench)
        if unit.step is None:
            answer = bench.call(unit.hook, **unit.arguments(bench))
            return _Undisturbed(_since(bench, began), answer=answer)
        ended = _performed(unit, bench, bool)
        return _Undisturbed(_since(bench, began), ended=ended)

    def _possible(self) -> Iterator[Case]:
        for unit, calm in self._calm.items():
            for number, exchange in enumerate(calm.exchanges, 1):
                for way in WAYS:
                    if (way.spoils and exchange.carries_file) or (way is EXPIRED and not self._can_forget):
                        continue
                    yield Case(unit, number, way)

    def _is_changing(self, case: Case) -> bool:
        return is_changing(self._calm[case.unit].exchanges[case.number - 1], self._manifest)

    def places(self) -> list[tuple[Unit, int, bool]]:
        """Return every exchange: its unit, its number in it, and whether it changes something."""
        return [
            (unit, number, is_changing(exchange, self._manifest))
            for unit, calm in self._calm.items()
            for number, exchange in enumerate(calm.exchanges, 1)
        ]

    def run(self, case: Case) -> list[str]:
        """Run one case and return what is wrong with it."""
        with self._benches(case.unit.variant) as bench:
            began = begin(case.unit, bench)
            bench.ambush(case.number, case.way)
            judge = self._judge_read if case.unit.step is None else self._judge_step
            found = [*judge(case, bench), *repeats(bench.timeline[began:], self._manifest), *bench.foreign]
        return [f"{case.way.name} at exchange {case.number} of {case.unit.name}: {complaint}" for complaint in found]

    # judging

    def _judge_read(self, case: Case, bench: Bench) -> Iterator[str]:
        calm, arguments = self._calm[case.unit].answer, case.unit.arguments(bench)
        before = len(bench.simulator.effects)
        with suppress(DisengageError):  # whatever it is: one that is none of ours is noted by the bench
            yield from _invented(bench.call(case.unit.hook, **arguments), calm, case.way)
        bench.time_passes()
        try:
            again = bench.call(case.unit.hook, **arguments)
        except DisengageError as error:
            yield f"it still fails after the fault has cleared: {type(error).__name__}: {error}"
            return
        if again != calm:
            yield "it answers otherwise after the fault has cleared"
        if len(bench.simulator.effects) > before:
            yield "it changed something"

    def _judge_step(self, case: Case, bench: Bench) -> Iterator[str]:
        calm = self._calm[case.unit].ended
        assert calm is not None
        wanted = Counter(calm.effects)
        ended = _performed(case.unit, bench, lambda made: not wanted - Counter(made))
        if not ended.finished:
            yield f"the step is never finished: {ended.why}"
        elif ended.by_hand == calm.by_hand and Counter(ended.effects) != wanted:
            yield f"the platform has seen {sorted(ended.effects)} instead of {sorted(calm.effects)}"
        elif ended.kept != calm.kept:
            yield from _kept_otherwise(ended.kept, calm.kept, case.way)
        elif ended.shown and calm.shown:
            yield from (f"the platform shows {c}" for c in _contradictions(ended.shown, calm.shown))
        if (
            case.way.unclear
            and self._is_changing(case)
            and isinstance(next(iter(ended.raised), None), _NOTHING_HAPPENED)
        ):
            yield f"it says by {type(ended.raised[0]).__name__} that nothing happened, which nobody can know"


def begin(unit: Unit, bench: Bench) -> int:
    """Bring a bench to where the unit begins, with a connection of its own; return the place in the timeline."""
    replay(bench, unit.earlier)
    if unit.earlier:
        bench.connect()
    bench.count_anew()
    return len(bench.timeline)


def _since(bench: Bench, began: int) -> list[Exchange]:
    return [each for each in bench.timeline[began:] if isinstance(each, Exchange)]


def _performed(unit: Unit, bench: Bench, has_happened: Callable[[list[str]], bool]) -> Ended:
    assert unit.link is not None
    assert unit.step is not None
    return Performance(bench, unit.link, unit.step, has_happened).do()


def _compared(state: LinkState) -> dict[str, Any]:
    return state.model_dump(mode="json", include=set(COMPARED), exclude_none=True)


def _kept_otherwise(kept: dict[str, str], calm: dict[str, str], way: Way) -> Iterator[str]:
    """Yield what is wrong with a copy; a part that is missing is none, where a gap says so."""
    says_so = any(name.startswith(GAP) and name not in calm for name in kept)
    for name in calm.keys() | {name for name in kept if not name.startswith(GAP)}:
        missing = name not in kept and not name.startswith(GAP) and not says_so
        changed = name in kept and kept[name] != calm.get(name) and way is not INSIDE
        if missing or changed:
            yield f"'{name}' {'is missing from the copy, and no gap says so' if missing else 'is kept otherwise'}"


def _contradictions(state: LinkState, calm: LinkState) -> Iterator[str]:
    """Yield the fields that are known in ``state`` and not as they are undisturbed; an unknown one is honest."""
    known = _compared(calm)
    for field, value in _compared(state).items():
        if value != known.get(field):
            yield f"{field} = {value!r}, which is {known.get(field)!r}"


def _invented(answer: Any, calm: Any, way: Way) -> Iterator[str]:
    """Yield what an answer under a fault claims that it cannot know."""
    if isinstance(answer, LinkState):
        yield from (f"it claims {contradiction}" for contradiction in _contradictions(answer, calm))
    elif isinstance(answer, tuple) and answer != calm and way.name != "404" and not _are_findings(answer, calm):
        yield "it finds other links than there are"


def _are_findings(answer: tuple[Any, ...], calm: tuple[Any, ...]) -> bool:
    return any(hasattr(item, "severity") for item in (*answer, *calm))


def _chosen(cases: list[Case], most: int, is_changing: Callable[[Case], bool]) -> dict[str, list[Case]]:
    """Choose at most ``most`` cases, always the same: all that change something, then as many of each unit."""
    first = [case for case in cases if is_changing(case)]
    others = [case for case in cases if not is_changing(case)]
    everything = not most or len(cases) <= most
    kept = cases if everything else [*first, *_spread(others)[: max(most - len(first), 0)]]
    chosen: dict[str, list[Case]] = {way.name: [] for way in WAYS}
    for case in kept:
        chosen[case.way.name].append(case)
    return chosen


def _spread(cases: list[Case]) -> list[Case]:
    """Return the cases shuffled, one of each unit in turn."""
    of_unit: dict[Unit, list[Case]] = {}
    for case in cases:
        of_unit.setdefault(case.unit, []).append(case)
    for mine in of_unit.values():
        random.Random(_SEED).shuffle(mine)  # noqa: S311 -- repeatable, not secret
    return [case for turn in zip_longest(*of_unit.values()) for case in turn if case is not None]
