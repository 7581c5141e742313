"""The JSON of docs/reference/json.md, and nothing else; the same text for the same stored case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from disengage.domain.case import Case, CaseLink, Step, Task
from disengage.domain.state import LinkState


def moment(when: datetime) -> str:
    """Return a moment as RFC 3339 in UTC."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def case_json(case: Case) -> dict[str, Any]:
    """Return a whole case."""
    client = case.request.client
    return {
        "case": case.id,
        "state": str(case.state),
        "kind": case.request.kind,
        "asked_by": case.asked_by,
        "client": {"name": client.name, "country": client.country, "identifiers": client.identifiers},
        "ends_on": str(case.request.ending.ends_on),
        "plan": {
            "hash": case.plan_hash,
            "approvals": [{"by": a.by, "at": moment(a.at)} for a in case.approvals if a.plan_hash == case.plan_hash],
            "needed": case.needed,
            "fresh": case.fresh,
        },
        "gate": {
            "open": sorted(case.gate_opened),
            "shut_because": list(case.shut_because),
        },
        "findings": [finding.model_dump(mode="json") for finding in case.findings],
        "links": [link_json(link) for link in case.links],
        "steps": [step_json(step) for step in case.steps],
        "tasks": [task_json(task) for task in case.tasks],
    }


def link_json(link: CaseLink) -> dict[str, Any]:
    """Return one link with what was observed and what is wanted."""
    return {
        "connection": link.connection,
        "connector": link.connector,
        "link": link.id,
        "scope": link.link.scope,
        "reference": link.link.ref,
        "confirmed": link.link.confirmed,
        "observed": _state_json(link.observed),
        "wanted": _state_json(link.wanted),
    }


def _state_json(state: LinkState) -> dict[str, Any]:
    return state.model_dump(mode="json", exclude_none=True)


def step_json(step: Step) -> dict[str, Any]:
    """Return one step."""
    return {
        "id": step.id,
        "connection": step.connection,
        "link": step.link,
        "verb": str(step.verb),
        "part": step.part,
        "mode": str(step.mode),
        "reason": step.reason,
        "state": str(step.state),
        "waits_for": str(step.waits_for) if step.waits_for else None,
        "due": str(step.due) if step.due else None,
        "effects": [str(effect) for effect in step.effects],
        "changes": [change.model_dump(mode="json") for change in step.changes],
        "after": list(step.after),
        "attempts": step.attempts,
        "proof": str(step.proof) if step.proof else None,
        "outcome": step.outcome,
        "checked": step.checked,
    }


def task_json(task: Task) -> dict[str, Any]:
    """Return one task as it stands in a case."""
    return {
        "id": task.id,
        "step": task.step,
        "connection": task.connection,
        "kind": str(task.kind),
        "title": task.title,
        "due": str(task.due) if task.due else None,
        "state": str(task.state),
    }


def task_whole_json(task: Task) -> dict[str, Any]:
    """Return one task with its instructions and what to bring back."""
    bring = [
        {
            "key": item.key,
            "kind": str(item.kind),
            "required": item.required,
            "choices": list(item.choices),
            "label": item.label,
        }
        for item in task.bring
    ]
    answered = {"by": task.by, "note": task.note, "values": task.values} if task.by else {}
    return {**task_json(task), "instructions": task.instructions, "bring": bring, **answered}
