"""Check an export of disengage: its events, the bags they tell of, and that no file was added.

    python3 -I check_chain.py

It needs Python 3.8 or later and nothing else, reads the folder that it stands in, and writes nothing.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List  # noqa: UP035 -- it also runs on older versions

Event = Dict[str, Any]  # noqa: UP006 -- the same
GENESIS = "0" * 64
#: Kinds of events that tell of a bag, and where its digest stands.
TELLS = {"history_kept": "digest", "task_done": "bag", "consent_recorded": "bag", "receipt_confirmed": "bag"}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def hash_of(event: Event) -> str:
    """Return the hash of an event: over all its other columns, as canonical JSON (RFC 8785)."""
    content = {name: value for name, value in event.items() if name != "hash"}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def events_of(path: Path) -> Iterator[Event]:
    """Yield the events of a file, one line each."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def check_events(folder: Path, case: str, neighbours: List[Any]) -> Iterator[str]:  # noqa: UP006 -- the same
    """Check every event of the case against its hash, its neighbours, and the list of where other cases stand."""
    last, runs = None, []
    for event in events_of(folder / "events.jsonl"):
        seq = event["seq"]
        if hash_of(event) != event["hash"]:
            yield f"event {seq} was changed: its content does not match its hash"
        if event["case_id"] != case:
            yield f"event {seq} is of another case"
        if last and seq == last["seq"] + 1:
            if event["previous"] != last["hash"]:
                yield f"event {seq} does not follow event {last['seq']}"
            runs[-1]["last"] = seq
        else:
            if last and seq <= last["seq"]:
                yield f"event {seq} stands behind event {last['seq']}"
            runs.append({"first": seq, "last": seq, "hash_before": event["previous"]})
        if seq == 1 and event["previous"] != GENESIS:
            yield "event 1 is not the beginning"
        last = event
    if runs != [{name: run[name] for name in ("first", "last", "hash_before")} for run in neighbours]:
        yield "the events are not those that chain.json lists: some are missing, or were added"


def check_log(folder: Path, case: str, end: Event) -> Iterator[str]:
    """Check the whole log, where the export has it, and that it has exactly these events of the case."""
    if not (folder / "log.jsonl").exists():
        return
    own, seq, previous = {event["seq"]: event["hash"] for event in events_of(folder / "events.jsonl")}, 0, GENESIS
    for event in events_of(folder / "log.jsonl"):
        seq += 1
        if event["seq"] != seq or event["previous"] != previous or hash_of(event) != event["hash"]:
            yield f"log.jsonl, line {seq}: event {event['seq']} does not follow, or was changed"
        if event["case_id"] == case and own.pop(event["seq"], None) != event["hash"]:
            yield f"event {event['seq']} of the log is not the one of events.jsonl"
        previous = event["hash"]
    if own:
        yield f"events that are not in the log: {sorted(own)}"
    if (seq, previous) != (end["seq"], end["hash"]):
        yield "the log does not end where chain.json says"


def check_stamps(folder: Path, stamps: List[Event]) -> Iterator[str]:  # noqa: UP006 -- the same
    """Check that what was stamped is the hash of that event; whether the token is genuine is for openssl to say."""
    known = {event["seq"]: event["hash"] for event in events_of(folder / "events.jsonl")}
    if (folder / "log.jsonl").exists():
        known = {event["seq"]: event["hash"] for event in events_of(folder / "log.jsonl")}
    for stamp in stamps:
        stated = json.loads((folder / stamp["content"]).read_text(encoding="utf-8"))
        if stated != {"seq": stamp["seq"], "hash": stamp["hash"]}:
            yield f"{stamp['content']} is not what chain.json says was stamped"
        if known.get(stamp["seq"], stamp["hash"]) != stamp["hash"]:
            yield f"{stamp['content']}: event {stamp['seq']} is not the one that was stamped"


def check_bags(folder: Path, absent: List[Event]) -> Iterator[str]:  # noqa: UP006 -- the same
    """Check every bag the events tell of: its seal against the event, its manifests against its files."""
    seals = {sha256_of(path): path.parent for path in folder.glob("bags/**/tagmanifest-sha256.txt")}
    known = {bag["digest"] for bag in absent}
    for event in events_of(folder / "events.jsonl"):
        digest = json.loads(event["payload"]).get(TELLS.get(event["kind"], ""))
        if digest and digest not in seals and digest not in known:
            yield f"event {event['seq']} tells of a bag with the seal {digest[:12]}…, and there is none"
    for bag in seals.values():
        for manifest in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
            for line in (bag / manifest).read_text(encoding="utf-8").splitlines():
                digest, _, name = line.partition("  ")
                name = name.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
                if not (bag / name).is_file() or sha256_of(bag / name) != digest:
                    yield f"{(bag / name).relative_to(folder)} is missing, or is not what was kept"


def check_files(folder: Path) -> Iterator[str]:
    """Check that there is no file that SHA256SUMS does not list; their content is for sha256sum to check."""
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {line.partition("  ")[2] for line in lines} | {"SHA256SUMS"}
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in listed:
            yield f"{path.relative_to(folder)} is not listed in SHA256SUMS"


def complaints(folder: Path) -> Iterator[str]:
    """Yield everything that is wrong with the export in a folder."""
    chain = json.loads((folder / "chain.json").read_text(encoding="utf-8"))
    yield from check_events(folder, chain["case"], chain["neighbours"])
    yield from check_log(folder, chain["case"], chain["end"])
    yield from check_stamps(folder, chain["timestamps"])
    yield from check_bags(folder, chain["absent"])
    yield from check_files(folder)


def main() -> int:
    """Print what is wrong; return 0 where nothing is."""
    try:
        found = list(complaints(Path(__file__).resolve().parent))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = [f"the export cannot be read ({type(error).__name__}: {error})"]
    sys.stdout.write("".join(f"WRONG  {line}\n" for line in found))
    sys.stdout.write("Everything agrees.\n" if not found else f"{len(found)} things are wrong.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
