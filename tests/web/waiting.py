"""Cases that wait for people, put into a firm's store as they would be after weeks."""

from __future__ import annotations

import itertools
import re
from datetime import date
from html import unescape
from typing import Any

from disengage.domain.case import Case, Task
from disengage.domain.effects import Effect
from disengage.domain.lifecycle import StepState, WaitsFor
from disengage.domain.tasks import Bring, BringKind, Instructions
from disengage.domain.verbs import Mode, Verb
from disengage.web.wording import Wording

from tests.builders import a_case, a_link, a_request, a_step, a_task
from tests.web.firm import Firm

_COUNT = itertools.count(1)

INSTRUCTIONS = Instructions(
    verb=Verb.TRANSFER_ADMIN,
    title="Make the client's own person administrator",
    language="de",
    steps=("Öffnen Sie Nordlys Kafé AS zum 2027-02-03.", "Wählen Sie Kari Nordmann."),
    steps_en=("Open Nordlys Kafé AS.", "Choose Kari Nordmann."),
    warnings=("Nobody can undo <this>.",),
    source="https://vendor.example/help",
    as_of="2026-11-22",
)
#: One of every kind.
BRING = (
    Bring(key="picture", kind=BringKind.FILE, required=False, label="a picture of the page"),
    Bring(key="status", kind=BringKind.CHOICE, choices=("Archived", "Lost"), label="the status shown now"),
    Bring(key="seen_on", kind=BringKind.DATE, label="the day you saw it"),
    Bring(key="count", kind=BringKind.NUMBER, required=False),
    Bring(key="words", kind=BringKind.TEXT, required=False),
)
GOOD = {"value.status": "Lost", "value.seen_on": "2026-11-20", "value.count": "3", "note": "As agreed."}


def a_waiting_case(firm: Firm, *tasks: dict[str, Any], name: str = "Nordlys Kafé AS", **changes: Any) -> Case:
    """Keep a case whose steps wait for people: one task each, with what differs from the usual one."""
    case_id = f"c-waits{next(_COUNT):05}"
    link = a_link(connection="banqup", connector="banqup")
    steps = [_step(link, number) for number in range(len(tasks) or 1)]
    case = a_case(
        id=case_id,
        links=[link],
        steps=steps,
        tasks=[
            _task(case_id, step, number, task) for number, (step, task) in enumerate(zip(steps, tasks, strict=False), 1)
        ],
        approved_by=["Anna"],
        request=a_request(client={"name": name}),
        **changes,
    )
    with firm.workplace.store.new_case(case):
        pass
    return case


def _step(link: Any, number: int) -> Any:
    return a_step(
        Verb.TRANSFER_ADMIN,
        link,
        str(number or ""),
        mode=Mode.BY_HAND,
        reason="Banqup offers no interface for this",
        state=StepState.WAITING,
        waits_for=WaitsFor.PERSON,
        effects=(Effect.IRREVERSIBLE, Effect.NOTIFIES_CLIENT),
    )


def _task(case_id: str, step: Any, number: int, changes: dict[str, Any]) -> Task:
    usual = {"title": INSTRUCTIONS.title, "instructions": INSTRUCTIONS.text(), "bring": BRING}
    return a_task(step, **{"id": f"{case_id}-{number}", **usual, **changes})


def a_waiting_task(firm: Firm, **changes: Any) -> str:
    """Keep a case with one task; return the task's id."""
    return a_waiting_case(firm, changes).tasks[0].id


def words(page: str) -> str:
    """Return the text of a page's main part, as it is read."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", f"<{main}")).split())


def in_order(text: str, *parts: str) -> bool:
    """Return whether these stand in the text, one after the other."""
    place = 0
    for part in parts:
        place = text.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True


def day(year: int, month: int, number: int) -> str:
    """Return a date as pages in English show it."""
    return Wording("en").day(date(year, month, number))
