"""What may stand under ``[connections.NAME]`` of Banqup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Formatter
from urllib.parse import parse_qsl, quote

from disengage import ConnectionSettings, Secret, Url
from disengage.domain.complaints import nearest
from pydantic import Field, field_validator, model_validator

#: Operation → the methods it may have, and the placeholders of which one must say whom it is about.
_READ, _WRITE = ("GET", "POST"), ("POST", "PUT", "PATCH", "DELETE")
_SHAPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "find_client": (_READ, ()),
    "archive_client": (_WRITE, ("client_id", "identifier")),
    "invite_client": (_WRITE, ("client_id", "identifier")),
    "list_extensions": (_READ, ("client_id", "identifier")),
    "delete_extension": (_WRITE, ("extension_id",)),
}
OPERATIONS = tuple(_SHAPES)
PLACEHOLDERS = ("client_id", "partner_space_id", "extension_id", "identifier")
_CALL = re.compile(r"(?P<method>[A-Z]+) (?P<path>/(?!/)[^\s?#]*)(?:\?(?P<query>[^\s#]*))?")


@dataclass(frozen=True)
class Template:
    """The method and path of one configured operation, placeholders not yet filled."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def placeholders(self) -> frozenset[str]:
        """The names in braces, in path and query."""
        texts = (self.path, *(text for pair in self.query for text in pair))
        return frozenset(name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None)

    def filled(self, words: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Return path and query; what is filled into the path cannot leave its place in it."""
        safe = {name: quote(word, safe="") for name, word in words.items()}
        return self.path.format(**safe), {key: value.format(**words) for key, value in self.query}


def template(call: str) -> Template:
    """Return ``METHOD /path`` as a template.

    Raises:
        ValueError: It does not have that form, or a brace has no partner.
    """
    match = _CALL.fullmatch(call.strip())
    if match is None:
        raise ValueError("must be METHOD /path, as 'POST /partner/v1/clients/{client_id}/archive'")
    found = Template(match["method"], match["path"], tuple(parse_qsl(match["query"] or "", keep_blank_values=True)))
    try:
        names = found.placeholders
    except ValueError:
        raise ValueError("has a brace that has no partner") from None
    for name in sorted(names - set(PLACEHOLDERS)):
        raise ValueError(f"has the unknown placeholder '{{{name}}}'.{nearest(name, PLACEHOLDERS)}")
    return found


class BanqupSettings(ConnectionSettings):
    """The firm's account at Banqup.

    Attributes:
        base_url: The API's host. The vendor publishes none for production, so there is no default.
        token_path: Where tokens are handed out; two of the vendor's pages name different ones.
        client_id: The app's id.
        client_secret: The app's key.
        partner_space_id: The firm's own space, for operations that need it.
        operations: Method and path of operations whose path the vendor does not publish.
    """

    base_url: Url
    token_path: str = Field(default="/oauth2/client_credential/gettoken", pattern=r"^/[^\s?#]*$")
    client_id: str = Field(min_length=1)
    client_secret: Secret
    partner_space_id: str = ""

    @field_validator("operations")
    @classmethod
    def _operations_can_be_called(cls, operations: dict[str, str]) -> dict[str, str]:
        for name, call in operations.items():
            if name not in _SHAPES:
                raise ValueError(f"has '{name}', which is not known.{nearest(name, OPERATIONS)}")
            try:
                _fits(template(call), *_SHAPES[name])
            except ValueError as error:
                raise ValueError(f"has '{name}', which {error}") from None
        return operations

    @model_validator(mode="after")
    def _the_partner_space_is_there(self) -> BanqupSettings:
        for name, call in self.operations.items():
            if "partner_space_id" in template(call).placeholders and not self.partner_space_id:
                raise ValueError(f"lacks 'partner_space_id', which the operation '{name}' needs")
        return self

    def operation(self, name: str) -> Template:
        """Return a configured operation.

        Raises:
            KeyError: It is not configured.
        """
        return template(self.operations[name])


def _fits(found: Template, methods: tuple[str, ...], naming: tuple[str, ...]) -> None:
    if found.method not in methods:
        raise ValueError(f"must have one of the methods {', '.join(methods)}")
    if naming and found.placeholders.isdisjoint(naming):
        raise ValueError(f"must hold {' or '.join(f'{{{name}}}' for name in naming)}")
    if "extension_id" in found.placeholders and naming != ("extension_id",):
        raise ValueError("cannot know {extension_id}; only delete_extension can")
