from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    Bring,
    BringKind,
    Done,
    Effect,
    LinkState,
    Mode,
    Provenance,
    StepProposal,
    Verb,
)
from disengage.domain.difference import Comparison, compare
from disengage.domain.order import in_order, predecessors
from disengage.testing import parse_faults
from disengage_auditcase.manifest import MANIFEST
from disengage_auditcase.plugin import connector_types
from disengage_auditcase.settings import AuditCaseSettings
from disengage_auditcase.simulator import AuditCaseSimulator

if TYPE_CHECKING:
    from conftest import Copies, Office

BY_HAND = "AuditCase offers no interface for this"
FOLLOWED = (Effect.IRREVERSIBLE, Effect.IMMEDIATE)


# proposing


def steps(office: Office, **changes: Any) -> dict[str, StepProposal]:
    return {step.key: step for step in office.propose(**changes).steps}


def test_the_record_is_kept_by_itself_and_everything_else_is_for_people(office: Office) -> None:
    proposal = office.propose()
    assert proposal.wanted == LinkState(linked=False)
    assert {step.key: step.mode for step in proposal.steps} == {
        "retain_history": Mode.AUTOMATIC,
        "retain_history:portal": Mode.BY_HAND,
        "transfer_admin": Mode.NOT_NEEDED,
        "remove_extensions": Mode.BY_HAND,
        "remove_extensions:failed_pushes": Mode.BY_HAND,
        "settle_billing": Mode.NOT_NEEDED,
        "end_access": Mode.NOT_NEEDED,
        "archive": Mode.NOT_NEEDED,
        "sever_link": Mode.BY_HAND,
    }
    assert all(step.reason for step in proposal.steps if step.mode is not Mode.AUTOMATIC)


def test_the_change_of_status_is_read_back_and_waits_for_the_gate(office: Office) -> None:
    sever = steps(office)["sever_link"]
    assert sever == StepProposal(
        verb=Verb.SEVER_LINK, mode=Mode.BY_HAND, reason=BY_HAND, effects=FOLLOWED, moves=("linked",)
    )
    assert sever.gated


def test_pinkweb_is_copied_before_and_the_list_of_errors_is_seen_after(office: Office) -> None:
    proposed = office.propose().steps
    by_hand = [step.key for step in in_order(proposed) if step.mode is Mode.BY_HAND]
    assert by_hand == [
        "retain_history:portal",
        "remove_extensions",
        "sever_link",
        "remove_extensions:failed_pushes",
    ]
    edges = predecessors(proposed)
    assert "retain_history:portal" in edges["remove_extensions"]
    assert edges["remove_extensions:failed_pushes"] == ("sever_link",)
    assert steps(office)["retain_history:portal"].holds_gate
    assert steps(office)["remove_extensions"].gated


@pytest.mark.parametrize(("version", "asks"), [("9.12", True), ("10.0", True), ("10.1", False), ("10.10", False)])
def test_the_invoice_route_is_part_of_the_old_dialog_and_of_nothing_since(
    office: Office, version: str, asks: bool
) -> None:
    reason = steps(office, version=version)["settle_billing"].reason
    assert ("Facturatie aan" in reason) is asks
    assert reason


def test_links_that_have_followed_the_status_already_need_nobody(office: Office) -> None:
    office.simulator.sever("1001")
    proposed = steps(office)
    assert proposed["remove_extensions"] == StepProposal(
        verb=Verb.REMOVE_EXTENSIONS,
        mode=Mode.NOT_NEEDED,
        reason="the klantstatus is 'Geen klant meer' already, and the links have followed it",
    )
    assert proposed["remove_extensions:failed_pushes"].mode is Mode.BY_HAND


# instructions


def test_the_change_of_status_is_told_in_the_seeds_words(office: Office) -> None:
    told = office.instruct(Verb.SEVER_LINK, version="10.1")
    assert told.steps == (
        "Open de klantkaart van Nordlys Kafé AS (klantnummer 1001).",
        "Zet de klantkaart in de 'Wijzigen' mode.",
        "Selecteer in het veld klantstatus de status 'Geen klant meer'.",
        "Kies als einddatum van de relatie 31-10-2026.",
        "Kies Bewaren.",
    )
    assert told.bring == (
        Bring(key="end_date", kind=BringKind.CHOICE, choices=("2026-10-31",), label="the end date on the client card"),
    )


@pytest.mark.parametrize(
    ("keep", "answer", "meaning", "meaning_en"),
    [
        (True, "Ja", "blijven aan het gekozen bedrijf gericht", "stay addressed to the company"),
        (False, "Nee", "niet meer gefactureerd aan het andere bedrijf", "is not invoiced any more"),
    ],
)
def test_below_10_1_the_answer_on_the_invoice_route_is_given_with_what_it_means(
    office: Office, keep: bool, answer: str, meaning: str, meaning_en: str
) -> None:
    told = office.instruct(Verb.SEVER_LINK, options={"keep_billing_to": keep}, version="10.0")
    assert f"'{answer}'" in told.steps[-2]
    assert meaning in told.steps[-2]
    assert meaning_en in told.steps_en[-2]
    assert told.bring[-1] == Bring(
        key="billing_to_kept", kind=BringKind.CHOICE, choices=(answer,), label="the answer on facturatie aan"
    )


def test_without_a_choice_both_answers_are_told(office: Office) -> None:
    told = office.instruct(Verb.SEVER_LINK, options={})
    assert told.bring[-1].choices == ("Ja", "Nee")
    assert " of 'Nee' " in told.steps[-2]


@pytest.mark.parametrize("options", [{}, {"keep_billing_to": True}])
@pytest.mark.parametrize("spec", MANIFEST.verbs, ids=lambda spec: spec.key)
def test_from_10_1_on_no_instruction_mentions_the_invoice_route(
    office: Office, spec: Any, options: dict[str, Any]
) -> None:
    told = office.connection(version="10.1").instruct(
        office.link, office.request(options=options), spec.verb, spec.part
    )
    assert "actur" not in (told.text() if told else spec.not_needed)


@pytest.mark.parametrize("spec", [spec for spec in MANIFEST.verbs if spec.by_hand], ids=lambda spec: spec.key)
def test_every_task_is_told_in_dutch_and_english_with_its_source(office: Office, spec: Any) -> None:
    told = office.instruct(spec.verb, spec.part)
    assert (told.verb, told.part, told.language) == (spec.verb, spec.part, "nl")
    assert len(told.steps) == len(told.steps_en)
    assert told.source.startswith("https://")
    assert told.as_of
    assert "{" not in told.text()
    assert "not given" not in told.text()
    assert "Nordlys" not in told.title


def test_what_pinkweb_had_is_brought_as_a_file_or_its_absence_is_shown(office: Office) -> None:
    told = office.instruct(Verb.RETAIN_HISTORY, "portal")
    assert [(item.key, item.kind, item.required, item.choices) for item in told.bring] == [
        ("pinkweb", BringKind.CHOICE, True, ("copied", "not linked")),
        ("copy", BringKind.FILE, True, ()),
    ]


def test_the_list_of_errors_is_answered_with_what_stood_there_and_when(office: Office) -> None:
    told = office.instruct(Verb.REMOVE_EXTENSIONS, "failed_pushes")
    assert [(item.key, item.kind, item.choices) for item in told.bring] == [
        ("failed", BringKind.CHOICE, ("none", "mended")),
        ("looked_on", BringKind.DATE, ()),
    ]


# keeping the history


def test_the_record_its_tasks_and_the_list_of_files_are_kept(office: Office, copies: Copies) -> None:
    outcome = office.connection().retain_history(office.link, office.request(), "", copies)
    assert outcome == Done(receipt="the client's record, open tasks: 1, files shared with the client: 2")
    assert copies.gaps == []
    assert sorted(copies.files) == ["client.json", "shared-documents.json", "tasks.json"]
    assert copies.files["client.json"] == office.simulator.clients[0].row()
    assert [task["Klantnaam"] for task in copies.files["tasks.json"]] == ["Nordlys Kafé AS"]
    assert [row["FileName"] for row in copies.files["shared-documents.json"]] == [
        "Jaarrekening 2025.pdf",
        "Aangifte 2025.pdf",
    ]


@pytest.mark.parametrize(
    ("right", "kept"),
    [
        ("clientportaldocs", ["client.json", "tasks.json"]),
        ("tasks", ["client.json", "shared-documents.json"]),
    ],
)
def test_what_the_token_may_not_read_is_a_gap(office: Office, copies: Copies, right: str, kept: list[str]) -> None:
    office.simulator.allow(right, False)
    office.connection().retain_history(office.link, office.request(), "", copies)
    assert (sorted(copies.files), len(copies.gaps)) == (kept, 1)


@pytest.mark.parametrize("fault", ["401x9", "403x9", "404x9"])
def test_every_way_of_saying_no_to_one_list_is_a_gap(office: Office, copies: Copies, fault: str) -> None:
    office.simulator.faults.add(parse_faults(f"auditcase:{fault}@GET clientportaldocs", "auditcase")[0])
    office.connection().retain_history(office.link, office.request(), "", copies)
    assert (sorted(copies.files), len(copies.gaps)) == (["client.json", "tasks.json"], 1)


def test_a_record_that_is_hidden_is_a_gap_and_no_reason_to_keep_nothing(office: Office, copies: Copies) -> None:
    office.simulator.hide_former()
    office.simulator.sever("1001")
    office.connection().retain_history(office.link, office.request(), "", copies)
    assert (sorted(copies.files), len(copies.gaps)) == (["shared-documents.json", "tasks.json"], 1)


def test_the_tasks_of_a_namesake_are_not_kept(office: Office, copies: Copies) -> None:
    office.simulator.add_client("2001", "Nordlys Kafé AS")
    office.connection().retain_history(office.link, office.request(), "", copies)
    assert (sorted(copies.files), len(copies.gaps)) == (["client.json", "shared-documents.json"], 1)


# the whole page


def test_the_whole_page_is_performed_and_proven_by_the_platform(office: Office) -> None:
    connection, request = office.connection(), office.request()
    (link,) = connection.find_links(request.client)
    wanted = connection.propose(link, request, connection.observe(link, request)).wanted
    assert compare(connection.observe(link, request), wanted, ("linked",)) is Comparison.DIFFERENT
    office.simulator.play("remove_extensions", "", link.ref, None)
    assert office.simulator.effects == []
    office.simulator.play("sever_link", "", link.ref, None)
    assert compare(connection.observe(link, request), wanted, ("linked",)) is Comparison.SAME
    assert office.simulator.effects == ["1001 klantstatus Geen klant meer", "1001 deleted from PinkWeb"]
    assert office.simulator.changing_calls() == []


def test_a_client_that_vanishes_with_the_change_is_not_called_verified(office: Office) -> None:
    wanted = office.propose().wanted
    office.simulator.hide_former()
    office.simulator.sever("1001")
    assert compare(office.observe(), wanted, ("linked",)) is Comparison.UNKNOWN


# what is published


def test_every_operation_is_documented_and_only_reads() -> None:
    assert {op.name for op in MANIFEST.operations} == {"search_clients", "list_tasks", "list_documents"}
    for op in MANIFEST.operations:
        assert op.provenance is Provenance.DOCUMENTED
        assert op.call.startswith("GET /")
        assert op.source
        assert op.as_of
        assert not op.changes
    assert MANIFEST.complaints() == ()


def test_deleting_a_client_is_no_verb() -> None:
    assert not [spec.key for spec in MANIFEST.verbs if Effect.DESTROYS_DATA in spec.effects]


def test_the_plugin_offers_the_connector() -> None:
    (offered,) = connector_types()
    assert (offered.name, offered.settings_model) == ("auditcase", AuditCaseSettings)
    assert offered.simulator == f"{AuditCaseSimulator.__module__}:AuditCaseSimulator"


def test_every_fictitious_client_can_be_asked_for_and_found(office: Office) -> None:
    simulator = AuditCaseSimulator(clients=300)
    examples = [simulator.client(n) for n in (1, 2, 300)]
    assert examples[0] == simulator.example()
    assert [example["references"] for example in examples] == ["1001", "1002", "1300"]
    assert [link.ref for link in office.find(references={"auditcase": "1002"}, name=examples[1]["name"])] == ["1002"]


def test_what_the_simulator_brings_fits_what_is_asked_for(office: Office) -> None:
    for spec in MANIFEST.verbs:
        asked = {item.key for item in office.instruct(spec.verb, spec.part).bring} if spec.by_hand else set()
        given = office.simulator.files(str(spec.verb), spec.part) | office.simulator.values(str(spec.verb), spec.part)
        assert set(given) <= asked
    (name, content) = office.simulator.files("retain_history", "portal")["copy"]
    assert name.endswith(".zip")
    assert content[:2] == b"PK"


def test_the_simulator_can_be_told_over_its_socket(office: Office) -> None:
    import httpx

    httpx.post(f"{office.simulator.url}/_simulator/do/sever", json={"number": "1001"})
    assert office.observe() == LinkState(linked=False, status="Geen klant meer")
