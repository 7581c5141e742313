"""The tree of errors."""

from __future__ import annotations

import copy
import pickle
import re
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import disengage
import pytest
from disengage import errors
from disengage.errors import CredentialsError, DisengageError, RejectedError, RetryableError, UnexpectedResponseError
from disengage.isolation import HungError
from disengage.web.api.problems import ProblemError
from disengage.web.casepage import FilledInWrongError


def drawn() -> dict[str, str]:
    """Return each error of the drawing with the one it hangs on."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^((?:│   |    )*)(?:[├└]── )(\w+)", line)
        if found:
            del path[len(found[1]) // 4 :]
            parents[found[2]] = path[-1] if path else "DisengageError"
            path.append(found[2])
    return parents


def tree(kind: type[DisengageError]) -> list[type[DisengageError]]:
    return [kind, *(one for below in kind.__subclasses__() for one in tree(below))]


def everywhere() -> list[type[DisengageError]]:
    """Import the whole package, then return every error in it."""
    for module in walk_packages(disengage.__path__, "disengage."):
        if ".migrations" not in module.name:
            import_module(module.name)
    return [kind for kind in tree(DisengageError) if kind.__module__.startswith("disengage.")]


def test_the_drawing_is_the_tree() -> None:
    coded = {
        kind.__name__: kind.__base__.__name__
        for kind in tree(DisengageError)
        if kind.__module__ == "disengage.errors" and kind is not DisengageError and kind.__base__
    }
    assert drawn() == coded


def test_no_error_stands_outside_the_tree_but_those_that_only_one_floor_sees() -> None:
    outside = {kind for kind in everywhere() if kind.__module__ != "disengage.errors"}

    assert outside == {HungError, ProblemError, FilledInWrongError}


#: A problem is an answer of the API and is never recorded.
RECORDED = [kind for kind in everywhere() if kind is not ProblemError]
ARGUMENTS: dict[type[DisengageError], dict[str, Any]] = {
    RetryableError: {"retry_after": 12.5},
    CredentialsError: {"code": "invalid_grant"},
    RejectedError: {"status": 409, "code": "CLIENT_LOCKED"},
    UnexpectedResponseError: {"sample": '{"id": "text"}'},
}


@pytest.mark.parametrize("kind", RECORDED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("copied", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_every_error_survives_pickling_with_all_it_says(kind: type[DisengageError], copied: Any) -> None:
    error = kind("Go: the call failed: too many calls.", remedy="Wait a while.", **ARGUMENTS.get(kind, {}))
    error.add_note("seen by a test")
    again = copied(error)
    assert type(again) is kind
    assert vars(again) == vars(error)
    assert again.args == error.args == ("Go: the call failed: too many calls.",)
    assert str(again) == "Go: the call failed: too many calls. Wait a while."


@pytest.mark.parametrize("kind", RECORDED, ids=lambda kind: kind.__name__)
def test_every_error_says_what_it_means_and_has_a_remedy_to_give(kind: type[DisengageError]) -> None:
    assert kind.__doc__
    assert str(kind("It failed: why.")) == "It failed: why."
    assert kind("It failed: why.").remedy == ""
