"""Everything a command needs, opened from one configuration file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from disengage.connector import Surroundings, TokenStore
from disengage.domain.case import CaseLink
from disengage.domain.values import Frozen
from disengage.engine.notices import Notices
from disengage.http.limits import limiter_for
from disengage.registry import Registry
from disengage.settings import Settings, load
from disengage.store import EventRecord, Store
from disengage.vault import Vault

#: Hooks that only read, and must therefore be quick.
_READS = frozenset({"try_credentials", "find_links", "observe", "check", "propose", "instruct", "check_evidence"})
#: Hooks that read and write whole histories.
_LONG = frozenset({"retain_history", "check_history"})
#: How long a person has to let us in.
GRANT_SECONDS = 600.0


class Workplace:
    """Settings, store, vault and registry, opened together.

    Args:
        settings: The configuration.
        create: Create the store where there is none.
        now: The clock, UTC.
        registry: The plugins; by default those installed.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        create: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        registry: Registry | None = None,
    ) -> None:
        self.settings, self.now = settings, now
        self.registry = registry or Registry()
        self.registry.read_settings(settings)
        self.store = Store.open(settings.store.url, settings.folder, key=settings.store.key, create=create, now=now)
        self.vault = Vault(
            settings.vault.url,
            settings.folder,
            work=settings.vault.work,
            lock_days=settings.vault.object_lock_days,
        )
        self._limiter = limiter_for(settings.store.url, settings.folder)
        self.notices = Notices(self.registry, self.store, settings, now)
        self.registry.connect(settings, self._around)

    @classmethod
    def open(cls, config: Path | None, *, create: bool = False) -> Workplace:
        """Open the workplace of a configuration file, found as docs/reference/configuration.md says."""
        return cls(load(config), create=create)

    def __enter__(self) -> Workplace:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of connections, limits and store."""
        self.notices.close()
        self.registry.close()
        self._limiter.close()
        self.store.close()

    def _around(self, connection: str) -> Surroundings:
        return Surroundings(
            connection=connection,
            firm=self.settings.firm,
            folder=self.settings.folder,
            limiter=self._limiter,
            tokens=_OwnTokens(self.store.tokens, connection),
            now=self.now,
        )

    def call(self, connection: str, hook: str, **arguments: Any) -> Any:
        """Call one hook of one connection within the time the policy gives it."""
        own = {name: _own(value) for name, value in arguments.items()}
        return self.registry.call(connection, hook, self._seconds(hook), **own)

    def _seconds(self, hook: str) -> float:
        policy = self.settings.policy
        if hook in _READS:
            return policy.read_timeout_seconds
        if hook == "grant_access":
            return GRANT_SECONDS
        return policy.retain_timeout_seconds if hook in _LONG else policy.act_timeout_seconds

    def observe(self, link: CaseLink, request: Any) -> Any:
        """Read what a platform shows of a link now."""
        return self.call(link.connection, "observe", link=link.link, request=request)

    def tell(self, events: Iterable[EventRecord]) -> None:
        """Have everybody told what was recorded; holds nothing back."""
        self.notices.tell(list(events))


class _OwnTokens:
    """The kept tokens of one connection; another one's are out of reach."""

    def __init__(self, tokens: TokenStore, connection: str) -> None:
        self._tokens, self._connection = tokens, connection

    def get(self, name: str) -> str | None:
        """Return the token last kept under ``name``."""
        return self._tokens.get(f"{self._connection}/{name}")

    def put(self, name: str, value: str) -> None:
        """Keep ``value`` under ``name``."""
        self._tokens.put(f"{self._connection}/{name}", value)


def _own(value: Any) -> Any:
    """Return a copy for a plugin to keep: what it does to it is done to nothing of ours."""
    return value.model_copy(deep=True) if isinstance(value, Frozen) else value
