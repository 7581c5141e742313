"""The service manager is told what it understands, and nothing where there is none."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from disengage.cli.systemd import ServiceManager

from tests.daemon.service import Manager


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """Give a manager that listens at a path, and one that listens at a name without a file."""
    found = Manager(str(tmp_path / "notify") if request.param == "path" else f"@disengage-{uuid.uuid4()}")
    yield found
    found.close()


def test_states_arrive_in_one_message(manager: Manager) -> None:
    ServiceManager({"NOTIFY_SOCKET": manager.address}).tell(READY="1", STATUS="Working.")
    assert manager.next() == {"READY": "1", "STATUS": "Working."}


def test_the_watchdog_is_fed_at_once_and_then_not_before_half_its_time(manager: Manager) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "3600000000"})
    service.alive()
    service.alive()
    service.tell(STOPPING="1")
    assert [manager.next(), manager.next()] == [{"WATCHDOG": "1"}, {"STOPPING": "1"}]


@pytest.mark.parametrize(
    "watchdog", [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": str(os.getpid() + 1)}]
)
def test_without_a_watchdog_of_its_own_none_is_fed(manager: Manager, watchdog: dict[str, str]) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": manager.address, **watchdog})
    service.alive()
    service.tell(STOPPING="1")
    assert manager.next() == {"STOPPING": "1"}


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/there/is/nobody"}])
def test_nobody_who_listens_is_no_trouble(environment: dict[str, str]) -> None:
    ServiceManager(environment).tell(READY="1")
