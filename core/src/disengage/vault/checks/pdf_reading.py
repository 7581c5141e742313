"""Have PDFs read by a process of their own, with little memory and time, and end it when it misbehaves."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

#: Seconds for one file, and for all files of one history.
FOR_ONE = 20.0
FOR_ALL = 900.0

#: Megabytes of memory, and the largest file taken.
MEMORY = 1024
LARGEST = 512 * 2**20

_READER = Path(__file__).with_name("pdf_reader.py")
_OUT_OF_TIME = "reading it took too long and was stopped"


class Found(NamedTuple):
    """What was found in one PDF: its pages, or what is wrong with it, or why that cannot be said."""

    pages: int = 0
    code: str = ""
    where: str = ""
    message: str = ""
    not_checked: str = ""


class Reading:
    """Reads one PDF after another; the process begins with the first and ends with the last.

    Args:
        for_one: Seconds for one file.
        for_all: Seconds for all of them.
    """

    def __init__(self, for_one: float = FOR_ONE, for_all: float = FOR_ALL) -> None:
        self._for_one, self._for_all = for_one, for_all
        self._spent = 0.0
        self._reader: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Reading:
        """Begin; the process comes with the first file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._stop()

    def file(self, path: Path) -> Found:
        """Return what is found in a file."""
        try:
            if path.stat().st_size > LARGEST:
                return Found(not_checked=f"it is larger than {LARGEST // 2**20} MB")
        except OSError as error:
            return Found(not_checked=f"it cannot be read: {error.strerror}")
        return self._asked({"path": str(path.absolute())}, b"")

    def content(self, content: bytes) -> Found:
        """Return what is found in the content of a file."""
        return self._asked({"size": len(content)}, content)

    def _asked(self, question: dict[str, str | int], content: bytes) -> Found:
        if self._spent >= self._for_all:
            return Found(not_checked="the time for reading PDFs is used up")
        begun = time.monotonic()
        try:
            answer = self._answer(json.dumps(question).encode() + b"\n" + content)
        except (OSError, ValueError):
            answer = None
        self._spent += time.monotonic() - begun
        if answer is None:
            self._stop()
            return Found(not_checked=_OUT_OF_TIME if time.monotonic() - begun >= self._for_one else _GAVE_UP)
        return Found(**answer)

    def _answer(self, question: bytes) -> dict[str, Any] | None:
        """Return the reader's answer; None where there was none in time."""
        reader = self._reader = self._reader or _started()
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write(question)
        reader.stdin.flush()
        ready, _, _ = select.select([reader.stdout], [], [], self._for_one)
        line = reader.stdout.readline() if ready else b""
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer

    def _stop(self) -> None:
        reader, self._reader = self._reader, None
        if reader is None:
            return
        reader.kill()
        for stream in (reader.stdin, reader.stdout):
            if stream is not None:
                with suppress(OSError):  # what it had not taken yet is of no use any more
                    stream.close()
        reader.wait()


_GAVE_UP = "the program that reads it gave up"


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- this Python, with a file of this package
        [sys.executable, "-I", str(_READER), str(MEMORY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
