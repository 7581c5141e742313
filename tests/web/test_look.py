"""What every page has around it, the words it uses, and how they are told apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from disengage.domain.case import TaskKind, TaskState
from disengage.domain.checks import Verdict
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import CaseState, StepState, WaitsFor
from disengage.domain.request import Reason, RequestKind
from disengage.domain.rights import Right, Role
from disengage.domain.rules import Basis, DocumentClass, Duty, Regime, Trigger
from disengage.domain.state import Holder, LinkState
from disengage.domain.tasks import BringKind
from disengage.domain.verbs import Mode, Provenance, Verb
from disengage.engine.handover import To
from disengage.engine.handoverpack import PackFormat
from disengage.papers.sheets import Kind
from disengage.store.proofs import EvidenceKind
from disengage.web.comparing import Row, Standing, rows_in
from disengage.web.labelling import Ids
from disengage.web.rendering import Pages
from disengage.web.statics import FOLDER, static
from disengage.web.tabling import labelled
from disengage.web.vocabulary import GROUPS
from disengage.web.wording import Wording
from markupsafe import Markup

from tests.web.firm import Firm

TEMPLATES = FOLDER.parent / "templates"
EVENTS = Path(__file__).parents[2] / "docs" / "reference" / "events.md"
WORDS: dict[str, type[StrEnum]] = {
    "case_state": CaseState, "step_state": StepState, "task_state": TaskState, "task_kind": TaskKind, "proof": Proof,
    "effect": Effect, "severity": Severity, "mode": Mode, "provenance": Provenance, "verb": Verb,
    "waits_for": WaitsFor, "role": Role, "right": Right, "reason": Reason, "request_kind": RequestKind,
    "verdict": Verdict, "holder": Holder, "bring": BringKind, "evidence": EvidenceKind, "paper": Kind,
    "recipient": To, "pack": PackFormat, "document_class": DocumentClass, "regime": Regime, "duty": Duty,
    "trigger": Trigger, "basis": Basis,
}  # fmt: skip


class NobodyComes:
    """A visit of nobody, for macros alone."""

    session = None


@pytest.fixture(scope="module")
def shown() -> Callable[..., str]:
    """Give what renders a piece of template with the macros, in English."""
    environment = Pages("Europe/Oslo")._environments["en"]

    def render(text: str, **context: Any) -> str:
        template = environment.from_string('{% import "macros.html" as m with context %}' + text)
        return template.render(visit=NobodyComes(), ids=Ids(), **context)

    return render


# --- words


@pytest.mark.parametrize("group", sorted(WORDS))
def test_every_word_of_the_domain_is_said_to_people(group: str) -> None:
    said = GROUPS[group]
    assert set(said) == set(WORDS[group])
    assert all(one.label for one in said.values())


def test_every_field_of_a_link_is_said_to_people() -> None:
    assert set(GROUPS["field"]) == set(LinkState.model_fields)


def test_every_kind_of_event_is_said_to_people() -> None:
    kinds = EVENTS.read_text(encoding="utf-8").partition("## Kinds")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", kinds, re.MULTILINE)) <= set(GROUPS["event"])


def test_no_two_words_of_a_group_are_said_alike() -> None:
    for group, said in GROUPS.items():
        labels = [one.label for one in said.values()]
        assert len(set(labels)) == len(labels), group


def test_a_state_is_said_by_what_it_is_the_state_of(shown: Callable[..., str]) -> None:
    text = shown("{{ m.state(a) }}|{{ m.state(b) }}", a=CaseState.PLANNED, b=StepState.PLANNED)
    assert re.findall(r"<span>(.+?)</span>", text) == ["Planned", "Not begun"]


def test_a_part_that_nobody_described_is_said_as_its_connector_wrote_it(shown: Callable[..., str]) -> None:
    assert "two words" in shown('{{ m.verb("archive", "two_words") }}')


# --- marks


@pytest.mark.parametrize(
    ("macro", "words"),
    [("state", CaseState), ("state", StepState), ("state", TaskState), ("proof", Proof), ("effect", Effect),
     ("severity", Severity), ("mode", Mode), ("provenance", Provenance), ("waits_for", WaitsFor),
     ("verdict", Verdict)],
)  # fmt: skip
def test_every_mark_has_an_icon_that_is_drawn(macro: str, words: type[StrEnum], shown: Callable[..., str]) -> None:
    drawn = _drawn()
    text = shown("{% for word in words %}{{ m[macro](word) }}{% endfor %}", macro=macro, words=list(words))
    used = re.findall(r'icons\.svg\?v=\w+#([\w-]+)"', text)
    assert (len(used), set(used) - set(drawn)) == (len(words), set())


def test_proofs_differ_by_text_icon_border_and_filling() -> None:
    drawn, css = _drawn(), (FOLDER / "parts.css").read_text(encoding="utf-8")
    rules = {word: re.findall(rf"\.proof\.is-{word} {{(.+?)}}", css)[0] for word in Proof}
    filled = {word for word, rule in rules.items() if "background" in rule}
    dashed = {word for word, rule in rules.items() if "dashed" in rule}
    assert (filled, dashed) == ({Proof.VERIFIED}, {Proof.STATED})
    assert len({drawn[f"proof-{word}"] for word in Proof}) == len({GROUPS["proof"][word] for word in Proof}) == 3


def test_no_mark_means_verified_but_that_of_verified() -> None:
    uses = [path.name for path in TEMPLATES.rglob("*.html") if "proof-verified" in path.read_text(encoding="utf-8")]
    assert uses == []


def test_a_finding_links_to_its_source(shown: Callable[..., str]) -> None:
    finding = Finding(code="c", severity=Severity.WARNING, message="It is <so>.", source="https://rules.example/1")
    text = shown("{{ m.finding(finding) }}", finding=finding)
    assert 'href="https://rules.example/1"' in text
    assert "It is &lt;so&gt;." in text


# --- colours


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_colour_can_be_read_on_what_it_stands_on(theme: int) -> None:
    colours = {name: both[theme] for name, both in _colours().items()}
    grounds = ("paper", "sheet", "sunken")
    texts = list(itertools.product(("ink", "quiet", "accent", "accent-strong", "good", "warn", "bad"), grounds))
    texts += [(name, f"{name}-soft") for name in ("good", "warn", "bad", "accent")]
    texts += [("ink", f"{name}-soft") for name in ("good", "warn", "bad", "accent")]
    texts += [
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
        ("on-good", "good"),
        ("accent-strong", "accent-soft"),
    ]
    poor = [pair for pair in texts if _contrast(colours[pair[0]], colours[pair[1]]) < 4.5]
    poor += [("edge", ground) for ground in grounds if _contrast(colours["edge"], colours[ground]) < 3]
    assert poor == []


def _colours() -> dict[str, tuple[str, str]]:
    css = (FOLDER / "look.css").read_text(encoding="utf-8")
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    return {name: (light, dark) for name, light, dark in found}


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# --- what the policy of the pages forbids


def test_no_template_holds_a_style_a_script_or_an_address_that_the_policy_forbids() -> None:
    forbidden = re.compile(r"\sstyle=|<style|\son[a-z]+=\"|javascript:|\"data:|<script(?![^>]*\ssrc=\"\{\{ static)")
    found = [(path.name, forbidden.findall(path.read_text(encoding="utf-8"))) for path in TEMPLATES.rglob("*.html")]
    assert [one for one in found if one[1]] == []


def test_no_sheet_fetches_anything_and_none_is_long() -> None:
    for sheet in FOLDER.glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(|data:", text), sheet.name
        assert text.count("\n") < 300, sheet.name


# --- forms


def test_fields_of_one_name_in_two_forms_have_ids_of_their_own(shown: Callable[..., str]) -> None:
    form = '{{ m.form_start(visit, path) }}{{ m.field("reason", "Why", error="Say why.", hint="Briefly.") }}</form>'
    text = shown("{% for path in paths %}" + form + "{% endfor %}", paths=["/a/skip", "/b/skip", "/b/skip"])
    ids, labels = re.findall(r'\sid="([^"]+)"', text), re.findall(r'<label for="([^"]+)"', text)
    named = [one for group in re.findall(r'aria-describedby="([^"]+)"', text) for one in group.split()]
    assert labels == ["f-a-skip-reason", "f-b-skip-reason", "f-b-skip-reason--2"]
    assert len(set(ids)) == len(ids)
    assert set(labels) | set(named) == set(ids)


def test_a_field_keeps_what_was_typed_and_escapes_it(shown: Callable[..., str]) -> None:
    text = shown(
        '{{ m.field("a", "A", value=typed) }}{{ m.field("b", "B", kind="textarea", value=typed) }}', typed='"<b>'
    )
    assert text.count("&#34;&lt;b&gt;") == 2


def test_no_password_is_sent_back(shown: Callable[..., str]) -> None:
    assert "secret" not in shown('{{ m.field("p", "P", kind="password", value="secret") }}')


def test_a_choice_is_marked_by_its_value(shown: Callable[..., str]) -> None:
    text = shown('{{ m.field("c", "C", kind="checkbox", choices=[("1", "one"), ("2", "two")], value=["2"]) }}')
    assert re.findall(r'value="(\d)"( checked)?', text) == [("1", ""), ("2", " checked")]


# --- tables and differences


def test_each_cell_of_a_table_carries_the_heading_of_its_column() -> None:
    head = '<thead><tr><th scope="col">Client</th><th>A &amp; B</th><td></td></tr></thead>'
    rows = '<tbody><tr><th scope="row">x</th><td class="n">1 &lt; 2</td><td>3</td></tr></tbody>'
    wanted = rows.replace("<td class", '<td data-label="A &amp; B" class')
    assert labelled(Markup(head + rows)) == Markup(head + wanted)


def test_a_difference_says_what_changes_what_stays_and_what_nobody_can_tell() -> None:
    observed = LinkState(linked=True, administrator=Holder.CLIENT, firm_access={"u1": None}, status="Active")
    wanted = LinkState(linked=False, archived=True, administrator=Holder.CLIENT, firm_access={"u1": date(2026, 12, 31)})
    assert rows_in(Wording("en"))(observed, wanted) == [
        Row("linked", "", "yes", "no", Standing.CHANGES),
        Row("archived", "", "", "yes", Standing.UNKNOWN),
        Row("administrator", "", "the client", "the client", Standing.SAME),
        Row("firm_access", "u1", "no end", "until 31 Dec 2026", Standing.CHANGES),
        Row("status", "", "Active", "", Standing.UNASKED),
    ]


# --- the frame of the pages, over HTTP


def test_a_page_has_one_heading_landmarks_and_a_way_past_its_rail(firm: Firm) -> None:
    text = firm.visitor("viewer").text("/cases")
    assert [text.count(tag) for tag in ("<h1", "<main ", '<nav class="nav"', "<footer ")] == [1, 1, 1, 1]
    assert text.index('class="skip" href="#main"') < text.index("<header") < text.index('id="main"')
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', text) == ["/cases"]


def test_only_ways_that_one_may_go_are_shown(firm: Firm) -> None:
    ways = ("/requests/new", "/people")
    shown = [
        [way for way in ways if f'href="{way}"' in firm.visitor(role).text("/cases")]
        for role in ("viewer", "administrator")
    ]
    assert shown == [[], ["/people"]]


def test_a_browser_keeps_its_own_look(firm: Firm) -> None:
    visitor = firm.visitor("viewer")
    before = visitor.text("/cases")
    visitor.http.cookies.set("theme", "dark")
    dark = visitor.text("/cases")
    visitor.http.cookies.set("theme", "pink")
    assert [re.findall(r'data-theme="(\w+)"', text) for text in (before, dark)] == [[], ["dark"]]
    assert "pink" not in visitor.text("/cases")


def test_what_was_done_is_said_once_and_not_to_a_copy_that_is_fetched_for_news(firm: Firm) -> None:
    visitor = firm.visitor("viewer")
    visitor.post("/account/name", data={"shown": "Kari N."})
    live = visitor.get("/account", headers={"x-live": "1"}).text
    texts = [live, visitor.text("/account"), visitor.text("/account")]
    assert ["The name was changed." in text for text in texts] == [False, True, False]


def test_every_page_says_when_no_worker_runs(firm: Firm) -> None:
    visitor = firm.visitor("viewer")
    before = visitor.text("/cases")
    place = firm.workplace.store.take_place()
    meanwhile = visitor.text("/cases")
    place.leave()
    assert ["No worker is running" in text for text in (before, meanwhile)] == [True, False]


def test_trouble_is_shown_to_somebody_who_is_not_signed_in(firm: Firm) -> None:
    answer = firm.anybody.get("/nothing/here")
    assert (answer.status_code, answer.text.count("<h1"), "<nav" in answer.text) == (404, 1, False)


def test_what_is_static_is_kept_for_long_under_the_hash_of_its_content(firm: Firm) -> None:
    for name in sorted(path.name for path in FOLDER.iterdir()):
        kept = firm.anybody.get(static(name))
        plain = firm.anybody.get(f"/static/{name}")
        again = firm.anybody.get(static(name), headers={"If-None-Match": kept.headers["etag"]})
        assert (kept.status_code, plain.status_code, again.status_code) == (200, 200, 304), name
        assert ["immutable" in one.headers["cache-control"] for one in (kept, plain, again)] == [True, False, True]


def _drawn() -> dict[str, str]:
    return dict(_symbols((FOLDER / "icons.svg").read_text(encoding="utf-8")))


def _symbols(text: str) -> Iterator[tuple[str, str]]:
    yield from re.findall(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', text)
