"""The certificate of destruction: what was there, who approved, by which rules; a bag of its own that stays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from disengage.domain.retention import Term
from disengage.domain.rules import Rule
from disengage.engine.retention import BagRetention, CaseRetention, digest_of
from disengage.engine.view import moment
from disengage.engine.workplace import Workplace
from disengage.errors import NoBagError
from disengage.store import Destruction
from disengage.store.disposal import DestructionApproval
from disengage.vault import Vault
from disengage.vault.tagfiles import read_manifest

#: What stands in the evidence in place of a step: a certificate belongs to no step.
STEP = "@destroyed"
_SHELF = "destroyed"
_FILE = "certificate.json"
_MANIFEST, _SEAL = "manifest-sha256.txt", "tagmanifest-sha256.txt"
_SAYS = (
    "The bags named here were removed from the firm's vault. They were the firm's own copy: the duty to keep books "
    "stays with the client. Nobody vouches for a rule whose 'verified_by_professional' is false."
)


def drafted(workplace: Workplace, found: CaseRetention, bags: Sequence[BagRetention]) -> dict[str, Any]:
    """Return the certificate of these bags without signatures; every file of theirs is read again for it.

    Raises:
        VaultError: The vault cannot be reached.
    """
    return {
        "certificate": "of destruction",
        "version": 1,
        "firm": workplace.settings.firm.name,
        "case": found.id,
        "bags_digest": digest_of(bag.bag for bag in bags),
        "bags": [_bag(workplace.vault, bag) for bag in bags],
        "rules": _rules(found, bags),
        "says": _SAYS,
    }


def signed(draft: dict[str, Any], approvals: Sequence[DestructionApproval], at: datetime) -> dict[str, Any]:
    """Return a certificate with those who approved and the moment of the destruction."""
    people = [{"by": approval.by, "at": moment(approval.at)} for approval in approvals]
    return {**draft, "approved_by": people, "destroyed_at": moment(at)}


def in_numbers(bag: dict[str, Any]) -> dict[str, Any]:
    """Return what an event says of a destroyed bag: no name of a file, since that may be personal."""
    return {
        "bag": bag["bag"],
        "digest": bag["digest"],
        "files": len(bag["files"]),
        "bytes": sum(file["size"] for file in bag["files"]),
    }


def remove(vault: Vault, path: str) -> None:
    """Remove what is left of a bag, if anything.

    Raises:
        VaultError: It may not be removed, or the vault cannot be reached.
    """
    with suppress(NoBagError):
        vault.remove(path)


def is_untouched(vault: Vault, bag: dict[str, Any]) -> bool:
    """Return whether a bag of a certificate still is as it was described."""
    before: list[str] = bag["complaints"]
    return list(vault.verify(bag["bag"], bag["digest"])) == before


def keep(vault: Vault, destruction: Destruction) -> dict[str, str]:
    """Publish the certificate as a bag, unless that was done before a crash; return its path and digest.

    Raises:
        VaultError: It could not be kept.
    """
    label = f"certificate-{destruction.bags_digest.removeprefix('sha256:')[:12]}"
    path = f"{destruction.case}/{_SHELF}/{label}-1"
    if is_there(vault, path):
        return {"bag": path, "digest": hashlib.sha256(_content(vault, path, _SEAL)).hexdigest()}
    about = {"Purpose": "Certificate of destruction"}
    text = json.dumps(destruction.content["certificate"], ensure_ascii=False, indent=2) + "\n"
    with vault.open_bag(destruction.case, _SHELF, destruction.case, label, about=about) as writer:
        writer.write(_FILE, [text.encode()], source="made by disengage")
    return {"bag": writer.bag.path, "digest": writer.bag.digest}


def is_there(vault: Vault, path: str) -> bool:
    """Return whether the vault has anything at a path.

    Raises:
        VaultError: The vault cannot be reached.
    """
    try:
        return bool(vault.list_files(path))
    except NoBagError:
        return False


def _bag(vault: Vault, kept: BagRetention) -> dict[str, Any]:
    bag = kept.bag
    return {
        "bag": bag.path,
        "digest": bag.digest,
        "step": bag.step,
        "kept_at": moment(bag.at),
        "kept_until": str(kept.until),
        "classes": [str(kind) for kind in kept.classes],
        "complaints": list(vault.verify(bag.path, bag.digest)),
        "files": _files(vault, bag.path) if is_there(vault, bag.path) else [],
    }


def _files(vault: Vault, path: str) -> list[dict[str, Any]]:
    """Return the payload files as the manifest lists them, with the sizes they have."""
    sizes = dict(vault.list_files(path))
    if _MANIFEST not in sizes:
        return [{"name": name, "size": size, "sha256": None} for name, size in sizes.items()]
    listed, _ = read_manifest(_content(vault, path, _MANIFEST).decode("utf-8", "replace"))
    return [{"name": name, "size": sizes.get(name, 0), "sha256": sha256} for name, sha256 in sorted(listed.items())]


def _content(vault: Vault, path: str, name: str) -> bytes:
    with vault.open_file(path, name) as file:
        return file.read()


def _rules(found: CaseRetention, bags: Sequence[BagRetention]) -> list[dict[str, Any]]:
    """Return every rule that was asked about these bags, with what it said last."""
    classes = {kind for bag in bags for kind in bag.classes}
    asked = [kind for kind in found.whole.classes if kind.document_class in classes]
    last: dict[str, Term] = {}
    for kind in asked:
        for term in sorted((*kind.shorter, *kind.terms), key=lambda term: str(term.until)):
            last[term.rule.id] = term
    return [{**rule_json(term.rule), "until": str(term.until), "why": term.why} for term in last.values()]


def rule_json(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON types: what it says, where that was read, and who verified it."""
    return {
        "id": rule.id,
        "country": rule.country,
        "duty_of": str(rule.duty_of),
        "regime": str(rule.regime),
        "document_class": str(rule.document_class),
        "months": rule.length,
        "trigger": str(rule.trigger),
        "rounding": str(rule.rounding),
        "law": rule.law,
        "note": rule.note,
        "must_delete": rule.must_delete,
        "source": rule.source,
        "further_sources": list(rule.further_sources),
        "basis": str(rule.basis),
        "as_of": str(rule.as_of),
        "version": rule.version,
        "verified_by_professional": rule.verified_by_professional,
        "own": rule.own,
    }
