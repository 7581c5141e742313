from __future__ import annotations

import gzip
import hashlib
import json
import socket
import ssl
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from disengage.connector import Rate, Secret
from disengage.domain.evidence import EvidenceFile
from disengage.errors import (
    ConfigurationError,
    CredentialsError,
    DisengageError,
    OutcomeUnknownError,
    PluginError,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.http import Basic, Bearer, HttpClient, MemoryLimiter, Patience
from disengage.testing import Fault, Reply


def read(client, path="/items", **given):
    return client.get(path, operation="list_items", **given)


# --- what is sent -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kind", "body"),
    [
        ({"json": {"Navn": "Nordlys Kafé"}}, "application/json", '{"Navn":"Nordlys Kafé"}'),
        ({"form": {"a": "1 & 2", "b": "é"}}, "application/x-www-form-urlencoded", "a=1+%26+2&b=%C3%A9"),
        (
            {"patch": [{"op": "remove", "path": "/ToDate"}]},
            "application/json-patch+json",
            '[{"op":"remove","path":"/ToDate"}]',
        ),
        ({}, None, ""),
    ],
)
def test_bodies_are_sent_with_their_type(platform, client, given, kind, body):
    client().call("PATCH", "/users/7", operation="patch_user", **given)
    (call,) = platform.seen
    assert (call.headers.get("Content-Type"), call.body.decode()) == (kind, body)


def test_a_call_has_one_body(client):
    with pytest.raises(TypeError):
        client().call("PATCH", "/users/7", operation="patch_user", json={}, form={})


def test_queries_are_added_to_those_of_the_path_and_none_is_left_out(platform, client):
    platform.on("GET", "/v2/items", Reply(body=[]))
    read(client(), "/items?kind=a%20b", params={"isActive": True, "PageNumber": 2, "OrderBy": None})
    assert dict(platform.seen[0].query) == {"kind": "a b", "isActive": "true", "PageNumber": "2"}


def test_fixed_headers_are_revealed_anew_for_every_call(platform, client, monkeypatch):
    going = client(headers={"Ocp-Apim-Subscription-Key": Secret("env", "SUBSCRIPTION"), "X-Plain": "1"})
    for value in ("first", "second"):
        monkeypatch.setenv("SUBSCRIPTION", value)
        read(going)
    assert [call.headers["Ocp-Apim-Subscription-Key"] for call in platform.seen] == ["first", "second"]
    monkeypatch.delenv("SUBSCRIPTION")
    with pytest.raises(CredentialsError):
        read(going)


def test_every_call_has_a_request_id_that_its_attempts_share(platform, client):
    platform.on("GET", "/v2/items", Reply(503), Reply(body=[]))
    going = client()
    first, second = read(going), read(going)
    sent = [call.headers["X-Request-ID"] for call in platform.seen]
    assert sent == [first.request_id, first.request_id, second.request_id]
    assert first.request_id != second.request_id


def test_connections_are_reused_and_shared_by_threads(platform, client):
    accepted = []
    serve = platform._server.process_request
    platform._server.process_request = lambda *given: (accepted.append(1), serve(*given))
    going = client()
    for _ in range(5):
        read(going)
    assert len(accepted) == 1
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: read(going).json(), range(40)))
    assert answers == [[{"id": 1}]] * 40


def test_cookies_are_not_kept(platform, client):
    platform.on("GET", "/v2/items", Reply(body=[], headers={"Set-Cookie": "session=1"}))
    going = client()
    read(going)
    read(going)
    assert platform.seen[1].headers.get("Cookie") is None


def test_every_exchange_asks_the_limiter_first(platform, client):
    asked = []

    class Counting(MemoryLimiter):
        def wait(self, key, rates):
            asked.append((key, tuple(rates), len(platform.seen)))

    platform.on("GET", "/v2/items", Reply(503), Reply(body=[]))
    rates = (Rate(calls=10, seconds=1),)
    read(client(limiter=Counting(), rates=rates, limit_key="platform:subscription"))
    assert asked == [("platform:subscription", rates, 0), ("platform:subscription", rates, 1)]


def test_limits_that_are_used_up_name_the_call_and_leave_waiting_to_the_engine(platform, client):
    limiter, rates = MemoryLimiter(clock=lambda: 0.0, longest_wait=5), (Rate(calls=1, seconds=60),)
    going = client(limiter=limiter, rates=rates)
    read(going)
    with pytest.raises(RetryableError, match="go: list_items was not sent") as caught:
        read(going)
    assert (caught.value.retry_after, len(platform.seen)) == (60.051, 1)


# --- where it may be sent -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://platform.example", "ftp://platform.example", "https://kari:pw@platform.example", "nonsense", "https://"],
)
def test_a_base_address_that_is_not_safe_is_refused(url):
    with pytest.raises(ConfigurationError) as caught:
        HttpClient("go", url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example/items",
        "http://127.0.0.1:1/items",
        "/../admin",
        "/clients/../../admin",
        "/clients/%2e%2e/%2e%2e/admin",
    ],
)
def test_nothing_is_sent_outside_the_base_address(platform, client, path):
    with pytest.raises(UnexpectedResponseError):
        read(client(), path)
    assert platform.seen == []


def test_two_slashes_are_a_path_and_no_host(platform, client):
    with pytest.raises(RejectedError):
        read(client(), "//elsewhere.example/items")
    assert [call.path for call in platform.seen] == ["/v2/elsewhere.example/items"]


def test_a_path_that_is_no_url_is_the_plugins_fault(client):
    with pytest.raises(PluginError):
        read(client(), "/clients/\n")


def test_a_named_host_may_be_called_but_gets_neither_credentials_nor_headers(platform, client):
    platform.on("GET", "/document", Reply(body={"a": 1}))
    host = platform.url.removeprefix("http://")
    other = host.replace("127.0.0.1", "localhost")
    going = client(auth=Bearer("abc"), headers={"X-Key": "key"}, also_hosts=(other,))
    assert read(going, f"http://{other}/document").json() == {"a": 1}
    (call,) = platform.seen
    assert (call.headers.get("Authorization"), call.headers.get("X-Key")) == (None, None)


def test_a_redirect_to_another_host_is_not_followed(platform, client):
    platform.faults.add(Fault("redirect"))
    with pytest.raises(UnexpectedResponseError):
        read(client())
    with pytest.raises(UnexpectedResponseError):
        client().call("PATCH", "/users/7", operation="patch_user", json={})
    assert platform.effects == []


def test_a_redirect_on_the_same_host_is_followed_by_a_read_only(platform, client):
    moved = Reply(307, None, {"Location": "/v2/moved"})
    platform.on("GET", "/v2/items", moved)
    platform.on("PATCH", "/v2/users/7", moved)
    platform.on("GET", "/v2/moved", Reply(body=[2]))
    assert read(client(auth=Bearer("abc"))).json() == [2]
    assert platform.seen[1].headers["Authorization"] == "Bearer abc"
    with pytest.raises(UnexpectedResponseError):
        client().call("PATCH", "/users/7", operation="patch_user", json={})


def test_redirects_in_circles_end(platform, client):
    platform.on("GET", "/v2/items", Reply(302, None, {"Location": "/v2/items"}))
    with pytest.raises(UnexpectedResponseError):
        read(client())
    assert len(platform.seen) == 5


def test_no_proxy_and_no_netrc_of_the_environment_is_used(platform, client, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert read(client()).json() == [{"id": 1}]


def _self_signed(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    pem.write_bytes(private + certificate)
    return pem


def test_an_untrusted_certificate_is_refused_whatever_the_environment_says(platform, pauses, tmp_path, monkeypatch):
    pem = _self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    platform._server.socket = context.wrap_socket(platform._server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    url = platform.url.replace("http://127.0.0.1", "https://localhost")
    with (
        HttpClient("go", url, auth=Basic("kari", "password"), patience=Patience(sleep=pauses.append)) as client,
        pytest.raises(RetryableError, match="certificate is not trusted"),
    ):
        client.call("PATCH", "/users/7", operation="patch_user", json={})
    assert (platform.seen, pauses) == ([], [])


# --- how much is read ---------------------------------------------------------------------------------------


def test_an_oversized_answer_is_not_read_and_not_asked_for_again(platform, client, events):
    platform.faults.add(Fault("oversized"))
    with pytest.raises(UnexpectedResponseError):
        read(client())
    assert len(events) == 1


def test_a_small_answer_that_unpacks_to_a_large_one_is_stopped(platform, client, events):
    bomb = gzip.compress(b"[" + b" " * 5_000_000 + b"]")
    platform.on("GET", "/v2/items", Reply(200, bomb, {"Content-Encoding": "gzip"}))
    with pytest.raises(UnexpectedResponseError):
        read(client(max_bytes=1_000_000))
    assert (len(bomb) < 10_000, len(events)) == (True, 1)


def test_packed_answers_are_unpacked_even_in_several_members(platform, client):
    packed = gzip.compress(b'{"a": ') + gzip.compress(b"1}")
    platform.on("GET", "/v2/items", Reply(200, packed, {"Content-Encoding": "gzip"}))
    assert read(client()).json() == {"a": 1}


def test_an_empty_answer_that_calls_itself_packed_is_empty(platform, client):
    platform.on("GET", "/v2/items", Reply(204, None, {"Content-Encoding": "gzip"}))
    assert read(client()).json() is None


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(gzip.compress(b"[1]", mtime=0)[:-6], "gzip"), (b"not packed", "gzip"), (zlib.compress(b"[1]"), "br")],
)
def test_an_answer_packed_in_a_way_we_cannot_read_is_unexpected(platform, client, content, encoding, events):
    platform.on("GET", "/v2/items", Reply(200, content, {"Content-Encoding": encoding}))
    with pytest.raises(UnexpectedResponseError):
        read(client())
    platform.on("PATCH", "/v2/users/7", Reply(200, content, {"Content-Encoding": encoding}))
    with pytest.raises(OutcomeUnknownError):
        client().call("PATCH", "/users/7", operation="patch_user", json={})


def test_a_body_that_drips_is_given_up(pauses):
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while not stop.wait(0.01):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with (
            HttpClient("go", url, timeout=0.05, patience=Patience(attempts=1)) as client,
            pytest.raises(RetryableError),
        ):
            read(client)
        stop.set()


# --- streams and files --------------------------------------------------------------------------------------

ARCHIVE = bytes(range(256)) * 4000


@pytest.fixture
def archive(platform):
    packed = Reply(200, gzip.compress(ARCHIVE), {"Content-Encoding": "gzip", "Content-Type": "application/zip"})
    platform.on("GET", "/v2/archive", packed)
    return EvidenceFile(name="archive.zip", sha256=hashlib.sha256(ARCHIVE).hexdigest(), size=len(ARCHIVE))


def test_a_stream_yields_small_pieces(archive, client):
    with client().stream("/archive", operation="read_archive") as chunks:
        pieces = list(chunks)
    assert b"".join(pieces) == ARCHIVE
    assert max(map(len, pieces)) <= 65536


def test_a_stream_is_asked_for_again_until_it_begins(archive, platform, client):
    platform.faults.add(Fault("503", times=2))
    with client().stream("/archive", operation="read_archive") as chunks:
        assert b"".join(chunks) == ARCHIVE


def test_a_stream_that_breaks_off_raises_our_error_where_it_is_read(archive, platform, client, events):
    platform.faults.add(Fault("truncated"))
    seen = []
    with client().stream("/archive", operation="read_archive") as chunks:
        try:
            list(chunks)
        except DisengageError as error:
            seen.append(error)
    assert [type(error) for error in seen] == [RetryableError]


def test_an_error_of_the_reader_is_left_alone(archive, client):
    def read_it():
        with client().stream("/archive", operation="read_archive") as chunks:
            next(chunks)
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        read_it()


def test_a_download_is_whole_and_has_its_checksum(archive, client, tmp_path):
    target = tmp_path / "archive.zip"
    kept = client().download("/archive", target, operation="read_archive")
    assert (kept, target.read_bytes()) == (archive, ARCHIVE)
    assert list(tmp_path.iterdir()) == [target]


def test_a_download_that_breaks_off_begins_anew(archive, platform, client, tmp_path):
    platform.faults.add(Fault("truncated", times=2))
    target = tmp_path / "archive.zip"
    assert client().download("/archive", target, operation="read_archive") == archive


def test_a_download_that_fails_leaves_nothing_behind(archive, platform, client, tmp_path):
    platform.faults.add(Fault("truncated"))
    with pytest.raises(RetryableError):
        client().download("/archive", tmp_path / "archive.zip", operation="read_archive")
    platform.faults.clear()
    with pytest.raises(UnexpectedResponseError):
        client(max_streamed=1000).download("/archive", tmp_path / "archive.zip", operation="read_archive")
    assert list(tmp_path.iterdir()) == []


# --- GraphQL ------------------------------------------------------------------------------------------------


def ask(client, *, changes=False):
    return client.graphql("/graphql", "query { a }", {"n": 1}, operation="administration", changes=changes)


def test_a_graphql_query_returns_its_data(platform, client):
    platform.on("POST", "/v2/graphql", Reply(503), Reply(body={"data": {"a": 1}}))
    assert ask(client()) == {"a": 1}
    assert json.loads(platform.seen[-1].body) == {"query": "query { a }", "variables": {"n": 1}}


@pytest.mark.parametrize(
    ("error", "reads", "changes"),
    [
        ({"message": "Invalid type"}, RejectedError, RejectedError),
        ({"message": "Internal server error"}, RetryableError, OutcomeUnknownError),
        ({"message": "x", "extensions": {"code": "FORBIDDEN"}}, CredentialsError, CredentialsError),
    ],
)
def test_graphql_errors_arrive_with_status_200(platform, client, error, reads, changes):
    platform.on("POST", "/v2/graphql", Reply(body={"errors": [error], "data": {"a": None}}))
    with pytest.raises(reads):
        ask(client())
    with pytest.raises(changes):
        ask(client(), changes=True)


@pytest.mark.parametrize("body", [{"data": None}, [], None, "hello"])
def test_a_graphql_answer_without_data_is_unexpected(platform, client, body):
    platform.on("POST", "/v2/graphql", Reply(body=body))
    with pytest.raises(UnexpectedResponseError):
        ask(client())
    with pytest.raises(OutcomeUnknownError):
        ask(client(), changes=True)
