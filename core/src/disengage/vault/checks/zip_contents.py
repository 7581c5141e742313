"""How large the table of contents of a ZIP archive is, before anybody reads it into memory.

By sections 4.3.14 to 4.3.16 of the APPNOTE (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT): the archive
ends with a record that says how many entries there are and how long their table is; large archives say it in a second
record, which a locator just before the first one points to.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import BinaryIO

#: Larger tables of contents are not read.
MOST_ENTRIES = 200_000
MOST_BYTES = 64 * 2**20

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 65535


def too_large_to_list(path: Path) -> str:
    """Return why the table of contents is not read; empty where it may be, or where there is none to be found.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        entries, length = _stated(file)
    if entries > MOST_ENTRIES or length > MOST_BYTES:
        return f"its table of contents is too long to be read ({entries} entries)"
    return ""


def _stated(file: BinaryIO) -> tuple[int, int]:
    size = file.seek(0, io.SEEK_END)
    begin = max(0, size - _LONGEST_COMMENT - _END.size)
    file.seek(begin)
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + _END.size > len(tail):
        return 0, 0
    _, _, _, _, entries, length, _, _ = _END.unpack_from(tail, place)
    large = _stated_in_zip64(file, begin + place)
    return max(entries, large[0]), max(length if length != 0xFFFFFFFF else 0, large[1])


def _stated_in_zip64(file: BinaryIO, end: int) -> tuple[int, int]:
    if end < _END64_LOCATOR.size:
        return 0, 0
    file.seek(end - _END64_LOCATOR.size)
    mark, _, place, _ = _END64_LOCATOR.unpack(file.read(_END64_LOCATOR.size))
    if mark != b"PK\x06\x07" or place > end:
        return 0, 0
    file.seek(place)
    record = file.read(_END64.size)
    if len(record) < _END64.size or not record.startswith(b"PK\x06\x06"):
        return 0, 0
    *_, entries, length, _ = _END64.unpack(record)
    return entries, length
