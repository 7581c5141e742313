"""Seek cases that could go on and that nothing wakes: what a crash left, or a person did without saying so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Event

import structlog

from disengage.domain.lifecycle import StepState
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.errors import InputError

log = structlog.get_logger("disengage.engine")

#: All cases are looked at no sooner than this after the last time, by whichever process that was.
SELDOM = timedelta(minutes=15)
_MARK = "all cases sought"
#: Seconds between two cases: seeking is in no hurry.
BREATH = 0.002


def seek_missed(workplace: Workplace, worker: Worker, over: Event) -> None:
    """Wake what seems to be due, if nothing is queued anywhere: otherwise it is on its way."""
    candidates = workplace.store.could_go_on(workplace.now())
    if candidates and not worker.anything_queued():
        _seek(workplace, worker, candidates, over)


def seek_all(workplace: Workplace, worker: Worker, over: Event) -> None:
    """Wake everything in any unfinished case that could go on, and look at what people were asked to do.

    Once in a while over all processes of the store: workers that start again and again would wake everything anew.
    """
    now, last = workplace.now(), workplace.store.mark(_MARK)
    if last and timedelta() <= now - datetime.fromisoformat(last) < SELDOM:
        return
    workplace.store.keep_mark(_MARK, now.isoformat())
    _seek(workplace, worker, workplace.store.case_ids(unfinished=True), over)


def _seek(workplace: Workplace, worker: Worker, cases: Iterable[str], over: Event) -> None:
    for case_id in cases:
        if over.wait(BREATH):
            return
        try:
            if not _is_worked_on(workplace, case_id):
                worker.kick([case_id])
        except InputError:
            log.debug("case_is_gone", case=case_id)


def _is_worked_on(workplace: Workplace, case_id: str) -> bool:
    """Return whether a process is working on a step of the case at this moment."""
    case = workplace.store.case(case_id)
    for step in case.steps:
        if step.state is StepState.RUNNING:
            with workplace.store.hold(f"{case_id}/{step.link}") as free:
                if not free:
                    return True
    return False
