"""What a simulator can be told to do wrong, and what its journal says of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from disengage.errors import InputError
from disengage.testing import Fault, parse_faults

from tests.testing.tiny import TOKEN, TinySimulator

HEADERS = {"Authorization": f"Bearer {TOKEN}", "X-Request-ID": "r1"}


@pytest.fixture
def tiny() -> Iterator[TinySimulator]:
    with TinySimulator() as simulator:
        yield simulator


def _get(tiny: TinySimulator, path: str = "/api/clients/c1") -> httpx.Response:
    return httpx.get(f"{tiny.url}{path}", headers=HEADERS, trust_env=False)


def test_one_call_of_many_is_struck(tiny: TinySimulator) -> None:
    tiny.faults.add(Fault("503", at=2, times=1, method="GET", path="/clients/c1"))
    paths = ("/api/clients?id=c1", "/api/clients/c1", "/api/clients/c1", "/api/clients/c1")
    assert [_get(tiny, path).status_code for path in paths] == [200, 200, 503, 200]


def test_the_one_line_form_names_the_call_by_its_number() -> None:
    expected = Fault("reset", times=1, at=3, chance=0.5, method="POST", path="/cut")
    assert parse_faults("tiny:resetx1#3~0.5@POST /cut", "tiny") == [expected]
    with pytest.raises(InputError):
        parse_faults("tiny:reset#@POST", "tiny")


@pytest.mark.parametrize(("inside", "expected"), [(None, [7]), (1, {"id": [7], "contact": 7})])
def test_an_answer_of_another_type_is_json_all_the_same(
    tiny: TinySimulator, inside: float | None, expected: object
) -> None:
    tiny.faults.add(Fault("wrongtype", value=inside))
    answer = _get(tiny).json()
    assert (answer if inside is None else {key: answer[key] for key in ("id", "contact")}) == expected


def test_a_change_that_is_answered_wrongly_has_happened(tiny: TinySimulator) -> None:
    tiny.faults.add(Fault("wrongtype", times=1))
    httpx.post(f"{tiny.url}/api/clients/c1/archive", headers=HEADERS, trust_env=False)
    assert [(entry.status, entry.effects, entry.request_id) for entry in tiny.journal] == [(200, 1, "r1")]
    assert tiny.effects == ["c1 archived"]


def test_an_oversized_answer_is_as_large_as_it_is_told_to_be(tiny: TinySimulator) -> None:
    tiny.faults.add(Fault("oversized", value=1000))
    assert len(_get(tiny).content) == 1002


def test_an_unreachable_simulator_refuses_connections_and_comes_back(tiny: TinySimulator) -> None:
    with httpx.Client(headers=HEADERS, trust_env=False) as client:
        assert client.get(f"{tiny.url}/api/clients/c1").status_code == 200
        with tiny.unreachable(), pytest.raises(httpx.ConnectError):
            client.get(f"{tiny.url}/api/clients/c1")
        assert client.get(f"{tiny.url}/api/clients/c1").status_code == 200
    assert len(tiny.journal) == 2


def test_whoever_listens_hears_each_call_with_its_answer(tiny: TinySimulator) -> None:
    heard = []
    tiny.heard.append(lambda call, reply: heard.append((call.method, call.path, reply.status)))
    _get(tiny)
    assert heard == [("GET", "/api/clients/c1", 200)]
