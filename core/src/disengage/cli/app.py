"""The command line as a whole. Each command opens what it needs when it runs, so that the help page comes at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import NoReturn

from typer.exceptions import TyperException
from typer.main import get_command

from disengage.cli.common import app
from disengage.cli.ending import Exit, complain
from disengage.errors import DisengageError, InputError

#: Each adds its commands, in the order of the help page.
COMMANDS = (
    "setting_up", "doing", "serving", "people", "steering", "retention", "proving", "handing_over", "papers",
    "persons", "trying",
)  # fmt: skip
for name in COMMANDS:
    import_module(f"disengage.cli.{name}")


def run_app() -> NoReturn:
    """Run the command line; no traceback ever reaches a user."""
    as_json = "--json" in sys.argv
    try:
        _must_be_text(sys.argv[1:])
        # Only for programs is typer kept from printing its own complaint about usage, and from leaving by itself.
        code = _command()(standalone_mode=not as_json)
    except DisengageError as error:
        sys.exit(complain(error, as_json=as_json))
    except TyperException as error:
        misuse = InputError(error.format_message(), remedy="See what the command takes with --help.")
        sys.exit(complain(misuse, as_json=as_json))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.DONE)
    except Exception as error:
        if os.environ.get("DISENGAGE_DEBUG"):
            raise
        fault = DisengageError(
            f"This is a fault of disengage itself ({type(error).__name__}).",
            remedy="Nothing was lost. Run it again with DISENGAGE_DEBUG=1 and report what it prints.",
        )
        sys.exit(complain(fault, as_json=as_json))
    sys.exit(code or Exit.DONE)


@cache
def _command() -> Callable[..., int | None]:
    """Return the whole command line, built once a process."""
    return get_command(app)


def _must_be_text(arguments: Sequence[str]) -> None:
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise InputError(
                f"Argument {number} of the command is not text in UTF-8.", remedy="Write it again, or rename the file."
            ) from None
