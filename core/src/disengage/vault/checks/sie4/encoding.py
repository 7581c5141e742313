"""In which character set a SIE file is written: code page 437 by section 5.8, and in practice others as well.

The bytes that stand for the letters of Swedish tell them apart. A file in another set can still be read by whoever
knows it, so that is said, and nothing is called wrong: the programs of some vendors write no other.
"""

from __future__ import annotations

from collections import Counter

from disengage.domain.checks import Check, not_checked
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.sie4.heading import Heading
from disengage.vault.checks.sie4.records import Record

NAME = "sie4-encoding"

_LETTERS = "åäöÅÄÖéÉüÜ"
_SETS = {
    "code page 437": frozenset(_LETTERS.encode("cp437")),
    "ISO 8859-1 (Windows-1252)": frozenset(_LETTERS.encode("latin-1")),
    "Mac OS Roman": frozenset("åäöÅÄÖ".encode("mac-roman")),
}
_PC8 = "code page 437"
#: So large a part of the letters may look like another set's: codes and names come from other programs.
_STRAY = 0.05


class Encoding:
    """Counts, line by line, which set the letters beyond ASCII belong to."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self._letters: Counter[str] = Counter()
        self._first_stray: dict[str, int] = {}

    def take(self, record: Record) -> None:
        """Take one record of the file."""
        if record.raw.isascii():
            return
        for name, count in _counted(record.raw).items():
            self._letters[name] += count
            self._first_stray.setdefault(name, record.line)

    def check(self, heading: Heading) -> Check:
        """Return what the file is written in, against what it says."""
        said = f"#FORMAT {heading.format}" if heading.format else "no #FORMAT"
        if not self._letters:
            return Faults(NAME, self.subject).check(f"ASCII only, {said}")
        (most, count), *others = self._letters.most_common()
        stray = "".join(f"; line {self._first_stray[name]} has letters of {name}" for name, _ in others)
        if sum(number for _, number in others) > _STRAY * count:
            return not_checked(NAME, self.subject, f"the letters are not of one character set: mostly {most}{stray}")
        if most != _PC8 or heading.format.upper() not in ("PC8", ""):
            return not_checked(NAME, self.subject, f"written in {most}, not as its heading says ({said}){stray}")
        return Faults(NAME, self.subject).check(f"{most}, {said}{stray}")


def _counted(raw: bytes) -> Counter[str]:
    try:
        return Counter({"UTF-8": sum(byte >= 0xC0 for byte in raw.decode("utf-8").encode("utf-8"))})
    except UnicodeDecodeError:
        pass
    high = [byte for byte in raw if byte >= 0x80]
    found = {name: sum(byte in letters for byte in high) for name, letters in _SETS.items()}
    best = max(found, key=lambda name: found[name])
    return Counter({best: found[best]} if found[best] else {})
