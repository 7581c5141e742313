"""API tokens: who acts with one, with which rights, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from disengage.domain.rights import Person, Right, Role
from disengage.errors import InputError, LifecycleError
from disengage.store import Store
from disengage.web.access.tokens import LONGEST_DAYS, MOST, Tokens
from disengage.web.troubles import NotAllowedError, NotThereError

KARI = Person(name="kari", roles=frozenset({Role.OPERATOR, Role.ARCHIVIST}))
OLA = Person(name="ola", roles=frozenset({Role.VIEWER}))
ADMIN = Person(name="admin", roles=frozenset({Role.ADMINISTRATOR}))


@dataclass
class House:
    """What of a workplace tokens look at, with a clock that is moved by hand."""

    store: Store
    time: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Any]:
    with Store.open(f"sqlite:///{tmp_path}/disengage.db", tmp_path, create=True) as store:
        for person in (KARI, OLA, ADMIN):
            store.people.add(person)
        yield House(store)


@pytest.fixture
def tokens(house: Any) -> Tokens:
    return Tokens(house)


def made(tokens: Tokens, person: Person = KARI, *scopes: Right, days: int = 30) -> tuple[str, str]:
    token_id, secret = tokens.make(person, "ERP", scopes or (Right.SEE,), days)
    return token_id, f"Bearer {secret}"


def test_whoever_carries_a_token_acts_for_its_person_with_the_rights_it_was_given(tokens: Tokens) -> None:
    _, header = made(tokens, KARI, Right.SEE, Right.OPERATE)
    found = tokens.find(header)
    assert found == KARI.model_copy(update={"scopes": frozenset({Right.SEE, Right.OPERATE})})
    assert found.rights == {Right.SEE, Right.OPERATE}


def test_a_token_has_no_right_that_its_person_has_no_more(tokens: Tokens, house: Any) -> None:
    _, header = made(tokens, KARI, Right.SEE, Right.OPERATE, Right.ARCHIVE)
    house.store.people.give_roles("kari", [Role.ARCHIVIST])
    found = tokens.find(header)
    assert found
    assert found.rights == {Right.SEE, Right.ARCHIVE}


def test_a_token_of_a_locked_person_opens_nothing_until_they_are_let_in_again(tokens: Tokens, house: Any) -> None:
    _, header = made(tokens)
    house.store.people.lock("kari")
    assert tokens.find(header) is None
    house.store.people.unlock("kari")
    assert tokens.find(header)


def test_a_token_ends_when_its_days_are_over(tokens: Tokens, house: Any) -> None:
    _, header = made(tokens, days=2)
    house.time += timedelta(days=2) - timedelta(seconds=1)
    assert tokens.find(header)
    house.time += timedelta(seconds=1)
    assert tokens.find(header) is None


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic a2FyaTp4", "Bearer dis_", "Bearer dis_" + "x" * 10_000]
)
def test_what_is_no_token_opens_nothing(tokens: Tokens, header: str | None) -> None:
    assert tokens.find(header) is None


def test_one_letter_more_less_or_different_opens_nothing(tokens: Tokens) -> None:
    _, header = made(tokens)
    other = "A" if header[-1] != "A" else "B"
    wrong = [header[:-1], f"{header}A", f"{header[:-1]}{other}", f"{header} ", header.replace("Bearer", "Token")]
    assert [tokens.find(one) for one in wrong] == [None] * len(wrong)
    assert tokens.find(header.replace("Bearer", "bearer"))


def test_every_token_is_another_one_of_256_bits(tokens: Tokens) -> None:
    secrets = {made(tokens)[1].removeprefix("Bearer dis_") for _ in range(10)}
    assert (len(secrets), {len(secret) for secret in secrets}) == (10, {43})


def test_neither_the_token_nor_its_label_stands_in_the_store(tokens: Tokens, house: Any) -> None:
    _, secret = tokens.make(KARI, "of Nordlys", [Right.SEE], 1)
    kept = b"".join(file.read_bytes() for file in house.store.path.parent.glob("disengage.db*"))
    assert (secret.encode() in kept, secret[4:].encode() in kept, b"Nordlys" in kept) == (False, False, False)


def test_the_last_use_is_known_to_the_minute(tokens: Tokens, house: Any) -> None:
    _, header = made(tokens)
    begun = house.time
    seen = []
    for seconds in (0, 59, 1):
        house.time += timedelta(seconds=seconds)
        tokens.find(header)
        seen.append(tokens.of(KARI)[0].last_used)
    assert seen == [begun, begun, begun + timedelta(minutes=1)]


def test_a_revoked_token_opens_nothing_and_stays_in_the_list(tokens: Tokens, house: Any) -> None:
    token_id, header = made(tokens)
    begun = house.time
    tokens.revoke(token_id, KARI)
    house.time += timedelta(days=1)
    tokens.revoke(token_id, KARI)
    assert tokens.find(header) is None
    assert [(one.id, one.revoked_at) for one in tokens.of(KARI)] == [(token_id, begun)]
    recorded = [(event.kind, event.actor, event.payload) for event in house.store.events("")]
    assert recorded == [
        ("token_made", "kari", {"token": token_id, "scopes": ["see"], "days": 30}),
        ("token_revoked", "kari", {"token": token_id, "person": "kari"}),
    ]


def test_only_its_person_and_an_administrator_revoke_a_token(tokens: Tokens) -> None:
    token_id, header = made(tokens)
    weak = ADMIN.model_copy(update={"scopes": frozenset({Right.SEE})})
    for somebody in (OLA, weak):
        with pytest.raises(NotThereError):
            tokens.revoke(token_id, somebody)
    with pytest.raises(NotThereError):
        tokens.revoke("t-none", ADMIN)
    assert tokens.find(header)
    tokens.revoke(token_id, ADMIN)
    assert tokens.find(header) is None


@pytest.mark.parametrize(
    ("label", "scopes", "days"),
    [
        ("", ["see"], 1),
        (" ", ["see"], 1),
        ("x" * 81, ["see"], 1),
        ("a\nb", ["see"], 1),
        ("x", [], 1),
        ("x", ["fly"], 1),
        ("x", ["see", "administer"], 1),
        ("x", ["see"], 0),
        ("x", ["see"], LONGEST_DAYS + 1),
    ],
)
def test_a_token_that_cannot_be_made_is_refused_and_nothing_is_kept(
    tokens: Tokens, house: Any, label: str, scopes: list[str], days: int
) -> None:
    with pytest.raises(InputError):
        tokens.make(KARI, label, scopes, days)
    assert (tokens.all(), house.store.events("")) == ([], [])


def test_a_token_makes_no_other_token(tokens: Tokens) -> None:
    _, header = made(tokens)
    acting = tokens.find(header)
    assert acting
    with pytest.raises(NotAllowedError):
        tokens.make(acting, "x", [Right.SEE], 1)


def test_nobody_has_very_many_tokens_that_open_something(tokens: Tokens) -> None:
    first = [made(tokens)[0] for _ in range(MOST)]
    with pytest.raises(LifecycleError):
        made(tokens)
    made(tokens, OLA)
    tokens.revoke(first[0], KARI)
    made(tokens)
