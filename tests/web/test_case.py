"""The page of one case: everything that is known about it, nothing more than is known, and only what one may do."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from disengage.domain.case import Case
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.findings import Severity
from disengage.domain.lifecycle import StepState, WaitsFor
from disengage.domain.state import Holder, LinkState
from disengage.domain.verbs import Verb
from disengage.web.chronicle import NEWEST
from disengage.web.wording import Wording

from tests.builders import ORGNR, a_case, a_finding, a_link, a_step, a_task
from tests.web.firm import Firm, Visitor

DUE = date(2027, 1, 1)
#: As the pages write it.
EN = Wording("en", "Europe/Oslo")
AGAIN = datetime(2026, 12, 1, 9, tzinfo=UTC)
ENDS, DAY = EN.day(date(2026, 12, 31)), EN.day(DUE)


@pytest.fixture(scope="module")
def viewer(firm: Firm) -> Visitor:
    return firm.visitor("viewer")


@pytest.fixture(scope="module")
def operator(firm: Firm) -> Visitor:
    return firm.visitor("operator", "approver", name="kari")


def _written(firm: Firm, case_id: str, *events: tuple[str, dict[str, Any]], **parts: Any) -> Case:
    case = a_case(id=case_id, **parts)
    with firm.workplace.store.new_case(case) as work:
        for kind, payload in events:
            work.event(kind, **payload)
    return case


def _section(page: str, name: str) -> str:
    """Return the words of one part of the page, by its class or id."""
    start = page.index(f'="{name}"')
    return _words(page[start : page.index("</section>", start)].partition(">")[2])


def _words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def test_the_head_says_who_it_is_about_where_it_stands_and_what_happens_next(firm: Firm, viewer: Visitor) -> None:
    _written(firm, "c-head", asked_by="per", needed=2)
    page = viewer.text("/cases/c-head")
    assert re.search(r"<h1>Nordlys Kafé AS</h1>", page)
    assert _section(page, "case-head") == (
        f"Planned 2 people have to approve the plan. Organisation number {ORGNR} Ends on {ENDS} "
        "What Ending, Moves to another firm Asked for by per Case c-head Kept copies Retention Papers"
    )


@pytest.mark.parametrize("address", ["c-nothing", "c-he", "..%2Fc-head"])
def test_a_case_that_is_not_named_whole_is_not_there(viewer: Visitor, address: str) -> None:
    assert viewer.get(f"/cases/{address}").status_code == 404


def test_what_is_observed_stands_beside_what_is_wanted_and_what_cannot_be_told_is_said_so(
    firm: Firm, viewer: Visitor
) -> None:
    link = a_link(
        "banqup",
        observed=LinkState(linked=True, administrator=Holder.FIRM, firm_access={"u/1": None}),
        wanted=LinkState(
            linked=False, administrator=Holder.CLIENT, archived=True, firm_access={"u/1": date(2026, 12, 31)}
        ),
    )
    _written(firm, "c-difference", links=[link])
    rows = _section(viewer.text("/cases/c-difference"), "difference-banqup").partition("Wanted ")[2]
    assert rows == (
        "Linked yes changes to no Archived the platform cannot tell yes "
        f"Administrator the firm changes to the client Our access u/1 no end changes to until {ENDS}"
    )


def test_a_lane_shows_each_step_with_its_effects_its_date_and_how_it_is_known_to_be_done(
    firm: Firm, viewer: Visitor
) -> None:
    link = a_link("banqup")
    done = [
        a_step(verb, link, state=StepState.DONE, proof=proof, outcome=f"said {proof}")
        for verb, proof in zip((Verb.RETAIN_HISTORY, Verb.ARCHIVE, Verb.SETTLE_BILLING), Proof, strict=True)
    ]
    waiting = a_step(
        Verb.SEVER_LINK, link, state=StepState.WAITING, waits_for=WaitsFor.PERSON, due=DUE, attempts=3,
        effects=(Effect.IRREVERSIBLE, Effect.DESTROYS_DATA),
    )  # fmt: skip
    _written(firm, "c-lane", links=[link], steps=[*done, waiting], tasks=[a_task(waiting)], approved_by=["Per"])
    page = viewer.text("/cases/c-lane")
    assert re.findall(r'class="mark proof is-(\w+)"', page) == ["verified", "receipt", "stated"]
    assert re.findall(r'class="mark effect is-([\w-]+)"', page)[-2:] == ["irreversible", "destroys-data"]
    lane = _section(page, "lane")
    assert "3 of 4 steps finished" in lane
    assert f"Sever the link Waiting not before {DAY} Waits for a person Automatic" in lane
    assert "End the client relationship Tried 3 times." in lane
    assert f'href="/tasks/t-{waiting.id}"' in page


def test_the_gate_says_why_it_is_shut_and_since_when_it_is_open(firm: Firm, viewer: Visitor) -> None:
    link = a_link("banqup")
    _written(firm, "c-shut", links=[link], approved_by=["Per"])
    assert _section(viewer.text("/cases/c-shut"), "case-plan").endswith(
        "The gate is shut banqup One step waits behind it. “Retain the history” on banqup is not done"
    )
    kept = a_step(Verb.RETAIN_HISTORY, link, state=StepState.DONE)
    opened = {"banqup": datetime.now(UTC)}
    steps = [kept, a_step(Verb.SEVER_LINK, link)]
    _written(firm, "c-open", links=[link], steps=steps, approved_by=["Per"], gate_opened=opened)
    assert "The gate is open banqup" in _section(viewer.text("/cases/c-open"), "case-plan")


def test_findings_come_the_gravest_first_with_remedy_and_source(firm: Firm, viewer: Visitor) -> None:
    notice = a_finding(message="Once <b>.", source="https://vendor.example/page")
    blocker = a_finding(code="no_contact", severity=Severity.BLOCKER, message="Nobody.", remedy="Name somebody.")
    _written(firm, "c-findings", findings=[notice, blocker])
    page = viewer.text("/cases/c-findings")
    found = _section(page, "case-findings")
    assert found.startswith("Findings Blocker no_contact Nobody. Name somebody.")
    assert found.endswith("Notice period_gap Once <b>. Source")
    assert '<a href="https://vendor.example/page" rel="noreferrer">' in page
    assert "A blocker is open; see the findings." in page


def test_a_stale_plan_says_what_changed_and_who_approved_the_one_before_does_not_count(
    firm: Firm, operator: Visitor
) -> None:
    stale = "plan_stale", {"was": "sha256:0", "plan_hash": "sha256:1", "changed": ["The link is back."]}
    _written(firm, "c-stale", stale, approved_by=["Per"], fresh=False)
    plan = _section(operator.text("/cases/c-stale"), "case-plan")
    assert "The plan no longer fits what the platforms show. The link is back." in plan
    assert "Approve this plan" in plan


def test_the_timeline_tells_the_newest_first_and_everything_by_a_link(firm: Firm, viewer: Visitor) -> None:
    step = "banqup.sever_link"
    again = EN.moment(datetime(2026, 11, 23, 10, tzinfo=UTC))
    many = [("waits_for_platform", {"step": step, "until": "2026-11-23T10:00:00+00:00"})] * NEWEST
    _written(
        firm, "c-told", ("case_opened", {"ends_on": "2026-12-31"}), *many,
        ("done", {"step": step, "proof": "receipt", "outcome": "ticket 7 <b>"}), links=[a_link("banqup")],
    )  # fmt: skip
    page = viewer.text("/cases/c-told")
    told = re.findall(r"<li>\s*(<time.*?)</li>", page, flags=re.DOTALL)
    assert len(told) == NEWEST
    assert _words(told[0]).endswith("Step done Sever the link banqup Receipt ticket 7 <b> by itself")
    assert _words(told[1]).endswith(f"It is asked again at {again}. by itself")
    (more,) = re.findall(r'<a href="([^"]+)">Show everything that happened', page)
    told = re.findall(r"<li>\s*(<time.*?)</li>", viewer.text(more), flags=re.DOTALL)
    assert _words(told[-1]).endswith(f"Request became a case It ends on {ENDS}. by itself")
    assert len(told) == NEWEST + 2


def test_every_kind_of_event_of_a_real_case_can_be_told(new_firm: Firm) -> None:
    case = new_firm.desk.planned()
    new_firm.desk.finish(case)
    viewer = new_firm.visitor("viewer")
    page = viewer.text(f"/cases/{case}?show=all")
    kinds = {event.kind for event in new_firm.workplace.store.events(case)}
    assert {"approved", "gate_opened", "task_done", "closed", "waits_for_platform", "history_kept"} <= kinds
    assert page.count("<time") > len(new_firm.workplace.store.events(case))
    assert "Every step is finished. The platforms are looked at again until" in page
    evidence = new_firm.workplace.store.evidence(case)
    assert [row.digest in page for row in evidence] == [True] * len(evidence)
    assert ">Verified<" in page


def test_a_viewer_is_offered_nothing_to_do(firm: Firm, viewer: Visitor) -> None:
    link = a_link("banqup")
    steps = [a_step(Verb.ARCHIVE, link, state=StepState.FAILED), a_step(Verb.SEVER_LINK, link, due=DUE)]
    _written(firm, "c-viewed", links=[link], steps=steps)
    main = viewer.text("/cases/c-viewed").partition("<main")[2].partition("</main>")[0]
    assert "<form" not in main
    for other in ("bags", "retention", "papers"):
        assert f'href="/cases/c-viewed/{other}"' in main


def test_everybody_is_offered_what_is_theirs_to_do(firm: Firm) -> None:
    link = a_link("banqup")
    steps = [
        a_step(Verb.RETAIN_HISTORY, link, due=DUE),
        a_step(Verb.ARCHIVE, link, state=StepState.FAILED, attempts=1),
        a_step(Verb.SETTLE_BILLING, link, state=StepState.DONE),
        a_step(Verb.SEVER_LINK, link, due=DUE),
    ]
    _written(firm, "c-offered", links=[link], steps=steps)
    assert _offered(firm.visitor("operator").text("/cases/c-offered")) == [
        "retry", "steps/move banqup.retain_history", "steps/retry banqup.archive", "steps/skip banqup.archive",
        "steps/skip banqup.sever_link", "steps/move banqup.sever_link", "cancel",
    ]  # fmt: skip
    assert _offered(firm.visitor("approver").text("/cases/c-offered")) == ["approve"]
    assert _offered(firm.visitor("archivist", "administrator").text("/cases/c-offered")) == []


def _offered(page: str) -> list[str]:
    main = page.partition("<main")[2].partition("</main>")[0]
    forms = re.findall(r'<form [^>]*action="/cases/[^/]+/([^"]+)"(.*?)</form>', main, flags=re.DOTALL)
    named = [(action, re.findall(r'name="step" value="([^"]+)"', body)) for action, body in forms]
    return [" ".join((action, *steps)) for action, steps in named]


def test_what_cannot_be_approved_is_not_offered_and_says_why(firm: Firm) -> None:
    approver = firm.visitor("approver", name="bodil")
    blocker = a_finding(severity=Severity.BLOCKER)
    _written(firm, "c-blocked", findings=[blocker])
    _written(firm, "c-mine", approved_by=["bodil"], needed=2)
    _written(firm, "c-asked", approved_by=["per"], needed=2, asked_by="bodil")
    _written(firm, "c-enough", approved_by=["per"])
    pages = {name: approver.text(f"/cases/{name}") for name in ("c-blocked", "c-mine", "c-asked", "c-enough")}
    assert [_offered(page) for page in pages.values()] == [[], [], [], []]
    assert "You approved this plan; somebody else has to approve it as well." in pages["c-mine"]
    assert "You asked for this; the last approval is for somebody else to give." in pages["c-asked"]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"cancelled": True}, "It was called off; nothing more happens."),
        ({"approved_by": ["Per"], "fresh": False}, "The platforms changed since the plan was approved."),
        ({"state": StepState.FAILED}, "A step could not be done. Decide what becomes of it."),
        ({"state": StepState.RUNNING}, "A step is being done at this moment."),
        ({"state": StepState.WAITING, "waits_for": WaitsFor.DATE, "due": DUE}, f"Nothing is to be done before {DAY}."),
        ({"state": StepState.WAITING, "waits_for": WaitsFor.GATE}, "Steps wait at the gate;"),
        ({"state": StepState.WAITING, "waits_for": WaitsFor.PLATFORM, "wake_at": AGAIN},
         f"A platform is asked again at {EN.moment(AGAIN)}."),
        ({"state": StepState.DONE}, "Every step is finished."),
        ({}, "It goes on by itself."),
    ],
)  # fmt: skip
def test_one_sentence_says_what_happens_next(
    firm: Firm, viewer: Visitor, request: pytest.FixtureRequest, parts: dict[str, Any], sentence: str
) -> None:
    name = f"c-next-{request.node.callspec.indices['parts']}"
    of_case = {key: parts[key] for key in ("cancelled", "fresh", "approved_by") if key in parts}
    step = a_step(**{key: value for key, value in parts.items() if key not in of_case})
    _written(firm, name, steps=[step], **{"approved_by": ["Per"], **of_case})
    assert sentence in _section(viewer.text(f"/cases/{name}"), "case-head")
