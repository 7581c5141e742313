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
    return _Count(workplace.settings).examined(kept, disposal.holds(case.id))


def due(settings: Settings, store: Store, on: date) -> Due:
    """Return what is due on a day, of every case that is over.

    Raises:
        ConfigurationError: The firm's own rules cannot be used.
    """
    return due_among(examined_all(settings, store), on)


def due_among(found: Sequence[CaseRetention], on: date) -> Due:
    """Return what is due on a day, of these cases."""
    return Due(
        on=on,
        may_be_destroyed=tuple(case for case in found if case.destroyable(on)),
        must_be_deleted=tuple(case for case in found if case.overdue(on)),
        on_hold=tuple(case for case in found if case.holds),
    )


def examined_all(settings: Settings, store: Store) -> list[CaseRetention]:
    """Return what holds for every case that is over and of which something is kept, oldest first.

    Raises:
        ConfigurationError: The firm's own rules cannot be used.
    """
    count, holds = _Count(settings), store.disposal.holds()
    return [
        count.examined(kept, [hold for hold in holds if hold.case == kept.id]) for kept in store.disposal.kept_of_all()
    ]


def digest_of(bags: Iterable[KeptBag]) -> str:
    """Return the digest of exactly these bags, which an approval names."""
    return digest(sorted([bag.path, bag.digest] for bag in bags))


class _Count:
    """Counts by the rules of one configuration; what holds for the same facts is counted once."""

    def __init__(self, settings: Settings) -> None:
        self._firm, self._labels = settings.firm, settings.retention.classes
        self._rules = rules_of(settings)
        self._counted: dict[tuple[str, tuple[DocumentClass, ...] | None], Retention] = {}

    def examined(self, kept: KeptCase, holds: Sequence[LegalHold]) -> CaseRetention:
        """Return what holds for one case."""
        facts = _facts(kept.request, self._firm.country)
        return CaseRetention(
            id=kept.id,
            request=kept.request,
            facts=facts,
            whole=self._retention(facts, self._said(kept.bags)),
            bags=tuple(self._bag(facts, bag) for bag in kept.bags),
            holds=tuple(holds),
        )

    def _bag(self, facts: Facts, bag: KeptBag) -> BagRetention:
        found = self._retention(facts, self._labels.get(bag.step))
        return BagRetention(bag=bag, classes=tuple(each.document_class for each in found.classes), until=found.until)

    def _said(self, bags: Sequence[KeptBag]) -> tuple[DocumentClass, ...] | None:
        """Return what all bags together hold, as their labels say; None where one of them says nothing."""
        labels = [self._labels.get(bag.step) for bag in bags]
        if not labels or None in labels:
            return None
        return tuple(sorted({kind for label in labels for kind in label or ()}))

    def _retention(self, facts: Facts, classes: tuple[DocumentClass, ...] | None) -> Retention:
        key = facts.model_dump_json(), classes
        if key not in self._counted:
            self._counted[key] = retention(self._rules, facts, classes)
        return self._counted[key]


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
