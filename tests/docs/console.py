"""Run the console blocks of a page as a reader would, and compare what they print with what the page shows.

A line that begins with ``$`` is a command. Every other line of a block must really be printed by the command above it,
where blanks, the lines of tables, ids, hashes and dates do not count; ``…`` stands for anything.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import select
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from disengage.cli import main

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SAME = (
    (r"sha256:[0-9a-f]+", "sha256:…"),
    (r"\bc-[a-z2-7]{10}\b", "CASE"),
    (r"\b\d{4}-\d\d-\d\d\b", "DATE"),
    (r"[│┃━─┏┓┗┛┡┩╇┳┴┼├┤└┘]", " "),
)


@dataclass
class Shown:
    """One command of a page, and the lines that the page shows below it."""

    command: str
    lines: list[str] = field(default_factory=list)


def commands_of(page: Path) -> list[Shown]:
    """Return the commands of all console blocks of a page."""
    return commands_in(page.read_text(encoding="utf-8"))


def commands_in(text: str) -> list[Shown]:
    """Return the commands of all console blocks of a part of a page."""
    found: list[Shown] = []
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Shown(line[2:]))
            elif line.strip():
                found[-1].lines.append(line)
    return found


def missing(shown: list[str], printed: str) -> list[str]:
    """Return the lines of a page that were not printed."""
    there = [_plain(line) for line in printed.splitlines()]
    return [line for line in shown if not any(_pattern(line).fullmatch(candidate) for candidate in there)]


def _plain(line: str) -> str:
    for pattern, same in _SAME:
        line = re.sub(pattern, same, line)
    return " ".join(line.split())


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(piece.strip()).join(("\\s*", "\\s*")) for piece in _plain(line).split("…")))


class Reader:
    """Somebody who types in a page's commands, in a folder of their own.

    Args:
        folder: Where they work.
        words: What the page writes → what it is here (ports, the case's id, dates).
    """

    def __init__(self, folder: Path, words: dict[str, str]) -> None:
        self.folder, self.words = folder, words
        self._prelude: list[str] = []
        self._code = 0

    def types(self, shown: Shown) -> str:
        """Run one command and return all that it prints."""
        command = shown.command
        for written, here in self.words.items():
            command = command.replace(written, here)
        if command == "echo $?":
            return str(self._code)
        if command.endswith(" &"):
            return ""  # what runs beside is started by the test, which also stops it
        if command.startswith((". ", "click()")):
            self._prelude.append(command)
        self._code, output = self._disengage(command) if command.startswith("disengage ") else self._bash(command)
        return output

    def _bash(self, command: str) -> tuple[int, str]:
        script = "\n".join([*self._prelude, command])
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return done.returncode, done.stdout

    def _disengage(self, command: str) -> tuple[int, str]:
        """Run the command line inside this process, which is quicker than starting it."""
        output, code = io.StringIO(), 0
        with self._here(shlex.split(command)), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        return code, output.getvalue()

    @contextlib.contextmanager
    def _here(self, arguments: list[str]) -> Iterator[None]:
        pairs = self._bash("env -0")[1].split("\0")
        variables = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        here = mock.patch.dict(os.environ, variables), mock.patch.object(sys, "argv", arguments)
        with here[0], here[1], contextlib.chdir(self.folder):
            yield


def free_ports(number: int) -> int:
    """Return the first of ``number`` ports in a row that are free just now."""
    for first in range(20000, 32000, 97):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + number):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise AssertionError("no ports are free")


def printed(process: subprocess.Popen[bytes]) -> str:
    """Return what a process that stays has printed by now, waiting for the beginning of it."""
    assert process.stdout
    pipe, text = process.stdout.fileno(), b""
    while not text or select.select([pipe], [], [], 0.3)[0]:
        piece = os.read(pipe, 65536)
        assert piece, "the process beside has ended"
        text += piece
    return text.decode()
