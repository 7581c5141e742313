"""The whole document, called with what fits it and what does not: no fault, and no answer that it does not tell of."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from disengage.web.api.application import described
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as of_openapi

from tests.api.programs import EVERY_ROLE, Program, program
from tests.web.firm import Firm

schema = schemathesis.openapi.from_dict(described())
schema.config.seed = 4711

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


@schema.auth()
class Carried:
    """The token of whoever calls."""

    token = ""

    def get(self, case: schemathesis.Case, ctx: Any) -> str:
        return Carried.token

    def set(self, case: schemathesis.Case, data: str, ctx: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@pytest.fixture(scope="module")
def caller(firm: Firm) -> Program:
    made = program(firm, *EVERY_ROLE)
    Carried.token = made.token
    return made


@pytest.fixture(scope="module")
def there(firm: Firm) -> dict[str, Any]:
    """Give what stands in the place of names that were made up."""
    return {"case": firm.plan()["case"], "name": "crm"}


@schema.parametrize()
@so_many(3)
def test_every_answer_is_as_the_document_says(
    case: schemathesis.Case, firm: Firm, caller: Program, there: dict[str, Any]
) -> None:
    _call(case, firm, there)


@pytest.mark.torture
@schema.parametrize()
@so_many(60)
def test_every_answer_to_very_many_calls_is_as_the_document_says(
    case: schemathesis.Case, firm: Firm, caller: Program, there: dict[str, Any]
) -> None:
    _call(case, firm, there)


def _call(case: schemathesis.Case, firm: Firm, there: dict[str, Any]) -> None:
    """Call, every other time, what is really there."""
    given = case.path_parameters
    for name in given.keys() & there.keys():
        if _is_good(case, schemathesis.core.parameters.ParameterLocation.PATH) and sum(map(ord, given[name])) % 4:
            given[name] = there[name]
    case.call_and_validate(base_url=f"{firm.server.url}/api/v1", checks=CHECKS)


def _is_good(case: schemathesis.Case, part: Any) -> bool:
    """Return whether that part of a call is as the document asks."""
    found = case.meta.components.get(part) if case.meta else None
    return found is None or found.mode.is_positive
