from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    CredentialsError,
    DisengageError,
    Link,
    LinkState,
    RejectedError,
    RetryableError,
    Severity,
    UnexpectedResponseError,
)
from disengage.errors import InputError
from disengage.testing import Call, Reply, parse_faults

if TYPE_CHECKING:
    from conftest import Office

CLIENTS = "/ac/api/viewdata/clients"
CLIENT = LinkState(linked=True, status="Klant")
FORMER = LinkState(linked=False, status="Geen klant meer")

FOLLOWS = {
    "exact_gets_the_end_date": Severity.NOTICE,
    "twinfield_is_not_pushed": Severity.NOTICE,
    "other_links_are_not_ended": Severity.NOTICE,
    "number_stays": Severity.NOTICE,
    "copies_in_yearly_archives": Severity.NOTICE,
    "werkstop_is_reversible": Severity.NOTICE,
    "pinkweb_deletes_the_client": Severity.WARNING,
}
USUAL = {"open_tasks": Severity.WARNING, "dossier_stays": Severity.NOTICE}


def answer(office: Office, monkeypatch: pytest.MonkeyPatch, reply: Callable[[Call], Reply | None]) -> None:
    """Let some calls be answered in the test's own way."""
    usual = office.simulator.answer
    monkeypatch.setattr(office.simulator, "answer", lambda call: reply(call) or usual(call))


def strike(office: Office, spec: str) -> None:
    office.simulator.faults.add(parse_faults(f"auditcase:{spec}", "auditcase")[0])


# credentials


def test_credentials_are_tried_on_one_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    answer(office, monkeypatch, lambda call: asked.append(call.headers.get("X-range")))
    assert office.connection().try_credentials() == "a user of AuditCase 9.6 who may see 3 clients"
    assert asked == ["items=0-0"]


def test_an_answer_without_a_total_is_enough_to_be_let_in(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(office, monkeypatch, lambda call: Reply(body=[]))
    assert office.connection().try_credentials() == "a user of AuditCase 9.6 who may see some clients"


@pytest.mark.parametrize(
    ("header", "scheme"), [("Authorization", "Bearer"), ("X-Token", ""), ("Authorization", "JWT"), ("X-Ac", "Key")]
)
def test_the_token_is_shown_in_the_configured_header(office: Office, header: str, scheme: str) -> None:
    office.simulator.header, office.simulator.scheme = header, scheme
    assert office.observe(auth_header=header, auth_scheme=scheme) == CLIENT
    with pytest.raises(CredentialsError):
        office.observe(auth_header="X-Other", auth_scheme=scheme)


def test_a_token_that_is_not_accepted_is_a_matter_of_credentials(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = office.connection()
    monkeypatch.setenv("AUDITCASE_TOKEN", "wrong-and-secret")
    for ask in (
        connection.try_credentials,
        lambda: connection.find_links(office.request().client),
        lambda: connection.observe(office.link, office.request()),
        lambda: connection.check(office.link, office.request(), CLIENT),
    ):
        with pytest.raises(CredentialsError) as caught:
            ask()
        assert "wrong-and-secret" not in str(caught.value)


# finding


def test_a_client_is_found_by_its_number(office: Office) -> None:
    assert office.find() == [office.link]
    assert office.paths() == [CLIENTS]


def test_a_prefix_is_not_a_number(office: Office) -> None:
    for number, name in (("100", "Honderd BV"), ("10010", "Tienduizend BV"), ("00ABC", "Nul BV")):
        office.simulator.add_client(number, name)
    assert office.find(references={"auditcase": "100"}) == [Link(ref="100", name="Honderd BV")]
    assert office.find(references={"auditcase": "10"}) == []
    assert office.find(references={"auditcase": "ABC"}) == []
    assert office.find(references={"auditcase": "00ABC"}) == [Link(ref="00ABC", name="Nul BV")]


def test_a_number_that_is_there_twice_is_two_links(office: Office) -> None:
    office.simulator.add_client("1001", "Sørlys AS")
    assert office.find() == [office.link, Link(ref="1001", name="Sørlys AS")]
    assert office.observe() == LinkState()


def test_without_a_number_the_exact_name_leads_to_the_client(office: Office) -> None:
    office.simulator.add_client("2001", "Nordlys Kafé AS & Co")
    assert office.find(references={}) == [office.link]
    assert office.find(references={}, name="nordlys  kafé as") == []  # the prefix search itself heeds case
    assert office.find(references={}, name="Nordlys Kaf") == []
    assert office.find(references={}, name="Prøveklient 2 AS") == [Link(ref="1002", name="Prøveklient 2 AS")]


def test_a_name_that_is_there_twice_is_two_links(office: Office) -> None:
    office.simulator.add_client("2001", "Nordlys Kafé AS")
    assert [link.ref for link in office.find(references={})] == ["1001", "2001"]
    assert [link.ref for link in office.find()] == ["1001"]


def test_a_name_that_no_header_can_carry_is_looked_for_among_all(office: Office) -> None:
    office.simulator.add_client("2001", "Ærlig AS")
    assert office.find(references={}, name="Ærlig AS") == [Link(ref="2001", name="Ærlig AS")]


def test_a_client_without_a_number_cannot_be_named(office: Office) -> None:
    office.simulator.add_client("", "Tolv AS")
    with pytest.raises(UnexpectedResponseError, match="without a client number"):
        office.find(references={}, name="Tolv AS")


def test_a_client_that_nobody_knows_is_no_link(office: Office) -> None:
    assert office.find(references={"auditcase": "9999"}) == []
    assert office.find(references={}, name="Nobody AS", identifiers={"kvk": "12345678"}) == []


# pages


def test_every_page_of_a_long_list_is_read(office: Office) -> None:
    for number in range(1, 1_200):
        office.simulator.add_client(f"7{number:04}", f"Massa {number} BV")
    office.simulator.add_client("7", "De laatste BV")
    assert office.find(references={"auditcase": "7"}) == [Link(ref="7", name="De laatste BV")]
    assert office.find(references={}, name="Massa 1199 BV") == [Link(ref="71199", name="Massa 1199 BV")]
    office.simulator.journal.clear()
    assert [link.ref for link in office.find(references={"auditcase": "7"})] == ["7"]
    assert len(office.simulator.journal) == 3


@pytest.mark.parametrize("headers", [{"Content-RealTotal": "120"}, {}])
def test_a_page_shorter_than_asked_for_is_not_taken_for_the_last(
    office: Office, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    rows = [{"$id": str(n), "$col1": f"5{n}", "$col3": f"N {n}", "$col4": "Klant"} for n in range(120)]

    def fifty(call: Call) -> Reply:
        first = int((call.headers.get("X-range") or "").removeprefix("items=").split("-")[0])
        return Reply(body=rows[first : first + 50], headers=headers)

    answer(office, monkeypatch, fifty)
    assert office.find(references={"auditcase": "5119"}) == [Link(ref="5119", name="N 119")]


def test_the_ends_of_a_range_are_included(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 700):
        office.simulator.add_client(f"7{number:04}", f"Massa {number} BV")
    asked = []
    answer(office, monkeypatch, lambda call: asked.append(call.headers.get("X-range")))
    office.find(references={"auditcase": "7"})
    assert asked == ["items=0-499", "items=500-999"]


def test_a_list_without_an_end_is_not_read_for_ever(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"$id": str(n), "$col1": str(n), "$col3": "N", "$col4": "Klant"} for n in range(500)]
    answer(office, monkeypatch, lambda call: Reply(body=rows))
    with pytest.raises(UnexpectedResponseError, match="has no end"):
        office.find()
    assert len(office.paths()) == 2


def test_a_total_that_is_no_number_is_as_good_as_none(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    body = [{"$id": "1", "$col1": "1001", "$col3": "Nordlys Kafé AS", "$col4": "Klant", "$col9": {"more": True}}]
    answer(office, monkeypatch, lambda call: Reply(body=body, headers={"Content-RealTotal": "many"}))
    assert office.find() == [office.link]


# observing


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Klant", CLIENT),
        ("Geen klant meer", FORMER),
        ("Suspect", LinkState(status="Suspect")),
        ("Prospect", LinkState(status="Prospect")),
    ],
)
def test_the_state_is_the_klantstatus(office: Office, status: str, state: LinkState) -> None:
    office.simulator.set_status("1001", status)
    assert office.observe() == state


def test_a_client_that_the_view_hides_is_not_taken_for_ended(office: Office) -> None:
    office.simulator.hide_former()
    office.simulator.sever("1001")
    assert office.observe() == LinkState()


def test_the_neighbours_status_is_not_the_clients(office: Office) -> None:
    office.simulator.add_client("10010", "Sørlys AS", "Geen klant meer")
    assert office.observe() == CLIENT


@pytest.mark.parametrize(
    "body",
    [
        {"clients": []},
        "nothing",
        42,
        ["1001"],
        [{"$col1": "1001", "$col3": "Nordlys Kafé AS"}],
        [{"$col1": {"value": "1001"}, "$col3": "Nordlys Kafé AS", "$col4": "Klant"}],
    ],
)
def test_an_answer_of_another_shape_is_unexpected_and_shows_no_value(
    office: Office, monkeypatch: pytest.MonkeyPatch, body: Any
) -> None:
    answer(office, monkeypatch, lambda call: Reply(body=body))
    with pytest.raises(UnexpectedResponseError) as caught:
        office.observe()
    assert "Nordlys" not in str(caught.value) + caught.value.sample


@pytest.mark.parametrize("reply", [Reply(204), Reply(body=[])])
def test_an_empty_answer_is_nobody(office: Office, monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    answer(office, monkeypatch, lambda call: reply)
    assert office.find() == []


def test_a_platform_that_asks_to_wait_long_is_left_to_the_engine(office: Office) -> None:
    strike(office, "429=3600@GET")
    with pytest.raises(RetryableError) as caught:
        office.observe()
    assert caught.value.retry_after == 3600


def test_a_read_that_broke_off_is_made_again(office: Office) -> None:
    strike(office, "truncatedx1")
    assert office.observe() == CLIENT


@pytest.mark.parametrize("ref", ["../other", "1001/../1002"])
def test_a_number_cannot_climb_out_of_its_path(office: Office, ref: str) -> None:
    with pytest.raises(UnexpectedResponseError, match="would leave the connection's own addresses"):
        office.connection().check(Link(ref=ref), office.request(), CLIENT)


@pytest.mark.parametrize(("ref", "paths"), [("..", []), ("10/01?x#", ["/ac/api/clientportaldocs/10/01?x#"])])
def test_a_number_is_never_more_than_one_part_of_its_path(office: Office, ref: str, paths: list[str]) -> None:
    office.simulator.add_client(ref, "Sørlys AS")
    office.connection().check(Link(ref=ref), office.request(), CLIENT)
    assert [path for path in dict.fromkeys(office.paths()) if path != "/ac/api/viewdata/tasks"] == paths


def test_no_error_repeats_the_token_or_a_person(office: Office) -> None:
    secrets = [*office.simulator.environment().values(), "api@fjord.example", "Nordlys"]
    for status in ("400", "401", "403", "404", "409"):
        strike(office, f"{status}x1")
        with pytest.raises(DisengageError) as caught:
            office.observe()
        assert not [secret for secret in secrets if secret in str(caught.value)]


def test_a_refusal_is_told_in_the_platforms_words(office: Office) -> None:
    strike(office, "400")
    with pytest.raises(RejectedError, match="simulated 400"):
        office.observe()


# findings


def test_what_the_change_sets_off_is_said_before(office: Office) -> None:
    assert office.codes() == FOLLOWS | USUAL
    found = office.findings()
    assert {finding.connection for finding in found} == {"auditcase"}
    assert all(finding.source and finding.remedy for finding in found)


def test_the_copy_of_pinkweb_comes_first_and_is_counted(office: Office) -> None:
    (pinkweb,) = [finding for finding in office.findings() if finding.code == "pinkweb_deletes_the_client"]
    assert pinkweb.message.endswith("as AuditCase lists them: 2.")
    assert pinkweb.remedy.startswith("Copy what PinkWeb has of it first")


def test_deleting_a_client_is_refused_with_the_reason_and_the_date(office: Office) -> None:
    for version in ("9.6", "12"):
        found = office.findings(options={"delete_client": True, "keep_billing_to": False}, version=version)
        (refusal,) = [finding for finding in found if finding.severity is Severity.BLOCKER]
        assert refusal.code == "delete_client_refused"
        assert "seven years in the Netherlands (AWR article 52), here until 2033-12-31 at least" in refusal.message
        assert refusal.source == "https://changetocomm.zendesk.com/hc/nl/articles/360002300914"


@pytest.mark.parametrize(("version", "asked"), [("9.12", True), ("10.0", True), ("10.1", False), ("10.10", False)])
def test_the_choice_on_the_invoice_route_is_asked_for_below_10_1_only(
    office: Office, version: str, asked: bool
) -> None:
    blockers = {code for code, severity in office.codes(options={}, version=version).items() if severity == "blocker"}
    assert blockers == ({"billing_to_choice_missing"} if asked else set())


@pytest.mark.parametrize("keep", [True, False, "true"])
def test_a_choice_that_was_made_is_not_asked_for(office: Office, keep: bool | str) -> None:
    assert office.codes(options={"keep_billing_to": keep}) == FOLLOWS | USUAL


@pytest.mark.parametrize("options", [{}, {"keep_billing_to": True}, {"keep_billing_to": False}])
def test_from_10_1_on_the_invoice_route_is_not_mentioned_at_all(office: Office, options: dict[str, Any]) -> None:
    said = " ".join(f"{finding.message} {finding.remedy}" for finding in office.findings(options=options, version="12"))
    assert "actur" not in said
    assert "billing" not in said


@pytest.mark.parametrize("options", [{"keep_biling_to": True}, {"keep_billing_to": "perhaps"}])
def test_an_option_that_is_not_known_or_not_yes_or_no_is_bad_input(office: Office, options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"options\.auditcase\.keep_bil"):
        office.findings(options=options)


def test_a_match_by_name_alone_is_said(office: Office) -> None:
    assert office.codes(references={}) == FOLLOWS | USUAL | {"matched_by_name": Severity.NOTICE}


def test_a_number_of_somebody_with_another_name_is_a_warning(office: Office) -> None:
    assert office.codes(name="Sørlys AS") == FOLLOWS | USUAL | {"name_differs": Severity.WARNING}


@pytest.mark.parametrize(
    ("status", "code"), [("Suspect", "never_a_client"), ("Prospect", "status_unknown"), ("", "status_unknown")]
)
def test_an_odd_status_is_said(office: Office, status: str, code: str) -> None:
    office.simulator.set_status("1001", status)
    assert office.codes() == FOLLOWS | USUAL | {code: Severity.WARNING}


def test_a_client_that_is_not_shown_is_a_warning(office: Office) -> None:
    office.simulator.clients.clear()
    assert office.codes()["client_not_shown"] is Severity.WARNING


def test_a_client_that_was_ended_already_leaves_little_to_think_of(office: Office) -> None:
    office.simulator.sever("1001")
    assert office.codes(options={}) == USUAL | {
        "link_already_cut": Severity.NOTICE,
        "portal_out_of_reach": Severity.WARNING,
    }


def test_open_work_is_counted_and_not_repeated(office: Office) -> None:
    office.simulator.clients[0].tasks["BTW Q4"] = "Bas"
    (open_tasks,) = [finding for finding in office.findings() if finding.code == "open_tasks"]
    assert open_tasks.message == "AuditCase shows 2 open tasks of a client with this name."
    assert "anna@" not in str(open_tasks)


def test_the_work_of_others_is_not_the_clients(office: Office) -> None:
    office.simulator.clients[0].tasks.clear()
    assert "open_tasks" not in office.codes()


@pytest.mark.parametrize(
    ("right", "code"), [("tasks", "tasks_not_readable"), ("clientportaldocs", "documents_not_readable")]
)
def test_a_right_that_is_missing_is_said_and_stops_nothing(office: Office, right: str, code: str) -> None:
    office.simulator.allow(right, False)
    assert office.codes()[code] is Severity.NOTICE


@pytest.mark.parametrize("fault", ["401x1", "403x1", "404x1", "expiredx1"])
def test_a_moments_refusal_is_not_taken_for_a_missing_right(office: Office, fault: str) -> None:
    strike(office, f"{fault}@GET clientportaldocs")
    assert office.codes() == FOLLOWS | USUAL


def test_a_refusal_that_is_no_matter_of_rights_is_not_taken_for_one(office: Office) -> None:
    strike(office, "400@GET clientportaldocs")
    with pytest.raises(RejectedError):
        office.codes()
