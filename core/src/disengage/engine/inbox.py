"""A watched folder: request files dropped into it are taken, each by one daemon, and answered. None is ever lost.

    inbox/request.toml                    dropped by somebody; taken once it no longer grows
    inbox/taken/worker-1/request.toml     taken, by a rename, by the worker of that place
    inbox/done/request.toml               planned, beside request.toml.result.json
    inbox/rejected/request.toml           not planned, beside request.toml.error.json and .error.txt

A worker's place has one live process at a time. What a process finds in its own place when it begins was left by one
that died; so was what is in a place that nobody holds. It is taken again: to plan a request twice is to plan it once.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

import structlog

from disengage.domain.values import Frozen
from disengage.errors import DisengageError, InputError
from disengage.store import Store

log = structlog.get_logger("disengage.engine")

ENDINGS = (".toml", ".csv")
#: Larger files are refused unread.
MOST_BYTES = 16 * 2**20
#: Names are cut to so many bytes, so that the names of the answers are none too long for a disk.
_MOST_NAME = 160
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")
_PLACE = re.compile(r"worker-\d+")


class Answer(Frozen):
    """What becomes of a file.

    Attributes:
        document: What is written beside it.
        taken: Whether its requests are cases now.
    """

    document: dict[str, Any]
    taken: bool


#: Plans the requests of a file.
Plan = Callable[[Path], Answer]
#: Size, time of the last change, and identity of a file.
Look = tuple[int, int, int]


class Inbox:
    """One watched folder.

    Args:
        folder: The folder; made if it is not there.
        store: Whose places tell who is alive.
        place: Tells the place of this process.
        plan: What to do with a file.
        over: Set when no further file is to be taken.

    Raises:
        InputError: The folder cannot be used.
    """

    def __init__(self, folder: Path, store: Store, place: Callable[[], str], plan: Plan, over: Event) -> None:
        self._folder, self._store, self._place, self._plan, self._over = folder, store, place, plan, over
        self._taken, self._done, self._rejected = (folder / name for name in ("taken", "done", "rejected"))
        self._seen: dict[str, Look] = {}
        with _usable(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for own in (self._taken, self._done, self._rejected):
                own.mkdir(mode=0o700, exist_ok=True)

    def look(self) -> None:
        """Take every file that no longer grows, and answer it, and all that the dead left.

        Raises:
            InputError: The folder cannot be used.
            StoreError: The store cannot be used; what was taken is answered later.
        """
        with _usable(self._folder):
            mine = self._taken / self._place()
            mine.mkdir(mode=0o700, exist_ok=True)
            for other in sorted(self._taken.iterdir()):
                if other != mine and _PLACE.fullmatch(other.name):
                    self._inherit(other, mine)
            self._answer_all(mine)
            for name in self._settled():
                self._take(name, mine)
                self._answer_all(mine)

    # --- taking

    def _settled(self) -> list[str]:
        """Return the names of request files that are as they were at the last look, the oldest first."""
        before, self._seen = self._seen, dict(self._looks())
        same = [name for name, look in self._seen.items() if before.get(name) == look]
        return sorted(same, key=lambda name: (self._seen[name][1], name))

    def _looks(self) -> Iterator[tuple[str, Look]]:
        with os.scandir(self._folder) as entries:
            for entry in entries:
                hidden = entry.name.startswith(".")
                if not hidden and entry.name.lower().endswith(ENDINGS):
                    with suppress(FileNotFoundError):  # another daemon took it
                        found = entry.stat(follow_symlinks=False)
                        yield entry.name, (found.st_size, found.st_mtime_ns, found.st_ino)

    def _take(self, name: str, mine: Path) -> None:
        """Take a file, unless another daemon was quicker. A rename is one or nobody's."""
        if not self._over.is_set():
            with suppress(FileNotFoundError):
                (self._folder / name).rename(_free(mine, _fit(name)))

    def _inherit(self, place: Path, mine: Path) -> None:
        """Take over what is in another worker's place, if nobody holds that."""
        if not any(place.iterdir()):
            return
        with self._store.dead(place.name) as dead:
            for file in sorted(place.iterdir()) if dead else ():
                file.rename(_free(mine, file.name))

    # --- answering

    def _answer_all(self, place: Path) -> None:
        for file in sorted(place.iterdir()):
            if self._over.is_set():
                return
            answer = self._answer(file)
            with self._store.hold("@inbox") as alone:  # others answer too, perhaps a file of the same name
                if alone:
                    self._put_away(file, answer)

    def _answer(self, file: Path) -> Answer:
        try:
            _refuse_unfit(file)
        except InputError as error:
            return refusal(error, 2)
        return self._plan(file)

    def _put_away(self, file: Path, answer: Answer) -> None:
        """Write the answer first, then move the file beside it: a crash between the two answers it once more."""
        folder = self._done if answer.taken else self._rejected
        there = _free(folder, file.name)
        if answer.taken:
            _write(there, "result.json", _json(answer.document))
        else:
            _write(there, "error.json", _json(answer.document))
            _write(there, "error.txt", _text(answer.document["error"]))
        file.rename(there)
        log.info("inbox_answered", taken=answer.taken, exit_code=answer.document.get("exit_code"))


def refusal(error: DisengageError, exit_code: int) -> Answer:
    """Return the answer to a file whose requests cannot be taken."""
    told = {"kind": type(error).__name__, "message": error.message, "remedy": error.remedy}
    return Answer(document={"error": told, "exit_code": int(exit_code)}, taken=False)  # an Exit is logged by its name


def _refuse_unfit(file: Path) -> None:
    """Do nothing for a plain file of a sound size. Any other is not even opened."""
    found, why = file.lstat(), ""
    if stat.S_ISLNK(found.st_mode):
        why = "this is a symbolic link; it was not followed"
    elif not stat.S_ISREG(found.st_mode):
        why = "this is not a plain file"
    elif found.st_size > MOST_BYTES:
        why = f"the file is larger than {MOST_BYTES // 2**20} MiB"
    if why:
        raise InputError(f"{file.name}: {why}.", remedy="Drop a plain file with one request, or a CSV with many.")


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"The inbox {folder} cannot be used: {error.strerror}.",
            remedy="See to the rights of the folder and to its disk; what was dropped stays where it is.",
        ) from None


# --- names


def _fit(name: str) -> str:
    """Return a name that can be written anywhere, and with the endings of an answer."""
    stem, dot, ending = _UNFIT.sub("_", name).rpartition(".")
    return stem.encode()[:_MOST_NAME].decode(errors="ignore") + dot + ending


def _free(folder: Path, name: str) -> Path:
    """Return a path in ``folder`` that is not taken: ``name``, or with a number before its ending."""
    stem, dot, ending = name.rpartition(".")
    path, number = folder / name, 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{stem}-{number}{dot}{ending}"
    return path


# --- files


def _write(beside: Path, ending: str, text: str) -> None:
    """Write an answer whole or not at all."""
    whole = beside.with_name(f"{beside.name}.{ending}")
    part = beside.with_name(f".{beside.name}.{ending}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(whole)


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _text(error: dict[str, str]) -> str:
    return "\n".join(line for line in (error["message"], error["remedy"]) if line) + "\n"
