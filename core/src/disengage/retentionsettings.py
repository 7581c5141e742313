"""What may stand under ``[retention]``: the firm's own rules, and what its bags hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from disengage.domain.rules import DocumentClass
from disengage.domain.values import Frozen


class RetentionSettings(Frozen):
    """How long the firm's own copy is kept.

    Attributes:
        rules: A folder with rules of the firm's own, relative to the configuration's; empty: none.
        classes: Step → the classes of documents that its bags hold; a step that is not named: every class.
    """

    rules: str = ""
    classes: dict[str, Annotated[tuple[DocumentClass, ...], Field(min_length=1)]] = {}
