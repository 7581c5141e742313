"""A request, and every complaint about one."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
import rfc8785
from disengage.domain.complaints import complain, nearest
from disengage.domain.request import Request, request_from
from disengage.errors import InputError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, field_validator

from tests.builders import a_request, requests

GOOD: dict[str, Any] = {
    "client": {
        "name": "Nordlys Kafé AS",
        "country": "NO",
        "identifiers": {"orgnr": "974 760 673"},
        "references": {"go": "1a2b"},
    },
    "ending": {
        "reason": "moved-to-other-firm",
        "notice_on": date(2026, 11, 22),
        "ends_on": "2026-12-31",
        "period": {"from": date(2024, 1, 1), "to": "2026-12-31"},
        "successor": {"firm": "Ny Regnskap AS", "email": "post@ny.example"},
    },
    "administrator": {"name": "Kari Nordmann", "email": "kari@nordlys.example"},
    "options": {"go": {"generation_date": date(2027, 1, 15)}},
}
LEFT_OUT = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    tables = copy.deepcopy(GOOD)
    *outer, last = path.split("/")
    table = tables
    for word in outer:
        table = table.setdefault(word, {})
    if value is LEFT_OUT:
        del table[last]
    else:
        table[last] = value
    return tables


def complaint(tables: Any) -> str:
    with pytest.raises(InputError) as caught:
        request_from(tables, "request.toml")
    assert caught.value.remedy == "Correct it and give the file again; nothing was taken."
    assert caught.value.__cause__ is None
    return caught.value.message


NO_DATE = "is not a date (write 2026-12-31)"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("ending/ends_on", LEFT_OUT, "'ending.ends_on' is missing"),
        ("ending/period", LEFT_OUT, "'ending.period' is missing"),
        ("ending", LEFT_OUT, "'ending' is missing"),
        ("client", LEFT_OUT, "'client' is missing"),
        ("client/name", LEFT_OUT, "'client.name' is missing"),
        ("administrator/email", LEFT_OUT, "'administrator.email' is missing"),
        ("client/identifiers/orgnr", "974760674", "'client.identifiers.orgnr' is not a valid orgnr of NO"),
        ("client/identifiers/orgnr", 974760674, "'client.identifiers.orgnr' must be a text"),
        ("client/identifiers", "974760674", "'client.identifiers' must be a table"),
        ("client/references/go", "   ", "'client.references.go' is empty"),
        ("client/references/go", 974760674, "'client.references.go' must be a text"),
        ("client/country", "Norway", "'client.country' must be a country's two capital letters"),
        ("client/country", "no", "'client.country' must be a country's two capital letters"),
        ("client/name", 974760674, "'client.name' must be a text"),
        ("ending/period/to", "2023-12-31", "'ending.period' ends before it starts"),
        ("ending/ends_on", "31.12.2026", f"'ending.ends_on' {NO_DATE}"),
        ("ending/ends_on", "2026-02-30", f"'ending.ends_on' {NO_DATE}"),
        ("ending/ends_on", 20261231, f"'ending.ends_on' {NO_DATE}"),
        ("ending/ends_on", 0, f"'ending.ends_on' {NO_DATE}"),
        ("ending/ends_on", "0", f"'ending.ends_on' {NO_DATE}"),
        ("ending/ends_on", 86400.0, f"'ending.ends_on' {NO_DATE}"),
        ("ending/ends_on", True, f"'ending.ends_on' {NO_DATE}"),
        ("ending/ends_on", ["2026-12-31"], f"'ending.ends_on' {NO_DATE}"),
        ("ending/ends_on", datetime(2026, 12, 31, 17, tzinfo=UTC), f"'ending.ends_on' {NO_DATE}"),
        ("ending/notice_on", "yesterday", f"'ending.notice_on' {NO_DATE}"),
        ("ending/reason", "bankrupt", "'ending.reason' must be 'moved-to-other-firm', 'client-stopped'"),
        ("ending/end_on", "2026-12-31", "'ending.end_on' is not known. Did you mean 'ends_on'?"),
        ("ending/period/form", "2026-12-31", "'ending.period.form' is not known. Did you mean 'from'?"),
        ("ending/successor/mail", "x@y.example", "'ending.successor.mail' is not known. Did you mean 'email'?"),
        ("clients", {}, "'clients' is not known. Did you mean 'client'?"),
        ("zzz", "secret words", "'zzz' is not known"),
        ("kind", "merger", "'kind' must be 'ending' or 'takeover'"),
        ("ending", "2026-12-31", "'ending' must be a table"),
        ("client", 974760674, "'client' must be a table"),
        ("options/go", "secret words", "'options.go' must be a table"),
        ("administrator/email", "kari at nordlys", "'administrator.email' is not an e-mail address"),
        ("administrator/email", "kari@nordlys.example\n", "'administrator.email' is not an e-mail address"),
    ],
)
def test_a_complaint_names_file_and_field_and_never_repeats_the_value(path: str, value: Any, said: str) -> None:
    message = complaint(changed(path, value))
    assert message.startswith("request.toml: ")
    assert said in message
    if value is not LEFT_OUT and value != {}:
        allowed = message.replace("2026-12-31)", "").replace("'client'", "")
        assert str(value).strip() not in allowed or len(str(value).strip()) < 2


def test_every_field_that_is_wrong_is_named_at_once() -> None:
    tables = changed("ending/ends_on", LEFT_OUT)
    tables["client"] |= {"country": "Norge", "naem": "Nordlys"}
    message = complaint(tables)
    assert all(name in message for name in ("'ending.ends_on'", "'client.country'", "'client.naem'"))


json_words = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just("sJ7!q-unlikely") | st.dates(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["from", "to", "go", "x"]), inner),
    max_leaves=4,
)
PLACES = """
    client client/name client/country client/identifiers client/identifiers/orgnr client/references
    ending ending/reason ending/ends_on ending/notice_on ending/period ending/period/from ending/successor
    administrator administrator/email options options/go kind extra
"""
places = st.sampled_from(PLACES.split())


@given(places, json_words)
def test_whatever_stands_where_is_taken_or_refused_and_never_repeated(path: str, value: Any) -> None:
    try:
        request_from(changed(path, value), "request.toml")
    except InputError as refused:
        said = str(refused)
        assert said.startswith("request.toml: '"), said
        assert "sJ7!q" not in said, said


def test_a_good_request_is_taken_in_its_normal_form() -> None:
    request = request_from(GOOD, "request.toml")
    assert request == a_request(
        client={"references": {"go": "1a2b"}}, options={"go": {"generation_date": date(2027, 1, 15)}}
    )
    assert request.client.identifiers == {"orgnr": "974760673"}


def has_numbers_that_json_keeps(request: Request) -> bool:
    """Leave out what reading a request file refuses."""
    try:
        return bool(request.digest)
    except rfc8785.CanonicalizationError:
        return False


@given(requests().filter(has_numbers_that_json_keeps))
def test_a_request_read_back_from_json_has_the_same_digest_and_identity(request: Request) -> None:
    again = Request.model_validate_json(request.model_dump_json(by_alias=True))
    assert (again.digest, again.identity) == (request.digest, request.identity)


@pytest.mark.parametrize(
    ("tables", "same"),
    [
        ({"options": {"go": {"generation_date": date(2027, 2, 1)}}}, True),
        ({"administrator": None}, True),
        ({"client": {"name": "Nordlys Kafe"}}, True),
        ({"ending": {"ends_on": date(2027, 12, 31)}}, False),
        ({"client": {"identifiers": {"orgnr": "923609016"}}}, False),
        ({"kind": "takeover"}, False),
    ],
)
def test_client_kind_and_end_date_make_the_case(tables: dict[str, Any], same: bool) -> None:
    assert (a_request(**tables).identity == a_request().identity) is same
    assert a_request(**tables).digest != a_request().digest


def test_a_client_without_identifiers_is_known_by_its_reference_and_else_by_its_name() -> None:
    by_reference = a_request(client={"identifiers": {}, "references": {"go": "1a2b"}})
    assert by_reference.identity["client"] == {"go": "1a2b"}
    assert a_request(client={"identifiers": {}}).identity["client"] == "Nordlys Kafé AS"


def test_a_request_is_frozen_and_gives_each_connection_its_own_options() -> None:
    request = a_request(options={"go": {"a": 1}})
    assert (request.options_for("go"), request.options_for("crm")) == ({"a": 1}, {})
    with pytest.raises(ValidationError):
        request.kind = "takeover"  # type: ignore[misc]


# --- the words of a complaint


class Inner(BaseModel, extra="forbid"):
    colour: str = ""


class Outer(BaseModel, extra="forbid"):
    inner: list[Inner] | None = None
    silent: str = ""

    @field_validator("silent")
    @classmethod
    def _refuses_without_a_word(cls, value: str) -> str:
        raise ValueError("")


def said_of(values: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(values)
    return complain(caught.value, Outer, "options.go")


def test_a_validator_without_words_still_gives_a_complaint() -> None:
    assert said_of({"silent": "x"}) == "'options.go.silent' cannot be used"


def test_an_unknown_key_deep_inside_is_named_with_its_path() -> None:
    assert said_of({"inner": [{"color": "red"}]}).startswith("'options.go.inner.0.color' is not known.")


@pytest.mark.parametrize(
    ("word", "said"),
    [("ends_no", " Did you mean 'ends_on'?"), ("zzz", ""), ("", ""), ("ends_on", " Did you mean 'ends_on'?")],
)
def test_the_nearest_word_is_named_if_it_is_near(word: str, said: str) -> None:
    assert nearest(word, ["ends_on", "period"]) == said
