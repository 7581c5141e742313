"""The bags of a case, opened by people: who looked into which, and took what out of it, is in the case's log."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from disengage.domain.values import Frozen
from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.errors import NoBagError


class KeptBag(Frozen):
    """One bag of a case.

    Attributes:
        number: By which it is named in the case; never another one's.
        path: In the vault.
        digest: Of its seal.
        step: The step that kept it, or that it proves.
        connection: The connection; empty where the step is not in the plan any more.
        at: When it was kept, and verified for the first time.
        by: Who brought it.
        verified_at: When it was verified last, as far as is recorded.
        gone: It was destroyed, as people decided.
    """

    number: int
    path: str
    digest: str
    step: str
    connection: str
    at: datetime
    by: str
    verified_at: datetime
    gone: bool


class BagFile(Frozen):
    """One file of a bag.

    Attributes:
        number: In the bag, from 1 on.
        name: Its name in the bag.
        original: What the platform, or whoever brought it, calls it; empty for a file of the bag's own.
        size: In bytes.
    """

    number: int
    name: str
    original: str
    size: int


class Contents(Frozen):
    """What is in a bag.

    Attributes:
        gaps: What could not be kept, in its own words.
    """

    bag: KeptBag
    files: tuple[BagFile, ...]
    gaps: tuple[str, ...]


def bags_of(workplace: Workplace, case_id: str) -> list[KeptBag]:
    """Return the bags of a case, oldest first; those that were destroyed, too.

    Raises:
        InputError: There is no such case.
    """
    store = workplace.store
    case = store.case(case_id)
    connections = {step.id: step.connection for step in case.steps}
    gone = {path for past in store.disposal.destructions(case.id) for path in past.bags}
    return [
        KeptBag(
            number=row.id,
            path=str(row.detail["bag"]),
            digest=str(row.detail["digest"]),
            step=row.step,
            connection=connections.get(row.step, ""),
            at=row.at,
            by=row.by,
            # whatever was kept before the gate opened was verified again then
            verified_at=max(row.at, case.gate_opened.get(connections.get(row.step, ""), row.at)),
            gone=row.detail["bag"] in gone,
        )
        for row in store.evidence(case.id)
        if row.kind == "file"
    ]


def bag_of(workplace: Workplace, case_id: str, number: int) -> KeptBag:
    """Return one bag of a case.

    Raises:
        InputError: There is no such case.
        NoBagError: It has no such bag, or not any more.
    """
    found = next((bag for bag in bags_of(workplace, case_id) if bag.number == number), None)
    if found is None or found.gone:
        raise NoBagError(f"The case {case_id} has no bag {number}, or not any more.", remedy="Look which there are.")
    return found


def open_bag(workplace: Workplace, case_id: str, number: int, by: str) -> Contents:
    """Return what is in a bag, and record who looked.

    Raises:
        InputError: There is no such case, or nobody was named.
        NoBagError: It has no such bag, or not any more.
        VaultError: The vault cannot be reached, or the bag cannot be read.
    """
    who, bag = somebody(by), bag_of(workplace, case_id, number)
    inventory = workplace.vault.read_inventory(bag.path)
    names = {f"data/{entry['name']}": _original(entry) for entry in inventory.get("files", ())}
    files = [file.model_copy(update={"original": names.get(file.name, "")}) for file in _files(workplace, bag)]
    _record(workplace, case_id, who, bag=bag.digest)
    return Contents(bag=bag, files=tuple(files), gaps=tuple(map(str, inventory.get("gaps", ()))))


def open_file(workplace: Workplace, case_id: str, number: int, file: int, by: str) -> tuple[BagFile, BinaryIO]:
    """Return one file of a bag, opened, and record who took it.

    Raises:
        InputError: There is no such case, or nobody was named.
        NoBagError: It has no such bag, or not any more, or the bag has no such file.
        VaultError: The vault cannot be reached.
    """
    who, bag = somebody(by), bag_of(workplace, case_id, number)
    files = _files(workplace, bag)
    if not 1 <= file <= len(files):
        raise NoBagError(f"The bag {number} has no file {file}.", remedy=f"It has {len(files)}.")
    found = files[file - 1]
    opened = workplace.vault.open_file(bag.path, found.name)
    try:
        _record(workplace, case_id, who, bag=bag.digest, file=found.number)
    except BaseException:
        opened.close()
        raise
    return found, opened


def verify_bag(workplace: Workplace, case_id: str, number: int) -> tuple[str, ...]:
    """Read every file of a bag again, and return what is wrong; nothing where it is sound.

    Raises:
        InputError: There is no such case.
        NoBagError: It has no such bag, or not any more.
        VaultError: The vault cannot be reached.
    """
    bag = bag_of(workplace, case_id, number)
    return workplace.vault.verify(bag.path, bag.digest)


def _files(workplace: Workplace, bag: KeptBag) -> list[BagFile]:
    listed = workplace.vault.list_files(bag.path)
    return [BagFile(number=n, name=name, original="", size=size) for n, (name, size) in enumerate(listed, 1)]


def _original(entry: dict[str, object]) -> str:
    return str(entry.get("original_name") or entry["name"])


def _record(workplace: Workplace, case_id: str, who: str, **what: str | int) -> None:
    """Record an opening; by digest and number, since names of files may say who the client is."""
    with workplace.store.change(case_id) as work:
        work.event("bag_opened", actor=who, **what)
    workplace.tell(work.events_written)
