"""What people send as files: put into a folder under a safe name, or refused with one clear error.

::

    with temporary_folder() as folder:
        for file in visit.form.files.get("copy", ()):
            path = taken(file, Path(folder))

How large a request may be in all is counted while it comes in, by ``armour``; a door that takes files says so with
``takes_files=True``.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from disengage.errors import InputError
from disengage.vault.names import SafeNames, safe_parts
from disengage.web.accepted import complaint

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

#: Letters of a name that an error repeats.
_SHOWN = 80


def taken(file: UploadFile, folder: Path) -> Path:
    """Put a file that somebody sent into ``folder``, and return where it is; its name is safe there.

    Args:
        file: From ``visit.form.files``.
        folder: Of the caller's own, such as ``temporary_folder()``; files of the same name are numbered.

    Raises:
        InputError: It is empty, of a type that is not accepted, or named as something else; it was not kept.
    """
    name = safe_parts(file.filename or "")[-1]
    path = folder / _free(folder, name)
    file.file.seek(0)
    with path.open("xb") as target:
        shutil.copyfileobj(file.file, target, 1 << 20)
    why = complaint(path, name)
    if why:
        path.unlink()
        raise InputError(
            f"The file '{name[:_SHOWN]}' cannot be taken: {why}.",
            remedy="Send a PDF, PNG, JPEG, TIFF, ZIP, XML, JSON, CSV, TXT, SIE, XLSX, DOCX or EML file.",
        )
    return path


def _free(folder: Path, name: str) -> str:
    names = SafeNames()
    for there in folder.iterdir():
        names.keep(there.name)
    return names.take(name)
