"""What the benchmarks rely on: a case on many connections ends within one run, with every call made once."""

from __future__ import annotations

from pathlib import Path

from disengage.engine.worker import Worker

from benchmarks.office import approved, carried_out, office
from benchmarks.platform import BenchPlatform

CHANGES = [("PUT", "/clients/1/access"), ("PUT", "/clients/1/administrator"), ("DELETE", "/clients/1/link")]


def test_a_case_on_three_connections_ends_in_one_run_with_every_change_made_once(tmp_path: Path) -> None:
    platforms = [BenchPlatform() for _ in range(3)]
    urls = [platform.start() for platform in platforms]
    try:
        with office(urls) as workplace, Worker(workplace) as worker:
            carried_out(workplace, worker, approved(workplace, [1]))
    finally:
        for platform in platforms:
            platform.stop()
    assert [sorted(platform.changing_calls(), key=lambda c: c[1]) for platform in platforms] == [CHANGES] * 3
