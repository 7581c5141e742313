from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from disengage import (
    Accepted,
    Client,
    CredentialsError,
    Done,
    Holder,
    Link,
    LinkState,
    NeedsPerson,
    OutcomeUnknownError,
    RejectedError,
    Request,
    RetryableError,
    UnexpectedResponseError,
)
from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.mapping import ADMINISTRATOR_ROLE
from disengage_poweroffice.simulator import PowerOfficeSimulator

Connect = Callable[..., PowerOffice]
Ask = Callable[..., Request]
DAY = date(2027, 1, 15)


def the_link(go: PowerOfficeSimulator) -> Link:
    return Link(ref=go.clients[0].id, name="Nordlys Kafé AS")


def firm_ids(go: PowerOfficeSimulator) -> list[str]:
    return sorted(str(user.id) for user in go.clients[0].users[:2])


def act(connection: PowerOffice, verb: str, link: Link, request: Request, part: str = "") -> Any:
    """Observe, propose and do one verb, as the engine does."""
    state = connection.observe(link, request)
    wanted = connection.propose(link, request, state).wanted
    return getattr(connection, verb)(link=link, request=request, observed=state, wanted=wanted, part=part)


# --- finding and observing


def test_credentials_are_tried_and_name_the_partner(go: PowerOfficeSimulator, connect: Connect) -> None:
    assert connect(go).try_credentials() == "Fjord Regnskap AS, 1 active clients"


def test_a_key_of_another_client_in_the_partner_s_place_is_refused(go: PowerOfficeSimulator, connect: Connect) -> None:
    with pytest.raises(CredentialsError):
        connect(go, client_key={"env": "GO_CLIENT_KEY_974760673"}).try_credentials()


def test_wrong_keys_are_a_matter_of_credentials(
    go: PowerOfficeSimulator, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(go)
    monkeypatch.setenv("GO_APPLICATION_KEY", "wrong")
    with pytest.raises(CredentialsError):
        connection.find_links(Client(name="Nordlys", country="NO", identifiers={"orgnr": "974760673"}))


def test_a_client_is_found_by_number_by_reference_or_not_at_all(go: PowerOfficeSimulator, connect: Connect) -> None:
    connection, link = connect(go), the_link(go)
    by_number = Client(name="x", country="NO", identifiers={"orgnr": "974 760 673"})
    by_reference = Client(name="x", country="NO", references={"go": link.ref})
    unknown = Client(name="x", country="NO", references={"go": "1a2b"}, identifiers={"orgnr": "974760673"})
    assert list(connection.find_links(by_number)) == [link]
    assert list(connection.find_links(by_reference)) == [link]
    assert list(connection.find_links(unknown)) == []


def test_inactive_clients_and_clients_beyond_the_first_page_are_found(
    simulate: Callable[..., PowerOfficeSimulator], connect: Connect
) -> None:
    go = simulate(clients=7)
    go.set_client(go.clients[6].id, active=False)
    connection = connect(go)
    connection.page_size = 2
    for client in (go.clients[5], go.clients[6]):
        asked = Client(name="x", country="NO", identifiers={"orgnr": client.number})
        assert [link.ref for link in connection.find_links(asked)] == [client.id]
    assert any("PageNumber=4&PageSize=2" in entry.path for entry in go.journal)


def test_two_clients_of_one_number_are_both_returned(
    simulate: Callable[..., PowerOfficeSimulator], connect: Connect
) -> None:
    go = simulate(clients=2)
    connection = connect(go)
    go.set_client(go.clients[1].id, number="974760673", active=False)
    found = connection.find_links(Client(name="x", country="NO", identifiers={"orgnr": "974760673"}))
    assert [link.ref for link in found] == [client.id for client in go.clients]


def test_the_state_of_a_linked_client_is_observed(go: PowerOfficeSimulator, connect: Connect, ask: Ask) -> None:
    assert connect(go).observe(the_link(go), ask()) == LinkState(
        linked=True,
        administrator=Holder.NOBODY,
        firm_access=dict.fromkeys(firm_ids(go)),
        integration=True,
        status="active",
        firm_is_administrator=True,
        client_administers=False,
    )


def test_absence_from_the_partner_s_list_is_the_proof_of_severing(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    go.sever(go.clients[0].id, generation_date=str(DAY))
    assert connect(go).observe(the_link(go), ask()) == LinkState(linked=False, integration=True)
    assert connect(go, client_keys={}).observe(the_link(go), ask()) == LinkState(linked=False)


def test_a_list_that_cannot_be_read_proves_nothing(
    simulate: Callable[..., PowerOfficeSimulator], connect: Connect, ask: Ask
) -> None:
    go = simulate(faults="poweroffice:403@GET /ClientAdmin/Clients")
    with pytest.raises(CredentialsError):
        connect(go).observe(the_link(go), ask())


def test_a_key_of_the_client_s_own_that_is_missing_proves_nothing_about_the_integration(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(go)
    monkeypatch.delenv("GO_CLIENT_KEY_974760673")
    with pytest.raises(CredentialsError):
        connection.observe(the_link(go), ask())


def test_a_key_of_another_client_is_never_used(
    simulate: Callable[..., PowerOfficeSimulator], connect: Connect, ask: Ask, kept: Any
) -> None:
    go = simulate(clients=2)
    connection = connect(go, client_keys={"974760673": {"env": f"GO_CLIENT_KEY_{go.clients[1].number}"}})
    link, request, state = the_link(go), ask(), LinkState()
    for forbidden in (
        lambda: connection.observe(link, request),
        lambda: connection.retain_history(link, request, "", kept),
        lambda: connection.remove_extensions(link, request, state, state, "integration"),
    ):
        with pytest.raises(CredentialsError):
            forbidden()
    assert (go.effects, kept.files) == ([], {})


# --- the administrator


def test_a_user_of_the_client_becomes_administrator_by_patch(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    assert act(connection, "transfer_admin", link, request) == Done(receipt="AccessRoleId")
    state = connection.observe(link, request)
    assert (state.administrator, state.client_administers) == (Holder.CLIENT, True)
    kari = go.clients[0].users[2]
    assert go.effects == [f"AccessRoleId of {kari.id} on {link.ref} is {ADMINISTRATOR_ROLE}"]


def test_somebody_new_is_invited_once_and_waited_for(go: PowerOfficeSimulator, connect: Connect, ask: Ask) -> None:
    connection, link = connect(go), the_link(go)
    request = ask(administrator={"name": "Nina Ny", "email": "nina@nordlys.example"})
    for _ in range(2):
        assert isinstance(act(connection, "transfer_admin", link, request), Accepted)
        assert connection.observe(link, request).administrator is Holder.INVITED
    assert go.effects == [f"invitation to {link.ref} sent"]
    go.accept_invitations()
    assert connection.observe(link, request).administrator is Holder.CLIENT


@pytest.mark.parametrize(
    ("name", "email"),
    [("Ola Fjord", "ola@fjordregnskap.example"), ("Ny", "ny@nordlys.example"), ("Gro Gammel", "gro@nordlys.example")],
)
def test_who_cannot_be_made_administrator_by_the_api_becomes_work_for_a_person(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, name: str, email: str
) -> None:
    go.set_user(go.clients[0].id, "gro@nordlys.example", status="Inactive")
    request = ask(administrator={"name": name, "email": email})
    assert isinstance(act(connect(go), "transfer_admin", the_link(go), request), NeedsPerson)
    assert go.effects == []


# --- access


def test_every_firm_user_gets_the_last_day_and_nobody_else(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    assert act(connection, "end_access", link, request) == Done(receipt="ToDate of 2 users")
    assert connection.observe(link, request).firm_access == dict.fromkeys(firm_ids(go), DAY)
    assert go.effects == [f"ToDate of {user} on {link.ref} is {DAY}" for user in firm_ids(go)]


def test_an_earlier_last_day_is_kept_and_who_stays_subscription_administrator_is_left_alone(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link = connect(go), the_link(go)
    siri = go.clients[0].users[1]
    go.set_user(link.ref, siri.email, to_date="2026-12-01")
    who = {"subscription_administrator": "later", "subscription_administrator_user": "ola@fjordregnskap.example"}
    request = ask(**who)
    assert act(connection, "end_access", link, request) == Done(receipt="ToDate of 0 users")
    assert connection.observe(link, request).firm_access == {siri.id: date(2026, 12, 1)}
    assert go.effects == []


def test_who_keeps_access_through_another_partner_gets_no_last_day_from_us(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link = connect(go), the_link(go)
    ola, siri, _ = go.clients[0].users
    request = ask(users_of_other_partners=[siri.email])
    assert act(connection, "end_access", link, request) == Done(receipt="ToDate of 1 users")
    assert connection.observe(link, request).firm_access == {ola.id: DAY}
    assert (siri.to_date, go.effects) == (None, [f"ToDate of {ola.id} on {link.ref} is {DAY}"])


def test_an_answer_lost_in_the_middle_is_unknown_and_the_rest_completes_without_repeating(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    go.faults.add(_fault("lost", times=1, method="PATCH"))
    connection, link, request = connect(go), the_link(go), ask()
    with pytest.raises(OutcomeUnknownError):
        act(connection, "end_access", link, request)
    assert act(connection, "end_access", link, request) == Done(receipt="ToDate of 1 users")
    assert connection.observe(link, request).firm_access == dict.fromkeys(firm_ids(go), DAY)
    assert go.effects == [f"ToDate of {user} on {link.ref} is {DAY}" for user in firm_ids(go)]
    assert [method for method, _ in go.changing_calls()].count("PATCH") == 2


def test_a_failure_between_two_users_leaves_the_second_for_the_next_time(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    first, second = firm_ids(go)
    go.faults.add(_fault("500", times=1, method="PATCH", path=second))
    connection, link, request = connect(go), the_link(go), ask()
    with pytest.raises(OutcomeUnknownError):
        act(connection, "end_access", link, request)
    assert connection.observe(link, request).firm_access == {first: DAY, second: None}
    act(connection, "end_access", link, request)
    assert go.effects == [f"ToDate of {user} on {link.ref} is {DAY}" for user in (first, second)]


def test_a_refused_patch_that_did_nothing_may_go_again(go: PowerOfficeSimulator, connect: Connect, ask: Ask) -> None:
    go.faults.add(_fault("429", times=1, method="PATCH", value=0))
    connection, link, request = connect(go), the_link(go), ask()
    act(connection, "end_access", link, request)
    assert len(go.effects) == 2


def test_an_expired_token_is_renewed_in_the_middle(go: PowerOfficeSimulator, connect: Connect, ask: Ask) -> None:
    go.faults.add(_fault("expired", times=1, method="PATCH"))
    connection, link, request = connect(go), the_link(go), ask()
    act(connection, "end_access", link, request)
    assert connection.observe(link, request).firm_access == dict.fromkeys(firm_ids(go), DAY)
    assert len(go.effects) == 2


# --- bad answers


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"value": []}, "Clients"),
        ([{"ClientName": "without an id"}], "Clients"),
        (["text"], "Clients"),
        ([{"Id": "u", "ToDate": "soon"}], "Users"),
    ],
)
def test_an_answer_of_another_shape_is_unexpected_and_shows_no_values(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, monkeypatch: pytest.MonkeyPatch, body: Any, path: str
) -> None:
    from disengage.testing import Reply

    usual = go.answer
    monkeypatch.setattr(go, "answer", lambda call: Reply(body=body) if call.path.endswith(path) else usual(call))
    with pytest.raises(UnexpectedResponseError) as refused:
        connect(go).observe(the_link(go), ask())
    assert "soon" not in f"{refused.value}{refused.value.sample}"


def test_a_client_that_leaves_the_list_while_it_is_read_is_looked_at_again_later(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    go.faults.add(_fault("404", times=2, method="GET", path="/Users"))
    with pytest.raises(RetryableError):
        connect(go).observe(the_link(go), ask())


# --- the integration


def test_the_integration_is_removed_once_and_its_absence_is_seen(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    go.sever(link.ref, generation_date=str(DAY))
    assert act(connection, "remove_extensions", link, request, "integration") == Done(receipt="RemoveIntegration")
    assert connection.observe(link, request) == LinkState(linked=False, integration=False)
    assert go.effects == [f"severed {link.ref}, generation date {DAY}", f"integration removed from {link.ref}"]


@pytest.mark.parametrize("status", ["400", "401", "403"])
def test_a_key_that_is_refused_once_does_not_say_that_the_integration_is_gone(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, status: str
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    connection.try_credentials()
    go.faults.add(_fault(status, times=1, method="POST", path="/Token"))
    assert connection.observe(link, request).integration is True


def test_the_partner_s_key_is_not_repeated_whosever_key_is_used(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from disengage.testing import Reply

    usual = go.answer
    told = Reply(409, {"Title": f"No {go.partner.key} and no {go.clients[0].key}"})
    monkeypatch.setattr(go, "answer", lambda call: told if "Transactions" in call.path else usual(call))
    with pytest.raises(RejectedError) as refused:
        connect(go).retain_history(the_link(go), ask(), "", kept)
    assert "simulated" not in str(refused.value)


def test_inviting_back_is_the_client_s_own_work(go: PowerOfficeSimulator, connect: Connect, ask: Ask) -> None:
    assert isinstance(connect(go).invite_back(the_link(go), ask()), NeedsPerson)
    assert go.journal == []


def test_the_whole_of_ending_leaves_nothing_but_what_people_do(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, kept: Any
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    connection.retain_history(link, request, "", kept)
    act(connection, "transfer_admin", link, request)
    act(connection, "end_access", link, request)
    go.sever(link.ref, generation_date=str(DAY))
    act(connection, "remove_extensions", link, request, "integration")
    state = connection.observe(link, request)
    assert state == connection.propose(link, request, state).wanted


def _fault(kind: str, **given: Any) -> Any:
    from disengage.testing import Fault

    return Fault(kind=kind, **given)
