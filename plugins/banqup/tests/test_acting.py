from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    Accepted,
    BringKind,
    Done,
    Effect,
    Link,
    LinkState,
    Mode,
    NeedsPerson,
    OutcomeUnknownError,
    Provenance,
    RejectedError,
    RetryableError,
    StepProposal,
    Verb,
    VerbSpec,
)
from disengage.domain.difference import Comparison, compare
from disengage.domain.order import in_order
from disengage.testing import Fault
from disengage_banqup.manifest import MANIFEST
from disengage_banqup.plugin import connector_types
from disengage_banqup.settings import BanqupSettings
from disengage_banqup.simulator import BanqupSimulator

if TYPE_CHECKING:
    from conftest import Account

UNCONFIRMED = Link(ref="974760673", name="Nordlys Kafé AS", confirmed=False)
CUTS = (Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.IMMEDIATE)


def modes(steps: tuple[StepProposal, ...]) -> dict[Verb, Mode]:
    return {step.verb: step.mode for step in steps}


def usual(**changes: Mode) -> dict[Verb, Mode]:
    by_verb = {
        Verb.RETAIN_HISTORY: Mode.BY_HAND,
        Verb.TRANSFER_ADMIN: Mode.NOT_NEEDED,
        Verb.REMOVE_EXTENSIONS: Mode.NOT_NEEDED,
        Verb.SETTLE_BILLING: Mode.NOT_NEEDED,
        Verb.END_ACCESS: Mode.NOT_NEEDED,
        Verb.ARCHIVE: Mode.NOT_NEEDED,
        Verb.SEVER_LINK: Mode.BY_HAND,
    }
    return by_verb | {Verb(name): mode for name, mode in changes.items()}


# proposing


def test_with_the_operations_configured_and_trusted_extensions_and_archiving_are_automatic(account: Account) -> None:
    proposal = account.propose()
    assert proposal.wanted == LinkState(linked=False, extensions=())
    assert modes(proposal.steps) == usual(remove_extensions=Mode.AUTOMATIC, sever_link=Mode.AUTOMATIC)
    assert proposal.steps[-1] == StepProposal(verb=Verb.SEVER_LINK, effects=CUTS, moves=("linked",))
    assert [step.gated for step in proposal.steps if step.mode is Mode.AUTOMATIC] == [True, True]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"operations": {}}, "the operation 'archive_client' is not configured"),
        ({"trust": "documented"}, "the operation 'archive_client' is only assumed; trust is documented"),
        ({"trust": "observed"}, "the operation 'archive_client' is only assumed; trust is observed"),
    ],
)
def test_without_them_a_person_archives_and_nobody_need_remove_extensions(
    account: Account, changes: dict[str, Any], reason: str
) -> None:
    proposal = account.propose(UNCONFIRMED, **changes)
    assert proposal.wanted == LinkState(linked=False)
    assert modes(proposal.steps) == usual()
    by_verb = {step.verb: step for step in proposal.steps}
    assert by_verb[Verb.SEVER_LINK].reason == reason
    assert by_verb[Verb.REMOVE_EXTENSIONS] == StepProposal(
        verb=Verb.REMOVE_EXTENSIONS, mode=Mode.NOT_NEEDED, reason="archiving disconnects all integrations"
    )
    assert all(step.reason for step in proposal.steps if step.mode is Mode.NOT_NEEDED)


def test_archiving_is_never_called_with_a_number_in_place_of_an_id(account: Account) -> None:
    operations = {k: v for k, v in account.settings().operations.items() if k != "find_client"}
    by_number = account.propose(UNCONFIRMED, operations=operations)
    assert modes(by_number.steps) == usual()
    assert by_number.wanted == LinkState(linked=False)
    by_reference = account.propose(
        Link(ref="client-0001", confirmed=False),
        account.request(references={"banqup": "client-0001"}),
        operations=operations,
    )
    assert modes(by_reference.steps)[Verb.SEVER_LINK] is Mode.AUTOMATIC


def test_an_operation_that_names_the_client_by_number_needs_no_id(account: Account) -> None:
    operations = {"archive_client": "POST /archive?number={identifier}"}
    assert modes(account.propose(UNCONFIRMED, operations=operations).steps)[Verb.SEVER_LINK] is Mode.AUTOMATIC


def test_the_firms_own_copy_comes_first(account: Account) -> None:
    steps = account.propose().steps
    assert next(step.verb for step in in_order(steps)) is Verb.RETAIN_HISTORY
    assert steps[0].holds_gate
    instructions = account.connection().instruct(account.link, account.request(), Verb.RETAIN_HISTORY, "")
    assert instructions is not None
    assert [(bring.kind, bring.required) for bring in instructions.bring] == [(BringKind.FILE, True)]


@pytest.mark.parametrize("status", ["Draft", "Invited"])
def test_of_a_client_that_never_accepted_there_is_nothing_to_copy(account: Account, status: str) -> None:
    state = LinkState(linked=True, status=status)
    steps = account.connection().propose(account.link, account.request(), state).steps
    assert modes(steps) == usual(
        retain_history=Mode.NOT_NEEDED, remove_extensions=Mode.AUTOMATIC, sever_link=Mode.AUTOMATIC
    )
    assert "has not accepted" in steps[0].reason


@pytest.mark.parametrize("spec", [spec for spec in MANIFEST.verbs if spec.by_hand], ids=lambda spec: spec.key)
def test_what_is_done_by_hand_is_told_in_german_and_english_and_can_be_shown(spec: VerbSpec) -> None:
    page = spec.by_hand
    assert page is not None
    assert (page.language, len(page.steps)) == ("de", len(page.steps_en))
    assert page.source.startswith("https://")
    assert page.as_of == "2026-11-22"
    assert any(bring.required for bring in page.bring)


def test_archiving_by_hand_is_told_in_the_vendors_words(account: Account) -> None:
    instructions = account.connection().instruct(account.link, account.request(), Verb.SEVER_LINK, "")
    assert instructions is not None
    assert "Suchen Sie Ihren Kunden: Nordlys Kafé AS (client-0001)." in instructions.steps
    assert "Click the three dots in the Actions column." in instructions.steps_en
    assert len(instructions.steps) == len(instructions.steps_en)
    assert [(bring.key, bring.choices) for bring in instructions.bring] == [
        ("status", ("Archived", "Lost")),
        ("seen_on", ()),
    ]


# acting


def test_the_whole_ending_is_proven_by_the_platform(account: Account) -> None:
    connection, request = account.connection(), account.request()
    (link,) = connection.find_links(request.client)
    wanted = connection.propose(link, request, connection.observe(link, request)).wanted
    seen = connection.observe(link, request)
    assert connection.remove_extensions(link, request, seen) == Done(receipt="2 deleted")
    assert compare(connection.observe(link, request), wanted, ("extensions",)) is Comparison.SAME
    assert connection.sever_link(link, request) == Done(receipt="answered 200")
    assert compare(connection.observe(link, request), wanted, ("linked", "extensions")) is Comparison.SAME
    assert account.simulator.effects == [
        "client-0001 extension bookkeeping deleted",
        "client-0001 extension documents deleted",
        "client-0001 archived",
    ]
    assert account.simulator.clients["client-0002"].status == "Active"


def test_only_extensions_that_were_still_seen_are_deleted(account: Account) -> None:
    connection, request = account.connection(), account.request()
    account.simulator.clients["client-0001"].extensions.remove("bookkeeping")
    connection.remove_extensions(account.link, request, connection.observe(account.link, request))
    assert account.simulator.effects == ["client-0001 extension documents deleted"]


def test_an_extension_that_went_meanwhile_is_looked_for_again_and_the_others_are_deleted(account: Account) -> None:
    connection, request = account.connection(), account.request()
    seen = connection.observe(account.link, request)
    account.simulator.clients["client-0001"].extensions.remove("bookkeeping")
    with pytest.raises(RetryableError):
        connection.remove_extensions(account.link, request, seen)
    assert account.simulator.effects == ["client-0001 extension documents deleted"]
    assert connection.observe(account.link, request).extensions == ()


def test_that_there_is_no_list_of_extensions_is_believed_when_it_is_said_twice(account: Account) -> None:
    connection, request = account.connection(), account.request()
    assert connection.remove_extensions(account.link, request, LinkState()) == Done(receipt="2 deleted")
    account.simulator.faults.add(Fault("404", method="GET", path="/extensions"))
    assert isinstance(connection.remove_extensions(account.link, request, LinkState()), NeedsPerson)


def test_an_answer_that_was_lost_leaves_the_outcome_open_and_is_not_sent_twice(account: Account) -> None:
    account.simulator.faults.add(Fault("lost", times=1, path="archive"))
    connection, request = account.connection(), account.request()
    with pytest.raises(OutcomeUnknownError):
        connection.sever_link(account.link, request)
    assert connection.observe(account.link, request).linked is False
    assert account.simulator.effects == ["client-0001 archived"]


@pytest.mark.parametrize("kind", ["500", "malformed", "truncated"])
def test_an_unclear_answer_is_never_followed_by_a_second_call(account: Account, kind: str) -> None:
    account.simulator.faults.add(Fault(kind, path="archive"))
    with pytest.raises(OutcomeUnknownError):
        account.connection().sever_link(account.link, account.request())
    assert [path for _, path in account.simulator.changing_calls() if path.endswith("archive")] == [
        "/simulated/v1/spaces/space-fjord/clients/client-0001/archive"
    ]


def test_a_call_that_clearly_did_nothing_is_made_again(account: Account) -> None:
    account.simulator.faults.add(Fault("503", times=1, path="archive"))
    assert account.connection().sever_link(account.link, account.request()) == Done(receipt="answered 200")
    assert account.simulator.effects == ["client-0001 archived"]


def test_a_platform_that_asks_to_wait_long_is_left_to_the_engine(account: Account) -> None:
    account.simulator.faults.add(Fault("429", value=3600, path="archive"))
    with pytest.raises(RetryableError) as caught:
        account.connection().sever_link(account.link, account.request())
    assert caught.value.retry_after == 3600


def test_what_the_platform_refuses_is_told_in_its_words(account: Account) -> None:
    account.simulator.lose("client-0001")
    with pytest.raises(RejectedError, match="simulated 409") as caught:
        account.connection().sever_link(account.link, account.request())
    assert (caught.value.status, caught.value.code) == (409, "ERR409")


def test_an_archived_client_is_invited_again_and_linked_once_it_accepts(account: Account) -> None:
    connection, request = account.connection(), account.request()
    connection.sever_link(account.link, request)
    assert connection.invite_back(account.link, request) == Accepted(
        look_again_in=timedelta(hours=12),
        receipt="answered 202",
        waiting_for="the client to accept the invitation",
    )
    account.simulator.accept("client-0001")
    assert connection.observe(account.link, request).linked is True


def test_without_the_operation_a_person_invites(account: Account) -> None:
    assert isinstance(account.connection(trust="documented").invite_back(account.link, account.request()), NeedsPerson)
    assert account.simulator.journal == []


# what is published


def test_no_path_is_shipped_for_what_is_only_assumed() -> None:
    assumed = {op.name for op in MANIFEST.operations if op.provenance is Provenance.ASSUMED}
    assert assumed == {"find_client", "archive_client", "invite_client", "list_extensions", "delete_extension"}
    assert all(bool(op.call) != (op.name in assumed) for op in MANIFEST.operations)
    assert all(op.source and op.as_of for op in MANIFEST.operations if op.name not in assumed)


def test_the_plugin_offers_the_connector() -> None:
    (offered,) = connector_types()
    assert (offered.name, offered.settings_model) == ("banqup", BanqupSettings)
    assert offered.simulator == f"{BanqupSimulator.__module__}:BanqupSimulator"


def test_every_fictitious_client_can_be_asked_for() -> None:
    simulator = BanqupSimulator(clients=200)
    examples = [simulator.client(n) for n in (1, 2, 200)]
    assert examples[0] == simulator.example()
    assert [e["references"] for e in examples] == ["client-0001", "client-0002", "client-0200"]
    assert len({e["identifiers"]["orgnr"] for e in examples}) == 3


def test_the_simulator_can_be_told_over_its_socket(account: Account) -> None:
    import httpx

    httpx.post(f"{account.simulator.url}/_simulator/do/lose", json={"client_id": "client-0001"})
    assert account.observe().status == "Lost"


# what people do and bring


def test_a_person_archives_once_and_leaves_alone_what_the_client_ended(account: Account) -> None:
    for ref in ("client-0001", "client-0001", "974760673", "nobody"):
        account.simulator.play("sever_link", "", ref, None)
    account.simulator.lose("client-0002")
    account.simulator.play("sever_link", "", "client-0002", None)
    account.simulator.play("retain_history", "", "client-0003", None)
    assert account.simulator.effects == ["client-0001 archived"]


def test_a_person_invites_again(account: Account) -> None:
    account.simulator.sever("client-0001")
    for _ in range(2):
        account.simulator.play("invite_back", "", "client-0001", None)
    assert account.simulator.effects == ["client-0001 archived", "client-0001 invited"]


def brought(account: Account, path: Path) -> list[str]:
    asked = {"link": account.link, "request": account.request(), "verb": Verb.RETAIN_HISTORY, "part": ""}
    return list(account.connection().check_evidence(**asked, files={"copy": path}, values={}))


def test_the_copy_that_the_simulator_brings_is_taken(account: Account, tmp_path: Path) -> None:
    ((name, content),) = account.simulator.files("retain_history", "").values()
    (tmp_path / name).write_bytes(content)
    assert brought(account, tmp_path / name) == []
    assert account.simulator.files("sever_link", "") == {}


@pytest.mark.parametrize(
    ("name", "content", "complaints"),
    [
        ("export.zip", b"<html>", ["The file brought as 'copy' is named as a ZIP and cannot be opened as one."]),
        ("export.pdf", b"<html>", ["The file brought as 'copy' is named as a PDF and is none."]),
        ("export.pdf", b"%PDF-1.7", []),
        ("export.csv", b"a;b", []),
    ],
)
def test_a_copy_that_is_not_what_its_name_says_is_complained_of(
    account: Account, tmp_path: Path, name: str, content: bytes, complaints: list[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert brought(account, tmp_path / name) == complaints
