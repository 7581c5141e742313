"""Reading a client's folder of documents into the firm's copy."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from disengage import Check, Fault, RetryableError, Sink, Verdict

_CHUNK = 1024 * 1024
_KEPT = "documents/"
_CHECK = "generic-csv-documents"
_NO_NAME = frozenset("/\\\0")


def retain_documents(root: Path, reference: str, sink: Sink) -> int:
    """Stream every file below ``root/reference`` into ``sink``; say what could not be kept; return how many were.

    Nothing outside of the client's own folder is read: links are not followed.
    """
    if not _is_a_name(reference):
        sink.gap("The client's reference cannot be the name of a folder; no documents were kept.")
        return 0
    folder = root / reference
    if folder.is_symlink() or not folder.is_dir():
        sink.gap("There is no folder of documents for this client.")
        return 0
    return _retain(folder, sink)


def _is_a_name(reference: str) -> bool:
    return reference not in (".", "..") and _NO_NAME.isdisjoint(reference)


def check_documents(root: Path, reference: str, files: Mapping[str, Path]) -> Check:
    """Compare the documents that were kept with those that lie in the client's folder now, by their number and sizes.

    Documents that cannot be read, and links to elsewhere, were never kept; they are gaps.
    """
    kept = Counter(path.stat().st_size for name, path in files.items() if name.startswith(_KEPT))
    folder = root / reference
    if not kept and (not _is_a_name(reference) or folder.is_symlink() or not folder.is_dir()):
        return Check(name=_CHECK, subject=_KEPT, verdict=Verdict.NOT_CHECKED, reason="there is no folder of documents")
    there = Counter(_sizes(folder))
    faults = [
        *_fault("not_kept", (there - kept).total(), "lie in the folder and not in the copy"),
        *_fault("not_there", (kept - there).total(), "are in the copy and not, or not so, in the folder"),
    ]
    verdict = Verdict.WRONG if faults else Verdict.SOUND
    reason = "" if faults else f"{kept.total()} documents, as many and as large as lie in the folder"
    return Check(name=_CHECK, subject=_KEPT, verdict=verdict, faults=tuple(faults), reason=reason)


def _fault(code: str, count: int, message: str) -> Iterator[Fault]:
    if count:
        yield Fault(code=code, where=_KEPT, message=f"{count} documents {message}")


def _sizes(folder: Path) -> Iterator[int]:
    for path in _files(folder, []):
        try:
            with _opened(path) as file:
                yield os.fstat(file.fileno()).st_size
        except OSError:
            continue  # a gap already


def _retain(folder: Path, sink: Sink) -> int:
    kept = 0
    unreadable: list[OSError] = []
    for path in _files(folder, unreadable):
        name = f"{_KEPT}{path.relative_to(folder).as_posix()}"
        try:
            file = _opened(path)
        except OSError as error:
            unreadable.append(error)
            continue
        with file:
            sink.write(name, _chunks(file), source=name)
        kept += 1
    if unreadable:
        sink.gap(f"{len(unreadable)} of the client's documents could not be read, or are links to elsewhere.")
    if not kept:
        sink.gap("The client's folder of documents holds no file that could be kept.")
    return kept


def _files(folder: Path, unreadable: list[OSError]) -> Iterator[Path]:
    """Yield everything below ``folder`` that is no folder, always in the same order."""
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(set(folders) - set(links))
        yield from (Path(place, name) for name in sorted((*names, *links)))


def _opened(path: Path) -> IO[bytes]:
    """Open a regular file; a link, a pipe or a device is an ``OSError``, and none of them can make us wait."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError("not a file")
    return os.fdopen(number, "rb")


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    try:
        while chunk := file.read(_CHUNK):
            yield chunk
    except OSError as error:
        raise RetryableError(
            f"A document could not be read to its end: {error.strerror}.",
            remedy="See whether the folder of documents can be reached.",
        ) from None
