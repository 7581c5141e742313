"""Identifiers of clients, by scheme and country."""

from __future__ import annotations

import pytest
from disengage.domain.identifiers import normalise
from hypothesis import given
from hypothesis import strategies as st

GOOD = [
    ("orgnr", "NO", "974760673", "974760673"),
    ("orgnr", "NO", " 974 760 673 ", "974760673"),
    ("orgnr", "SE", "5560160680", "5560160680"),
    ("orgnr", "SE", "556016-0680", "5560160680"),
    ("orgnr", "SE", "556016 0680", "5560160680"),
    ("enterprise", "BE", "0403019261", "0403019261"),
    ("enterprise", "BE", "BE 0403.019.261", "0403019261"),
    ("enterprise", "BE", "403019261", "0403019261"),
    ("kvk", "NL", "34587630", "34587630"),
    ("kvk", "NL", " 3458.76 30", "34587630"),
    ("handelsregister", "DE", "Aachen HRA 11223", "Aachen HRA 11223"),
    ("handelsregister", "DE", "HRA 11223 Aachen", "Aachen HRA 11223"),
    ("cvr", "DK", "13585628", "13585628"),
    ("cvr", "DK", "DK 13 58 56 28", "13585628"),
    ("vat", "NO", "NO974760673MVA", "NO974760673MVA"),
    ("vat", "NO", "974 760 673 MVA", "NO974760673MVA"),
    ("vat", "NO", "no 974760673 mva", "NO974760673MVA"),
    ("vat", "SE", "SE556016068001", "SE556016068001"),
    ("vat", "SE", "556016-0680 01", "SE556016068001"),
    ("vat", "BE", "BE 0403.019.261", "BE0403019261"),
    ("vat", "BE", "0403019261", "BE0403019261"),
    ("vat", "NL", "NL004495445B01", "NL004495445B01"),
    ("vat", "NL", "0044.95.445.B.01", "NL004495445B01"),
    ("vat", "DE", "DE 136,695 976", "DE136695976"),
    ("vat", "DE", "136695976", "DE136695976"),
    ("vat", "DK", "DK 13585628", "DK13585628"),
    ("vat", "DK", "13585628", "DK13585628"),
    ("vat", "GR", "094259216", "EL094259216"),
    ("vat", "GR", "GR094259216", "EL094259216"),
    ("vat", "GR", "EL094259216", "EL094259216"),
    ("vat", "NO", "DE136695976", "DE136695976"),
    ("vat", "NO", "CHE-107.787.577 IVA", "CHE107787577IVA"),
    ("vat", "CH", "CHE-107.787.577 IVA", "CHE107787577IVA"),
]
BAD = [
    ("orgnr", "NO", "974760674"),
    ("orgnr", "NO", "97476067"),
    ("orgnr", "NO", "97476067x"),
    ("orgnr", "SE", "5560160681"),
    ("orgnr", "SE", "974760673"),
    ("enterprise", "BE", "0403019262"),
    ("enterprise", "BE", "BE"),
    ("kvk", "NL", "3458763"),
    ("kvk", "NL", "345876301"),
    ("kvk", "NL", "3458763X"),
    ("kvk", "NL", "３４５８７６３０"),  # noqa: RUF001 - digits that are none of ours
    ("handelsregister", "DE", "11223"),
    ("cvr", "DK", "13585627"),
    ("vat", "NO", "NO974760673"),
    ("vat", "NO", "NO974760674MVA"),
    ("vat", "SE", "SE556016068101"),
    ("vat", "BE", "BE0403019262"),
    ("vat", "NL", "NL123456789B90"),
    ("vat", "DE", "DE136695978"),
    ("vat", "DK", "DK13585627"),
    ("vat", "NO", "DE136695978"),
]


@pytest.mark.parametrize(("scheme", "country", "written", "kept"), GOOD)
def test_a_number_is_kept_in_one_form_however_it_is_written(scheme: str, country: str, written: str, kept: str) -> None:
    assert normalise(scheme, written, country) == kept
    assert normalise(scheme, kept, country) == kept


@pytest.mark.parametrize(("scheme", "country", "written"), BAD)
def test_a_wrong_number_is_refused_without_being_repeated(scheme: str, country: str, written: str) -> None:
    with pytest.raises(ValueError, match=f"is not a valid {scheme}") as caught:
        normalise(scheme, written, country)
    digits = "".join(filter(str.isdigit, written))
    assert not digits or digits not in "".join(filter(str.isalnum, str(caught.value)))
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("scheme", "country"), [("orgnr", "FI"), ("duns", "NO"), ("vat", "XX"), ("vat", "US")])
def test_what_nobody_knows_how_to_check_is_taken_as_it_stands(scheme: str, country: str) -> None:
    assert normalise(scheme, "  12-34 / 5 ", country) == "12-34 / 5"


@pytest.mark.parametrize(
    ("scheme", "country"), [("orgnr", "NO"), ("orgnr", "FI"), ("kvk", "NL"), ("vat", "NO"), ("vat", "XX")]
)
@pytest.mark.parametrize("empty", ["", "   ", "\n"])
def test_an_empty_number_is_refused(scheme: str, country: str, empty: str) -> None:
    with pytest.raises(ValueError, match="is"):
        normalise(scheme, empty, country)


@given(
    st.sampled_from(["orgnr", "enterprise", "kvk", "vat", "handelsregister", "cvr", "duns"]),
    st.text(max_size=14),
    st.sampled_from(["NO", "SE", "BE", "NL", "DE", "DK", "GR", "CH", "GB", "XX", ""]),
)
def test_whatever_is_given_is_refused_or_kept_in_a_form_that_stays(scheme: str, written: str, country: str) -> None:
    try:
        kept = normalise(scheme, written, country)
    except ValueError:
        return
    assert normalise(scheme, kept, country) == kept
