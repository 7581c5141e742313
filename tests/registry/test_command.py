"""``disengage connectors`` shows a broken plugin and goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.registry.packages import Packages

COMMAND = [sys.executable, "-c", "from disengage.cli import main; main()", "connectors", "--json"]


def test_broken_plugins_are_shown_beside_the_sound_ones_and_the_command_succeeds(packages: Packages) -> None:
    packages.add("raising", "raise RuntimeError('password-hunter2')")
    packages.add("exiting", "import sys; sys.exit(9)")
    packages.add("misspelt", "from disengage import hookimpl\n@hookimpl\ndef conector_types(): return []")
    packages.add_connector("rival", connector="poweroffice")
    packages.add_connector("sound")
    environment = {**os.environ, "PYTHONPATH": str(packages.folder)}
    environment.pop("DISENGAGE_CONFIG", None)

    ended = subprocess.run(
        COMMAND, capture_output=True, check=False, cwd=packages.folder, env=environment, text=True, timeout=60
    )

    assert ended.returncode == 0, ended.stderr
    shown = json.loads(ended.stdout)
    broken = {item["plugin"]: (item["distribution"], item["reason"]) for item in shown["broken"]}
    assert set(broken) == {"raising", "exiting", "misspelt", "rival", "poweroffice"}
    assert broken["raising"] == ("disengage-raising 1.0", "raising: import raised RuntimeError.")
    assert broken["exiting"] == ("disengage-exiting 1.0", "exiting: import raised SystemExit.")
    assert broken["misspelt"] == (
        "disengage-misspelt 1.0",
        "misspelt: there is no hook 'conector_types'. Did you mean 'connector_types'?",
    )
    assert "offered twice" in broken["rival"][1]
    assert {"sound", "generic_csv", "banqup"} <= {connector["name"] for connector in shown["connectors"]}
    assert "poweroffice" not in {connector["name"] for connector in shown["connectors"]}
    assert "hunter2" not in ended.stdout + ended.stderr
