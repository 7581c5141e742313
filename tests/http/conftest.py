from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from disengage.http import HttpClient, Patience
from disengage.testing import Call, Reply, Simulator

Speech = Callable[..., HttpClient]


class Platform(Simulator):
    """A platform that answers what a test tells it to; the last answer of a list stays."""

    name = "platform"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.seen: list[Call] = []
        self.scripts: dict[tuple[str, str], list[Reply]] = {}
        self.tokens: list[str] = []
        self.token_life: float | None = 1200
        self.protected = False

    def on(self, method: str, path: str, *replies: Reply) -> None:
        self.scripts[method, path] = list(replies)

    def forget_tokens(self) -> None:
        self.tokens.append("forgotten")

    def answer(self, call: Call) -> Reply:
        with self.lock:
            self.seen.append(call)
            if (call.method, call.path) not in self.scripts and call.path == "/token":
                return self._new_token()
            if self.protected and call.path != "/token" and not self._lets_in(call):
                return Reply(401, {"message": "the token is not valid"})
            return self._scripted(call)

    def _lets_in(self, call: Call) -> bool:
        return bool(self.tokens) and call.headers.get("Authorization") == f"Bearer {self.tokens[-1]}"

    def _new_token(self) -> Reply:
        self.tokens.append(f"token-{len(self.tokens) + 1}-q8Zr5TtYp3")
        life = {} if self.token_life is None else {"expires_in": self.token_life}
        return Reply(body={"access_token": self.tokens[-1], "token_type": "bearer", **life})

    def _scripted(self, call: Call) -> Reply:
        replies = self.scripts.get((call.method, call.path))
        if replies is None:
            return self.error(404)
        if call.method != "GET":
            self.effect(f"{call.method} {call.path}")
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def calls(self, path: str) -> list[Call]:
        return [call for call in self.seen if call.path == path]


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        running.on("GET", "/v2/items", Reply(body=[{"id": 1}]))
        running.on("PATCH", "/v2/users/7", Reply(204))
        yield running


@pytest.fixture
def pauses() -> list[float]:
    """What the kit would have slept."""
    return []


@pytest.fixture
def client(platform: Platform, pauses: list[float]) -> Iterator[Speech]:
    """Return a function that makes clients of the platform; they never sleep."""
    made: list[HttpClient] = []

    def make(**given: Any) -> HttpClient:
        options = {"base_url": f"{platform.url}/v2", "patience": Patience(first=0.0, sleep=pauses.append)} | given
        made.append(HttpClient("go", **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def events() -> Iterator[list[dict[str, Any]]]:
    """What was logged."""
    with structlog.testing.capture_logs() as captured:
        yield captured
