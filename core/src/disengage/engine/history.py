"""Which files of a case may leave the house: the client's history in its newest copies, nothing of the firm's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from disengage.domain.case import Case, Step
from disengage.domain.values import Frozen
from disengage.domain.verbs import Verb
from disengage.engine.bagchecks import kept_of
from disengage.engine.workplace import Workplace
from disengage.errors import VaultError

_VERSION = re.compile(r"-\d+$")


class Copy(Frozen):
    """One bag of the client's history.

    Attributes:
        path: In the vault.
        digest: Of its seal.
        step: The step that kept it.
        connection: The connection.
        gaps: What could not be kept, in its own words.
    """

    path: str
    digest: str
    step: str
    connection: str
    gaps: tuple[str, ...] = ()


class KeptFile(Frozen):
    """One file of a copy.

    Attributes:
        name: Its name in the bag, below ``data/``.
        original: What the platform calls it.
    """

    copy_: Copy
    name: str
    original: str
    size: int
    sha256: str


class History(Frozen):
    """What there is to hand over.

    Attributes:
        copies: The newest bags.
        unfinished: Steps that did not keep theirs yet.
        withheld: Connections whose history is the firm's own matter.
    """

    copies: tuple[Copy, ...]
    unfinished: tuple[str, ...]
    withheld: tuple[str, ...]


def history_of(workplace: Workplace, case: Case, *, also: frozenset[str]) -> History:
    """Return the client's history as it is kept now.

    Args:
        workplace: The workplace.
        case: The case.
        also: Connections that are handed over although what they keep is the firm's own.
    """
    steps = {step.id: step for step in case.steps if step.verb is Verb.RETAIN_HISTORY}
    own = {step.id for step in steps.values() if step.connection not in also and _is_firms_own(workplace, case, step)}
    there = set(kept_of(workplace.store, case.id).bags)
    newest: dict[str, Copy] = {}
    for row in workplace.store.evidence(case.id):
        if row.kind != "file" or row.step not in steps or row.step in own:
            continue
        path, digest = str(row.detail["bag"]), str(row.detail["digest"])
        if (path, digest) in there:
            copy = Copy(path=path, digest=digest, step=row.step, connection=steps[row.step].connection)
            newest[_VERSION.sub("", path)] = copy
    return History(
        copies=tuple(newest.values()),
        unfinished=tuple(s.id for s in steps.values() if not s.finished and s.id not in own),
        withheld=tuple(sorted({steps[step].connection for step in own})),
    )


def _is_firms_own(workplace: Workplace, case: Case, step: Step) -> bool:
    """Return whether what a step keeps is the firm's own; also where its connector is gone and nobody can tell."""
    known = workplace.registry.types.get(case.link(step.link).connector)
    if known is None:
        return True
    specs = known.connector.manifest.specs(step.verb)
    return any(spec.firms_own for spec in specs if spec.part == step.part)


def files_of(workplace: Workplace, copy: Copy) -> tuple[Copy, list[KeptFile]]:
    """Return a copy with its gaps, and its files.

    Raises:
        VaultError: It is not as it was kept, or the vault cannot be reached.
    """
    complaints = workplace.vault.verify(copy.path, copy.digest)
    if complaints:
        raise VaultError(
            f"The history cannot be handed over: {complaints[0]}.",
            remedy="See with 'disengage verify' what is wrong, and restore the vault from your backup.",
        )
    inventory = workplace.vault.read_inventory(copy.path)
    whole = copy.model_copy(update={"gaps": tuple(map(str, inventory.get("gaps", ())))})
    files = [
        KeptFile(
            copy_=whole,
            name=str(entry["name"]),
            original=str(entry.get("original_name") or entry["name"]),
            size=int(entry["size"]),
            sha256=str(entry["sha256"]),
        )
        for entry in inventory.get("files", ())
    ]
    return whole, files


def all_files(workplace: Workplace, history: History) -> Iterator[tuple[Copy, list[KeptFile]]]:
    """Yield every copy with its files, each verified before."""
    return (files_of(workplace, copy) for copy in history.copies)
