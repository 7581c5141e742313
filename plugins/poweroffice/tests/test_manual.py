import re
from typing import Any

import pytest
from disengage import Instructions, Link, Verb
from disengage_poweroffice import manual, manual_books
from disengage_poweroffice.manifest import MANIFEST, VERBS
from disengage_poweroffice.settings import Extra
from disengage_poweroffice.wording import EXTRAS

LINK = Link(ref="c-1", name="Nordlys Kafé AS")
PAGES = [
    value for module in (manual, manual_books) for value in vars(module).values() if isinstance(value, Instructions)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_page_is_norwegian_with_english_beside_it_and_names_its_source(page: Instructions) -> None:
    assert page.language == "nb"
    assert len(page.steps) == len(page.steps_en) > 0
    assert page.source.startswith("https://")
    assert page.as_of == "2026-11-22"


@pytest.mark.parametrize("spec", VERBS, ids=lambda spec: spec.key)
def test_every_verb_can_be_done_by_hand_or_says_why_it_is_not_needed(spec: Any) -> None:
    if spec.not_needed:
        assert spec.by_hand is None
    else:
        assert (spec.by_hand.verb, spec.by_hand.part) == (spec.verb, spec.part)


@pytest.mark.parametrize("spec", [s for s in VERBS if s.by_hand], ids=lambda spec: spec.key)
def test_what_is_done_by_hand_is_seen_or_brought(spec: Any) -> None:
    assert spec.moves or any(bring.required for bring in spec.by_hand.bring)


def test_every_operation_has_a_source_and_a_day() -> None:
    for operation in MANIFEST.operations:
        assert operation.source.startswith("https://"), operation.name
        assert operation.as_of == "2026-11-22"
        assert operation.changes is not operation.call.startswith(("GET ", "POST /OAuth/"))


@pytest.mark.parametrize("spec", [s for s in VERBS if s.by_hand], ids=lambda spec: spec.key)
def test_instructions_are_filled_in_completely(connect: Any, go: Any, ask: Any, spec: Any) -> None:
    request = ask(users_of_other_partners=["siri@fjordregnskap.example"])
    text = connect(go).instruct(LINK, request, spec.verb, spec.part).text()
    assert not re.search(r"not given|[{}]", text)


def test_severing_names_the_three_mandatory_fields_and_the_extras(connect: Any, go: Any, ask: Any) -> None:
    request = ask(extras=["saft", "voucher_pdfs"])
    page = connect(go).instruct(LINK, request, Verb.SEVER_LINK, "")
    assert page.steps[:5] == (
        "Åpne Klient Admin, marker klienten Nordlys Kafé AS og trykk «Avslutt kundeforhold».",
        "Regnskapsperiode fra: 2024-01-01.",
        "Regnskapsperiode til: 2026-12-31.",
        "Dato for generering av pliktig regnskapsdata: 2027-01-15.",
        "Tillegg som skal hukes av: Saf-T fil, Bilags - PDFer.",
    )
    assert [bring.key for bring in page.bring if bring.required] == ["seen_on"]


def test_the_subscription_administrator_is_replaced_on_the_client_now_or_in_the_archive_later(
    connect: Any, go: Any, ask: Any
) -> None:
    connection = connect(go)
    now = connection.instruct(LINK, ask(), Verb.TRANSFER_ADMIN, "subscription")
    later = connection.instruct(LINK, ask(subscription_administrator="later"), Verb.TRANSFER_ADMIN, "subscription")
    assert "System > Abonnement" in now.text()
    assert "fanen Arkiv" in later.text()
    assert "2027-01-15" in later.text()


def test_who_keeps_access_through_another_partner_is_named_in_the_task(connect: Any, go: Any, ask: Any) -> None:
    request = ask(users_of_other_partners=["siri@fjordregnskap.example", "u-2"])
    page = connect(go).instruct(LINK, request, Verb.END_ACCESS, "other_partners")
    assert "siri@fjordregnskap.example, u-2" in page.steps[1]
    assert "siri@fjordregnskap.example, u-2" in page.steps_en[1]
    assert "siri" not in page.title


def test_a_missing_generation_date_is_said_and_not_invented(connect: Any, go: Any, ask: Any) -> None:
    text = connect(go).instruct(LINK, ask(generation_date=None), Verb.SEVER_LINK, "").text()
    assert "generation date: not given" in text


def test_every_extra_has_go_s_own_word() -> None:
    assert set(EXTRAS) == set(Extra)
