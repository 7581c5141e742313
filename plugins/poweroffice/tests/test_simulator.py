"""What the platform's sources say of the wire, held against the simulator, without the connector."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from disengage_poweroffice import fiction, fiction_books
from disengage_poweroffice.simulator import PowerOfficeSimulator
from stdnum.no import orgnr

KEY = {"Ocp-Apim-Subscription-Key": "simulated-subscription-key"}
PATCH = {"Content-Type": "application/json-patch+json"}
Simulate = Callable[..., PowerOfficeSimulator]


def token_for(go: PowerOfficeSimulator, key: str, **changes: Any) -> httpx.Response:
    given = {"data": {"grant_type": "client_credentials"}, "headers": KEY} | changes
    auth = ("simulated-application-key", key)
    return httpx.post(f"{go.url}/Demo/OAuth/Token", auth=auth, **given)


@pytest.fixture
def call(go: PowerOfficeSimulator) -> Iterator[Callable[..., httpx.Response]]:
    """Call Go with the partner's token."""
    token = token_for(go, go.partner.key).json()["access_token"]
    with httpx.Client(base_url=f"{go.url}/Demo/v2", headers=KEY | {"Authorization": f"Bearer {token}"}) as http:
        yield lambda method, path, **given: http.request(method, path, **given)


def test_tokens_and_their_errors_are_those_of_the_specification(go: PowerOfficeSimulator) -> None:
    good = token_for(go, go.partner.key).json()
    assert {**good, "access_token": ""} == {"access_token": "", "token_type": "bearer", "expires_in": 1200}
    wrong = token_for(go, "wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_client")
    other = token_for(go, go.partner.key, data={"grant_type": "password"})
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")
    assert token_for(go, go.partner.key, headers={}).status_code == 401


def test_lists_are_plain_and_empty_ones_are_204(call: Any, go: PowerOfficeSimulator) -> None:
    listed = call("GET", "/ClientAdmin/Clients", params={"isActive": "true"})
    assert listed.json() == [
        {
            "Id": go.clients[0].id,
            "ClientName": "Nordlys Kafé AS",
            "OrganizationNumber": "974760673",
            "IsActive": True,
        }
    ]
    empty = call("GET", "/ClientAdmin/Clients", params={"isActive": "false"})
    assert (empty.status_code, empty.content) == (204, b"")


@pytest.mark.parametrize("odd", [{"$top": "5"}, {"PageSize": "20001"}, {"PageSize": "x"}, {"PageNumber": "0"}])
def test_a_wrong_query_is_400_with_problem_details(call: Any, odd: dict[str, str]) -> None:
    answer = call("GET", "/ClientAdmin/Clients", params=odd)
    assert answer.status_code == 400
    assert set(answer.json()) == {"Type", "Title", "Status", "Detail", "Instance"}


def test_without_a_page_size_a_page_is_five_thousand(simulate: Simulate) -> None:
    go = simulate()
    go.clients = [fiction.GoClient(n, str(n), "x", "1", "k") for n in range(5001)]
    token = token_for(go, go.partner.key).json()["access_token"]
    headers = KEY | {"Authorization": f"Bearer {token}"}
    url = f"{go.url}/Demo/v2/ClientAdmin/Clients"
    assert len(httpx.get(url, headers=headers).json()) == 5000
    assert len(httpx.get(url, headers=headers, params={"PageNumber": "2"}).json()) == 1


def test_a_client_outside_the_partner_s_list_is_404(call: Any, go: PowerOfficeSimulator) -> None:
    path = f"/ClientAdmin/{go.clients[0].id}/Users"
    assert call("GET", path).status_code == 200
    go.sever(go.clients[0].id)
    assert call("GET", path).status_code == 404


def test_severing_dates_the_firm_s_users_and_lets_them_go_the_day_after(simulate: Simulate) -> None:
    go = simulate(today=date(2026, 11, 22))
    client = go.clients[0]
    go.sever(client.id, generation_date="2026-12-01", subscription_administrator="kari@nordlys.example")
    ola, _, kari = client.users
    assert [user.to_date for user in client.users] == ["2026-12-01", "2026-12-01", None]
    assert kari.role == fiction.ADMINISTRATOR
    assert [ola.row(date(2026, 12, day))["Status"] for day in (1, 2)] == ["Active", "Inactive"]


def test_a_client_s_own_key_does_not_open_client_administration(go: PowerOfficeSimulator) -> None:
    token = token_for(go, go.clients[0].key).json()["access_token"]
    headers = KEY | {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{go.url}/Demo/v2/ClientAdmin/Clients", headers=headers).status_code == 403
    assert httpx.get(f"{go.url}/Demo/v2/ClientIntegrationInformation", headers=headers).status_code == 200


def test_a_patch_changes_a_user_and_is_recorded_only_where_it_changed_something(
    call: Any, go: PowerOfficeSimulator
) -> None:
    user = go.clients[0].users[0]
    path = f"/ClientAdmin/{go.clients[0].id}/Users/{user.id}"
    body = '[{"op": "replace", "path": "/ToDate", "value": "2027-01-15"}]'
    for _ in range(2):
        assert call("PATCH", path, content=body, headers=PATCH).json()["ToDate"] == "2027-01-15"
    assert go.effects == [f"ToDate of {user.id} on {go.clients[0].id} is 2027-01-15"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ('[{"op": "replace", "path": "/EmailAddress", "value": "x"}]', PATCH, 400),
        ('[{"op": "replace", "path": "/AccessRoleId", "value": "x"}]', PATCH, 400),
        ('[{"op": "replace", "path": "/ToDate", "value": "15.01.2027"}]', PATCH, 400),
        ("[]", PATCH, 400),
        ('[{"op": "replace", "path": "/ToDate", "value": "2027-01-15"}]', {"Content-Type": "application/json"}, 415),
    ],
)
def test_a_wrong_patch_is_refused(
    call: Any, go: PowerOfficeSimulator, body: str, headers: dict[str, str], status: int
) -> None:
    path = f"/ClientAdmin/{go.clients[0].id}/Users/{go.clients[0].users[0].id}"
    assert call("PATCH", path, content=body, headers=headers).status_code == status
    assert go.effects == []


def test_an_unknown_user_is_404_with_go_s_words(call: Any, go: PowerOfficeSimulator) -> None:
    answer = call("GET", f"/ClientAdmin/{go.clients[0].id}/Users/nobody")
    assert (answer.status_code, answer.json()["Title"]) == (404, "Users not found error(s)")


def test_an_invitation_has_no_id_until_it_is_accepted(call: Any, go: PowerOfficeSimulator) -> None:
    path = f"/ClientAdmin/{go.clients[0].id}/Users"
    body = {"EmailAddress": "n@x.example", "FirstName": "N", "LastName": "Y", "AccessRoleId": fiction.ADMINISTRATOR}
    assert call("POST", f"{path}/Invite", json=body | {"LastName": ""}).status_code == 400
    invited = call("POST", f"{path}/Invite", json=body).json()
    assert (invited["Id"], invited["Status"]) == (None, "InvitePending")
    assert go.accept_invitations() == 1
    assert call("GET", path).json()[3]["Status"] == "Active"


def test_too_many_calls_are_429_in_the_gateway_s_words(simulate: Simulate) -> None:
    go = simulate(calls_per_second=3)
    answers = [token_for(go, go.partner.key) for _ in range(4)]
    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    assert answers[3].json() == {
        "statusCode": "429",
        "message": "Rate limit is exceeded. Try again in 1 seconds.",
    }


def test_books_of_three_years_balance_and_vouchers_have_readable_documents() -> None:
    client = fiction.a_client(1)
    lines = fiction_books.ledger(client, [2024, 2025, 2026])
    assert sum(row["Balance"] for row in fiction_books.balance(lines, "2026-12-31")) == pytest.approx(0)
    for row in fiction_books.documentation(lines):
        mine = [line["Amount"] for line in lines if line["VoucherId"] == row["VoucherId"]]
        assert sum(mine) == pytest.approx(0)
        if row["HasPdf"]:
            with zipfile.ZipFile(io.BytesIO(fiction_books.voucher_zip(row))) as archive:
                assert archive.testzip() is None


def test_every_client_has_its_own_valid_number(simulate: Simulate) -> None:
    numbers = [client.number for client in simulate(clients=50).clients]
    assert len(set(numbers)) == 50
    assert all(orgnr.is_valid(number) for number in numbers)


def test_the_controls_work_over_http(go: PowerOfficeSimulator) -> None:
    answer = httpx.post(f"{go.url}/_simulator/do/sever", json={"client_id": go.clients[0].id})
    assert answer.status_code == 200
    assert httpx.get(f"{go.url}/_simulator/effects").json() == go.effects
    assert len(go.effects) == 1


def test_the_example_is_a_request_that_nothing_blocks(go: PowerOfficeSimulator) -> None:
    assert go.example()["identifiers"] == {"orgnr": "974760673"}
    assert go.example()["options"] == {"generation_date": "2027-02-20"}


# --- playing people


def played(go: PowerOfficeSimulator, verb: str, part: str = "") -> list[str]:
    """Let a person do a task twice; return what changed."""
    before = len(go.effects)
    for _ in range(2):
        go.play(verb, part, go.clients[0].id, None)
    return go.effects[before:]


def test_a_person_ends_the_relationship_once_and_keeps_the_last_day_that_stands(go: PowerOfficeSimulator) -> None:
    client = go.clients[0]
    go.set_user(client.id, "ola@fjordregnskap.example", to_date="2027-01-15")
    assert played(go, "sever_link") == [f"severed {client.id}, generation date 2027-01-15"]
    assert not client.partner_code


def test_a_person_hands_over_takes_off_and_removes(go: PowerOfficeSimulator) -> None:
    client, (ola, siri, kari) = go.clients[0], go.clients[0].users
    assert played(go, "transfer_admin", "subscription") == [f"{kari.id} is Administrator of {client.id}"]
    assert played(go, "transfer_admin") == []
    go.sever(client.id, generation_date="2027-01-15")
    assert played(go, "end_access", "other_partners") == [f"{u.id} keeps access to {client.id}" for u in (ola, siri)]
    assert played(go, "remove_extensions", "integration") == [f"integration removed from {client.id}"]


@pytest.mark.parametrize(
    ("verb", "part"),
    [("retain_history", ""), ("retain_history", "archive"), ("remove_extensions", ""), ("archive", "")],
)
def test_what_leaves_no_trace_in_the_interface_changes_nothing(go: PowerOfficeSimulator, verb: str, part: str) -> None:
    assert played(go, verb, part) == []


def test_a_person_can_be_played_over_http(go: PowerOfficeSimulator) -> None:
    told = {"verb": "sever_link", "part": "", "ref": go.clients[0].id, "scope": None}
    assert httpx.post(f"{go.url}/_simulator/do/play", json=told).status_code == 200
    assert len(go.effects) == 1
