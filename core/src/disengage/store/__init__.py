"""The store: the only place with SQL."""

from disengage.store.disposal import Destruction, KeptBag, KeptCase, LegalHold
from disengage.store.events import EventRecord
from disengage.store.figures import Figures
from disengage.store.invitations import Invitation, Purpose
from disengage.store.outages import Outage
from disengage.store.outbox import Wake
from disengage.store.people import Account
from disengage.store.proofs import EvidenceKind, EvidenceRow
from disengage.store.sessions import KeptSession
from disengage.store.stamps import Stamp
from disengage.store.store import Store
from disengage.store.work import Work

__all__ = [
    "Account",
    "Destruction",
    "EventRecord",
    "EvidenceKind",
    "EvidenceRow",
    "Figures",
    "Invitation",
    "KeptBag",
    "KeptCase",
    "KeptSession",
    "LegalHold",
    "Outage",
    "Purpose",
    "Stamp",
    "Store",
    "Wake",
    "Work",
]
