"""Writing the change file: operation ``append_change``. A row is in it whole, once, and for good, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from disengage import ConfigurationError, OutcomeUnknownError, RejectedError, RetryableError
from filelock import FileLock, Timeout

from disengage_generic_csv.api import Export
from disengage_generic_csv.wire import Form, form_of, guarded, plain, rows_of

#: How long one append waits for the others, in seconds.
PATIENCE = 60.0

Composed = Mapping[str, str]
Compose = Callable[[Composed | None], Composed]


class ChangeFile:
    """The file that the other system imports: the export's headings, encoding, mark and delimiter.

    Args:
        export: The table it goes with.
        folder: Where relative paths count from.
    """

    def __init__(self, export: Export, folder: Path) -> None:
        self.export = export
        self.settings = export.settings
        self.path = (folder / self.settings.changes).resolve()

    def append(self, reference: str, compose: Compose) -> bool:
        """Append one row, whole or not at all, however many threads and processes do so at once.

        Args:
            reference: The client.
            compose: Given the client's last row in the file (our word → text), returns the row to be there.

        Returns:
            False where that row is there already, as the client's last; nothing is written then.

        Raises:
            ConfigurationError: The file cannot be written there, or has other headings.
            RejectedError: The row holds a character that the encoding does not have.
            RetryableError: Nothing was written; it may be tried again.
            OutcomeUnknownError: The disk failed in the very last moment.
        """
        headings = self.export.change_headings()
        with self._alone():
            last = self._last(headings, reference)
            row = compose(last)
            if row == last:
                return False
            self._publish(headings, row)
        return True

    def try_to_write(self) -> None:
        """See that a row could be appended, without doing so.

        Raises:
            ConfigurationError: It could not.
        """
        headings = self.export.change_headings()
        with self._alone():
            self._last(headings, "")
        if not os.access(self.path.parent, os.W_OK):
            raise _not_writable(self.path, "permission denied")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._has_a_place()
        lock = FileLock(self._beside("lock"), timeout=PATIENCE, poll_interval=0.01, fallback_to_soft=False)
        try:
            with lock:
                yield
        except Timeout:
            raise RetryableError(
                f"The change file '{self.path.name}' is held by another process; nothing was written.",
                remedy="See which program holds it.",
            ) from None
        except OSError as error:
            raise _not_writable(self.path, error.strerror) from None

    def _has_a_place(self) -> None:
        if self.path == self.export.path.resolve():
            raise ConfigurationError(
                "The change file is the export itself.", remedy="Give 'changes' a file of its own."
            )
        if not self.path.parent.is_dir():
            raise ConfigurationError(
                f"The folder of the change file '{self.path.name}' does not exist.",
                remedy="Create it, or correct the path in the configuration.",
            )

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(f".{self.path.name}.{ending}")

    def _form(self) -> Form | None:
        """Return how the change file is written; None where it has yet to be begun."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return None
        return form_of(self.path, self.settings.encoding, self.settings.delimiter, "change file")

    def _last(self, headings: Mapping[str, str], reference: str) -> dict[str, str] | None:
        form = self._form()
        if form is None:
            return None
        rows = rows_of(self.path, form, "change file")
        if next(rows, (0, []))[1] != list(headings.values()):
            raise ConfigurationError(
                f"The change file '{self.path.name}' has other headings than the configuration asks for; "
                "nothing was written.",
                remedy="Have the other system import it, move it away, and try again.",
            )
        last = None
        for _, cells in rows:
            if plain(cells[0]) == reference:
                last = dict(zip(headings, map(plain, cells), strict=True))
        return last

    def _publish(self, headings: Mapping[str, str], row: Composed) -> None:
        cells = [guarded(row[word]) for word in headings]
        form = self._form()
        if form:
            self._replace(form, _encoded(form, [cells]), begun=True)
        else:
            form = self.export.form
            self._replace(form, form.mark + _encoded(form, [list(headings.values()), cells]), begun=False)

    def _replace(self, form: Form, added: bytes, *, begun: bool) -> None:
        """Put a longer copy in the file's place; readers see the old one or the new one, never a half."""
        copy = self._beside("new")
        try:
            with copy.open("wb") as out:
                if begun:
                    _copy(self.path, out, form.newline.encode(form.codec))
                out.write(added)
                out.flush()
                os.fsync(out.fileno())
            if begun:
                shutil.copymode(self.path, copy)
            copy.replace(self.path)
        except OSError as error:
            copy.unlink(missing_ok=True)
            raise RetryableError(
                f"The change file '{self.path.name}' cannot be written: {error.strerror}; nothing was changed in it.",
                remedy="Make room, or allow writing in its folder.",
            ) from None
        _settle(self.path)


def _not_writable(path: Path, why: str | None) -> ConfigurationError:
    return ConfigurationError(
        f"The change file '{path.name}' cannot be written: {why}.",
        remedy="Allow writing in its folder, or correct the path in the configuration.",
    )


def _encoded(form: Form, rows: Sequence[Sequence[str]]) -> bytes:
    try:
        return form.encoded(rows)
    except UnicodeEncodeError:
        raise RejectedError(
            f"The change was not written: it holds a character that {form.codec} does not have.",
            remedy="Have the other system export in utf-8, or correct the text in the request.",
        ) from None


def _copy(path: Path, out: IO[bytes], newline: bytes) -> None:
    """Copy the file as it stands, and end its last row where that was left open."""
    with path.open("rb") as source:
        shutil.copyfileobj(source, out)
        source.seek(-len(newline), os.SEEK_END)
        if source.read() != newline:
            out.write(newline)


def _settle(path: Path) -> None:
    """Make the file's new place in its folder survive a power cut."""
    try:
        folder = _open_folder(path.parent)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise OutcomeUnknownError(
            f"The change file '{path.name}' was written, but the disk did not confirm it: {error.strerror}.",
            remedy="See whether the row is there.",
        ) from None


def _open_folder(path: Path) -> int:
    return os.open(path, os.O_RDONLY)
