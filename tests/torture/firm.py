"""A firm with many clients on every platform, the people who work in it, and what is compared in the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from disengage.cli.simulating import Simulation
from disengage.registry import Registry
from disengage.testing import Call, Reply, Simulator, parse_faults

from tests.office import Answer, Office

ALL = ("auditcase", "banqup", "clearfacts", "generic_csv", "poweroffice", "spiris")
#: Those whose limits let one case through within seconds.
QUICK = ("auditcase", "banqup", "generic_csv", "spiris")
#: Changing calls on platforms, and a table that another system reads.
TWO = ("banqup", "generic_csv")

_NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
#: What a path holds that names a client.
_NAMED = re.compile(r"[0-9a-f]{8}-|\d{3}")
#: Paths at which tokens are handed out.
_TOKENS = ("gettoken", "/Token", "/connect/token")
F = TypeVar("F", bound="Firm")
#: Steps of a case by id, with state and proof.
Ends = dict[str, tuple[str, str | None]]


@dataclass
class Firm(Office):
    """An office with ``clients`` clients, each of them on every platform.

    Attributes:
        clients: How many.
        cases: Their cases, once planned.
        asked: Which calls people were asked about that nobody knew the outcome of, with their answers.
    """

    clients: int = 1
    cases: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    #: When each case was last tried again by hand: the more there are, the later its turn comes.
    _retried: dict[str, float] = field(default_factory=dict)

    # --- before the work

    def open_cases(self, most: int = 10**6) -> None:
        """Plan and approve a request for each further client, ``most`` at a time."""
        begun = len(self.cases)
        for case in self._planned(range(begun + 1, min(begun + most, self.clients) + 1)):
            self.cases.append(case["case"])
            for who in ("Anna Ansvarlig", "Berit Bokholder")[: case["plan"]["needed"]]:
                assert self.call("approve", case["case"], "--by", who).code == 0

    def _planned(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        """Plan requests, and plan those again for which a platform could not be reached."""
        files, planned = [self._write_request(number) for number in numbers], {}
        left = files
        for _ in range(60):
            answer = self.call("plan", *left, "--json")
            assert answer.code in (0, 3), answer.out + answer.err
            planned |= dict(zip(left, answer.json()["cases"], strict=True))
            left = [file for file in left if _is_blocked(planned[file])]
            if not left:
                break
        assert left == [], [planned[file]["findings"] for file in left]
        return [planned[file] for file in files]

    def _write_request(self, number: int) -> str:
        known = {name: cast("Any", simulator).client(number) for name, simulator in self.simulation.simulators.items()}
        for name, client in known.items():
            client["references"] = client.get("references") or client["id"]
            if client["country"] == "SE" or name == "poweroffice":
                client["identifiers"] = {}
        shown: Any = {name: SimpleNamespace(example=lambda c=client: c) for name, client in known.items()}
        text = Simulation(shown, self.folder).request(datetime.now(UTC).date() - timedelta(days=2))
        first = known.get("banqup") or next(iter(known.values()))
        text = text.replace('name = "Nordlys Kafé AS"', f'name = "{first["name"]}"')
        own = known.get("poweroffice", {}).get("administrator")
        if own:
            text = text.replace("Kari Nordmann", own["name"]).replace("kari@nordlys.example", own["email"])
        (self.folder / f"request-{number}.toml").write_text(text, encoding="utf-8")
        return f"request-{number}.toml"

    # --- people, who work beside the machines

    def people(self) -> None:
        """Do every open task, let the others act, and make due what waits for a platform."""
        for _ in self._one_by_one():
            pass

    def _one_by_one(self) -> Iterator[None]:
        """Do what people do, and yield after each thing that they did."""
        for task in self._listed("tasks"):
            yield self._do(task["id"])
        yield self.others_act()
        for case in filter(_is_stuck, self._listed("cases")):
            if monotonic() - self._retried.get(case["case"], 0.0) > 1.2 * self.clients:
                self._retried[case["case"]] = monotonic()
                self.call("retry", case["case"])
                yield

    def _listed(self, what: str) -> list[dict[str, Any]]:
        """Return all of something; nothing while the store cannot be used."""
        answer = self.call(what, "--json")
        return cast("list[dict[str, Any]]", answer.json()[what]) if answer.code == 0 else []

    def _do(self, task_id: str) -> None:
        """Do a task; somebody may have been quicker, and the store may be away."""
        answer = self.call("task", "show", task_id, "--json")
        if answer.code != 0:
            return
        task = answer.json()
        if task["kind"] == "find_out":
            told = ["--value", f"happened={self._happened(task)}"]
        else:
            played = self.play(task)
            told = [part for item in task["bring"] for part in self._bring(task, item, played)]
        self.call("task", "done", task_id, "--by", "Per Person", *told)

    def _happened(self, task: dict[str, Any]) -> str:
        """Look on the platform whether a call had its effect."""
        case = self.show(task["case"])
        step = next(step for step in case["steps"] if step["id"] == task["step"])
        link = next(link for link in case["links"] if link["link"] == step["link"])
        mine = [e for e in self.simulation.simulators[task["connection"]].effects if link["reference"] in e]
        self.asked.append(f"{step['id']}: {'yes' if mine else 'no'}")
        return "yes" if mine else "no"

    # --- the end

    def ended(self) -> bool:
        """Return whether every case that was opened waits for nothing but dates."""
        return self.how_many_ended() == len(self.cases)

    def how_many_ended(self) -> int:
        """Return how many cases wait for nothing but dates."""
        return sum(all(map(_is_over, case["steps"])) for case in self._listed("cases"))

    def until_ended(self, *, rounds: int, pause: float = 0.5) -> None:
        """Let people work until all has ended."""
        for _ in range(rounds):
            if self.ended():
                return
            self.people()
            Event().wait(pause)
        raise AssertionError(self.what_is_left())

    def what_is_left(self) -> list[Any]:
        """Return what is not done, and why the gate is shut."""
        return [
            (
                case["case"],
                case["gate"],
                case["plan"]["fresh"],
                [f for f in case["findings"] if f["severity"] == "blocker"],
                [(s["id"], s["state"], s["waits_for"], s["outcome"]) for s in case["steps"] if s["state"] != "done"],
            )
            for case in self._listed("cases")
            if not all(map(_is_over, case["steps"]))
        ]

    def ends(self, case: str) -> Ends:
        """Return how the steps of a case stand."""
        return {step["id"]: (step["state"], step["proof"]) for step in self.show(case)["steps"]}

    def kinds_of_effects(self) -> dict[str, Counter[str]]:
        """Return how often each kind of change was made on each platform: no client's own numbers in it."""
        made = self.effects()
        return {name: Counter(_NUMBERS.sub("#", effect) for effect in effects) for name, effects in made.items()}

    def done_twice(self) -> list[str]:
        """Return every change that was made more than once."""
        return [f"{name}: {e}" for name, made in self.effects().items() for e, n in Counter(made).items() if n > 1]

    def sent_twice(self) -> list[tuple[str, str]]:
        """Return every changing call that was sent more than once, tokens apart; once a client if it names none."""
        calls = [call for s in self.simulation.simulators.values() for call in s.changing_calls()]
        counted = Counter(call for call in calls if not call[1].endswith(_TOKENS))
        return [call for call, times in counted.items() if times > (1 if _NAMED.search(call[1]) else self.clients)]

    def sent_blindly(self) -> list[str]:
        """Return every changing call that was sent again although nobody had looked at the platform in between."""
        return [
            f"{n}: {call}" for n, s in self.simulation.simulators.items() for call in _blindly(s, n == "clearfacts")
        ]

    def calls(self) -> int:
        """Return how many calls all platforms received."""
        return sum(len(simulator.journal) for simulator in self.simulation.simulators.values())

    def changing(self) -> list[tuple[str, str]]:
        """Return the changing calls that Banqup received, tokens apart."""
        calls = self.simulation.simulators["banqup"].changing_calls()
        return [call for call in calls if not call[1].endswith(_TOKENS)]

    def until_acting(self) -> None:
        """Let people work until Banqup is being changed, and not a moment longer: most cases are still open then."""
        effects = self.simulation.simulators["banqup"].effects
        for _ in range(1200):
            if effects or any(effects for _ in self._one_by_one()):
                return
            Event().wait(0.1)
        raise AssertionError(self.what_is_left())

    @contextmanager
    def kept_waiting(self, method: str) -> Iterator[None]:
        """Let Banqup do what calls with a method ask, and answer none of them before the end of the block."""
        over = Event()

        def keep_waiting(call: Call, reply: Reply) -> None:
            if call.method == method:
                over.wait(120)

        self.simulation.simulators["banqup"].heard.append(keep_waiting)
        try:
            yield
        finally:
            over.set()

    def misbehave(self, faults: str) -> None:
        """Let the simulators have faults from now on; none for an empty text."""
        for simulator in self.simulation.simulators.values():
            simulator.faults.clear()
            for fault in parse_faults(faults, simulator.name):
                simulator.faults.add(fault)

    def verified(self) -> Answer:
        """Compare log, bags and platforms with what was recorded."""
        return self.call("verify")


def _is_blocked(case: dict[str, Any]) -> bool:
    return any(finding["severity"] == "blocker" for finding in case["findings"])


def _is_stuck(case: dict[str, Any]) -> bool:
    return any(
        step["waits_for"] in ("platform", "gate") or step["state"] in ("failed", "refused") for step in case["steps"]
    )


def _is_over(step: dict[str, Any]) -> bool:
    return step["state"] in ("done", "skipped") or step["waits_for"] == "date"


#: Answers that say that nothing happened, after which a call may go again at once.
_CLEAR = (401, 429, 503)


def _blindly(simulator: Simulator, reads_by_post: bool) -> list[str]:
    """Return the calls that were repeated after an unclear answer, or after a good one, without a read between."""
    if reads_by_post:
        return []
    found, last, seen = [], {}, 0
    for number, entry in enumerate(list(simulator.journal)):
        if entry.method == "GET":
            seen = number if entry.status == 200 else seen
        elif _NAMED.search(entry.path) and not entry.path.endswith(_TOKENS):  # else: of which client, nobody can tell
            before = last.get((entry.method, entry.path))
            if before is not None and seen < before:
                found.append(f"{entry.method} {entry.path}")
            unclear = entry.status not in _CLEAR and entry.fault != "reset"
            if unclear:
                last[entry.method, entry.path] = number
    return found


@contextmanager
def a_firm(
    folder: Path,
    clients: int = 1,
    only: Sequence[str] = ALL,
    *,
    store: str | None = None,
    faults: str = "",
    seed: int = 0,
    kind: type[F] = Firm,  # type: ignore[assignment] -- the usual one
) -> Iterator[F]:
    """Give a firm whose simulators run, with its configuration written."""
    folder.mkdir(parents=True, exist_ok=True)
    registry = Registry()
    with ExitStack() as stack:
        simulators: dict[str, Simulator] = {}
        for name in sorted(only):
            made: Any = registry.simulator_class(name)
            simulators[name] = stack.enter_context(made(clients=clients, faults=faults, seed=seed))
        firm = kind(folder, Simulation(simulators, folder), clients=clients)
        firm.set_up(store=store)
        with (folder / "disengage.toml").open("a", encoding="utf-8") as file:
            file.write('\n[daemon]\nlog = "json"\nstop_seconds = 3\n')
        yield firm


@dataclass(frozen=True)
class Undisturbed:
    """How one case ends, and what changes it makes, where nothing goes wrong."""

    ends: Ends
    effects: dict[str, Counter[str]]


_KNOWN: dict[tuple[str, ...], Undisturbed] = {}


def undisturbed(folder: Path, only: Sequence[str]) -> Undisturbed:
    """Return how a case ends if nothing goes wrong."""
    chosen = tuple(sorted(only))
    if chosen not in _KNOWN:
        with a_firm(folder, 1, chosen) as firm:
            firm.open_cases()
            for _ in range(8):
                if firm.ended():
                    break
                firm.process("run")
                firm.people()
            assert firm.ended(), firm.what_is_left()
            _KNOWN[chosen] = Undisturbed(firm.ends(firm.cases[0]), firm.kinds_of_effects())
    return _KNOWN[chosen]


def assert_as_undisturbed(firm: Firm, expected: Undisturbed, seed: int) -> None:
    """See that every case ended as the undisturbed one, with every change made exactly once."""
    again = f"DISENGAGE_SEED={seed}"
    assert firm.done_twice() == [], again
    assert (firm.sent_blindly(), again) == ([], again)
    each = {n: Counter({k: v * firm.clients for k, v in made.items()}) for n, made in expected.effects.items()}
    assert firm.kinds_of_effects() == each, again
    for number, case in enumerate(firm.cases, 1):
        assert _without_numbers(firm.ends(case)) == _without_numbers(expected.ends), f"{again}, case {number}"
    answer = firm.verified()
    assert answer.code == 0, answer.out + answer.err


def _without_numbers(ends: Ends) -> Ends:
    return {_NUMBERS.sub("#", step): end for step, end in ends.items()}
