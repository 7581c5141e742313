"""The worker's side: one task makes the calls of one connection of one case. Runs in an environment of its own."""

from __future__ import annotations

import os
from typing import Any

import httpx
from celery import Celery

_REDIS = f"redis+socket://{os.environ['BENCH_REDIS']}"
app = Celery("tasks", broker=_REDIS, backend=_REDIS)
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, task_serializer="json")
_client = httpx.Client(timeout=30, limits=httpx.Limits(max_connections=None, max_keepalive_connections=None))


@app.task
def make(calls: list[tuple[str, str, Any]]) -> int:
    """Make these calls, one after the other; return how many."""
    for method, url, body in calls:
        _client.request(method, url, json=body).raise_for_status().read()
    return len(calls)
