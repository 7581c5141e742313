"""Endings of what has ended: twice is once, and what the other side ended is a success."""

from __future__ import annotations

from collections.abc import Iterator

from disengage.domain.case import CaseLink
from disengage.domain.difference import Comparison, compare
from disengage.domain.verbs import Verb
from disengage.errors import DisengageError
from disengage.testing.bench import Bench
from disengage.testing.faults import Fault
from disengage.testing.people import People
from disengage.testing.rehearsal import Rehearsed, rehearse, survey, unproven
from disengage.testing.stage import Stage

#: Ways to fail, for good, that say nothing about a client.
_MUTE = ("500", "503", "403", "429", "reset", "malformed", "wrongtype")


def twice(stage: Stage) -> Iterator[str]:
    """Yield what a second ending of the same client does to the platform."""
    for variant in stage.variants:
        with stage.bench(variant) as bench:
            rehearse(bench)
            bench.connect()
            second = rehearse(bench)
        for effect in second.own_effects:
            yield f"{variant.name}, ended twice, has a second effect: {effect}"
        yield from (f"{variant.name}, ended twice: {complaint}" for complaint in second.complaints)


def from_the_other_side(stage: Stage) -> Iterator[str]:
    """Yield how an ending goes wrong that the other side came before."""
    with stage.bench() as bench:
        first = Rehearsed()
        survey(bench, first)
        for link in first.links:
            if not People(bench).end_from_the_other_side(link):
                yield "the simulator cannot end a link from the other side: give it lose(ref), or play(…)"
                return
        bench.connect()
        told = rehearse(bench)
    yield from (f"ended by the other side before: {complaint}" for complaint in told.complaints)
    for ended in told.steps:
        if ended.step.verb is Verb.SEVER_LINK and ended.acted:
            yield f"{ended.name} is done although the other side ended the link before"
    for link in told.links:
        if told.shown[link.id].linked:
            yield f"{link.id} was ended by the other side, and observe says that the link stands"


def read_back(stage: Stage) -> Iterator[str]:
    """Yield what observe gets wrong: before an ending, after it, and while the platform tells nothing."""
    for variant, told in stage.told.items():
        for link in told.links:
            if link.observed.linked is False:
                yield f"{variant.name}: {link.id} is said to be severed before anything was done"
        yield from (f"{variant.name}: {complaint}" for complaint in unproven(told))
        yield from (f"{variant.name}: {complaint}" for complaint in _never_shown(told))
    yield from _while_mute(stage)


def _never_shown(told: Rehearsed) -> Iterator[str]:
    """Yield the fields that observe shows before an ending, and never again when they were moved."""
    for link in told.links:
        for ended in (ended for ended in told.steps if ended.step.link == link.id and ended.step.lasting):
            known = [f for f in ended.step.moves if getattr(link.observed, f) is not None]
            told_so = compare(told.shown[link.id], link.wanted, known) is not Comparison.UNKNOWN
            if known and ended.step.verb is Verb.SEVER_LINK and not told_so:
                yield f"{ended.name}: what it moves was shown before, and is not read back"


def _while_mute(stage: Stage) -> Iterator[str]:
    with stage.bench() as bench:
        first = Rehearsed()
        survey(bench, first)
        for kind in _MUTE:
            bench.simulator.faults.clear()
            bench.simulator.faults.add(Fault(kind))
            for link in first.links:
                yield from (f"{link.id}, while all is {kind}: {c}" for c in _claimed(bench, link))
        yield from bench.foreign


def _claimed(bench: Bench, link: CaseLink) -> Iterator[str]:
    try:
        state = bench.call("observe", link=link.link, request=bench.request)
    except DisengageError:
        return
    if state.linked is False:
        yield "observe says that the link is severed, which nothing shows"
