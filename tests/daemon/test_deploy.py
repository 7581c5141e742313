"""What is in deploy/ fits the daemon that it starts."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

from disengage.cli.daemon import GRACE
from disengage.cli.health import LATELY
from disengage.sections import DaemonSettings

DEPLOY = Path(__file__).parents[2] / "deploy"


def unit() -> dict[str, str]:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keys are case-sensitive
    parser.read(DEPLOY / "disengage.service")
    return dict(parser["Service"])


def test_the_unit_waits_for_what_the_daemon_says_and_gives_it_the_time_it_takes() -> None:
    found = unit()
    assert (found["Type"], found["NotifyAccess"], found["Restart"]) == ("notify", "main", "on-failure")
    assert found["ExecStart"].endswith("/disengage daemon")
    assert float(found["TimeoutStopSec"]) > DaemonSettings().stop_seconds + GRACE
    assert float(found["WatchdogSec"]) > LATELY


def test_the_unit_takes_every_right_away_that_is_not_needed() -> None:
    found = unit()
    assert (found["ProtectSystem"], found["NoNewPrivileges"], found["CapabilityBoundingSet"]) == ("strict", "yes", "")
    assert (found["UMask"], found["StateDirectoryMode"]) == ("0077", "0700")


def test_the_image_asks_for_health_where_its_daemon_shows_it_and_runs_without_rights() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (served,) = re.findall(r'"--health-port", "(\d+)"', text)
    assert f"http://127.0.0.1:{served}/healthz" in text
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "--verify-hashes" in text


def test_as_a_containers_first_process_it_can_be_ended_before_it_has_started(tmp_path: Path) -> None:
    (tmp_path / "disengage").mkdir()
    (tmp_path / "disengage" / "__init__.py").touch()
    (tmp_path / "disengage" / "cli.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nprint('went on')\n", encoding="utf-8"
    )
    command = [sys.executable, "-c", f"exec(open({str(DEPLOY / 'entrypoint.py')!r}).read())"]
    # A first process ignores what it does not catch; only its own answer can have ended it with a code.
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (128 + signal.SIGTERM, "", "")


def test_nothing_that_the_daemon_held_in_memory_is_left_on_a_disk() -> None:
    assert unit()["LimitCORE"] == "0"
    assert unit()["SyslogIdentifier"] == "disengage"
