"""Read one case, with all that belongs to it, from store and vault."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from disengage.domain.checks import Check
from disengage.domain.retention import ClassRetention
from disengage.domain.rules import Duty
from disengage.engine.retention import examine
from disengage.engine.workplace import Workplace
from disengage.errors import VaultError
from disengage.papers.dossier import Bag, BagFile, Dossier, Retention
from disengage.store.proofs import EvidenceRow

_COMPLETENESS = "completeness.json"
_Checks = TypeAdapter(tuple[Check, ...])


def gather(workplace: Workplace, case_id: str) -> Dossier:
    """Return the dossier of a case.

    Raises:
        InputError: There is no such case.
        ConfigurationError: The firm's own rules of retention cannot be used.
    """
    case = workplace.store.case(case_id)
    evidence = tuple(workplace.store.evidence(case.id))
    return Dossier(
        firm=workplace.settings.firm,
        case=case,
        platforms={name: kind.connector.manifest.platform for name, kind in workplace.registry.types.items()},
        evidence=evidence,
        events=tuple(workplace.store.events(case.id)),
        bags=tuple(_bag(workplace, row) for row in evidence if row.kind == "file"),
        retention=tuple(map(_retention, examine(workplace, case.id).whole.classes)),
    )


def _bag(workplace: Workplace, row: EvidenceRow) -> Bag:
    path = str(row.detail["bag"])
    known = Bag(path=path, step=row.step, at=row.at, by=row.by, digest=str(row.detail["digest"]))
    try:
        inventory = workplace.vault.read_inventory(path)
        checks = _checks(workplace, path)
    except VaultError:
        return known.model_copy(update={"readable": False})
    files = tuple(_file(entry) for entry in inventory.get("files", ()))
    return known.model_copy(update={"files": files, "gaps": tuple(inventory.get("gaps", ())), "checks": checks})


def _file(entry: dict[str, Any]) -> BagFile:
    return BagFile(
        name=str(entry.get("original_name") or entry["name"]),
        stored=str(entry["name"]),
        size=int(entry["size"]),
        sha256=str(entry["sha256"]),
    )


def _checks(workplace: Workplace, path: str) -> tuple[Check, ...]:
    """Return what was checked of a bag; a bag from before there were checks has nothing."""
    if _COMPLETENESS not in (name for name, _ in workplace.vault.list_files(path)):
        return ()
    with workplace.vault.open_file(path, _COMPLETENESS) as file:
        said = json.load(file)
    try:
        return _Checks.validate_python(said.get("checks", ()) if isinstance(said, dict) else said)
    except ValidationError:
        return ()


def _retention(found: ClassRetention) -> Retention:
    terms = [found.decisive] if found.decisive else list(found.open)
    rules = [term.rule for term in terms if term]
    return Retention(
        what=str(found.document_class),
        until=found.until,
        rule="; ".join(dict.fromkeys(rule.law or rule.id for rule in rules)),
        verified=bool(rules) and all(rule.verified_by_professional for rule in rules),
        own=all(rule.duty_of is Duty.FIRM for rule in rules),
    )
