"""The tag files of a BagIt 1.0 bag, as text and back (RFC 8493)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from disengage import __version__
from disengage.vault.bag import BagIdentity, KeptFile, Stated
from disengage.vault.profile import PROFILE

#: Of every bag that is written; see docs/adr/0012.
ALGORITHM = "sha256"
SEAL = f"tagmanifest-{ALGORITHM}.txt"
MANIFEST = f"manifest-{ALGORITHM}.txt"
BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-fA-F]+)[ \t]+(\S.*)")
_OXUM = re.compile(r"^Payload-Oxum:\s*(\d+\.\d+)\s*$", re.MULTILINE)


def manifest(digests: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a manifest, name → digest: one line per file, in the order of names."""
    for name in sorted(digests):
        yield f"{digests[name]}  {name}\n".encode()


def read_manifest(text: str) -> tuple[dict[str, str], list[str]]:
    """Return what a manifest lists, name → digest, and the lines that are not readable or not the first."""
    listed: dict[str, str] = {}
    wrong = []
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in listed:
            wrong.append(f"line {number} {'names a file again' if match else 'is not readable'}")
        else:
            listed[match[2]] = match[1].lower()
    return listed, wrong


def inventory(kept: Iterable[KeptFile], gaps: Sequence[str], stated: Sequence[Stated]) -> Iterator[bytes]:
    """Yield ``inventory.json``, a line for every file: what the platform called it, whence and when it came."""
    before = '{\n  "files": ['
    for file in kept:
        yield f"{before}\n    {_text(file.as_json())}".encode("utf-8", "backslashreplace")
        before = ","
    said = [count.model_dump() for count in stated]
    rest = f'\n  ],\n  "gaps": {_text(gaps)},\n  "stated": {_text(said)}\n}}\n'
    yield (rest if before == "," else before + rest.lstrip()).encode("utf-8", "backslashreplace")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def oxum(sizes: Iterable[int]) -> str:
    """Return the Payload-Oxum: all bytes, a dot, the number of files."""
    counted = list(sizes)
    return f"{sum(counted)}.{len(counted)}"


def read_oxum(bag_info: str) -> str | None:
    """Return the Payload-Oxum that ``bag-info.txt`` states."""
    match = _OXUM.search(bag_info)
    return match[1] if match else None


def bag_info(identity: BagIdentity, payload_oxum: str, begun: datetime, now: datetime) -> str:
    """Return ``bag-info.txt``; what the caller knows about the bag never replaces our own lines."""
    own = {
        "BagIt-Profile-Identifier": PROFILE,
        "Bagging-Date": now.date().isoformat(),
        "Bag-Software-Agent": f"disengage {__version__}",
        "External-Identifier": f"{identity.case}/{identity.connection}/{identity.link_digest}/{identity.label}",
        "Bag-Group-Identifier": identity.case,
        "Disengage-Case": identity.case,
        "Disengage-Connection": identity.connection,
        "Disengage-Link": identity.link_digest,
        "Disengage-Begun": begun.isoformat(timespec="seconds"),
        "Disengage-Finished": now.isoformat(timespec="seconds"),
        "Payload-Oxum": payload_oxum,
    }
    about = {_label(key): identity.without_link(value) for key, value in identity.about.items() if value}
    return "".join(f"{key}: {_one_line(value)}\n" for key, value in (about | own).items())


def _label(text: str) -> str:
    return "-".join(re.findall(r"[A-Za-z0-9]+", text)).title() or "Note"


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
