"""The form of a task, made from what is to be brought back; what was typed stays in it when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from disengage.domain.case import Task, TaskKind
from disengage.domain.tasks import Bring, BringKind
from disengage.errors import InputError
from disengage.web.site import temporary_folder
from disengage.web.uploads import taken
from disengage.web.wording import SOURCE

if TYPE_CHECKING:
    from disengage.web.visit import Visit

#: Further files than those that are asked for, and free words.
FURTHER, NOTE = "further", "note"


class Field(NamedTuple):
    """One field.

    Attributes:
        name: In the form.
        label: What is to be brought.
        language: Of the label.
        kind: As the macro ``field`` names it.
        choices: Value and label of each; None: anything can be typed.
        value: What was typed.
        error: What is wrong with that.
    """

    name: str
    label: str
    language: str
    kind: str
    required: bool
    choices: list[tuple[str, str]] | None
    value: str
    error: str


def name_of(item: Bring) -> str:
    """Return the name of the field for something to bring back."""
    return f"{'file' if item.kind is BringKind.FILE else 'value'}.{item.key}"


def fields(visit: Visit, task: Task, wrong: Mapping[str, str]) -> list[Field]:
    """Return the fields of a task, with what was typed and what is wrong by the fields' names."""
    return [_field(visit, item, wrong) for item in task.bring]


def _field(visit: Visit, item: Bring, wrong: Mapping[str, str]) -> Field:
    name = name_of(item)
    said = item.label or item.key.replace("_", " ")
    label = visit.retell(said)
    return Field(
        name=name,
        label=label[:1].upper() + label[1:],
        language=SOURCE if label == said else visit.wording.language,
        kind={BringKind.CHOICE: "radio", BringKind.NUMBER: "text"}.get(item.kind, str(item.kind)),
        required=item.required,
        choices=[(choice, choice) for choice in item.choices] if item.kind is BringKind.CHOICE else None,
        value=visit.form.text(name),
        error=wrong.get(name, ""),
    )


def takes_files(task: Task) -> bool:
    """Return whether files may come with the answer; a question is answered without."""
    return task.kind is TaskKind.DO


# --- what was sent


def typed(visit: Visit, task: Task) -> dict[str, str]:
    """Return what was typed into the fields of a task, by what it is; empty ones are left out."""
    given = {item.key: visit.form.text(name_of(item)) for item in task.bring if item.kind is not BringKind.FILE}
    return {key: text for key, text in given.items() if text}


def complaints(visit: Visit, task: Task) -> dict[str, str]:
    """Return what is wrong with what was sent, by the fields' names."""
    found = {name_of(item): _complaint(visit, item) for item in task.bring}
    return {name: why for name, why in found.items() if why}


def _complaint(visit: Visit, item: Bring) -> str:
    if item.kind is BringKind.FILE:
        number = len(visit.form.files.get(name_of(item), ()))
        if number > 1:
            return visit.say("Choose one file here.")
        return visit.say("Choose a file.") if item.required and not number else ""
    text = visit.form.text(name_of(item))
    if not text:
        return visit.say("This is needed.") if item.required else ""
    return _unfit(visit, item, text)


def _unfit(visit: Visit, item: Bring, text: str) -> str:
    """Return why a text is not of the kind that is asked for; empty: it is."""
    if item.kind is BringKind.CHOICE and text not in item.choices:
        return visit.say("Choose one of these.")
    try:
        if item.kind is BringKind.DATE:
            date.fromisoformat(text)
        elif item.kind is BringKind.NUMBER and not isfinite(float(text)):
            return visit.say("This is not a number.")
    except ValueError:
        if item.kind is BringKind.DATE:
            return visit.say("This is not a date. Write it as 2026-12-31.")
        return visit.say("This is not a number.")
    return ""


@contextmanager
def brought(visit: Visit, task: Task) -> Iterator[list[str]]:
    """Yield the files that came, each as ``KEY=PATH`` or ``PATH``; they are there until the block ends.

    Raises:
        InputError: One cannot be taken, or what was brought cannot; it does not say in which folder that was.
    """
    with temporary_folder() as named:
        folder = Path(named)
        try:
            asked = [item for item in task.bring if item.kind is BringKind.FILE]
            sent = [(f"{item.key}=", file) for item in asked for file in visit.form.files.get(name_of(item), ())]
            further = visit.form.files.get(FURTHER, ()) if takes_files(task) else ()
            if further and len(sent) < len(asked):
                raise InputError(
                    visit.say("Further files were chosen, but not every file that is asked for."),
                    remedy=visit.say("Choose those first."),
                )
            yield [f"{key}{taken(file, folder)}" for key, file in (*sent, *(("", file) for file in further))]
        except InputError as error:
            message = error.message.replace(f"{folder}/", "")
            raise InputError(message, remedy=error.remedy, fields=error.fields) from None
