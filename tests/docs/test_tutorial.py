"""The tutorial does what it says: every command runs, and prints every line that the page shows."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.console import Reader, Shown, commands_of, free_ports, missing, printed
from tests.office import COMMAND

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial" / "from-init-to-verify.md"
#: The README's picture is of a command of the tutorial.
PICTURE = next(shown for shown in commands_of(ROOT / "README.md") if shown.command.startswith("disengage plan"))
#: As the page writes them.
CASE, GENERATION_DATE, PORT = "c-devdvwunrt", "2027-02-20", 8411


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Give a reader in an empty folder, with the page's simulators beside."""
    first = free_ports(3)
    only = ("--only", "banqup", "--only", "generic_csv", "--only", "poweroffice")
    command = [*COMMAND, "simulate", *only, "--port", str(first), "--folder", "."]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as beside:
        try:
            (tmp_path / "simulated.toml").write_text(printed(beside), encoding="utf-8")
            yield Reader(tmp_path, {str(PORT + n): str(first + n) for n in range(3)})
        finally:
            beside.terminate()


def _learn(reader: Reader, shown: Shown, output: str) -> None:
    """Take over what is another here than on the page, as a reader does."""
    if shown.command == "cat request.toml":
        request = tomllib.loads(output)
        reader.words[GENERATION_DATE] = str(request["options"]["poweroffice"]["generation_date"])
    if shown.command.startswith("disengage plan "):
        reader.words[CASE] = output.partition("disengage approve ")[2].split()[0]


def test_every_command_of_the_tutorial_prints_what_tutorial_and_readme_show(reader: Reader) -> None:
    wrong = {}
    for shown in commands_of(PAGE):
        output = reader.types(shown)
        _learn(reader, shown, output)
        lines = [*shown.lines, *(PICTURE.lines if shown.command == PICTURE.command else [])]
        if lost := missing(lines, output):
            wrong[shown.command] = (lost, output)
    assert wrong == {}


def test_a_line_that_is_not_printed_is_found() -> None:
    shown = ["Approved c-devdvwunrt by Ola.", "│ banqup.sever_link │ done │", "… events, 3 bags"]
    output = "Approved c-aaaaaaaaaa by Ola.\n│ banqup.sever_link   │ failed │\n35 events, 2 bags\n"
    assert missing(shown, output) == shown[1:]
