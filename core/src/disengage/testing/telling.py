"""A platform that repeats in its errors all that must not be repeated; what a connector makes of it is overheard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from disengage.errors import DisengageError
from disengage.testing.bench import Bench
from disengage.testing.faultcases import Unit, begin
from disengage.testing.faults import Fault
from disengage.testing.messages import Reply
from disengage.testing.performing import Performance
from disengage.testing.stage import Stage

#: What can be recognised in words that are not our own.
RECOGNISABLE = ("an e-mail address", "a personal number")
_STATUSES = ("400", "403", "409", "500")
#: So many reads, about, are answered so.
_MOST = 60


def overheard(stage: Stage) -> Iterator[str]:
    """Yield each planted text that was said: in an ending, in a fault case, or after an error that repeats it all."""
    _ = stage.told
    for unit, number, status in _cases(stage):
        with stage.bench(unit.variant) as bench:
            begin(unit, bench)
            _tell(bench, Fault(status, times=1, at=number))
            if unit.step is not None and unit.link is not None:
                Performance(bench, unit.link, unit.step).do()
            else:
                _ask(bench, unit.hook, unit.arguments(bench))
    yield from dict.fromkeys(stage.leaks)


def _cases(stage: Stage) -> list[tuple[Unit, int, str]]:
    """Return where errors are answered: to each changing call each of them, to every other call one of them."""
    places, wheel = stage.faults.places(), cycle(_STATUSES)
    changing = [(unit, number, status) for unit, number, changes in places if changes for status in _STATUSES]
    reading = [(unit, number, next(wheel)) for unit, number, changes in places if not changes]
    step = max(len(reading) // _MOST, 1)
    return [*changing, *reading[::step]]


def _tell(bench: Bench, fault: Fault) -> None:
    """Let one call fail with an error that holds all that must not be repeated."""
    setattr(bench.simulator, "error", lambda status, _=None: Reply(status, _telling(bench)))  # noqa: B010 -- a method
    bench.simulator.faults.add(fault)


def _telling(bench: Bench) -> dict[str, str]:
    """Return an error that repeats what came with the call, and whatever can be recognised by its looks."""
    known = [text for text, what in bench.planted.texts.items() if what in RECOGNISABLE]
    words = ", ".join((*known, *(text for text in bench.planted.texts if any(text in sent for sent in bench.sent))))
    return {"message": f"refused for {words}", "code": "REFUSED", "detail": words, "Title": words}


def _ask(bench: Bench, hook: str, arguments: dict[str, object]) -> None:
    try:
        bench.call(hook, **arguments)
    except DisengageError:
        return
