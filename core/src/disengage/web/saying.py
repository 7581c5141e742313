"""How a word of the domain is said to people."""

from __future__ import annotations

from dataclasses import dataclass


def N_(text: str) -> str:  # noqa: N802  # the name under which babel finds messages that are translated later
    """Return the text as it is; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Said:
    """How a word is said to people.

    Attributes:
        label: Two or three words, for a mark or a heading.
        title: One sentence that explains it; empty where the label says all.
    """

    label: str
    title: str = ""
