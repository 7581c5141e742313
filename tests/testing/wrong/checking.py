"""Connectors whose own checks of the history go wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from disengage import Check, Connector, RetryableError, Verdict, hookimpl

from tests.testing.tiny import Tiny

DAMAGE = "checks_of_the_history_stand_damaged_copies"


class TrustsWhatItChecks(Tiny):
    """Its check of the history breaks on what is damaged."""

    @hookimpl
    def check_history(self, files: Mapping[str, Path]) -> list[Check]:
        papers = json.loads(files["papers.json"].read_text(encoding="utf-8"))
        verdict = Verdict.SOUND if papers else Verdict.WRONG
        return [Check(name="papers", subject="papers.json", verdict=verdict, reason=f"{len(papers)} papers")]


class MendsWhatItChecks(Tiny):
    """It tidies the copy up while it looks at it."""

    @hookimpl
    def check_history(self, files: Mapping[str, Path]) -> list[Check]:
        for path in files.values():
            path.write_bytes(path.read_bytes().strip(b"\0"))
        return []


class GivesUpOnWhatItChecks(Tiny):
    """It takes damage for trouble that passes."""

    @hookimpl
    def check_history(self, files: Mapping[str, Path]) -> list[Check]:
        if "papers.json" not in files:
            raise RetryableError("The papers are not there yet.")
        return []


#: Connector → the tests that catch it, each with what it says.
WRONG: dict[type[Connector], dict[str, str]] = {
    TrustsWhatItChecks: {DAMAGE: "fails on a copy whose files are cut in half"},
    MendsWhatItChecks: {DAMAGE: "changes the files of a copy whose files are all zeros"},
    GivesUpOnWhatItChecks: {DAMAGE: "fails on a copy without 'papers.json': RetryableError"},
}
