from __future__ import annotations

import logging
import pickle
import traceback

import pytest
from disengage.connector import Secret
from disengage.errors import DisengageError
from disengage.http import Basic, Bearer, ClientCredentials, HeaderToken
from disengage.testing import Fault, Reply

SECRETS = {
    "APPLICATION_KEY": "f0e1d2c3-app",
    "CLIENT_KEY": "hunter2!",
    "SUBSCRIPTION": "Subscription77",
    "TOKEN": "plain-token-x",
}
PERSONAL = ("kari@nordlys.example", "Kari Nordmann", "01019012345")
TOKEN = "token-1-q8Zr5TtYp3"
OURS = {
    "oauth": ("APPLICATION_KEY", "CLIENT_KEY", "SUBSCRIPTION"),
    "form": ("APPLICATION_KEY", "CLIENT_KEY", "SUBSCRIPTION"),
    "basic": ("APPLICATION_KEY", "CLIENT_KEY", "SUBSCRIPTION"),
    "bearer": ("TOKEN", "SUBSCRIPTION"),
    "header": ("TOKEN", "SUBSCRIPTION"),
}

FAULTS = [
    "400",
    "401",
    "403",
    "404",
    "409",
    "422",
    "429=60",
    "500",
    "503",
    "reset",
    "lost",
    "malformed",
    "truncated",
    "redirect",
    "oversized",
]


@pytest.fixture(autouse=True)
def _secrets(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=OURS)
def kind(request):
    return request.param


@pytest.fixture
def words(kind):
    """What may never be repeated, whoever says it first."""
    return (*(SECRETS[name] for name in OURS[kind]), *PERSONAL, TOKEN)


@pytest.fixture
def auth(kind, platform):
    key, secret = Secret("env", "APPLICATION_KEY"), Secret("env", "CLIENT_KEY")
    return {
        "oauth": ClientCredentials(f"{platform.url}/token", basic=(key, secret)),
        "form": ClientCredentials(f"{platform.url}/token", basic=(key, secret), form=True),
        "basic": Basic(key, secret),
        "bearer": Bearer(Secret("env", "TOKEN")),
        "header": HeaderToken("X-Token", "", Secret("env", "TOKEN")),
    }[kind]


def everything(error: BaseException) -> str:
    texts = [*traceback.format_exception(error), repr(error), repr(vars(error)), str(pickle.loads(pickle.dumps(error)))]
    return "\n".join(texts)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_and_no_personal_word_is_in_any_error_or_log(platform, client, auth, words, fault, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    echo = " ".join(words)
    platform.error = lambda status, fault=None: Reply(
        status, {"message": echo, "error": echo, "code": words[0]}, {"Retry-After": "60"}
    )
    fault, _, value = fault.partition("=")
    platform.faults.add(Fault(fault, value=float(value) if value else None, path="/v2"))
    key = Secret("env", "SUBSCRIPTION")
    going = client(auth=auth, headers={"Ocp-Apim-Subscription-Key": key}, max_bytes=10_000)
    email, name, number = PERSONAL
    first, last = name.split()
    body = {"FirstName": first, "LastName": last, "Email": email}
    said = []
    for call in (
        lambda: going.get("/items", operation="list_items", params={"name": name}),
        lambda: going.call("POST", "/users", operation="invite_user", json=body, params={"nin": number}),
    ):
        with pytest.raises(DisengageError) as caught:
            call()
        said.append(everything(caught.value))
    said += [caplog.text, *capfd.readouterr()]
    assert [word for word in words if any(word in text for text in said)] == []


@pytest.mark.parametrize("form", [True, False])
def test_a_token_endpoint_that_repeats_our_secret_is_not_repeated(platform, client, capfd, form):
    echo = " ".join((SECRETS["APPLICATION_KEY"], SECRETS["CLIENT_KEY"]))
    platform.on("POST", "/token", Reply(400, {"error": "invalid_client", "error_description": echo}))
    key, secret = Secret("env", "APPLICATION_KEY"), Secret("env", "CLIENT_KEY")
    going = client(auth=ClientCredentials(f"{platform.url}/token", basic=(key, secret), form=form))
    with pytest.raises(DisengageError) as caught:
        going.get("/items", operation="list_items")
    text = everything(caught.value) + "".join(capfd.readouterr())
    assert [word for word in SECRETS.values() if word in text] == []


def test_one_event_per_exchange_and_nothing_but_what_it_may_say(platform, client, events):
    platform.faults.add(Fault("reset", times=1))
    answer = client().get("/items", operation="list_items", params={"email": "kari@nordlys.example"})
    for event in events:
        assert isinstance(event.pop("milliseconds"), int)
    common = {
        "event": "http.exchange",
        "log_level": "info",
        "connection": "go",
        "operation": "list_items",
        "method": "GET",
        "request_id": answer.request_id,
    }
    assert events == [
        common | {"attempt": 1, "status": None, "error": "RetryableError"},
        common | {"attempt": 2, "status": 200},
    ]


def test_nothing_shows_a_secret_when_it_is_printed(platform, client, auth):
    going = client(auth=auth)
    platform.on("GET", "/v2/items", Reply(body={"a": "hunter2!"}))
    answer = going.get("/items", operation="list_items")
    text = repr([going, auth, answer, vars(auth), answer._call])
    assert [value for value in (*SECRETS.values(), TOKEN) if value in text] == []
