"""The command line: one face over the same calls as every other."""

from __future__ import annotations


def main() -> None:
    """Run ``disengage``; the entry point of the command."""
    from disengage.cli.app import run_app  # imported late, so that importing the package stays cheap

    run_app()
