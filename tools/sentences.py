"""What the engine and the connectors say in English, collected so that pages can say it in other words.

Nothing is marked in the code that speaks: a sentence is any text of several words in one of the modules that are heard
on pages, and whatever is given as a ``label``, with ``{0}``, ``{1}`` … where values stand in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core" / "src" / "disengage"
#: The folders whose sentences are kept together, beside the code that says them, and where in them sentences are.
HOUSES: dict[Path, tuple[str, ...]] = {
    CORE: ("*.py", "domain/*.py", "engine/*.py", "http/*.py", "papers/*.py", "store/*.py", "vault/**/*.py"),
    **dict.fromkeys(sorted(ROOT.glob("plugins/*/src/disengage_*")), ("*.py",)),
}
#: What is heard elsewhere only: on a terminal, by developers, in files and letters; and the platform's own words.
_ELSEWHERE = re.compile(
    r"/(settings|initialising|sections|pluginrules|hookspecs|keys|opening|migrating|sealing|database|locking|tagged"
    r"|export|check_chain|capabilities|destroyed|digest|retentiondigest|handoverpack|durable|notice|duties|daemon"
    r"|rulebook|bagtags|judge|site|tagfiles|journal|names|domain/manifest|simul\w*|fiction\w*|sources|tickets|wire"
    r"|wording|tables|records)\.py$|/disengage_notifications/|/disengage/__init__\.py$"
)
#: What a person is to do on a platform is told in the platform's own words, with English beside them.
_PLATFORMS_OWN = ("steps", "steps_en", "source")
_SEVERAL_WORDS = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]{2,}")
#: What stands in code for programs: patterns, queries, lists of names.
_FOR_PROGRAMS = re.compile(
    r"\(\?|\\[wds]|\b(SELECT|CREATE|PRAGMA|RAISE|TEXT NOT)\b|^Content-|^query |^name companyNumber|%[YmdHMSs]|^[*@<]"
    r"|^(\w*[A-Z]\w* ?)+$"
)
_HOLE = re.compile(r"\{\w*\}")


def sentences(folder: Path) -> list[str]:
    """Return every sentence that is said below a folder of ``HOUSES``, once, in alphabetical order."""
    files = {file for pattern in HOUSES[folder] for file in folder.glob(pattern)}
    heard = (file for file in files if not _ELSEWHERE.search(file.as_posix()))
    return sorted({said for file in heard for said in _said(file)})


def _said(file: Path) -> Iterator[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    platforms_own = _PLATFORMS_OWN if file.name.startswith("manual") else ()
    silent = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            silent |= {id(part) for part in ast.walk(node) if part is not node}
        if isinstance(node, ast.keyword) and node.arg in platforms_own:
            silent |= {id(part) for part in ast.walk(node)}
    labels = {id(node.value) for node in nodes if isinstance(node, ast.keyword) and node.arg == "label"}
    for node in nodes:
        text = "" if id(node) in silent else _text(node)
        several = len(text.split()) > 2 and _SEVERAL_WORDS.search(text) and not _FOR_PROGRAMS.search(text)
        if text and (several or id(node) in labels):
            numbers = count()
            yield _HOLE.sub(lambda _: f"{{{next(numbers)}}}", text).strip()  # noqa: B023 -- used at once


def _text(node: ast.AST) -> str:
    """Return a text, with ``{}`` where values stand in it; empty for everything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""
