"""Two versions of the code work on one store at once: what the older one began, the newer one carries on."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.office import Answer
from tests.torture.crew import Crew, said
from tests.torture.firm import TWO, Firm, a_firm, assert_as_undisturbed, undisturbed

#: The last one before the tables of revision 0003.
OLDER = "ce3b117"
ROOT = Path(__file__).parents[2]


def _archived() -> bytes:
    """Return the older version as a tar file; empty where the checkout has no history."""
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "archive", OLDER, "core", "plugins"], capture_output=True, check=False
    )
    return answer.stdout if answer.returncode == 0 else b""


@dataclass
class TwoVersions(Firm):
    """A firm whose people still use the older version, until they do not any more."""

    older: tuple[str, ...] = ()
    upgraded: bool = False

    def call(self, *arguments: str) -> Answer:
        return super().call(*arguments) if self.upgraded else self.with_older(*arguments)

    def with_older(self, *arguments: str) -> Answer:
        answer = subprocess.run(
            [*self.older, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(answer.returncode, answer.stdout, answer.stderr)

    def start_older(self, said: Path) -> subprocess.Popen[bytes]:
        """Let the older version run; what it says goes to a file, since nobody listens while it works."""
        with said.open("wb") as file:
            return subprocess.Popen(
                [*self.older, "run"], cwd=self.folder, env=self.environment, stdout=file, stderr=file
            )


def _unpacked(archive: bytes, folder: Path) -> tuple[str, ...]:
    """Return a command of the older version."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    sources = [str(path) for path in (folder / "core" / "src", *sorted(folder.glob("plugins/*/src")))]
    begin = f"import sys; sys.path[:0] = {sources!r}; from disengage.cli import main; main()"
    return (sys.executable, "-c", begin)


if ARCHIVE := _archived():

    @pytest.mark.torture
    @pytest.mark.timeout(900)
    def test_cases_that_an_older_version_works_on_are_carried_on_by_a_newer_one(
        tmp_path: Path, postgres_url: str
    ) -> None:
        expected = undisturbed(tmp_path / "undisturbed", TWO)
        older, slow = _unpacked(ARCHIVE, tmp_path / "older"), "*:latency=150"
        with a_firm(tmp_path / "both", 10, TWO, store=postgres_url, faults=slow, kind=TwoVersions) as firm:
            firm.older, newer = older, _configured_for_both(firm)
            firm.open_cases()
            firm.with_older("run")
            firm.people()
            _both_at_once(firm, newer)
            assert firm.sent_twice() == []
            assert_as_undisturbed(firm, expected, 0)


def _both_at_once(firm: TwoVersions, newer: Path) -> None:
    """Let two older workers and two newer ones work; one of the older is killed, the other ends by itself."""
    said_to_the_end = firm.folder / "older.txt"
    killed, stays = firm.start_older(firm.folder / "killed.txt"), firm.start_older(said_to_the_end)
    while not firm.simulation.simulators["banqup"].effects:
        assert killed.poll() is None
    with Crew(firm, 2, environment={"DISENGAGE_CONFIG": str(newer)}) as crew:
        said(crew, "started")
        killed.kill()
        killed.wait()
        firm.upgraded = True
        refused = firm.with_older("run")
        assert (refused.code, "newer version" in refused.err) == (2, True)
        firm.until_ended(rounds=300)
        assert (stays.wait(120), "Traceback" in said_to_the_end.read_text(encoding="utf-8")) == (4, False)
        assert set(crew.stop()) == {0}


def _configured_for_both(firm: Firm) -> Path:
    """Drop from the configuration what the older version does not know; return the file that the newer one reads."""
    file, newer = firm.folder / "disengage.toml", firm.folder / "newer.toml"
    newer.write_bytes(file.read_bytes())
    file.write_text(file.read_text(encoding="utf-8").partition("[daemon]")[0], encoding="utf-8")
    return newer
