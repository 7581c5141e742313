"""A hold ends with the session that has it, and is never taken for standing afterwards."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from disengage.errors import StoreError
from disengage.store import Store


def test_a_hold_whose_session_the_server_ended_is_lost_for_good(tmp_path: Path, postgres_url: str) -> None:
    with Store.open(postgres_url, tmp_path, create=True) as store, store.hold("a link") as held:
        assert held
        held.keep()
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        for _ in range(2):
            with pytest.raises(StoreError):
                held.keep()
        with store.hold("a link") as again:
            assert again


@pytest.mark.parametrize("kind", ["sqlite_url", "postgres_url"])
def test_a_hold_is_nobodys_after_its_block(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    with Store.open(request.getfixturevalue(kind), tmp_path, create=True) as store:
        with store.hold("a link") as held, store.hold("a link") as second:
            held.keep()
            with pytest.raises(StoreError):
                second.keep()
            assert (bool(held), bool(second)) == (True, False)
        with pytest.raises(StoreError):
            held.keep()
