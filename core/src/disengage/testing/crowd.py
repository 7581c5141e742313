"""Many links at once on one connection: its limit is kept, and nobody is given somebody else's answer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from disengage.domain.request import Request
from disengage.errors import DisengageError
from disengage.testing.bench import Bench
from disengage.testing.exchanges import Exchange, beyond
from disengage.testing.people import People
from disengage.testing.rehearsal import Rehearsed, survey
from disengage.testing.stage import Stage

#: How many links are looked at at once.
LINKS = 50
#: Every so many links one has ended already, so that not all answers are alike.
_ENDED = 3


def at_once(stage: Stage) -> Iterator[str]:
    """Yield what goes wrong when ``LINKS`` clients are looked at at the same time, each on a thread of its own."""
    with stage.bench(clients=LINKS) as bench:
        if not hasattr(bench.simulator, "client"):
            yield "the simulator has no client(n), which says what a request for each of its clients needs"
            return
        requests = [stage.subject.request(bench.simulator.client(n)) for n in range(1, LINKS + 1)]
        _end_some(bench, requests)
        alone = [_looked_at(bench, request) for request in requests]
        bench.connect()
        began = len(bench.timeline)
        with ThreadPoolExecutor(LINKS) as pool:
            together = list(pool.map(lambda request: _looked_at(bench, request), requests))
        exchanges = [each for each in bench.timeline[began:] if isinstance(each, Exchange)]
        rates = bench.simulator.rates
    wrong = sum(one != other for one, other in zip(alone, together, strict=True))
    if wrong:
        yield f"{wrong} of {LINKS} links are answered otherwise when all are looked at at once"
    yield from dict.fromkeys(bench.foreign)
    yield from _beyond_the_limit(exchanges, rates)


def _end_some(bench: Bench, requests: list[Request]) -> None:
    people = People(bench)
    for request in requests[::_ENDED]:
        told = Rehearsed()
        bench.request = request
        survey(bench, told)
        for link in told.links:
            people.end_from_the_other_side(link)


def _looked_at(bench: Bench, request: Request) -> list[Any]:
    """Return what a connection says of one client, errors by their kind."""
    try:
        links = bench.call("find_links", client=request.client, request=request)
        return [(link, bench.call("observe", link=link, request=request)) for link in links]
    except DisengageError as error:
        return [type(error)]


def _beyond_the_limit(exchanges: list[Exchange], rates: tuple[Any, ...]) -> Iterator[str]:
    """Yield whether any exchange went out unbooked, or all of them together went beyond the platform's limits."""
    booked = [exchange.booking for exchange in exchanges if exchange.booking]
    unbooked = len(exchanges) - len(booked)
    if unbooked and (booked or rates):
        yield f"{unbooked} of {len(exchanges)} calls went out without asking the limiter"
    for excess in beyond(rates, [booking.at for booking in booked]):
        yield f"the platform's limit is not kept: {excess}"
    for key in dict.fromkeys(booking.key for booking in booked):
        mine = [booking for booking in booked if booking.key == key]
        declared = {rate for booking in mine for rate in booking.rates}
        for excess in beyond(declared, [booking.at for booking in mine]):
            yield f"the declared limit is not kept: {excess}"
