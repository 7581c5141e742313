"""What a connector author imports: secrets, URLs, options, and the base class."""

from __future__ import annotations

import copy
import pickle
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from disengage import (
    ConnectionSettings,
    Connector,
    Effect,
    Firm,
    Instructions,
    Link,
    LinkState,
    Manifest,
    Mode,
    NoOptions,
    Operation,
    Proposal,
    Provenance,
    Secret,
    StepProposal,
    Surroundings,
    Url,
    Verb,
    VerbSpec,
)
from disengage.connector import is_loopback, options_from
from disengage.domain.values import Frozen
from disengage.errors import ConfigurationError, CredentialsError, InputError
from pydantic import BaseModel, ValidationError

from tests.builders import a_request

CLEAR = "hunter2-in-clear"


class Keys(BaseModel):
    secret: Secret
    url: Url = "https://vendor.example"


def refused(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Keys.model_validate({"secret": {"env": "X"}, **values})
    return str(caught.value.errors(include_url=False, include_input=False, include_context=False)[0]["msg"])


# --- secrets


@pytest.mark.parametrize(
    "written",
    [
        CLEAR,
        "",
        None,
        7,
        {},
        {"env": ""},
        {"env": 7},
        {"value": CLEAR},
        {"env": "A", "file": "b"},
        {"keyring": None},
        ["env", "A"],
    ],
)
def test_a_secret_is_named_by_exactly_one_place_and_never_in_clear(written: Any) -> None:
    message = refused(secret=written)
    assert '{ env = "NAME" }' in message
    assert CLEAR not in message


def test_a_secret_is_read_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Keys.model_validate({"secret": {"env": "DISENGAGE_TEST_KEY"}}).secret
    with pytest.raises(CredentialsError, match="No secret was found at env 'DISENGAGE_TEST_KEY'"):
        secret.reveal()
    monkeypatch.setenv("DISENGAGE_TEST_KEY", "one")
    assert secret.reveal() == "one"
    monkeypatch.setenv("DISENGAGE_TEST_KEY", "two")
    assert secret.reveal() == "two"


@pytest.mark.parametrize("content", [b"token\n", b"  token  ", b"\xef\xbb\xbftoken\r\n"])
def test_a_secret_in_a_file_counts_from_the_folder_and_has_no_blanks_around(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    secret = Keys.model_validate({"secret": {"file": "key"}}, context={"folder": tmp_path}).secret
    assert secret.reveal() == "token"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\x00token"])
def test_a_file_without_a_readable_secret_is_no_secret(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(CredentialsError) as caught:
        Secret("file", "key", tmp_path).reveal()
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("name", ["gone", ".", "no\0name"])
def test_a_file_that_cannot_be_read_is_no_secret(tmp_path: Path, name: str) -> None:
    with pytest.raises(CredentialsError):
        Secret("file", name, tmp_path).reveal()


def a_keyring(answer: Any) -> dict[str, ModuleType]:
    """Return modules that stand in for the optional package, which is not installed here."""
    keyring, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]

    def get_password(service: str, name: str) -> Any:
        if answer == "locked":
            raise type("KeyringLocked", (errors.KeyringError,), {})(CLEAR)
        return answer and f"{answer} of {service} {name}"

    keyring.errors, keyring.get_password = errors, get_password  # type: ignore[attr-defined]
    return {"keyring": keyring, "keyring.errors": errors}


def test_a_secret_comes_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in a_keyring("token").items():
        monkeypatch.setitem(sys.modules, name, module)
    assert Secret("keyring", "go/firm/key").reveal() == "token of go firm/key"


@pytest.mark.parametrize("answer", [None, "locked"])
def test_a_keyring_that_gives_nothing_is_no_secret(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> None:
    for name, module in a_keyring(answer).items():
        monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(CredentialsError) as caught:
        Secret("keyring", "go/key").reveal()
    assert CLEAR not in str(caught.value)


def test_a_keyring_that_is_not_installed_is_a_fault_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="keyring is not installed"):
        Secret("keyring", "go/key").reveal()


def test_a_secret_shows_its_place_and_not_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISENGAGE_TEST_KEY", CLEAR)
    keys = Keys.model_validate({"secret": {"env": "DISENGAGE_TEST_KEY"}})
    keys.secret.reveal()
    shown = [str(keys), repr(keys.secret), keys.model_dump_json(), str(keys.model_dump(mode="json"))]
    shown += [repr(copy.deepcopy(keys.secret)), str(pickle.dumps(keys.secret)), f"{keys.secret}"]
    assert all("DISENGAGE_TEST_KEY" in text for text in shown)
    assert not any(CLEAR in text for text in shown)


# --- addresses


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://goapi.vendor.example/v2/", "https://goapi.vendor.example/v2"),
        ("HTTPS://vendor.example", "HTTPS://vendor.example"),
        ("https://vendor.example:8443/ac/api", "https://vendor.example:8443/ac/api"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_https_and_loopback_are_accepted(written: str, kept: str) -> None:
    assert Keys.model_validate({"secret": {"env": "X"}, "url": written}).url == kept


@pytest.mark.parametrize(
    "written",
    [
        "http://vendor.example",
        "http://localhost.vendor.example",
        "http://127.0.0.1.vendor.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "ftp://vendor.example",
        "vendor.example",
        "//vendor.example",
        "https://",
        "https:///path",
        "",
        f"https://user:{CLEAR}@vendor.example",
        "https://user@vendor.example",
        f"https://user:{CLEAR}",
        "https://vendor.example:99999",
        "https://[::1",
        "https://vendor.example/a b",
        " https://vendor.example",
        "https://vendor.example\n",
        "https://vendor.\texample",
        7,
        None,
    ],
)
def test_everything_else_is_refused_without_being_repeated(written: Any) -> None:
    assert CLEAR not in refused(url=written)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("", False), (None, False)],
)
def test_loopback_is_this_machine(host: str | None, loopback: bool) -> None:
    assert is_loopback(host) is loopback


# --- options


class Options(Frozen):
    generation_date: date | None = None
    keep: bool = False


def test_options_are_read_as_the_connector_knows_them() -> None:
    request = a_request(options={"go": {"generation_date": "2027-01-15", "keep": True}})
    assert options_from(Options, request, "go") == Options(generation_date=date(2027, 1, 15), keep=True)
    assert options_from(Options, request, "crm") == Options()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"generation_dat": "2027-01-15"}, "'options.go.generation_dat' is not known. Did you mean 'generation_date'?"),
        ({"generation_date": CLEAR}, "'options.go.generation_date' is not a date"),
        ({"keep": CLEAR}, "'options.go.keep' must be true or false"),
        ({"keep": {"x": CLEAR}}, "'options.go.keep' must be true or false"),
    ],
)
def test_options_that_cannot_be_used_are_named_and_not_repeated(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        options_from(Options, a_request(options={"go": options}), "go")
    assert said in caught.value.message
    assert CLEAR not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_connector_without_options_takes_none() -> None:
    with pytest.raises(InputError, match=r"'options\.go\.keep' is not known"):
        options_from(NoOptions, a_request(options={"go": {"keep": True}}), "go")


# --- the base class

BY_HAND = Instructions(
    verb=Verb.SEVER_LINK,
    title="End {client} on {ends_on}",
    language="en",
    steps=("{orgnr} {reference} {period_from} {period_to} {reason} {firm} {administrator} {administrator_email}",),
)


class Plain(Connector):
    """A connector with everything by default."""

    manifest: ClassVar[Manifest] = Manifest(
        platform="Plain",
        vendor="Somebody",
        operations=(
            Operation(name="cut", call="POST /cut", provenance=Provenance.OBSERVED, changes=True),
            Operation(name="shelve", provenance=Provenance.ASSUMED, changes=True),
        ),
        verbs=(
            VerbSpec(verb=Verb.SEVER_LINK, operations=("cut",), effects=(Effect.IRREVERSIBLE,), by_hand=BY_HAND),
            VerbSpec(verb=Verb.ARCHIVE, operations=("shelve",)),
            VerbSpec(verb=Verb.END_ACCESS, not_needed="severing ends access"),
            VerbSpec(verb=Verb.RETAIN_HISTORY),
            VerbSpec(verb=Verb.INVITE_BACK),
        ),
    )


NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)


def plain(**settings: Any) -> Plain:
    nothing: Any = None
    around = Surroundings(
        connection="go",
        firm=Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo"),
        folder=Path(),
        limiter=nothing,
        tokens=nothing,
        now=lambda: NEW_YEAR,
    )
    return Plain(ConnectionSettings(connector="plain", **settings), around)


@pytest.mark.parametrize(
    ("settings", "modes", "reasons"),
    [
        (
            {},
            (Mode.BY_HAND, Mode.BY_HAND),
            ("the operation 'shelve' is not configured", "the operation 'cut' is only observed; trust is documented"),
        ),
        (
            {"trust": "observed", "operations": {"shelve": "POST /shelve"}},
            (Mode.BY_HAND, Mode.AUTOMATIC),
            ("the operation 'shelve' is only assumed; trust is observed", ""),
        ),
        ({"trust": "assumed"}, (Mode.BY_HAND, Mode.AUTOMATIC), ("the operation 'shelve' is not configured", "")),
        (
            {"trust": "assumed", "operations": {"shelve": "POST /shelve"}},
            (Mode.AUTOMATIC, Mode.AUTOMATIC),
            ("", ""),
        ),
    ],
)
def test_by_default_a_connector_proposes_its_manifest_in_order(
    settings: dict[str, Any], modes: tuple[Mode, Mode], reasons: tuple[str, str]
) -> None:
    connection = plain(**settings)
    assert connection.propose(Link(ref="1"), a_request(), LinkState()) == Proposal(
        wanted=LinkState(linked=False),
        steps=(
            StepProposal(verb=Verb.RETAIN_HISTORY, mode=Mode.BY_HAND, reason="Plain offers no interface for this"),
            StepProposal(verb=Verb.END_ACCESS, mode=Mode.NOT_NEEDED, reason="severing ends access"),
            StepProposal(verb=Verb.ARCHIVE, mode=modes[0], reason=reasons[0]),
            StepProposal(verb=Verb.SEVER_LINK, mode=modes[1], reason=reasons[1], effects=(Effect.IRREVERSIBLE,)),
        ),
    )
    assert connection.may_call("shelve") is (modes[0] is Mode.AUTOMATIC)
    assert connection.may_call("cut") is (modes[1] is Mode.AUTOMATIC)


def test_by_default_a_connector_finds_nothing_and_fills_in_its_instructions() -> None:
    link = Link(ref="1001")
    assert plain().check(link, a_request(), LinkState()) == ()
    filled = plain().instruct(link, a_request(), Verb.SEVER_LINK, "")
    assert filled is not None
    assert filled.text() == (
        "End Nordlys Kafé AS on 2026-12-31\n\n"
        "  1. 974760673 1001 2024-01-01 2026-12-31 moved-to-other-firm Fjord Regnskap AS Kari Nordmann "
        "kari@nordlys.example"
    )
    assert plain().instruct(link, a_request(), Verb.ARCHIVE, "") is None


def test_today_is_the_platforms() -> None:
    assert plain().today() == date(2027, 1, 1)
