"""Fill a template with a sheet: HTML, the same for the same sheet.

Templates are Jinja2. A firm may replace ours, so they run in a sandbox, every value is escaped by itself, and a word
that does not exist is an error that names the template's file and line.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from disengage.errors import ConfigurationError
from disengage.papers.characters import visible
from disengage.papers.sheets import Sheet
from disengage.papers.words import Words

TEMPLATES = files("disengage.papers") / "templates"
_REMEDY = "Correct the template, or take it out of the folder; 'disengage papers templates DIR' writes ours anew."


def built_in() -> Iterator[tuple[str, str]]:
    """Yield name and text of every template of ours."""
    for entry in sorted(TEMPLATES.iterdir(), key=lambda entry: entry.name):
        if entry.is_file():
            yield entry.name, entry.read_text(encoding="utf-8")


def render(sheet: Sheet, words: Words, folder: Path | None, *, spelled_out: bool = False) -> str:
    """Return the paper as one HTML page that needs nothing else.

    Args:
        sheet: What it may hold.
        words: Its language.
        folder: The firm's own templates.
        spelled_out: Characters are going to be printed as their numbers, and the paper has to say so.

    Raises:
        ConfigurationError: A template of the firm cannot be used; the message names file and line.
    """
    environment = _environment(folder)
    given = {
        "sheet": sheet,
        "spelled_out": spelled_out,
        "t": words.text,
        "named": words.named,
        "day": words.day,
        "today": words.today,
        "moment": words.moment,
        "number": words.number,
        "quote": words.quote,
        "zone": words.zone,
    }
    try:
        return environment.get_template(f"{sheet.kind}.html").render(given)
    except TemplateSyntaxError as error:
        raise _unusable(error.filename or error.name or "", error.lineno, error.message or "not a template") from None
    except (TemplateError, KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        file, line = _place(error.__traceback__, folder)
        raise _unusable(file, line, str(error) or type(error).__name__) from None


@cache
def _environment(folder: Path | None) -> ImmutableSandboxedEnvironment:
    own = [FileSystemLoader(folder)] if folder else []
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*own, FunctionLoader(_ours)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["css"] = _css
    return environment


def _ours(name: str) -> tuple[str, str, Any] | None:
    try:
        return (TEMPLATES / name).read_text(encoding="utf-8"), name, lambda: True
    except (FileNotFoundError, IsADirectoryError):
        return None


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value


def _css(text: str) -> str:
    """Return ``text`` as the inside of a CSS string that can end neither the string nor the style sheet."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in visible(text))


def _place(trace: TracebackType | None, folder: Path | None) -> tuple[str, int]:
    """Return the innermost line of a template in a traceback, as Jinja has rewritten it."""
    found = ("a template", 0)
    is_ours = partial(_is_template, folder)
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        found = (name, trace.tb_lineno) if is_ours(name) else found
        trace = trace.tb_next
    return found


def _is_template(folder: Path | None, name: str) -> bool:
    return (TEMPLATES / Path(name).name).is_file() or (folder is not None and Path(name).is_relative_to(folder))


def _unusable(file: str, line: int, why: str) -> ConfigurationError:
    return ConfigurationError(f"{file}:{line}: the template cannot be used: {why.rstrip('.')}.", remedy=_REMEDY)
