"""The verbs that move a link, and the order they go in."""

from __future__ import annotations

from enum import StrEnum


class Verb(StrEnum):
    """One thing that is done on one link."""

    RETAIN_HISTORY = "retain_history"
    TRANSFER_ADMIN = "transfer_admin"
    REMOVE_EXTENSIONS = "remove_extensions"
    SETTLE_BILLING = "settle_billing"
    END_ACCESS = "end_access"
    ARCHIVE = "archive"
    SEVER_LINK = "sever_link"
    ACTIVATE = "activate"
    INVITE_BACK = "invite_back"


#: The order of the verbs on one link.
ORDER: tuple[Verb, ...] = (
    Verb.RETAIN_HISTORY,
    Verb.TRANSFER_ADMIN,
    Verb.REMOVE_EXTENSIONS,
    Verb.SETTLE_BILLING,
    Verb.END_ACCESS,
    Verb.ARCHIVE,
    Verb.SEVER_LINK,
    Verb.ACTIVATE,
)


class Mode(StrEnum):
    """How a verb is done on a connection."""

    AUTOMATIC = "automatic"
    BY_HAND = "by_hand"
    NOT_NEEDED = "not_needed"


class Provenance(StrEnum):
    """How an operation of a platform's API is known, from strong to weak."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    ASSUMED = "assumed"

    @property
    def weakness(self) -> int:
        """0 for documented, 1 for observed, 2 for assumed."""
        return list(Provenance).index(self)

    def is_trusted_at(self, trust: Provenance) -> bool:
        """Return whether a connection with this ``trust`` may call the operation by itself."""
        return self.weakness <= trust.weakness


def weakest(provenances: list[Provenance]) -> Provenance:
    """Return the weakest of ``provenances``; documented for none."""
    return max(provenances, key=lambda p: p.weakness, default=Provenance.DOCUMENTED)
