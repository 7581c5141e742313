"""What an accountant reads: plans, cases, tasks, results. Proof is never shown for more than it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from disengage.domain.case import Case, CaseLink, Step, Task
from disengage.domain.difference import Difference, diff
from disengage.domain.evidence import Proof
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import CaseState, WaitsFor
from disengage.domain.state import NO_END
from disengage.domain.verbs import Mode, Verb

#: Columns from which the steps have a column for everything.
WIDE = 120

_STATE = {
    "planned": "dim",
    "approved": "cyan",
    "waiting": "yellow",
    "running": "cyan",
    "attention": "red",
    "closed": "green",
    "done": "green",
    "skipped": "dim",
    "refused": "red",
    "failed": "red",
    "cancelled": "dim",
}
_PROOF = {
    "verified": "[green]verified[/] (read back)",
    "receipt": "[cyan]receipt[/] (the platform says so)",
    "stated": "[yellow]stated[/] (a person says so)",
}
_SEVERITY = {"blocker": "[red]blocker[/]", "warning": "[yellow]warning[/]", "notice": "[blue]notice[/]"}
_GRAVE = frozenset({"irreversible", "destroys-data", "removes-our-access", "costs-money"})
_WAITS = {
    "date": " for its date",
    "person": " for a person",
    "platform": " for the platform",
    "step": ", after an earlier step",
    "approval": ", after approval",
    "gate": " for the gate",
}


def wide_console() -> Console:
    """Return a console that is wide enough for tables where the output is no terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=max(console.width, 150))
    return console


def plans(cases: Sequence[Case], *, notices: bool = True) -> None:
    """Print each planned case, and what to do next; without ``notices`` they are only counted."""
    console = wide_console()
    for case in cases:
        console.print(_head(case))
        console.print(*_body(case, notices=notices), sep="\n")
        console.print(_next(case), "")


def case(case: Case) -> None:
    """Print one case."""
    console = wide_console()
    console.print(_head(case))
    console.print(*_body(case), sep="\n")
    if case.tasks:
        console.print(_tasks([(case, task) for task in case.tasks]))
    console.print(_next(case))


def results(cases: Sequence[Case]) -> None:
    """Print what ``run`` came to."""
    console = wide_console()
    for case in cases:
        console.print(_head(case))
        console.print(StepsTable(case))
        console.print(*_findings(case, notices=False), sep="\n")
        console.print(_next(case), "")
    if not cases:
        console.print("Nothing to do: no case is open.")


def _head(case: Case) -> Text:
    request = case.request
    head = Text.assemble(
        (request.client.name, "bold"),
        f"  {case.id}  ends on {request.ending.ends_on}  ",
        (str(case.state), _STATE[str(case.state)]),
    )
    if case.plan_hash:
        approvals = len([a for a in case.approvals if a.plan_hash == case.plan_hash])
        head.append(f"\nplan {case.plan_hash[:19]}…  approved by {approvals} of {case.needed}", "dim")
    if not case.fresh:
        head.append("  the platforms changed since it was approved", "red")
    return head


def _body(case: Case, *, notices: bool = True) -> list[RenderableType]:
    parts: list[RenderableType] = [link_differences(case.links)] if case.links else []
    if case.steps:
        parts.append(StepsTable(case))
    return [*parts, *_findings(case, notices=notices)]


def link_differences(links: Iterable[CaseLink]) -> Table:
    """Return observed → wanted, one row per thing that is to change."""
    table = Table(title="observed → wanted", title_justify="left", title_style="bold")
    for heading in ("connection", "what", "observed", "wanted"):
        table.add_column(heading, overflow="fold")
    for link in links:
        found = diff(link.observed, link.wanted)
        for number, difference in enumerate(found):
            name = f"{link.id} ({link.connector})" if number == 0 else ""
            table.add_row(name, *_difference(difference))
        if not found:
            table.add_row(f"{link.id} ({link.connector})", "[green]nothing is left to change[/]", "", "")
    return table


def _difference(difference: Difference) -> tuple[str, str, str]:
    what = difference.field.replace("_", " ") + (f" {difference.key}" if difference.key else "")
    observed = _value(difference.observed) if difference.known else "[dim]the platform cannot tell[/]"
    return escape(what), observed, _value(difference.wanted)


def _value(value: object) -> str:
    if value in (None, str(NO_END)):
        return "no end"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return escape(", ".join(f"{key} until {until}" for key, until in value.items()))
    if isinstance(value, list | tuple):
        return escape(", ".join(map(str, value))) or "none"
    return escape(str(value)) or "empty"


class StepsTable:
    """The steps with how they are done, their effects, where they stand and their proof.

    What is not needed stands below the table, each with its reason. On a narrow terminal all that belongs to a step
    stands in one cell, so that nothing is cut off.
    """

    def __init__(self, case: Case) -> None:
        self.case = case

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as there is room."""
        started = any(step.attempts for step in self.case.steps)
        wide = options.max_width >= WIDE
        headings = ("how", "due", "effects", *(("state", "proof") if started else ())) if wide else ("",)
        table = Table(title="steps", title_justify="left", title_style="bold", show_header=wide)
        table.add_column("step", no_wrap=True)
        for heading in headings:
            table.add_column(heading)
        connection = ""
        for step in _needed(self.case):
            if connection and step.connection != connection:
                table.add_section()
            connection = step.connection
            table.add_row(step.id, *(_cells(step, started=started) if wide else [_cell(step, started=started)]))
        yield table
        left_out = [step for step in self.case.steps if step not in _needed(self.case)]
        yield from (Text(f"not needed  {step.id}: {step.reason}", "dim") for step in left_out)


def _cells(step: Step, *, started: bool) -> list[str]:
    planned = [_how(step), str(step.due or "at once"), _effects(step)]
    return [*planned, _stands(step), _proof(step)] if started else planned


def _cell(step: Step, *, started: bool) -> str:
    """Return in one cell what matters now: the effects before anything began, then where it stands."""
    planned = f"{_how(step)}, {step.due or 'at once'}"
    lines = [_stands(step), _proof(step)] if started else [planned, _effects(step)]
    return "\n".join(filter(None, [*([planned] if started and not step.finished else []), *lines]))


def _needed(case: Case) -> list[Step]:
    return [step for step in case.steps if step.mode is not Mode.NOT_NEEDED or step.proof]


def _how(step: Step) -> str:
    if step.mode is Mode.NOT_NEEDED:
        return escape(step.reason)
    return {"automatic": "automatic", "by_hand": "[yellow]by a person[/]"}[str(step.mode)]


def _effects(step: Step) -> str:
    return " ".join(f"[red]{effect}[/]" if effect in _GRAVE else str(effect) for effect in step.effects)


def _stands(step: Step) -> str:
    state = f"[{_STATE[str(step.state)]}]{step.state}[/]"
    if step.waits_for:
        state += f"{_WAITS[str(step.waits_for)]}"
    tries = f", tried {step.attempts} times" if step.attempts > 1 and step.mode is Mode.AUTOMATIC else ""
    said = step.outcome if step.outcome != "waits for a person" and step.mode is not Mode.NOT_NEEDED else ""
    return f"{state}{tries}" + (f"\n[dim]{escape(said)}[/]" if said else "")


#: How a check of the kept history ended → its colour.
_VERDICT = {"sound": "green", "wrong": "red", "not_checked": "yellow"}


def _proof(step: Step) -> str:
    proof = _PROOF[str(step.proof)] if step.proof else ""
    if step.proof is Proof.VERIFIED and step.verb is Verb.RETAIN_HISTORY:
        proof = "[green]verified[/] (checksums)"
    return "\n".join(filter(None, [proof, _checks(step)]))


def _checks(step: Step) -> str:
    """Return how many checks of the history that a step kept ended how; nothing where none was made."""
    found = [f"[{_VERDICT[word]}]{n} {word.replace('_', ' ')}[/]" for word, n in step.checked.items() if n]
    return f"checks: {', '.join(found)}" if found else ""


def _findings(case: Case, *, notices: bool) -> list[RenderableType]:
    """Return the findings, the gravest first; where notices were read before, only how many there are."""
    order = list(_SEVERITY)
    shown = [f for f in case.findings if notices or f.severity is not Severity.NOTICE]
    lines: list[RenderableType] = [_finding(f) for f in sorted(shown, key=lambda f: order.index(str(f.severity)))]
    left_out = len(case.findings) - len(shown)
    if left_out:
        lines.append(f"{_SEVERITY['notice']} {counted(left_out, 'notice')}: read them with disengage show {case.id}")
    return lines


def _finding(finding: Finding) -> RenderableType:
    where = f" {finding.connection}" if finding.connection else ""
    head = Text.from_markup(f"{_SEVERITY[str(finding.severity)]}{where}: {escape(finding.message)}")
    detail = [Text(finding.remedy, "dim")] if finding.remedy else []
    source = [Text(f"source: {finding.source}", "dim")] if finding.source else []
    return Group(head, *(Padding(line, (0, 0, 0, 4)) for line in (*detail, *source)))


def _next(case: Case) -> str:
    if case.state in (CaseState.CLOSED, CaseState.CANCELLED):
        return f"Nothing is left to do. Check it at any time: disengage verify {case.id}"
    if case.blockers and all(finding.code.startswith("history_") for finding in case.blockers):
        return f"[red]Blocked.[/] Do what the blockers above say. Then: disengage run {case.id}"
    if case.blockers:
        return "[red]Blocked.[/] Clear the blockers above, then plan again."
    if not case.approved:
        return f"Next: disengage approve {case.id} --by WHO --plan {case.plan_hash}"
    if any(task.state == "open" for task in case.tasks):
        return "Next: disengage tasks"
    dates = [step.due for step in case.steps if step.waits_for is WaitsFor.DATE and step.due]
    if dates and not any(step.waits_for is WaitsFor.PLATFORM for step in case.steps):
        return f"Nothing to do until {min(dates)}. Then: disengage run {case.id}"
    return f"Next: disengage run {case.id}"


def cases(found: Sequence[Case], left_out: int) -> None:
    """Print cases, a line each, and how many finished ones are not among them."""
    table = Table()
    for heading in ("case", "client", "ends on", "state", "steps done", "open tasks"):
        table.add_column(heading, overflow="fold")
    for case in found:
        needed = [step for step in case.steps if step.mode is not Mode.NOT_NEEDED]
        done = sum(step.finished for step in needed)
        tasks = sum(task.state == "open" for task in case.tasks)
        state = f"[{_STATE[str(case.state)]}]{case.state}[/]"
        row = (case.id, escape(case.request.client.name), str(case.request.ending.ends_on), state)
        table.add_row(*row, f"{done} of {len(needed)}", str(tasks or ""))
    console = wide_console()
    if found:
        console.print(table)
    elif not left_out:
        console.print("There is no case to show. Plan one: disengage plan request.toml")
    if left_out:
        console.print(f"{counted(left_out, 'older finished case')} not shown: disengage cases --all")


def tasks(found: Sequence[tuple[Case, Task]]) -> None:
    """Print open tasks, a line each."""
    console = wide_console()
    console.print(_tasks(found) if found else "No task is open.")


def _tasks(found: Iterable[tuple[Case, Task]]) -> Table:
    table = Table(title="tasks", title_justify="left", title_style="bold")
    for heading in ("task", "due", "connection", "client", "what", "state"):
        table.add_column(heading, overflow="fold")
    for case, task in found:
        name = escape(case.request.client.name)
        table.add_row(task.id, str(task.due or ""), task.connection, name, escape(task.title), str(task.state))
    return table


def task(case: Case, task: Task) -> None:
    """Print what to do and what to bring back."""
    console = wide_console()
    console.print(f"[bold]{task.id}[/]  {escape(case.request.client.name)}  {task.state}, due {task.due or 'any time'}")
    console.print(task.instructions, markup=False, soft_wrap=True)
    if task.bring:
        console.print("\n[bold]Bring back[/]")
    for item in task.bring:
        choices = f" ({' or '.join(item.choices)})" if item.choices else ""
        console.print(
            f"  {item.key}: {item.kind}{choices}{'' if item.required else ', optional'}  {escape(item.label)}"
        )
    if task.state == "open":
        options = "".join(
            f" --evidence {item.key}=FILE" if item.kind == "file" else f" --value {item.key}=…"
            for item in task.bring
            if item.required
        )
        console.print(f"\nWhen it is done: disengage task done {task.id} --by WHO{options}")


def counted(number: int, what: str) -> str:
    """Return a number with its word, in the plural where there is not one."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
