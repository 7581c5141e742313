"""The whole document, called with what fits it and what does not: no fault, and no answer that it does not tell of."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from disengage.domain.rights import Person, Right, Role
from disengage.engine.legalhold import hold
from disengage.store.apitokens import ApiToken
from disengage.web.access.tokens import BEGINNING
from disengage.web.api.application import described
from disengage.web.api.once import KEY
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks as of_openapi

from tests.api.programs import EVERY_ROLE, Program, program
from tests.web.firm import Firm

schema = schemathesis.openapi.from_dict(described())
schema.config.seed = 4711
schema.config.phases.coverage.unexpected_methods = set()  # tests/api/test_access.py has them all

#: Whoever calls this has nothing left to call the others for.
ENDS = ("/cases/{case}/cancel", "/tasks/{task}/decline")
_COUNT = itertools.count(1)
CHECKS = [
    checks.not_a_server_error,
    of_openapi.status_code_conformance,
    of_openapi.content_type_conformance,
    of_openapi.response_headers_conformance,
    of_openapi.response_schema_conformance,
    of_openapi.negative_data_rejection,
]


def so_many(examples: int) -> settings:
    """Return how the same examples are drawn in every run."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


#: Known before there is a firm, since calls are made up before there is one, too.
TOKEN = f"{BEGINNING}{'a' * 43}"


@schema.auth(retry_on=[])
class Carried:
    """The token of whoever calls."""

    def get(self, case: schemathesis.Case, ctx: Any) -> str:
        return TOKEN

    def set(self, case: schemathesis.Case, data: str, ctx: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@pytest.fixture(scope="module")
def caller(firm: Firm) -> Program:
    """Give somebody who may do everything, and the token that the calls carry."""
    made = program(firm, *EVERY_ROLE)
    store, now = firm.workplace.store, firm.workplace.now()
    ends = now + timedelta(days=1)
    token = ApiToken(id="t-1", person=made.name, label="", scopes=frozenset(Right), made_at=now, expires_at=ends)
    store.api_tokens.add(token, TOKEN)
    return made


@pytest.fixture(scope="module")
def there(firm: Firm) -> dict[str, str]:
    """Give what stands in the place of names that were made up: a case under way with a task, a bag and a hold."""
    store, case = firm.workplace.store, firm.desk.planned()
    hold(firm.workplace, case, "Anna", "A court asks for it.")
    store.people.add(Person(name="somebody", roles=frozenset({Role.VIEWER})))
    firm.work()
    (task,) = [task.id for _, task in store.agenda.open_tasks()]
    named = {"name": "crm", "kind": "input", "person": "somebody", "bag": "1", "file": "1", "number": "1"}
    return {"case": case, "task": task, **named}


@schema.parametrize()
@so_many(2)
def test_every_answer_is_as_the_document_says(
    case: schemathesis.Case, firm: Firm, caller: Program, there: dict[str, str]
) -> None:
    _call(case, firm, there)


@pytest.mark.torture
@schema.parametrize()
@so_many(60)
def test_every_answer_to_very_many_calls_is_as_the_document_says(
    case: schemathesis.Case, firm: Firm, caller: Program, there: dict[str, str]
) -> None:
    _call(case, firm, there)


def _call(case: schemathesis.Case, firm: Firm, there: dict[str, str]) -> None:
    """Call, most times, what is really there, and as a call of its own."""
    given = case.path_parameters
    for name in given.keys() & there.keys():
        if (
            _is_good(case, ParameterLocation.PATH)
            and case.operation.path not in ENDS
            and sum(map(ord, str(given[name]))) % 4
        ):
            given[name] = there[name]
    if KEY in case.headers and _is_good(case, ParameterLocation.HEADER):
        case.headers[KEY] = f"key-{next(_COUNT)}"  # the same few are made up again and again
    case.call_and_validate(base_url=f"{firm.server.url}/api/v1", checks=CHECKS)


def _mostly(made_up: Any) -> bool:
    return sum(map(ord, str(made_up))) % 5 > 0


def _is_good(case: schemathesis.Case, part: Any) -> bool:
    """Return whether that part of a call is as the document asks."""
    found = case.meta.components.get(part) if case.meta else None
    return found is None or found.mode.is_positive
