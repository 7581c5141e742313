"""What a platform answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from disengage.http.border import garbled
from disengage.http.calls import Call
from disengage.http.retry import Setback
from disengage.http.words import parse


@dataclass(frozen=True, eq=False)
class Answer:
    """One answer, read whole.

    Attributes:
        status: The HTTP status.
        headers: The answer's headers; names in any case.
        content: The unpacked body.
        request_id: The id we sent along, for the vendor's support.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    request_id: str
    _call: Call = field(repr=False)

    def json(self) -> Any:
        """Return the body as JSON; None where it is empty (204).

        Raises:
            UnexpectedResponseError: It is not JSON.
            OutcomeUnknownError: It is not JSON and answers a changing call.
        """
        try:
            return self._value
        except ValueError:
            raise self._unreadable().error from None

    def checked(self) -> Answer:
        """Return itself if what calls itself JSON is JSON.

        Raises:
            Setback: It is not.
        """
        bare_token = self._call.for_token and not self.content.lstrip().startswith(b"{")
        if "json" in self.headers.get("content-type", "").lower() and not bare_token:
            try:
                _ = self._value
            except ValueError:
                raise self._unreadable() from None
        return self

    @cached_property
    def _value(self) -> Any:
        return parse(self.content)

    def _unreadable(self) -> Setback:
        kind = self.headers.get("content-type", "")
        return garbled(self._call, self.content, "the answer is not the JSON it should be", kind)
