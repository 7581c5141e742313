"""Characters that print as nothing, as something else, or not at all, made visible."""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from importlib.resources import files

from markupsafe import Markup

FONTS = files("disengage.papers") / "fonts"
#: The faces that data is set in; the italic one has fewer characters, and holds words of ours only.
_FACES = ("SourceSansPro-Regular.ttf", "SourceSansPro-Bold.ttf")
_PLAIN = frozenset("\n\t")
#: Control, format (the ones that turn the direction of a file's name around), surrogate, private, unassigned.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """Return ``text`` with every character that cannot be seen as its Unicode number; markup stays markup."""
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(_code(c) if _is_hidden(c) else c for c in unicodedata.normalize("NFC", text))
    return Markup(shown) if isinstance(text, Markup) else shown  # noqa: S704 -- as safe as it was


def lacking(text: str) -> frozenset[str]:
    """Return the characters of ``text`` that the bundled typeface does not have."""
    return frozenset(c for c in set(text) - _PLAIN if ord(c) not in _covered())


def spelled_out(text: str, characters: frozenset[str]) -> str:
    """Return ``text`` with each of ``characters`` as its Unicode number."""
    return text.translate({ord(c): _code(c) for c in characters})


def _is_hidden(character: str) -> bool:
    return character not in _PLAIN and unicodedata.category(character) in _HIDDEN


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"


@cache
def _covered() -> frozenset[int]:
    faces = (_characters_of((FONTS / name).read_bytes()) for name in _FACES)
    return frozenset.intersection(*faces)


def _characters_of(font: bytes) -> frozenset[int]:
    """Return what a TrueType font maps to a glyph: its ``cmap`` subtable of format 12, else that of format 4."""
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(tables))
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    offsets = {start + struct.unpack_from(">HHI", font, start + 4 + 8 * n)[2] for n in range(count)}
    by_format = {struct.unpack_from(">H", font, offset)[0]: offset for offset in offsets}
    return _format_12(font, by_format[12]) if 12 in by_format else _format_4(font, by_format[4])


def _format_12(font: bytes, at: int) -> frozenset[int]:
    (groups,) = struct.unpack_from(">I", font, at + 12)
    spans = (struct.unpack_from(">III", font, at + 16 + 12 * n) for n in range(groups))
    return frozenset(code for first, last, glyph in spans if glyph for code in range(first, last + 1))


def _format_4(font: bytes, at: int) -> frozenset[int]:
    segments = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{segments}H", font, at + 14)
    starts = struct.unpack_from(f">{segments}H", font, at + 16 + 2 * segments)
    return frozenset(
        code for first, last in zip(starts, ends, strict=True) for code in range(first, last + 1) if code != 0xFFFF
    )
