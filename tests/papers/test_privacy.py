"""What must not leave the firm is on no paper that does; the firm's own statement has it all."""

from __future__ import annotations

import json

import pytest
from disengage.domain.request import Language
from disengage.papers.sheets import Kind
from disengage.papers.statementjson import statement_json
from disengage.papers.words import catalogue

from tests.papers.dossiers import MARK, RETENTION, a_dossier, a_marked_dossier, with_request
from tests.papers.pages import a_sheet, html_of


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_without_tipping_off_no_paper_holds_a_word_of_anybody(kind: Kind, language: Language) -> None:
    html = html_of(a_sheet(a_marked_dossier(), kind, language))
    assert MARK.casefold() not in html.casefold()
    assert catalogue(language)["reason.firm-resigned"] not in html


def test_without_tipping_off_the_statement_for_programs_holds_no_word_of_anybody() -> None:
    said = json.dumps(statement_json(a_sheet(a_marked_dossier(), Kind.STATEMENT)))
    assert MARK not in said
    assert "firm-resigned" not in said


@pytest.mark.parametrize("kind", Kind)
def test_a_template_is_not_given_what_must_not_leave_the_firm(kind: Kind) -> None:
    assert MARK not in a_sheet(a_marked_dossier(), kind).model_dump_json()


@pytest.mark.parametrize("kind", Kind)
def test_even_where_nothing_is_secret_no_note_name_or_finding_leaves_the_firm(kind: Kind) -> None:
    dossier = a_marked_dossier()
    request = dossier.case.request
    ending = request.ending.model_copy(update={"no_tipping_off": False})
    open_case = dossier.case.model_copy(update={"request": request.model_copy(update={"ending": ending})})
    said = a_sheet(dossier.model_copy(update={"case": open_case}), kind).model_dump_json()
    allowed = (f"{MARK} gap", f"{MARK} outcome", f"{MARK} step reason")  # words of connectors, about copies and plans
    for words in allowed:
        said = said.replace(words, "")
    assert MARK not in said


@pytest.mark.parametrize("language", Language)
def test_the_firms_own_statement_has_everything_and_says_that_it_stays_inside(language: Language) -> None:
    html = html_of(a_sheet(a_marked_dossier(), Kind.STATEMENT, language, internal=True))
    words = catalogue(language)
    said = ("outcome", "why", "message", "remedy", "title", "note", "value", "who", "approver")
    assert [word for word in said if f"{MARK} {word}" not in html] == []
    assert words["reason.firm-resigned"] in html
    assert words["page.internal"] in html
    assert words["internal.no_tipping_off"] in html


def test_the_firms_own_statement_for_programs_has_names_reasons_and_evidence() -> None:
    said = statement_json(a_sheet(a_dossier(), Kind.STATEMENT, internal=True))
    left_out = next(step for step in said["steps"] if step["state"] == "left_out")
    assert (left_out["by"], left_out["because"]) == ("Ola", "The bank has closed the account.")
    assert [line["by"] for line in said["inside"]["evidence"]] == ["disengage", "Kari", "Ola"]
    assert said["inside"]["approvals"] == [{"by": "Ola", "at": "2027-01-04T09:00:00Z"}]


def test_who_moved_the_date_of_a_step_and_why_is_not_taken_for_a_word_on_its_end() -> None:
    dossier = a_dossier()
    _, sent, _ = dossier.evidence
    moved = sent.model_copy(update={"id": 9, "by": "Nils", "detail": {"moved_to": "2027-03-01", "why": "Later."}})
    told = dossier.model_copy(update={"evidence": (*dossier.evidence, moved)})
    steps = [statement_json(a_sheet(one, Kind.STATEMENT, internal=True))["steps"] for one in (dossier, told)]
    assert steps[0] == steps[1]


def test_a_letter_says_why_the_engagement_ends_only_where_that_is_no_secret() -> None:
    secret = with_request(a_dossier(), ending={"reason": "firm-resigned", "no_tipping_off": True})
    told = with_request(a_dossier(), ending={"reason": "firm-resigned"})
    sentence = "We have resigned from the engagement."
    found = [sentence in html_of(a_sheet(dossier, Kind.LETTER)) for dossier in (secret, told)]
    assert found == [False, True]


def test_an_own_matter_of_the_firm_is_not_named_outside() -> None:
    dossier = a_dossier()
    steps = (dossier.case.steps[0].model_copy(update={"part": "kyc"}), *dossier.case.steps[1:])
    dossier = dossier.model_copy(update={"case": dossier.case.model_copy(update={"steps": steps})})
    found = [a_sheet(dossier, Kind.STATEMENT, internal=inside).steps[0].part for inside in (False, True)]
    assert found == ["", "kyc"]


def test_a_reply_says_in_every_case_that_it_says_nothing_about_what_is_silent() -> None:
    sentence = catalogue(Language.ENGLISH)["reply.limits"]
    cases = (a_dossier(), a_marked_dossier())
    replies = [html_of(a_sheet(case, Kind.REPLY, facts=facts)) for case in cases for facts in ((), ("Fees are open.",))]
    assert [sentence in reply for reply in replies] == [True] * 4


def test_evidence_of_other_steps_is_not_handed_over() -> None:
    dossier = a_dossier()
    other = dossier.bags[0].model_copy(update={"step": "banqup.remove_extensions", "path": "c/banqup/proof-1"})
    dossier = dossier.model_copy(update={"bags": (*dossier.bags, other)})
    found = [len(a_sheet(dossier, Kind.INVENTORY, internal=inside).bags) for inside in (False, True)]
    assert found == [2, 3]


def test_of_a_copy_that_was_made_again_the_newest_is_handed_over() -> None:
    dossier = a_dossier()
    again = dossier.bags[0].model_copy(update={"path": dossier.bags[0].path[:-1] + "2", "digest": "f" * 64})
    bags = a_sheet(dossier.model_copy(update={"bags": (*dossier.bags, again)}), Kind.INVENTORY).bags
    assert [bag.digest for bag in bags] == ["f" * 64, dossier.bags[1].digest]


def test_a_client_is_told_of_the_rules_on_its_own_documents_and_the_firm_of_all() -> None:
    dossier = a_dossier(retention=RETENTION)
    found = [
        [line.what for line in a_sheet(dossier, Kind.STATEMENT, internal=inside).retention] for inside in (False, True)
    ]
    assert found == [["books", "vouchers"], ["books", "vouchers", "real_estate", "identity"]]


def test_outside_only_what_the_program_wrote_itself_is_quoted() -> None:
    dossier = a_dossier()
    said = {
        "banqup.remove_extensions": "OK-7781",
        "go.end_access": "declined by Ola",
        "go.transfer_admin.subscription": "x",
    }
    steps = tuple(step.model_copy(update={"outcome": said.get(step.id, step.outcome)}) for step in dossier.case.steps)
    dossier = dossier.model_copy(update={"case": dossier.case.model_copy(update={"steps": steps})})
    outside, inside = (
        {step.id: step.quote for step in a_sheet(dossier, Kind.STATEMENT, internal=internal).steps if step.quote}
        for internal in (False, True)
    )
    assert outside == {
        "go.retain_history": "3 files kept, every checksum verified",
        "go.settle_billing": "The client keeps its subscription.",
    }
    assert inside == {**outside, **said, "banqup.archive": "skipped by Ola"}
