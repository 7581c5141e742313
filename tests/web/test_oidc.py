"""Signing in with the firm's identity provider: a real one, over a socket, well-behaved or not."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from disengage.domain.rights import Person, Role
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.web.firm import Firm, Visitor, open_for_business
from tests.web.provider import IdentityProvider, another_host, another_nonce, identity_provider, in_json

#: What the provider uses of Authlib moves elsewhere in a later version.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SECRET = "the-site's-secret"


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    with identity_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, running: IdentityProvider) -> Iterator[Firm]:
    (tmp_path_factory.getbasetemp() / "oidc-secret").write_text(SECRET)
    place = tmp_path_factory.getbasetemp() / "oidc-secret"
    settings = (
        f'[web.oidc]\nissuer = "{running.url}"\nclient_id = "disengage"\nclient_secret = {{ file = "{place}" }}\n'
    )
    with open_for_business(tmp_path_factory.mktemp("firm"), configuration=settings) as made:
        yield made


@pytest.fixture
def provider(running: IdentityProvider) -> Iterator[IdentityProvider]:
    yield running
    running.behave()


def configured(firm: Firm, patch: pytest.MonkeyPatch, **changes: object) -> None:
    settings = firm.workplace.settings
    oidc = settings.web.oidc.model_copy(update=changes)
    web = settings.web.model_copy(update={"oidc": oidc})
    patch.setattr(firm.workplace, "settings", settings.model_copy(update={"web": web}))


def by_groups(firm: Firm, patch: pytest.MonkeyPatch) -> None:
    configured(firm, patch, roles_claim="groups", roles={"accounting": Role.OPERATOR, "partners": Role.APPROVER})


def invite(firm: Firm, name: str, *roles: str) -> None:
    firm.workplace.store.people.add(Person(name=name, roles=frozenset(map(Role, roles or ("viewer",)))))


def go(visitor: Visitor, there: str = "/account") -> str:
    """Begin, and return the provider's address."""
    answer = visitor.get(f"/sign-in/oidc?next={there}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come_back(visitor: Visitor, address: str) -> httpx.Response:
    parts = urlsplit(address)
    return visitor.get(f"{parts.path}?{parts.query}")


def sign_in(visitor: Visitor, provider: IdentityProvider, subject: str, there: str = "/account") -> httpx.Response:
    return come_back(visitor, provider.sign_in(go(visitor, there), subject))


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def events(firm: Firm) -> list[tuple[str, str]]:
    return [(event.kind, event.actor) for event in firm.workplace.store.events("")]


# --- as it should be


def test_an_invited_person_signs_in_and_comes_where_they_wanted_to_go(firm: Firm, provider: IdentityProvider) -> None:
    invite(firm, "kari")
    provider.is_person("s-kari", preferred_username="Kari", name="Kari Nordmann")
    visitor = firm.anybody
    answer = sign_in(visitor, provider, "s-kari", "/cases")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
    assert is_in(visitor)
    assert events(firm)[-2:] == [("person_linked", "kari"), ("signed_in", "kari")]
    session = [line for line in answer.headers.get_list("set-cookie") if line.startswith("disengage=")]
    assert all(word in session[0] for word in ("HttpOnly", "SameSite=lax"))


def test_code_challenge_state_and_nonce_are_sent_and_differ_each_time(firm: Firm, provider: IdentityProvider) -> None:
    visitor = firm.anybody
    first, second = (parse_qs(urlsplit(go(visitor)).query) for _ in range(2))
    assert {name for name in first if first[name] != second[name]} == {"state", "nonce", "code_challenge"}
    assert first["code_challenge_method"] == ["S256"]
    assert first["response_type"] == ["code"]
    assert first["redirect_uri"] == [f"{firm.server.url}/sign-in/oidc/back"]


def test_the_verifier_proves_that_it_was_us_who_asked(firm: Firm, provider: IdentityProvider) -> None:
    invite(firm, "vera")
    provider.is_person("s-vera", preferred_username="vera")
    visitor = firm.anybody
    address = go(visitor)
    come_back(visitor, provider.sign_in(address, "s-vera"))
    verifier = provider.parameters("/oauth2/token")["code_verifier"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert parse_qs(urlsplit(address).query)["code_challenge"] == [challenge]


def test_a_person_is_known_by_what_the_provider_calls_them_and_not_by_their_name(
    firm: Firm, provider: IdentityProvider
) -> None:
    invite(firm, "ola")
    provider.is_person("s-ola", preferred_username="ola")
    sign_in(firm.anybody, provider, "s-ola")
    provider.is_person("s-ola", preferred_username="ola.married")
    provider.is_person("s-other", preferred_username="ola")
    assert is_in_after(firm, provider, "s-ola")
    assert not is_in_after(firm, provider, "s-other")


def is_in_after(firm: Firm, provider: IdentityProvider, subject: str) -> bool:
    visitor = firm.anybody
    sign_in(visitor, provider, subject)
    return is_in(visitor)


def test_signing_in_ends_the_session_that_the_browser_had(firm: Firm, provider: IdentityProvider) -> None:
    invite(firm, "anna")
    provider.is_person("s-anna", preferred_username="anna")
    before = firm.visitor("operator")
    digest = firm.workplace.store.sessions.of(before.name)[0].digest
    sign_in(before, provider, "s-anna")
    assert digest not in {one.digest for one in firm.workplace.store.sessions.of(before.name)}


@pytest.mark.parametrize("there", ["https://evil.example", "//evil.example", "/%5Cevil.example", "javascript:x"])
def test_signing_in_leads_nowhere_else(firm: Firm, provider: IdentityProvider, there: str) -> None:
    if firm.workplace.store.people.find("siri") is None:
        invite(firm, "siri")
    provider.is_person("s-siri", preferred_username="siri")
    assert sign_in(firm.anybody, provider, "s-siri", there).headers["location"] == "/"


# --- who is who


def test_whoever_nobody_invited_is_told_to_ask(firm: Firm, provider: IdentityProvider) -> None:
    provider.is_person("s-stranger", preferred_username="stranger")
    answer = sign_in(firm.anybody, provider, "s-stranger")
    assert (answer.status_code, "Ask an administrator" in answer.text) == (403, True)
    assert firm.workplace.store.people.find("stranger") is None
    assert events(firm)[-1] == ("sign_in_refused", "disengage")


def test_nobody_becomes_somebody_with_a_password_by_choosing_their_name(
    firm: Firm, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_groups(firm, monkeypatch)
    invite(firm, "berit")
    firm.workplace.store.people.keep("berit", password="a hash")
    provider.is_person("s-mallory", preferred_username="berit", groups=["accounting"])
    assert sign_in(firm.anybody, provider, "s-mallory").status_code == 403
    assert firm.workplace.store.people.get("berit").subject == ""


def test_a_locked_person_stays_out(firm: Firm, provider: IdentityProvider) -> None:
    invite(firm, "locked")
    provider.is_person("s-locked", preferred_username="locked")
    visitor = firm.anybody
    sign_in(visitor, provider, "s-locked")
    firm.workplace.store.people.lock("locked")
    assert not is_in(visitor)
    assert sign_in(firm.anybody, provider, "s-locked").status_code == 403


def test_groups_make_a_person_and_give_the_roles_of_this_moment(
    firm: Firm, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_groups(firm, monkeypatch)
    people = firm.workplace.store.people
    claims = {"preferred_username": "per", "name": "Per Person"}
    provider.is_person("s-per", **claims, groups=["accounting", "football"])
    assert is_in_after(firm, provider, "s-per")
    assert people.get("per").person == Person(name="per", shown="Per Person", roles=frozenset({Role.OPERATOR}))
    provider.is_person("s-per", **claims, groups=["partners"])
    assert is_in_after(firm, provider, "s-per")
    assert people.get("per").person.roles == {Role.APPROVER}
    provider.is_person("s-per", **claims, groups=["football"])
    assert not is_in_after(firm, provider, "s-per")
    assert people.get("per").person.roles == frozenset()
    changes = [e.payload for e in firm.workplace.store.events("") if e.kind == "roles_changed"]
    assert changes[-2:] == [
        {"person": "per", "roles": ["approver"], "was": ["operator"]},
        {"person": "per", "roles": [], "was": ["approver"]},
    ]


def test_without_a_group_that_has_a_role_nobody_is_made(
    firm: Firm, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_groups(firm, monkeypatch)
    provider.is_person("s-guest", preferred_username="guest", groups=["football"])
    assert not is_in_after(firm, provider, "s-guest")
    assert firm.workplace.store.people.find("guest") is None


def test_an_address_of_mail_becomes_no_login_name(
    firm: Firm, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_groups(firm, monkeypatch)
    provider.is_person("s-mail", preferred_username="Siv.Holm@nordlys.example", groups=["accounting"])
    assert is_in_after(firm, provider, "s-mail")
    assert "nordlys.example" not in str(firm.workplace.store.events(""))
    assert firm.workplace.store.people.find("siv.holm")
    provider.is_person("s-twin", preferred_username="siv.holm@other.example", groups=["accounting"])
    assert not is_in_after(firm, provider, "s-twin")


# --- what must not let anybody in


@pytest.fixture
def known(firm: Firm, provider: IdentityProvider) -> str:
    """Somebody who can sign in, when nothing is wrong, and who did."""
    if firm.workplace.store.people.find("known") is None:
        invite(firm, "known")
        provider.is_person("s-known", preferred_username="known")
        assert is_in_after(firm, provider, "s-known")
    return "s-known"


def turned_away(visitor: Visitor, answer: httpx.Response, status: int = 403) -> bool:
    assert (answer.status_code, "Traceback" in answer.text) == (status, False)
    assert not [line for line in answer.headers.get_list("set-cookie") if line.startswith("disengage=")]
    return not is_in(visitor)


def test_a_state_of_nobodys_is_refused(firm: Firm, provider: IdentityProvider, known: str) -> None:
    visitor = firm.anybody
    back = urlsplit(provider.sign_in(go(visitor), known))
    code = parse_qs(back.query)["code"][0]
    for state in ("&state=guessed", "&state=", ""):
        assert turned_away(visitor, visitor.get(f"{back.path}?code={code}{state}"))


def test_what_came_back_means_nothing_in_another_browser(firm: Firm, provider: IdentityProvider, known: str) -> None:
    back = provider.sign_in(go(firm.anybody), known)
    victim = firm.anybody
    assert turned_away(victim, come_back(victim, back))
    go(victim)
    assert turned_away(victim, come_back(victim, back))


def test_what_came_back_is_taken_once(firm: Firm, provider: IdentityProvider, known: str) -> None:
    visitor = firm.anybody
    address = go(visitor)
    cookies = dict(visitor.http.cookies)
    back = provider.sign_in(address, known)
    assert come_back(visitor, back).status_code == 303
    again = firm.anybody
    again.http.cookies.update(cookies)
    assert turned_away(again, come_back(again, back))


def test_a_code_that_was_used_already_is_refused_by_the_provider(
    firm: Firm, provider: IdentityProvider, known: str
) -> None:
    first, second = firm.anybody, firm.anybody
    used = parse_qs(urlsplit(back := provider.sign_in(go(first), known)).query)["code"][0]
    assert come_back(first, back).status_code == 303
    state = parse_qs(urlsplit(go(second)).query)["state"][0]
    assert turned_away(second, second.get(f"/sign-in/oidc/back?code={used}&state={state}"))


def test_coming_back_too_late_is_refused(
    firm: Firm, provider: IdentityProvider, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = firm.anybody
    back = provider.sign_in(go(visitor), known)
    later = datetime.now(UTC) + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(firm.workplace, "now", lambda: later)
    assert turned_away(visitor, come_back(visitor, back))


def test_a_person_who_is_denied_there_is_told_so(firm: Firm, provider: IdentityProvider) -> None:
    visitor = firm.anybody
    address = go(visitor)
    state = parse_qs(urlsplit(address).query)["state"][0]
    answer = come_back(visitor, f"{provider.deny(address)}&state={state}")  # which this provider leaves out
    assert turned_away(visitor, answer)
    assert "did not let you in" in answer.text


def test_a_token_of_another_attempt_is_refused(firm: Firm, provider: IdentityProvider, known: str) -> None:
    provider.before["/oauth2/authorize"] = another_nonce
    visitor = firm.anybody
    assert turned_away(visitor, sign_in(visitor, provider, known))


def test_a_token_of_another_issuer_is_refused(firm: Firm, provider: IdentityProvider, known: str) -> None:
    provider.before["/oauth2/token"] = another_host
    visitor = firm.anybody
    assert turned_away(visitor, sign_in(visitor, provider, known))


def test_an_answer_that_names_another_issuer_is_refused(firm: Firm, provider: IdentityProvider, known: str) -> None:
    visitor = firm.anybody
    back = provider.sign_in(go(visitor), known)
    assert turned_away(visitor, come_back(visitor, f"{back}&iss=https://evil.example"))


def claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def signed_by_another(token: str) -> str:
    return jwt.encode({"alg": "RS256"}, claims_of(token), a_key())


def signed_by_our_secret(token: str) -> str:
    return jwt.encode({"alg": "HS256"}, claims_of(token), OctKey.import_key(SECRET.ljust(32)))


def changed(token: str) -> str:
    head, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps({**claims_of(token), "sub": "s-admin"}).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


FORGERIES = [unsigned, signed_by_another, signed_by_our_secret, changed, lambda _: "nonsense", lambda _: ""]


@pytest.mark.parametrize("forged", FORGERIES, ids=[getattr(one, "__name__", "") for one in FORGERIES])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    firm: Firm, provider: IdentityProvider, known: str, forged: Any
) -> None:
    provider.after["/oauth2/token"] = in_json(lambda given: {**given, "id_token": forged(given["id_token"])})
    visitor = firm.anybody
    assert turned_away(visitor, sign_in(visitor, provider, known))


@cache
def a_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": "ours"}, private=True)


def says(provider: IdentityProvider, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Have the provider sign what it says with a key of ours, so that it can say anything."""
    key = a_key()
    provider.after["/jwks"] = lambda _: json.dumps({"keys": [key.as_dict(private=False)]}).encode()
    provider.after["/oauth2/token"] = in_json(
        lambda given: {
            "access_token": given["access_token"],
            "id_token": jwt.encode({"alg": "RS256", "kid": "ours"}, change(claims_of(given["id_token"])), key),
        }
    )


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {kept: value for kept, value in claims.items() if kept != name}


def test_a_token_that_says_what_it_has_to_say_is_believed(firm: Firm, provider: IdentityProvider, known: str) -> None:
    says(provider, lambda claims: claims)
    assert is_in_after(firm, provider, known)


WRONG: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "for another site": lambda claims: {**claims, "aud": "another"},
    "for us and others, given to another": lambda claims: {**claims, "aud": ["disengage", "b"], "azp": "b"},
    "for us and others, given to nobody": lambda claims: {**claims, "aud": ["disengage", "b"]},
    "of another issuer": lambda claims: {**claims, "iss": "https://evil.example"},
    "with another nonce": lambda claims: {**claims, "nonce": "x"},
    "expired": lambda claims: {**claims, "exp": claims["iat"] - 61},
    "not valid yet": lambda claims: {**claims, "nbf": claims["iat"] + 3600},
    "made in the future": lambda claims: {**claims, "iat": claims["iat"] + 3600},
    "of nobody": lambda claims: {**claims, "sub": ""},
    "of a number": lambda claims: {**claims, "sub": 7},
    "for another access token": lambda claims: {**claims, "at_hash": "x"},
    **{f"without {name}": without(name) for name in ("iss", "sub", "aud", "exp", "iat", "nonce")},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_says_one_thing_wrong_is_refused(
    firm: Firm, provider: IdentityProvider, known: str, wrong: str
) -> None:
    says(provider, WRONG[wrong])
    visitor = firm.anybody
    assert turned_away(visitor, sign_in(visitor, provider, known))


def test_an_answer_without_a_token_is_refused(firm: Firm, provider: IdentityProvider, known: str) -> None:
    provider.after["/oauth2/token"] = in_json(lambda given: {"access_token": given["access_token"]})
    visitor = firm.anybody
    assert turned_away(visitor, sign_in(visitor, provider, known))


# --- a provider that is not well


def test_a_provider_that_is_down_is_told_of_plainly_before_and_after(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = firm.anybody
    with identity_provider() as short:
        configured(firm, monkeypatch, issuer=short.url)
        short.is_person("s-x", preferred_username="x")
        back = short.sign_in(go(visitor), "s-x")
    assert turned_away(visitor, come_back(visitor, back), 502)
    assert turned_away(visitor, visitor.get("/sign-in/oidc"), 502)


@pytest.mark.parametrize(
    "told",
    [
        in_json(lambda given: {**given, "issuer": "https://evil.example"}),
        in_json(lambda given: {**given, "token_endpoint": "http://evil.example/token"}),
        in_json(lambda given: {name: value for name, value in given.items() if name != "jwks_uri"}),
        lambda body: b"<html>maintenance</html>",
        lambda body: b"[]",
    ],
    ids=["another issuer", "not TLS", "no keys", "no JSON", "no object"],
)
def test_a_provider_that_does_not_describe_itself_well_is_not_used(
    firm: Firm, provider: IdentityProvider, told: Any
) -> None:
    provider.after["/.well-known/openid-configuration"] = told
    visitor = firm.anybody
    assert turned_away(visitor, visitor.get("/sign-in/oidc"), 502)


def test_where_nothing_is_configured_there_is_nothing(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(firm, monkeypatch, issuer="")
    assert [firm.anybody.get(path).status_code for path in ("/sign-in/oidc", "/sign-in/oidc/back")] == [404, 404]
