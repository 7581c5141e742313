"""The firms whose pages are visited, and the tool that knows what they say."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from disengage_banqup.connector import Banqup

from tests.web.firm import Firm, open_for_business


@pytest.fixture(scope="module", autouse=True)
def no_waiting_for_reads() -> Iterator[None]:
    """Let a read at Banqup count at once as what a write did: its simulator has no replica that lags behind."""
    with pytest.MonkeyPatch.context() as patch:
        prompt = Banqup.manifest.model_copy(update={"consistency_delay": timedelta(milliseconds=50)})
        patch.setattr(Banqup, "manifest", prompt)
        yield


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """Give a firm that all tests of a module share."""
    with open_for_business(tmp_path_factory.mktemp("firm")) as made:
        yield made


@pytest.fixture
def new_firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """Give a firm of the test's own."""
    with open_for_business(tmp_path_factory.mktemp("new-firm")) as made:
        yield made


@pytest.fixture(scope="module")
def words() -> Iterator[ModuleType]:
    """Give the tool that brings translations up to date."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).resolve().parents[2] / "tools")
        yield importlib.import_module("words")
