"""Commands on a store with many finished cases, against the same on a store that is as good as empty."""

from __future__ import annotations

import itertools
import json
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from disengage.domain.request import Request
from disengage.engine import approving
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace

from benchmarks.copies import multiplied
from benchmarks.figures import Bound, Figure
from benchmarks.installed import done, environment
from benchmarks.office import a_request, office, warmed_up
from benchmarks.platform import platforms

COMMANDS = ("plan", "run", "cases", "show")
_clients = itertools.count(1)
#: Seconds by command.
Taken = dict[str, float]


def measure(*, quick: bool) -> list[Figure]:
    """Carry out one more case at either store in every round, command by command."""
    connections, finished, rounds = (1, 2_000, 1) if quick else (3, 100_000, 5)
    with platforms(connections) as found, office(found.urls) as full, office(found.urls) as empty:
        for workplace in (full, empty):
            with Worker(workplace) as worker:
                warmed_up(workplace, worker, client=next(_clients))
        (case,) = full.store.case_ids()
        rows = multiplied(full, case, finished - 1)
        pairs = [(_round(full), _round(empty)) for _ in range(rounds)]
    return [_figure(command, pairs, finished, rows, Bound() if quick else Bound(most=1.5)) for command in COMMANDS]


def _figure(
    command: str, pairs: list[tuple[Taken, Taken]], finished: int, rows: dict[str, int], bound: Bound
) -> Figure:
    ours, yardstick = [full[command] for full, _ in pairs], [empty[command] for _, empty in pairs]
    return Figure(
        name=f"history, {command}",
        what=f"disengage {command} with {finished} finished cases in the store, against the same with a handful; "
        "processes one after the other, interleaved",
        unit="s",
        ours=ours,
        yardstick=yardstick,
        ratios=[full / empty for full, empty in zip(ours, yardstick, strict=True)],
        bound=bound,
        details={"rows": rows} if command == COMMANDS[0] else {},
    )


def _round(workplace: Workplace) -> Taken:
    """Plan, approve, run and show one case; return what each command took."""
    folder = workplace.settings.folder
    taken: defaultdict[str, float] = defaultdict(float)
    command = _timed(folder, taken)
    file = folder / "request.toml"
    planned = command("plan", str(_written(a_request(next(_clients)), file)), "--json")
    case = json.loads(planned)["cases"][0]["case"]
    approving.approve(workplace, case, "Anna Ansvarlig")
    command("run", case)
    command("cases")
    assert json.loads(command("show", case, "--json"))["state"] == "closed"
    return taken


def _timed(folder: Path, taken: Taken) -> Callable[..., str]:
    surroundings = environment(folder)

    def command(*arguments: str) -> str:
        started = time.perf_counter()
        printed = done(folder, *arguments, env=surroundings)
        taken[arguments[0]] += time.perf_counter() - started
        return printed

    return command


def _written(request: Request, file: Path) -> Path:
    """Write a request as the file that ``plan`` reads."""
    client, ending, person = request.client, request.ending, request.administrator
    assert person
    lines = [
        f'[client]\nname = "{client.name}"\ncountry = "{client.country}"',
        f'identifiers = {{ number = "{client.identifiers["number"]}" }}',
        f'[ending]\nreason = "{ending.reason}"\nends_on = {ending.ends_on}',
        f"period = {{ from = {ending.ends_on}, to = {ending.ends_on} }}",
        f'[administrator]\nname = "{person.name}"\nemail = "{person.email}"',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file
