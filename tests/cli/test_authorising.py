"""``disengage authorise``: a person lets a connection in on the platform's own page."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from disengage.cli import authorising
from disengage.cli.authorising import LoopbackVisit
from disengage.cli.simulating import Simulation
from disengage.errors import InputError

from tests.oauth import SECRET, OAuthServer, fetched, sent_back
from tests.office import Answer, Office
from tests.registry.packages import Packages

#: A connector that is let in by a person, and shows that what was granted is kept and used.
CONNECTOR = """
from disengage import ConnectionSettings, Connector, ConnectorType, Manifest, Secret, Url, hookimpl
from disengage.http import Bearer, HttpClient, RefreshToken, authorise


class GuestSettings(ConnectionSettings):
    base_url: Url
    client_secret: Secret


class Guest(Connector):
    manifest = Manifest(platform="Guest", vendor="Somebody", operations=(), verbs=())

    def client(self, auth=None):
        return HttpClient(self.around.connection, f"{self.settings.base_url}/v2", auth=auth)

    def tokens(self, account):
        pair = ("firm-client", self.settings.client_secret)
        return RefreshToken(f"{self.settings.base_url}/token", basic=pair, initial=lambda: None,
                            kept=self.around.tokens, name=f"refresh/{account}", pause=lambda seconds: None)

    @hookimpl
    def grant_access(self, account, visit):
        with self.client() as client:
            granted = authorise(
                visit, authorize_url=f"{self.settings.base_url}/authorize", client=client,
                token_url=f"{self.settings.base_url}/token", client_id="firm-client",
                client_secret=self.settings.client_secret, scopes=["ea:api", "offline_access"],
            )
        self.tokens(account).keep(granted.refresh_token)
        return f"we act for {self.company(Bearer(granted.access_token))}"

    @hookimpl
    def try_credentials(self):
        return f"we act for {self.company(self.tokens('5560160680'))}"

    def company(self, auth):
        with self.client(auth) as client:
            return client.get("/company", operation="read_company").json()["name"]


@hookimpl
def connector_types():
    return [ConnectorType(name="guest", connector=Guest, settings_model=GuestSettings)]
"""
CONFIGURATION = """
[firm]
name = "Fjord Regnskap AS"
country = "NO"
time_zone = "Europe/Oslo"

[connections.spiris]
connector = "guest"
base_url = "{url}"
client_secret = {{ env = "GUEST_SECRET" }}

[connections.crm]
connector = "plain"

[connections.lame]
connector = "broken"
"""
COMPANY = ("--company", "5560160680")


@dataclass
class Door(Office):
    """A firm with a connection that is let in by a person, one that is not, and one that is broken.

    Attributes:
        server: The platform.
        more: Environment variables.
    """

    server: OAuthServer = field(default_factory=OAuthServer)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISENGAGE_CONFIG": str(self.folder / "disengage.toml"), **self.more}

    def authorise(self, *more: str) -> Answer:
        return self.call("authorise", "spiris", *COMPANY, *more)

    def begin(self) -> tuple[subprocess.Popen[str], str]:
        """Begin as a process of its own; return it and the page it shows."""
        process = self.start("authorise", "spiris", *COMPANY, "--no-browser")
        assert process.stdout
        shown = ""
        while "Waiting" not in shown:
            line = process.stdout.readline()
            assert line, process.communicate()
            shown += line
        return process, page_in(shown)


def page_in(shown: str) -> str:
    found = re.search(r"^(http://\S+/authorize\S+)$", shown, re.MULTILINE)
    assert found, shown
    return found[1]


def ended(process: subprocess.Popen[str]) -> Answer:
    out, err = process.communicate(timeout=60)
    return Answer(process.returncode, out, err)


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    packages = Packages(tmp_path_factory.mktemp("site-packages"))
    packages.add("guest", CONNECTOR)
    packages.add("broken", "raise RuntimeError")
    packages.add_connector("plain")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(packages.folder)
        yield packages.folder
    for name in packages.modules:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


@pytest.fixture
def door(tmp_path: Path, plugins: Path) -> Iterator[Door]:
    with OAuthServer() as server:
        (tmp_path / "disengage.toml").write_text(CONFIGURATION.format(url=server.url), encoding="utf-8")
        path = os.pathsep.join(filter(None, [str(plugins), os.environ.get("PYTHONPATH")]))
        more = {"PYTHONPATH": path, "GUEST_SECRET": SECRET}
        yield Door(tmp_path, Simulation({}, tmp_path), server=server, more=more)


@pytest.fixture
def visitors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the platform's page sends back a person who agrees to; a test may put words of its own there instead."""
    ways_back: list[str] = []

    def follow(url: str) -> None:
        ways_back.append(sent_back(url))
        threading.Thread(target=fetched, args=(ways_back[-1],)).start()

    monkeypatch.setattr(authorising, "open_browser", follow)
    return ways_back


def test_a_person_who_agrees_lets_the_connection_in_for_this_and_every_later_process(door):
    process, page = door.begin()
    status, _, text = fetched(sent_back(page))
    answer = ended(process)
    assert (answer.code, answer.out, answer.err) == (0, "spiris: we act for Nordlys Kafé AS\n", "")
    assert (status, text.count("You may close this window.")) == (200, 1)
    checked = door.call("connectors", "check", "spiris", "--json")
    assert (checked.code, checked.json()["connections"][0]["message"]) == (0, "we act for Nordlys Kafé AS")
    assert [form["grant_type"] for form in door.server.asked] == ["authorization_code", "refresh_token"]


def test_with_json_the_page_is_shown_on_stderr_and_one_document_on_stdout(door, visitors):
    answer = door.authorise("--json")
    document = {"connection": "spiris", "company": "5560160680", "ok": True, "message": "we act for Nordlys Kafé AS"}
    assert (answer.code, answer.json()) == (0, document)
    assert page_in(answer.err)


def test_the_browser_is_opened_at_the_page_and_follows_it_back(door, tmp_path):
    """A browser that prints, to see that nothing of it reaches our streams."""
    browser = tmp_path / "browser.py"
    browser.write_text("import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read())", encoding="utf-8")
    door.more["BROWSER"] = f"{sys.executable} {browser} %s"
    answer = door.process("authorise", "spiris", *COMPANY, "--json")
    assert (answer.code, answer.json()["ok"]) == (0, True)
    assert "close this window" not in answer.out + answer.err


def test_without_a_browser_nothing_is_opened(door, visitors):
    assert door.authorise("--no-browser", "--timeout", "0.1").code == 5
    assert visitors == []


def test_a_person_who_denies_it_ends_the_command_in_plain_words(door, visitors):
    door.server.denies = {"error": "access_denied"}
    answer = door.authorise()
    assert (answer.code, answer.err) == (
        5,
        "disengage: spiris: nobody let us in: access was denied there.\n           Begin again.\n",
    )


def test_an_answer_with_another_state_is_refused(door, monkeypatch):
    def forge(url: str) -> None:
        threading.Thread(target=fetched, args=(re.sub("state=[^&]+", "state=forged", sent_back(url)),)).start()

    monkeypatch.setattr(authorising, "open_browser", forge)
    answer = door.authorise()
    assert answer.code == 5
    assert "does not belong to this attempt" in answer.err
    assert door.server.asked == []


def test_nobody_coming_back_in_time_is_a_clear_error(door):
    answer = door.authorise("--no-browser", "--timeout", "0.1", "--json")
    assert (answer.code, answer.json()["error"]) == (
        5,
        {
            "kind": "CredentialsError",
            "message": "spiris: nobody let us in: nobody came back from the platform's page within 0.1 seconds.",
            "remedy": "Begin again.",
        },
    )


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let processes be interrupted, even if this one was started so that it cannot be, as in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_person_who_breaks_it_off_gets_one_line(door, interruptible):
    process, _ = door.begin()
    process.send_signal(signal.SIGINT)
    answer = ended(process)
    assert (answer.code, answer.out, answer.err) == (5, "", "disengage: spiris: nobody let us in: it was broken off.\n")


def test_no_secret_and_no_code_is_printed_logged_or_kept_in_clear(door, visitors):
    door.more["DISENGAGE_LOG"] = "debug"
    answer = door.authorise()
    (granted,) = door.server.asked
    secret = {SECRET, door.server.open, *door.server.alive, granted["code"], granted["code_verifier"]}
    said = answer.out + answer.err
    kept = b"".join(path.read_bytes() for path in door.folder.rglob("*.db*"))
    assert answer.code == 0
    assert "read_company" in said
    assert len(secret) == 5
    assert kept
    assert not [value for value in secret if value in said or value.encode() in kept]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["spirits"], "There is no connection 'spirits'. Did you mean 'spiris'?"),
        (["crm"], "The connection 'crm' is not authorised by a person's visit to the platform."),
        (["spiris", "--timeout", "0"], "--timeout is not between 0 and 540 seconds."),
        (["spiris", "--timeout", "541"], "--timeout is not between 0 and 540 seconds."),
        (["spiris", "--timeout", "nan"], "--timeout is not between 0 and 540 seconds."),
        (["spiris", "--port", "70000"], "Port 70000 of this machine cannot be listened on."),
        (["spiris", "--port", "4", "--redirect-uri", "http://localhost:5/a"], "--port and --redirect-uri both name a"),
        (["spiris", "--redirect-uri", "https://localhost:5/a"], "--redirect-uri cannot be served here."),
        (["spiris", "--company", " "], "--company is empty."),
    ],
)
def test_what_cannot_be_authorised_is_refused_before_anything_happens(door, visitors, arguments, said):
    answer = door.call("authorise", *COMPANY, *arguments, "--json")
    assert (answer.code, answer.json()["error"]["message"][: len(said)]) == (2, said)
    assert answer.json()["error"]["remedy"]
    assert door.server.journal == []


def test_a_connection_whose_plugin_is_broken_is_told_as_such(door):
    answer = door.call("authorise", "lame", *COMPANY)
    assert answer.code == 5
    assert "The plugin of the connector 'broken' is broken" in answer.err


# --- the visit alone


@dataclass
class Visiting:
    """A visit that is under way."""

    visit: LoopbackVisit

    def get(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
        root = "http://127.0.0.1:" + str(self.visit._server.server_address[1])
        return fetched(f"{root}{path}", method)


@contextlib.contextmanager
def visiting(**given: object) -> Iterator[tuple[Visiting, object]]:
    shown = threading.Event()
    visit = LoopbackVisit("spiris", show=lambda url: shown.set(), **given)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool, visit:  # leaving the visit ends whoever still waits
        coming = pool.submit(visit, "http://platform.example/authorize")
        assert shown.wait(10)
        yield Visiting(visit), coming


def test_only_the_way_back_ends_the_wait(capfd):
    with visiting() as (under_way, coming):
        others = [
            "/favicon.ico",
            "/",
            "/callback/?code=1",
            "/callbackx?code=1",
            "/callback",
            "/[?a",
        ]
        assert [under_way.get(path)[0] for path in others] == [404] * len(others)
        assert under_way.get("/callback?code=1", "HEAD")[0] == 404
        assert under_way.get("/callback?code=1", "POST")[0] == 501
        assert not coming.done()
        assert under_way.get("/callback?code=a%20b&state=s&empty=")[0] == 200
        assert coming.result(10) == {"code": "a b", "state": "s", "empty": ""}
    assert capfd.readouterr() == ("", "")


def test_the_page_is_plain_kept_by_nobody_and_may_load_nothing():
    with visiting() as (under_way, _):
        _, headers, text = under_way.get("/callback?code=secret-code")
    assert {
        name: headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Content-Type-Options", "Server")
    } == {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Server": "disengage",
    }
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "secret-code" not in text


def test_a_parameter_that_is_there_twice_is_not_there():
    with visiting() as (under_way, coming):
        under_way.get("/callback?code=1&state=a&state=b")
        assert coming.result(10) == {"code": "1"}


def test_a_connection_that_a_browser_opens_and_never_uses_holds_nobody_up():
    with visiting() as (under_way, coming), socket.create_connection(under_way.visit._server.server_address[:2]):
        under_way.get("/callback?code=1")
        assert coming.result(10) == {"code": "1"}


def test_a_redirect_address_that_the_platform_knows_is_used_to_the_letter():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with visiting(redirect_uri=f"http://localhost:{port}/oauth/back") as (under_way, coming):
        assert under_way.visit.redirect_uri == f"http://localhost:{port}/oauth/back"
        assert under_way.get("/callback?code=1")[0] == 404
        assert under_way.get("/oauth/back?code=1")[0] == 200
        assert coming.result(10) == {"code": "1"}


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost:44300/callback",
        "http://platform.example:80/callback",
        "http://127.0.0.1.example:80/callback",
        "http://localhost/callback",
        "http://localhost:0/callback",
        "http://localhost:99999/callback",
        "http://localhost:44300",
        "http://localhost:44300/callback?x=1",
        "http://localhost:44300/callback#x",
        "http://user@localhost:44300/callback",
        "http://[::1/callback",
        "callback",
    ],
)
def test_a_redirect_address_that_cannot_be_served_is_refused(address):
    with pytest.raises(InputError, match="--redirect-uri cannot be served here"):
        LoopbackVisit("spiris", redirect_uri=address, show=print)


def test_a_port_that_is_taken_is_named():
    with LoopbackVisit("spiris", show=print) as first:
        port = urlsplit(first.redirect_uri).port
        second = LoopbackVisit("spiris", port=port or 0, show=print)
        with pytest.raises(InputError, match=f"Port {port} of this machine"), second:
            pass


def test_who_still_waits_when_the_visit_is_over_gets_nothing_back():
    waiting: list[Mapping[str, str]] = []
    shown = threading.Event()
    visit = LoopbackVisit("spiris", show=lambda url: shown.set())
    with visit:
        thread = threading.Thread(target=lambda: waiting.append(visit("http://platform.example/")))
        thread.start()
        assert shown.wait(10)
    thread.join(10)
    assert waiting == [{}]
