"""A step that a person does: the words shown to that person, and what is to be brought back."""

from __future__ import annotations

from enum import StrEnum

from disengage.domain.values import Frozen
from disengage.domain.verbs import Provenance, Verb


class BringKind(StrEnum):
    """What sort of thing a task asks for."""

    FILE = "file"
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"


class Bring(Frozen):
    """One thing to bring back from a task."""

    key: str
    kind: BringKind
    required: bool = True
    choices: tuple[str, ...] = ()
    label: str = ""


class Instructions(Frozen):
    """Where to click, in the platform's own words, with English beside them.

    Every text may hold ``{placeholders}`` that the connector fills from the request; see
    ``Connector.words``.

    Attributes:
        verb: The verb that is done by hand.
        part: Which part of the verb; empty where it has only one.
        title: One line in English, no personal data.
        language: BCP 47 tag of ``steps``.
        steps: The clicks in the platform's own language.
        steps_en: The same in English; empty where ``language`` is English.
        warnings: What must not be overlooked (English).
        bring: What to bring back.
        source: URL of the page the clicks were taken from.
        as_of: Date that page was read, ISO 8601.
        provenance: How the clicks are known.
    """

    verb: Verb
    part: str = ""
    title: str
    language: str
    steps: tuple[str, ...]
    steps_en: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    bring: tuple[Bring, ...] = ()
    source: str = ""
    as_of: str = ""
    provenance: Provenance = Provenance.DOCUMENTED

    def text(self) -> str:
        """Return the whole as plain text, ready for a terminal or an e-mail."""
        lines = [self.title, ""]
        lines += [f"  {number}. {line}" for number, line in enumerate(self.steps, 1)]
        if self.steps_en:
            lines += ["", "In English:"]
            lines += [f"  {number}. {line}" for number, line in enumerate(self.steps_en, 1)]
        if self.warnings:
            lines += ["", "Mind:"] + [f"  - {line}" for line in self.warnings]
        if self.source:
            how = "" if self.provenance is Provenance.DOCUMENTED else f", {self.provenance}"
            lines += ["", f"Source: {self.source} (read {self.as_of}{how})"]
        return "\n".join(lines)

    def filled(self, words: dict[str, str]) -> Instructions:
        """Return the same instructions with every ``{placeholder}`` filled from ``words``."""

        def fill(text: str) -> str:
            return text.format_map(_Words(words))

        return self.model_copy(
            update={
                "title": fill(self.title),
                "steps": tuple(map(fill, self.steps)),
                "steps_en": tuple(map(fill, self.steps_en)),
                "warnings": tuple(map(fill, self.warnings)),
            }
        )


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"({key.replace('_', ' ')}: not given)"
