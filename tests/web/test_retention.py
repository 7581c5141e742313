"""Retention on pages: what is kept until when and why, honestly; holds; and destruction by two people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from disengage.engine.retention import examine

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest
from tests.retention.conftest import CALL, DUE, KEEP, SEVER, closing
from tests.web.firm import Firm, Visitor
from tests.web.staged import on_stage, read, words


class Kept:
    """A firm whose case was closed long ago, with one bag that no rule holds any more."""

    def __init__(self, firm: Firm, stage: Stage) -> None:
        self.firm, self.stage, self.case = firm, stage, stage.case_id
        self.page = f"/cases/{self.case}/retention"
        self.bag = f"{self.case}/crm/crm.retain_history-1"

    def archivist(self, name: str) -> Visitor:
        return self.firm.visitor("archivist", name=name)

    def bags(self) -> list[str]:
        vault = self.stage.workplace.settings.folder / "vault"
        return sorted(file.parent.relative_to(vault).as_posix() for file in vault.rglob("bagit.txt"))

    def shown_digest(self, visitor: Visitor) -> str:
        """Return the digest that the button for destruction sends."""
        (found,) = read(visitor.text(self.page)).xpath("//input[@name='bags_digest']")
        return str(found.get("value"))

    def events(self, *kinds: str) -> list[tuple[str, str]]:
        events = self.stage.workplace.store.events(self.case)
        return [(event.kind, event.actor) for event in events if event.kind in kinds]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Give a firm of the test's own."""
    manifest = a_manifest(KEEP, SEVER, operations=(CALL,))
    with on_stage(tmp_path, policy="watch_days = 0", crm=manifest) as (firm, stage):
        closing(stage)
        stage.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
        stage.go()
        stage.now = DUE
        yield Kept(firm, stage)


def sections(page: str) -> dict[str, str]:
    """Return the text of each section by its heading."""
    found = read(page).iter("section")
    return {
        words(section.find("h2")): words(section).partition(words(section.find("h2")))[2].strip() for section in found
    }


def test_each_class_has_its_day_its_rule_and_the_truth_about_who_verified_it(kept: Kept) -> None:
    page = read(kept.firm.visitor("viewer").text(kept.page))
    whole = examine(kept.stage.workplace, kept.case).whole
    shown = page.find_class("class")
    for kind, article in zip(whole.classes, shown, strict=True):
        assert kind.decisive is not None
        rule, text = kind.decisive.rule, words(article)
        assert kind.decisive.why in text
        assert rule.verified_by_professional is False
        assert (rule.id in text, "verified by a professional: no" in text) == (True, True)
        sources = [(link.get("href"), link.get("rel")) for link in article.find_class("source")]
        assert sources[: 1 + len(rule.further_sources)] == [
            (s, "noreferrer") for s in (rule.source, *rule.further_sources)
        ]
    assert [words(gap) for gap in page.find_class("gap")] == list(whole.gaps)


def test_all_that_is_kept_is_listed_and_what_may_be_destroyed_on_which_day(kept: Kept) -> None:
    viewer = kept.firm.visitor("viewer")
    on_the_day = sections(viewer.text("/retention"))
    assert on_the_day["May be destroyed"].startswith("Nothing is destroyed by itself: two people approve it.")
    assert kept.case in on_the_day["May be destroyed"]
    assert kept.case in on_the_day["Kept of cases that are over"]
    before = sections(viewer.text("/retention?on=2031-12-31"))
    assert kept.case not in before["May be destroyed"]
    assert viewer.get("/retention?on=soon").status_code == 422


def test_a_hold_is_placed_and_lifted_with_a_reason_and_stops_destruction(kept: Kept) -> None:
    anna = kept.archivist("anna")
    digest = kept.shown_digest(anna)
    assert anna.post(f"{kept.page}/hold", {"reason": "A tax audit"}).status_code == 303
    assert "A tax audit" in sections(anna.text("/retention"))["On hold, and destroyed by nobody"]
    assert anna.post(f"{kept.page}/destroy", {"bags_digest": digest}).status_code == 409
    (number,) = read(anna.text(kept.page)).xpath("//input[@name='number']")
    lifted = anna.post(f"{kept.page}/release", {"number": number.get("value"), "reason": "The audit is over"})
    assert lifted.status_code == 303
    assert kept.stage.workplace.store.disposal.holds(kept.case) == []
    assert kept.events("retention_hold", "retention_released", "destruction_approved") == [
        ("retention_hold", "anna"),
        ("retention_released", "anna"),
    ]


def test_a_form_without_a_reason_is_shown_again_open_and_with_the_error(kept: Kept) -> None:
    anna = kept.archivist("anna")
    answer = anna.post(f"{kept.page}/hold", {"reason": " "})
    (form,) = read(answer.text).xpath("//details[@open]")
    assert (answer.status_code, words(form.find_class("field-error")[0])) == (422, "No reason was given.")
    assert kept.stage.workplace.store.disposal.holds(kept.case) == []
    assert anna.post(f"{kept.page}/release", {"number": "none", "reason": "x"}).status_code == 404


def test_two_people_destroy_exactly_what_was_shown_and_the_certificate_can_be_had(kept: Kept) -> None:
    anna, berit = kept.archivist("anna"), kept.archivist("berit")
    digest = kept.shown_digest(anna)
    assert kept.bag in sections(anna.text(kept.page))["Destruction"]
    assert anna.post(f"{kept.page}/destroy", {"bags_digest": digest}).status_code == 303
    assert kept.bags() == [kept.bag]
    told = sections(berit.text(kept.page))["Destruction"]
    assert "Approved by anna" in told
    assert anna.post(f"{kept.page}/destroy", {"bags_digest": digest}).status_code == 409
    assert "You approved it." in sections(anna.text(kept.page))["Destruction"]
    assert berit.post(f"{kept.page}/destroy", {"bags_digest": kept.shown_digest(berit)}).status_code == 303
    assert kept.bag not in kept.bags()
    page = read(berit.text(kept.page))
    (link,) = [link.get("href") for link in page.iter("a") if "/certificates/" in link.get("href")]
    answer = berit.get(link)
    certificate = json.loads(answer.content)
    assert [bag["bag"] for bag in certificate["bags"]] == [kept.bag]
    assert [person["by"] for person in certificate["approved_by"]] == ["anna", "berit"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert berit.get(f"{kept.page}/certificates/99").status_code == 404


def test_what_is_not_what_was_shown_is_not_destroyed(kept: Kept) -> None:
    anna = kept.archivist("anna")
    for digest in ("", "sha256:0000"):
        assert anna.post(f"{kept.page}/destroy", {"bags_digest": digest}).status_code == 409
    assert kept.events("destruction_approved") == []


def test_others_see_it_all_and_can_do_nothing_of_it(kept: Kept) -> None:
    for role in ("viewer", "operator", "approver", "administrator"):
        visitor = kept.firm.visitor(role)
        forms = read(visitor.text(kept.page)).xpath("//main//form")
        assert [form.get("action") for form in forms] == []
        for what in ("hold", "release", "destroy"):
            assert visitor.post(f"{kept.page}/{what}", {"reason": "x"}).status_code == 403
        assert visitor.get(f"{kept.page}/certificates/1").status_code == 403
    assert kept.bags() == [kept.bag]


def test_there_is_no_page_of_a_case_that_is_none(kept: Kept) -> None:
    assert kept.archivist("anna").get("/cases/c-/retention").status_code == 404
