"""What the connector publishes: manifest, instructions, simulator."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from disengage import BringKind, Mode, Provenance, Verb, VerbSpec
from disengage.domain.request import RequestKind
from disengage_clearfacts import fiction
from disengage_clearfacts.connector import ClearFacts
from disengage_clearfacts.manifest import MANIFEST
from disengage_clearfacts.plugin import connector_types
from disengage_clearfacts.settings import ClearFactsSettings
from disengage_clearfacts.simulator import ClearFactsSimulator

if TYPE_CHECKING:
    from conftest import Account

NUMBER = fiction.number(1)
BY_HAND = [spec for spec in MANIFEST.verbs if spec.by_hand]


def test_the_plugin_offers_the_connector() -> None:
    (offered,) = connector_types()
    assert (offered.name, offered.connector, offered.settings_model) == ("clearfacts", ClearFacts, ClearFactsSettings)
    assert offered.simulator == f"{ClearFactsSimulator.__module__}:ClearFactsSimulator"


def test_the_manifest_holds_together_and_calls_nothing_that_no_page_has() -> None:
    assert MANIFEST.complaints() == ()
    assert MANIFEST.kinds == (RequestKind.ENDING, RequestKind.TAKEOVER)
    assert {operation.provenance for operation in MANIFEST.operations} == {Provenance.DOCUMENTED}
    assert all(operation.source and operation.as_of for operation in MANIFEST.operations)
    assert [operation.name for operation in MANIFEST.operations if operation.changes] == ["send_ticket"]


def test_only_the_copy_and_the_ticket_are_automatic() -> None:
    modes = {spec.key: MANIFEST.mode(spec, Provenance.DOCUMENTED, frozenset()) for spec in MANIFEST.verbs}
    assert [key for key, mode in modes.items() if mode is Mode.AUTOMATIC] == ["retain_history", "sever_link"]
    assert [key for key, mode in modes.items() if mode is Mode.BY_HAND] == [
        "retain_history:pdfs",
        "remove_extensions:apps",
        "activate",
        "activate:tell",
    ]


@pytest.mark.parametrize("spec", BY_HAND, ids=lambda spec: spec.key)
def test_work_by_hand_is_told_in_dutch_and_english_with_its_source(account: Account, spec: VerbSpec) -> None:
    request = account.request({"history": "afresh"})
    told = account.connection().instruct(account.link, request, spec.verb, spec.part)
    assert told is not None
    assert (told.verb, told.part, told.language, told.as_of) == (spec.verb, spec.part, "nl", "2026-11-22")
    assert len(told.steps) == len(told.steps_en)
    assert told.source.startswith("http")
    assert told.bring
    assert "not given" not in told.text()
    assert "{" not in told.text()
    assert "Nordlys" not in told.title


def test_where_no_page_says_where_to_click_the_instructions_say_so(account: Account) -> None:
    told = account.connection().instruct(account.link, account.request(), Verb.RETAIN_HISTORY, "pdfs")
    assert told is not None
    assert told.provenance is Provenance.ASSUMED
    assert any("does not say where in the menu" in warning for warning in told.warnings)
    assert [(bring.key, bring.kind) for bring in told.bring] == [
        ("pdfs", BringKind.FILE),
        ("count", BringKind.NUMBER),
        ("handed_over_on", BringKind.DATE),
    ]


def test_activation_is_told_as_the_page_has_it(account: Account) -> None:
    told = account.connection().instruct(account.link, account.request(), Verb.ACTIVATE, "")
    assert told is not None
    text = told.text()
    for words in ("tab Clients", "«Activer un client/dossier»", "software and installation", "path or code", "15 min"):
        assert words in text
    assert any("only after the dossier is gone" in warning for warning in told.warnings)


def test_a_new_bookkeeping_package_is_a_migration_too(account: Account) -> None:
    told = account.connection().instruct(account.link, account.request(), Verb.SEVER_LINK, "")
    assert told is not None
    assert any("A new bookkeeping package is a migration too" in warning for warning in told.warnings)
    assert any("voor elke dossiermigratie" in step for step in told.steps)


def test_the_new_accountant_is_named_in_what_is_to_be_told(account: Account) -> None:
    told = account.connection().instruct(account.link, account.request({"history": "afresh"}), Verb.ACTIVATE, "tell")
    assert told is not None
    assert "Laat Ny Regnskap AS weten" in told.steps[0]


# the simulator


def test_every_fictitious_client_can_be_asked_for_and_has_a_number_of_its_own() -> None:
    from stdnum.be import vat

    simulator = ClearFactsSimulator(clients=200)
    examples = [simulator.client(n) for n in (1, 2, 200)]
    assert simulator.example() == {
        "references": NUMBER,
        "identifiers": {},
        "options": {"history": "migrate", "cost_accepted_by": "Ola Fjord"},
    }
    numbers = [example["identifiers"]["enterprise"] for example in examples]
    assert len(set(numbers)) == 3
    assert [vat.validate(number) for number in (*numbers, fiction.FIRM_NUMBER)] == [*numbers, fiction.FIRM_NUMBER]
    assert len(simulator.dossiers) == 201


def test_support_acts_once_on_each_ticket_and_only_if_asked(account: Account) -> None:
    simulator, connection = account.simulator, account.connection()
    assert simulator.support_acts_if_asked() is False
    for options in ({"history": "migrate", "cost_accepted_by": "Ola Fjord"}, {"history": "afresh"}):
        request, seen = account.request(options), connection.observe(account.link, account.request())
        connection.sever_link(account.link, request, seen, seen, "")
        assert (simulator.support_acts_if_asked(), simulator.support_acts_if_asked()) == (True, False)
        assert connection.observe(account.link, request).linked is False
        assert (NUMBER in simulator.archived) is (options["history"] == "migrate")
        simulator.archived.clear()
        simulator.activate(NUMBER)


def test_a_number_that_another_firm_has_cannot_be_activated() -> None:
    simulator = ClearFactsSimulator()
    simulator.move_elsewhere(NUMBER)
    assert (simulator.activate(NUMBER), NUMBER in simulator.dossiers) == (False, False)
    simulator.taken.clear()
    simulator.play("activate", "", NUMBER, None)
    assert (NUMBER in simulator.dossiers, simulator.activate(NUMBER)) == (True, False)


def test_what_the_demo_brings_for_the_pdfs_is_as_asked_for(account: Account, tmp_path: Path) -> None:
    (tmp_path / "documents.zip").write_bytes(account.simulator.files("retain_history", "pdfs")["pdfs"][1])
    values = account.simulator.values("retain_history", "pdfs") | {"handed_over_on": "2027-01-04"}
    complaints = account.connection().check_evidence(
        account.link,
        account.request({"history": "afresh"}),
        Verb.RETAIN_HISTORY,
        "pdfs",
        {"pdfs": tmp_path / "documents.zip"},
        values,
    )
    assert complaints == []


def test_the_simulator_can_be_told_over_its_socket(account: Account) -> None:
    def do(name: str, **arguments: object) -> object:
        url = f"{account.simulator.url}/_simulator/do/{name}"
        with urllib.request.urlopen(url, json.dumps(arguments).encode()) as answer:
            return json.loads(answer.read() or b"null")

    do("mail_trouble", kind="4xx", times=1)
    assert do("support_acts", ref=NUMBER) is False
    do("sever", ref=NUMBER)
    assert account.observe().linked is False
    assert do("subjects") == []


def test_it_can_be_started_again() -> None:
    simulator = ClearFactsSimulator()
    for _ in range(2):
        simulator.start()
        simulator.stop()
    simulator.stop()
