"""Judge any BagIt bag, whoever made it: versions 0.93 to 1.0, after RFC 8493 and the drafts before it.

``verify`` proves our own bags against what was recorded; this one has nothing but the bag. Its verdicts are those of
the Library of Congress' conformance suite: *wrong* is what makes a bag invalid, *doubtful* what a careful reader
mentions about a valid one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from disengage.vault.bagtags import Declaration, Entry, InfoLine, TagError, declaration, entries, fetched, info, text
from disengage.vault.hashing import checksums
from disengage.vault.reach import InFolder

_MANIFEST = re.compile(r"(tag)?manifest-([A-Za-z0-9-]+)\.txt")
_ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
_WEAK = frozenset({"md5", "sha1"})
_OXUM = re.compile(r"(\d+)\.(\d+)")
#: From this version on every payload manifest lists every payload file.
_COMPLETE_SINCE = (1, 0)
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Judgement:
    """What was found.

    Attributes:
        wrong: What makes the bag invalid; empty where it is valid.
        doubtful: What is valid, and ought to be looked at.
    """

    wrong: tuple[str, ...]
    doubtful: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether the bag is complete and everything in it is what its manifests say."""
        return not self.wrong


def judge(folder: Path) -> Judgement:
    """Read a bag in a folder of this machine, every file once, and return what is wrong with it."""
    case = _Case(folder)
    try:
        case.hear()
    except (TagError, OSError) as error:
        case.wrong.append(str(error))
    return Judgement(tuple(dict.fromkeys(case.wrong)), tuple(dict.fromkeys(case.doubtful)))


class _Case:
    def __init__(self, folder: Path) -> None:
        self.folder, self.reach = folder, InFolder(folder)
        self.wrong: list[str] = []
        self.doubtful: list[str] = []
        self.sizes, strange = self.reach.sizes()
        self.wrong += [f"{name} is not a plain file" for name in strange]
        self.payload = {name for name in self.sizes if name.startswith("data/")}
        self.declared = Declaration((0, 0), "utf-8")
        self.composed = {unicodedata.normalize("NFC", name): name for name in sorted(self.sizes)}

    def hear(self) -> None:
        """Look at everything.

        Raises:
            TagError: Nothing more can be said.
        """
        self.declared, doubts = declaration(self._bytes("bagit.txt"))
        self.doubtful += doubts
        if not (self.folder / "data").is_dir():
            self.wrong.append("data is missing")
        payload, tags = self._manifests("manifest"), self._manifests("tagmanifest")
        if not payload:
            raise TagError("there is no payload manifest whose algorithm is known")
        for name in payload:
            self._is_complete(name, payload)
        self._fetch(payload)
        self._info()
        self._litter()
        self._digests([*payload.items(), *tags.items()])

    def _manifests(self, kind: str) -> dict[str, dict[str, str]]:
        """Return what the manifests of a kind list: manifest → name → digest."""
        found = {}
        for name in sorted(self.sizes):
            match = _MANIFEST.fullmatch(name)
            if match and bool(match[1]) == (kind == "tagmanifest"):
                if _plain(match[2]) in _ALGORITHMS:
                    found[name] = self._listed(name, is_tag=kind == "tagmanifest")
                else:
                    self.doubtful.append(f"{name} cannot be judged: its algorithm is not known")
                if _plain(match[2]) in _WEAK:
                    self.doubtful.append(f"{name} is of a weak algorithm")
        return found

    def _listed(self, manifest: str, *, is_tag: bool) -> dict[str, str]:
        listed: dict[str, str] = {}
        for entry in entries(self._text(manifest), self.declared.version):
            self._add(manifest, entry, listed, is_tag=is_tag)
        return listed

    def _add(self, manifest: str, entry: Entry, listed: dict[str, str], *, is_tag: bool) -> None:
        self.wrong += [f"{manifest}, line {entry.line}: {said}" for said in entry.wrong]
        self.doubtful += [f"{manifest}, line {entry.line}: {said}" for said in entry.doubtful]
        if entry.wrong:
            return
        if entry.name.startswith("data/") == is_tag:
            self.wrong.append(f"{manifest}, line {entry.line}: {entry.name} is not for this manifest")
        name = self._as_there(entry.name, manifest)
        if name in listed:
            again = "with another checksum" if listed[name] != entry.digest else "a second time"
            strict = self.declared.version >= _COMPLETE_SINCE or listed[name] != entry.digest
            (self.wrong if strict else self.doubtful).append(f"{manifest}: {name} is listed {again}")
        listed[name] = entry.digest

    def _as_there(self, name: str, manifest: str) -> str:
        """Return the name a file really has: filesystems compose and decompose letters as they like."""
        there = self.composed.get(unicodedata.normalize("NFC", name))
        if name in self.sizes or there is None:
            return name
        self.doubtful.append(f"{manifest}: {name} is there in another Unicode form")
        return there

    def _is_complete(self, manifest: str, manifests: dict[str, dict[str, str]]) -> None:
        """Compare a payload manifest with the files; before 1.0 one of several may list a file."""
        every = self.declared.version >= _COMPLETE_SINCE
        listed = manifests[manifest] if every else {name for one in manifests.values() for name in one}
        self.wrong += [f"{name} is in no line of {manifest}" for name in sorted(self.payload - set(listed))]

    def _fetch(self, manifests: dict[str, dict[str, str]]) -> None:
        if "fetch.txt" not in self.sizes:
            return
        for entry in fetched(self._text("fetch.txt"), self.declared.version):
            self.wrong += [f"fetch.txt, line {entry.line}: {said}" for said in entry.wrong]
            if not entry.wrong and not any(entry.name in listed for listed in manifests.values()):
                # A valid case of the suite, of version 0.97, fetches what it never lists.
                said = self.wrong if self.declared.version >= _COMPLETE_SINCE else self.doubtful
                said.append(f"fetch.txt, line {entry.line}: {entry.name} is in no manifest")

    def _info(self) -> None:
        """Judge ``bag-info.txt``; before 0.96 it was called ``package-info.txt``."""
        name = "bag-info.txt" if self.declared.version >= (0, 96) else "package-info.txt"
        lines = list(info(self._text(name))) if name in self.sizes else []
        self.wrong += [f"{name}, line {line.number}: it has no label" for line in lines if not line.label]
        stated = [line for line in lines if line.label.lower() == "payload-oxum"]
        for line in stated:
            self._oxum(name, line)

    def _oxum(self, name: str, line: InfoLine) -> None:
        match = _OXUM.fullmatch(line.value)
        counted = f"{sum(self.sizes[file] for file in self.payload)}.{len(self.payload)}"
        if match is None:
            self.wrong.append(f"{name}, line {line.number}: Payload-Oxum is not readable")
        elif line.value != counted:
            self.wrong.append(f"{name}: Payload-Oxum is {line.value}, the payload is {counted}")

    def _litter(self) -> None:
        for name in sorted(self.payload):
            if name.rpartition("/")[2].lower() in _LITTER:
                self.doubtful.append(f"{name} is an operating system's")
            if name.endswith("/bagit.txt"):
                self.doubtful.append(f"{name}: there is a bag in the bag")

    def _digests(self, manifests: Iterable[tuple[str, dict[str, str]]]) -> None:
        wanted: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for manifest, listed in manifests:
            match = _MANIFEST.fullmatch(manifest)
            assert match
            for name, digest in listed.items():
                if name in self.sizes:
                    wanted[name][_plain(match[2])] = digest
                else:
                    self.wrong.append(f"{name} is missing")
        for name, taken in checksums(self.reach, {name: tuple(given) for name, given in wanted.items()}).items():
            if isinstance(taken, OSError):
                self.wrong.append(f"{name} cannot be read")
            elif dict(taken) != wanted[name]:
                self.wrong.append(f"{name} is not what its manifest says")

    def _bytes(self, name: str) -> bytes:
        if name not in self.sizes:
            raise TagError(f"{name} is missing")
        return (self.folder / name).read_bytes()

    def _text(self, name: str) -> str:
        return text(self._bytes(name), self.declared.encoding, name)


def _plain(algorithm: str) -> str:
    """Return an algorithm's name as RFC 8493 compares it: lower case, letters and digits."""
    return re.sub(r"[^a-z0-9]", "", algorithm.lower())
