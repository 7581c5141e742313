"""Serve the simulators of all installed connectors, with a configuration and a request that fit them."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from disengage.domain.complaints import nearest
from disengage.errors import InputError
from disengage.registry import Registry
from disengage.testing import Simulator

_FIRM = """\
[firm]
name = "Fjord Regnskap AS"
country = "NO"
time_zone = "Europe/Oslo"

[store]
url = "sqlite:///disengage.db"

[vault]
url = "file:vault"
"""


class Simulation:
    """The running simulators.

    Attributes:
        simulators: By connection name, which is the connector's.
        folder: Where the configuration counts paths from.
    """

    def __init__(self, simulators: dict[str, Simulator], folder: Path) -> None:
        self.simulators, self.folder = simulators, folder

    def configuration(self) -> str:
        """Return a disengage.toml that fits."""
        parts = [_FIRM]
        for name, simulator in self.simulators.items():
            parts.append(f"[connections.{name}]\n{_body(name, simulator.configuration(self.folder))}")
        return "\n".join(parts)

    def environment(self) -> dict[str, str]:
        """Return the variables that hold the simulators' secrets."""
        return {key: value for simulator in self.simulators.values() for key, value in simulator.environment().items()}

    def request(self, ends_on: date) -> str:
        """Return a request file for the fictitious client on all of them."""
        examples = {name: simulator.example() for name, simulator in self.simulators.items()}
        identifiers = {k: v for example in examples.values() for k, v in example.get("identifiers", {}).items()}
        references = {name: e["references"] for name, e in examples.items() if e.get("references")}
        lines = [
            "[client]",
            'name = "Nordlys Kafé AS"',
            'country = "NO"',
            f"identifiers = {_inline(identifiers)}",
            f"references = {_inline(references)}",
            "",
            "[ending]",
            'reason = "moved-to-other-firm"',
            f"notice_on = {ends_on - timedelta(days=60)}",
            f"ends_on = {ends_on}",
            f"period = {{ from = {ends_on.year - 2}-01-01, to = {ends_on} }}",
            'successor = { firm = "Ny Regnskap AS", email = "post@ny.example" }',
            "",
            "[administrator]",
            'name = "Kari Nordmann"',
            'email = "kari@nordlys.example"',
        ]
        for name, example in examples.items():
            if example.get("options"):
                lines += ["", f"[options.{name}]", *(f"{k} = {_toml(v)}" for k, v in example["options"].items())]
        return "\n".join(lines) + "\n"


def _body(name: str, toml: str) -> str:
    """Place tables of the simulator's configuration below its connection."""
    lines = []
    for line in toml.strip().splitlines():
        below = line.startswith("[") and not line.startswith("[connections.")
        lines.append(f"[connections.{name}.{line[1:]}" if below else line)
    return "\n".join(line for line in lines if line != f"[connections.{name}]") + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, date):
        return str(value)
    if isinstance(value, dict):
        return _inline(value)
    return json.dumps(value, ensure_ascii=False)


def _inline(table: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {_toml(value)}" for key, value in table.items()) + " }" if table else "{}"


@contextmanager
def simulated(
    folder: Path, *, port: int = 0, faults: str = "", registry: Registry | None = None, only: Collection[str] = ()
) -> Iterator[Simulation]:
    """Start every installed connector's simulator, or ``only`` some, and stop them at the end.

    Raises:
        InputError: The faults cannot be read, a port is taken, or no connector is called so.
    """
    registry = registry or Registry()
    chosen = _chosen(registry, only)
    with ExitStack() as stack:
        simulators: dict[str, Simulator] = {}
        for number, connector in enumerate(chosen):
            made = registry.simulator_class(connector)
            if made is not None:
                simulators[connector] = simulator = made(faults=faults)
                _started(simulator, port + number if port else 0)
                stack.callback(simulator.stop)
        yield Simulation(simulators, folder)


def _chosen(registry: Registry, only: Collection[str]) -> list[str]:
    for name in only:
        if name not in registry.types:
            raise InputError(
                f"No installed connector is called '{name}'.{nearest(name, registry.types)}",
                remedy="See what is installed with 'disengage connectors'.",
            )
    return sorted(only or registry.types)


def _started(simulator: Simulator, port: int) -> None:
    try:
        simulator.start(port)
    except OSError as error:
        raise InputError(
            f"The simulator of {simulator.name} cannot use port {port}: {(error.strerror or 'not free').lower()}.",
            remedy="Name another first port with --port, or leave it out.",
        ) from None


def serve(port: int, faults: str, folder: Path | None, *, only: Collection[str] = (), as_json: bool) -> None:
    """Serve until interrupted; print the configuration first."""
    place = folder or Path(tempfile.mkdtemp(prefix="disengage-simulate-"))
    place.mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with simulated(place, port=port, faults=faults, only=only) as simulation:
        _print(simulation, as_json=as_json)
        stop.wait()


def _print(simulation: Simulation, *, as_json: bool) -> None:
    request = simulation.request(date.today() - timedelta(days=1))  # noqa: DTZ011 -- an example, not a deadline
    if as_json:
        urls = {name: simulator.url for name, simulator in simulation.simulators.items()}
        document = {
            "folder": str(simulation.folder),
            "configuration": simulation.configuration(),
            "request": request,
            "environment": simulation.environment(),
            "urls": urls,
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        variables = "".join(f"#   export {key}={value}\n" for key, value in simulation.environment().items())
        folder = f"# Save this as {simulation.folder / 'disengage.toml'}; the simulators' secrets are not secret:\n"
        sys.stdout.write(folder + variables + "\n" + simulation.configuration())
        asked = "".join(f"# {line}".rstrip() + "\n" for line in request.splitlines())
        sys.stdout.write(f"\n# A request that fits, to save as request.toml:\n#\n{asked}")
    sys.stdout.flush()
