"""Request files that somebody uploads: read, looked at, and carried to the next page by the form itself.

Nothing is kept between the two: the page that shows what the files say holds them, and sends them once more when it is
confirmed. So nothing has to be thrown away later, and it does not matter which process answers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from disengage.engine.planall import Fate, fate, known
from disengage.errors import InputError, TooLargeError
from disengage.requests import Entry, read_each
from disengage.vault.names import safe_parts
from disengage.web.site import temporary_folder

if TYPE_CHECKING:
    from disengage.domain.request import Request
    from disengage.engine.workplace import Workplace
    from disengage.web.visit import Visit

#: Of all files together; a field of a form may hold a MiB, and texts in it take a third more.
MOST_BYTES = 700 * 1024
#: How a remedy begins that the page gives for all rows together.
_SAID_ABOVE = "Correct it"
#: The fields that carry the files on.
NAME, CONTENT = "file.name", "file.content"


class File(NamedTuple):
    """One file.

    Attributes:
        name: Its name, safe in any folder.
    """

    name: str
    content: bytes

    @property
    def carried(self) -> str:
        """What a field of a form holds of its content."""
        return base64.b64encode(self.content).decode()

    @property
    def digest(self) -> str:
        """What tells this content from any other, for people who compare."""
        return hashlib.sha256(self.content).hexdigest()


class Row(NamedTuple):
    """One request of the files, as it is shown.

    Attributes:
        file: The file's name.
        line: The line, where the file has one a line.
        fate: What becomes of it when it is planned; None: it cannot be.
        error: Why it cannot.
    """

    file: str
    line: str
    client: str
    ends_on: date | None
    fate: Fate | None
    error: str
    remedy: str


def uploaded(visit: Visit) -> list[File]:
    """Return the files that were chosen.

    Raises:
        InputError: There is none.
        TooLargeError: They are too large together.
    """
    files = []
    for given in visit.form.files.get("files", ()):
        given.file.seek(0)
        files.append((given.filename or "", given.file.read(MOST_BYTES + 1)))
    return _fitting(visit, files)


def carried(visit: Visit) -> list[File]:
    """Return the files that the page before held.

    Raises:
        InputError: There is none, or what came is not what was shown.
        TooLargeError: They are too large together.
    """
    try:
        contents = [base64.b64decode(text, validate=True) for text in visit.form.all(CONTENT)]
        return _fitting(visit, list(zip(visit.form.all(NAME), contents, strict=True)))
    except (binascii.Error, ValueError):
        raise InputError(
            visit.say("The files did not arrive as they were shown."), remedy=visit.say("Choose them again.")
        ) from None


def _fitting(visit: Visit, files: Sequence[tuple[str, bytes]]) -> list[File]:
    if not files:
        raise InputError(visit.say("No file was chosen."), remedy=visit.say("Choose a CSV or TOML file."))
    if sum(len(content) for _, content in files) > MOST_BYTES:
        raise TooLargeError(
            visit.say("The files are larger than %(most)s KiB together.", most=MOST_BYTES // 1024),
            remedy=visit.say("Send fewer at a time; nothing was planned."),
        )
    return [File(safe_parts(name)[-1], content) for name, content in files]


# --- what they say


def entries(workplace: Workplace, files: Iterable[File]) -> list[Entry]:
    """Return every request of the files, or what is wrong in its place; where it stands is named by the file's name."""
    with temporary_folder() as named:
        paths = []
        for number, file in enumerate(files):
            path = Path(named) / str(number) / file.name
            path.parent.mkdir()
            path.write_bytes(file.content)
            paths.append(path)
        return [_named(entry, path) for path in paths for entry in known(workplace, read_each([path]))]


def _named(entry: Entry, path: Path) -> Entry:
    where, error = entry.where.replace(str(path), path.name), entry.error
    if error:
        error = InputError(error.message.replace(str(path), path.name), remedy=error.remedy)
    return Entry(where, entry.request, error, entry.named)


def rows(visit: Visit, found: Iterable[Entry]) -> list[Row]:
    """Return the entries as they are shown."""
    return [_row(visit, entry) for entry in found]


def _row(visit: Visit, entry: Entry) -> Row:
    file, _, line = entry.where.rpartition(":") if entry.where[-1:].isdecimal() else (entry.where, "", "")
    if entry.request is None:
        assert entry.error is not None
        reason = entry.error.message.removeprefix(f"{entry.where}: ").removeprefix(f"{file}: ")
        remedy = "" if entry.error.remedy.startswith(_SAID_ABOVE) else entry.error.remedy
        return Row(file, line, entry.named, None, None, reason[:1].upper() + reason[1:], remedy)
    return _good(visit, file, line, entry.request)


def _good(visit: Visit, file: str, line: str, request: Request) -> Row:
    becomes = fate(visit.workplace, request)
    error = remedy = ""
    if becomes is Fate.REFUSED:
        error = visit.say("This client has a case that is under way or over, and it was asked for otherwise.")
        remedy = visit.say("Steer that case, or take the row out.")
    return Row(file, line, request.client.name, request.ending.ends_on, becomes, error, remedy)
