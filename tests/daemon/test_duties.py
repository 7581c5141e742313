"""Duties are done again and again, and none of them is in the way of another."""

from __future__ import annotations

import threading

import pytest
from disengage.engine.duties import LONGEST_PAUSE, Duty, Rota
from disengage.errors import StoreError


@pytest.mark.parametrize("error", [StoreError("The store cannot be used."), ValueError("a fault of ours")])
def test_a_duty_that_fails_is_counted_and_waits_longer_each_time(error: Exception) -> None:
    failing = [error] * 12

    def do() -> None:
        if failing:
            raise failing.pop()

    duty = Duty("letters", 2.0, do)
    pauses = []
    while failing:
        assert not duty.once()
        pauses.append(duty.pause)
    assert pauses == [4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, *[LONGEST_PAUSE] * 5]
    assert (duty.done, duty.failures, duty.last_done) == (0, 12, 0.0)
    assert duty.once()
    assert (duty.done, duty.failures, duty.pause) == (1, 12, 2.0)
    assert duty.last_done > 0


def test_a_duty_that_hangs_or_fails_does_not_keep_the_others_waiting() -> None:
    often, hangs = threading.Semaphore(0), threading.Event()
    rota = Rota(
        [
            Duty("hangs", 0.001, lambda: hangs.wait(60)),
            Duty("fails", 0.001, lambda: 1 / 0),
            Duty("works", 0.001, often.release),
        ]
    )
    rota.begin()
    assert all(often.acquire(timeout=60) for _ in range(20))
    rota.over.set()
    hangs.set()
    rota.end(60)
    assert [(duty.name, duty.done > 0, duty.failures > 0) for duty in rota.duties] == [
        ("hangs", True, False),
        ("fails", False, True),
        ("works", True, False),
    ]
