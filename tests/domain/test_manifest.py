"""What a connector publishes about itself, and the words shown to people."""

from __future__ import annotations

from typing import Any

import pytest
from disengage.domain.manifest import Manifest, Operation, VerbSpec
from disengage.domain.tasks import Instructions
from disengage.domain.verbs import Mode, Provenance, Verb, weakest

READ = Operation(name="read", call="GET /x", provenance=Provenance.DOCUMENTED)
REMOVE = Operation(name="remove", call="DELETE /x", provenance=Provenance.OBSERVED, changes=True)
GUESS = Operation(name="guess", provenance=Provenance.ASSUMED, changes=True)
SEVER = VerbSpec(verb=Verb.SEVER_LINK, moves=("linked",))


def a_manifest(*verbs: VerbSpec, **changes: Any) -> Manifest:
    fields = {"platform": "Go", "vendor": "Somebody", "operations": (READ, REMOVE, GUESS), "verbs": verbs}
    return Manifest(**fields | changes)


@pytest.mark.parametrize(
    ("operations", "trust", "configured", "mode"),
    [
        ((), "assumed", (), Mode.BY_HAND),
        (("read",), "documented", (), Mode.AUTOMATIC),
        (("read", "remove"), "documented", (), Mode.BY_HAND),
        (("read", "remove"), "observed", (), Mode.AUTOMATIC),
        (("guess",), "assumed", (), Mode.BY_HAND),
        (("guess",), "observed", ("guess",), Mode.BY_HAND),
        (("guess",), "assumed", ("guess",), Mode.AUTOMATIC),
        (("read", "guess"), "assumed", ("read",), Mode.BY_HAND),
    ],
)
def test_a_verb_is_automatic_only_if_all_its_operations_are_trusted_and_have_a_path(
    operations: tuple[str, ...], trust: str, configured: tuple[str, ...], mode: Mode
) -> None:
    spec = SEVER.model_copy(update={"operations": operations})
    assert a_manifest(spec).mode(spec, Provenance(trust), frozenset(configured)) is mode


def test_a_verb_that_is_not_needed_is_neither_automatic_nor_by_hand() -> None:
    spec = VerbSpec(verb=Verb.ARCHIVE, not_needed="severing archives", operations=("read",))
    assert a_manifest(spec).mode(spec, Provenance.ASSUMED, frozenset()) is Mode.NOT_NEEDED


def test_a_verb_is_as_weak_as_its_weakest_operation() -> None:
    spec = SEVER.model_copy(update={"operations": ("read", "guess", "remove")})
    assert a_manifest(spec).provenance(spec) is Provenance.ASSUMED
    assert weakest([]) is Provenance.DOCUMENTED


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        (a_manifest(SEVER, SEVER), "sever_link is there twice"),
        (
            a_manifest(SEVER.model_copy(update={"operations": ("raed",)})),
            "sever_link calls 'raed', which it does not list",
        ),
        (
            a_manifest(SEVER.model_copy(update={"moves": ("lnked",)})),
            "sever_link moves 'lnked', which cannot be compared",
        ),
        (a_manifest(SEVER, time_zone="Europe/Olso"), "there is no time zone 'Europe/Olso'"),
        (a_manifest(SEVER, time_zone="../etc"), "there is no time zone '../etc'"),
    ],
)
def test_a_manifest_that_does_not_hold_together_says_what_is_wrong(manifest: Manifest, complaint: str) -> None:
    assert manifest.complaints() == (complaint,)


def test_a_manifest_that_holds_together_has_no_complaint() -> None:
    part = VerbSpec(verb=Verb.SEVER_LINK, part="late", operations=("read", "guess"))
    assert a_manifest(SEVER, part, time_zone="Europe/Oslo").complaints() == ()
    assert a_manifest().complaints() == ()


def test_specs_and_operations_are_found_by_name() -> None:
    part = VerbSpec(verb=Verb.SEVER_LINK, part="late")
    manifest = a_manifest(SEVER, part)
    assert manifest.specs(Verb.SEVER_LINK) == (SEVER, part)
    assert manifest.spec(Verb.SEVER_LINK, "late") is part
    assert manifest.operation("read") is READ
    with pytest.raises(KeyError):
        manifest.spec(Verb.ARCHIVE)
    with pytest.raises(KeyError):
        manifest.operation("write")


# --- the words for people

BY_HAND = Instructions(
    verb=Verb.SEVER_LINK,
    title="End {client}",
    language="nb",
    steps=("Velg {client}.", "Skriv {ends_on} og {unknown_word}."),
    steps_en=("Choose {client}.",),
    warnings=("{client} cannot be undone.",),
    source="https://vendor.example/end",
    as_of="2026-01-01",
    provenance=Provenance.OBSERVED,
)


def test_instructions_are_filled_and_say_what_was_not_given() -> None:
    filled = BY_HAND.filled({"client": "Nordlys {x}", "ends_on": "2026-12-31"})
    assert filled.text().splitlines() == [
        "End Nordlys {x}",
        "",
        "  1. Velg Nordlys {x}.",
        "  2. Skriv 2026-12-31 og (unknown word: not given).",
        "",
        "In English:",
        "  1. Choose Nordlys {x}.",
        "",
        "Mind:",
        "  - Nordlys {x} cannot be undone.",
        "",
        "Source: https://vendor.example/end (read 2026-01-01, observed)",
    ]


def test_short_instructions_are_short() -> None:
    plain = Instructions(verb=Verb.ARCHIVE, title="Archive it", language="en", steps=("Click.",))
    assert plain.text() == "Archive it\n\n  1. Click."
