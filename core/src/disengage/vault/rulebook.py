"""The rules of retention: those shipped with disengage, one file a country, and the firm's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from disengage.domain.complaints import complain, nearest, sentence
from disengage.domain.rules import Rule
from disengage.domain.values import Frozen
from disengage.errors import ConfigurationError
from disengage.textfiles import read_toml

_SHIPPED = Path(__file__).parent / "rules"
_CORRECT = "Correct the file and run again; docs/reference/retention-rules.md names every key."


class _File(Frozen):
    """A file of rules: what stands at its top holds for every rule that does not say otherwise."""

    country: str | None = None
    as_of: date | None = None
    version: str | None = None
    rule: tuple[dict[str, Any], ...] = ()

    @property
    def common(self) -> dict[str, Any]:
        return self.model_dump(exclude={"rule"}, exclude_none=True)


def rules(own: Path | None = None) -> tuple[Rule, ...]:
    """Return every rule, the shipped ones first; the firm's own stand in place of shipped ones of the same id.

    Args:
        own: The folder with the firm's own files.

    Raises:
        ConfigurationError: The folder or a file of it cannot be used; the message names file, rule and key.
    """
    found = {rule.id: rule for rule in _in_folder(_SHIPPED, own=False)}
    if own is not None:
        found |= {rule.id: rule for rule in _in_folder(own, own=True)}
    return tuple(found.values())


def _in_folder(folder: Path, *, own: bool) -> Iterator[Rule]:
    if not folder.is_dir():
        raise ConfigurationError(
            f"The rules of retention cannot be read: there is no folder {folder}.",
            remedy="Make it, or correct 'retention.rules' in the configuration.",
        )
    seen: dict[str, Path] = {}
    for file in sorted(folder.glob("*.toml")):
        for rule in read_file(file, own=own):
            if rule.id in seen:
                raise _unusable(file, f"the rule '{rule.id}' stands in {seen[rule.id].name} already")
            seen[rule.id] = file
            yield rule


def read_file(file: Path, *, own: bool) -> tuple[Rule, ...]:
    """Return the rules of one file.

    Raises:
        ConfigurationError: It cannot be used; the message names rule and key.
    """
    try:
        read = _File.model_validate(read_toml(file, ConfigurationError, remedy=_CORRECT))
    except ValidationError as error:
        raise _unusable(file, complain(error, _File)) from None
    return tuple(_rule(file, number, read.common | given, own) for number, given in enumerate(read.rule, 1))


def _rule(file: Path, number: int, given: dict[str, Any], own: bool) -> Rule:
    name = f"rule {given['id']}" if isinstance(given.get("id"), str) else f"rule {number}"
    if "own" in given:  # said by where the file lies
        raise _unusable(file, f"'{name}.own' is not known.{nearest('own', Rule.model_fields.keys() - {'own'})}")
    try:
        return Rule.model_validate({**given, "own": own})
    except ValidationError as error:
        raise _unusable(file, complain(error, Rule, name)) from None


def _unusable(file: Path, complaint: str) -> ConfigurationError:
    return ConfigurationError(sentence(f"{file}: {complaint}"), remedy=_CORRECT)
