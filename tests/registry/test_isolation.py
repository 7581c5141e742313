"""Calls of plugins, on threads of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from disengage.errors import PluginError, RetryableError
from disengage.isolation import HUNG_CALLS, HungError, Isolation

MOOD: ContextVar[str] = ContextVar("mood", default="none")
SECONDS = 5.0
MOMENT = 0.02


@pytest.fixture
def blocked() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_an_answer_comes_back() -> None:
    assert Isolation().call("go", "observe", lambda: 7, SECONDS) == 7
    assert Isolation().call("go", "observe", lambda: None, SECONDS) is None


def test_the_callers_context_is_there_and_is_not_changed() -> None:
    def look_and_change() -> str:
        seen = MOOD.get()
        MOOD.set("spoilt")
        return seen

    token = MOOD.set("bright")
    try:
        assert Isolation().call("go", "observe", look_and_change, SECONDS) == "bright"
        assert MOOD.get() == "bright"
    finally:
        MOOD.reset(token)


def test_an_error_that_a_plugin_makes_up_below_ours_comes_through() -> None:
    class TiredError(RetryableError):
        pass

    def answer() -> Any:
        raise TiredError("Go: later.", retry_after=3)

    with pytest.raises(TiredError) as caught:
        Isolation().call("go", "observe", answer, SECONDS)
    assert caught.value.retry_after == 3


def test_a_foreign_error_is_ours_and_carries_no_trace_of_the_plugins_words() -> None:
    def answer() -> Any:
        raise ValueError("password-hunter2") from KeyError("password-hunter2")

    with pytest.raises(PluginError) as caught:
        Isolation().call("go", "observe", answer, SECONDS)
    assert (caught.value.message, caught.value.__cause__, caught.value.__context__) == (
        "go: observe raised ValueError.",
        None,
        None,
    )
    assert caught.value.remedy


def test_a_call_that_hangs_leaves_no_answer_behind(blocked: threading.Event) -> None:
    isolation = Isolation()
    with pytest.raises(HungError):
        isolation.call("go", "observe", blocked.wait, MOMENT)
    blocked.set()
    assert isolation.call("go", "observe", lambda: "fresh", SECONDS) == "fresh"


def test_hung_calls_are_counted_for_each_plugin_alone(blocked: threading.Event) -> None:
    isolation = Isolation()
    for _ in range(HUNG_CALLS):
        with pytest.raises(HungError):
            isolation.call("go", "observe", blocked.wait, MOMENT)
    with pytest.raises(HungError, match=f"{HUNG_CALLS} calls have not come back"):
        isolation.call("go", "check", lambda: 7, SECONDS)
    assert isolation.call("crm", "check", lambda: 7, SECONDS) == 7


def test_a_plugin_whose_calls_only_came_back_late_is_called_again(blocked: threading.Event) -> None:
    """A day on which a platform is slow must not cost a daemon the connection for the rest of its life."""
    isolation = Isolation()
    for _ in range(HUNG_CALLS):
        with pytest.raises(HungError):
            isolation.call("go", "observe", blocked.wait, MOMENT)
    late = [thread for thread in threading.enumerate() if thread.name == "go.observe"]
    blocked.set()
    for thread in late:
        thread.join()
    assert isolation.call("go", "observe", lambda: 7, SECONDS) == 7


def test_a_plugin_that_hung_does_not_keep_the_process_alive(blocked: threading.Event) -> None:
    with pytest.raises(HungError):
        Isolation().call("go", "linger", blocked.wait, MOMENT)
    (left,) = [thread for thread in threading.enumerate() if thread.name == "go.linger"]
    assert left.daemon


def test_calls_of_several_plugins_go_on_side_by_side() -> None:
    isolation, together, answers = Isolation(), threading.Barrier(3, timeout=SECONDS), []

    def asking(who: str) -> Callable[[], None]:
        return lambda: answers.append(isolation.call(who, "observe", together.wait, SECONDS))

    threads = [threading.Thread(target=asking(who)) for who in ("go", "crm", "cf")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [0, 1, 2]
