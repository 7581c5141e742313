"""Whether the firm's copy of the history is complete and sound in itself: checked before its bag is published.

What is *wrong* keeps the gate shut until a new copy replaces it or a person accepts it in writing. What could not be
checked is said to be so. The whole of it lies in the bag as ``completeness.json``; findings hold no names of files.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import structlog

from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.checks import Check, Verdict, not_checked
from disengage.domain.findings import Finding, Severity
from disengage.engine.view import moment
from disengage.engine.workplace import Workplace
from disengage.errors import DisengageError
from disengage.store import Work
from disengage.vault import BagReceipt, BagWriter
from disengage.vault.checks import check_files

log = structlog.get_logger("disengage.engine")

#: How the codes of history's findings begin; the step's id follows.
WRONG = "history_wrong:"
GAP = "history_gap:"
NOT_CHECKED = "history_not_checked:"

#: The tag file of the bag.
TAG = "completeness.json"

_MOST_KINDS = 6
#: Checks whose faults are placed by names of files, which may be those of people.
_NAMED_BY_FILES = frozenset({"zip", "count"})


def check(workplace: Workplace, case: Case, step: Step, link: CaseLink, writer: BagWriter) -> tuple[Check, ...]:
    """Check what was written into a bag that is not yet published, and put the result into it."""
    files = writer.files()
    period = case.request.ending.period
    checks = (
        *check_files(files, period=period, stated=writer.stated_counts()),
        *_by_the_connector(workplace, case, step, link, files),
    )
    document = {
        "checked_at": moment(workplace.now()),
        "period": {"from": str(period.from_), "to": str(period.to)},
        "verdicts": counted(checks),
        "checks": [made.model_dump(mode="json") for made in checks],
    }
    writer.tag(TAG, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
    return checks


def _by_the_connector(
    workplace: Workplace, case: Case, step: Step, link: CaseLink, files: Mapping[str, Path]
) -> Sequence[Check]:
    """Return what the connector checks itself; one that fails has checked nothing, and ends nothing."""
    try:
        found: Sequence[Check] = workplace.call(
            step.connection,
            "check_history",
            link=link.link,
            request=case.effective,
            part=step.part,
            files=dict(files),
        )
    except DisengageError as error:
        log.warning("check_history_failed", case=case.id, step=step.id, kind=type(error).__name__)
        return (not_checked("connector", "the whole copy", f"the connector's own check failed: {error.message}"),)
    return found


def counted(checks: Iterable[Check]) -> dict[str, int]:
    """Return how many checks ended how, every verdict named."""
    found = Counter(str(made.verdict) for made in checks)
    return {str(verdict): found[str(verdict)] for verdict in Verdict}


def record(work: Work, case: Case, step_id: str, checks: Sequence[Check], bag: BagReceipt) -> Case:
    """Return the case with what was found in a step's new copy; findings of its earlier copies are replaced."""
    wrong = counted(checks)[Verdict.WRONG]
    if wrong:
        work.event("history_wrong", step=step_id, bag=bag.path, wrong=wrong)
    step = case.step(step_id)
    codes = {f"{code}{step_id}" for code in (WRONG, GAP, NOT_CHECKED)}
    kept = tuple(finding for finding in case.findings if finding.code not in codes)
    found = (*(_gap(step, gap) for gap in bag.gaps), *_of_checks(case, step, checks, bag.path))
    case = case.model_copy(update={"findings": (*kept, *found)})
    return case.with_step(step.model_copy(update={"checked": counted(checks)}))


def _of_checks(case: Case, step: Step, checks: Sequence[Check], bag: str) -> Iterable[Finding]:
    wrong = [made for made in checks if made.verdict is Verdict.WRONG]
    unchecked = [made for made in checks if made.verdict is Verdict.NOT_CHECKED]
    if wrong:
        yield Finding(
            code=f"{WRONG}{step.id}",
            severity=Severity.BLOCKER,
            connection=step.connection,
            message=f"{len(wrong)} of {len(checks)} checks found the firm's copy wrong: {_faults(wrong)}.",
            remedy=f"Read {TAG} in the bag {bag}. Have a new copy made with 'disengage retry {case.id} {step.id}', or "
            f"accept this one in writing with 'disengage accept {case.id} {WRONG}{step.id} --by WHO --reason TEXT'.",
        )
    if unchecked:
        yield Finding(
            code=f"{NOT_CHECKED}{step.id}",
            severity=Severity.NOTICE,
            connection=step.connection,
            message=f"{len(unchecked)} of {len(checks)} checks of the firm's copy could not be made: "
            f"{_kinds(f'{made.name}: {made.reason}' for made in unchecked)}.",
            remedy=f"Nothing has to be done. What is not checked is listed in {TAG} in the bag {bag}.",
        )


def _faults(wrong: Sequence[Check]) -> str:
    """Return the kinds of checks that found faults, and the first fault of each; names of files stay in the bag."""
    first = {made.name: _told(made) for made in reversed(wrong)}
    number = Counter(made.name for made in wrong)
    return _kinds(f"{name}: {first[name]}" for name in number for _ in range(number[name]))


def _told(made: Check) -> str:
    """Return the first fault of a check in words; a place that is a file's name stays in the bag."""
    if not made.faults:
        return "no fault is named"
    fault = made.faults[0]
    in_a_file = made.name not in _NAMED_BY_FILES and not fault.where.startswith("entry ")
    return f"{fault.message} ({fault.where})" if in_a_file and fault.where else fault.message


def _kinds(texts: Iterable[str]) -> str:
    """Return each different text once, with how often it was said, the most frequent first."""
    found = Counter(text.rstrip(".") for text in texts).most_common()
    named = [f"{text} ({count} times)" if count > 1 else text for text, count in found[:_MOST_KINDS]]
    return "; ".join([*named, f"and {len(found) - _MOST_KINDS} more kinds"] if len(found) > _MOST_KINDS else named)


def _gap(step: Step, gap: str) -> Finding:
    return Finding(
        code=f"{GAP}{step.id}",
        severity=Severity.WARNING,
        connection=step.connection,
        message=f"Not in the firm's copy: {gap}",
        remedy="Fetch it by hand while there is access, and keep it with the bag.",
    )
