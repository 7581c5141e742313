"""Every date of every case: steps, deadlines, the ends of keeping, the ends of watching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from disengage.domain.terms import DAY
from disengage.domain.values import Frozen
from disengage.domain.verbs import Verb
from disengage.engine.retention import CaseRetention, examined_all
from disengage.engine.workplace import Workplace


class DateKind(StrEnum):
    """What happens on a day.

    Attributes:
        STEP: A step is due.
        TASK: A person should have done something by then.
        KEPT: What was kept may be destroyed from that day on.
        DELETE: Personal data must be deleted from that day on.
        WATCH: The platforms are looked at for the last time.
    """

    STEP = "step"
    TASK = "task"
    KEPT = "kept"
    DELETE = "delete"
    WATCH = "watch"


class CaseDate(Frozen):
    """One thing of one case that has a day.

    Attributes:
        what: Names it among those of its kind in its case: the step, the task, the class of documents.
        title: What a task asks for, in English; empty otherwise.
        held: A legal hold, or a longer rule, stands against it.
    """

    day: date
    kind: DateKind
    case: str
    what: str = ""
    connection: str = ""
    verb: Verb | None = None
    title: str = ""
    held: bool = False

    @property
    def key(self) -> str:
        """By which it is known again; nothing personal is in it."""
        return ".".join(filter(None, (self.case, self.kind, self.what)))


def all_dates(workplace: Workplace, kinds: Iterable[DateKind] = tuple(DateKind)) -> list[CaseDate]:
    """Return the dates of all cases, the earliest first.

    Args:
        workplace: The workplace.
        kinds: Of these kinds only.

    Raises:
        ConfigurationError: The firm's own rules of retention cannot be used.
    """
    wanted = frozenset(kinds)
    found = [one for kinds_here, read in _READ if wanted & kinds_here for one in read(workplace) if one.kind in wanted]
    return sorted(found, key=lambda one: (one.day, one.case, one.kind, one.what))


def changed_at(workplace: Workplace) -> dict[str, datetime]:
    """Return when a date of each case may have changed last, by the cases' ids."""
    return workplace.store.dates.changed()


def clients_of(workplace: Workplace, dates: Iterable[CaseDate]) -> dict[str, str]:
    """Return the clients' names, by the ids of the cases that the dates are of."""
    return workplace.store.dates.clients(one.case for one in dates)


def _steps(workplace: Workplace) -> Iterator[CaseDate]:
    for step in workplace.store.dates.steps():
        yield CaseDate(
            day=step.day, kind=DateKind.STEP, case=step.case, what=step.step, connection=step.connection, verb=step.verb
        )


def _tasks(workplace: Workplace) -> Iterator[CaseDate]:
    for case, task in workplace.store.agenda.open_tasks():
        if task.due:
            yield CaseDate(
                day=task.due, kind=DateKind.TASK, case=case, what=task.id, connection=task.connection, title=task.title
            )


def _kept(workplace: Workplace) -> Iterator[CaseDate]:
    for case in examined_all(workplace.settings, workplace.store):
        yield from _kept_of(case)


def _kept_of(case: CaseRetention) -> Iterator[CaseDate]:
    if case.whole.until:
        yield CaseDate(day=case.whole.until + DAY, kind=DateKind.KEPT, case=case.id, held=bool(case.holds))
    for deletion in case.whole.deletions:
        held = bool(case.holds) or deletion.held_by is not None
        what = str(deletion.term.rule.document_class)
        yield CaseDate(day=deletion.from_, kind=DateKind.DELETE, case=case.id, what=what, held=held)


def _watched(workplace: Workplace) -> Iterator[CaseDate]:
    zone, now = ZoneInfo(workplace.settings.firm.time_zone), workplace.now()
    for case in workplace.store.dates.closed():
        ends = case.closed_at + timedelta(days=case.watch_days)
        if case.watch_days and ends >= now:
            yield CaseDate(day=ends.astimezone(zone).date(), kind=DateKind.WATCH, case=case.case)


#: kinds → who reads them
_READ = (
    (frozenset({DateKind.STEP}), _steps),
    (frozenset({DateKind.TASK}), _tasks),
    (frozenset({DateKind.KEPT, DateKind.DELETE}), _kept),
    (frozenset({DateKind.WATCH}), _watched),
)
