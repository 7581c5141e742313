"""A request read back in words, so that somebody sees what is asked before it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from babel import Locale

from disengage.domain.request import Request
from disengage.web.vocabulary import said
from disengage.web.wording import LANGUAGES

if TYPE_CHECKING:
    from disengage.web.visit import Visit

#: A label, what stands there, and whether that is in the connector's words.
Line = tuple[str, str]


def read_back(visit: Visit, request: Request) -> list[tuple[str, list[Line]]]:
    """Return what is asked: headings, each with its lines."""
    whole = [
        (visit.say("Client"), list(_client(visit, request))),
        (visit.say(said("request_kind", request.kind).label), list(_ending(visit, request))),
    ]
    return whole + [(name, list(_connection(visit, request, name))) for name in _told(request)]


def _client(visit: Visit, request: Request) -> Iterator[Line]:
    say, client = visit.say, request.client
    territories = Locale.parse(visit.wording.language).territories
    yield say("Name"), client.name
    yield say("Country"), str(territories.get(client.country, client.country))
    for scheme, number in client.identifiers.items():
        yield say(said("scheme", scheme).label), number
    if client.language:
        yield say("Language of its papers"), LANGUAGES[client.language]
    yield say("Last day of its financial year"), client.financial_year_end


def _ending(visit: Visit, request: Request) -> Iterator[Line]:
    say, ending, day = visit.say, request.ending, visit.wording.day
    yield say("Reason"), say(said("reason", ending.reason).label)
    if ending.notice_on:
        yield say("Notice given on"), day(ending.notice_on)
    yield say("Last day"), day(ending.ends_on)
    period = {"begin": day(ending.period.from_), "end": day(ending.period.to)}
    yield say("Period the firm answers for"), say("%(begin)s to %(end)s", **period)
    if ending.successor:
        yield say("Firm that takes over"), _with(ending.successor.firm, ending.successor.email)
    if request.administrator:
        yield say("New administrator"), _with(request.administrator.name, request.administrator.email)
    if ending.no_tipping_off:
        yield say("Do not tip off"), say("Yes")


def _with(name: str, email: str | None) -> str:
    return f"{name} ({email})" if email else name


def _told(request: Request) -> list[str]:
    return list(dict.fromkeys((*request.client.references, *request.options)))


def _connection(visit: Visit, request: Request, name: str) -> Iterator[Line]:
    if name in request.client.references:
        yield visit.say("What it calls the client"), request.client.references[name]
    yield from _options(visit, request.options_for(name), "")


def _options(visit: Visit, given: dict[str, Any], before: str) -> Iterator[Line]:
    for key, value in given.items():
        if isinstance(value, dict):
            yield from _options(visit, value, f"{key}: ")
        else:
            yield f"{before}{key}".replace("_", " ").capitalize(), _shown(visit, value)


def _shown(visit: Visit, value: Any) -> str:
    if isinstance(value, bool):
        return visit.say("Yes") if value else visit.say("No")
    if isinstance(value, list | tuple):
        return ", ".join(_shown(visit, one) for one in value)
    return str(value).replace("_", " ")
