"""A firm in a temporary folder whose connections all lead to platforms that exist for measuring."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

from disengage.cli.logs import set_up
from disengage.domain.case import Case
from disengage.domain.lifecycle import CaseState
from disengage.domain.request import Request
from disengage.engine import approving, planning
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.registry import Registry
from disengage.settings import load

_FIRM = """\
[firm]
name = "Fjord Regnskap AS"
country = "NO"
time_zone = "Europe/Oslo"
"""
_PLUGIN = EntryPoint(name="bench", value="benchmarks.plugin", group="disengage")


@contextmanager
def office(urls: Sequence[str], *, store: str = "") -> Iterator[Workplace]:
    """Open a firm with a connection to each of ``urls``, an empty store and an empty vault.

    Args:
        urls: Where its platforms are.
        store: The URL of its store; by default a SQLite file beside the configuration.
    """
    set_up()
    with tempfile.TemporaryDirectory(prefix="disengage-bench-") as folder:
        file = Path(folder, "disengage.toml")
        tables = [f'[connections.c{n}]\nconnector = "bench"\nbase_url = "{url}"\n' for n, url in enumerate(urls)]
        kept = f'[store]\nurl = "{store}"\n' if store else ""
        file.write_text("\n".join([_FIRM, kept, *tables]), encoding="utf-8")
        with Workplace(load(file), create=True, registry=Registry(points=[_PLUGIN])) as workplace:
            workplace.vault.prepare()
            yield workplace


def a_request(number: int, *, ends_on: date | None = None) -> Request:
    """Return a request for a client of its own; by default it is due now in every part."""
    ends_on = ends_on or datetime.now(UTC).date() - timedelta(days=2)
    ending = {"reason": "client-stopped", "ends_on": ends_on, "period": {"from": ends_on, "to": ends_on}}
    client = {"name": "Nordlys Kafé AS", "country": "NO", "identifiers": {"number": str(number)}}
    administrator = {"name": "Kari Nordmann", "email": "kari@nordlys.example"}
    return Request.model_validate({"client": client, "ending": ending, "administrator": administrator})


def approved(workplace: Workplace, numbers: Sequence[int], *, ends_on: date | None = None) -> list[str]:
    """Plan and approve a case for each number; return their ids."""
    cases = [planning.plan(workplace, a_request(number, ends_on=ends_on)) for number in numbers]
    return [approving.approve(workplace, case.id, "Anna Ansvarlig").id for case in cases]


def carried_out(workplace: Workplace, worker: Worker, cases: Sequence[str]) -> None:
    """Run the cases to their end.

    Raises:
        AssertionError: One did not end: what was measured would mean nothing.
    """
    worker.run(cases)
    for case in workplace.store.cases():
        assert case.id not in cases or case.state is CaseState.CLOSED, _unfinished(case)


def _unfinished(case: Case) -> str:
    return str([(step.id, step.state, step.waits_for, step.outcome) for step in case.steps])


def warmed_up(workplace: Workplace, worker: Worker, client: int = 0) -> None:
    """Carry out one case before the clock starts, so that nothing is opened or compiled while it runs."""
    carried_out(workplace, worker, approved(workplace, [client]))
