"""What a connector publishes about itself: its manifest, and the instructions for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from disengage.domain.manifest import Manifest, Operation, VerbSpec
from disengage.domain.tasks import Instructions
from disengage.domain.verbs import ORDER, Provenance, Verb

#: The verbs that every manifest has.
EXPECTED = (*(verb for verb in ORDER if verb is not Verb.ACTIVATE), Verb.INVITE_BACK)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LEFT_OVER = re.compile(r"\{[^}]*\}|\([^()]*: not given\)")


def gaps_of(manifest: Manifest) -> Iterator[str]:
    """Yield what a manifest leaves out, or says without a source."""
    yield from manifest.complaints()
    if not (manifest.platform and manifest.vendor):
        yield "the manifest does not say which platform it is for, or who makes it"
    for verb in EXPECTED:
        if not manifest.specs(verb):
            yield f"the manifest does not say how {verb} is done"
    for operation in manifest.operations:
        yield from _unsourced(operation)
    for spec in manifest.verbs:
        yield from _unsaid(spec)


def _unsourced(operation: Operation) -> Iterator[str]:
    if operation.provenance is not Provenance.ASSUMED:
        for complaint in _no_source(operation.source, operation.as_of):
            yield f"the operation '{operation.name}' is called {operation.provenance}, and {complaint}"
    elif operation.call:
        yield f"the operation '{operation.name}' is assumed, and has a path that nobody configured"


def _no_source(source: str, as_of: str) -> Iterator[str]:
    if not re.match(r"https?://\S+$", source):
        yield "has no source"
    try:
        date.fromisoformat(as_of)
    except ValueError:
        yield "does not say on which day that was read"


def _unsaid(spec: VerbSpec) -> Iterator[str]:
    if spec.not_needed:
        return
    if spec.by_hand is None:
        yield f"{spec.key} has no instructions for a person, and is not called not needed"
    if not spec.effects and spec.verb is not Verb.RETAIN_HISTORY:
        yield f"{spec.key} has no effects"


# --- instructions -------------------------------------------------------------------------------------------


def gaps_in(spec: VerbSpec) -> Iterator[str]:
    """Yield what the instructions of a verb leave out, before they are filled in."""
    given = spec.by_hand
    if given is None:
        return
    if (given.verb, given.part) != (spec.verb, spec.part):
        yield f"the instructions of {spec.key} are those of another verb"
    if not given.title or not given.steps:
        yield f"the instructions of {spec.key} have no title, or no steps"
    if not _LANGUAGE.fullmatch(given.language):
        yield f"the instructions of {spec.key} do not name their language"
    yield from _without_english(spec.key, given)
    if given.provenance is not Provenance.ASSUMED:
        for complaint in _no_source(given.source, given.as_of):
            yield f"the instructions of {spec.key} are called {given.provenance}, and {complaint}"


def _without_english(key: str, given: Instructions) -> Iterator[str]:
    if given.language.partition("-")[0] == "en":
        return
    if not given.steps_en:
        yield f"the instructions of {key} are in '{given.language}' only; English is missing"
    elif len(given.steps_en) != len(given.steps):
        yield f"the instructions of {key} have {len(given.steps)} steps, and {len(given.steps_en)} in English"


def gaps_when_filled(key: str, given: Instructions) -> Iterator[str]:
    """Yield the placeholders that were left over when instructions were filled in for a client."""
    for text in (given.title, *given.steps, *given.steps_en, *given.warnings):
        for left in _LEFT_OVER.findall(text):
            yield f"the instructions of {key} hold '{left}', which nothing fills"
