"""The pack that is handed to the successor or the client, and the record of who received what, when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from disengage.domain.case import Case
from disengage.domain.values import Frozen
from disengage.engine.encrypting import Recipients, encrypted
from disengage.engine.handoverpack import HandoverPack, Made, PackFormat
from disengage.engine.history import history_of
from disengage.engine.outfile import OutFile, written
from disengage.engine.packing import packing
from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, InputError, LifecycleError

#: What stands in the evidence in place of a step: a hand-over belongs to none.
STEP = "@handover"


class To(StrEnum):
    """Who receives it."""

    SUCCESSOR = "successor"
    CLIENT = "client"


class Order(Frozen):
    """What is to be handed over.

    Attributes:
        case: The case.
        to: Who receives it.
        by: Who hands it over.
        out: Where the pack is written to.
        form: In which form; None: the platforms' own for a successor, PDF for a client.
        recipient: The recipient's name; empty: the request's.
        recipients: To whose keys it is encrypted; empty: not.
        note: Anything worth remembering, for the records only.
        also: Connections that are handed over although what they keep is the firm's own.
    """

    case: str
    to: To
    by: str
    out: Path
    form: PackFormat | None = None
    recipient: str = ""
    recipients: Recipients = Recipients(keys=())
    note: str = ""
    also: frozenset[str] = frozenset()

    @property
    def format(self) -> PackFormat:
        """The form it has."""
        return self.form or (PackFormat.ORIGINAL if self.to is To.SUCCESSOR else PackFormat.PDF)


class HandedOver(Frozen):
    """What was handed over."""

    case: str
    to: To
    format: PackFormat
    file: str
    bytes: int
    sha256: str
    files: int
    encrypted: bool
    not_included: tuple[str, ...]


def hand_over(workplace: Workplace, order: Order) -> HandedOver:
    """Write the pack and record it: both, or neither.

    Raises:
        BlockedError: The client's consent is not recorded, or nothing is kept that could be handed over.
        InputError: The order makes no sense, or the file cannot be written; nothing is left behind.
        VaultError: What is kept is not as it was; nothing is left behind.
    """
    case, who = workplace.store.case(order.case), somebody(order.by)
    recipient = _recipient(case, order)
    _must_be_consented(workplace, case, order)
    history = history_of(workplace, case, also=_known(case, order.also))
    if not history.copies:
        raise BlockedError(
            f"Nothing of the case {case.id} can be handed over: no history is kept{_of_others(history.withheld)}.",
            remedy="Bring the steps of 'retain_history' to their end first, or name the connection with --with.",
        )
    with written(order.out) as out:
        made = _written(workplace, order, HandoverPack(workplace, case, history, order.format, recipient), out)
        found = HandedOver(
            case=case.id, to=order.to, format=order.format, file=str(order.out), bytes=out.size, sha256=out.sha256,
            files=made.files, encrypted=bool(order.recipients.keys), not_included=made.not_included,
        )  # fmt: skip
        with workplace.store.change(case.id) as work:
            told = found.model_dump(mode="json", exclude={"case", "file", "not_included"})
            detail = {**told, "recipient": recipient, "file": order.out.name, "note": order.note}
            keys = list(order.recipients.fingerprints)
            work.evidence(STEP, "statement", by=who, detail={"handed_over": {**detail, "keys": keys}})
            work.event("handed_over", actor=who, **told)
            out.publish()
    workplace.tell(work.events_written)
    return found


def _written(workplace: Workplace, order: Order, pack: HandoverPack, out: OutFile) -> Made:
    with ExitStack() as stack:
        clear = stack.enter_context(encrypted(out, order.recipients)) if order.recipients.keys else out
        return pack.write(stack.enter_context(packing(clear, workplace.now())))


def _recipient(case: Case, order: Order) -> str:
    if order.recipient.strip():
        return order.recipient.strip()
    if order.to is To.CLIENT:
        return case.request.client.name
    if case.request.ending.successor:
        return case.request.ending.successor.firm
    raise InputError(
        f"The request of case {case.id} names no successor.", remedy="Say with --recipient NAME who receives the pack."
    )


def _known(case: Case, also: frozenset[str]) -> frozenset[str]:
    connections = {link.connection for link in case.links}
    for name in sorted(also - connections):
        raise InputError(
            f"--with names '{name}', which is no connection of case {case.id}.",
            remedy=f"Its connections are: {', '.join(sorted(connections))}.",
        )
    return also


def _of_others(withheld: Sequence[str]) -> str:
    return f", and what {', '.join(withheld)} keeps is the firm's own" if withheld else ""


# --- the client's consent -----------------------------------------------------------------------------------


def record_consent(workplace: Workplace, case_id: str, by: str, given: str) -> None:
    """Record the client's consent to hand its history to the successor: a file, or words.

    Raises:
        InputError: It is neither; nothing was recorded.
        VaultError: The file could not be kept; nothing was recorded.
    """
    file = _file(given)
    if file:
        record_consent_file(workplace, case_id, by, file)
    else:
        record_consent_words(workplace, case_id, by, given)


def record_consent_words(workplace: Workplace, case_id: str, by: str, words: str) -> None:
    """Record the client's consent in words, which are never taken for the name of a file.

    Raises:
        InputError: There are none; nothing was recorded.
    """
    if not words.strip():
        raise _no_consent()
    _record_consent(workplace, workplace.store.case(case_id), somebody(by), words.strip(), None)


def record_consent_file(workplace: Workplace, case_id: str, by: str, file: Path) -> None:
    """Record the client's consent as a file, which is kept in the vault.

    Raises:
        VaultError: The file could not be kept; nothing was recorded.
    """
    case, who = workplace.store.case(case_id), somebody(by)
    _record_consent(workplace, case, who, file.name, _kept(workplace, case, "consent", file, who))


def _record_consent(workplace: Workplace, case: Case, who: str, said: str, bag: dict[str, str] | None) -> None:
    with workplace.store.change(case.id) as work:
        if bag:
            work.evidence(STEP, "file", by=who, detail=bag)
        work.evidence(STEP, "statement", by=who, detail={"consent": said})
        work.event("consent_recorded", actor=who, to=str(To.SUCCESSOR), bag=bag["digest"] if bag else None)
    workplace.tell(work.events_written)


def has_consent(workplace: Workplace, case_id: str) -> bool:
    """Return whether the client's consent to hand its history to the successor is recorded."""
    return any("consent" in row.detail for row in workplace.store.evidence(case_id, STEP))


def _no_consent() -> InputError:
    return InputError("The consent is empty.", remedy="Give the file that holds it, or its words.")


def _file(given: str) -> Path | None:
    """Return the file that is meant; None for words, which have blanks between them."""
    if not given.strip():
        raise _no_consent()
    path = Path(given)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False
    if is_file:
        return path
    if len(given.split()) < 2:
        raise InputError(
            "--consent names a file that is not there.",
            remedy="Give a file that is there, or the consent in words; nothing was recorded.",
        )
    return None


def _must_be_consented(workplace: Workplace, case: Case, order: Order) -> None:
    if order.to is To.CLIENT:
        return
    if not has_consent(workplace, case.id):
        raise BlockedError(
            f"The history of case {case.id} cannot be handed to the successor: the client's consent is not recorded.",
            remedy="Give it with --consent FILE, or in words.",
        )


def _kept(workplace: Workplace, case: Case, label: str, file: Path, who: str) -> dict[str, str]:
    receipt = workplace.vault.keep_files(case.id, "handover", case.id, label, [file], {"Brought-By": who})
    return {"bag": receipt.path, "digest": receipt.digest}


# --- the receipt of the other side --------------------------------------------------------------------------


class Receipt(Frozen):
    """What the other side signed, as a person states it.

    Attributes:
        file: The signed receipt.
        received_by: Who received it.
        received_on: When.
        sha256: Of which pack, by the beginning of its checksum; empty: of the last one.
    """

    file: Path
    received_by: str
    received_on: date
    sha256: str = ""


def confirm(workplace: Workplace, case_id: str, by: str, receipt: Receipt) -> dict[str, Any]:
    """Record that a pack was received: stated by a person, with the signed receipt in a bag of its own.

    Raises:
        LifecycleError: No such pack was handed over.
        InputError: Something is missing; nothing was recorded.
        VaultError: The file could not be kept; nothing was recorded.
    """
    case, who, receiver = workplace.store.case(case_id), somebody(by), receipt.received_by.strip()
    if not receiver:
        raise InputError("Nobody was named who received it.", remedy="Say who with --received-by WHO.")
    pack = _pack(workplace, case, receipt.sha256)
    bag = _kept(workplace, case, "receipt", receipt.file, who)
    told = {"to": pack["to"], "sha256": pack["sha256"], "received_on": str(receipt.received_on)}
    with workplace.store.change(case.id) as work:
        work.evidence(STEP, "file", by=who, detail=bag)
        work.evidence(STEP, "statement", by=who, detail={"received": {**told, "received_by": receiver}})
        work.event("receipt_confirmed", actor=who, bag=bag["digest"], **told)
    workplace.tell(work.events_written)
    return {"case": case.id, **told, **bag}


def _pack(workplace: Workplace, case: Case, beginning: str) -> dict[str, Any]:
    rows = workplace.store.log.rows(case.id, kinds=("handed_over",))
    packs = [pack for row in rows if (pack := json.loads(row["payload"]))["sha256"].startswith(beginning)]
    if not packs:
        what = f"no pack whose checksum begins with {beginning[:64]}" if beginning else "nothing"
        raise LifecycleError(
            f"Of the case {case.id} {what} was handed over.", remedy="Hand it over first, and have the receipt signed."
        )
    found: dict[str, Any] = packs[-1]
    return found
