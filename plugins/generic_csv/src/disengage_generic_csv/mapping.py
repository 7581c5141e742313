"""Pure translation between rows of the table and the domain: who is meant, what stands there, what shall."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from disengage import Client, Firm, Link, LinkState, Request, Verb
from disengage.domain.identifiers import normalise
from disengage.domain.state import NO_END

from disengage_generic_csv.api import Row
from disengage_generic_csv.settings import SETTABLE, GenericCsvSettings

#: Identifier schemes by which a column may be mapped.
SCHEMES = ("orgnr", "enterprise", "kvk", "vat")

#: Our word for a column → the field of ``LinkState`` that it shows. Every other column cannot be compared.
FIELDS = {"status": "linked", "end_date": "ended_on", "billing_to": "billing_to"}

#: A row that was written for ``{today}`` is still the same change this many days later.
REMEMBERED = 7


# --- who is meant -------------------------------------------------------------------------------------------


def matcher(client: Client, connection: str, settings: GenericCsvSettings) -> Callable[[Row], bool]:
    """Return what recognises the client: by reference, else by identifiers, else by name."""
    reference = client.references.get(connection, "").strip()
    if reference:
        return lambda row: row.words["reference"] == reference
    numbers = _numbers(client, settings)
    if numbers:
        return lambda row: any(_same_number(row.words[s], s, number, client.country) for s, number in numbers.items())
    name = _folded(client.name)
    return lambda row: _folded(row.words.get("name", "")) == name


def found_by_name(client: Client, connection: str, settings: GenericCsvSettings) -> bool:
    """Return whether nothing better than its name leads to the client."""
    return connection not in client.references and not _numbers(client, settings)


def link_of(row: Row) -> Link:
    """Return the link that a row of the export shows."""
    return Link(ref=row.words["reference"], name=row.words.get("name", ""))


def same_name(one: str, other: str) -> bool:
    """Return whether two names differ in nothing but case and blanks."""
    return _folded(one) == _folded(other)


def _numbers(client: Client, settings: GenericCsvSettings) -> dict[str, str]:
    return {s: n for s, n in client.identifiers.items() if s in SCHEMES and s in settings.columns}


def _same_number(cell: str, scheme: str, number: str, country: str) -> bool:
    try:
        there = normalise(scheme, cell, country)
    except ValueError:
        return False
    return there.removeprefix(country) == number.removeprefix(country)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


# --- what stands there --------------------------------------------------------------------------------------


def observed(row: Row | None, settings: GenericCsvSettings) -> LinkState:
    """Return what the export shows of a client; nothing where it does not have the client any more."""
    if row is None:
        return LinkState()
    words, values = row.words, settings.values
    linked = {values.get("ended"): False, values.get("active"): True}.get(words.get("status"))
    return LinkState(
        linked=linked if "status" in words else None,
        ended_on=end_in(words.get("end_date"), settings.date_format),
        billing_to=words.get("billing_to"),
        status=words.get("status"),
    )


def end_in(text: str | None, date_format: str) -> date | None:
    """Return the end date that a cell says; None where there is no such column, or no date can be read in it."""
    # None would say that the table cannot tell: a cell that stayed empty could never be told from one that was filled.
    return NO_END if text == "" else date_in(text or "", date_format)


def date_in(text: str, date_format: str) -> date | None:
    """Return the date that a cell holds, in the configured form or ISO 8601; None for no date."""
    with contextlib.suppress(ValueError):
        return datetime.strptime(text, date_format).date()  # noqa: DTZ007 -- a date has no zone
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text).date()
    return None


# --- what is to stand there ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """What one cell is to say.

    Attributes:
        text: The cell's text now.
        earlier: What it would have said if it had been written on one of the last days.
    """

    text: str
    earlier: frozenset[str] = frozenset()

    def is_met_by(self, cell: str) -> bool:
        """Return whether a cell that was written says this."""
        return cell == self.text or cell in self.earlier


Wishes = Mapping[str, Wish]


@dataclass(frozen=True)
class Words:
    """What placeholders are filled with.

    Args:
        request: The request.
        link: The link.
        firm: The firm.
        settings: The connection's settings.
    """

    request: Request
    link: Link
    firm: Firm
    settings: GenericCsvSettings

    def wishes(self, verb: Verb, today: date) -> dict[str, Wish]:
        """Return our word → wish for every column that ``verb`` sets."""
        return {word: self._wish(text, today) for word, text in self.settings.assignments(verb).items()}

    def _wish(self, text: str, today: date) -> Wish:
        said = self._filled(text, today)
        before = (self._filled(text, today - timedelta(days=d)) for d in range(1, REMEMBERED + 1))
        return Wish(said, frozenset(before) - {said})

    def _filled(self, text: str, today: date) -> str:
        ending = self.request.ending
        days = {
            "ends_on": ending.ends_on,
            "notice_on": ending.notice_on,
            "period_from": ending.period.from_,
            "period_to": ending.period.to,
            "today": today,
        }
        dates = {name: day.strftime(self.settings.date_format) if day else "" for name, day in days.items()}
        return text.format(
            **dates,
            reason=str(ending.reason),
            client=self.request.client.name,
            reference=self.link.ref,
            successor=ending.successor.firm if ending.successor else "",
            firm=self.firm.name,
        ).strip()


def wanted(words: Words, chosen: Mapping[Verb, Iterable[str]]) -> LinkState:
    """Return the state after all verbs of ending; a column that holds ``{today}`` is not compared.

    Args:
        words: What placeholders are filled with.
        chosen: For each verb the columns that it is to set.
    """
    settings, any_day = words.settings, words.request.ending.ends_on
    said = {
        word: wish.text
        for verb, columns in chosen.items()
        for word, wish in words.wishes(verb, any_day).items()
        if word in columns and not wish.earlier
    }
    status = {settings.values.get("ended"): False, settings.values.get("active"): True}
    return LinkState(
        linked=status.get(said.get("status")) if "status" in said else None,
        ended_on=end_in(said.get("end_date"), settings.date_format),
        billing_to=said.get("billing_to"),
    )


def moves(columns: Iterable[str], state: LinkState) -> tuple[str, ...]:
    """Return the fields of ``state`` by which the setting of ``columns`` can be read back."""
    fields = (FIELDS[word] for word in FIELDS if word in columns)
    return tuple(field for field in fields if getattr(state, field) is not None)


# --- what a request chooses ----------------------------------------------------------------------------------


def chosen_columns(settings: GenericCsvSettings, may_settle: bool) -> dict[Verb, tuple[str, ...]]:
    """Return for each verb of ending the columns it is to set; a verb without any is not needed.

    Args:
        settings: The connection's settings.
        may_settle: Whether *facturatie aan* may be changed.
    """
    kept = set() if may_settle else {"billing_to"}
    verbs = (Verb(verb) for verb in SETTABLE if verb != Verb.INVITE_BACK)
    return {verb: tuple(w for w in settings.assignments(verb) if w not in kept) for verb in verbs}


# --- the row of a change ------------------------------------------------------------------------------------


def change_row(
    columns: Iterable[str],
    current: Mapping[str, str],
    wishes: Wishes,
    others: Iterable[Wishes],
    last: Mapping[str, str] | None,
) -> dict[str, str]:
    """Return the row that sets ``wishes`` and undoes nothing; empty means cleared, so every cell must be right.

    Args:
        columns: Our words for the columns of the change file.
        current: What the export shows.
        wishes: What this verb sets.
        others: What the other verbs of this request set, where they are to be done.
        last: The client's last row in the change file.
    """
    row = {word: current[word] for word in columns}
    for wish in (*others, wishes):
        if last is not None and _met(wish, last):
            row |= {word: last[word] for word in wish}
        elif wish is wishes:
            row |= {word: each.text for word, each in wish.items()}
    return row


def _met(wishes: Wishes, row: Mapping[str, str]) -> bool:
    return all(wish.is_met_by(row[word]) for word, wish in wishes.items())
