"""One look at a client, as the checks of a plan need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from disengage import LinkState

from disengage_poweroffice.mapping import Integration
from disengage_poweroffice.wire import UserRow


@dataclass(frozen=True)
class Look:
    """One look at a client: the state that it gave, and what the checks need beside it."""

    state: LinkState
    users: Sequence[UserRow] = ()
    partner: Sequence[UserRow] = ()
    integration: Integration = field(default_factory=Integration)
