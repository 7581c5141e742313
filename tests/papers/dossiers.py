"""Dossiers for papers: one of everyday, one of everything, one with a mark in every text that somebody wrote."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from disengage.connector import Firm
from disengage.domain.case import Approval, Case, Step, Task, TaskKind, TaskState
from disengage.domain.checks import Check, Verdict
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import StepState, WaitsFor
from disengage.domain.plan import ALREADY_SO
from disengage.domain.proposal import Link
from disengage.domain.verbs import Mode, Verb
from disengage.papers.dossier import Bag, BagFile, Dossier, Retention
from disengage.store import EventRecord
from disengage.store.proofs import EvidenceKind, EvidenceRow

from tests.builders import a_link, a_request, a_step

FIRM = Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo")
PLATFORMS = {"poweroffice": "PowerOffice Go", "banqup": "Banqup", "spiris": "Spiris", "clearfacts": "ClearFacts"}
BEGAN = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
MADE_ON = date(2027, 1, 20)


def an_event(seq: int, kind: str, step: Step | None = None, **payload: Any) -> EventRecord:
    return EventRecord(
        seq=seq, case="c-nordlys000", at=BEGAN + timedelta(minutes=17 * seq), kind=kind, actor="disengage",
        payload={**({"step": step.id} if step else {}), **payload}, previous=f"{seq - 1:064x}", hash=f"{seq:064x}",
    )  # fmt: skip


def evidence_of(number: int, step: Step, kind: EvidenceKind, by: str = "disengage", **detail: Any) -> EvidenceRow:
    return EvidenceRow(
        id=number, step=step.id, kind=kind, at=BEGAN + timedelta(minutes=number), by=by, detail=detail,
        digest=f"hmac-sha256:{number:064x}",
    )  # fmt: skip


def a_bag(step: Step, count: int = 3, **changes: Any) -> Bag:
    files = tuple(
        BagFile(name=f"{2024 + n % 3}/ledger-{n:04d}.csv", stored=f"{2024 + n % 3}/ledger-{n:04d}.csv",
                size=1_204_311 * (n + 1), sha256=f"{n * 7919 + 1:064x}")
        for n in range(count)
    )  # fmt: skip
    fields: dict[str, Any] = {
        "path": f"c-nordlys000/{step.connection}/{step.id}-1", "step": step.id, "at": BEGAN, "by": "disengage",
        "digest": f"{count:064x}", "files": files,
        "checks": (Check(name="sie4", subject="a.se", verdict=Verdict.SOUND, reason="412 vouchers balance"),),
    }  # fmt: skip
    return Bag(**fields | changes)


def done(step: Step, proof: Proof, **changes: Any) -> Step:
    return step.model_copy(update={"state": StepState.DONE, "proof": proof, "attempts": 1, **changes})


def a_dossier(*, steps: int = 0, closed: bool = False, **changes: Any) -> Dossier:
    """Return a case with steps of every standing; ``steps`` of them more, all verified."""
    go, bank = a_link(), a_link("banqup", connector="banqup")
    payroll = a_link("spiris", "payroll", connector="spiris", link=Link(ref="5566", scope="payroll", name="X"))
    kept = done(a_step(Verb.RETAIN_HISTORY, go), Proof.VERIFIED, outcome="3 files kept, every checksum verified")
    kept_too = done(a_step(Verb.RETAIN_HISTORY, payroll, "backup", mode=Mode.BY_HAND), Proof.STATED)
    handed = done(a_step(Verb.TRANSFER_ADMIN, go, "subscription"), Proof.VERIFIED, outcome="the platform shows it")
    removed = done(a_step(Verb.REMOVE_EXTENSIONS, bank), Proof.RECEIPT, outcome="OK-7781")
    billed = a_step(Verb.SETTLE_BILLING, go, mode=Mode.NOT_NEEDED, state=StepState.SKIPPED,
                    reason="The client keeps its subscription.")  # fmt: skip
    already = done(a_step(Verb.SEVER_LINK, bank), Proof.VERIFIED, reason=ALREADY_SO, outcome=ALREADY_SO, attempts=0)
    left = a_step(Verb.ARCHIVE, bank, state=StepState.SKIPPED, outcome="skipped by Ola")
    ended = a_step(Verb.END_ACCESS, go, due=date(2027, 1, 15), state=StepState.WAITING, waits_for=WaitsFor.DATE)
    severed = a_step(Verb.SEVER_LINK, payroll, mode=Mode.BY_HAND, state=StepState.WAITING, waits_for=WaitsFor.PERSON,
                     effects=(Effect.IRREVERSIBLE, Effect.DESTROYS_DATA))  # fmt: skip
    cut = a_step(Verb.SEVER_LINK, go, due=date(2027, 1, 16))
    if closed:
        ended, severed, cut = (done(step, Proof.VERIFIED) for step in (ended, severed, cut))
    many = tuple(
        done(a_step(Verb.REMOVE_EXTENSIONS, go, f"integration {n}"), Proof.VERIFIED, outcome="") for n in range(steps)
    )
    every = (kept, kept_too, handed, removed, billed, already, left, *many, ended, severed, cut)
    task = Task(id="c-nordlys000-1", step=severed.id, connection="spiris", title="End the collaboration",
                due=date(2027, 1, 22))  # fmt: skip
    case = Case(id="c-nordlys000", request=a_request(), links=(go, bank, payroll), steps=every,
                tasks=() if closed else (task,), plan_hash="sha256:1")  # fmt: skip
    case = case.model_copy(update={"approvals": (Approval(by="Ola", at=BEGAN, plan_hash="sha256:1"),)})
    ends = {StepState.DONE: "done", StepState.SKIPPED: "skipped"}
    over = [s for s in every if s.state in ends and s.mode is not Mode.NOT_NEEDED and s.reason != ALREADY_SO]
    events = [an_event(1, "case_opened"), an_event(2, "planned"), an_event(3, "approved")]
    events += [an_event(n, ends[s.state], s) for n, s in enumerate(over, 4)]
    fields: dict[str, Any] = {
        "firm": FIRM, "case": case, "platforms": PLATFORMS, "events": tuple(events),
        "bags": (a_bag(kept), a_bag(kept_too, 1, checks=(), by="Kari", gaps=("The voucher images were not given.",))),
        "evidence": (
            evidence_of(1, kept, EvidenceKind.FILE, bag="p", digest="d"),
            evidence_of(2, kept_too, EvidenceKind.STATEMENT, "Kari", task="t", note="sent by post"),
            evidence_of(3, left, EvidenceKind.STATEMENT, "Ola", reason="The bank has closed the account."),
        ),
    }  # fmt: skip
    return Dossier(**fields | changes)


def with_request(dossier: Dossier, **tables: Any) -> Dossier:
    return dossier.model_copy(update={"case": dossier.case.model_copy(update={"request": a_request(**tables)})})


MARK = "Zxqv"


def a_marked_dossier() -> Dossier:
    """Return a case under no tipping-off with a mark in every text that a person, a platform or a check wrote."""
    dossier = with_request(
        a_dossier(), ending={"reason": "firm-resigned", "no_tipping_off": True},
        administrator={"name": f"{MARK} administrator", "email": f"{MARK}@nordlys.example"},
        options={"go": {"note": f"{MARK} option"}},
    )  # fmt: skip
    case = dossier.case
    links = tuple(
        link.model_copy(update={"link": link.link.model_copy(update={"ref": f"{MARK}-ref", "name": f"{MARK} name"})})
        for link in case.links
    )
    steps = tuple(_marked(step) for step in case.steps)
    tasks = (
        Task(id="c-nordlys000-1", step=steps[-2].id, connection="spiris", kind=TaskKind.DO, title=f"{MARK} title",
             instructions=f"{MARK} instructions", by=f"{MARK} who", note=f"{MARK} note", due=date(2027, 1, 22),
             values={"seen": f"{MARK} value"}, about=f"{MARK} about"),
        Task(id="c-nordlys000-2", step=steps[0].id, connection="go", title=f"{MARK} title", state=TaskState.DECLINED,
             by=f"{MARK} who", note=f"{MARK} reason"),
    )  # fmt: skip
    findings = tuple(
        Finding(code=f"{code}:{steps[0].id}", severity=severity, message=f"{MARK} message", remedy=f"{MARK} remedy",
                connection="go", source=f"https://example.org/{MARK}")
        for code, severity in (("history_gap", Severity.WARNING), ("history_not_checked", Severity.NOTICE))
    )  # fmt: skip
    evidence = tuple(
        row.model_copy(update={"by": f"{MARK} who", "detail": {"reason": f"{MARK} why", "note": f"{MARK}"}})
        for row in dossier.evidence
    )
    changes = {"links": links, "steps": steps, "tasks": tasks, "findings": findings,
               "approvals": (Approval(by=f"{MARK} approver", at=BEGAN, plan_hash="sha256:1"),),
               "shut_because": (f"{MARK} shut",), "gate_opened": {"go": BEGAN}}  # fmt: skip
    return dossier.model_copy(
        update={
            "case": case.model_copy(update=changes),
            "evidence": evidence,
            "events": tuple(_marked_event(event) for event in dossier.events),
            "bags": tuple(
                bag.model_copy(update={"gaps": (f"{MARK} gap",), "by": f"{MARK} who"}) for bag in dossier.bags
            ),
        }
    )


def _marked(step: Step) -> Step:
    reason = step.reason if step.reason == ALREADY_SO else f"{MARK} step reason"
    return step.model_copy(update={"outcome": f"{MARK} outcome", "reason": reason})


def _marked_event(event: EventRecord) -> EventRecord:
    return event.model_copy(update={"actor": f"{MARK} actor", "payload": {**event.payload, "outcome": f"{MARK} said"}})


RETENTION = (
    Retention(what="books", until=date(2031, 12, 31), rule="bokføringsloven § 13"),
    Retention(what="vouchers", until=date(2030, 6, 30), rule="bokføringsloven § 13", verified=True),
    Retention(what="real_estate", until=None, rule="merverdiavgiftsloven"),
    Retention(what="identity", until=date(2032, 1, 1), rule="hvitvaskingsloven § 30", own=True),
)
