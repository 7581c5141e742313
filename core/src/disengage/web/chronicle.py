"""The events of a case as people read them: what happened to which step, by whom, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from disengage.domain.case import Case, Step
from disengage.store import EventRecord

if TYPE_CHECKING:
    from disengage.web.visit import Visit

#: So many events are shown where not all are asked for.
NEWEST = 100
#: With these a step ends.
_ENDS = frozenset({"done", "not_needed", "skipped"})

#: What an event's payload has to say.
Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """One event.

    Attributes:
        actor: Who did it; empty: nobody asked.
        step: The step it happened to, where it happened to one that the plan still has.
        detail: What more there is to say, in the visitor's language.
        words: What the program or a platform said, in English.
        task: The id of the task that it is about.
        proof: How a step that is done is known to be done.
    """

    seq: int
    at: datetime
    kind: str
    actor: str
    step: Step | None
    detail: str
    words: str
    task: str
    proof: str


def told(visit: Visit, case: Case, events: Iterable[EventRecord]) -> list[Told]:
    """Return events, the newest first."""
    steps = {step.id: step for step in case.steps}
    return [_told(visit, steps, event) for event in sorted(events, key=lambda event: event.seq, reverse=True)]


def ended(events: Iterable[EventRecord]) -> dict[str, datetime]:
    """Return when each step ended that did."""
    return {event.payload["step"]: event.at for event in events if event.kind in _ENDS}


def changed(events: Iterable[EventRecord]) -> list[str]:
    """Return what had changed on the platforms when the plan was found stale last."""
    stale = [event.payload["changed"] for event in events if event.kind == "plan_stale"]
    return list(stale[-1]) if stale else []


def _told(visit: Visit, steps: Mapping[str, Step], event: EventRecord) -> Told:
    payload = event.payload
    detail = _DETAILS.get(event.kind)
    return Told(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        actor="" if event.actor == "disengage" else event.actor,
        step=steps.get(str(payload.get("step"))),
        detail=detail(visit, payload) if detail else "",
        words=_words(event.kind, payload),
        task=str(payload.get("task", "")),
        proof=payload.get("proof") or "",
    )


def _words(kind: str, payload: Payload) -> str:
    """Return what was said in English: outcomes, reasons of the gate, what had changed."""
    if kind == "gate_stayed_shut":
        return "; ".join(payload["because"])
    if kind == "plan_stale":
        return " ".join(payload["changed"])
    return str(payload.get("outcome") or payload.get("why") or "")


# --- what some kinds have to say


def _opened(visit: Visit, payload: Payload) -> str:
    return visit.say("It ends on %(day)s.", day=_day(visit, payload["ends_on"]))


def _planned(visit: Visit, payload: Payload) -> str:
    number = payload["steps"]
    return visit.wording.ngettext("It has one step.", "It has %(number)s steps.", number) % {"number": number}


def _approved(visit: Visit, payload: Payload) -> str:
    if payload["enough"]:
        return visit.say("That is enough.")
    return visit.say("Somebody else has to approve it as well.")


def _waits(visit: Visit, payload: Payload) -> str:
    until = visit.wording.moment(datetime.fromisoformat(payload["until"]))
    return visit.say("It is asked again at %(moment)s.", moment=until)


def _moved(visit: Visit, payload: Payload) -> str:
    also = len(payload["moved_along"])
    to = visit.say("To %(day)s.", day=_day(visit, payload["to"]))
    more = visit.wording.ngettext("One more date moved along.", "%(number)s more dates moved along.", also)
    return f"{to} {more % {'number': also}}" if also else to


def _retried(visit: Visit, payload: Payload) -> str:
    number = len(payload["steps"])
    return visit.wording.ngettext("One step.", "%(number)s steps.", number) % {"number": number}


def _opens(visit: Visit, payload: Payload) -> str:
    return visit.say("For %(connections)s.", connections=", ".join(payload["connections"]))


def _on(visit: Visit, payload: Payload) -> str:
    return visit.say("On %(connection)s.", connection=payload["connection"])


_DETAILS: Mapping[str, Callable[[Visit, Payload], str]] = {
    "case_opened": _opened,
    "planned": _planned,
    "approved": _approved,
    "waits_for_platform": _waits,
    "moved": _moved,
    "retried": _retried,
    "gate_opened": _opens,
    "gate_stayed_shut": _on,
    "connection_is_down": _on,
    "connection_is_back": _on,
}


def _day(visit: Visit, text: str) -> str:
    return visit.wording.day(date.fromisoformat(text))
