"""The program that reads a Dutch auditfile with pyxaf for ``xaf``: a path as its argument, one JSON answer.

It runs by itself, with limited memory and time, and imports nothing of this package: pyxaf is young, and its files come
from strangers. It says where things are and what pyxaf calls them, never what stands there: that may be personal.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

_LISTED = 100
_UNPACKED = 4 * 2**30


def main() -> None:
    """Answer once."""
    path, megabytes, seconds, what = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        answer = _header(path) if what == "header" else _findings(path) | _header(path)
    except MemoryError:
        answer = {"refused": "reading it takes too much memory"}
    except Exception as error:  # noqa: BLE001 -- whatever pyxaf raises means the same: it cannot judge this file
        answer = {"refused": _why(error)}
    sys.stdout.write(json.dumps(answer))


def _why(error: Exception) -> str:
    kind = type(error).__name__
    known = {
        "EncryptedAuditfileError": "it is encrypted, or packed by its program in a way of its own",
        "NotAnAuditfileError": "it is not recognised as any version of the auditfile",
    }
    return known.get(kind, f"pyxaf cannot read it ({kind})")


def _findings(path: Path) -> dict[str, Any]:
    """Validate; the official schemas are in pyxaf's own rules, so that no tree is built for them."""
    import pyxaf

    report = pyxaf.validate(path, max_findings_per_code=_LISTED, max_decompressed_size=_UNPACKED)
    errors = [found for found in report.findings if found.severity is pyxaf.Severity.ERROR]
    return {
        "errors": report.severity_counts.get(pyxaf.Severity.ERROR, 0),
        "warnings": report.severity_counts.get(pyxaf.Severity.WARNING, 0),
        "stats": dict(report.stats),
        "listed": [_finding(found, pyxaf.CODES[found.code].title) for found in errors[:_LISTED]],
    }


def _finding(found: Any, title: str) -> dict[str, Any]:
    # The figures of totals and balances are told; other messages may quote a name.
    told = found.message if found.code.startswith("XAF5") else title
    return {"code": found.code, "line": found.line, "path": found.path, "message": told, "rule": found.rule_ref}


def _header(path: Path) -> dict[str, Any]:
    import pyxaf

    answer: dict[str, Any] = {"version": None, "part": None}
    try:
        found = pyxaf.detect(path)
        answer |= {"version": found.version, "part": found.continuation}
        with pyxaf.open(path, max_decompressed_size=_UNPACKED) as auditfile:
            header = auditfile.header
            days = {"first": header.start_date, "last": header.end_date, "created": header.created}
            answer |= {name: str(day) for name, day in days.items() if day}
    except pyxaf.PyxafError:
        pass  # what is wrong with it is among the findings
    return answer


if __name__ == "__main__":
    main()
