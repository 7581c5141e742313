"""The yardstick of throughput: plain threads with httpx make the same calls, and nothing is kept anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import httpx
from disengage.testing import Entry

#: Method and path of the calls of one link, in order.
Calls = Sequence[tuple[str, str]]

#: What is sent along, by the last part of the path.
BODIES = {"access": {"u-1": "2026-01-31"}}


def calls_by_link(journal: Iterable[Entry]) -> list[Calls]:
    """Return what a platform was asked, by client, in the order in which it was asked."""
    by_client = sorted(journal, key=lambda entry: (_client(entry), entry.number))
    return [[(e.method, e.path) for e in entries] for _, entries in groupby(by_client, key=_client)]


def _client(entry: Entry) -> str:
    return entry.path.split("/")[2]


def seconds_of_plain_threads(urls: Sequence[str], links: Sequence[Sequence[Calls]], at_once: int) -> float:
    """Make the calls of every link of every connection, ``at_once`` links of each connection at a time.

    Returns:
        How long it took.
    """
    clients = [httpx.Client(base_url=url, timeout=30) for url in urls]
    pools = [ThreadPoolExecutor(max_workers=at_once) for _ in urls]
    started = time.perf_counter()
    for client, pool, sequences in zip(clients, pools, links, strict=True):
        for calls in sequences:
            pool.submit(_make, client, calls)
    for pool in pools:
        pool.shutdown()
    seconds = time.perf_counter() - started
    for client in clients:
        client.close()
    return seconds


def _make(client: httpx.Client, calls: Calls) -> None:
    for method, path in calls:
        client.request(method, path, json=BODIES.get(path.rpartition("/")[2])).raise_for_status().read()
