"""The contract suite: what every connector has to pass, ours and those of others.

A connector's author subclasses ``ConnectorContract``, names the connector and, if need be, its simulator, and gets
every test::

    class TestAcmeContract(ConnectorContract):
        connector = "acme"

Nothing of it needs an account, a network beyond loopback, the engine or a store.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

from disengage.connector import ConnectorType
from disengage.errors import DisengageError
from disengage.testing import again, crowd, damage, papers, telling, truths
from disengage.testing.simulator import Simulator
from disengage.testing.stage import Stage
from disengage.testing.subject import Subject, Variant, installed, simulator_of
from disengage.testing.ways import WAYS

#: Set to ``all``, no fault case is left out.
CASES = "DISENGAGE_CONTRACT"
#: What a subclass may set; everything else stays as it is.
_OWN = frozenset({"connector", "connector_type", "simulator", "unlimited", "variants", "most_cases", "hook_seconds"})
_MOST_SHOWN = 12


class ConnectorContract:
    """Every test that a connector has to pass; a subclass names the connector and adds or bends nothing.

    Class attributes:
        connector: The name of an installed connector; or
        connector_type: the connector type itself.
        simulator: The simulator's class; by default the one that the connector type names.
        unlimited: Arguments with which the simulator keeps no limit of its own, since the suite waits for none.
        variants: Endings besides the simulator's example, for verbs and operations that the example does not need.
        most_cases: How many fault cases are run at most; ``DISENGAGE_CONTRACT=all`` runs every one.
        hook_seconds: How long one hook may take.
    """

    connector: ClassVar[str] = ""
    connector_type: ClassVar[ConnectorType | None] = None
    simulator: ClassVar[type[Simulator] | None] = None
    unlimited: ClassVar[Mapping[str, Any]] = {}
    variants: ClassVar[tuple[Variant, ...]] = ()
    most_cases: ClassVar[int] = 250
    hook_seconds: ClassVar[float] = 30.0

    def __init_subclass__(cls) -> None:
        """Refuse a subclass that bends the contract."""
        super().__init_subclass__()
        bent = sorted(name for name in vars(cls) if name in vars(ConnectorContract) and not _is_its_own(name))
        if bent:
            raise TypeError(f"{cls.__name__} overrides {', '.join(bent)}: the contract cannot be bent")

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _staged(cls, request: pytest.FixtureRequest) -> Iterator[None]:
        """Keep the stage for the whole class; say in the end how many fault cases were run."""
        yield
        stage = _STAGES.pop(cls, None)
        if stage is None:
            return
        summary = _summary(stage, cls)
        stage.close()
        capture = request.config.pluginmanager.getplugin("capturemanager")
        if summary and capture is not None:
            with capture.global_and_fixture_disabled():
                print(f"\n{summary}")  # noqa: T201 -- said to whoever runs the tests

    # what the connector says of itself

    def test_the_manifest_is_complete(self) -> None:
        """Every verb has a mode, effects and instructions; every operation has provenance, source and date."""
        _nothing(papers.gaps_of(_stage(self).subject.offered.manifest))

    def test_the_ending_comes_to_its_end(self) -> None:
        """Undisturbed, every step is finished, and every hook answers as the specification says."""
        _nothing(truths.unfinished(_stage(self)))

    def test_the_manifest_names_every_call(self) -> None:
        """What is called is named, with its method and path; what changes something is named as changing."""
        _nothing(truths.undeclared(_stage(self)))

    def test_what_is_automatic_is_done(self) -> None:
        """Every verb that the connection does by itself was done, with the operations that it claims."""
        stage = _stage(self)
        for name in truths.unused(stage):
            print(f"{stage.subject.connection}: the operation '{name}' is named, and was never called")  # noqa: T201
        _nothing(truths.unexercised(stage))

    def test_every_call_goes_through_the_http_kit(self) -> None:
        """Nobody calls the platform past the kit, follows it to another host, or sleeps by himself."""
        stage = _stage(self)
        _ = stage.told, stage.faults
        _nothing([*stage.strays, *stage.naps, *_elsewhere(stage)])

    # by hand

    def test_work_by_hand_can_be_done_and_told(self) -> None:
        """Instructions are in two languages, filled in, sourced, and lead to something that shows it was done."""
        _nothing(truths.unreadable(_stage(self)))

    # twice, and by others

    def test_twice_is_once(self) -> None:
        """A second ending has no second effect."""
        _nothing(again.twice(_stage(self)))

    def test_what_the_other_side_ended_is_a_success(self) -> None:
        """A link that was ended before is found ended, and nothing is done to it."""
        _nothing(again.from_the_other_side(_stage(self)))

    def test_what_was_done_is_read_back_and_nothing_else(self) -> None:
        """What was done is shown; what cannot be read is not taken for done."""
        _nothing(again.read_back(_stage(self)))

    def test_checks_of_the_history_stand_damaged_copies(self) -> None:
        """Whole or damaged, ``check_history`` answers in checks, raises nothing, and changes no file."""
        _nothing(damage.unchecked(_stage(self)))

    # trouble

    @pytest.mark.parametrize("way", [way.name for way in WAYS])
    def test_a_fault_at_any_exchange_changes_nothing_in_the_end(self, way: str) -> None:
        """One exchange fails, each in turn; in the end all is as it is undisturbed, and nothing was repeated."""
        stage = _stage(self)
        found = list(stage.faults.complaints)
        for case in stage.faults.chosen[way]:
            stage.cases_run += 1
            found += stage.faults.run(case)
        _nothing([*found, *_elsewhere(stage)])

    def test_fifty_links_at_once_obey_the_limit(self) -> None:
        """Many threads share one connection, its limit, and nothing else."""
        _nothing(crowd.at_once(_stage(self)))

    def test_nothing_secret_and_nobody_is_named(self) -> None:
        """No secret, token, e-mail address or personal number is in a log line, error, receipt, finding or title."""
        _nothing(telling.overheard(_stage(self)))


_STAGES: dict[type, Stage] = {}


def _is_its_own(name: str) -> bool:
    """Return whether a subclass may have ``name``: what it sets, and what every class has."""
    return name in _OWN or (name.startswith("__") and name != "__init_subclass__")


def _stage(suite: ConnectorContract) -> Stage:
    """Return the stage of a subclass, set up when it is first asked for."""
    kind = type(suite)
    if kind not in _STAGES:
        offered = kind.connector_type or installed(kind.connector)
        subject = Subject(offered, kind.simulator or simulator_of(offered), kind.unlimited)
        most = 0 if os.environ.get(CASES) == "all" else kind.most_cases
        _STAGES[kind] = Stage(subject, kind.variants, most, kind.hook_seconds)
    return _STAGES[kind]


def _elsewhere(stage: Stage) -> list[str]:
    called = {f"{entry.method} {entry.path}" for entry in stage.elsewhere.journal}
    return [f"{call} was sent to another host, to which the platform had redirected" for call in sorted(called)]


def _nothing(complaints: Iterable[str]) -> None:
    """Fail with every complaint there is."""
    found: list[str] = []
    try:
        found.extend(complaints)
    except DisengageError as error:
        found.append(f"it cannot be tried: {type(error).__name__}: {error}")
    if found:
        more = f"\n… and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
        pytest.fail("\n".join(found[:_MOST_SHOWN]) + more, pytrace=False)


def _summary(stage: Stage, kind: type[ConnectorContract]) -> str:
    if not stage.cases_run:
        return ""
    faults = stage.faults
    chosen = sum(map(len, faults.chosen.values()))
    sampled = "" if chosen == faults.possible else f", chosen from {faults.possible} ({CASES}=all runs every one)"
    return f"{kind.__name__}: {stage.cases_run} fault cases at {faults.exchanges} exchanges{sampled}"
