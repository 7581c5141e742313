"""What a connector proposes for one link: the state it wants, and the steps that lead there."""

from __future__ import annotations

from datetime import date

from disengage.domain.effects import Effect, need_the_gate
from disengage.domain.state import LinkState
from disengage.domain.values import Frozen
from disengage.domain.verbs import Mode, Verb


class Link(Frozen):
    """What ties firm and client on one connection.

    Attributes:
        ref: What the platform calls the client (its id, number or key).
        scope: The solution, where a platform has several links per client.
        name: The client's name as the platform shows it.
        confirmed: The platform itself showed the link; False where it could not be looked up.
    """

    ref: str
    scope: str | None = None
    name: str = ""
    confirmed: bool = True


class StepProposal(Frozen):
    """One step on one link.

    Attributes:
        verb: What is done.
        part: Which part, where a verb has several on one link; empty for the only or main one.
        mode: Done by the connector, by a person, or not needed.
        reason: Why it is not needed or by hand. Shown to people.
        effects: What it does.
        moves: The fields of ``LinkState`` that it brings to the wanted value. Empty: nothing can be read back.
        not_before: First day, in the platform's time zone; None: by the rule of the contract (section 2).
        deadline: Last day for a task; None: the engine's default.
        after: Further steps of this link that must be finished first, each ``verb`` or ``verb:part``.
        loosely_after: False where this step keeps to the usual order; True where only ``after`` counts.
        date_option: The option of the request that ``not_before`` comes from, so that moving one moves all.
        holds_gate: False for a ``retain_history`` that the gate does not wait for.
        through_support: As in ``VerbSpec``.
        lasting: False where a later step changes the same again, so that nobody compares it afterwards.
        last_on_connection: True where every step of the connection's other links comes first (what they all
            work through is given up).
    """

    verb: Verb
    part: str = ""
    mode: Mode = Mode.AUTOMATIC
    reason: str = ""
    effects: tuple[Effect, ...] = ()
    moves: tuple[str, ...] = ()
    not_before: date | None = None
    deadline: date | None = None
    after: tuple[str, ...] = ()
    loosely_after: bool = False
    date_option: str = ""
    holds_gate: bool = True
    through_support: bool = False
    lasting: bool = True
    last_on_connection: bool = False

    @property
    def key(self) -> str:
        """``verb`` or ``verb:part``: unique on a link."""
        return f"{self.verb}:{self.part}" if self.part else str(self.verb)

    @property
    def gated(self) -> bool:
        """Whether the step may start only when the gate is open."""
        return self.verb is Verb.SEVER_LINK or need_the_gate(self.effects)


class Proposal(Frozen):
    """The wanted state of a link and the steps to it."""

    wanted: LinkState
    steps: tuple[StepProposal, ...]
