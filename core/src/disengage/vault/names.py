"""Give every file of a bag a name that is safe on every filesystem, whatever the platform called it.

The rules: relative, ``/`` between at most six components; Unicode NFC; letters, digits, marks and a few harmless
signs, everything else becomes ``_``; no component begins or ends with a dot or a space, is a reserved name of
Windows or one that readers of bags take for something else than payload, or is longer than 120 bytes (with room for
a number, below every limit known, S3's 1024 for a whole key included); no two names differ by case or normal form
alone; no name is both a file and a folder.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from itertools import count

_LONGEST = 120
_LONGEST_ENDING = 16
_DEEPEST = 6
_HARMLESS = frozenset(" ._-()+,=@&'!")
_RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
    + [f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"]
)
#: A bag in the bag, and what an operating system leaves behind: readers of bags doubt or drop them.
_MISREAD = frozenset(["bagit.txt", "thumbs.db", "desktop.ini"])
_UNSAFE_IN_SLUG = re.compile(r"[^A-Za-z0-9._-]+")


class SafeNames:
    """The names of one bag: each is safe, and none is given twice."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._last: dict[tuple[str, bool], int] = {}

    def take(self, original: str) -> str:
        """Return the safe name for ``original``, and keep it taken."""
        *folders, file = safe_parts(original)
        here = ""
        for folder in folders:
            here = self._first(here + folder, is_folder=True)
            self._folders.add(_key(here))
            here += "/"
        name = self._first(here + file, is_folder=False)
        self._files.add(_key(name))
        return name

    def keep(self, name: str) -> None:
        """Take a name that ``take`` returned for an earlier run of the same bag."""
        *folders, _ = name.split("/")
        for depth in range(len(folders)):
            self._folders.add(_key("/".join(folders[: depth + 1])))
        self._files.add(_key(name))

    def give_back(self, name: str) -> None:
        """Forget a name that ``take`` returned: nothing was written under it."""
        self._files.discard(_key(name))
        self._last.clear()

    def _first(self, path: str, *, is_folder: bool) -> str:
        """Return ``path``, with the first number that makes it free for its use."""
        asked = (_key(path), is_folder)
        for number in count(self._last.get(asked, 1)):
            candidate = _numbered(path, number)
            if self._is_free(_key(candidate), is_folder):
                self._last[asked] = number
                return candidate
        raise AssertionError("numbers do not end")

    def _is_free(self, key: str, is_folder: bool) -> bool:
        return key not in self._files and (is_folder or key not in self._folders)


def safe_parts(original: str) -> list[str]:
    """Return the safe components of a path; those that lead nowhere or upwards are dropped."""
    given = re.split(r"[/\\]", original)
    parts = [safe_component(part) for part in given if part.strip(" .")]
    if len(parts) > _DEEPEST:
        parts = [*parts[: _DEEPEST - 1], parts[-1]]
    return parts or ["unnamed"]


@lru_cache(maxsize=1024)  # most of it are folders, the same for very many files
def safe_component(text: str) -> str:
    """Return one safe component of a path for ``text``."""
    plain = "".join(c if _is_harmless(c) else "_" for c in unicodedata.normalize("NFC", text))
    name = plain.strip(" .") or "unnamed"
    if name.split(".")[0].rstrip().upper() in _RESERVED or name.lower() in _MISREAD:
        name = f"_{name}"
    return _shortened(name, text)


def slug(text: str) -> str:
    """Return ``text`` as a short ASCII word for a folder of the vault."""
    return _shortened(safe_component(_UNSAFE_IN_SLUG.sub("-", text).strip("-.")), text, 64)


def _is_harmless(character: str) -> bool:
    return character in _HARMLESS or character.isalnum() or unicodedata.category(character) in ("Mn", "Mc", "Me")


def _shortened(name: str, original: str, longest: int = _LONGEST) -> str:
    if len(name.encode()) <= longest:
        return name
    stem, ending = _split(name)
    mark = hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    room = longest - len(f"-{mark}{ending}".encode())
    return f"{stem.encode()[:room].decode('utf-8', 'ignore').rstrip(' .')}-{mark}{ending}"


def _split(name: str) -> tuple[str, str]:
    """Split off a file ending, the dot included, where there is a short one."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem and len(ending.encode()) <= _LONGEST_ENDING else (name, "")


def _numbered(path: str, number: int) -> str:
    folder, slash, name = path.rpartition("/")
    stem, ending = _split(name)
    return path if number == 1 else f"{folder}{slash}{stem.rstrip(' .')}-{number}{ending}"


def _key(name: str) -> str:
    """Return what two names share when a filesystem may take them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
