"""The capability table: the same in the terminal, in the pages and in the manifests, and honest about all of them."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from disengage import Manifest, Operation, Provenance, Verb, VerbSpec
from disengage.cli.capabilities import CapabilityTable
from disengage.domain.verbs import ORDER
from disengage.engine import catalogue
from disengage.engine.capabilities import LEGEND, NOTHING, Capability, legend
from disengage.registry import Registry
from rich.console import Console

from tests.cli.desk import Desk

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "capabilities.md"
Cells = dict[str, dict[str, str]]


def printed(columns: list[Capability], width: int) -> str:
    text = io.StringIO()
    Console(file=text, width=width).print(CapabilityTable("what each connector does", columns))
    return text.getvalue()


def offered() -> list[Capability]:
    return catalogue.capabilities({name: found.manifest for name, found in Registry().types.items()})


def cells_on_screen(text: str) -> Cells:
    """Read the tables back: verb → column → the words of the cell."""
    found: Cells = {}
    heading: list[tuple[str, int]] = []
    verb = ""
    for line in text.splitlines():
        if line.startswith("verb "):
            heading, verb = [(name.group(), name.start()) for name in re.finditer(r"\S+", line)], ""
        elif not line.strip():
            heading = []
        elif heading and not line.startswith("─"):
            verb = line.split()[0] if line[0] != " " else verb
            for (name, start), (_, end) in zip(heading[1:], [*heading[2:], ("", None)], strict=True):
                before = found.setdefault(verb, {}).get(name, "")
                found[verb][name] = f"{before} {line[start:end].strip()}".strip()
    return found


def cells_on_page(text: str) -> Cells:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    names = [re.sub(r".*#(\w+)\)", r"\1", cell) for cell in lines[0]]
    table = [line for line in lines[2:] if line[0].startswith("`")]
    plain = [[re.sub(r" · |<br>", " ", cell).strip("`") for cell in line] for line in table]
    return {line[0]: dict(zip(names[1:], line[1:], strict=True)) for line in plain}


def a_capability(*verbs: dict[str, Any]) -> Capability:
    usual = {"part": "", "mode": "automatic", "provenance": "documented", "through_support": False}
    return Capability("plain", [usual | verb for verb in verbs])


# the same everywhere


def test_the_page_holds_the_table_that_the_command_prints(desk: Desk) -> None:
    shown = desk.call("connectors").out.partition("what your connections do")[0]
    assert cells_on_screen(shown) == cells_on_page(PAGE.read_text(encoding="utf-8"))


def test_every_verb_of_every_installed_connector_is_in_the_table() -> None:
    table = cells_on_screen(printed(offered(), 150))
    for name, found in Registry().types.items():
        absent = {str(verb) for verb in Verb} - {str(spec.verb) for spec in found.manifest.verbs}
        assert {verb for verb in table if table[verb][name] == NOTHING} == absent & table.keys()


def test_six_platforms_fit_into_a_hundred_columns() -> None:
    six = [
        Capability(name, offered()[0].verbs) for name in ("auditcase", "banqup", "poweroffice", "generic_csv", "a", "b")
    ]
    text = printed(six, 100)
    assert max(map(len, map(str.rstrip, text.splitlines()))) <= 100
    assert text.count("\nverb ") == 1


def test_what_does_not_fit_side_by_side_stands_below_and_nothing_is_cut_off() -> None:
    narrow = printed(offered(), 60)
    assert max(map(len, narrow.splitlines())) <= 60
    assert cells_on_screen(narrow) == cells_on_screen(printed(offered(), 150))


# honest


def test_parts_done_alike_are_one_word_and_others_follow_with_a_plus() -> None:
    verbs = (
        {"verb": "end_access"},
        {"verb": "end_access", "part": "payroll"},
        {"verb": "end_access", "part": "letter", "mode": "by_hand", "provenance": None},
        {"verb": "end_access", "part": "key", "mode": "not_needed", "provenance": None},
    )
    assert a_capability(*verbs).cell(Verb.END_ACCESS) == ("automatic", "documented", "+ by hand", "+ not needed")


def test_what_a_call_could_do_is_by_hand_until_it_is_trusted() -> None:
    weak = a_capability({"verb": "sever_link", "mode": "by_hand", "provenance": "assumed"})
    assert weak.cell(Verb.SEVER_LINK) == ("by hand", "→ automatic", "assumed")


def test_a_call_that_only_asks_somebody_is_shown_as_a_ticket() -> None:
    asks = a_capability({"verb": "sever_link", "through_support": True})
    assert asks.cell(Verb.SEVER_LINK) == ("automatic", "documented", "by ticket")


def test_a_verb_that_nobody_has_is_no_row_and_one_that_somebody_lacks_is_an_empty_cell() -> None:
    one, other = a_capability({"verb": "archive"}), Capability("other", [])
    assert cells_on_screen(printed([one, other], 100)) == {
        "archive": {"plain": "automatic documented", "other": NOTHING}
    }


def test_the_legend_explains_every_word_that_is_used_and_no_other() -> None:
    words = dict(LEGEND)
    used = legend([a_capability({"verb": "archive"}, {"verb": "archive", "part": "x", "mode": "not_needed"})])
    assert [word for word, _ in used] == ["automatic", "documented", "not needed", "+"]
    everything = " ".join(cell for row in cells_on_screen(printed(offered(), 150)).values() for cell in row.values())
    assert {word for word in words if word in everything} == {word for word, _ in legend(offered())}


@pytest.mark.parametrize("verb", [*ORDER, Verb.INVITE_BACK])
def test_a_verb_without_a_manifest_entry_has_an_empty_cell(verb: Verb) -> None:
    assert Capability("plain", []).cell(verb) == (NOTHING,)


# the command


def test_what_a_connection_would_need_to_do_more_stands_in_the_json() -> None:
    assumed = Operation(name="cut", provenance=Provenance.ASSUMED, changes=True)
    known = Operation(name="look", call="GET /look", provenance=Provenance.OBSERVED)
    manifest = Manifest(
        platform="Plain",
        vendor="Somebody",
        operations=(assumed, known),
        verbs=(
            VerbSpec(verb=Verb.SEVER_LINK, operations=("look", "cut")),
            VerbSpec(verb=Verb.ARCHIVE, not_needed="no"),
        ),
    )
    (plain,) = catalogue.capabilities({"plain": manifest})
    needs = {verb["verb"]: verb["automatic_with"] for verb in plain.verbs}
    assert needs == {"sever_link": {"trust": "assumed", "operations": ["cut"]}, "archive": None}


def test_the_configured_connections_are_shown_as_they_are_configured(bank: Desk) -> None:
    shown = bank.call("connectors")
    assert shown.code == 0
    table = cells_on_screen(shown.out.partition("what your connections do")[2])
    assert table["sever_link"] == {"banqup": "automatic assumed"}
    assert "connection banqup: banqup, trust assumed" in shown.out


def test_a_connection_that_cannot_be_used_is_shown_with_the_reason(bank: Desk) -> None:
    bank.configure('connector = "banqup"', 'connector = "bankup"')
    shown = bank.call("connectors")
    assert shown.code == 0
    assert "connection banqup: no usable plugin offers this connector" in shown.out
