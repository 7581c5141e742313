from datetime import date

import pytest
from disengage import Client, Holder, Link, LinkState
from disengage.domain.request import Period
from disengage_poweroffice import mapping
from disengage_poweroffice.wire import ClientRow, UserRow

TODAY = date(2026, 11, 22)
ADMIN = mapping.ADMINISTRATOR_ROLE
NORDLYS = Client(name="Nordlys Kafé AS", country="NO", identifiers={"orgnr": "974760673"})


def a_client(**given: object) -> ClientRow:
    values = {"Id": "c-1", "ClientName": "Nordlys Kafé AS", "OrganizationNumber": "974760673", "IsActive": True}
    return ClientRow.model_validate(values | given)


def a_user(**given: object) -> UserRow:
    values = {"Id": "u-1", "EmailAddress": "kari@nordlys.example", "AccessRoleId": "r-1", "Status": "Active"}
    return UserRow.model_validate(values | given)


@pytest.mark.parametrize("written", ["974760673", "974 760 673", "NO974760673MVA"])
def test_a_client_is_found_by_its_organisation_number_however_it_is_written(written: str) -> None:
    rows = [a_client(), a_client(Id="c-2", OrganizationNumber="983610653")]
    rows[0] = a_client(OrganizationNumber=written)
    assert mapping.links(rows, NORDLYS, None) == (Link(ref="c-1", name="Nordlys Kafé AS"),)


def test_two_clients_with_the_same_number_are_two_links() -> None:
    rows = [a_client(), a_client(Id="c-2", ClientName="Nordlys gammel")]
    found = (Link(ref="c-1", name="Nordlys Kafé AS"), Link(ref="c-2", name="Nordlys gammel"))
    assert mapping.links(rows, NORDLYS, None) == found


def test_a_reference_wins_over_the_number_and_must_be_in_the_list() -> None:
    rows = [a_client(), a_client(Id="c-2", OrganizationNumber=None)]
    assert mapping.links(rows, NORDLYS, "C-2") == (Link(ref="c-2", name="Nordlys Kafé AS"),)
    assert mapping.links(rows, NORDLYS, "c-3") == ()


def test_a_number_of_another_country_matches_nobody() -> None:
    swede = Client(name="Norrsken AB", country="SE", identifiers={"orgnr": "556677-8899"})
    assert mapping.links([a_client(OrganizationNumber="5566778899")], swede, None) == ()


@pytest.mark.parametrize(
    ("user", "holder"),
    [
        (None, Holder.NOBODY),
        (a_user(AccessRoleId=ADMIN.upper()), Holder.CLIENT),
        (a_user(EmailAddress="Kari@Nordlys.example", AccessRoleId=ADMIN), Holder.CLIENT),
        (a_user(), Holder.NOBODY),
        (a_user(AccessRoleId=ADMIN, Status="Inactive"), Holder.NOBODY),
        (a_user(AccessRoleId=ADMIN, ToDate="2026-11-21"), Holder.NOBODY),
        (a_user(AccessRoleId=ADMIN, ToDate="2026-11-22T12:30:00+01:00"), Holder.CLIENT),
        (a_user(Id=None, AccessRoleId=ADMIN, Status="InvitePending"), Holder.INVITED),
    ],
)
def test_the_role_of_the_named_person_is_read_from_the_users(user: UserRow | None, holder: Holder) -> None:
    assert mapping.holder([user] if user else [], [], "kari@nordlys.example", TODAY) is holder


def test_a_named_person_who_is_a_user_of_the_firm_is_told_apart() -> None:
    user = a_user(AccessRoleId=ADMIN)
    assert mapping.holder([user], [user], "kari@nordlys.example", TODAY) is Holder.FIRM


def test_nobody_named_means_nothing_is_known_of_the_role() -> None:
    assert mapping.holder([a_user()], [], None, TODAY) is None


def test_an_address_twice_counts_as_the_user_who_has_access() -> None:
    users = [a_user(Id="old", Status="Inactive"), a_user(Id=None, Status="InvitePending"), a_user(Id="now")]
    assert mapping.named(users, "kari@nordlys.example") == users[2]
    assert mapping.named(users[:2], "kari@nordlys.example") == users[1]


def test_the_observed_state_holds_what_the_api_can_tell_and_nothing_else() -> None:
    ola, siri = a_user(Id="OLA", AccessRoleId=ADMIN), a_user(Id="siri", ToDate="2027-01-01")
    gone, kari = a_user(Id="per", ToDate="2026-11-21"), a_user(Id="kari", EmailAddress="k@nordlys.example")
    partner = [a_user(Id="ola"), a_user(Id="siri"), a_user(Id="per"), a_user(Id="eva")]
    state = mapping.observed(
        a_client(),
        [ola, siri, gone, kari],
        partner,
        email="k@nordlys.example",
        left_alone=(),
        integration=mapping.Integration(),
        today=TODAY,
    )
    assert state == LinkState(
        linked=True,
        administrator=Holder.NOBODY,
        firm_access={"OLA": None, "siri": date(2027, 1, 1)},
        status="active",
        firm_is_administrator=True,
        client_administers=False,
    )


def test_who_stays_subscription_administrator_keeps_the_access() -> None:
    ola, siri = a_user(Id="ola", EmailAddress="ola@firm.example"), a_user(Id="siri")
    for stays in ("OLA", "Ola@firm.example"):
        state = mapping.observed(
            a_client(),
            [ola, siri],
            [ola, siri],
            email=None,
            left_alone=(stays,),
            integration=mapping.Integration(),
            today=TODAY,
        )
        assert state.firm_access == {"siri": None}


def test_a_last_day_moves_to_the_generation_date_unless_it_is_earlier() -> None:
    access = {"ola": None, "siri": date(2027, 3, 1), "per": date(2026, 12, 1)}
    day = date(2027, 1, 15)
    assert mapping.last_days(access, day) == {"ola": day, "siri": day, "per": date(2026, 12, 1)}
    assert mapping.last_days(access, None) is None


def test_after_severing_only_what_can_still_be_read_is_wanted() -> None:
    state = LinkState(linked=False)
    found = mapping.wanted(state, date(2027, 1, 15), administrator=True, integration=True)
    assert found == LinkState(linked=False, integration=False)


@pytest.mark.parametrize(
    ("today", "ends_on", "earliest"),
    [
        (date(2026, 11, 22), date(2026, 12, 31), date(2027, 1, 2)),
        (date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 23)),
        (date(2026, 11, 22), date(2020, 1, 1), date(2026, 11, 23)),
        (date(2026, 11, 22), date(2026, 11, 22), date(2026, 11, 24)),
    ],
)
def test_the_generation_date_lies_after_the_day_of_severing(today: date, ends_on: date, earliest: date) -> None:
    assert mapping.earliest_generation_date(today, ends_on) == earliest


def test_a_period_is_cut_into_calendar_years() -> None:
    period = Period.model_validate({"from": date(2024, 5, 1), "to": date(2026, 3, 31)})
    assert mapping.years(period) == [
        (date(2024, 5, 1), date(2024, 12, 31)),
        (date(2025, 1, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 3, 31)),
    ]


def test_a_name_is_split_before_its_last_word() -> None:
    assert mapping.split_name("Kari Anne Nordmann") == ("Kari Anne", "Nordmann")
    assert mapping.split_name("Kari") is None
    assert mapping.split_name("  ") is None
