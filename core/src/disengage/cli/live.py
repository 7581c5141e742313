"""Live progress of a run: on a terminal a table that moves, elsewhere a line per change on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from disengage.cli.screens import StepsTable
from disengage.engine.workplace import Workplace

#: Seconds between two looks at the store.
EVERY = 0.2
#: More cases than this are counted, not drawn.
DRAWN = 3


@contextmanager
def progress(workplace: Workplace, case_ids: Sequence[str], *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Yield the function to call whenever something may have changed."""
    if quiet:
        yield lambda: None
    elif sys.stdout.isatty():
        with Live(console=Console(), refresh_per_second=8, transient=True) as live:
            yield _seldom(lambda: live.update(_drawing(workplace, case_ids)))
    else:
        lines = _Lines(workplace, case_ids)
        yield _seldom(lines.print_changes)
        lines.print_changes()


def _seldom(call: Callable[[], None]) -> Callable[[], None]:
    last = [0.0]

    def sometimes() -> None:
        if time.monotonic() - last[0] >= EVERY:
            last[0] = time.monotonic()
            call()

    return sometimes


def _drawing(workplace: Workplace, case_ids: Sequence[str]) -> Group:
    drawn = [workplace.store.case(case_id) for case_id in case_ids[:DRAWN]]
    tables = [Group(Text(case.request.client.name, "bold"), StepsTable(case)) for case in drawn]
    more = [Text(f"… and {len(case_ids) - DRAWN} more cases")] if len(case_ids) > DRAWN else []
    return Group(*tables, *more)


class _Lines:
    def __init__(self, workplace: Workplace, case_ids: Sequence[str]) -> None:
        self._workplace, self._cases = workplace, frozenset(case_ids)
        self._seen = workplace.store.last_event()

    def print_changes(self) -> None:
        """Print a line for each event of these cases since the last call."""
        for event in self._workplace.store.events(after=self._seen):
            self._seen = event.seq
            step = event.payload.get("step")
            if event.case in self._cases and step:
                sys.stderr.write(f"{event.case}  {step}: {event.kind.replace('_', ' ')}\n")
