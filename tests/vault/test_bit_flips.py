"""One bit changed anywhere in a bag or in the event log is found: some places always, a thousand by `make torture`."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disengage.store import Store
from disengage.vault import BagReceipt, Vault

from tests.builders import NOW
from tests.store.tampering import record_some

Keep = Callable[..., BagReceipt]
SEED = 8493
_HASH = re.compile(rb"[0-9a-f]{64}")
SOME = pytest.param(30, id="some")
MANY = pytest.param(1000, id="many", marks=pytest.mark.torture)


def flips(sizes: list[int], how_many: int) -> Iterator[tuple[int, int, int]]:
    """Return random places in things of these sizes: which one, which byte of it, which bit of that; all alike."""
    dice = random.Random(SEED)
    for at in sorted(dice.sample(range(8 * sum(sizes)), how_many)):
        byte, bit = divmod(at, 8)
        for number, size in enumerate(sizes):
            if byte < size:
                yield number, byte, 1 << bit
                break
            byte -= size


@pytest.mark.parametrize("how_many", [SOME, MANY])
def test_one_bit_changed_anywhere_in_a_bag_is_found(vault: Vault, tmp_path: Path, keep: Keep, how_many: int) -> None:
    files = {f"vouchers/{n}.pdf": random.Random(n).randbytes(700 * n) for n in range(8)}
    kept = [keep(vault, files), keep(vault, {"../CON": b"x", "ledger.csv": b"1920;100.00\n" * 400})]
    paths = sorted(path for path in (tmp_path / "vault").rglob("*") if path.is_file())
    for path in paths:
        path.chmod(0o600)

    unseen = []
    for number, byte, bit in flips([path.stat().st_size for path in paths], how_many):
        sound = paths[number].read_bytes()
        paths[number].write_bytes(sound[:byte] + bytes([sound[byte] ^ bit]) + sound[byte + 1 :])
        if not any(vault.verify(receipt.path, receipt.digest) for receipt in kept):
            unseen.append((paths[number].name, byte, bit))
        paths[number].write_bytes(sound)

    assert unseen == []
    assert [vault.verify(receipt.path, receipt.digest) for receipt in kept] == [(), ()]


@pytest.mark.parametrize("how_many", [SOME, MANY])
def test_one_bit_changed_anywhere_in_the_event_log_is_found(sqlite_url: str, tmp_path: Path, how_many: int) -> None:
    with Store.open(sqlite_url, tmp_path, create=True, now=lambda: NOW) as store:
        record_some(store, 40)
        events = store.events()
        store.close()
        assert store.path is not None
        sound = store.path.read_bytes()
        rows = [_row(sound, event.case, event.hash) for event in events]

        unseen = []
        for number, byte, bit in flips([end - beginning for beginning, end in rows], how_many):
            at = rows[number][0] + byte
            store.path.write_bytes(sound[:at] + bytes([sound[at] ^ bit]) + sound[at + 1 :])
            if not store.verify_events():
                unseen.append((number, byte, bit))
            store.close()

        store.path.write_bytes(sound)
        assert unseen == []
        assert store.verify_events() == ()


def _row(content: bytes, case: str, digest: str) -> tuple[int, int]:
    """Return where the columns of an event lie in the database's file: from the case to the event's own hash."""
    head, tail = case.encode() + b"2026-11-22T", digest.encode()
    end = content.find(tail)
    while end >= 0:  # the next event names the hash too, as the one before its own
        row = content[content.rfind(head, 0, end) : end + len(tail)]
        if row.startswith(head) and row.count(tail) == 1 and len(_HASH.findall(row)) == 2:
            return end + len(tail) - len(row), end + len(tail)
        end = content.find(tail, end + 1)
    raise AssertionError("the event is not in the file as it was recorded")
