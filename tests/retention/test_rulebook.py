"""The rules as data: all countries, what each carries, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from disengage.domain.rules import Basis, Regime
from disengage.errors import ConfigurationError
from disengage.vault.rulebook import rules

COUNTRIES = {"AT", "BE", "CH", "DE", "DK", "EU", "FI", "FR", "GB", "LU", "NL", "NO", "SE"}
MUST_DELETE = {"be-aml-identity", "eu-aml-identity", "gb-aml-identity", "nl-aml-identity"}
RULE = """
country = "NO"
as_of = 2027-02-01
version = "2"

[[rule]]
id = "no-accounting-books"
duty_of = "client"
regime = "accounting"
document_class = "books"
years = 10
trigger = "financial_year_end"
rounding = "exact"
source = "https://firm.example/handbook"
basis = "secondary"
verified_by_professional = "Kari Nordmann, 2027-02-01"
"""


def written(folder: Path, text: str, name: str = "own.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_country_of_the_domain_has_rules_and_none_is_verified_or_made_up() -> None:
    shipped = rules()
    assert {rule.country for rule in shipped} == COUNTRIES
    assert not any(rule.verified_by_professional or rule.own for rule in shipped)
    assert all(rule.source or rule.basis is Basis.UNOPENED for rule in shipped)
    assert {rule.id for rule in shipped if rule.must_delete} == MUST_DELETE
    assert all(rule.regime is Regime.AML for rule in shipped if rule.must_delete)


def test_a_rule_of_the_firm_stands_in_place_of_the_shipped_one_and_says_so(tmp_path: Path) -> None:
    found = {rule.id: rule for rule in rules(written(tmp_path, RULE))}
    own = found["no-accounting-books"]
    assert (own.years, own.own, own.verified_by_professional) == (10, True, "Kari Nordmann, 2027-02-01")
    assert len(found) == len(rules())
    assert not found["no-accounting-vouchers"].own


def test_a_rule_of_the_firm_may_be_a_new_one(tmp_path: Path) -> None:
    text = RULE.replace('"no-accounting-books"', '"no-house-rule"').replace('"client"', '"firm"')
    assert len(rules(written(tmp_path, text))) == len(rules()) + 1


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("rounding", "rouding", "'rule no-accounting-books.rouding' is not known. Did you mean 'rounding'?"),
        ('version = "2"', 'version = "2"\nauthor = "me"', "'author' is not known."),
        ('rounding = "exact"', "", "'rule no-accounting-books.rounding' is missing"),
        ('"financial_year_end"', '"tax_year_end"', "'rule no-accounting-books.trigger' must be 'financial_year_end'"),
        ("years = 10", "years = 0", "'rule no-accounting-books.years' input should be greater than or equal to 1"),
        ("years = 10", "years = 10\nmonths = 6", "'rule no-accounting-books' must have either 'years' or 'months'"),
        ('id = "no-accounting-books"', "", "'rule 1.id' is missing"),
        (
            'source = "https://firm.example/handbook"',
            "",
            "'rule no-accounting-books' has the basis 'secondary' and no 'source'",
        ),
        ('"Kari Nordmann, 2027-02-01"', '"yes"', "'rule no-accounting-books.verified_by_professional"),
        ('"Kari Nordmann, 2027-02-01"', "true", "'rule no-accounting-books.verified_by_professional"),
        ('id = "no', 'own = false\nid = "no', "'rule no-accounting-books.own' is not known."),
        ('basis = "secondary"', 'basis = "secondary"\nmembers = ["NO"]', "must have 'members' where the country is EU"),
        ("2027-02-01\nversion", '"soon"\nversion', "'as_of' "),
        ("[[rule]]", "[[rule]", "own.toml:6:"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_rule_and_key(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in RULE
    with pytest.raises(ConfigurationError) as raised:
        rules(written(tmp_path, RULE.replace(old, new, 1)))
    assert "own.toml" in raised.value.message
    assert complaint in raised.value.message


def test_a_rule_that_stands_twice_is_refused_with_both_files(tmp_path: Path) -> None:
    written(tmp_path, RULE, "a.toml")
    with pytest.raises(ConfigurationError) as raised:
        rules(written(tmp_path, RULE, "b.toml"))
    assert "b.toml: the rule 'no-accounting-books' stands in a.toml already." in raised.value.message


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        rules(tmp_path / "rules")
    assert "there is no folder" in raised.value.message
