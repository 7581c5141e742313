"""The page for authors does what it says: every file that it shows is written, every command runs, in this order."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from disengage.cli.ending import Exit

from tests.docs.console import Shown, commands_in, missing, printed
from tests.environment import Environment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "first-connector.md"
TOOLS = Path(sys.executable).parent
#: A block with the name of the file that it is, or one with commands.
PIECE = re.compile(
    r"^`(?P<file>[\w./-]+)`:\n\n```\w+\n(?P<text>.*?)^```|^```console\n.*?^```", re.MULTILINE | re.DOTALL
)
#: As the page writes them.
CASE, PORT, FOLDER = "c-devdvwunrt", "8431", "disengage-fjordbok"


class Author:
    """Somebody who follows the page, in a folder and an environment of their own."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self.environment, self.folder = environment, folder
        self.words: dict[str, str] = {}
        self._lasting: list[str] = []
        self._beside: list[subprocess.Popen[bytes]] = []

    def types(self, shown: Shown) -> tuple[int, str]:
        """Run one command; return its exit code and all that it prints."""
        command = shown.command
        if PORT in command:
            self.words.setdefault(PORT, _a_port())
        for written, here in self.words.items():
            command = command.replace(written, here)
        if command.endswith(" &"):
            return self._starts(command)
        if command.startswith((". ", "cd ", "click()")):
            self._lasting.append(command)
            command = ""
        process = self._bash(command)
        output = process.communicate()[0].decode()
        return process.returncode, output

    def writes(self, name: str, text: str) -> None:
        """Replace a file that is there."""
        file = self.folder / FOLDER / name
        assert file.is_file(), name
        file.write_text(text, encoding="utf-8")

    def leaves(self) -> None:
        """Stop what was started beside."""
        for process in self._beside:
            process.terminate()
            process.communicate()

    def _starts(self, command: str) -> tuple[int, str]:
        """Start what stays, and put its beginning where the command says."""
        command, _, target = command.removesuffix(" &").partition(" > ")
        process = self._bash(f"exec {command}")
        self._beside.append(process)
        where = self._bash("pwd").communicate()[0].decode().strip()
        (Path(where) / target).write_text(printed(process), encoding="utf-8")
        return 0, ""

    def _bash(self, command: str) -> subprocess.Popen[bytes]:
        script = "\n".join([*self._lasting, command])
        return subprocess.Popen(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )


def _a_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    """Give an author who has set up what the page asks for."""
    environment = Environment.made(tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    author = Author(environment, folder)
    yield author
    author.leaves()


@pytest.mark.timeout(600)  # a page's worth of processes, one after the other, on whatever else the machine does
def test_whoever_follows_the_page_has_a_connector_and_has_ended_a_client_with_it(author: Author) -> None:
    wrong = {}
    for piece in PIECE.finditer(PAGE.read_text(encoding="utf-8")):
        if piece["file"]:
            author.writes(piece["file"], piece["text"])
            continue
        for shown in commands_in(piece.group()):
            code, output = author.types(shown)
            if shown.command.startswith("disengage plan "):
                author.words[CASE] = output.partition("disengage approve ")[2].split()[0]
            lost = missing(shown.lines, output)
            if lost or code not in (Exit.DONE, Exit.NOT_FINISHED):
                wrong[shown.command] = (code, lost, output)
    assert wrong == {}
    _is_clean(author.folder / FOLDER)


def _is_clean(project: Path) -> None:
    """See that what was copied from the page passes the linter, as the page's readers may expect."""
    for arguments in (["check", "--no-cache"], ["format", "--no-cache", "--diff"]):
        done = subprocess.run([TOOLS / "ruff", *arguments], cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_page_shows_files_and_commands() -> None:
    text = PAGE.read_text(encoding="utf-8")
    pieces = list(PIECE.finditer(text))
    assert text.count("```python") == sum(bool(piece["file"]) for piece in pieces) > 5
    assert text.count("```console") == sum(not piece["file"] for piece in pieces) > 2
