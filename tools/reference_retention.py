"""The reference page of the rules of retention, from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from disengage.domain.rules import Basis, DocumentClass, Duty, Regime, Rule, Trigger
from disengage.domain.terms import Rounding, spelt
from disengage.vault.rulebook import rules
from markdown_pages import doc, page, table

_BASIS = {
    Basis.LAW: "the text of the law, or an official page",
    Basis.SECONDARY: "a page about the law",
    Basis.UNOPENED: "general knowledge; no source was opened for it",
}
_CLASSES = {
    DocumentClass.BOOKS: "ledgers and annual accounts",
    DocumentClass.VOUCHERS: "vouchers and invoices",
    DocumentClass.CORRESPONDENCE: "letters, agreements, delivery notes, price lists",
    DocumentClass.NOT_FOR_PROOF: "what does not serve as proof towards others",
    DocumentClass.REAL_ESTATE: "what concerns immovable property",
    DocumentClass.IDENTITY: "what the firm knows of persons from customer due diligence",
    DocumentClass.ENGAGEMENT_FILE: "the firm's own file",
}
_TRIGGERS = {
    Trigger.FINANCIAL_YEAR_END: "the end of each financial year",
    Trigger.DOCUMENT_DATE: "the last entry, making or receipt; taken to be the end of the financial year",
    Trigger.RELATIONSHIP_END: "the last day for which the firm answers (`ends_on`)",
    Trigger.FIRST_USE_OF_REAL_ESTATE: "the first use; not known to the program, so the rule is shown and not counted",
    Trigger.FINAL_ASSESSMENT: "the final assessment; not known to the program either",
    Trigger.UNNAMED: "the source names no start; counted from the end of the financial year",
}
_ROUNDING = {
    Rounding.EXACT: "from the day after it",
    Rounding.CALENDAR_YEAR_END: "from the end of the calendar year in which it happened",
    Rounding.JANUARY_FOLLOWING: "from 1 January after it",
}


def retention_rules() -> str:
    """Return the page of all rules."""
    shipped = rules()
    unverified = sum(not rule.verified_by_professional for rule in shipped)
    return page(
        "Rules of retention",
        "For whoever answers for how long a firm keeps its copies. After this page you know every rule that "
        "[`disengage retention`](../how-to/retention.md) counts with, what it rests on, and how to write your own.",
        f"**{unverified} of these {len(shipped)} rules were verified by no professional.** They are notes of what was "
        "read on the day named, and no legal advice: have them checked before you destroy anything. The duty to keep "
        "books stays with the client; what the vault keeps is the firm's own copy.",
        *(_country(country, list(found)) for country, found in groupby(shipped, key=lambda rule: rule.country)),
        "## Keys\n\nA file `*.toml` holds `country`, `as_of` and `version` at its top, for all its rules, and a table "
        "`[[rule]]` for each. A key that is not known, or missing, is an error that names file, rule and key.",
        table(("Key", "Meaning"), ((f"`{name}`", words) for name, words in doc(Rule)[1] if name != "own")),
        _words("duty_of", ((duty, f"goes by the {duty}'s country") for duty in Duty)),
        _words("regime", ((regime, "") for regime in Regime)),
        _words("document_class", _CLASSES.items()),
        _words("trigger", _TRIGGERS.items()),
        _words("rounding", _ROUNDING.items()),
        _words("basis", _BASIS.items()),
    )


def _words(key: str, meanings: Iterable[tuple[str, str]]) -> str:
    return table((f"`{key}`", "Meaning"), ((f"`{word}`", meaning) for word, meaning in meanings))


def _country(country: str, found: list[Rule]) -> str:
    return f"## {country}\n\n" + "\n\n".join(map(_rule, found))


def _rule(rule: Rule) -> str:
    facts = [
        ("Documents", f"`{rule.document_class}`, {rule.regime}, the {rule.duty_of}'s duty"),
        ("How long", spelt(rule.length)),
        ("Starts with", _TRIGGERS[rule.trigger]),
        ("Counted", _ROUNDING[rule.rounding]),
        ("Must be deleted then", "yes" if rule.must_delete else ""),
        ("Holds", _holds(rule)),
        ("Law", rule.law),
        ("Longer if", "<br>".join(rule.longer_if)),
        ("Note", rule.note),
        ("Rests on", f"{_BASIS[rule.basis]}; as of {rule.as_of}, version {rule.version}"),
        ("Source", "<br>".join(filter(None, (rule.source, *rule.further_sources)))),
        ("Verified by a professional", rule.verified_by_professional or "no"),
    ]
    return f"### `{rule.id}`\n\n" + table(("", ""), ((name, said) for name, said in facts if said))


def _holds(rule: Rule) -> str:
    where = f"in {', '.join(rule.members)}" if rule.members else ""
    when = f"for relationships that end on {rule.effective_from} or later" if rule.effective_from else ""
    return "; ".join(filter(None, (where, when)))
