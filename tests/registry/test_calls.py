"""A call reaches exactly one connection, and whatever happens there stays there."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from disengage import Done, Link, LinkState, NeedsPerson
from disengage.errors import ConfigurationError, CredentialsError, DisengageError, PluginError, RejectedError
from disengage.isolation import HUNG_CALLS, HungError
from disengage.registry import Registry

from tests.builders import a_request
from tests.registry.packages import Packages

Connect = Callable[..., Registry]

WORDS = "password-hunter2"
SECONDS = 5.0
LINK = Link(ref="1001")
#: A connector whose every hook does what the test puts in ``ANSWER``.
ODD = """
ANSWER = lambda: None

class Odd(Plain):
    def _answer(name):
        def hook(self, link=None, request=None):
            return ANSWER()
        hook.__name__, hook.__qualname__ = name, f"Odd.{name}"
        return hookimpl(hook)

    for _name in (
        "try_credentials find_links observe check propose instruct retain_history transfer_admin remove_extensions "
        "settle_billing end_access archive sever_link activate invite_back check_evidence check_history remind "
        "grant_access".split()
    ):
        locals()[_name] = _answer(_name)

@hookimpl
def connector_types():
    return [ConnectorType(name="odd", connector=Odd)]
"""


DOING = {"link": LINK, "verb": "sever_link", "part": ""}


def arguments(hook: str) -> dict[str, Any]:
    """Return what the engine gives to a hook."""
    request = a_request()
    some: dict[str, dict[str, Any]] = {
        "try_credentials": {},
        "find_links": {"client": request.client, "request": request},
        "observe": {"link": LINK, "request": request},
        "check": {"link": LINK, "request": request, "state": LinkState()},
        "propose": {"link": LINK, "request": request, "state": LinkState()},
        "instruct": {"link": LINK, "request": request, "verb": "sever_link", "part": ""},
        "retain_history": {"link": LINK, "request": request, "part": "", "sink": None},
        "check_evidence": {**DOING, "request": request, "files": {}, "values": {}},
        "check_history": {"link": LINK, "request": request, "part": "", "files": {}},
        "remind": {**DOING, "request": request, "receipt": "", "number": 1},
        "grant_access": {"account": "974760673", "visit": None},
        "invite_back": {"link": LINK, "request": request},
    }
    moving = {"link": LINK, "request": request, "observed": LinkState(), "wanted": LinkState(), "part": ""}
    return some.get(hook, moving)


def ask(loaded: Registry, connection: str, hook: str = "sever_link", seconds: float = SECONDS) -> Any:
    return loaded.call(connection, hook, seconds, **arguments(hook))


def calls() -> list[str]:
    """Return the connections whose verb was reached."""
    reached: list[str] = sys.modules["disengage_plain"].CALLS
    return reached


@pytest.fixture
def odd(packages: Packages, connect: Connect) -> Callable[[Callable[[], Any]], Registry]:
    """Connect an odd connection, which does as it is told, beside a plain one."""
    packages.add_connector("plain")
    packages.add_connector("odd", more=ODD)

    def odd(answer: Callable[[], Any]) -> Registry:
        loaded = connect(odd="odd", other="odd", go="plain")
        sys.modules["disengage_odd"].ANSWER = answer  # type: ignore[attr-defined]
        return loaded

    return odd


def raising(error: BaseException) -> Callable[[], Any]:
    def answer() -> Any:
        raise error

    return answer


# --- one connection


def test_a_call_reaches_exactly_one_connection(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    loaded = connect(first="plain", second="plain", third="plain")
    assert ask(loaded, "second") == Done(receipt="second")
    assert ask(loaded, "third", "observe") == LinkState(linked=True, status="third")
    assert ask(loaded, "first", "find_links") == (Link(ref="first"),)
    assert ask(loaded, "first", "try_credentials") == "known as first"
    assert calls() == ["second"]


def test_a_connection_that_is_gone_is_named(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    with pytest.raises(PluginError, match="'gone' is not configured any more"):
        ask(connect(first="plain"), "gone")


def test_a_verb_that_the_connector_does_not_have_is_the_plugins_fault(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    with pytest.raises(PluginError, match="archive returned NoneType instead of Done or Accepted"):
        ask(connect(first="plain"), "first", "archive")


OUTCOME = "Done or Accepted or NeedsPerson or NotNeeded"


@pytest.mark.parametrize("nonsense", [7, "done", [7], {}, object()], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("try_credentials", "str"),
        ("observe", "LinkState"),
        ("propose", "Proposal"),
        ("instruct", "Instructions or NoneType"),
        ("retain_history", OUTCOME),
        ("transfer_admin", OUTCOME),
        ("remove_extensions", OUTCOME),
        ("settle_billing", OUTCOME),
        ("end_access", OUTCOME),
        ("archive", OUTCOME),
        ("sever_link", OUTCOME),
        ("activate", OUTCOME),
        ("invite_back", OUTCOME),
        ("remind", OUTCOME),
        ("grant_access", "str"),
    ],
)
def test_nonsense_is_not_taken_for_an_answer(odd: Any, hook: str, expected: str, nonsense: Any) -> None:
    if expected == "str" and nonsense == "done":
        nonsense = b"done"
    loaded = odd(lambda: nonsense)
    with pytest.raises(PluginError) as caught:
        ask(loaded, "odd", hook)
    assert caught.value.message == f"odd: {hook} returned {type(nonsense).__name__} instead of {expected}."
    assert ask(loaded, "go") == Done(receipt="go")


@pytest.mark.parametrize("nonsense", [7, "abc", [7], {}, None, iter(())], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(("hook", "expected"), [("find_links", "Link"), ("check", "Finding")])
def test_nonsense_is_not_taken_for_a_list(odd: Any, hook: str, expected: str, nonsense: Any) -> None:
    loaded = odd(lambda: nonsense)
    with pytest.raises(PluginError) as caught:
        ask(loaded, "odd", hook)
    assert caught.value.message == f"odd: {hook} did not return a list of {expected}."


def test_no_instructions_are_an_answer(odd: Any) -> None:
    assert ask(odd(lambda: None), "odd", "instruct") is None


# --- trouble in a call


@pytest.mark.parametrize(
    "error",
    [
        ValueError(WORDS),
        OSError(WORDS),
        RecursionError(WORDS),
        SystemExit(WORDS),
        KeyboardInterrupt(WORDS),
        GeneratorExit(WORDS),
        BaseException(WORDS),
        StopIteration(WORDS),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_connector_raises_is_told_without_its_words(odd: Any, error: BaseException) -> None:
    loaded = odd(raising(error))
    with pytest.raises(PluginError) as caught:
        ask(loaded, "odd")
    assert caught.value.message == f"odd: sever_link raised {type(error).__name__}."
    assert WORDS not in f"{caught.value!r} {caught.value} {caught.value.__cause__} {caught.value.__context__}"
    assert ask(loaded, "go") == Done(receipt="go")


def test_an_error_of_ours_comes_through_as_it_is(odd: Any) -> None:
    error = RejectedError("Go: refused.", status=409, code="LOCKED", remedy="Unlock it.")
    with pytest.raises(RejectedError) as caught:
        ask(odd(raising(error)), "odd")
    assert caught.value is error


def test_one_that_hangs_in_a_call_stops_no_other(odd: Any, released: threading.Event) -> None:
    loaded = odd(released.wait)
    with pytest.raises(HungError) as caught:
        ask(loaded, "odd", seconds=0.05)
    assert caught.value.message == "odd: sever_link did not come back within 0.05 seconds."
    assert ask(loaded, "go") == Done(receipt="go")


def test_one_that_always_hangs_is_not_called_again_but_its_sister_is(odd: Any, released: threading.Event) -> None:
    loaded = odd(lambda: Done() if released.wait() else None)
    for _ in range(HUNG_CALLS):
        with pytest.raises(HungError, match="did not come back"):
            ask(loaded, "odd", seconds=0.02)
    with pytest.raises(HungError, match="not called again"):
        ask(loaded, "odd")
    released.set()
    assert ask(loaded, "other") == Done()


# --- connecting


@pytest.mark.parametrize(
    ("constructor", "reason"),
    [
        (f"raise ValueError('{WORDS}')", "odd: connecting raised ValueError."),
        (f"raise SystemExit('{WORDS}')", "odd: connecting raised SystemExit."),
        ("from hangs import released; released.wait()", "odd: connecting did not come back within 0.5 seconds."),
        ("from disengage import CredentialsError; raise CredentialsError('No key.')", "No key."),
    ],
)
def test_a_connection_that_cannot_be_made_is_broken_and_the_others_are_made(
    packages: Packages, connect: Connect, released: threading.Event, quickly: None, constructor: str, reason: str
) -> None:
    packages.add_connector("plain")
    body = f"\nclass Plain(Plain):\n    def __init__(self, settings, around):\n        {constructor}\n"
    packages.add_connector("odd", more=body)
    loaded = connect(odd="odd", go="plain")
    assert {name: error.message for name, error in loaded.broken_connections.items()} == {"odd": reason}
    with pytest.raises(DisengageError, match=reason.partition(":")[0]):
        ask(loaded, "odd")
    assert ask(loaded, "go") == Done(receipt="go")


def test_credentials_that_fail_while_connecting_are_known_as_such(packages: Packages, connect: Connect) -> None:
    raising = "from disengage import CredentialsError; raise CredentialsError('No key.')"
    body = f"\nclass Plain(Plain):\n    def __init__(self, settings, around):\n        {raising}\n"
    packages.add_connector("odd", more=body)
    with pytest.raises(CredentialsError):
        ask(connect(odd="odd"), "odd")


def test_settings_that_raise_break_their_own_connection_only(packages: Packages, connect: Connect) -> None:
    more = f"""
    from disengage import ConnectionSettings
    from pydantic import field_validator

    class Raising(ConnectionSettings):
        @field_validator("trust")
        @classmethod
        def _raises(cls, value):
            raise RuntimeError("{WORDS}")

    @hookimpl
    def connector_types():
        return [ConnectorType(name="odd", connector=Plain, settings_model=Raising)]
    """
    packages.add_connector("plain")
    packages.add_connector("odd", more=more)
    loaded = connect(odd={"connector": "odd", "trust": "observed"}, go="plain")
    assert loaded.broken_connections["odd"].message == "odd: connecting raised RuntimeError."
    assert ask(loaded, "go") == Done(receipt="go")


def test_a_connection_whose_plugin_is_broken_says_why_and_stops_no_other(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    packages.add("some-thing", "raise RuntimeError", module="some_thing")
    packages.add_connector("one", connector="go")
    packages.add_connector("two", connector="go")
    loaded = connect(first="some_thing", second="go", third="plain")
    assert {name: error.message for name, error in loaded.broken_connections.items()} == {
        "first": "The plugin of the connector 'some_thing' is broken: some-thing: import raised RuntimeError.",
        "second": "The plugin of the connector 'go' is broken: "
        "the connector 'go' is offered twice: by disengage-one 1.0 and disengage-two 1.0",
    }
    assert ask(loaded, "third") == Done(receipt="third")


def test_an_unknown_connector_is_a_fault_of_the_configuration(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    with pytest.raises(ConfigurationError, match=r"'connections.go.connector' names 'plan'.*Did you mean 'plain'\?"):
        connect(go="plan")


def test_a_wrong_setting_is_a_fault_of_the_configuration(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    with pytest.raises(ConfigurationError, match=r"'connections.go.trst' is not known. Did you mean 'trust'\?"):
        connect(go={"connector": "plain", "trst": "observed"})


# --- policies


POLICY = "from disengage import Done, NeedsPerson, RejectedError, hookimpl\n"


def test_a_policy_can_veto_a_verb(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    rule = "return NeedsPerson(reason='Ask the partner.')"
    packages.add("policy", POLICY + f"@hookimpl(tryfirst=True)\ndef sever_link(link):\n    {rule}")
    assert ask(connect(go="plain", crm="plain"), "go") == NeedsPerson(reason="Ask the partner.")
    assert calls() == []


def test_a_policy_can_refuse_a_verb_with_an_error(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    refusal = "raise RejectedError('House rule: not in December.')"
    packages.add("policy", POLICY + f"@hookimpl(wrapper=True)\ndef sever_link(link):\n    {refusal}\n    yield")
    with pytest.raises(RejectedError, match="not in December"):
        ask(connect(go="plain"), "go")
    assert calls() == []


def test_a_policy_can_look_at_one_client_and_let_the_others_pass(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    rule = "return NeedsPerson(reason='VIP') if link.ref == 'vip' else None"
    packages.add("policy", POLICY + f"@hookimpl(tryfirst=True)\ndef sever_link(link):\n    {rule}")
    loaded = connect(go="plain")
    assert ask(loaded, "go") == Done(receipt="go")
    given = {**arguments("sever_link"), "link": Link(ref="vip")}
    assert loaded.call("go", "sever_link", SECONDS, **given) == NeedsPerson(reason="VIP")
    assert calls() == ["go"]


def test_a_policy_can_see_and_change_the_answer(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    rule = "done = yield\n    return Done(receipt=done.receipt.upper())"
    packages.add("policy", POLICY + f"@hookimpl(wrapper=True)\ndef sever_link(link):\n    {rule}")
    assert ask(connect(go="plain"), "go") == Done(receipt="GO")


def test_a_policy_that_breaks_holds_the_verb_back(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    packages.add("policy", POLICY + f"@hookimpl(tryfirst=True)\ndef sever_link():\n    raise ValueError('{WORDS}')")
    with pytest.raises(PluginError, match=r"^go: sever_link raised ValueError\."):
        ask(connect(go="plain"), "go")
    assert calls() == []


def test_a_policy_that_was_refused_holds_nothing_back(packages: Packages, connect: Connect) -> None:
    packages.add_connector("plain")
    veto = "@hookimpl(tryfirst=True, specname='sever_link')\ndef veto(link):\n    raise ValueError\n"
    packages.add_connector("one", connector="twice", more=veto)
    packages.add_connector("two", connector="twice")
    assert ask(connect(go="plain"), "go") == Done(receipt="go")


# --- simulators


def with_simulator(place: str) -> str:
    offer = f"[ConnectorType(name='plain', connector=Plain, simulator='{place}')]"
    return f"@hookimpl\ndef connector_types():\n    return {offer}\n"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("disengage_gone.simulator:Sim", "plain: simulator raised ModuleNotFoundError."),
        ("json:Simulator", "plain: simulator raised AttributeError."),
    ],
)
def test_a_simulator_that_is_not_there_is_the_plugins_fault(packages: Packages, place: str, reason: str) -> None:
    packages.add_connector("plain", more=with_simulator(place))
    with pytest.raises(PluginError) as caught:
        Registry(packages.points()).simulator_class("plain")
    assert caught.value.message == reason


def test_a_simulator_is_found_where_its_connector_says(packages: Packages) -> None:
    packages.add_connector("plain", more=with_simulator("json:JSONDecoder"))
    packages.add_connector("bare")
    loaded = Registry(packages.points())
    assert loaded.simulator_class("plain") is json.JSONDecoder
    assert loaded.simulator_class("bare") is None
