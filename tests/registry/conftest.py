"""A folder of plugins, and the registry of what is in it."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage import Firm, Surroundings, registry
from disengage.registry import Registry
from disengage.sections import PolicySettings, StoreSettings, VaultSettings
from disengage.settings import RawConnection, Settings

from tests.registry.packages import Packages

FIRM = Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packages]:
    """Give a folder for plugins that is on the path; what was imported from it is forgotten afterwards."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    packages = Packages(folder)
    yield packages
    for name in packages.modules:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


@pytest.fixture
def released(packages: Packages) -> Iterator[threading.Event]:
    """Give an event that hanging plugins wait for (``from hangs import released``), set in the end."""
    packages.modules.append("hangs")
    (packages.folder / "hangs.py").write_text("import threading\nreleased = threading.Event()\n", "utf-8")
    event: threading.Event = importlib.import_module("hangs").released
    yield event
    event.set()


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give plugins little time to be loaded."""
    monkeypatch.setattr(registry, "LOAD_SECONDS", 0.5)


@pytest.fixture
def connect(packages: Packages, tmp_path: Path) -> Callable[..., Registry]:
    """Load what is in the folder and connect ``name=connector`` (or a whole table) as configured."""

    def connect(**connections: Any) -> Registry:
        file = tmp_path / "disengage.toml"
        raw = {}
        for name, given in connections.items():
            table = given if isinstance(given, dict) else {"connector": given}
            raw[name] = RawConnection(name=name, connector=table["connector"], table=table, file=file)
        loaded = Registry(packages.points())
        parts = {"store": StoreSettings(), "vault": VaultSettings(), "policy": PolicySettings()}
        loaded.connect(Settings(file=file, folder=tmp_path, firm=FIRM, connections=raw, **parts), around)
        return loaded

    def around(connection: str) -> Surroundings:
        nothing: Any = None
        return Surroundings(connection=connection, firm=FIRM, folder=tmp_path, limiter=nothing, tokens=nothing)

    return connect
