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
from tests.torture.crew import Crew
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
        process = subprocess.run(
            [*self.older, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(process.returncode, process.stdout, process.stderr)

    def start_older(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.older, "run"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
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
        older = _unpacked(ARCHIVE, tmp_path / "older")
        with a_firm(
            tmp_path / "rolling", 10, TWO, store=postgres_url, faults="*:latency=150", kind=TwoVersions
        ) as firm:
            firm.older = older
            (firm.folder / "disengage.toml").write_text(_without_daemon(firm), encoding="utf-8")
            firm.open_cases()
            firm.with_older("run")
            firm.people()
            workers = [firm.start_older() for _ in range(2)]
            while not firm.simulation.simulators["banqup"].effects:
                assert any(worker.poll() is None for worker in workers), [worker.communicate() for worker in workers]
            with Crew(firm, 2) as crew:
                left = [worker.communicate(timeout=300)[1] for worker in workers]
                firm.upgraded = True
                refused = firm.with_older("run")
                firm.until_ended(rounds=300)
                assert set(crew.stop()) == {0}
            print([worker.returncode for worker in workers], left, refused)  # noqa: T201
            assert (refused.code, "newer version" in refused.err) == (2, True)
            assert all("Traceback" not in text for text in left)
            assert firm.sent_twice() == []
            assert_as_undisturbed(firm, expected, 0)


def _without_daemon(firm: Firm) -> str:
    """Return the configuration without what the older version does not know."""
    return (firm.folder / "disengage.toml").read_text(encoding="utf-8").partition("[daemon]")[0]
