"""All that a person has to know about a task: its step, the instructions in passages, and values to copy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum

from disengage.domain.case import Case, CaseLink, Step, Task
from disengage.domain.values import Frozen
from disengage.engine.answers import find_task
from disengage.engine.workplace import Workplace

_NUMBERED = re.compile(r"\s*\d+\. (.+)")
_POINT = re.compile(r"\s*- (.+)")
_SOURCE = re.compile(r"Source: (https?://\S+) \(read ([\d-]+)(?:, (\w+))?\)")
_DATE = re.compile(r"(?<!\d)(?:\d{4}-\d{2}-\d{2}|\d{1,2}[.-]\d{1,2}[.-]\d{4})(?!\d)")
_ENGLISH, _MIND = "In English:", "Mind:"


class PassageKind(StrEnum):
    """How the lines of a passage belong together."""

    TEXT = "text"
    STEPS = "steps"
    POINTS = "points"
    WARNINGS = "warnings"
    SOURCE = "source"


class Passage(Frozen):
    """Lines of instructions that belong together.

    Attributes:
        language: BCP 47 tag of the lines.
        address: Of a source, where it is.
        read_on: Of a source, when it was read.
        provenance: Of a source, how well it is known what it says; empty where it says so itself.
    """

    kind: PassageKind
    lines: tuple[str, ...]
    language: str = "en"
    address: str = ""
    read_on: date | None = None
    provenance: str = ""


class ToCopy(Frozen):
    """A value that a person needs on the platform.

    Attributes:
        word: What it is: ``client``, ``reference``, ``ends_on``, ``date``, or a scheme of identifiers.
    """

    word: str
    value: str


class Answered(Frozen):
    """Who answered a task, and when."""

    by: str
    at: datetime


class Briefing(Frozen):
    """A task, with all that belongs to it.

    Attributes:
        passages: Its instructions.
        to_copy: Values to copy.
        answered: Who answered it; None: nobody did.
    """

    case: Case
    task: Task
    step: Step
    link: CaseLink
    passages: tuple[Passage, ...]
    to_copy: tuple[ToCopy, ...]
    answered: Answered | None


def brief(workplace: Workplace, task_id: str) -> Briefing:
    """Return a task with all that belongs to it.

    Raises:
        InputError: There is no such task.
    """
    case, task = find_task(workplace, task_id)
    step = case.step(task.step)
    return Briefing(
        case=case,
        task=task,
        step=step,
        link=case.link(step.link),
        passages=tuple(passages(task, _language(workplace, step))),
        to_copy=tuple(values_to_copy(case, task)),
        answered=_answered(workplace, case, task),
    )


def _answered(workplace: Workplace, case: Case, task: Task) -> Answered | None:
    if not task.by:
        return None
    for event in reversed(workplace.store.events(case.id)):
        if event.kind in ("task_done", "task_declined") and event.payload.get("task") == task.id:
            return Answered(by=event.actor, at=event.at)
    return None


# --- instructions


def passages(task: Task, language: str) -> Iterator[Passage]:
    """Yield the instructions of a task in passages, without its title.

    Args:
        task: The task.
        language: Of clicks that stand in the platform's own words, with English below.
    """
    lines = task.instructions.splitlines()
    own = language if _ENGLISH in lines else "en"
    kind, kept = PassageKind.TEXT, list[str]()
    mind = False
    for line in [*lines, ""]:
        found, text = _read(line, mind)
        if kept and (found is not kind or not text):
            yield Passage(kind=kind, lines=tuple(kept), language=own if kind is PassageKind.STEPS else "en")
            kept = []
        if text in (_ENGLISH, _MIND):
            own, mind = "en", text == _MIND
        elif found is PassageKind.SOURCE:
            yield _source(text)
        elif text and text != task.title:
            kept.append(text)
        kind = found


def _read(line: str, mind: bool) -> tuple[PassageKind, str]:
    """Return what kind of line this is, and its text."""
    for pattern, kind in ((_NUMBERED, PassageKind.STEPS), (_POINT, PassageKind.POINTS)):
        found = pattern.fullmatch(line)
        if found:
            return PassageKind.WARNINGS if mind else kind, found[1]
    return (PassageKind.SOURCE if _SOURCE.fullmatch(line) else PassageKind.TEXT), line.strip()


def _source(text: str) -> Passage:
    found = _SOURCE.fullmatch(text)
    assert found is not None
    read_on = date.fromisoformat(found[2])
    return Passage(kind=PassageKind.SOURCE, lines=(), address=found[1], read_on=read_on, provenance=found[3] or "")


def _language(workplace: Workplace, step: Step) -> str:
    """Return the language of the clicks on a connection, as its manifest says; English where it is broken."""
    connection = workplace.registry.connections.get(step.connection)
    written = [(spec, spec.by_hand) for spec in (connection.manifest.verbs if connection else ()) if spec.by_hand]
    own = [text for spec, text in written if (spec.verb, spec.part) == (step.verb, step.part)]
    return next((text.language for text in (*own, *(text for _, text in written))), "en")


# --- values


def values_to_copy(case: Case, task: Task) -> Iterator[ToCopy]:
    """Yield who the client is, and whatever else of the request and which dates stand in the instructions."""
    text = _SOURCE.sub("", task.instructions)
    stand = (one for one in _more(case) if one.value in text)
    dates = (ToCopy(word="date", value=found) for found in _DATE.findall(text))
    given: dict[str, ToCopy] = {}
    for one in (*_who(case, task), *stand, *dates):
        given.setdefault(one.value, one)
    yield from given.values()


def _who(case: Case, task: Task) -> Iterator[ToCopy]:
    client = case.request.client
    yield ToCopy(word="client", value=client.name)
    for scheme, number in client.identifiers.items():
        yield ToCopy(word=scheme, value=number)
    reference = case.link(case.step(task.step).link).link.ref
    if reference not in client.identifiers.values():
        yield ToCopy(word="reference", value=reference)


def _more(case: Case) -> Iterator[ToCopy]:
    ending, administrator = case.request.ending, case.request.administrator
    yield ToCopy(word="ends_on", value=str(ending.ends_on))
    yield ToCopy(word="period_from", value=str(ending.period.from_))
    yield ToCopy(word="period_to", value=str(ending.period.to))
    if administrator:
        yield ToCopy(word="administrator", value=administrator.name)
        yield ToCopy(word="administrator_email", value=administrator.email)
    if ending.successor:
        yield ToCopy(word="successor", value=ending.successor.firm)
