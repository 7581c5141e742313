"""Connections: how they are, what they do and how that is known, honestly; and a button that tries one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from disengage import Operation, Provenance, Verb, VerbSpec, hookimpl
from disengage.engine.catalogue import installed
from disengage.errors import CredentialsError, PluginError
from disengage.offers import PluginReport
from disengage.registry import Registry
from disengage.web.vocabulary import said

from tests.engine.stage import Scripted, a_manifest
from tests.web.firm import Firm, Visitor
from tests.web.staged import on_stage, read, words


@pytest.fixture(scope="module")
def viewer(firm: Firm) -> Visitor:
    return firm.visitor("viewer")


@pytest.fixture(scope="module")
def administrator(firm: Firm) -> Visitor:
    return firm.visitor("administrator", name="anna")


def rows(page: str, caption: str) -> dict[str, list[Any]]:
    """Return the rows of a table by their headings, with their cells."""
    tree = read(page)
    (table,) = [table for table in tree.iter("table") if words(table.find("caption")) == caption]
    return {words(row.find("th")): list(row.iter("td")) for row in table.find("tbody").iter("tr")}


def label(group: str, word: str) -> str:
    return said(group, word).label


def trials(firm: Firm) -> list[tuple[str, dict[str, Any]]]:
    return [(e.actor, e.payload) for e in firm.workplace.store.events("") if e.kind == "connection_tried"]


# how they are


def test_connections_are_shown_with_their_platforms_and_no_platform_is_asked(firm: Firm, viewer: Visitor) -> None:
    before = firm.desk.calls_at("banqup")
    shown = rows(viewer.text("/connections"), "How the connections are")
    assert {name: (words(cells[0]), words(cells[1])) for name, cells in shown.items()} == {
        "banqup": ("Banqup banqup", label("provenance", "assumed")),
        "crm": ("Table (CSV) generic_csv", label("provenance", "documented")),
    }
    assert firm.desk.calls_at("banqup") == before


def test_an_outage_is_shown_with_its_reason_since_when_and_until_when(firm: Firm, viewer: Visitor) -> None:
    now, outages = firm.workplace.now(), firm.workplace.store.outages
    until = now + timedelta(hours=1)
    outages.failed("crm", now, "The export cannot be read.", lambda failures, since: (now, until))
    try:
        health = words(rows(viewer.text("/connections"), "How the connections are")["crm"][2])
    finally:
        outages.works("crm")
    moment = firm.server.site.pages.wordings["en"].moment
    spans = f"Down since {moment(now)}. Left alone until {moment(until)}, then tried again."
    assert health.split() == f"Down {spans} The export cannot be read.".split()


def test_broken_plugins_and_what_depends_on_them_are_shown_with_the_reason(firm: Firm, viewer: Visitor) -> None:
    registry = firm.workplace.registry
    registry.reports.append(
        PluginReport(name="wreck", distribution="wreck 1.0", reason="wreck: import raised OSError.")
    )
    registry.broken_connections["crm"] = PluginError("crm: connecting raised OSError.", remedy="Mend it.")
    try:
        page = viewer.text("/connections")
    finally:
        registry.reports.pop()
        registry.broken_connections.clear()
    (broken,) = read(page).xpath("//ul[@class='broken']/li")
    assert words(broken) == "wreck wreck 1.0 wreck: import raised OSError."
    assert words(rows(page, "How the connections are")["crm"][2]) == (
        "Cannot be used crm: connecting raised OSError. Mend it."
    )


# what they do


def test_each_cell_says_for_each_part_how_it_is_done_how_well_that_is_known_and_what_it_does(
    firm: Firm, viewer: Visitor
) -> None:
    page = rows(viewer.text("/connections"), "Verbs by connections")
    configured = installed(firm.workplace.settings)["connections"]
    for column, connection in enumerate(configured):
        for verb in connection["verbs"]:
            cell = page[label("verb", verb["verb"])][column]
            part = label("part", verb["part"]) if verb["part"] else ""
            (way,) = [way for way in cell.find_class("way") if "".join(map(words, way.find_class("part"))) == part]
            marks = [words(mark) for mark in way.find_class("mark") if "ticket" not in mark.get("class")]
            known = [label("provenance", verb["provenance"])] if verb["provenance"] else []
            effects = [label("effect", effect) for effect in verb["effects"]]
            assert marks == [label("mode", verb["mode"]), *known, *effects]


def test_sources_are_linked_and_whoever_follows_one_is_not_told_to_the_vendor(viewer: Visitor) -> None:
    for path in ("/connections", "/connections/banqup", "/connections/poweroffice"):
        links = read(viewer.text(path)).find_class("source")
        assert {(link.get("rel"), link.get("target")) for link in links} == {("noreferrer", None)}
        assert all(link.get("href").startswith(("https://", "http://")) for link in links)


def test_a_connection_has_its_operations_with_source_and_day_and_what_a_person_is_told(viewer: Visitor) -> None:
    page = viewer.text("/connections/poweroffice")  # installed, and not connected
    manifest = Registry().types["poweroffice"].manifest
    shown = rows(page, "Operations of the platform's interface")
    assert {name: [words(cell) for cell in cells] for name, cells in shown.items()} == {
        operation.name: [
            operation.call or "configured by you",
            label("provenance", operation.provenance),
            f"{operation.source.split('/')[2]} read {operation.as_of}" if operation.source else "\N{EN DASH}",
        ]
        for operation in manifest.operations
    }
    told = read(page).xpath("//section[@aria-labelledby='by-hand']//ol[@lang='nb']/li")
    by_hand = [spec.by_hand for spec in manifest.verbs if spec.by_hand and spec.by_hand.language == "nb"]
    assert [words(step) for step in told] == [" ".join(s.split()) for item in by_hand for s in item.steps]


def test_what_would_make_a_verb_automatic_is_said_as_the_configuration_has_it(tmp_path: Path) -> None:
    cut = Operation(name="cut", provenance=Provenance.ASSUMED, changes=True)
    weak = a_manifest(VerbSpec(verb=Verb.SEVER_LINK, operations=("cut",)), operations=(cut,))
    with on_stage(tmp_path, bank=weak) as (firm, _):
        (snippet,) = read(firm.visitor("viewer").text("/connections/bank")).find_class("toml")
    assert snippet.text_content().split("\n") == [
        "[connections.bank]",
        'trust = "assumed"',
        "",
        "[connections.bank.operations]",
        'cut = "METHOD /path"',
        "",
    ]


def test_what_is_no_connection_is_not_there(viewer: Visitor, administrator: Visitor) -> None:
    assert viewer.get("/connections/none").status_code == 404
    assert administrator.post("/connections/none/test").status_code == 404


# trying one


def test_a_trial_says_what_came_of_it_and_is_recorded_with_who_tried(firm: Firm, administrator: Visitor) -> None:
    before = firm.workplace.now()
    answer = administrator.post("/connections/banqup/test")
    assert (answer.status_code, answer.headers["location"]) == (303, "/connections/banqup")
    page = read(administrator.text("/connections/banqup"))
    assert words(page.find_class("told")[0]).startswith("It works. ")
    assert trials(firm)[-1] == ("anna", {"connection": "banqup", "ok": True})
    assert firm.workplace.store.answering.last(["banqup"])["banqup"] >= before
    assert "Works" in words(page.find_class("health")[0])
    firm.desk.assert_nothing_was_changed()


def test_a_trial_that_fails_says_why_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Scripted) -> str:
        raise CredentialsError("bank: the key is refused.", remedy="Give the new one.")

    monkeypatch.setattr(Scripted, "try_credentials", hookimpl(refused), raising=False)
    with stage_of_a_bank(tmp_path) as (firm, _):
        anna = firm.visitor("administrator", name="anna")
        anna.post("/connections/bank/test")
        told = words(read(anna.text("/connections/bank")).find_class("told")[0])
        assert told == "It does not work. bank: the key is refused. Give the new one."
        assert trials(firm) == [("anna", {"connection": "bank", "ok": False, "why": "bank: the key is refused."})]


def test_a_platform_that_does_not_answer_keeps_nobody_else_and_no_longer_than_the_policy_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, over = threading.Event(), threading.Event()

    def slow(self: Scripted) -> str:
        asked.set()
        over.wait(30)
        return "late"

    monkeypatch.setattr(Scripted, "try_credentials", hookimpl(slow), raising=False)
    with stage_of_a_bank(tmp_path, "read_timeout_seconds = 1") as (firm, _), ThreadPoolExecutor() as pool:
        anna, viewer = firm.visitor("administrator"), firm.visitor("viewer")
        tried = pool.submit(anna.post, "/connections/bank/test")
        assert asked.wait(30)
        assert viewer.get("/connections").status_code == 200
        assert not tried.done()
        assert tried.result(30).status_code == 303
        over.set()
        told = words(read(anna.text("/connections/bank")).find_class("told")[0])
    assert "did not come back within 1 seconds" in told


def test_only_administrators_have_the_button_and_may_press_it(firm: Firm, viewer: Visitor) -> None:
    for role in ("viewer", "operator", "approver", "archivist"):
        visitor = firm.visitor(role)
        assert "/test" not in visitor.text("/connections") + visitor.text("/connections/banqup")
        before = trials(firm)
        assert visitor.post("/connections/banqup/test").status_code == 403
        assert trials(firm) == before


def stage_of_a_bank(folder: Path, policy: str = "") -> Any:
    look = Operation(name="look", call="GET /look", provenance=Provenance.DOCUMENTED)
    manifest = a_manifest(VerbSpec(verb=Verb.RETAIN_HISTORY, operations=("look",)), operations=(look,))
    return on_stage(folder, policy=policy, bank=manifest)
