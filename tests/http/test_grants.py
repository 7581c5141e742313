from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from disengage.connector import Secret
from disengage.errors import (
    ConfigurationError,
    CredentialsError,
    RetryableError,
    StoreError,
    UnexpectedResponseError,
)
from disengage.http import Granted, HttpClient, Patience, RefreshToken, authorise
from disengage.testing import Fault

from tests.oauth import CLIENT, SECRET, Back, Drawer, OAuthServer, Person

NAME = "refresh/974760673"
REMEDY = "Let us in with 'disengage authorise spiris --company KEY'."


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer() as running:
        yield running


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def client(server: OAuthServer) -> Iterator[Callable[..., HttpClient]]:
    made: list[HttpClient] = []

    def make(auth: Any = None) -> HttpClient:
        patience = Patience(first=0.0, sleep=lambda _: None)
        made.append(HttpClient("spiris", f"{server.url}/v2", auth=auth, patience=patience))
        return made[-1]

    yield make
    for one in made:
        one.close()


def token(server: OAuthServer, drawer: Drawer, configured: str | None = None, **given: Any) -> RefreshToken:
    given = {"initial": lambda: configured, "pause": lambda _: None, "basic": (CLIENT, SECRET)} | given
    return RefreshToken(f"{server.url}/token", kept=drawer, name=NAME, **given)


def company(client: HttpClient) -> str:
    name: str = client.get("/company", operation="read_company").json()["name"]
    return name


def presented(server: OAuthServer) -> list[str]:
    return [form["refresh_token"] for form in server.asked]


# --- one process


def test_an_access_token_is_asked_for_with_the_configured_refresh_token_and_used(server, drawer, client):
    first = server.issue()
    assert company(client(token(server, drawer, first, extra={"scope": "ea:api"}))) == "Nordlys Kafé AS"
    assert server.asked == [{"grant_type": "refresh_token", "refresh_token": first, "scope": "ea:api"}]


def test_a_rotated_token_is_kept_and_used_the_next_time_also_by_the_next_process(server, drawer, client):
    first = server.issue()
    going = client(token(server, drawer, first))
    company(going)
    second = drawer.kept[NAME]
    server.forget_tokens()
    company(going)
    third = drawer.kept[NAME]
    company(client(token(server, drawer, first)))
    assert presented(server) == [first, second, third]
    assert server.alive == {drawer.kept[NAME]}


def test_a_rotated_token_is_on_the_disk_before_the_access_token_is_used(server, drawer, client):
    called: list[list[str]] = []
    drawer.before_put = lambda: called.append(server.paths())
    company(client(token(server, drawer, server.issue())))
    assert called
    assert all(paths == ["/token"] for paths in called)


def test_the_access_token_is_not_used_where_the_rotated_token_cannot_be_kept(server, drawer, client):
    drawer.jammed = True
    with pytest.raises(StoreError):
        company(client(token(server, drawer, server.issue())))
    assert server.paths() == ["/token"]


def test_a_rotated_token_that_could_not_be_kept_is_kept_and_used_the_next_time(server, drawer, client):
    going = client(token(server, drawer, server.issue()))
    drawer.jammed = True
    with pytest.raises(StoreError):
        company(going)
    (rotated,) = server.alive
    drawer.jammed = False
    assert company(going) == "Nordlys Kafé AS"
    assert presented(server)[1:] == [rotated]
    assert server.alive == {drawer.kept[NAME]}


def test_a_token_that_could_not_be_kept_does_not_replace_one_that_was_granted_meanwhile(server, drawer, client):
    going = client(token(server, drawer, server.issue()))
    drawer.jammed = True
    with pytest.raises(StoreError):
        company(going)
    drawer.jammed = False
    granted = server.issue()
    drawer.put(NAME, granted)
    company(going)
    assert presented(server)[1:] == [granted]


@pytest.mark.parametrize("repeats", [False, True])
def test_a_reusable_token_is_used_again_and_the_configuration_stays_its_place(server, drawer, client, repeats):
    server.rotating, server.repeats = False, repeats
    first = server.issue()
    going = client(token(server, drawer, first))
    company(going)
    server.forget_tokens()
    company(going)
    assert (presented(server), drawer.kept) == ([first, first], {})


@pytest.mark.parametrize("repeats", [False, True])
def test_a_kept_token_that_is_reusable_stays_kept(server, drawer, client, repeats):
    server.rotating, server.repeats = False, repeats
    drawer.kept[NAME] = server.issue()
    before = dict(drawer.kept)
    company(client(token(server, drawer, "configured")))
    assert drawer.kept == before


def test_twenty_threads_refresh_once(server, drawer, client):
    going = client(token(server, drawer, server.issue()))
    together = threading.Barrier(20)

    def one(_: int) -> str:
        together.wait()
        return company(going)

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(one, range(20))) == {"Nordlys Kafé AS"}
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", ["429", "503", "500", "reset"])
def test_the_token_endpoint_is_tried_again_where_it_fails_before_the_rotation(server, drawer, client, fault):
    server.faults.add(Fault(fault, times=2, path="/token"))
    company(client(token(server, drawer, server.issue())))
    assert server.alive == {drawer.kept[NAME]}


def test_an_answer_that_is_lost_after_the_rotation_asks_for_a_person(server, drawer, client):
    server.faults.add(Fault("lost", times=1, path="/token"))
    with pytest.raises(CredentialsError) as caught:
        company(client(token(server, drawer, server.issue())))
    assert caught.value.remedy == REMEDY


@pytest.mark.parametrize("strange", [7, ["a"], "two words", "line\nbreak"])
def test_a_refresh_token_that_can_be_none_stops_the_use_of_the_whole_answer(server, drawer, client, strange):
    server.says = {"refresh_token": strange}
    with pytest.raises(UnexpectedResponseError) as caught:
        company(client(token(server, drawer, server.issue())))
    assert server.open not in caught.value.sample
    assert (server.paths(), drawer.kept) == (["/token"], {})


def test_a_granted_token_takes_the_place_of_the_kept_one_at_once(server, drawer, client):
    auth = token(server, drawer, server.issue())
    going = client(auth)
    company(going)
    granted = server.issue()
    auth.keep(granted)
    assert auth.current() == granted
    company(going)
    assert presented(server)[1:] == [granted]


def test_the_current_token_is_the_kept_one_else_the_configured_one_else_none(server, drawer):
    assert token(server, drawer).current() is None
    assert token(server, drawer, " configured\n").current() == "configured"
    drawer.kept[NAME] = "kept"
    assert token(server, drawer, "configured").current() == "kept"


# --- refused


def test_a_refused_token_becomes_a_matter_of_credentials_that_names_the_command(server, drawer, client, events):
    with pytest.raises(CredentialsError) as caught:
        company(client(token(server, drawer, "configured-Yb4nQs7rKd")))
    error = caught.value
    assert (error.message, error.code, error.remedy) == (
        "spiris: the platform does not accept the refresh token any more.",
        "invalid_grant",
        REMEDY,
    )
    assert "configured-Yb4nQs7rKd" not in f"{error!r} {events}"


def test_without_any_token_nothing_is_asked_and_the_command_is_named(server, drawer, client):
    absent = Secret("env", "NOWHERE_AT_ALL")
    with pytest.raises(CredentialsError) as caught:
        company(client(token(server, drawer, initial=absent.reveal)))
    assert (caught.value.remedy, server.journal) == (REMEDY, [])


def test_a_place_for_the_configured_token_that_can_never_work_is_told_as_it_is(server, drawer, client):
    def unusable() -> str:
        raise ConfigurationError("The package keyring is not installed.")

    with pytest.raises(ConfigurationError):
        company(client(token(server, drawer, initial=unusable)))
    drawer.kept[NAME] = server.issue()
    assert company(client(token(server, drawer, initial=unusable))) == "Nordlys Kafé AS"


def test_a_kept_token_needs_no_configured_one(server, drawer, client):
    drawer.kept[NAME] = server.issue()
    absent = Secret("env", "NOWHERE_AT_ALL")
    assert company(client(token(server, drawer, initial=absent.reveal))) == "Nordlys Kafé AS"
    assert server.alive == {drawer.kept[NAME]}


def test_a_refusal_of_the_client_itself_is_told_as_it_is_and_tries_no_other_token(server, drawer, client):
    drawer.kept[NAME] = server.issue()
    with pytest.raises(CredentialsError) as caught:
        company(client(token(server, drawer, server.issue(), basic=(CLIENT, "wrong-secret-Kd93"))))
    assert caught.value.code == "invalid_client"
    assert len(server.asked) == 1


def test_a_platform_that_repeats_a_short_refresh_token_is_not_repeated(server, drawer, client):
    server.refuses = "invalid_request"
    with pytest.raises(CredentialsError) as caught:
        company(client(token(server, drawer, "abc-defg")))
    assert (caught.value.code, "abc-defg" in str(caught.value)) == ("invalid_request", False)


def test_a_token_that_was_configured_anew_is_tried_when_the_kept_one_is_refused(server, drawer, client):
    company(client(token(server, drawer, server.issue())))
    died = drawer.kept[NAME]
    server.alive.clear()
    anew = server.issue()
    assert company(client(token(server, drawer, anew))) == "Nordlys Kafé AS"
    assert presented(server)[1:] == [died, anew]
    assert server.alive == {drawer.kept[NAME]}


def test_a_reusable_token_that_was_configured_anew_takes_the_place_of_the_one_that_died(server, drawer, client):
    server.rotating = False
    drawer.kept[NAME] = "died"
    anew = server.issue()
    for _ in range(2):
        company(client(token(server, drawer, anew)))
    assert presented(server) == ["died", anew, anew]


def test_the_configured_token_that_was_rotated_away_is_never_shown_again(server, drawer, client):
    first = server.issue()
    company(client(token(server, drawer, first)))
    died = drawer.kept[NAME]
    server.alive.clear()
    with pytest.raises(CredentialsError):
        company(client(token(server, drawer, first)))
    assert presented(server) == [first, died]


# --- two processes on one store


def test_a_process_whose_token_was_rotated_by_another_goes_on_with_the_kept_one(server, drawer, client):
    drawer.kept[NAME] = server.issue()
    mine, theirs = client(token(server, drawer)), client(token(server, drawer))
    company(mine)
    company(theirs)
    company(mine)
    assert len(presented(server)) == len(set(presented(server))) == 3
    assert server.alive == {drawer.kept[NAME]}


def test_a_token_that_another_process_keeps_while_ours_is_refused_is_tried_once(server, drawer, client):
    drawer.kept[NAME] = old = "rotated-away"
    waited: list[float] = []
    new = server.issue()

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            drawer.put(NAME, new)

    assert company(client(token(server, drawer, pause=pause))) == "Nordlys Kafé AS"
    assert presented(server) == [old, new]
    assert sum(waited) < 1


def test_a_kept_token_that_goes_on_changing_is_tried_once_only(server, drawer, client):
    drawer.kept[NAME] = "dead-0"
    numbers = iter(range(1, 100))
    changing = token(server, drawer, pause=lambda _: drawer.put(NAME, f"dead-{next(numbers)}"))
    with pytest.raises(CredentialsError) as caught:
        company(client(changing))
    assert (caught.value.remedy, presented(server)) == (REMEDY, ["dead-0", "dead-1"])


def test_two_processes_that_refresh_at_the_same_time_are_both_let_in(server, drawer, client):
    drawer.kept[NAME] = server.issue()
    both = threading.Barrier(2)
    processes = [token(server, drawer, pause=time.sleep) for _ in range(2)]

    def one(process: RefreshToken) -> str:
        going = client()
        both.wait()
        return process.headers("spiris", going.ask_token)["Authorization"]

    with ThreadPoolExecutor(2) as pool:
        let_in = list(pool.map(one, processes))
    assert [header.startswith("Bearer access-") for header in let_in] == [True, True]
    assert server.alive == {drawer.kept[NAME]}


# --- the grant


def granted(server: OAuthServer, client: Callable[..., HttpClient], visit: Any, **given: Any) -> Granted:
    options = {
        "authorize_url": f"{server.url}/authorize",
        "token_url": f"{server.url}/token",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "scopes": ("ea:api", "offline_access"),
    }
    return authorise(visit, client=client(), **(options | given))


def test_a_person_who_agrees_lets_us_in(server, client, drawer):
    tokens = granted(server, client, Person())
    assert (tokens.access_token, {tokens.refresh_token}) == (server.open, server.alive)
    auth = token(server, drawer)
    auth.keep(tokens.refresh_token)
    assert company(client(auth)) == "Nordlys Kafé AS"


def test_the_page_is_asked_with_all_that_binds_the_answer_to_this_attempt(server, client):
    extra = {"prompt": "select_account", "state": "not-ours", "code_challenge_method": "plain"}
    granted(server, client, Person(), authorize_url=f"{server.url}/authorize?tenant=7", extra=extra)
    (asked,) = server.visited
    random = {name: asked.pop(name) for name in ("state", "code_challenge")}
    assert asked == {
        "tenant": "7",
        "prompt": "select_account",
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": Person.redirect_uri,
        "scope": "ea:api offline_access",
        "code_challenge_method": "S256",
    }
    assert all(len(value) == 43 for value in random.values())
    assert random["state"] != "not-ours"


def test_no_two_attempts_share_state_or_verifier(server, client):
    for _ in range(2):
        granted(server, client, Person())
    assert len({asked["state"] for asked in server.visited}) == 2
    assert len({form["code_verifier"] for form in server.asked}) == 2
    assert all(43 <= len(form["code_verifier"]) <= 128 for form in server.asked)


@pytest.mark.parametrize(
    "change",
    [
        lambda back: back | {"state": "another"},
        lambda back: back | {"state": ""},
        lambda back: back | {"state": "smörgås"},
        lambda back: {"code": back["code"]},
        lambda back: {"error": "access_denied"},
        lambda back: {},
    ],
)
def test_an_answer_that_does_not_belong_to_the_attempt_is_refused(server, client, change):
    with pytest.raises(CredentialsError, match="does not belong to this attempt"):
        granted(server, client, Person(change))
    assert server.asked == []


@pytest.mark.parametrize(
    ("denies", "why"),
    [
        ({"error": "access_denied"}, "access was denied there"),
        ({"error": "invalid_scope"}, "the platform does not give the scopes that were asked for"),
        ({"error": "<b>own</b>"}, "the platform refused it"),
        (
            {"error": "access_denied", "error_description": "User kari@nordlys.example has no right."},
            "access was denied there: User [e-mail] has no right",
        ),
        ({"error": "server_error", "code": "code-of-no-use"}, "the platform had a fault"),
    ],
)
def test_a_denial_is_told_in_plain_words(server, client, denies, why):
    server.denies = denies
    with pytest.raises(CredentialsError) as caught:
        granted(server, client, Person())
    assert caught.value.message == f"spiris: nobody let us in: {why}."
    assert server.asked == []


def test_a_description_that_repeats_code_or_state_is_redacted(server, client):
    def repeating(back: Back) -> Back:
        words = {"error": "server_error", "error_description": f"at {back['state']} for abc-defg"}
        return {"state": back["state"], "code": "abc-defg", **words}

    with pytest.raises(CredentialsError) as caught:
        granted(server, client, Person(repeating))
    assert caught.value.message == "spiris: nobody let us in: the platform had a fault: at […] for […]."


@pytest.mark.parametrize("change", [lambda back: {"state": back["state"]}, lambda back: back | {"code": ""}])
def test_an_answer_without_a_code_is_refused(server, client, change):
    with pytest.raises(CredentialsError, match="without a code"):
        granted(server, client, Person(change))
    assert server.asked == []


def test_a_code_that_the_platform_does_not_accept_is_not_repeated_and_nor_is_the_verifier(server, client, events):
    with pytest.raises(CredentialsError) as caught:
        granted(server, client, Person(lambda back: back | {"code": "forged"}))
    (form,) = server.asked
    said = f"{caught.value!r} {caught.value} {events}"
    assert caught.value.code == "invalid_grant"
    assert not [secret for secret in (form["code"], form["code_verifier"], SECRET) if secret in said]


def test_the_code_of_another_attempt_does_not_pass_the_platform(server, client):
    codes: list[str] = []

    def note(back: Back) -> Back:
        codes.append(back["code"])
        return {"state": back["state"]}

    with pytest.raises(CredentialsError):
        granted(server, client, Person(note))
    with pytest.raises(CredentialsError, match=r"token was not allowed \(400\)"):
        granted(server, client, Person(lambda back: back | {"code": codes[0]}))


def test_an_answer_without_a_refresh_token_is_none(server, client):
    server.says = {"refresh_token": None}
    with pytest.raises(UnexpectedResponseError) as caught:
        granted(server, client, Person())
    assert "offline_access" in caught.value.remedy
    assert server.open not in f"{caught.value} {caught.value.sample}"


def test_a_token_endpoint_that_stays_away_is_retryable(server, client):
    server.faults.add(Fault("503", path="/token"))
    with pytest.raises(RetryableError):
        granted(server, client, Person())


@pytest.mark.parametrize("which", ["authorize_url", "token_url"])
def test_a_page_or_token_endpoint_without_tls_is_refused(server, client, which):
    with pytest.raises(ConfigurationError):
        granted(server, client, Person(), **{which: "http://platform.example/x"})
    assert server.journal == []


def test_nobody_is_sent_to_the_page_while_the_client_secret_is_missing(server, client):
    with pytest.raises(CredentialsError, match="No secret was found"):
        granted(server, client, Person(), client_secret=Secret("env", "NOWHERE_AT_ALL"))
    assert server.journal == []


def test_a_visit_that_fails_asks_for_nothing(server, client):
    class Nobody(Person):
        def __call__(self, url: str) -> Back:
            raise CredentialsError("nobody came back")

    with pytest.raises(CredentialsError, match="nobody came back"):
        granted(server, client, Nobody())
    assert server.journal == []


def test_no_secret_is_logged_and_none_is_shown_by_its_owner(server, client, drawer, events):
    tokens = granted(server, client, Person())
    auth = token(server, drawer)
    auth.keep(tokens.refresh_token)
    going = client(auth)
    company(going)
    asked = [value for form in server.asked for key, value in form.items() if key not in ("grant_type", "redirect_uri")]
    secret = {SECRET, tokens.access_token, tokens.refresh_token, server.open, *drawer.kept.values(), *asked}
    shown = f"{events} {tokens!r} {auth!r} {going!r}"
    assert [event["operation"] for event in events] == ["token", "token", "read_company"]
    assert not [value for value in secret if value in shown]
