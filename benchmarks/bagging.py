"""Bags: making one while downloading, against a plain download and then sha256sum; proving one, against sha256sum.

The plain download is one connection, one document after the other into a file, as curl does it, with the HTTP library
that disengage uses: what is compared is the making of bags, not Python with C. curl itself is measured beside it.

What is measured runs in a process of its own, ``python -m benchmarks.bagging bag|plain|verify …``, so that its memory
is its own; the time is taken inside, without the start of an interpreter.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import structlog
from disengage.http import HttpClient, MemoryLimiter
from disengage.vault import Vault

from benchmarks.documents import documents
from benchmarks.figures import Bound, Figure
from benchmarks.platform import ROOT

_MEGABYTES = 150


def measure(*, quick: bool) -> list[Figure]:
    """Make and prove a bag in every round, beside the system's own tools."""
    count, size, rounds = (60, 20_000, 1) if quick else (10_000, 200_000, 3)
    with documents(size) as url:
        made = [_round(url, count) for _ in range(rounds)]
    what = f"{count} documents, {count * size / 1e9:.2g} GB"
    return [
        _making(
            made, f"{what}: downloaded into a bag, proven, published; against a plain download, then sha256sum", quick
        ),
        _proving(made, f"{what}: Vault.verify against sha256sum -c; the ratio is of speeds", quick),
        _memory(made, quick),
    ]


def _making(made: Sequence[dict[str, Any]], what: str, quick: bool) -> Figure:
    ours, yardstick = [one["bag"]["seconds"] for one in made], [one["plain"] + one["sums"] for one in made]
    beside = [one["curl"] + one["sums"] for one in made if one["curl"]]
    details = {
        "curl, then sha256sum": [round(seconds, 2) for seconds in beside] or "there is no curl here",
        "times that": [round(a / b, 2) for a, b in zip(ours, beside, strict=False)],
    }
    ratios = [a / b for a, b in zip(ours, yardstick, strict=True)]
    return Figure("bags, making", what, "s", ours, yardstick, ratios, Bound() if quick else Bound(most=1.3), details)


def _proving(made: Sequence[dict[str, Any]], what: str, quick: bool) -> Figure:
    ours, yardstick = [one["verify"]["seconds"] for one in made], [one["checked"] for one in made]
    ratios = [b / a for a, b in zip(ours, yardstick, strict=True)]
    return Figure("bags, proving", what, "s", ours, yardstick, ratios, Bound() if quick else Bound(least=0.8))


def _memory(made: Sequence[dict[str, Any]], quick: bool) -> Figure:
    most = [max(one["bag"]["megabytes"], one["verify"]["megabytes"]) for one in made]
    return Figure(
        name="bags, memory",
        what=f"the most that either process ever held, against the {_MEGABYTES} MB it may; the interpreter included",
        unit="MB",
        ours=most,
        yardstick=[float(_MEGABYTES)] * len(most),
        ratios=[one / _MEGABYTES for one in most],
        bound=Bound() if quick else Bound(most=1.0),
    )


def _round(url: str, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="disengage-bench-") as name:
        folder = Path(name)
        curl = _curl(url, count, folder / "curl")
        plain = _child("plain", url, str(count), str(folder / "plain"))
        sums = _timed(["sh", "-c", "ls | xargs sha256sum > ../sums.txt"], folder / "plain")
        bag = _child("bag", url, str(count), str(folder))
        proven = _child("verify", str(folder), bag["path"], bag["digest"])
        checked = _timed(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], folder / "vault" / bag["path"])
    return {
        "bag": bag, "verify": proven, "plain": plain["seconds"], "curl": curl, "sums": sums, "checked": checked
    }  # fmt: skip


def _curl(url: str, count: int, folder: Path) -> float:
    """Download everything over one connection; return how long it took; nothing where there is no curl."""
    if shutil.which("curl") is None:
        return 0.0
    folder.mkdir()
    lines = (f'url = "{url}/{number}"\noutput = "{folder}/{number}.pdf"\n' for number in range(count))
    config = folder.with_suffix(".txt")
    config.write_text("".join(lines), encoding="utf-8")
    return _timed(["curl", "--silent", "--show-error", "--fail", "--config", str(config)], folder)


def _timed(command: Sequence[str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True)
    return time.perf_counter() - started


def _child(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.bagging", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


# --- in the process that is measured ------------------------------------------------------------------------


def _bag(url: str, count: int, folder: Path) -> dict[str, Any]:
    vault = Vault("file:vault", folder)
    with (
        HttpClient(connection="bench", base_url=url, limiter=MemoryLimiter()) as client,
        vault.open_bag("case", "bench", "client", "history", about={}) as bag,
    ):
        for number in range(count):
            name, source = f"documents/{number}.pdf", f"{url}/{number}"
            if bag.already_kept(name, source=source) is None:
                with client.stream(f"/{number}", operation="document") as chunks:
                    bag.write(name, chunks, source=source)
    return {"path": bag.bag.path, "digest": bag.bag.digest}


def _plain(url: str, count: int, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    with httpx.Client(base_url=url) as client:
        for number in range(count):
            with client.stream("GET", f"/{number}") as answer, (folder / f"{number}.pdf").open("wb") as file:
                for chunk in answer.iter_raw():
                    file.write(chunk)
    return {}


def _verify(folder: Path, path: str, digest: str) -> dict[str, Any]:
    assert Vault("file:vault", folder).verify(path, digest) == ()
    return {}


def _measured() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["bag", "plain", "verify"])
    parser.add_argument("rest", nargs=3)
    asked = parser.parse_args()
    first, second, third = asked.rest
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # as the commands do
    started = time.perf_counter()
    if asked.what == "verify":
        said = _verify(Path(first), second, third)
    else:
        said = (_bag if asked.what == "bag" else _plain)(first, int(second), Path(third))
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps(said | {"seconds": seconds, "megabytes": _most_megabytes()}))


def _most_megabytes() -> float:
    """Return the most that this process ever held; what ``getrusage`` says begins with its parent's."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (size,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(size.split()[1]) / 1024


if __name__ == "__main__":
    _measured()
