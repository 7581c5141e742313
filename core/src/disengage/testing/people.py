"""The people of a rehearsal: who clicks on the platform, the client, and the platform's own staff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from disengage.domain.case import CaseLink, Step
from disengage.domain.tasks import Bring, BringKind, Instructions
from disengage.domain.verbs import Verb
from disengage.testing.bench import Bench

_OTHERS = ("accept_invitations", "apply_changes", "others_act")


class People:
    """Plays people on the simulator of a bench.

    A simulator may have ``play(verb, part, ref, scope)``, which does what a person does for a step; ``sever(ref)``,
    which does it for ``sever_link``; ``files(verb, part)`` and ``values(verb, part)``, which is what a person brings;
    ``lose(ref)``, the client's own end of the link; and ``accept_invitations``, ``apply_changes`` or ``others_act``,
    which is what others do meanwhile.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._simulator: Any = bench.simulator

    def do(self, link: CaseLink, step: Step) -> None:
        """Do a step by hand, as far as it leaves a trace on the platform."""
        if hasattr(self._simulator, "play"):
            self._simulator.play(str(step.verb), step.part, link.link.ref, link.link.scope)
        elif step.verb is Verb.SEVER_LINK and hasattr(self._simulator, "sever"):
            self._simulator.sever(link.link.ref)

    def others_act(self) -> None:
        """Let the client and other systems do what they were asked for."""
        for name in _OTHERS:
            if hasattr(self._simulator, name):
                getattr(self._simulator, name)()

    def end_from_the_other_side(self, link: CaseLink) -> bool:
        """End a link without us; return whether the simulator can do that."""
        if hasattr(self._simulator, "lose"):
            self._simulator.lose(link.link.ref)
        elif hasattr(self._simulator, "play"):
            self._simulator.play(str(Verb.SEVER_LINK), "", link.link.ref, link.link.scope)
        elif hasattr(self._simulator, "sever"):
            self._simulator.sever(link.link.ref)
        else:
            return False
        return True

    def brought(self, instructions: Instructions, folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
        """Return the files and values that a person brings for a step."""
        verb, part = str(instructions.verb), instructions.part
        own = self._simulator.files(verb, part) if hasattr(self._simulator, "files") else {}
        values = dict(self._simulator.values(verb, part)) if hasattr(self._simulator, "values") else {}
        files = {}
        for item in instructions.bring:
            if item.kind is BringKind.FILE:
                name, content = own.get(item.key, (f"{item.key}.txt", b"What a person downloaded.\n"))
                files[item.key] = _written(folder / f"{verb}-{part}-{name}", content)
            elif item.required or item.choices:
                values.setdefault(item.key, _usual(item))
        return files, values


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _usual(item: Bring) -> str:
    usual = {BringKind.DATE: "2026-11-22", BringKind.NUMBER: "1", BringKind.TEXT: "seen"}
    return item.choices[0] if item.choices else usual.get(item.kind, "seen")
