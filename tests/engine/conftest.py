"""Stages that are cleared away afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Give a maker of stages: ``stage(crm=manifest)``."""
    made: list[Stage] = []

    def make(**given: object) -> Stage:
        made.append(Stage(tmp_path, **given))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()
