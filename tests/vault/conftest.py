from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from disengage.vault import BagReceipt, Vault

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The working folder, so that what is left behind can be seen."""
    folder = tmp_path / ".disengage-work"
    folder.mkdir()
    return folder


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault("file:vault", tmp_path, now=lambda: NOON)


@pytest.fixture
def keep() -> Callable[..., BagReceipt]:
    """Publish a bag of some files: ``keep(vault, {"a.json": b"…"})``."""

    def kept(vault: Vault, files: dict[str, bytes] | None = None, **changes: str) -> BagReceipt:
        given = {"case": "case-1", "connection": "go", "link": "client-4711", "label": "history"} | changes
        with vault.open_bag(**given, about={"Period": "2024-01-01/2026-12-31"}) as bag:
            for name, content in (files or {"ledger/2026.csv": b"1;2\n", "notes.txt": b"hello"}).items():
                bag.write(name, [content], source="https://goapi.example/Ledger?token=hush")
        return bag.bag

    return kept


@pytest.fixture
def everything() -> Callable[[Path], dict[str, bytes]]:
    """Return every file below a folder with its content."""

    def found(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return found
