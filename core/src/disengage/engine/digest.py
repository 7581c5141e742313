"""The digest: once a business day, one notice of all that waits for people, instead of one for each of them.

A notifier is never given the digest of one day twice, whatever dies and however many daemons there are: before it is
sent, the day is marked as being sent, and only a sender that says that it was *not* taken opens the day again. So the
digest errs to the other side: where a process dies in the midst of sending, or nobody knows whether it was taken, it is
not sent that day. What it tells of waits until the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from disengage.connector import Firm
from disengage.domain.calendar import business_day_after, is_business_day
from disengage.domain.case import Task
from disengage.domain.lifecycle import STUCK, CaseState
from disengage.domain.values import Frozen
from disengage.engine.delivery import pause_after
from disengage.engine.view import moment
from disengage.errors import DisengageError, OutcomeUnknownError
from disengage.isolation import HungError
from disengage.notifiers import Notifiers
from disengage.sections import PolicySettings
from disengage.store import Store

log = structlog.get_logger("disengage.engine")

#: So many tasks, and so many cases, are named; the counts are of all.
MOST_NAMED = 100


class Office:
    """The firm's hours.

    Args:
        firm: The firm.
        policy: Its rules.
    """

    def __init__(self, firm: Firm, policy: PolicySettings) -> None:
        self.firm, self.policy, self._zone = firm, policy, ZoneInfo(firm.time_zone)

    def today(self, now: datetime) -> date:
        """Return the date where the firm is."""
        return now.astimezone(self._zone).date()

    def is_time(self, now: datetime) -> bool:
        """Return whether it is a business day, and not too early for the digest."""
        local = now.astimezone(self._zone)
        return f"{local:%H:%M}" >= self.policy.digest_at and is_business_day(local.date(), self.firm.country)

    def after(self, day: date, days: int) -> date:
        """Return the day so many business days after ``day``."""
        return business_day_after(day, days, self.firm.country)


class _How(StrEnum):
    SENDING = "sending"
    OVER = "over"
    FAILED = "failed"


class _Day(Frozen):
    """What became of a day's digest for one notifier."""

    day: date
    how: _How
    failures: int = 0
    again: datetime | None = None


class Digests:
    """The digests of all notifiers that want one.

    Args:
        store: The store.
        notifiers: The notifiers.
        office: The firm's hours.
        retention: Today and the day of the last digest → what to say of retention, as counts.
    """

    def __init__(
        self,
        store: Store,
        notifiers: Notifiers,
        office: Office,
        retention: Callable[[date, date | None], Mapping[str, int]],
    ) -> None:
        self._store, self._notifiers, self._office, self._retention = store, notifiers, office, retention

    def send(self, name: str, now: datetime) -> None:
        """Send today's digest to one notifier, if it is time and it was not sent yet."""
        if not (self._office.policy.digest_at and "digest" in self._notifiers.wants(name)):
            return
        if not self._office.is_time(now):
            return
        with self._store.hold(f"@digest:{name}") as held:
            before = self._day(name)
            if held and _is_due(before, self._office.today(now), now):
                self._send(name, now, before)

    def _day(self, name: str) -> _Day | None:
        kept = self._store.mark(_mark(name))
        return _Day.model_validate_json(kept) if kept else None

    def _keep(self, name: str, day: _Day) -> None:
        self._store.keep_mark(_mark(name), day.model_dump_json())

    def _send(self, name: str, now: datetime, before: _Day | None) -> None:
        today = self._office.today(now)
        failures = before.failures if before and before.day == today else 0
        notice = compose(self._store, self._office, now, self._retention(today, before.day if before else None))
        if notice is None:
            return self._keep(name, _Day(day=today, how=_How.OVER))
        self._keep(name, _Day(day=today, how=_How.SENDING, failures=failures))
        try:
            self._notifiers.send(name, notice)
        except (OutcomeUnknownError, HungError) as error:
            log.warning("digest_perhaps_lost", notifier=name, reason=error.message)
        except DisengageError as error:
            log.warning("digest_not_sent", notifier=name, reason=error.message)
            again = now + pause_after(failures + 1)
            return self._keep(name, _Day(day=today, how=_How.FAILED, failures=failures + 1, again=again))
        return self._keep(name, _Day(day=today, how=_How.OVER))


def _is_due(before: _Day | None, today: date, now: datetime) -> bool:
    """Return whether a day's digest is to be sent; one of a later day means that the clock was set back."""
    if before is None or before.day < today:
        return True
    return before.day == today and before.how is _How.FAILED and before.again is not None and before.again <= now


def _mark(name: str) -> str:
    return f"digest {name}"


def compose(
    store: Store, office: Office, now: datetime, retention: Mapping[str, int] | None = None
) -> dict[str, Any] | None:
    """Return the digest of a day; None where nothing waits for anybody."""
    tasks = store.agenda.open_tasks()
    stuck = store.agenda.cases_in(CaseState.ATTENTION)
    down = [outage for outage in store.outages.all() if outage.down]
    if not (tasks or stuck or down or retention):
        return None
    today = office.today(now)
    lines = [_line(office, today, case, task) for case, task in tasks]
    return {
        "id": f"digest-{today}-{_store_id(store)}",
        "kind": "digest",
        "at": moment(now),
        "day": str(today),
        "counts": {
            "tasks": len(lines),
            "overdue": sum(line["overdue"] for line in lines),
            "soon": sum(line["soon"] for line in lines),
            "cases": len(stuck),
            "connections": len(down),
            **(retention or {}),
        },
        "tasks": lines[:MOST_NAMED],
        "cases": _cases(store, stuck[:MOST_NAMED]),
        "connections": [
            {"connection": outage.connection, "since": moment(outage.since)} for outage in down if outage.since
        ],
        "more": "disengage tasks" if tasks or stuck or down else "disengage retention due",
    }


def _store_id(store: Store) -> str:
    """Return what tells the digests of two stores apart that one program is given."""
    return next((event.hash[:16] for event in store.events(limit=1)), "0" * 16)


def _line(office: Office, today: date, case: str, task: Task) -> dict[str, Any]:
    soon = office.after(today, office.policy.remind_days_before)
    return {
        "task": task.id,
        "case": case,
        "step": task.step,
        "connection": task.connection,
        "title": task.title,
        "due": str(task.due) if task.due else None,
        "overdue": task.due is not None and task.due < today,
        "soon": task.due is not None and today <= task.due <= soon,
    }


def _cases(store: Store, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the cases that need attention, with the steps that were refused or failed."""
    found = [store.case(case_id) for case_id in ids]
    return [{"case": case.id, "steps": [step.id for step in case.steps if step.state in STUCK]} for case in found]
