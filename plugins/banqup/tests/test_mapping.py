from __future__ import annotations

import pytest
from disengage import Client, LinkState
from disengage_banqup import mapping
from disengage_banqup.wire import ClientRecord


@pytest.mark.parametrize(
    ("status", "linked", "archived"),
    [
        ("Draft", True, False),
        ("Invited", True, False),
        ("Active", True, False),
        ("Invitation rejected", False, False),
        ("ACCESS_REJECTED", False, False),
        ("Archived", False, True),
        ("Lost", False, False),
        ("Frozen", None, None),
        (None, None, None),
    ],
)
def test_every_status_of_the_vendors_page_says_whether_the_link_stands(
    status: str | None, linked: bool | None, archived: bool | None
) -> None:
    found = ClientRecord(id="1", status=status)
    assert mapping.observed(found, None) == LinkState(linked=linked, archived=archived, status=status)


def test_the_likeliest_number_is_asked_first_and_any_other_scheme_last() -> None:
    client = Client(
        name="Bakkerij NV",
        country="BE",
        identifiers={"other": "X1", "vat": "BE0417497106", "enterprise": "0417.497.106"},
    )
    assert mapping.numbers(client) == ["0417497106", "BE0417497106", "X1"]


@pytest.mark.parametrize(
    ("one", "other", "country", "same"),
    [
        ("0417.497.106", "BE0417497106", "BE", True),
        ("417497106", "0417497106", "BE", True),
        ("974 760 673", "974760673", "NO", True),
        ("974760673", "974760681", "NO", False),
        ("HRB 123", "HRA 123", "DE", False),
    ],
)
def test_numbers_are_compared_without_what_stands_around_them(one: str, other: str, country: str, same: bool) -> None:
    assert mapping.same_number(one, other, country) is same
