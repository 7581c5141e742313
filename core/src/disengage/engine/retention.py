"""Until when what the vault keeps of a case must be kept, from when some of it must be deleted, and what stops both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from disengage.domain.request import Request
from disengage.domain.retention import Deletion, Facts, Retention, retention
from disengage.domain.rules import DocumentClass, Rule
from disengage.domain.values import Frozen, digest
from disengage.settings import Settings
from disengage.store import KeptBag, KeptCase, LegalHold, Store
from disengage.vault.rulebook import rules as read_rules

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace


class BagRetention(Frozen):
    """One bag, and what holds for it.

    Attributes:
        classes: What it counts as holding.
        until: The last day on which it must be kept; None where that is not known.
    """

    bag: KeptBag
    classes: tuple[DocumentClass, ...]
    until: date | None

    def may_be_destroyed(self, on: date) -> bool:
        """Return whether no rule stands against it on a day."""
        return self.until is not None and on > self.until


class CaseRetention(Frozen):
    """What is kept of a case, and what holds for all of it together."""

    id: str
    request: Request
    facts: Facts
    whole: Retention
    bags: tuple[BagRetention, ...]
    holds: tuple[LegalHold, ...]

    def destroyable(self, on: date) -> tuple[BagRetention, ...]:
        """Return the bags that no rule holds on a day; a legal hold stands against all of them."""
        return () if self.holds else tuple(bag for bag in self.bags if bag.may_be_destroyed(on))

    def overdue(self, on: date) -> tuple[Deletion, ...]:
        """Return what must have been deleted by a day, whether or not something else holds it."""
        return tuple(deletion for deletion in self.whole.deletions if self.bags and deletion.from_ <= on)


class Due(Frozen):
    """What the end of its retention has come for, over all cases.

    Attributes:
        may_be_destroyed: Cases of which a bag may be destroyed.
        must_be_deleted: Cases that hold personal data which must be deleted.
        on_hold: Cases that a legal hold keeps whole.
    """

    on: date
    may_be_destroyed: tuple[CaseRetention, ...]
    must_be_deleted: tuple[CaseRetention, ...]
    on_hold: tuple[CaseRetention, ...]


def today(workplace: Workplace) -> date:
    """Return the date where the firm is."""
    return workplace.now().astimezone(ZoneInfo(workplace.settings.firm.time_zone)).date()


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """Return every rule: the shipped ones and the firm's own.

    Raises:
        ConfigurationError: A file of the firm's cannot be used.
    """
    own = settings.retention.rules
    return read_rules(settings.folder / own if own else None)


def examine(workplace: Workplace, case_id: str) -> CaseRetention:
    """Return what holds for one case, open or over.

    Raises:
        InputError: There is no such case.
        ConfigurationError: The firm's own rules cannot be used.
    """
    case = workplace.store.case(case_id)
    disposal = workplace.store.disposal
    kept = KeptCase(id=case.id, request=case.request, bags=disposal.kept(case.id))
    return _examined(workplace.settings, rules_of(workplace.settings), kept, disposal.holds(case.id))


def due(settings: Settings, store: Store, on: date) -> Due:
    """Return what is due on a day, of every case that is over.

    Raises:
        ConfigurationError: The firm's own rules cannot be used.
    """
    rules, holds = rules_of(settings), store.disposal.holds()
    found = [
        _examined(settings, rules, kept, [hold for hold in holds if hold.case == kept.id])
        for kept in store.disposal.kept_of_all()
    ]
    return Due(
        on=on,
        may_be_destroyed=tuple(case for case in found if case.destroyable(on)),
        must_be_deleted=tuple(case for case in found if case.overdue(on)),
        on_hold=tuple(case for case in found if case.holds),
    )


def digest_of(bags: Iterable[KeptBag]) -> str:
    """Return the digest of exactly these bags, which an approval names."""
    return digest(sorted([bag.path, bag.digest] for bag in bags))


def _examined(settings: Settings, rules: Sequence[Rule], kept: KeptCase, holds: Sequence[LegalHold]) -> CaseRetention:
    facts = _facts(kept.request, settings.firm.country)
    labelled = settings.retention.classes
    everything = retention(rules, facts)
    every_class = tuple(found.document_class for found in everything.classes)
    bags = []
    for bag in kept.bags:
        own = labelled.get(bag.step)
        holds_for = retention(rules, facts, own) if own else everything
        bags.append(BagRetention(bag=bag, classes=own or every_class, until=holds_for.until))
    return CaseRetention(
        id=kept.id,
        request=kept.request,
        facts=facts,
        whole=_whole(rules, facts, everything, [labelled.get(bag.step) for bag in kept.bags]),
        bags=tuple(bags),
        holds=tuple(holds),
    )


def _whole(
    rules: Sequence[Rule], facts: Facts, everything: Retention, labels: Sequence[tuple[DocumentClass, ...] | None]
) -> Retention:
    """Return what holds for all bags together; where one of them says nothing, that is everything."""
    said = [label for label in labels if label]
    if len(said) < len(labels) or not labels:
        return everything
    return retention(rules, facts, {kind for label in said for kind in label})


def _facts(request: Request, firm_country: str) -> Facts:
    client, ending = request.client, request.ending
    return Facts(
        client_country=client.country,
        firm_country=firm_country,
        period_from=ending.period.from_,
        period_to=ending.period.to,
        financial_year_end=client.financial_year_end,
        relationship_end=ending.ends_on,
    )
