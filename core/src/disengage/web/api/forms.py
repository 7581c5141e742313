"""Forms with files: what came in each part, and the files in a folder of their own while the call lasts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile

from disengage.domain.complaints import nearest, sentence
from disengage.errors import InputError
from disengage.vault.names import safe_parts
from disengage.web.api.problems import ProblemError
from disengage.web.site import temporary_folder
from disengage.web.uploads import taken

TEXT: dict[str, Any] = {"type": "string", "maxLength": 4000}
FILE: dict[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}
FILES: dict[str, Any] = {"type": "array", "items": FILE, "minItems": 1, "maxItems": 20}
#: A JSON object with texts, as a text.
VALUES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "string", "maxLength": 4000},
    "description": "A JSON object; every value is a text.",
}


class Parts:
    """The parts of one form.

    Args:
        form: The form.
        folder: Where its files are put.
    """

    def __init__(self, form: FormData, folder: Path) -> None:
        self._form, self._folder, self._number = form, folder, 0

    def text(self, name: str, most: int = 4000) -> str:
        """Return the text of a part; empty where there is none.

        Raises:
            ProblemError: It is a file, stands there twice, or is too long.
        """
        given = self._form.getlist(name)
        if len(given) > 1 or any(not isinstance(one, str) or len(one) > most for one in given):
            raise wrong(name, f"must be one text of at most {most} characters")
        return str(given[0]).strip() if given else ""

    def values(self, name: str) -> dict[str, str]:
        """Return the texts of a part that holds a JSON object.

        Raises:
            ProblemError: It holds none.
        """
        text = self.text(name, 2**18)
        try:
            given = json.loads(text) if text else {}
            json.dumps(given, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            raise wrong(name, "must be a JSON object whose values are texts")
        return given

    def files(self, name: str, *, any_kind: bool = False) -> list[Path]:
        """Return the files of a part, each under its own name.

        Args:
            name: The part.
            any_kind: Whoever reads them sees by himself what they are; otherwise documents are accepted only.

        Raises:
            ProblemError: A text stands there instead.
            InputError: One is of a kind that is not accepted.
        """
        given = self._form.getlist(name)
        if any(isinstance(one, str) for one in given):
            raise wrong(name, "must be a file, with a filename")
        return [self._put(one, any_kind=any_kind) for one in given if isinstance(one, UploadFile)]

    def file(self, name: str) -> Path:
        """Return the one file of a part.

        Raises:
            ProblemError: There is none, or more than one.
        """
        found = self.files(name)
        if len(found) != 1:
            raise wrong(name, "must be one file")
        return found[0]

    def only(self, *names: str) -> None:
        """Let pass a form that has these parts and no other.

        Raises:
            ProblemError: It has another one.
        """
        for name in self._form:
            if name not in names:
                raise wrong(name[:80], f"is not asked for{nearest(name[:80], names)}")

    def _put(self, given: UploadFile, *, any_kind: bool) -> Path:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        if not any_kind:
            return taken(given, folder)
        path = folder / safe_parts(given.filename or "")[-1]
        with path.open("xb") as file:
            shutil.copyfileobj(given.file, file, 1 << 20)
        return path


@contextmanager
def parts(form: FormData | None) -> Iterator[Parts]:
    """Yield the parts of a form; its files are there until the block ends, and no error says where."""
    assert form is not None
    with temporary_folder() as folder:
        try:
            yield Parts(form, Path(folder))
        except InputError as error:
            raise _without(folder, error) from None


def _without(folder: str, error: InputError) -> InputError:
    return InputError(plain(error.message, folder), remedy=plain(error.remedy, folder), fields=error.fields)


def plain(text: str, folder: str) -> str:
    """Return a text without the folder that uploads are put into."""
    head, *rest = text.split(f"{folder}/")
    return head + "".join(part.partition("/")[2] for part in rest)


def wrong(field: str, reason: str) -> ProblemError:
    """Return what is wrong with one part."""
    return ProblemError(
        "input",
        sentence(f"The form cannot be read: '{field}' {reason}"),
        remedy="Correct it and send it again; nothing was changed.",
        errors=[{"field": field, "message": reason}],
    )
