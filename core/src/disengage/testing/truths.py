"""Whether the manifest is true: what it says is done, and what is done it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from disengage.domain.case import CaseLink
from disengage.domain.manifest import VerbSpec
from disengage.domain.verbs import Mode, Verb
from disengage.testing import papers
from disengage.testing.bench import Bench
from disengage.testing.exchanges import is_call_of, is_over_http, untruths
from disengage.testing.people import People
from disengage.testing.rehearsal import Rehearsed, survey
from disengage.testing.stage import Stage
from disengage.testing.subject import EXAMPLE


def unfinished(stage: Stage) -> Iterator[str]:
    """Yield why an undisturbed ending does not come to its end."""
    for told in stage.told.values():
        yield from told.complaints
    if not any(told.steps for told in stage.told.values()):
        yield "the ending has no step that is to be done"


def undeclared(stage: Stage) -> Iterator[str]:
    """Yield what was called and the manifest does not say, or says wrongly."""
    for told in stage.told.values():
        yield from dict.fromkeys(untruths(told.exchanges, stage.subject.offered.manifest, told.configured))
        for name in dict.fromkeys(e.operation for e in told.exchanges if not told.may_call.get(e.operation, True)):
            yield f"'{name}' was called, which this connection may not call by itself"


def unexercised(stage: Stage) -> Iterator[str]:
    """Yield the automatic verbs that no ending came to, and the operations that they claim and never called."""
    done = _done(stage)
    called = Counter(e.operation for told in stage.told.values() for e in told.exchanges)
    over_http = bool(sum(called.values()))
    for spec in _automatic(stage):
        if spec.key not in done:
            yield f"{spec.key} is automatic here, and was never done: give the suite a variant that needs it"
        for name in spec.operations if over_http and spec.key in done else ():
            if not called[name] and is_over_http(stage.subject.offered.manifest.operation(name)):
                yield f"{spec.key} claims the operation '{name}' and never calls it: give the suite a variant that does"


def unused(stage: Stage) -> list[str]:
    """Return the operations that nobody called."""
    called = [exchange for told in stage.told.values() for exchange in told.exchanges]
    return [
        o.name
        for o in stage.subject.offered.manifest.operations
        if called and not any(is_call_of(o, e) for e in called)
    ]


def _done(stage: Stage) -> set[str]:
    done = {ended.step.key for told in stage.told.values() for ended in told.steps if ended.acted}
    invited = any("invite_back" in told.called for told in stage.told.values())
    return done | ({str(Verb.INVITE_BACK)} if invited else set())


def _automatic(stage: Stage) -> Iterator[VerbSpec]:
    for spec in stage.subject.offered.manifest.verbs:
        if any(told.modes.get(spec.key) is Mode.AUTOMATIC for told in stage.told.values()):
            yield spec


def unreadable(stage: Stage) -> Iterator[str]:
    """Yield by-hand work that cannot be done as it is written, or of which nobody could tell whether it was."""
    for spec in stage.subject.offered.manifest.verbs:
        yield from papers.gaps_in(spec)
        if spec.by_hand and not spec.by_hand.bring and not _can_be_seen(spec, stage):
            yield f"nobody can tell whether {spec.key} was done by hand: nothing is brought back, and nothing read back"
    proposed = {key for told in stage.told.values() for key in told.proposed} | {str(Verb.INVITE_BACK)}
    with stage.bench() as bench:
        told = Rehearsed()
        survey(bench, told)
        for spec in stage.subject.offered.manifest.verbs:
            if spec.by_hand and told.links:
                yield from _when_asked_for(spec, bench, told.links[0], filled=spec.key in proposed)
        yield from bench.foreign


def _when_asked_for(spec: VerbSpec, bench: Bench, link: CaseLink, *, filled: bool) -> Iterator[str]:
    """Yield what is wrong with instructions as a person gets them, and with what becomes of the answer."""
    about = {"link": link.link, "request": bench.request, "verb": spec.verb, "part": spec.part}
    given = bench.call("instruct", **about)
    if given is None:
        yield f"instruct gives no instructions for {spec.key}, which the manifest has"
        return
    if filled:
        yield from papers.gaps_when_filled(spec.key, given)
    files, values = People(bench).brought(given, bench.folder)
    for complaint in bench.call("check_evidence", **about, files=files, values=values):
        yield f"check_evidence refuses what the simulator's person brings for {spec.key}: {complaint}"


def _can_be_seen(spec: VerbSpec, stage: Stage) -> bool:
    """Return whether some ending shows a field that the verb moves."""
    told = stage.told[EXAMPLE]
    moves = {field for ended in told.steps if ended.step.key == spec.key for field in ended.step.moves} | {*spec.moves}
    return any(getattr(state, field) is not None for state in told.shown.values() for field in moves)
