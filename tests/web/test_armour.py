"""What protects every answer, whatever is behind it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from disengage.domain.rights import Right
from disengage.errors import InputError, StoreError
from disengage.sections import WebSettings
from disengage.web.armour import HEADERS, Armour
from disengage.web.doors import Door
from disengage.web.limits import MEGABYTE
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router

from tests.web.firm import Firm
from tests.web.hearing import heard
from tests.web.serve import served

SECRET = "sk-very-secret kari@nordlys.example"


async def take(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def broken(request: Request) -> Response:
    raise RuntimeError(SECRET)


async def wrong(request: Request) -> Response:
    raise InputError("The date is none.", remedy="Write one.")


async def no_store(request: Request) -> Response:
    raise StoreError("The store <is> locked.", remedy="Try again.")


async def breaks_off(request: Request) -> Response:
    async def pieces() -> Any:
        yield b"begun"
        raise RuntimeError(SECRET)

    return StreamingResponse(pieces())


async def strict(request: Request) -> Response:
    headers = {"Content-Security-Policy": "sandbox", "Cache-Control": "private", "X-Content-Type-Options": "none"}
    return PlainTextResponse("x", headers=headers)


def enter(visit: Any) -> Response:
    return Response()


ROUTES = [
    Route("/things/{thing}", take, methods=["GET", "POST"]),
    Route("/files/{thing}", take, methods=["POST"]),
    Route("/broken/{thing}", broken),
    Route("/wrong", wrong),
    Route("/no-store", no_store),
    Route("/breaks-off", breaks_off),
    Route("/strict", strict),
    Mount("/api/v1", Router([Route("/things/{thing}", take, methods=["POST"]), Route("/broken", broken)])),
]
DOORS = [Door("POST", "/files/{thing}", Right.OPERATE, enter, takes_files=True)]


def armoured(settings: WebSettings, **more: Any) -> Starlette:
    return Starlette(routes=ROUTES, middleware=[Middleware(Armour, settings=settings, doors=DOORS, **more)])


@pytest.fixture(scope="module")
def site() -> Iterator[httpx.Client]:
    with served(armoured(WebSettings(upload_megabytes=2))) as url, httpx.Client(base_url=url) as client:
        yield client


def raw(client: httpx.Client, *lines: str) -> str:
    """Send exactly these lines, as no library would, and return the first line of the answer."""
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(("\r\n".join([*lines, "Connection: close", "", ""])).encode())
        return connection.makefile("rb").readline().decode().strip()


# --- by which name


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8321", "localhost:1", "LOCALHOST", "[::1]:8321", "127.9.9.9", "firm.example"]
)
def test_the_site_answers_by_its_own_names(host: str) -> None:
    settings = WebSettings(base_url="https://firm.example")
    with served(armoured(settings)) as url:
        assert httpx.get(f"{url}/things/1", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "[::2]", "a b",
             "localhost@evil.example", "localhost:x", "::1"]
)  # fmt: skip
def test_the_site_answers_by_no_other_name_so_that_rebound_names_lead_nowhere(site: httpx.Client, host: str) -> None:
    answer = site.post("/things/1", headers={"Host": host}, content=b"x")
    assert (answer.status_code, "called by that name" in answer.text) == (400, True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_request_with_no_name_or_two_is_refused(site: httpx.Client) -> None:
    assert raw(site, "GET /things/1 HTTP/1.0").endswith("400 Bad Request")
    assert raw(site, "GET /things/1 HTTP/1.1", "Host: localhost", "Host: evil.example").endswith("400 Bad Request")


# --- how much


def test_a_form_of_a_megabyte_is_read_and_one_byte_more_is_not(site: httpx.Client) -> None:
    assert site.post("/things/1", content=b"x" * MEGABYTE).text == str(MEGABYTE)
    answer = site.post("/things/1", content=b"x" * (MEGABYTE + 1))
    assert (answer.status_code, "larger than 1 MB" in answer.text) == (413, True)


@pytest.mark.parametrize("path", ["/files/1", "/api/v1/things/1"])
def test_uploads_may_be_as_large_as_configured_and_no_larger(site: httpx.Client, path: str) -> None:
    assert site.post(path, content=b"x" * (2 * MEGABYTE)).status_code == 200
    assert site.post(path, content=b"x" * (3 * MEGABYTE + 1)).status_code == 413


def test_a_body_is_counted_where_its_length_is_not_said(site: httpx.Client) -> None:
    def pieces(many: int) -> Iterator[bytes]:
        yield from (b"x" * 65536 for _ in range(many))

    assert site.post("/things/1", content=pieces(16)).text == str(MEGABYTE)
    assert site.post("/things/1", content=pieces(17)).status_code == 413


def test_the_announced_length_is_enough_to_refuse_without_reading(site: httpx.Client) -> None:
    said = raw(site, "POST /things/1 HTTP/1.1", "Host: localhost", "Content-Length: 99999999999")
    assert said.startswith("HTTP/1.1 413 ")


# --- headers


def test_every_answer_carries_the_headers_that_protect_it(site: httpx.Client) -> None:
    for path in ("/things/1", "/nowhere", "/broken/1", "/wrong", "/api/v1/broken", "/api/v1/nowhere"):
        headers = site.get(path).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
        assert "Strict-Transport-Security" not in headers
        assert "Server" not in headers


def test_no_answer_lets_scripts_or_styles_stand_in_a_page_or_come_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert {policy.pop(name) for name in ("default-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert set(policy.values()) == {"'self'"}


def test_an_answer_may_be_stricter_but_its_type_is_never_guessed(site: httpx.Client) -> None:
    headers = site.get("/strict").headers
    assert headers["Content-Security-Policy"] == "sandbox"
    assert headers["Cache-Control"] == "private"
    assert headers.get_list("X-Content-Type-Options") == ["nosniff"]


def test_behind_tls_browsers_are_told_to_come_by_tls_only() -> None:
    with served(armoured(WebSettings(base_url="https://firm.example"))) as url:
        assert httpx.get(f"{url}/things/1").headers["Strict-Transport-Security"] == "max-age=31536000"


# --- faults


def test_a_fault_is_told_without_its_words_and_written_down_by_its_kind(
    site: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    with heard() as lines:
        page, problem = site.get("/broken/7"), site.get("/api/v1/broken")
    assert (page.status_code, problem.status_code) == (500, 500)
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert problem.json()["detail"] == "This is a fault of disengage itself (RuntimeError)."
    assert "RuntimeError" in page.text
    printed = "".join(capfd.readouterr())
    assert SECRET not in page.text + problem.text + json.dumps(lines) + printed
    assert "Traceback" not in page.text + problem.text + printed
    faults = [line for line in lines if line["event"] == "fault"]
    assert faults == [
        {"event": "fault", "log_level": "error", "kind": "RuntimeError", "route": route}
        for route in ("/broken/{thing}", "/api/v1/broken")
    ]


def test_whoever_looks_for_a_fault_sees_its_traceback_on_stderr_only(
    site: httpx.Client, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISENGAGE_DEBUG", "1")
    assert "Traceback" not in site.get("/broken/7").text
    assert "RuntimeError: sk-very-secret" in capfd.readouterr().err


def test_an_error_of_ours_has_its_status_and_its_words_are_escaped(site: httpx.Client) -> None:
    wrong, locked = site.get("/wrong"), site.get("/no-store")
    assert (wrong.status_code, locked.status_code) == (422, 503)
    assert "The date is none." in wrong.text
    assert "The store &lt;is&gt; locked." in locked.text


def test_where_the_page_that_tells_of_a_fault_is_broken_too_a_bare_one_comes() -> None:
    async def tell(request: Request, error: Exception) -> Response:
        raise ValueError(SECRET)

    with served(armoured(WebSettings(), tell=tell)) as url:
        answer = httpx.get(f"{url}/broken/1")
    assert (answer.status_code, SECRET in answer.text) == (500, False)


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(
    site: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        site.get("/breaks-off")
    assert SECRET not in "".join(capfd.readouterr())


# --- the log


def test_one_line_is_logged_for_each_answer_and_nothing_of_its_address(site: httpx.Client) -> None:
    with heard() as lines:
        site.get("/things/974760673?q=Nordlys", headers={"Cookie": "disengage=secret", "User-Agent": "x"})
        site.get("/nowhere/974760673")
        site.post("/api/v1/things/974760673")
        site.request("BREW", "/things/974760673")
        for _ in range(500):  # a line comes after its answer
            if len(lines) >= 4:
                break
            Event().wait(0.01)
    assert all(isinstance(line.pop("milliseconds"), int) for line in lines)
    assert lines == [
        {"event": "answered", "log_level": "info", "method": method, "route": route, "status": status}
        for method, route, status in [
            ("GET", "/things/{thing}", 200),
            ("GET", "-", 404),
            ("POST", "/api/v1/things/{thing}", 200),
            ("other", "/things/{thing}", 405),
        ]
    ]


# --- the real site


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/static/favicon.svg", "/api/v1/cases", "/cases"])
def test_the_site_itself_wears_it(firm: Firm, path: str) -> None:
    headers = firm.anybody.get(path).headers
    expected = {**HEADERS, "X-Content-Type-Options": "nosniff"}
    assert {name: headers[name] for name in expected} == expected
    kept = "max-age=3600" if path.startswith("/static/") else "no-store"
    assert headers["Cache-Control"] == kept


def test_a_fault_of_a_page_looks_like_the_house(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = firm.visitor("viewer")
    monkeypatch.setattr(firm.server.site.pages, "render", failing(firm.server.site.pages.render))
    answer = visitor.get("/account")
    assert (answer.status_code, SECRET in answer.text) == (500, False)
    assert "stylesheet" in answer.text


def failing(render: Callable[..., str]) -> Callable[..., str]:
    def rendered(visit: Any, template: str, context: Any) -> str:
        if template == "trouble.html":
            return render(visit, template, context)
        raise RuntimeError(SECRET)

    return rendered
