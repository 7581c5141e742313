"""Whether what a person brought is what was asked for. Looks at files and answers, at no platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from disengage import Verb

from disengage_spiris.manual import YES_NO
from disengage_spiris.settings import Choice

#: Answers that must be yes before anything may end, and what is missing where they are not.
_MUST_BE = {
    "synchronised": "The data has to be synchronised in Payroll before the collaboration ends.",
    "handed_over": "The backup file has to be handed over to the customer before the collaboration ends.",
    "reports_submitted": "All reports have to be submitted before Travel & Expenses ends.",
    "outlays_submitted": "All users have to submit their outlays before Travel & Expenses ends.",
    "main_contact_set": "The customer's own person has to be the main contact; otherwise Spiris ends nothing.",
    "user_added": "The customer has to be a user in Payroll before the backup file is handed over.",
}
_YES = YES_NO[0]


def complaints(
    verb: Verb, files: Mapping[str, Path], values: Mapping[str, str], choice: Choice | None, today: date
) -> Iterator[str]:
    """Yield what is wrong with what was brought.

    Args:
        verb: What was done.
        files: By key.
        values: By key.
        choice: What the request says becomes of the subscription.
        today: In Sweden.
    """
    for key, missing in _MUST_BE.items():
        if values.get(key, _YES) != _YES:
            yield missing
    for key, path in files.items():
        yield from _about_file(key, path)
    if verb is Verb.SEVER_LINK:
        yield from _about_the_end(values, choice, today)


def _about_file(key: str, path: Path) -> Iterator[str]:
    if not path.stat().st_size:  # no page says which formats there are
        yield f"The file '{key}' is empty."


def _about_the_end(values: Mapping[str, str], choice: Choice | None, today: date) -> Iterator[str]:
    if choice and values.get("choice", choice) != choice:
        yield f"The request says '{choice}', and something else was chosen in Spiris."
    if values.get("ended_on", "") > str(today):
        yield "The collaboration has not ended yet: 'ended_on' lies ahead. Come back on that day."
