"""What a person brings is looked at by the connector before anything is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from disengage import Bring, BringKind, Instructions, NeedsPerson, Operation, Provenance, Verb, VerbSpec
from disengage.engine import answers
from disengage.engine.retain import bags_of
from disengage.errors import InputError

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

COPY = VerbSpec(
    verb=Verb.RETAIN_HISTORY,
    by_hand=Instructions(
        verb=Verb.RETAIN_HISTORY,
        title="Bring the copy",
        language="en",
        steps=("Download it.",),
        bring=(Bring(key="copy", kind=BringKind.FILE),),
    ),
)


def test_a_copy_that_needs_a_person_is_no_copy(stage: Callable[..., Stage]) -> None:
    call = Operation(name="read", call="GET /all", provenance=Provenance.DOCUMENTED)
    automatic = COPY.model_copy(update={"operations": ("read",)})
    made = stage(crm=a_manifest(automatic, operations=(call,)))
    made.platforms["crm"].act = NeedsPerson(reason="The export is not ready.")
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    (task,) = made.open_tasks()
    assert (made.step("crm.retain_history").proof, task.title) == (None, "Bring the copy")
    assert bags_of(made.workplace, made.case_id) == []


def test_what_the_connector_complains_of_is_not_taken_and_can_be_brought_again(
    stage: Callable[..., Stage], tmp_path: Path
) -> None:
    made = stage(crm=a_manifest(COPY))
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    (task,) = made.open_tasks()
    file = tmp_path / "copy.zip"
    file.write_bytes(b"no zip")
    before, events = made.case, made.workplace.store.count_events()
    made.platforms["crm"].complaints = ("The file 'copy' is no ZIP.", "It holds no PDF.")
    with pytest.raises(InputError, match=r"cannot be taken: The file 'copy' is no ZIP\. It holds no PDF\."):
        answers.done(made.workplace, task.id, "Ola", evidence=[str(file)])
    assert (made.case, made.workplace.store.count_events()) == (before, events)
    made.platforms["crm"].complaints = ()
    answers.done(made.workplace, task.id, "Ola", evidence=[str(file)])
    made.go()
    assert made.step("crm.retain_history").proof == "stated"
