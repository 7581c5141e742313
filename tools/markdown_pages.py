"""The pieces of a generated page: a table, a docstring as Markdown, a whole page."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any

import disengage

_NOTE = "<!-- Written by `make docs` from the code. Change the code, then run it again. -->"
#: What docstrings say of the project's contract → where these pages say it.
_LINKS = {
    "the JSON of contract section 4": "[a case's JSON](json.md)",
    "by the rule of the contract (section 2)": "by [the rule](../explanation/observed-and-wanted.md#when)",
}


def page(title: str, audience: str, *parts: str) -> str:
    """Return a page: what it is, for whom, and its parts."""
    return "\n\n".join([_NOTE, f"# {title}", audience, *(part.strip("\n") for part in parts if part)]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def doc(thing: Any) -> tuple[str, list[tuple[str, str]]]:
    """Return a docstring's prose, in Markdown, and its ``Attributes`` or ``Args`` as pairs."""
    text = (inspect.getdoc(thing) or "").replace("``", "`")
    for words, link in _LINKS.items():
        text = text.replace(words, link)
    prose, _, listed = re.split(r"\n(Attributes|Args):\n", text, maxsplit=1) if _has_list(text) else (text, "", "")
    pairs = re.findall(r"^    (\w+): (.*(?:\n {5,}.*)*)", listed, flags=re.MULTILINE)
    return prose.strip(), [(name, " ".join(words.split())) for name, words in pairs]


def _has_list(text: str) -> bool:
    return re.search(r"\n(Attributes|Args):\n", text) is not None


def described(thing: type, level: str = "###") -> str:
    """Return a class as a section: where it is imported from, its prose, and a table of its fields."""
    prose, pairs = doc(thing)
    fields = table(("Field", "Meaning"), ((f"`{name}`", words) for name, words in pairs)) if pairs else ""
    home = "disengage" if thing.__name__ in disengage.__all__ else thing.__module__
    imported = f"```python\nfrom {home} import {thing.__name__}\n```"
    return "\n\n".join(filter(None, (f"{level} `{thing.__name__}`", imported, prose, fields)))
