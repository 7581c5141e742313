"""The vault in a bucket: over a socket, against moto's server, which speaks S3; what it does not do is said there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from disengage.errors import VaultError
from disengage.vault import BagReceipt, Vault
from disengage.vault import place as place_of_vault
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

Keep = Callable[..., BagReceipt]
SECRET = "hush-hush-hush"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    serving = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    serving.start()
    host, port = serving.get_host_and_port()
    yield f"http://{host}:{port}"
    serving.stop()


@pytest.fixture(autouse=True)
def credentials(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "firm")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    S3FileSystem.clear_instance_cache()
    yield
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def s3() -> Any:
    return boto3.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """A bucket of this test alone; with ``locking`` as its parameter, one with Object Lock."""
    name = f"b{abs(hash(request.node.nodeid))}"
    where = {"LocationConstraint": "eu-north-1"}
    locks = getattr(request, "param", "") == "locking"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=locks)
    return name


@pytest.fixture
def vault(bucket: str, tmp_path: Path) -> Vault:
    return Vault(f"s3://{bucket}/firm", tmp_path)


@pytest.fixture
def locking(bucket: str, tmp_path: Path) -> Vault:
    """A vault that locks its bags for ten days."""
    return Vault(f"s3://{bucket}/firm", tmp_path, lock_days=10)


def versions(s3: Any, bucket: str) -> dict[str, list[str]]:
    """Return the versions of every object that was ever written, by key."""
    found: dict[str, list[str]] = {}
    for entry in s3.list_object_versions(Bucket=bucket).get("Versions", []):
        found.setdefault(entry["Key"], []).append(entry["VersionId"])
    return found


def test_a_bag_in_a_bucket_is_kept_and_proven(vault: Vault, s3: Any, bucket: str, keep: Keep, tmp_path: Path) -> None:
    first, second = keep(vault), keep(vault)

    assert (first.path, second.path) == ("case-1/go/history-1", "case-1/go/history-2")
    assert vault.verify(first.path, first.digest) == vault.verify(second.path, second.digest) == ()
    assert s3.get_object(Bucket=bucket, Key=f"firm/{first.path}/data/notes.txt")["Body"].read() == b"hello"
    assert all(".claim" not in key for key in versions(s3, bucket))
    assert list((tmp_path / ".disengage-work").iterdir()) == []


def test_the_bag_is_listed_read_and_removed(vault: Vault, s3: Any, bucket: str, keep: Keep) -> None:
    receipt = keep(vault)

    assert ("data/notes.txt", 5) in vault.list_files(receipt.path)
    with vault.open_file(receipt.path, "data/notes.txt") as file:
        assert file.read() == b"hello"
    assert [name for name, _, _ in vault.remove(receipt.path)] == ["data/ledger/2026.csv", "data/notes.txt"]
    assert versions(s3, bucket) == {}


def test_a_byte_changed_in_a_bucket_is_found(vault: Vault, s3: Any, bucket: str, keep: Keep) -> None:
    receipt = keep(vault)
    s3.put_object(Bucket=bucket, Key=f"firm/{receipt.path}/data/notes.txt", Body=b"jello")

    assert vault.verify(receipt.path, receipt.digest) == (
        f"{receipt.path}: data/notes.txt is not what was kept: its content has changed",
    )


def test_an_object_removed_from_a_bucket_is_found(vault: Vault, s3: Any, bucket: str, keep: Keep) -> None:
    receipt = keep(vault)
    s3.delete_object(Bucket=bucket, Key=f"firm/{receipt.path}/data/notes.txt")

    assert f"{receipt.path}: data/notes.txt is missing" in vault.verify(receipt.path, receipt.digest)


def test_many_at_once_get_a_version_each(vault: Vault, keep: Keep) -> None:
    start = threading.Barrier(4)

    def publish(number: int) -> BagReceipt:
        start.wait()
        return keep(vault, {"number": str(number).encode()})

    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(publish, range(4)))

    assert sorted(receipt.path for receipt in receipts) == [f"case-1/go/history-{n}" for n in range(1, 5)]
    assert [vault.verify(receipt.path, receipt.digest) for receipt in receipts] == [()] * 4


def test_a_large_file_goes_in_parts(vault: Vault, s3: Any, bucket: str) -> None:
    megabyte = bytes(range(256)) * 4096
    with vault.open_bag("c", "go", "l", "history", about={}) as bag:
        bag.write("large.zip", (megabyte for _ in range(20)))

    assert vault.verify(bag.bag.path, bag.bag.digest) == ()
    head = s3.head_object(Bucket=bucket, Key=f"firm/{bag.bag.path}/data/large.zip")
    assert (head["ContentLength"], head["ETag"].endswith('-4"')) == (20 << 20, True)


def test_a_bucket_that_is_not_there_is_said_and_never_made(s3: Any, tmp_path: Path, keep: Keep) -> None:
    vault = Vault("s3://misspelt/firm", tmp_path)

    assert not vault.exists()
    with pytest.raises(VaultError, match="'misspelt'"):
        keep(vault)
    assert "misspelt" not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


# --- Object Lock ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bucket", ["locking"], indirect=True)
def test_a_locked_bag_can_be_removed_by_nobody(locking: Vault, s3: Any, bucket: str, keep: Keep) -> None:
    receipt = keep(locking)

    of_bag = {key: ids for key, ids in versions(s3, bucket).items() if receipt.path in key}
    assert len(of_bag) == len(locking.list_files(receipt.path))
    until = datetime.now(UTC) + timedelta(days=10)
    for key, (version,) in of_bag.items():
        held = s3.head_object(Bucket=bucket, Key=key, VersionId=version)
        assert held["ObjectLockMode"] == "COMPLIANCE"
        assert abs(held["ObjectLockRetainUntilDate"] - until) < timedelta(hours=1)
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version, BypassGovernanceRetention=True)
    assert locking.verify(receipt.path, receipt.digest) == ()


@pytest.mark.parametrize("bucket", ["locking"], indirect=True)
def test_removing_a_locked_bag_is_refused_and_takes_nothing_away(
    locking: Vault, s3: Any, bucket: str, keep: Keep
) -> None:
    receipt = keep(locking)
    before = versions(s3, bucket)

    with pytest.raises(VaultError, match="Object Lock holds it until 20"):
        locking.remove(receipt.path)

    assert versions(s3, bucket) == before
    assert locking.verify(receipt.path, receipt.digest) == ()


@pytest.mark.parametrize("bucket", ["locking"], indirect=True)
def test_a_legal_hold_of_the_bucket_holds_a_bag_too(vault: Vault, s3: Any, bucket: str, keep: Keep) -> None:
    receipt = keep(vault)
    key = f"firm/{receipt.path}/data/notes.txt"
    s3.put_object_legal_hold(Bucket=bucket, Key=key, LegalHold={"Status": "ON"})

    with pytest.raises(VaultError, match="legal hold"):
        vault.remove(receipt.path)
    assert vault.verify(receipt.path, receipt.digest) == ()


@pytest.mark.parametrize("bucket", ["locking"], indirect=True)
def test_a_bucket_that_locks_by_itself_keeps_bags_as_long_as_it_says(
    vault: Vault, s3: Any, bucket: str, keep: Keep
) -> None:
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}
    s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    receipt = keep(vault)

    with pytest.raises(VaultError, match="Object Lock holds it"):
        vault.remove(receipt.path)


@pytest.mark.parametrize("bucket", ["locking"], indirect=True)
def test_the_longer_of_our_days_and_the_buckets_holds(locking: Vault, s3: Any, bucket: str, keep: Keep) -> None:
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}
    s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    receipt = keep(locking)

    held = s3.head_object(Bucket=bucket, Key=f"firm/{receipt.path}/bagit.txt")
    assert held["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=29)


@pytest.mark.parametrize("bucket", ["locking"], indirect=True)
def test_a_bag_that_is_not_locked_is_removed_with_every_version(vault: Vault, s3: Any, bucket: str, keep: Keep) -> None:
    receipt = keep(vault)
    s3.put_object(Bucket=bucket, Key=f"firm/{receipt.path}/data/notes.txt", Body=b"jello")
    s3.delete_object(Bucket=bucket, Key=f"firm/{receipt.path}/bag-info.txt")

    vault.remove(receipt.path)

    assert [key for key in versions(s3, bucket) if receipt.path + "/" in key] == []


def test_bags_that_have_to_be_locked_are_refused_by_a_bucket_that_cannot(
    locking: Vault, s3: Any, bucket: str, keep: Keep
) -> None:
    with pytest.raises(VaultError, match="no Object Lock"):
        keep(locking)

    assert versions(s3, bucket) == {}


def test_only_a_bucket_can_lock(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="object_lock_days"):
        Vault("file:vault", tmp_path, lock_days=10)


# --- trouble --------------------------------------------------------------------------------------------------


class Between(ThreadingHTTPServer):
    """Stands before the server and fails as it is told to; everything else is passed on."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)
        self.status, self.hangs, self.let_go = 503, False, threading.Event()


class Refusing(BaseHTTPRequestHandler):
    server: Between

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.hangs:
            self.server.let_go.wait()
        body = f"<Error><Code>Refused</Code><Message>{SECRET}</Message></Error>".encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 -- the base class finds them by these names

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    patience = {"connect_timeout": 0.2, "read_timeout": 0.2, "retries": {"mode": "standard", "max_attempts": 1}}
    monkeypatch.setattr(place_of_vault, "_PATIENCE", patience)
    monkeypatch.setattr(S3FileSystem, "retries", 1)
    with Between() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
        yield server
        server.let_go.set()
        server.shutdown()


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_store_that_refuses_is_one_clear_error_without_its_words(
    between: Between, tmp_path: Path, keep: Keep, status: int
) -> None:
    between.status = status
    with pytest.raises(VaultError) as caught:
        keep(Vault("s3://bucket/firm", tmp_path))

    assert SECRET not in str(caught.value)
    assert caught.value.remedy


def test_a_store_that_does_not_answer_is_one_clear_error(between: Between, tmp_path: Path, keep: Keep) -> None:
    between.hangs = True

    with pytest.raises(VaultError):
        keep(Vault("s3://bucket/firm", tmp_path))


def test_what_was_fetched_while_the_store_was_down_is_published_by_the_next_run_without_fetching_it(
    vault: Vault, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(there: list[bool]) -> None:
        with vault.open_bag("c", "go", "l", "history", about={}) as bag:
            there.append(bag.already_kept("1.pdf") is not None)
            if not there[-1]:
                bag.write("1.pdf", [b"one"])
        receipts.append(bag.bag)

    def down(*_: object, **__: object) -> None:
        raise ConnectionError(SECRET)

    there: list[bool] = []
    receipts: list[BagReceipt] = []
    with monkeypatch.context() as patched:
        patched.setattr(S3FileSystem, "_call_s3", down)
        with pytest.raises(VaultError) as caught:
            run(there)
    run(there)

    assert SECRET not in str(caught.value)
    assert there == [False, True]
    assert vault.verify(receipts[0].path, receipts[0].digest) == ()
