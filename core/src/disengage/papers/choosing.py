"""Choose from a dossier what a paper may hold: everything for the firm itself, and little for everybody else."""

from __future__ import annotations

import re
from datetime import date

from disengage.domain.case import Step
from disengage.domain.checks import Verdict
from disengage.domain.lifecycle import CaseState, StepState
from disengage.domain.plan import ALREADY_SO
from disengage.domain.request import Language
from disengage.domain.verbs import Verb
from disengage.papers import sheets
from disengage.papers.dossier import Bag, BagFile, Dossier
from disengage.papers.sheets import BagLine, FileLine, Kind, Mark, Sheet, Standing, StepLine

#: Parts that are the firm's own matter; outside, the step is told of without its part.
_OWN_MATTERS = frozenset({"kyc"})
_VERSION = re.compile(r"-\d+$")


def sheet_for(
    dossier: Dossier,
    kind: Kind,
    language: Language,
    made_on: date,
    firm: sheets.FirmLine,
    *,
    internal: bool = False,
    facts: tuple[str, ...] = (),
) -> Sheet:
    """Return what a paper of this kind may hold.

    Args:
        dossier: Everything.
        kind: The kind.
        language: Its language.
        made_on: The day on which it is made.
        firm: The letterhead.
        internal: It stays inside the firm.
        facts: Paragraphs that the user gave for it.
    """
    case = dossier.case
    happened = dossier.happened
    return Sheet(
        kind=kind,
        language=language,
        internal=internal,
        case=case.id,
        standing=_standing(case.state),
        made_on=made_on,
        as_of=happened[-1].at if happened else None,
        firm=firm,
        client=_client(dossier),
        ending=_ending(dossier, made_on, internal=internal),
        steps=tuple(_step(dossier, step, number, internal) for number, step in enumerate(case.steps, 1)),
        bags=_bags(dossier, internal=internal),
        retention=_retention(dossier, internal=internal),
        log=_log(dossier),
        facts=facts,
        inside=_inside(dossier) if internal else None,
    )


def _standing(state: CaseState) -> Standing:
    if state is CaseState.CANCELLED:
        return Standing.CANCELLED
    return Standing.FINAL if state is CaseState.CLOSED else Standing.OPEN


def _client(dossier: Dossier) -> sheets.ClientLine:
    client = dossier.case.request.client
    return sheets.ClientLine(name=client.name, identifiers=tuple(sorted(client.identifiers.items())))


def _ending(dossier: Dossier, made_on: date, *, internal: bool) -> sheets.EndingLine:
    ending = dossier.case.request.ending
    return sheets.EndingLine(
        ends_on=ending.ends_on,
        notice_on=ending.notice_on,
        period_from=ending.period.from_,
        period_to=ending.period.to,
        financial_year_end=dossier.case.request.client.financial_year_end,
        successor=ending.successor.firm if ending.successor else "",
        reason=str(ending.reason) if internal or not ending.no_tipping_off else "",
        past=ending.ends_on < made_on,
    )


# --- steps --------------------------------------------------------------------------------------------------


def _step(dossier: Dossier, step: Step, number: int, internal: bool) -> StepLine:
    mark = _mark(dossier, step)
    line = StepLine(
        number=number,
        id=step.id,
        verb=str(step.verb),
        part=step.part if internal or step.part not in _OWN_MATTERS else "",
        scope=_scope(dossier, step),
        platform=_platform(dossier, step.connection),
        mark=mark,
        already=step.reason == ALREADY_SO,
        at=dossier.finished_at(step.id) if mark.over else None,
        due=None if mark.over else step.due,
        deadline=None if mark.over else _deadline(dossier, step),
        waits_for="" if mark.over else str(step.waits_for or ""),
        effects=tuple(map(str, step.effects)),
        quote=_quotable(dossier, step, mark),
    )
    return line.model_copy(update=_told_inside(dossier, step)) if internal else line


def _mark(dossier: Dossier, step: Step) -> Mark:
    if step.state is StepState.DONE:
        # A step that is done without any proof has nobody's word but ours: it is shown for the least.
        return Mark(str(step.proof)) if step.proof else Mark.STATED
    if step.state is StepState.SKIPPED:
        return Mark.LEFT_OUT if dossier.was_left_out(step.id) else Mark.NOT_NEEDED
    return Mark(str(step.state))


def _quotable(dossier: Dossier, step: Step, mark: Mark) -> str:
    """Return what program and connector wrote themselves; an outcome may hold words of a platform or a person."""
    if dossier.case.request.ending.no_tipping_off:
        return ""
    if mark is Mark.NOT_NEEDED and not step.attempts:
        return step.reason
    counted = mark is Mark.VERIFIED and step.verb is Verb.RETAIN_HISTORY and step.reason != ALREADY_SO
    return step.outcome if counted else ""


def _told_inside(dossier: Dossier, step: Step) -> dict[str, str]:
    about = [row for row in dossier.evidence if row.step == step.id and row.kind == "statement"]
    said = [row for row in about if "moved_to" not in row.detail]  # why its date was moved says nothing of its end
    reasons = [str(row.detail[key]) for row in said for key in ("reason", "declined") if row.detail.get(key)]
    quote = "" if step.reason == ALREADY_SO else step.outcome or step.reason
    return {"by": said[-1].by if said else "", "because": reasons[-1] if reasons else "", "quote": quote}


def _deadline(dossier: Dossier, step: Step) -> date | None:
    """Return the last day for the person at whom the step waits, else the step's own."""
    task = dossier.case.open_task(step.id)
    return (task.due if task else None) or step.deadline


def _platform(dossier: Dossier, connection: str) -> str:
    """Return the platform's own name, and the connection's where several of the case are on one platform."""
    connectors = {link.connection: link.connector for link in dossier.case.links}
    connector = connectors.get(connection, connection)
    name = dossier.platforms.get(connector, connector)
    several = sum(other == connector for other in connectors.values()) > 1
    return f"{name} ({connection})" if several else name


def _scope(dossier: Dossier, step: Step) -> str:
    return next((link.link.scope or "" for link in dossier.case.links if link.id == step.link), "")


# --- copies -------------------------------------------------------------------------------------------------


def _bags(dossier: Dossier, *, internal: bool) -> tuple[BagLine, ...]:
    """Return the copies of the history, each in its newest version; files that prove other steps stay inside."""
    histories = {step.id: step for step in dossier.case.steps if step.verb is Verb.RETAIN_HISTORY}
    newest = {_VERSION.sub("", bag.path): bag for bag in dossier.bags if internal or bag.step in histories}
    silent = dossier.case.request.ending.no_tipping_off and not internal
    return tuple(_bag(dossier, bag, number, silent, internal) for number, bag in enumerate(newest.values(), 1))


def _bag(dossier: Dossier, bag: Bag, number: int, silent: bool, internal: bool) -> BagLine:
    step = next((step for step in dossier.case.steps if step.id == bag.step), None)
    return BagLine(
        number=number,
        platform=_platform(dossier, step.connection) if step else "",
        scope=_scope(dossier, step) if step else "",
        part=step.part if step else "",
        at=bag.at,
        count=len(bag.files),
        size=bag.size,
        digest=bag.digest,
        verdict=_verdict(dossier, bag),
        files=tuple(_file(file, n) for n, file in enumerate(bag.files, 1)),
        gaps=() if silent else bag.gaps,
        missing=len(bag.gaps),
        readable=bag.readable,
        path=bag.path if internal else "",
    )


def _file(file: BagFile, number: int) -> FileLine:
    stored = "" if file.stored == file.name else file.stored
    return FileLine(number=number, name=file.name, stored=stored, size=file.size, sha256=file.sha256)


def _verdict(dossier: Dossier, bag: Bag) -> Verdict:
    """Return the weakest of what the checks said; a copy of which anything was not checked is not checked."""
    codes = {finding.code for finding in dossier.case.findings}
    verdicts = {check.verdict for check in bag.checks}
    if Verdict.WRONG in verdicts or f"history_wrong:{bag.step}" in codes:
        return Verdict.WRONG
    unchecked = not verdicts or Verdict.NOT_CHECKED in verdicts or f"history_not_checked:{bag.step}" in codes
    return Verdict.NOT_CHECKED if unchecked else Verdict.SOUND


def _retention(dossier: Dossier, *, internal: bool) -> tuple[sheets.RetentionLine, ...]:
    """Return until when copies are kept, where there are any; outside, the rules on the client's own documents only."""
    told = (line for line in dossier.retention if internal or (line.until and not line.own))
    lines = tuple(sheets.RetentionLine(**line.model_dump(exclude={"own"})) for line in told)
    return lines if dossier.bags else ()


# --- the record ---------------------------------------------------------------------------------------------


def _log(dossier: Dossier) -> sheets.LogLine | None:
    happened = dossier.happened
    if not happened:
        return None
    last = happened[-1]
    return sheets.LogLine(entries=len(happened), seq=last.seq, hash=last.hash, at=last.at)


def _inside(dossier: Dossier) -> sheets.Inside:
    case = dossier.case
    return sheets.Inside(
        no_tipping_off=case.request.ending.no_tipping_off,
        findings=tuple(
            sheets.FindingLine(
                severity=str(f.severity), code=f.code, connection=f.connection or "", message=f.message, remedy=f.remedy
            )
            for f in case.findings
        ),
        approvals=tuple((a.by, a.at) for a in case.approvals if a.plan_hash == case.plan_hash),
        gate=tuple(sorted(case.gate_opened.items())),
        tasks=tuple(
            sheets.TaskLine(id=t.id, title=t.title, state=str(t.state), by=t.by, note=t.note, values=t.values)
            for t in case.tasks
        ),
        evidence=tuple(
            sheets.EvidenceLine(step=row.step, kind=str(row.kind), at=row.at, by=row.by, digest=row.digest)
            for row in dossier.evidence
        ),
    )
