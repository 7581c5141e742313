"""The JSON of ``disengage retention``; the same text for the same stored case on the same day."""

from __future__ import annotations

from datetime import date
from typing import Any

from disengage.domain.retention import ClassRetention, Deletion, Term
from disengage.domain.terms import DAY
from disengage.engine.destroyed import rule_json
from disengage.engine.destroying import NEEDED, Decision, standing_approvals
from disengage.engine.retention import BagRetention, CaseRetention, Due, today
from disengage.engine.view import moment
from disengage.engine.workplace import Workplace
from disengage.store import Destruction, LegalHold

DUTY = (
    "These rules must be checked by a professional. The duty to keep books stays with the client; what the vault keeps "
    "is the firm's own copy."
)


def case_json(workplace: Workplace, found: CaseRetention) -> dict[str, Any]:
    """Return until when everything of a case must be kept, and why."""
    on, facts = today(workplace), found.facts
    return {
        **_head(found),
        "state": str(workplace.store.case(found.id).state),
        "client_country": facts.client_country,
        "firm_country": facts.firm_country,
        "period": {"from": str(facts.period_from), "to": str(facts.period_to)},
        "financial_year_end": facts.financial_year_end,
        "ends_on": str(facts.relationship_end),
        "classes": [_class_json(kind) for kind in found.whole.classes],
        "must_be_deleted": [_deletion_json(deletion) for deletion in found.whole.deletions],
        "gaps": list(found.whole.gaps),
        "holds": [hold_json(hold) for hold in found.holds],
        "bags": [_bag_json(bag, on, held=bool(found.holds)) for bag in found.bags],
        "approvals": _people(standing_approvals(workplace, found)),
        "approvals_needed": NEEDED,
        "destroyed": [destruction_json(past) for past in workplace.store.disposal.destructions(found.id)],
        "says": DUTY,
    }


def due_json(found: Due) -> dict[str, Any]:
    """Return what is due on a day."""
    return {
        "on": str(found.on),
        "may_be_destroyed": [_due_json(case, found.on) for case in found.may_be_destroyed],
        "must_be_deleted": [
            {
                **_head(case),
                "data": [_deletion_json(deletion) for deletion in case.overdue(found.on)],
                "holds": [hold_json(hold) for hold in case.holds],
            }
            for case in found.must_be_deleted
        ],
        "on_hold": [{**_head(case), "holds": [hold_json(hold) for hold in case.holds]} for case in found.on_hold],
        "says": DUTY,
    }


def kept_json(found: CaseRetention) -> dict[str, Any]:
    """Return until when what is kept of a case must be kept, and why, in short."""
    last = _last(found)
    return {
        **_head(found),
        "rule": last.rule.id if last else None,
        "why": last.why if last else "",
        "bags": len(found.bags),
        "on_hold": bool(found.holds),
    }


def decision_json(decision: Decision) -> dict[str, Any]:
    """Return what an approval of destruction came to."""
    return {
        "case": decision.case,
        "bags_digest": decision.bags_digest,
        "bags": [{"bag": bag.bag.path, "digest": bag.bag.digest} for bag in decision.bags],
        "approvals": _people(decision.approvals),
        "approvals_needed": NEEDED,
        "destroyed": destruction_json(decision.destroyed) if decision.destroyed else None,
    }


def hold_json(hold: LegalHold) -> dict[str, Any]:
    """Return a legal hold that stands."""
    return {"number": hold.id, "since": moment(hold.at), "by": hold.by, "reason": hold.reason}


def destruction_json(past: Destruction) -> dict[str, Any]:
    """Return what was destroyed; ``finished_at`` is null while some of it is left."""
    return {
        "bags": list(past.bags),
        "begun_at": moment(past.at),
        "finished_at": moment(past.finished_at) if past.finished_at else None,
        "certificate": past.content.get("kept_as"),
    }


def _head(found: CaseRetention) -> dict[str, Any]:
    until = found.whole.until
    return {
        "case": found.id,
        "client": found.request.client.name,
        "until": _day(until),
        "destroy_from": _day(until + DAY if until else None),
    }


def _due_json(found: CaseRetention, on: date) -> dict[str, Any]:
    bags, last = found.destroyable(on), _last(found)
    return {
        **_head(found),
        "rule": last.rule.id if last else None,
        "why": last.why if last else "",
        "bags": [{"bag": bag.bag.path, "digest": bag.bag.digest, "until": _day(bag.until)} for bag in bags],
    }


def _last(found: CaseRetention) -> Term | None:
    """Return the term that ends last of all."""
    terms = [kind.decisive for kind in found.whole.classes if kind.decisive]
    return max(terms, key=lambda term: str(term.until), default=None)


def _class_json(kind: ClassRetention) -> dict[str, Any]:
    term = kind.decisive
    longer = dict.fromkeys(words for each in (*kind.terms, *kind.shorter) for words in each.rule.longer_if)
    return {
        "class": str(kind.document_class),
        "until": _day(kind.until),
        "why": term.why if term else "",
        "rule": rule_json(term.rule) if term else None,
        "years": [_term_json(each) for each in kind.terms],
        "shorter": [_term_json(each) for each in kind.shorter],
        "open": [{**_term_json(each), "rule": rule_json(each.rule)} for each in kind.open],
        "longer_if": list(longer),
    }


def _term_json(term: Term) -> dict[str, Any]:
    return {"year_end": _day(term.year_end), "until": _day(term.until), "rule": term.rule.id, "why": term.why}


def _deletion_json(deletion: Deletion) -> dict[str, Any]:
    held = deletion.held_by
    return {
        "class": str(deletion.term.rule.document_class),
        "from": str(deletion.from_),
        "why": deletion.term.why,
        "rule": rule_json(deletion.term.rule),
        "held_by": {"rule": held.rule.id, "until": _day(held.until), "why": held.why} if held else None,
    }


def _bag_json(bag: BagRetention, on: date, *, held: bool) -> dict[str, Any]:
    return {
        "bag": bag.bag.path,
        "digest": bag.bag.digest,
        "step": bag.bag.step,
        "classes": [str(kind) for kind in bag.classes],
        "until": _day(bag.until),
        "may_be_destroyed": bag.may_be_destroyed(on) and not held,
    }


def _people(approvals: tuple[Any, ...]) -> list[dict[str, str]]:
    return [{"by": approval.by, "at": moment(approval.at)} for approval in approvals]


def _day(day: date | None) -> str | None:
    return str(day) if day else None
