"""Whether a connector's own checks of the history stand what copies look like that something happened to.

``check_history`` is asked of what was kept, and of copies of it: cut short, emptied, with bytes changed, with files
missing. Whatever it says of them, it says it in checks; it raises nothing, and changes nothing in the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from disengage.domain.verbs import Verb
from disengage.errors import DisengageError
from disengage.testing.bench import Bench
from disengage.testing.performing import Ended
from disengage.testing.rehearsal import rehearse
from disengage.testing.stage import Stage

_EVERY = 97

#: What happened to every file of a copy → what became of its content.
DAMAGE: Mapping[str, Callable[[bytes], bytes]] = {
    "whole": lambda content: content,
    "cut in half": lambda content: content[: len(content) // 2],
    "without its last byte": lambda content: content[:-1],
    "empty": lambda content: b"",  # noqa: ARG005 -- nothing is left of it
    "with changed bytes": lambda content: bytes(
        byte ^ (0x55 if n % _EVERY == 7 else 0) for n, byte in enumerate(content)
    ),
    "of another kind": lambda content: b"<html>Your session has ended</html>",  # noqa: ARG005 -- nothing is left of it
    "all zeros": lambda content: bytes(len(content)),
}


def unchecked(stage: Stage) -> Iterator[str]:
    """Yield what goes wrong where the copies of an ending, whole and damaged, are checked by the connector."""
    with stage.bench() as bench:
        told = rehearse(bench)
        for ended in told.steps:
            files = _files(bench, ended)
            if files:
                yield from _complaints(bench, ended, files)


def _files(bench: Bench, ended: Ended) -> dict[str, bytes]:
    """Return what a step kept, or a person brought for it; nothing for other steps."""
    if ended.step.verb is not Verb.RETAIN_HISTORY:
        return {}
    if not ended.by_hand:
        return {name: path.read_bytes() for name, path in ended.files.items()}
    brings = getattr(bench.simulator, "files", None)
    return dict(brings(str(ended.step.verb), ended.step.part).values()) if brings else {}


def _complaints(bench: Bench, ended: Ended, files: Mapping[str, bytes]) -> Iterator[str]:
    for what, became in DAMAGE.items():
        copy = {name: became(content) for name, content in files.items()}
        yield from _asked(bench, ended, copy, f"a copy whose files are {what}")
    for name in files:
        copy = {other: content for other, content in files.items() if other != name}
        yield from _asked(bench, ended, copy, f"a copy without '{name}'")


def _asked(bench: Bench, ended: Ended, copy: Mapping[str, bytes], what: str) -> Iterator[str]:
    folder = bench.folder / "damaged"
    folder.mkdir(exist_ok=True)
    files = {name: folder / f"{number:04}" for number, name in enumerate(copy)}
    for name, path in files.items():
        path.write_bytes(copy[name])
    try:
        bench.call(
            "check_history", link=ended.link.link, request=bench.request, part=ended.step.part, files=dict(files)
        )
    except DisengageError as error:
        yield f"check_history of {ended.name} fails on {what}: {type(error).__name__}: {error}"
    if _changed(files, copy):
        yield f"check_history of {ended.name} changes the files of {what}"


def _changed(files: Mapping[str, Path], copy: Mapping[str, bytes]) -> bool:
    return any(not path.is_file() or path.read_bytes() != copy[name] for name, path in files.items())
