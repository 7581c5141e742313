from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from disengage import Accepted, Link, LinkState, NeedsPerson, NotNeeded, Request, Verb
from disengage_clearfacts import fiction

if TYPE_CHECKING:
    from conftest import Account

NUMBER = fiction.number(1)
MIGRATE, AFRESH = {"history": "migrate", "cost_accepted_by": "Ola Fjord"}, {"history": "afresh"}
PREVIOUS = {"previous_firm": "Oud Kantoor BV"}
SCENARIOS: list[tuple[str, dict[str, Any]]] = [
    ("ending", MIGRATE),
    ("ending", AFRESH),
    ("takeover", {**MIGRATE, **PREVIOUS}),
    ("takeover", {**AFRESH, **PREVIOUS}),
]


def sent(account: Account, request: Request, link: Link | None = None) -> Accepted:
    outcome = account.connection().sever_link(link or account.link, request, LinkState(), LinkState(), "")
    assert isinstance(outcome, Accepted)
    return outcome


@pytest.mark.parametrize(("kind", "options"), SCENARIOS)
def test_one_mail_goes_to_support_and_its_words_are_kept(account: Account, kind: str, options: dict[str, Any]) -> None:
    outcome = sent(account, account.request(options, kind=kind))
    (mail,) = account.simulator.mails
    assert (mail.sender, mail.recipients) == ("dossiers@fjord.example", ("support@portaal.example",))
    assert (mail.message["From"], mail.message["To"]) == ("dossiers@fjord.example", "support@portaal.example")
    assert mail.message["Date"].datetime == account.now
    assert mail.message["Message-ID"] == outcome.receipt
    assert outcome.sent == f"Message-ID: {outcome.receipt}\nSubject: {mail.subject}\n\n{mail.text}".replace(
        "\r\n", "\n"
    )
    assert (outcome.waiting_for, outcome.look_again_in) == ("the vendor's support", timedelta(hours=4))
    assert NUMBER in mail.subject
    assert account.simulator.effects == [f"ticket: {mail.subject}"]


def test_a_ticket_to_migrate_says_who_accepted_the_cost_and_where_to(account: Account) -> None:
    words = sent(account, account.request(MIGRATE)).sent
    for line in (
        "Dossier: Nordlys Kafé AS",
        f"Ondernemingsnummer: {NUMBER}",
        "Vorige accountant: Fjord Regnskap AS",
        "Nieuwe accountant: Ny Regnskap AS",
        "Scenario: 1 - migratie met behoud van alle data uit het verleden (betalende dienst)",
        "Kosten aanvaard door: Ola Fjord",
        "Uit te voeren vanaf: 2027-01-01",
        "Wilt u bevestigen dat u dit ontvangen hebt",
        "Cost accepted by: Ola Fjord",
        "To be carried out from: 2027-01-01",
    ):
        assert line in words


def test_a_ticket_to_delete_says_that_the_client_has_its_pdfs_and_names_no_cost(account: Account) -> None:
    words = sent(account, account.request({**AFRESH, "cost_accepted_by": "Ola Fjord"})).sent
    assert "Wij hebben de klant een download van alle pdf's in een zip-bestand bezorgd." in words
    assert "Wij vragen dit dossier in onze omgeving te verwijderen" in words
    assert "Ola Fjord" not in words


def test_the_incoming_firm_names_the_previous_one_and_asks_for_no_deletion(account: Account) -> None:
    words = sent(account, account.request({**AFRESH, **PREVIOUS}, kind="takeover")).sent
    assert "Vorige accountant: Oud Kantoor BV\nNieuwe accountant: Fjord Regnskap AS" in words
    assert "Wij vragen die verwijdering niet zelf." in words
    assert "zodra het is uitgevoerd en het ondernemingsnummer weer vrij is" in words


def test_the_incoming_firm_asks_for_a_migration_whose_cost_is_accepted(account: Account) -> None:
    words = sent(account, account.request({**MIGRATE, **PREVIOUS}, kind="takeover")).sent
    assert "vragen de migratie van de vorige accountant naar onze omgeving" in words
    assert "Kosten aanvaard door: Ola Fjord" in words


def test_what_is_not_known_is_left_out_of_the_table(account: Account) -> None:
    words = sent(account, account.request(AFRESH, kind="takeover", successor=None)).sent
    assert "Vorige accountant" not in words
    assert "Nieuwe accountant: Fjord Regnskap AS" in words


def test_a_ticket_holds_what_support_needs_and_nothing_more(account: Account) -> None:
    request = account.request(successor={"firm": "Ny Regnskap AS", "email": "post@ny.example"})
    administrator = {"name": "Kari Nordmann", "email": "kari@nordlys.example"}
    request = type(request).model_validate({**request.as_json(), "administrator": administrator})
    words = sent(account, request).sent
    for private in ("post@ny.example", "Kari", "kari@nordlys.example", "@portaal.example", "moved-to-other-firm"):
        assert private not in words


def test_names_cannot_add_lines_or_headers_to_a_ticket(account: Account) -> None:
    evil = "Nordlys\r\n.\r\nBcc: all@elsewhere.example\nKosten aanvaard door: Niemand"
    words = sent(account, account.request(name=evil, successor={"firm": "Ny\nOnbekend"})).sent
    assert "Dossier: Nordlys . Bcc: all@elsewhere.example Kosten aanvaard door: Niemand\n" in words
    assert "Nieuwe accountant: Ny Onbekend\n" in words
    (mail,) = account.simulator.mails
    assert mail.message["Bcc"] is None
    assert mail.recipients == ("support@portaal.example",)


def test_the_same_request_has_the_same_message_id_and_any_other_has_another(account: Account) -> None:
    ids = [sent(account, account.request(options, kind=kind)).receipt for kind, options in SCENARIOS]
    ids.append(sent(account, account.request(name="Iemand Anders BV")).receipt)
    ids.append(sent(account, account.request(), Link(ref=fiction.number(2))).receipt)
    assert len(set(ids)) == len(ids)
    assert sent(account, account.request(MIGRATE)).receipt == ids[0]
    assert all(each.startswith("<") and each.endswith("@fjord.example>") for each in ids)


def test_without_a_choice_nothing_is_sent(account: Account) -> None:
    for options in ({}, {"history": "migrate"}):
        request = account.request(options)
        outcome = account.connection().sever_link(account.link, request, LinkState(), LinkState(), "")
        assert isinstance(outcome, NeedsPerson)
    assert account.simulator.mails == []


# reminders


def remind(account: Account, receipt: str, number: int, verb: Verb = Verb.SEVER_LINK) -> Accepted | NotNeeded:
    outcome = account.connection().remind(account.link, account.request(), verb, "", receipt, number)
    assert isinstance(outcome, Accepted | NotNeeded)
    return outcome


def test_a_reminder_stands_in_the_thread_of_the_ticket_and_asks_for_nothing_new(account: Account) -> None:
    receipt = sent(account, account.request()).receipt
    reminders = [remind(account, receipt, number) for number in (1, 2)]
    ticket, *mails = account.simulator.mails
    assert [(m.message["In-Reply-To"], m.message["References"]) for m in mails] == [(receipt, receipt)] * 2
    assert [m.subject for m in mails] == [f"Herinnering {n}: {ticket.subject}" for n in (1, 2)]
    assert all("geen nieuwe vraag" in m.text for m in mails)
    ids = [r.receipt for r in reminders if isinstance(r, Accepted)]
    assert len({receipt, *ids}) == 3
    assert [m.message["Message-ID"] for m in mails] == ids
    assert account.simulator.effects[1:] == [f"reminder: {m.subject}" for m in mails]


def test_a_reminder_finds_the_thread_even_where_the_receipt_was_lost(account: Account) -> None:
    receipt = sent(account, account.request()).receipt
    remind(account, "", 1)
    assert account.simulator.mails[1].message["In-Reply-To"] == receipt


def test_nobody_is_reminded_of_what_nobody_was_asked_for(account: Account) -> None:
    assert isinstance(remind(account, "", 1, Verb.ACTIVATE), NotNeeded)
    assert account.simulator.mails == []
