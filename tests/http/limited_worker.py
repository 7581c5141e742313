"""One of the processes of test_limits: makes twelve calls from four threads and prints when they were made."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from disengage.connector import Rate
from disengage.http import limiter_for


def main(url: str, folder: str) -> None:
    limiter = limiter_for(url, Path(folder))

    def call(_: int) -> float:
        limiter.wait("shared", [Rate(calls=4, seconds=0.2)])
        return time.time()

    limiter.wait("something else", [Rate(calls=4, seconds=0.2)])  # so that the store is open
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(call, range(12)))
    limiter.close()
    sys.stdout.write("\n".join(map(str, made)))


main(*sys.argv[1:])
