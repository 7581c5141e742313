"""The caller's side: hand out a group of tasks a case, wait for all of them, and print how many seconds that took."""

from __future__ import annotations

import json
import sys
import time

from celery import group
from tasks import make


def main() -> None:
    """Read the cases from the standard input: for each its links, for each link its calls."""
    if sys.argv[1:] == ["--ready"]:
        make.delay([]).get(timeout=60)
        return
    cases = json.load(sys.stdin)
    started = time.perf_counter()
    results = [group(make.s(calls) for calls in case).apply_async() for case in cases]
    for result in results:
        result.get(timeout=600)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
