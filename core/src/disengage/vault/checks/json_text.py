"""Whether a JSON file can be read to its end; what it says, only its connector can judge."""

from __future__ import annotations

import json
from pathlib import Path

from disengage.domain.checks import Check, not_checked
from disengage.domain.request import Period
from disengage.vault.checks.faults import Faults

NAME = "json"

#: A larger document is not held in memory.
LARGEST = 64 * 2**20

_ONE_A_LINE = (".ndjson", ".jsonl")


def recognises(name: str, head: bytes) -> bool:  # noqa: ARG001 -- any text might begin as JSON does
    """Return whether the file is called JSON."""
    return name.lower().endswith((".json", *_ONE_A_LINE))


def check(path: Path, subject: str, period: Period) -> Check:  # noqa: ARG001 -- JSON has no dates of its own
    """Check one file."""
    faults = Faults(NAME, subject)
    try:
        if subject.lower().endswith(_ONE_A_LINE):
            return _line_by_line(path, faults)
        if path.stat().st_size > LARGEST:
            return not_checked(NAME, subject, f"it is larger than {LARGEST // 2**20} MB")
        _read(path.read_bytes(), "line 1", faults)
    except OSError as error:
        return not_checked(NAME, subject, f"it cannot be read: {error.strerror}")
    return faults.check("is valid JSON")


def _line_by_line(path: Path, faults: Faults) -> Check:
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LARGEST), b""), 1):
            if line.strip():
                _read(line, f"line {number}", faults)
    return faults.check("is valid JSON, line by line")


def _read(content: bytes, where: str, faults: Faults) -> None:
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}" if where == "line 1" else where
        faults.add("not_json", at, "the text is no JSON from here on")
    except (ValueError, RecursionError):
        faults.add("not_json", where, "the text is no JSON that can be read")
