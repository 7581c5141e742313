"""Which step of a link comes after which.

The usual order is that of the verbs (``verbs.ORDER``), except that keeping the history and handing over the
administrator role wait for nobody. A step that a connector puts *after* a later one (a download that exists only once
the link is cut) leaves the usual order: nobody waits for it by default.
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from disengage.domain.proposal import StepProposal
from disengage.domain.verbs import ORDER, Verb
from disengage.errors import PluginError

#: Verbs that wait for no other verb by default.
PREPARING = (Verb.RETAIN_HISTORY, Verb.TRANSFER_ADMIN)


def predecessors(steps: Sequence[StepProposal]) -> dict[str, tuple[str, ...]]:
    """Return for each step's key the keys of those that must be finished first.

    Raises:
        PluginError: A step is proposed twice or can be no part of an ending, names one that is not there, or they
            wait for each other in a circle.
    """
    _make_sense(steps)
    edges = {step.key: _before(step, steps) for step in steps}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError:
        raise PluginError("The proposed steps wait for each other in a circle.") from None
    return edges


def _make_sense(steps: Sequence[StepProposal]) -> None:
    keys = [step.key for step in steps]
    for step in steps:
        if step.verb not in ORDER:
            raise PluginError(f"The step '{step.key}' is proposed, which is no part of an ending.")
        if keys.count(step.key) > 1:
            raise PluginError(f"The step '{step.key}' is proposed twice.")
        for name in step.after:
            if name not in keys:
                raise PluginError(f"A step is to come after '{name}', which is not proposed.")


def _before(step: StepProposal, steps: Sequence[StepProposal]) -> tuple[str, ...]:
    usual = () if step.loosely_after or step.verb in PREPARING or _trails(step) else _earlier(step, steps)
    return tuple(dict.fromkeys((*usual, *step.after)))


def _earlier(step: StepProposal, steps: Sequence[StepProposal]) -> tuple[str, ...]:
    mine = ORDER.index(step.verb)
    return tuple(s.key for s in steps if ORDER.index(s.verb) < mine and not _trails(s) and not s.loosely_after)


def _trails(step: StepProposal) -> bool:
    """Return whether the step was put after one that usually comes later."""
    return any(ORDER.index(Verb(name.partition(":")[0])) > ORDER.index(step.verb) for name in step.after)


def in_order(steps: Sequence[StepProposal]) -> list[StepProposal]:
    """Return the steps in an order in which each comes after those it waits for; ties keep the usual order."""
    edges, by_key = predecessors(steps), {step.key: step for step in steps}
    waiting = sorted(steps, key=lambda s: (ORDER.index(s.verb), _trails(s)))
    placed: list[StepProposal] = []
    while waiting:
        there = {step.key for step in placed}
        following = next(step for step in waiting if there.issuperset(edges[step.key]))
        waiting.remove(following)
        placed.append(by_key[following.key])
    return placed
