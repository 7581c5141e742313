"""The Dutch auditfile (XAF 2 to 4.0, and the older ADF) by pyxaf 0.2.0, its errors told with its codes and lines.

pyxaf calls itself alpha. It works in a process of its own, with limited memory and time; whatever becomes of that
process, the outcome is a check that was not made, with the reason. Its warnings and notes are counted only.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from disengage.domain.checks import Check, Fault, Verdict, not_checked
from disengage.domain.request import Period
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.spans import Span

NAME = "xaf"
PERIOD = "xaf-period"

#: The largest file taken, and what the process may take for it: megabytes of memory, seconds of computing.
LARGEST = 4 * 2**30
MEMORY = 1024
SECONDS = 1800

_READER = Path(__file__).with_name("xaf_reader.py")
_MARK = re.compile(rb"<(?:[\w.-]+:)?auditfile[\s>]|^\s*CLAIR1\.00")
_NAMES = re.compile(r".*\.(?:xaf|xac|adf)(?:\.gz)?", re.IGNORECASE)
# Notice of 2026-04-22, https://balticassist.com/netherlands-xaf-4-0-2027-deadline/ (read 2026-11-22); another page
# says 2026. It is about what the tax administration takes, not about whether the books in the file are whole.
_DUTY = "from 2027-01-01 the tax administration is said to take version 4.0 only"


def recognises(name: str, head: bytes) -> bool:
    """Return whether a file begins as an auditfile does, or is called one."""
    return _MARK.search(head.replace(b"\0", b"")) is not None or _NAMES.fullmatch(name) is not None


def check(path: Path, subject: str, period: Period) -> tuple[Check, ...]:
    """Check one file; never raise."""
    found = _read(path, "all")
    if "refused" in found:
        return (not_checked(NAME, subject, found["refused"]),)
    return (_judged(subject, found), _of_period(subject, found, period))


def covers(path: Path) -> Sequence[Span]:
    """Return the days that the file's header names."""
    found = _read(path, "header")
    first, last, created = (_day(found.get(name)) for name in ("first", "last", "created"))
    return (Span(first, last, created),) if first and last else ()


def _judged(subject: str, found: Mapping[str, Any]) -> Check:
    stats, version = found["stats"], found["version"]
    told = [
        f"version {version or 'unknown'}",
        f"{stats.get('transactions', 0)} transactions with {stats.get('lines', 0)} lines",
        *([f"{found['warnings']} warnings of pyxaf are not told"] if found["warnings"] else []),
        *([f"part {found['part'][0]} of {found['part'][1]}"] if found["part"] else []),
        *([_DUTY] if version and version != "4.0" else []),
    ]
    return Check(
        name=NAME,
        subject=subject,
        verdict=Verdict.WRONG if found["errors"] else Verdict.SOUND,
        faults=tuple(_fault(one) for one in found["listed"]),
        more=max(0, found["errors"] - len(found["listed"])),
        reason="; ".join(told),
    )


def _fault(found: Mapping[str, Any]) -> Fault:
    places = [f"line {found['line']}"] if found["line"] else []
    places += [found["path"][-200:]] if found["path"] else []
    rule = f" (rule {found['rule']})" if found["rule"] else ""
    return Fault(code=found["code"].lower(), where=", ".join(places) or "the file", message=found["message"] + rule)


def _of_period(subject: str, found: Mapping[str, Any], period: Period) -> Check:
    first, last, created = (_day(found.get(name)) for name in ("first", "last", "created"))
    if first is None or last is None:
        return not_checked(PERIOD, subject, "the header does not say which period the file covers")
    faults = Faults(PERIOD, subject)
    end = min(last, period.to)
    if last < period.from_ or first > period.to:
        message = f"it covers {first} to {last}, nothing of {period.from_} to {period.to}"
        faults.add("period", "header", message)
    elif created is not None and created < end:
        faults.add("created", "header", f"it was made on {created}, before the period it is to cover ended on {end}")
    return faults.check(f"covers {first} to {last}, of {period.from_} to {period.to}")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _read(path: Path, what: str) -> dict[str, Any]:
    """Return the reader's answer, or why there is none under ``refused``."""
    try:
        if path.stat().st_size > LARGEST:
            return {"refused": f"it is larger than {LARGEST // 2**30} GB"}
        answer = subprocess.run(  # noqa: S603 -- this Python, with a file of this package
            [sys.executable, "-I", str(_READER), str(path.absolute()), str(MEMORY), str(SECONDS), what],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        found: dict[str, Any] = json.loads(answer.stdout)
    except subprocess.TimeoutExpired:
        return {"refused": "reading it took too long and was stopped"}
    except OSError as error:
        return {"refused": f"it cannot be read: {error.strerror}"}
    except ValueError:
        return {"refused": "the program that reads it gave up"}
    return found
