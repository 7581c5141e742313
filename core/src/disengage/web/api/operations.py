"""Operations: every address of the API, with the right that it takes, and how it may be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from disengage.domain.rights import Right

Answer = TypeVar("Answer", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """One method at one address.

    Attributes:
        method: ``GET`` changes nothing; ``POST``, ``PUT`` and ``DELETE`` usually do.
        path: Below ``/api/v1``.
        needs: The right it takes.
        answer: What answers. Runs on a thread of its own and may block.
        model: What a success looks like.
        status: The status of a success.
        there_already: The status of a success that found done what was asked; 0: there is none.
        changes: Something is changed: it takes an idempotency key.
        of_case: It honours ``If-Match`` with the ``ETag`` of its case.
        form: The parts of the form that it takes: name → schema; None: it takes JSON or nothing.
        form_needs: The parts without which nothing is done.
        form_more: What any other part is.
        keeps_answer: The answer is kept with the key; files and secrets are not.
        again: Whether it may run again where nobody knows if it ran: then the engine itself refuses what was done.
        file: The answer is a file.
        tag: Under which heading it is described.
    """

    method: str
    path: str
    needs: Right
    answer: Callable[..., Any]
    model: type[BaseModel] | None
    status: int = 200
    there_already: int = 0
    changes: bool = False
    of_case: bool = False
    form: Mapping[str, Any] | None = None
    form_needs: tuple[str, ...] = ()
    form_more: Mapping[str, Any] | None = None
    keeps_answer: bool = True
    again: bool = True
    file: bool = False
    tag: str = ""

    @property
    def name(self) -> str:
        """Its name, unique in the whole API."""
        return self.answer.__name__


@dataclass
class Operations:
    """The operations of one resource.

    Args:
        tag: The heading under which they are described.
    """

    tag: str
    _all: list[Operation] = field(default_factory=list)

    def __iter__(self) -> Iterator[Operation]:
        """Yield them in order."""
        return iter(self._all)

    def get(self, path: str, needs: Right, model: type[BaseModel] | None, **more: Any) -> Callable[[Answer], Answer]:
        """Have a function answer ``GET``."""
        return self._at("GET", path, needs, model, **more)

    def ask(self, path: str, needs: Right, model: type[BaseModel] | None, **more: Any) -> Callable[[Answer], Answer]:
        """Have a function answer a ``POST`` that changes nothing: what is asked does not belong into an address."""
        return self._at("POST", path, needs, model, **more)

    def post(self, path: str, needs: Right, model: type[BaseModel] | None, **more: Any) -> Callable[[Answer], Answer]:
        """Have a function answer a ``POST`` that changes something."""
        return self._at("POST", path, needs, model, changes=True, **more)

    def _at(
        self, method: str, path: str, needs: Right, model: type[BaseModel] | None, **more: Any
    ) -> Callable[[Answer], Answer]:
        def put(answer: Answer) -> Answer:
            self._all.append(Operation(method, path, needs, answer, model, tag=self.tag, **more))
            return answer

        return put
