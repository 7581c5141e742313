"""Who may do what: rights, the roles that give them, and the person who acts."""

from __future__ import annotations

from enum import StrEnum

from disengage.domain.values import Frozen


class Right(StrEnum):
    """What one may be allowed to do.

    Attributes:
        SEE: Look at cases, tasks, dates, connections and what is kept; open no bag.
        OPERATE: Ask for endings, answer tasks, steer steps, write papers.
        APPROVE: Approve plans.
        ARCHIVE: Open bags, hand histories over, hold and destroy what is kept.
        ADMINISTER: Let people in and out, give roles, try connections.
    """

    SEE = "see"
    OPERATE = "operate"
    APPROVE = "approve"
    ARCHIVE = "archive"
    ADMINISTER = "administer"


class Role(StrEnum):
    """What somebody is in the firm; one person may be several."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ARCHIVIST = "archivist"
    ADMINISTRATOR = "administrator"


#: Everybody sees; whatever more somebody may, one role gives.
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.OPERATOR: frozenset({Right.SEE, Right.OPERATE}),
    Role.APPROVER: frozenset({Right.SEE, Right.APPROVE}),
    Role.ARCHIVIST: frozenset({Right.SEE, Right.ARCHIVE}),
    Role.ADMINISTRATOR: frozenset({Right.SEE, Right.ADMINISTER}),
}


class Person(Frozen):
    """Somebody who may act.

    Attributes:
        name: The login name: unique, never given to somebody else; what stands in the event log.
        shown: The name as people write it.
        roles: What the person is in the firm.
        language: In which the pages are shown; None: as the browser asks.
        scopes: Where an API token acts for the person, the rights that it was given; None: all of the person's.
    """

    name: str
    shown: str = ""
    roles: frozenset[Role] = frozenset()
    language: str | None = None
    scopes: frozenset[Right] | None = None

    @property
    def rights(self) -> frozenset[Right]:
        """What the person may do."""
        given = frozenset[Right]().union(*(RIGHTS[role] for role in self.roles))
        return given if self.scopes is None else given & self.scopes

    def may(self, right: Right | str) -> bool:
        """Return whether the person may do that."""
        return Right(right) in self.rights
