"""What a task says, taken apart into passages and values."""

from __future__ import annotations

from datetime import date

from disengage.domain.tasks import Instructions
from disengage.domain.verbs import Verb
from disengage.engine.briefing import Passage, PassageKind, ToCopy, passages, values_to_copy

from tests.builders import a_case, a_request, a_step, a_task

WHOLE = Instructions(
    verb=Verb.SEVER_LINK,
    title="Archive the client",
    language="nb",
    steps=("Velg Kunder.", "Arkiver Nordlys Kafé AS fra 31.12.2026 - 2026-12-31."),
    steps_en=("Choose Clients.",),
    warnings=("It cannot be undone.", "Mind: the client is told."),
    source="https://vendor.example/help",
    as_of="2026-11-22",
)


def test_instructions_come_in_passages_each_in_its_language() -> None:
    text = f"The platform does not show it.\n\n{WHOLE.text()}"
    found = passages(a_task(title=WHOLE.title, instructions=text), "nb")
    assert list(found) == [
        Passage(kind=PassageKind.TEXT, lines=("The platform does not show it.",)),
        Passage(kind=PassageKind.STEPS, lines=WHOLE.steps, language="nb"),
        Passage(kind=PassageKind.STEPS, lines=WHOLE.steps_en),
        Passage(kind=PassageKind.WARNINGS, lines=WHOLE.warnings),
        Passage(kind=PassageKind.SOURCE, lines=(), address="https://vendor.example/help", read_on=date(2026, 11, 22)),
    ]


def test_steps_without_a_translation_are_in_english() -> None:
    text = "It was sent.\nNobody answered.\n\n  1. Look.\n  2. Say it.\n\nDecide:\n\n  - again: once more\n"
    assert list(passages(a_task(instructions=text), "nb")) == [
        Passage(kind=PassageKind.TEXT, lines=("It was sent.", "Nobody answered.")),
        Passage(kind=PassageKind.STEPS, lines=("Look.", "Say it.")),
        Passage(kind=PassageKind.TEXT, lines=("Decide:",)),
        Passage(kind=PassageKind.POINTS, lines=("again: once more",)),
    ]


def test_what_is_needed_is_offered_to_copy_each_value_once() -> None:
    step = a_step()
    task = a_task(step, title=WHOLE.title, instructions=WHOLE.text())
    case = a_case(steps=[step], tasks=[task], request=a_request())
    assert list(values_to_copy(case, task)) == [
        ToCopy(word="client", value="Nordlys Kafé AS"),
        ToCopy(word="orgnr", value="974760673"),
        ToCopy(word="reference", value="1001"),
        ToCopy(word="ends_on", value="2026-12-31"),
        ToCopy(word="date", value="31.12.2026"),
    ]
