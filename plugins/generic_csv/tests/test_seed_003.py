"""Seed 003, whole: status *Geen klant meer*, end date, *facturatie aan* kept or cleared, and never a deletion."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from disengage import (
    Done,
    Effect,
    Finding,
    Link,
    LinkState,
    Mode,
    NeedsPerson,
    Proposal,
    Severity,
    StepProposal,
    Verb,
    Verdict,
)
from disengage.domain.difference import Comparison, compare
from disengage.domain.order import in_order
from disengage.errors import InputError
from disengage_generic_csv.plugin import connector_types
from disengage_generic_csv.settings import GenericCsvSettings
from disengage_generic_csv.simulator import TableSimulator

if TYPE_CHECKING:
    from conftest import Copies, Crm

NOT_MAPPED = (Verb.TRANSFER_ADMIN, Verb.REMOVE_EXTENSIONS, Verb.END_ACCESS, Verb.ARCHIVE)


def setting(verb: Verb, *moves: str) -> StepProposal:
    return StepProposal(
        verb=verb, effects=(Effect.REVERSIBLE,), moves=moves, after=("retain_history",), loosely_after=True
    )


def not_needed(verb: Verb, reason: str) -> StepProposal:
    return StepProposal(verb=verb, mode=Mode.NOT_NEEDED, reason=reason)


def proposed(*settling: StepProposal, billing_to: str | None) -> Proposal:
    first, second = (not_needed(v, f"no column is configured for {v}") for v in NOT_MAPPED[:2])
    third, fourth = (not_needed(v, f"no column is configured for {v}") for v in NOT_MAPPED[2:])
    return Proposal(
        wanted=LinkState(linked=False, ended_on=date(2026, 12, 31), billing_to=billing_to),
        steps=(
            StepProposal(verb=Verb.RETAIN_HISTORY),
            first,
            second,
            *settling,
            third,
            fourth,
            setting(Verb.SEVER_LINK, "linked", "ended_on"),
        ),
    )


def test_an_invoice_route_that_is_not_kept_is_cleared(crm: Crm) -> None:
    assert crm.propose() == proposed(setting(Verb.SETTLE_BILLING, "billing_to"), billing_to="")


def test_an_invoice_route_that_is_kept_is_left_alone(crm: Crm) -> None:
    reason = "the request keeps the invoice route as it is"
    expected = proposed(not_needed(Verb.SETTLE_BILLING, reason), billing_to=None)
    assert crm.propose(crm.request(options={"keep_billing_to": True})) == expected


def test_without_an_invoice_route_there_is_nothing_to_choose_or_settle(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Klant;;")
    reason = "this client's invoices go to no other client"
    expected = proposed(not_needed(Verb.SETTLE_BILLING, reason), billing_to=None)
    assert crm.propose(crm.request(options={})) == expected
    assert codes(crm, {}) == {"documents_not_configured": Severity.NOTICE}


def test_an_invoice_route_without_a_choice_blocks_and_is_not_touched(crm: Crm) -> None:
    assert codes(crm, {})["billing_to_choice_missing"] is Severity.BLOCKER
    proposal = crm.propose(crm.request(options={}))
    assert proposal.wanted.billing_to is None
    assert proposal.steps[3] == not_needed(
        Verb.SETTLE_BILLING, "the request does not say whether the invoice route stays"
    )


def test_severing_does_not_wait_for_the_next_export_of_the_settlement(crm: Crm) -> None:
    assert [step.key for step in in_order(crm.propose().steps)][-1] == "sever_link"
    sever = crm.propose().steps[-1]
    assert (sever.loosely_after, sever.after, sever.gated) == (True, ("retain_history",), True)


# findings


def found(crm: Crm, options: dict[str, Any], *, link: Link | None = None, **client: Any) -> list[Finding]:
    connection, request = crm.connection(), crm.request(options=options, **client)
    link = link or crm.link()
    return list(connection.check(link, request, connection.observe(link, request)))


def codes(crm: Crm, options: dict[str, Any], **given: Any) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in found(crm, options, **given)}


def test_deleting_a_client_is_refused_with_the_reason_and_the_date(crm: Crm) -> None:
    refusal = next(f for f in found(crm, {"delete_client": True, "keep_billing_to": True}) if "delete" in f.code)
    assert (refusal.code, refusal.severity) == ("delete_client_refused", Severity.BLOCKER)
    assert "seven years in the Netherlands (AWR article 52), here until 2033-12-31 at least" in refusal.message
    assert refusal.source
    assert refusal.source.endswith("artikel-52")


@pytest.mark.parametrize("options", [{"keep_biling_to": True}, {"keep_billing_to": "perhaps"}])
def test_an_option_that_is_not_known_or_not_yes_or_no_is_bad_input(crm: Crm, options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"options\.crm\.keep_bil"):
        found(crm, options)


def test_options_of_a_csv_request_are_texts(crm: Crm) -> None:
    assert "billing_to_choice_missing" not in codes(crm, {"keep_billing_to": "true"})


def test_a_match_by_name_alone_is_said(crm: Crm) -> None:
    assert codes(crm, {"keep_billing_to": True}, references={})["matched_by_name"] is Severity.NOTICE


def test_a_reference_of_somebody_with_another_name_is_a_warning(crm: Crm) -> None:
    assert codes(crm, {"keep_billing_to": True}, name="Sørlys AS")["name_differs"] is Severity.WARNING


def test_a_client_that_left_the_export_or_has_an_unknown_status_is_a_warning(crm: Crm) -> None:
    crm.export("10042;Nordlys Kafé AS;Prospect;;")
    assert codes(crm, {})["status_unknown"] is Severity.WARNING
    crm.export("10043;Sørlys AS;Klant;;")
    assert codes(crm, {})["not_in_export"] is Severity.WARNING


def test_a_wish_to_clear_what_no_verb_sets_is_a_blocker(crm: Crm) -> None:
    del crm.configuration["verbs"]["settle_billing"]
    assert codes(crm, {"keep_billing_to": False})["billing_to_cannot_be_cleared"] is Severity.BLOCKER


# keeping the history


def test_the_row_and_every_document_are_kept(crm: Crm, copies: Copies) -> None:
    folder = crm.folder / "documents" / "10042"
    (folder / "2025").mkdir(parents=True)
    (folder / "brief.txt").write_bytes(b"brief")
    (folder / "2025" / "jaarrekening.txt").write_bytes(b"2025" * 1_000_000)
    (crm.folder / "documents" / "10043").mkdir()
    (crm.folder / "documents" / "10043" / "theirs.txt").write_bytes(b"theirs")
    outcome = crm.connection(documents="documents").retain_history(crm.link(), crm.request(), "", copies)
    assert outcome == Done(receipt="1 row, 2 documents")
    assert copies.gaps == []
    assert copies.files == {
        "client.json": {
            "Klantnummer": "10042",
            "Naam": "Nordlys Kafé AS",
            "Klantstatus": "Klant",
            "Einde relatie": "",
            "Facturatie aan": "10000",
        },
        "documents/brief.txt": b"brief",
        "documents/2025/jaarrekening.txt": b"2025" * 1_000_000,
    }


def test_a_missing_folder_of_documents_is_a_gap(crm: Crm, copies: Copies) -> None:
    crm.connection(documents="documents").retain_history(crm.link(), crm.request(), "", copies)
    assert (list(copies.files), len(copies.gaps)) == (["client.json"], 1)


def test_nothing_outside_of_the_clients_folder_is_kept(crm: Crm, copies: Copies) -> None:
    folder = crm.folder / "documents" / "10042"
    folder.mkdir(parents=True)
    (crm.folder / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(crm.folder / "secret.txt")
    (folder / "folder").symlink_to(crm.folder)
    crm.connection(documents="documents").retain_history(crm.link(), crm.request(), "", copies)
    assert list(copies.files) == ["client.json"]
    assert copies.gaps[0].startswith("2 of the client's documents")


@pytest.mark.parametrize("reference", ["..", ".", "../10043", "10043/..", "a\\b"])
def test_a_reference_is_never_a_way_out_of_the_folder(crm: Crm, copies: Copies, reference: str) -> None:
    (crm.folder / "documents" / "10043").mkdir(parents=True)
    (crm.folder / "documents" / "10043" / "theirs.txt").write_text("theirs")
    crm.export(f"{reference};Nordlys Kafé AS;Klant;;")
    connection = crm.connection(documents="documents")
    connection.retain_history(crm.link(reference), crm.request(), "", copies)
    assert (list(copies.files), len(copies.gaps)) == (["client.json"], 1)


def kept_here(crm: Crm, **content: bytes) -> dict[str, Path]:
    """Return documents of a copy that hold ``content``."""
    files = {}
    for name, text in content.items():
        path = crm.folder / f"kept-{name}"
        path.write_bytes(text)
        files[f"documents/{name}"] = path
    return files


def checked(crm: Crm, files: dict[str, Path]) -> tuple[Verdict, list[str]]:
    connection = crm.connection(documents="documents")
    (made,) = connection.check_history(crm.link(), crm.request(), "", files)
    return made.verdict, [fault.code for fault in made.faults]


def test_the_documents_kept_are_compared_with_those_that_are_there(crm: Crm) -> None:
    folder = crm.folder / "documents" / "10042"
    folder.mkdir(parents=True)
    (folder / "a").write_bytes(b"one")
    (folder / "b").write_bytes(b"three")
    (folder / "elsewhere").symlink_to(crm.folder / "clients.csv")
    assert checked(crm, kept_here(crm, a=b"one", b=b"three")) == (Verdict.SOUND, [])
    assert checked(crm, kept_here(crm, a=b"one")) == (Verdict.WRONG, ["not_kept"])
    assert checked(crm, kept_here(crm, a=b"one", b=b"thr")) == (Verdict.WRONG, ["not_kept", "not_there"])
    (folder / "a").unlink()
    assert checked(crm, kept_here(crm, a=b"one", b=b"three")) == (Verdict.WRONG, ["not_there"])


def test_without_a_folder_of_documents_nothing_can_be_compared(crm: Crm) -> None:
    assert checked(crm, {}) == (Verdict.NOT_CHECKED, [])
    assert crm.connection().check_history(crm.link(), crm.request(), "", {}) == ()


# the rest of the connection


def test_credentials_are_the_files_themselves(crm: Crm) -> None:
    assert crm.connection().try_credentials() == "the export 'clients.csv' with 1 client"
    assert crm.changes == ""


def test_a_verb_that_is_not_configured_needs_a_person(crm: Crm) -> None:
    assert crm.do(Verb.INVITE_BACK) == NeedsPerson(reason="No column is configured for invite_back.")


def test_a_client_can_be_taken_back_by_a_row_that_repeats_nothing_of_the_ending(crm: Crm) -> None:
    crm.configuration["verbs"]["invite_back"] = {"status": "active", "end_date": ""}
    crm.do(Verb.SETTLE_BILLING)
    crm.do(Verb.SEVER_LINK)
    crm.do(Verb.INVITE_BACK)
    assert crm.changes.splitlines()[-1] == "10042;Klant;;10000"


def test_the_same_change_can_be_read_as_instructions(crm: Crm) -> None:
    instructions = crm.connection().instruct(crm.link(), crm.request(), Verb.SEVER_LINK, "")
    assert instructions is not None
    assert instructions.steps[:2] == (
        "Open the client with the reference 10042.",
        "Set 'Klantstatus' to 'Geen klant meer', 'Einde relatie' to '2026-12-31'.",
    )


# the simulator


def connected(crm: Crm, folder: Path, simulator: TableSimulator) -> Crm:
    crm.folder = folder
    crm.configuration = tomllib.loads(simulator.configuration(folder))
    return crm


def test_the_whole_page_is_performed_on_the_simulator(crm: Crm, tmp_path: Path) -> None:
    (tmp_path / "firm").mkdir()
    simulator = TableSimulator(clients=3)
    firm = connected(crm, tmp_path / "firm", simulator)
    example = simulator.example()
    request = firm.request(options=example["options"], identifiers=example["identifiers"], references={})
    connection = firm.connection()
    (link,) = connection.find_links(request.client)
    proposal = connection.propose(link, request, connection.observe(link, request))
    connection.settle_billing(link, request)
    connection.sever_link(link, request)
    fields = ("linked", "ended_on", "billing_to")
    assert compare(connection.observe(link, request), proposal.wanted, fields) is Comparison.DIFFERENT
    assert simulator.apply_changes() == 2
    assert compare(connection.observe(link, request), proposal.wanted, fields) is Comparison.SAME
    assert simulator.effects == [
        "10001: Facturatie aan=",
        "10001: Klantstatus=Geen klant meer",
        "10001: Einde relatie=2026-12-31",
    ]
    assert simulator.apply_changes() == 0


def test_a_client_that_was_ended_in_the_other_system_itself_needs_nothing_more(crm: Crm, tmp_path: Path) -> None:
    simulator = TableSimulator()
    firm = connected(crm, tmp_path, simulator)
    wanted = firm.propose().wanted
    simulator.lose("10001", "2026-12-31")
    observed = firm.connection().observe(firm.link("10001"), firm.request())
    assert compare(observed, wanted, ("linked", "ended_on")) is Comparison.SAME
    simulator.lose("10001")
    observed = firm.connection().observe(firm.link("10001"), firm.request())
    assert (observed.linked, simulator.effects) == (False, [])


def test_every_fictitious_client_is_found_by_number_and_by_reference(crm: Crm, tmp_path: Path) -> None:
    simulator = TableSimulator(clients=300)
    firm = connected(crm, tmp_path, simulator)
    for number in (1, 2, 300):
        example = simulator.client(number)
        for given in ({"references": {}}, {"references": {"crm": example["references"]}, "identifiers": {}}):
            client = firm.request(**({"identifiers": example["identifiers"]} | given)).client
            assert [link.ref for link in firm.connection().find_links(client)] == [example["references"]]


def test_the_simulator_can_be_told_over_its_socket(crm: Crm, tmp_path: Path) -> None:
    import httpx

    with TableSimulator() as simulator:
        firm = connected(crm, tmp_path, simulator)
        firm.connection().sever_link(firm.link("10001"), firm.request())
        assert httpx.post(f"{simulator.url}/_simulator/do/apply_changes").json() == 1
        assert len(httpx.get(f"{simulator.url}/_simulator/effects").json()) == 2


def test_the_plugin_offers_the_connector() -> None:
    (offered,) = connector_types()
    assert (offered.name, offered.settings_model) == ("generic_csv", GenericCsvSettings)
    assert offered.simulator == f"{TableSimulator.__module__}:TableSimulator"
    assert all(spec.by_hand for spec in offered.manifest.verbs)
