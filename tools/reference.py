"""Write the reference pages that come from the code. ``make docs``."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from disengage import errors, hookspecs
from disengage.cli.ending import code_of
from disengage.domain import lifecycle
from disengage.domain.lifecycle import FINISHED, STEP_TABLE, CaseState, StepState, WaitsFor, case_state
from disengage.domain.manifest import Manifest, Operation, VerbSpec
from disengage.domain.outcomes import Accepted, Done, NeedsPerson, NotNeeded
from disengage.domain.proposal import Link, Proposal, StepProposal
from disengage.domain.state import COMPARED, LinkState
from disengage.domain.verbs import ORDER
from disengage.engine.capabilities import legend, rows
from disengage.engine.catalogue import capabilities
from disengage.errors import DisengageError
from disengage.registry import Registry
from markdown_pages import described, doc, page, table
from reference_api import api_page, openapi
from reference_commands import commands
from reference_retention import retention_rules

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"

_WAITS = {
    WaitsFor.DATE: "the day on which it is due, in the platform's time zone",
    WaitsFor.PERSON: "its task",
    WaitsFor.PLATFORM: "a platform that has not shown the effect yet, or that is tried again later",
    WaitsFor.STEP: "another step of the same link",
    WaitsFor.APPROVAL: "the approval of the plan",
    WaitsFor.GATE: "the gate",
}
_CASES: tuple[tuple[str, tuple[str, ...], bool, bool], ...] = (
    ("no step has started, not approved", ("planned", "skipped"), False, False),
    ("no step has started, approved", ("planned", "skipped"), True, False),
    ("a step runs", ("running", "waiting", "planned"), True, False),
    ("none runs, one waits", ("waiting", "planned", "done"), True, False),
    ("one waits, and the approval fell away", ("waiting", "done"), False, False),
    ("a step was refused or failed", ("refused", "done", "waiting"), True, False),
    ("every step is done or skipped", ("done", "skipped"), True, False),
    ("somebody cancelled it", ("done", "planned"), True, True),
)


def main() -> int:
    """Write every page that differs, and say which; return 0."""
    for name, made in PAGES.items():
        file, text = FOLDER / name, made()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"wrote {file.relative_to(ROOT)}")
    return 0


# --- hooks --------------------------------------------------------------------------------------------------


def hooks() -> str:
    """Return the page of all hooks, and of the values that go through them."""
    return page(
        "Hooks",
        "For authors of connectors and of house rules. After this page you know every hook, what it is given, and what "
        "it may return or raise.",
        "Hooks are [pluggy](https://pluggy.readthedocs.io)'s, of the project `disengage`; an implementation is marked "
        "with `@disengage.hookimpl` and may leave out arguments that it does not need.",
        *_hooks(hookspecs.ModuleHooks, "Modules"),
        *_hooks(hookspecs.ConnectionHooks, "Connections"),
        "## Outcomes\n\nWhat a verb returns; trouble is a [`ConnectorError`](errors.md).",
        *(described(kind) for kind in (Done, Accepted, NeedsPerson, NotNeeded)),
        "## Values",
        *(described(kind) for kind in (Link, LinkState, Proposal, StepProposal)),
        f"Compared between observed and wanted: {', '.join(f'`{name}`' for name in COMPARED)}.",
        "## Manifest",
        *(described(kind) for kind in (Manifest, VerbSpec, Operation)),
        "The usual order of the verbs on one link: " + " → ".join(f"`{verb}`" for verb in ORDER) + ".",
    )


def _hooks(holder: type, title: str) -> list[str]:
    members = [(name, member) for name, member in vars(holder).items() if not name.startswith("_")]
    return [f"## {title}\n\n{doc(holder)[0]}", *(_hook(name, member) for name, member in members)]


def _hook(name: str, member: Callable[..., Any]) -> str:
    given = inspect.signature(member)
    arguments = [f"{p.name}: {p.annotation}" for p in given.parameters.values() if p.name != "self"]
    signature = f"{name}({', '.join(arguments)}) -> {given.return_annotation}"
    return f"### `{name}`\n\n```python\n{signature}\n```\n\n{doc(member)[0]}"


# --- errors -------------------------------------------------------------------------------------------------


def errors_page() -> str:
    """Return the page of all errors."""
    tree, _, words = (errors.__doc__ or "").partition("\n\nA message reads")
    drawn = tree.partition("\n\n")[2]
    rows = [(f"`{kind.__name__}`", doc(kind)[0], str(code_of(kind("")))) for kind in _kinds(DisengageError)]
    details = [kind for kind in _kinds(DisengageError) if "__init__" in vars(kind)]
    return page(
        "Errors",
        "For authors of connectors, and for whoever handles disengage's exit codes or `--json` complaints. After this "
        "page you know what each error means and what happens next.",
        f"```text\n{drawn}\n```",
        f"A message reads{words}".replace("``", "`"),
        "With `--json` a complaint is also printed on stdout: "
        '`{"error": {"kind": "…", "message": "…", "remedy": "…"}}`.',
        table(("Error", "Meaning", "Exit code"), rows),
        "The exit code is that of a command which such an error ends. An error of a platform while a case runs ends no "
        "command: it becomes the step's state, a task or a finding.",
        "## What they carry",
        *(described(kind) for kind in details),
    )


def _kinds(root: type[DisengageError]) -> list[type[DisengageError]]:
    below = [kind for kind in root.__subclasses__() if kind.__module__ == errors.__name__]
    return [root, *(found for kind in below for found in _kinds(kind))]


# --- states -------------------------------------------------------------------------------------------------


def states() -> str:
    """Return the page of the states of steps and cases."""
    edges: dict[tuple[StepState, StepState], list[str]] = {}
    for (state, event), after in STEP_TABLE.items():
        edges.setdefault((state, after), []).append(str(event))
    lines = [f"    {a} --> {b}: {', '.join(events)}" for (a, b), events in edges.items()]
    ends = [f"    {state} --> [*]" for state in StepState if state in FINISHED]
    diagram = "\n".join(["stateDiagram-v2", f"    [*] --> {StepState.PLANNED}", *lines, *ends])
    rows = ((f"`{a}`", f"`{event}`", f"`{b}`") for (a, event), b in STEP_TABLE.items())
    cases = ((words, f"`{_case(steps, ok, off)}`") for words, steps, ok, off in _CASES)
    assert {_case(*row[1:]) for row in _CASES} == set(CaseState)
    return page(
        "States of steps and cases",
        "For whoever reads `show`, or writes a program around `--json`. After this page you know every state and how "
        "it is reached.",
        (lifecycle.__doc__ or "").partition("\n\n")[2].replace("``", "`"),
        f"```mermaid\n{diagram}\n```",
        "## Steps\n\n" + table(("State", "Event", "State after"), rows),
        "## What a step waits for\n\n" + table(("`waits_for`", "Meaning"), ((f"`{w}`", _WAITS[w]) for w in WaitsFor)),
        "## Cases\n\nA case has no state of its own: it is a function of its steps, its approval and its cancellation."
        "\n\n" + table(("When", "State"), cases),
    )


def _case(steps: Iterable[str], approved: bool, cancelled: bool) -> CaseState:
    return case_state(map(StepState, steps), approved=approved, cancelled=cancelled)


# --- connectors ---------------------------------------------------------------------------------------------


def connectors() -> str:
    """Return the page of the connectors of this repository."""
    types = Registry().types
    return page(
        "Connectors",
        "For whoever decides which platforms to connect, and with which trust. After this page you know what each "
        "connector does by itself, what it leaves to a person, and how each of its operations is known.",
        "This is what the manifests say, as `disengage connectors show NAME` does. A plan may differ for one client, "
        "and then says why. How an operation is known: *documented* on the vendor's own pages, *observed* in working "
        "third-party code, *assumed* (neither). A connection calls by itself what is at least as well known as its "
        "`trust`; the rest is work for a person.",
        *(_connector(name, offered.manifest) for name, offered in sorted(types.items())),
    )


def capability_page() -> str:
    """Return the page with the table of verbs by platforms."""
    types = Registry().types
    columns = capabilities({name: offered.manifest for name, offered in types.items()})
    headings = [f"[{types[column.name].manifest.platform}](connectors.md#{column.name})" for column in columns]
    return page(
        "Capabilities",
        "For accountants and administrators who ask what happens by itself on which platform. After this page you "
        "know, verb by verb, what each connector does, what it leaves to a person, and how well its calls are known.",
        "This is the table that `disengage connectors` prints: what a connector does with the default trust, "
        "`documented`, and nothing but its own settings. What a connection of yours does, which may trust more or have "
        "operations configured, `disengage connectors` shows below it. Effects, reasons and sources stand with "
        "[each connector](connectors.md).",
        table(("Verb", *headings), ((f"`{verb}`", *map(_one_line, cells)) for verb, cells in rows(columns))),
        table(("Word", "Meaning"), legend(columns)),
    )


def _one_line(cell: Sequence[str]) -> str:
    """Set the lines of a terminal's cell for a page: ``by hand → automatic · assumed``, a further part below."""
    return " · ".join(cell).replace(" · → ", " → ").replace(" · + ", "<br>+ ")


def _connector(name: str, manifest: Manifest) -> str:
    facts = (
        ("Platform", f"{manifest.platform} ({manifest.vendor})"),
        ("A date is due in", manifest.time_zone or "the firm's time zone"),
        ("Finds a client by", ", ".join(f"`{scheme}`" for scheme in manifest.schemes)),
        ("A change is seen after", f"{manifest.consistency_delay.total_seconds():g} s at the latest"),
    )
    operations = ((f"`{o.name}`", _call(o), str(o.provenance), o.as_of, o.source) for o in manifest.operations)
    verbs = (
        (f"`{spec.key}`", _done(manifest, spec), _words(spec.effects), _words(spec.moves)) for spec in manifest.verbs
    )
    return "\n\n".join(
        (
            f"## `{name}`",
            table(("", ""), facts),
            table(("Verb", "How it is done", "Effects", "Changes"), verbs),
            table(("Operation", "Call", "Known", "Read on", "Source"), operations),
        )
    )


def _call(operation: Operation) -> str:
    return f"`{operation.call}`" if operation.call else "configured by you"


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _done(manifest: Manifest, spec: VerbSpec) -> str:
    if spec.not_needed:
        return f"not needed: {spec.not_needed}"
    if not spec.operations:
        return "by hand"
    configured = all(manifest.operation(name).call for name in spec.operations)
    rest = "" if configured else " and its operations configured"
    return f"automatic with trust `{manifest.provenance(spec)}`{rest}"


#: page → how it is made
PAGES: dict[str, Callable[[], str]] = {
    "api.md": api_page,
    "openapi.json": openapi,
    "commands.md": commands,
    "hooks.md": hooks,
    "errors.md": errors_page,
    "states.md": states,
    "connectors.md": connectors,
    "capabilities.md": capability_page,
    "retention-rules.md": retention_rules,
}

if __name__ == "__main__":
    sys.exit(main())
