"""What may stand under ``[papers]``: how the firm's papers look, and in which language they are by themselves."""

from __future__ import annotations

from disengage.domain.request import Language
from disengage.domain.values import Frozen


class PapersSettings(Frozen):
    """The firm's own papers.

    Attributes:
        language: Where neither the client nor its country says one; None: English.
        letterhead: Lines under the firm's name: address, registration, telephone.
        logo: A PNG file, relative to the configuration's folder; empty: none.
        templates: A folder whose templates replace ours of the same name; empty: none.
    """

    language: Language | None = None
    letterhead: tuple[str, ...] = ()
    logo: str = ""
    templates: str = ""
