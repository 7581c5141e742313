"""The reference page of the command line, from the commands themselves."""

from __future__ import annotations

import re
from typing import Any

import typer.main
from disengage.cli.app import app
from disengage.cli.ending import Exit
from disengage.testing import faults
from markdown_pages import page, table

_EXIT = {
    Exit.DONE: "done; for `plan`: nothing blocks",
    Exit.OUR_FAULT: "a fault of disengage itself",
    Exit.BAD_INPUT: "bad usage, configuration, input or store",
    Exit.BLOCKED: "a blocker is open, or approval is missing or stale",
    Exit.NOT_FINISHED: "not finished: something waits for a person, a date or a platform",
    Exit.FAILED: "a step failed or was refused; a platform, a plugin or the vault did not do what was asked",
    Exit.DIFFERENT: "`verify` found a difference",
}


def commands() -> str:
    """Return the page of all commands."""
    root = typer.main.get_command(app)
    codes = table(("Code", "Meaning"), ((str(int(code)), _EXIT[code]) for code in Exit))
    return page(
        "Commands",
        "For everybody who calls `disengage` or writes a script around it. After this page you know every command, its "
        "options and its exit codes.",
        "Every command takes `--config FILE`; without it, `$DISENGAGE_CONFIG` and then `./disengage.toml` is read. "
        "A command that prints takes `--json` and prints one document on stdout ([its fields](json.md)); progress, "
        "logs and complaints go to stderr. A case may be named by the beginning of its id.",
        *_commands(root, "disengage"),
        "## Exit codes\n\n" + codes,
        "Where several fit, the first of 1, 2, 6, 5, 3, 4, 0 wins. Which error ends with which code stands "
        "[with the errors](errors.md).",
        "## Environment\n\n" + table(("Variable", "Does"), _ENVIRONMENT),
        "## Faults of the simulators\n\n" + _faults(),
    )


def _faults() -> str:
    grammar, _, examples = (faults.__doc__ or "").partition("\n\n")[2].replace("``", "`").partition("\n\n")
    lines = re.findall(r"^(`[^`]+`) +(.*)$", examples, flags=re.MULTILINE)
    kinds = [(f"`{kind}`", does) for kind, does in faults.KINDS.items()] + [("a number", "answer this HTTP status")]
    return "\n\n".join((grammar, table(("For example", "Does"), lines), table(("Kind", "Does"), kinds)))


_ENVIRONMENT = (
    ("`DISENGAGE_CONFIG`", "the configuration file, where `--config` does not name one"),
    ("`DISENGAGE_LOG`", "`debug`, `info`, `warning` or `error` (default): how much is logged on stderr"),
    ("`DISENGAGE_DEBUG`", "any value: a fault of disengage itself ends in a traceback"),
    ("`DISENGAGE_BUSY_TIMEOUT_MS`", "how long a locked store is waited for; default 30000"),
)


def _commands(group: Any, path: str) -> list[str]:
    found = []
    for name, command in group.commands.items():
        whole = f"{path} {name}"
        own = not hasattr(command, "commands") or command.invoke_without_command
        found += [_command(command, whole)] if own else []
        found += _commands(command, whole) if hasattr(command, "commands") else []
    return found


def _command(command: Any, path: str) -> str:
    shown = [p for p in command.params if p.name not in ("help", "config", "as_json")]
    usage = " ".join([path.removesuffix(" CASE"), *(_usage(p) for p in shown)])  # the word stands for the argument
    options = [(f"`{_option(p)}`", _says(p)) for p in shown if p.param_type_name == "option"]
    prints = any(p.name == "as_json" for p in command.params)
    parts = [f"## `{path}`", command.help or "", f"```text\n{usage}\n```"]
    parts += [table(("Option", "Meaning"), options)] if options else []
    return "\n\n".join([*parts, "" if prints else "Has no `--json`."]).strip()


def _usage(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or f"{parameter.name.upper()}")
    word = _option(parameter) + (" …" if parameter.multiple else "")
    return word if parameter.required else f"[{word}]"


def _option(parameter: Any) -> str:
    words = "/".join([*parameter.opts, *parameter.secondary_opts])
    return words if parameter.is_flag else f"{words} {_VALUES.get(parameter.name, parameter.name.upper())}"


_VALUES = {"by": "WHO", "reason": "TEXT", "note": "TEXT", "evidence": "FILE", "value": "KEY=VALUE", "to": "DATE"}
_VALUES |= {"out": "FILE", "facts": "FILE"}
_VALUES |= {"plan_hash": "HASH", "port": "N", "faults": "SPEC", "folder": "DIR"}
_VALUES |= {"receiver": "successor|client", "form": "pdf|original", "consent": "FILE|TEXT", "keys": "KEY|FILE"}
_VALUES |= {"connections": "CONNECTION", "receipt": "FILE", "pack": "SHA256"}
_VALUES |= {"received_by": "NAME", "received_on": "DATE"}
_VALUES |= {"role": "ROLE", "shown": "TEXT"}
_VALUES |= {"company": "KEY", "redirect_uri": "URL", "timeout": "SECONDS"}


def _says(parameter: Any) -> str:
    default = "" if parameter.default in (None, "", False) or callable(parameter.default) else parameter.default
    words = f"{parameter.help or ''}{' May be given again.' if parameter.multiple else ''}"
    return f"{words} Default: `{str(default).lower()}`." if default != "" and not parameter.required else words
