"""What the engine does with one step, without store, clock and waiting: observe, act, observe.

This mirrors ``disengage/engine/perform.py`` and what belongs to it (``people``, ``support``, ``trouble``): a mark
before the act; after an act whose outcome is not known, nothing is sent again before somebody looked; what the
platform cannot show is asked of a person; what was accepted is never done again. A test compares both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from disengage.domain.case import CaseLink, Step
from disengage.domain.difference import Comparison, compare
from disengage.domain.evidence import Proof
from disengage.domain.outcomes import Accepted, Done, NeedsPerson, NotNeeded, Outcome
from disengage.domain.state import LinkState
from disengage.domain.verbs import Mode, Verb
from disengage.errors import (
    CredentialsError,
    DisengageError,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
)
from disengage.isolation import HungError
from disengage.testing.bench import Bench
from disengage.testing.exchanges import is_changing
from disengage.testing.people import People
from disengage.testing.surroundings import FolderSink

#: So often a step is taken up before it counts as never finished.
ROUNDS = 8
#: How the entries of ``Ended.kept`` begin that name what could not be kept.
GAP = "gap: "


@dataclass
class Ended:
    """How one step went.

    Attributes:
        step: The step as it was planned.
        link: Its link, as observed before the act.
        proof: How it is known to be done; None where it is not done, or was not needed.
        why: What is known of it.
        finished: It came to an end.
        acted: The connector's own hook was called.
        by_hand: A person did it.
        retries: How often a person had to try it again.
        receipt: The platform's own word for it.
        kept: File name → checksum of what ``retain_history`` kept.
        files: File name → where it lies, as long as the bench stands.
        shown: What the platform shows at last; None where nobody looked.
        raised: The errors on the way.
        changed_by: The operations that changed something.
        effects: What the simulator recorded meanwhile.
        by_people: Those of them that a person, not the connector, made.
    """

    step: Step
    link: CaseLink
    proof: Proof | None = None
    why: str = ""
    finished: bool = False
    acted: bool = False
    by_hand: bool = False
    retries: int = 0
    receipt: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict, compare=False)
    shown: LinkState | None = None
    raised: list[DisengageError] = field(default_factory=list)
    changed_by: tuple[str, ...] = ()
    effects: list[str] = field(default_factory=list)
    by_people: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How a complaint names the step."""
        return f"{self.step.key} on {self.link.id}"


class Performance:
    """One step of one link.

    Args:
        bench: Where.
        link: The link, as observed last.
        step: The step.
        has_happened: Given the effects since the act began, says what a person finds who looks whether it happened.
        retries: How often a person tries it again after it was refused or failed.
    """

    def __init__(
        self,
        bench: Bench,
        link: CaseLink,
        step: Step,
        has_happened: Callable[[list[str]], bool] = bool,
        retries: int = 1,
    ) -> None:
        self.bench, self.people = bench, People(bench)
        self.link, self.step = link, step
        self.ended = Ended(step, link)
        self._has_happened, self._retries = has_happened, retries
        self._mode = step.mode
        self._marked_at: int | None = None
        self._acting = self._accepted = False

    def do(self) -> Ended:
        """Do the step to its end, or give up after some rounds."""
        began, first = len(self.bench.simulator.effects), len(self.bench.exchanges)
        for _ in range(ROUNDS):
            self._acting = False
            try:
                self._go()
            except DisengageError as error:
                if not self._goes_on_after(error):
                    break
            if self.ended.finished:
                break
            self.bench.time_passes()
        manifest = self.bench.subject.offered.manifest
        changing = (each for each in self.bench.exchanges[first:] if is_changing(each, manifest))
        self.ended.changed_by = tuple(dict.fromkeys(exchange.operation for exchange in changing))
        self.ended.effects = self.bench.simulator.effects[began:]
        return self.ended

    def _go(self) -> None:
        comparison = self._look() if self.step.moves else Comparison.UNKNOWN
        if comparison is Comparison.SAME:
            return self._done(Proof.VERIFIED, "the platform shows it")
        if self._marked_at is not None and not self._may_act_again(comparison):
            return None
        if self._accepted:
            return self._look_again(comparison)
        if self._mode is Mode.BY_HAND:
            return self._by_hand(comparison)
        return self._act()

    def _look(self) -> Comparison:
        arguments = {"link": self.link.link, "request": self.bench.request}
        self.ended.shown = self.bench.call("observe", **arguments)
        self.bench.look()
        self.link = self.link.model_copy(update={"observed": self.ended.shown})
        return compare(self.ended.shown, self.link.wanted, self.step.moves)

    # acting

    def _act(self) -> None:
        self._acting = self.ended.acted = True
        self.ended.link = self.link
        if self.step.verb is Verb.RETAIN_HISTORY:
            return self._keep()
        self._marked_at = len(self.bench.simulator.effects)
        outcome = act(self.bench, self.link, self.step)
        self.ended.receipt = getattr(outcome, "receipt", "")
        if isinstance(outcome, Accepted) or (isinstance(outcome, Done) and self.step.through_support):
            return self._was_accepted()
        if isinstance(outcome, Done):
            return self._confirm(outcome)
        return self._not_done(outcome)

    def _keep(self) -> None:
        sink = FolderSink(self.bench.folder / "copies" / f"{self.bench.called.count('retain_history')}")
        outcome: Outcome = self.bench.call(
            "retain_history", link=self.link.link, request=self.bench.request, part=self.step.part, sink=sink
        )
        self.bench.texts += [("a gap in the copy", gap) for gap in sink.gaps]
        if isinstance(outcome, NeedsPerson | NotNeeded):
            return self._not_done(outcome)
        self.ended.files = sink.files
        self.ended.kept = sink.kept | {f"{GAP}{gap}": "" for gap in sink.gaps}
        return self._done(Proof.VERIFIED, "kept")

    def _not_done(self, outcome: Outcome) -> None:
        self._marked_at = None
        if isinstance(outcome, NotNeeded):
            self.ended.finished, self.ended.why = True, outcome.reason
        else:
            self._mode = Mode.BY_HAND

    def _was_accepted(self) -> None:
        self._accepted, self._marked_at = True, None
        if self._look() is Comparison.SAME:
            return self._done(Proof.VERIFIED, "the platform shows it")
        return self._others_act()

    def _confirm(self, outcome: Done) -> None:
        self._accepted, self._marked_at = True, None
        comparison = self._look() if self.step.moves else Comparison.UNKNOWN
        if comparison is Comparison.SAME:
            self._done(Proof.VERIFIED, "the platform shows it")
        elif comparison is Comparison.UNKNOWN:
            self._done(Proof.RECEIPT, outcome.receipt)
        else:
            self.ended.why = "done, by the connector's word, but the platform does not show it"

    def _look_again(self, comparison: Comparison) -> None:
        shown_before = any(change.known for change in self.step.changes)
        if comparison is not Comparison.UNKNOWN or shown_before:
            return self._others_act()
        if self.step.through_support:  # a person is asked whether support did it, and says yes in the end
            return self._done(Proof.STATED, "a person found out that it happened")
        return self._done(Proof.RECEIPT, "the platform accepted it")

    def _others_act(self) -> None:
        self._by_people(self.people.others_act)
        if self.step.through_support:
            self._by_people(lambda: self.people.do(self.link, self.step))

    # people

    def _by_hand(self, comparison: Comparison) -> None:
        if self.ended.by_hand and comparison is Comparison.DIFFERENT:
            self.ended.why = "a person did it, but the platform does not show it"
            return
        first, self.ended.by_hand = not self.ended.by_hand, True
        if first:
            self._by_people(lambda: self.people.do(self.link, self.step))
        if not self.step.moves or self._look() is Comparison.UNKNOWN:
            self._done(Proof.STATED, "stated by a person")

    def _by_people(self, deed: Callable[[], None]) -> None:
        before = len(self.bench.simulator.effects)
        deed()
        self.ended.by_people += self.bench.simulator.effects[before:]

    def _may_act_again(self, comparison: Comparison) -> bool:
        if comparison is Comparison.DIFFERENT and not self.step.through_support:
            return True
        assert self._marked_at is not None
        if not self._has_happened(self.bench.simulator.effects[self._marked_at :]):
            self.bench.look()
            return True
        self._marked_at = None
        if self.step.through_support:
            self._accepted = True
        else:
            self._done(Proof.STATED, "a person found out that it happened")
        return False

    # the end, and trouble

    def _done(self, proof: Proof, why: str) -> None:
        self.ended.proof, self.ended.why, self.ended.finished = proof, why, True

    def _goes_on_after(self, error: DisengageError) -> bool:
        """Keep or take away the mark as the error's type says; return whether the step is taken up again."""
        self.ended.raised.append(error)
        self.ended.why = f"{type(error).__name__}: {error}"
        if isinstance(error, OutcomeUnknownError | HungError):
            return True
        if self._acting and isinstance(error, RetryableError | CredentialsError | RejectedError):
            self._marked_at = None
        if isinstance(error, RetryableError | CredentialsError):
            return True
        self.ended.retries += 1
        return self.ended.retries <= self._retries


def act(bench: Bench, link: CaseLink, step: Step) -> Outcome:
    """Call the verb's hook."""
    if step.verb is Verb.INVITE_BACK:
        invited: Outcome = bench.call("invite_back", link=link.link, request=bench.request)
        return invited
    outcome: Outcome = bench.call(
        str(step.verb),
        link=link.link,
        request=bench.request,
        observed=link.observed,
        wanted=link.wanted,
        part=step.part,
    )
    return outcome
