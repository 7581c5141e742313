from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from disengage.connector import Secret
from disengage.errors import ConfigurationError, CredentialsError, RetryableError, UnexpectedResponseError
from disengage.http import Basic, Bearer, ClientCredentials, HeaderToken, MemoryLimiter
from disengage.testing import Fault, Reply


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def credentials(platform, **given):
    given.setdefault("basic", ("application-key", "client-key"))
    return ClientCredentials(f"{platform.url}/token", **given)


def read(client):
    return client.get("/items", operation="list_items").json()


@pytest.fixture(autouse=True)
def _protected(platform):
    platform.protected = True


def test_a_token_is_asked_for_once_and_used_by_every_call(platform, client):
    going = client(auth=credentials(platform))
    assert [read(going), read(going)] == [[{"id": 1}], [{"id": 1}]]
    (asked,) = platform.calls("/token")
    expected = base64.b64encode(b"application-key:client-key").decode()
    assert (asked.headers["Authorization"], asked.form()) == (
        f"Basic {expected}",
        {"grant_type": "client_credentials"},
    )


def test_id_and_secret_can_stand_in_the_form(platform, client):
    auth = credentials(platform, basic=None, form=True, client_id="firm", client_secret="p&ss wörd")
    read(client(auth=auth))
    (asked,) = platform.calls("/token")
    assert asked.headers.get("Authorization") is None
    assert asked.form() == {
        "grant_type": "client_credentials",
        "client_id": "firm",
        "client_secret": "p&ss wörd",
    }


def test_the_token_call_carries_its_own_headers(platform, client, monkeypatch):
    monkeypatch.setenv("SUBSCRIPTION", "subscription-1")
    auth = credentials(platform, headers={"Ocp-Apim-Subscription-Key": Secret("env", "SUBSCRIPTION")})
    read(client(auth=auth))
    assert platform.calls("/token")[0].headers["Ocp-Apim-Subscription-Key"] == "subscription-1"


def test_a_token_is_renewed_shortly_before_it_ends(platform, client):
    clock = Clock()
    going = client(auth=credentials(platform, clock=clock))
    read(going)
    clock.now += 1200 - 31
    read(going)
    assert len(platform.calls("/token")) == 1
    clock.now += 2
    read(going)
    assert len(platform.calls("/token")) == 2


def test_a_token_without_a_life_ends_when_its_own_claims_say(platform, client):
    claims = base64.urlsafe_b64encode(json.dumps({"iat": 50, "exp": 350}).encode()).rstrip(b"=").decode()
    platform.protected = False
    platform.on("POST", "/token", Reply(body={"access_token": f"eyJh.{claims}.sig"}))
    clock = Clock()
    going = client(auth=credentials(platform, clock=clock))
    read(going)
    clock.now += 269
    read(going)
    assert len(platform.calls("/token")) == 1
    clock.now += 2
    read(going)
    assert len(platform.calls("/token")) == 2


def test_a_bare_token_as_the_whole_answer_is_understood(platform, client):
    platform.protected = False
    platform.on("POST", "/token", Reply(body=b"eyJhbGciOiJFUzI1NiJ9.e30.c2ln", headers={"Content-Type": "text/plain"}))
    read(client(auth=credentials(platform)))
    assert platform.calls("/v2/items")[0].headers["Authorization"] == "Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln"


@pytest.mark.parametrize(("refused", "tokens"), [(1, 2), (3, 4)])
def test_a_token_that_others_end_meanwhile_is_renewed_and_the_call_repeated_even_when_it_changes_something(
    platform, client, refused, tokens
):
    going = client(auth=credentials(platform))
    read(going)
    platform.faults.add(Fault("expired", times=refused, method="PATCH"))
    assert going.call("PATCH", "/users/7", operation="patch_user", json={}).status == 204
    assert (len(platform.calls("/token")), platform.effects) == (tokens, ["PATCH /v2/users/7"])


def test_twenty_threads_with_a_refused_token_ask_for_one_new_token(platform, client):
    going = client(auth=credentials(platform))
    read(going)
    platform.forget_tokens()
    together = threading.Barrier(20)

    def one(_: int) -> object:
        together.wait()
        return read(going)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(20)))
    assert answers == [[{"id": 1}]] * 20
    assert len(platform.calls("/token")) == 2


def test_twenty_threads_without_a_token_ask_once(platform, client):
    going = client(auth=credentials(platform))
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: read(going), range(20)))
    assert len(platform.calls("/token")) == 1


def test_two_clients_that_share_credentials_share_the_token(platform, client):
    auth = credentials(platform)
    read(client(auth=auth))
    read(client(auth=auth))
    assert len(platform.calls("/token")) == 1


def test_threads_that_wait_for_a_token_share_its_failure(platform, client):
    entered, leave = threading.Event(), threading.Event()
    auth = credentials(platform)

    def ask(*_: object) -> Reply:
        entered.set()
        leave.wait(10)
        raise CredentialsError("token was not allowed (400).")

    def headers() -> str:
        with pytest.raises(CredentialsError) as caught:
            auth.headers("go", ask)
        return str(caught.value)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(headers)
        entered.wait(10)
        second = pool.submit(headers)
        while auth._flight is None:
            pass
        leave.set()
        assert {first.result(10), second.result(10)} == {"token was not allowed (400)."}


def test_new_tokens_that_are_refused_as_well_are_a_matter_of_credentials(platform, client):
    platform.on("GET", "/v2/items", Reply(401, {"message": "not for you"}))
    platform.protected = False
    with pytest.raises(CredentialsError, match=r"go: list_items was not allowed \(401\): not for you"):
        read(client(auth=credentials(platform)))
    assert (len(platform.calls("/v2/items")), len(platform.calls("/token"))) == (4, 4)


def test_a_forbidden_call_is_a_matter_of_credentials_and_renews_nothing(platform, client):
    platform.protected = False
    platform.on("GET", "/v2/items", Reply(403))
    with pytest.raises(CredentialsError):
        read(client(auth=credentials(platform)))
    assert len(platform.calls("/token")) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_token_endpoint_that_refuses_us_is_a_matter_of_credentials(platform, client, status):
    said = {"error": "invalid_client", "error_description": "Client client-key is unknown"}
    platform.on("POST", "/token", Reply(status, said))
    with pytest.raises(CredentialsError) as caught:
        read(client(auth=credentials(platform)))
    assert caught.value.message == f"go: token was not allowed ({status}): Client […] is unknown; invalid_client."
    assert len(platform.calls("/token")) == 1


@pytest.mark.parametrize("fault", ["429", "503", "500", "reset", "lost", "truncated"])
def test_the_token_endpoint_is_tried_again_like_a_read(platform, client, fault, events):
    platform.faults.add(Fault(fault, times=2, path="/token"))
    read(client(auth=credentials(platform)))
    assert [event["operation"] for event in events] == ["token"] * 3 + ["list_items"]


def test_a_token_endpoint_that_stays_away_is_retryable_and_not_multiplied(platform, client, events):
    platform.faults.add(Fault("503", path="/token"))
    with pytest.raises(RetryableError):
        read(client(auth=credentials(platform)))
    assert [event["operation"] for event in events] == ["token"] * 4


def test_a_token_endpoint_that_answers_something_else_shows_its_shape_only(platform, client):
    platform.on("POST", "/token", Reply(body={"hello": "secret", "n": 1}))
    with pytest.raises(UnexpectedResponseError) as caught:
        read(client(auth=credentials(platform)))
    assert caught.value.sample == '{"hello": "str", "n": "int"}'


def test_the_token_endpoint_counts_against_the_limits(platform, client):
    waited = []

    class Counting(MemoryLimiter):
        def wait(self, key, rates):
            waited.append(key)

    from disengage.connector import Rate

    rates = (Rate(calls=10, seconds=1),)
    read(client(auth=credentials(platform), limiter=Counting(), rates=rates, limit_key="platform:1"))
    assert waited == ["platform:1", "platform:1"]


def test_a_token_endpoint_without_tls_is_refused():
    with pytest.raises(ConfigurationError):
        ClientCredentials("http://platform.example/token", basic=("a", "b"))


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (Basic("kari", "pässword"), "Authorization", "Basic " + base64.b64encode("kari:pässword".encode()).decode()),
        (Bearer("abc"), "Authorization", "Bearer abc"),
        (HeaderToken("X-Token", "Token", "abc"), "X-Token", "Token abc"),
        (HeaderToken("X-Token", "", "abc"), "X-Token", "abc"),
    ],
)
def test_fixed_credentials_stand_in_their_header(platform, client, auth, header, value):
    platform.protected = False
    read(client(auth=auth))
    assert platform.seen[0].headers[header] == value


def test_a_secret_that_was_replaced_meanwhile_is_tried(platform, client, tmp_path):
    place = tmp_path / "token"
    place.write_text("old")
    platform.tokens = ["new"]
    going = client(auth=Bearer(Secret("file", str(place))))
    with pytest.raises(CredentialsError):
        read(going)
    assert len(platform.seen) == 1
    place.write_text("new")
    assert read(going) == [{"id": 1}]


@pytest.mark.parametrize("value", ["two\nlines", "smörgås", " padded "])
def test_a_secret_that_cannot_stand_in_a_header_is_named_without_its_value(platform, client, value):
    with pytest.raises(CredentialsError) as caught:
        read(client(auth=Bearer(value)))
    assert value.strip() not in repr(caught.value)
