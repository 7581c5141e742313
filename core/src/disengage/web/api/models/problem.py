"""A problem, as RFC 9457 shapes it."""

from __future__ import annotations

from disengage.web.api.models.base import Told


class Wrong(Told):
    """One thing that is wrong with what was sent.

    Attributes:
        field: The field, by its dotted path; absent where it is about a whole line.
        file: The file.
        line: The line of the file.
        message: What is wrong with it.
    """

    field: str | None = None
    file: str | None = None
    line: int | None = None
    message: str


class Problem(Told):
    """Why a call was not carried out.

    Attributes:
        type: Which kind of problem it is; never changes.
        title: The same in words, always the same.
        status: The HTTP status.
        detail: What failed, and why.
        remedy: What to do about it; empty where nothing is to be done.
        errors: What is wrong with the input, piece by piece.
    """

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    errors: list[Wrong] = []


class ProblemKind(Told):
    """One kind of problem.

    Attributes:
        meaning: When it comes, and what to do.
    """

    type: str
    title: str
    status: int
    meaning: str


class ProblemKinds(Told):
    """Every kind of problem."""

    problems: list[ProblemKind]
