from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from disengage.domain.evidence import EvidenceFile
from disengage.errors import CredentialsError, DisengageError, RetryableError, VaultError
from disengage.vault import BagWriter, Vault

from tests.vault.conftest import NOON

SOURCE = "https://api.example/documents"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(tmp_path: Path, clock: Clock) -> Vault:
    return Vault("file:vault", tmp_path, now=clock)


def broken_off(vault: Vault, files: dict[str, bytes], error: BaseException | None = None, period: str = "2026") -> None:
    """Build a bag up to the moment at which something breaks it off."""
    raised = error or RetryableError("The platform is busy.")

    def build() -> None:
        with vault.open_bag("c", "go", "client-4711", "history", about={"Period": period}) as bag:
            for name, content in files.items():
                bag.write(name, [content], source=SOURCE)
            raise raised

    with pytest.raises(type(raised)):
        build()


def again(vault: Vault, *names: str, period: str = "2026", source: str = SOURCE) -> tuple[BagWriter, dict[str, bool]]:
    """Build the same bag once more; return its writer, and for each file whether it was there already."""
    there = {}
    with vault.open_bag("c", "go", "client-4711", "history", about={"Period": period}) as bag:
        for name in names:
            there[name] = bag.already_kept(name, source=source) is not None
            if not there[name]:
                bag.write(name, [b"fetched anew"], source=source)
    return bag, there


def payload(tmp_path: Path, bag: BagWriter) -> dict[str, bytes]:
    data = tmp_path / "vault" / bag.bag.path / "data"
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in data.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "error", [RetryableError("Busy."), CredentialsError("No."), VaultError("Down."), KeyboardInterrupt(), SystemExit(1)]
)
def test_what_was_complete_when_the_work_was_broken_off_is_in_the_next_bag(
    vault: Vault, tmp_path: Path, error: BaseException
) -> None:
    broken_off(vault, {"1.pdf": b"one", "2.pdf": b"two"}, error)

    bag, there = again(vault, "1.pdf", "2.pdf", "3.pdf")

    assert there == {"1.pdf": True, "2.pdf": True, "3.pdf": False}
    assert payload(tmp_path, bag) == {"1.pdf": b"one", "2.pdf": b"two", "3.pdf": b"fetched anew"}
    assert vault.verify(bag.bag.path, bag.bag.digest) == ()
    assert list((tmp_path / ".disengage-work").iterdir()) == []


def test_what_was_there_already_is_told_as_when_it_was_written(vault: Vault, clock: Clock) -> None:
    broken_off(vault, {"a b.pdf": b"one"})
    clock.now += timedelta(hours=3)

    with vault.open_bag("c", "go", "client-4711", "history", about={"Period": "2026"}) as bag:
        kept = bag.already_kept("a b.pdf", source=f"{SOURCE}?token=hush")
        assert bag.files()["a b.pdf"].read_bytes() == b"one"

    assert kept == EvidenceFile(
        name="a b.pdf", sha256="7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed", size=3
    )
    (listed,) = vault.read_inventory(bag.bag.path)["files"]
    assert listed["fetched_at"] == NOON.isoformat()


def test_what_is_not_asked_for_again_is_not_in_the_bag(vault: Vault, tmp_path: Path) -> None:
    broken_off(vault, {"old/1.pdf": b"one", "2.pdf": b"two"})

    bag, _ = again(vault, "2.pdf")

    assert payload(tmp_path, bag) == {"2.pdf": b"two"}
    assert vault.verify(bag.bag.path, bag.bag.digest) == ()


def test_what_is_written_again_takes_the_place_of_what_was_there(vault: Vault, tmp_path: Path) -> None:
    broken_off(vault, {"index.json": b"old"})

    with vault.open_bag("c", "go", "client-4711", "history", about={"Period": "2026"}) as bag:
        bag.write("index.json", [b"new"], source=SOURCE)

    assert payload(tmp_path, bag) == {"index.json": b"new"}


def test_two_files_of_one_name_are_both_there_again(vault: Vault, tmp_path: Path) -> None:
    def build(error: DisengageError | None) -> Iterator[EvidenceFile | None]:
        with vault.open_bag("c", "go", "l", "history", about={}) as bag:
            for content in (b"one", b"two"):
                yield bag.already_kept("same.pdf") or bag.write("same.pdf", [content])
            if error:
                raise error

    with pytest.raises(RetryableError):
        list(build(RetryableError("Busy.")))
    kept = [file.name for file in build(None) if file]

    assert kept == ["same.pdf", "same-2.pdf"]


def test_a_file_from_another_source_is_fetched_anew(vault: Vault) -> None:
    broken_off(vault, {"1.pdf": b"one"})

    assert again(vault, "1.pdf", source="https://elsewhere.example")[1] == {"1.pdf": False}


def test_another_period_is_another_copy(vault: Vault, tmp_path: Path) -> None:
    broken_off(vault, {"1.pdf": b"one"}, period="2025")

    assert again(vault, "1.pdf")[1] == {"1.pdf": False}
    assert len(list((tmp_path / ".disengage-work").iterdir())) == 1


def test_what_is_a_day_old_is_fetched_anew(vault: Vault, clock: Clock, tmp_path: Path) -> None:
    broken_off(vault, {"1.pdf": b"one"})
    clock.now += timedelta(hours=24)

    assert again(vault, "1.pdf")[1] == {"1.pdf": False}
    assert list((tmp_path / ".disengage-work").iterdir()) == []


def test_a_file_from_the_future_is_fetched_anew(vault: Vault, clock: Clock) -> None:
    broken_off(vault, {"1.pdf": b"one"})
    clock.now -= timedelta(seconds=1)

    assert again(vault, "1.pdf")[1] == {"1.pdf": False}


@pytest.mark.parametrize("content", [b"", b"on", b"onE", None])
def test_a_file_that_is_not_what_was_written_is_fetched_anew(
    vault: Vault, tmp_path: Path, content: bytes | None
) -> None:
    broken_off(vault, {"1.pdf": b"one"})
    (file,) = (tmp_path / ".disengage-work").rglob("1.pdf")
    file.unlink()
    if content is not None:
        file.write_bytes(content)

    bag, there = again(vault, "1.pdf")

    assert there == {"1.pdf": False}
    assert payload(tmp_path, bag) == {"1.pdf": b"fetched anew"}


@pytest.mark.parametrize("nonsense", [b"", b"nonsense\n", b"[]\n", b"{}\n", b'{"disengage": "0.0"}\n', b"\xff\xfe\n"])
def test_a_journal_that_is_not_ours_begins_everything_afresh(vault: Vault, tmp_path: Path, nonsense: bytes) -> None:
    broken_off(vault, {"1.pdf": b"one"})
    (journal,) = (tmp_path / ".disengage-work").rglob("journal.jsonl")
    journal.write_bytes(nonsense)

    bag, there = again(vault, "1.pdf")

    assert there == {"1.pdf": False}
    assert payload(tmp_path, bag) == {"1.pdf": b"fetched anew"}


def test_a_journal_cut_off_in_its_last_line_is_good_for_the_others(vault: Vault, tmp_path: Path) -> None:
    broken_off(vault, {"1.pdf": b"one", "2.pdf": b"two"})
    (journal,) = (tmp_path / ".disengage-work").rglob("journal.jsonl")
    journal.write_bytes(journal.read_bytes()[:-20])

    bag, there = again(vault, "1.pdf", "2.pdf")

    assert there == {"1.pdf": True, "2.pdf": False}
    assert payload(tmp_path, bag) == {"1.pdf": b"one", "2.pdf": b"fetched anew"}


def test_a_journal_that_names_a_file_outside_leads_nowhere(vault: Vault, tmp_path: Path) -> None:
    broken_off(vault, {"1.pdf": b"one"})
    (tmp_path / "secret").write_bytes(b"one")
    (journal,) = (tmp_path / ".disengage-work").rglob("journal.jsonl")
    head, line = journal.read_text().splitlines()
    up = os.path.relpath(tmp_path / "secret", journal.parent / "bag/data")
    journal.write_text(f"{head}\n{json.dumps(json.loads(line) | {'name': up})}\n")

    assert again(vault, "1.pdf")[1] == {"1.pdf": False}
    assert (tmp_path / "secret").read_bytes() == b"one"


def test_what_a_bug_broke_off_is_not_gone_on_with(vault: Vault, tmp_path: Path) -> None:
    broken_off(vault, {"1.pdf": b"one"}, KeyError("nonsense"))

    assert list((tmp_path / ".disengage-work").iterdir()) == []


def test_a_copy_that_nobody_makes_any_more_is_removed_after_a_day_and_nothing_else(
    vault: Vault, clock: Clock, tmp_path: Path
) -> None:
    broken_off(vault, {"1.pdf": b"one"}, period="2025")
    (tmp_path / ".disengage-work/not ours").mkdir()
    clock.now += timedelta(hours=24)

    again(vault)

    assert [path.name for path in (tmp_path / ".disengage-work").iterdir()] == ["not ours"]


def test_two_at_once_never_build_in_one_folder(vault: Vault, tmp_path: Path) -> None:
    broken_off(vault, {"1.pdf": b"one"})
    with vault.open_bag("c", "go", "client-4711", "history", about={"Period": "2026"}) as first:
        second, there = again(vault, "1.pdf")
        assert there == {"1.pdf": False}
        assert first.already_kept("1.pdf", source=SOURCE) is not None

    assert payload(tmp_path, first) == {"1.pdf": b"one"}
    assert payload(tmp_path, second) == {"1.pdf": b"fetched anew"}


def test_somebody_who_still_writes_after_the_work_was_broken_off_touches_nothing(vault: Vault, tmp_path: Path) -> None:
    begun, go_on, raised = threading.Event(), threading.Event(), []

    def slow() -> Iterator[bytes]:
        yield b"stale"
        begun.set()
        go_on.wait()

    def write(bag: BagWriter) -> None:
        try:
            bag.write("1.pdf", slow(), source=SOURCE)
        except VaultError as error:
            raised.append(error)

    def hang() -> threading.Thread:
        with vault.open_bag("c", "go", "client-4711", "history", about={"Period": "2026"}) as bag:
            thread = threading.Thread(target=write, args=[bag])
            threads.append(thread)
            thread.start()
            begun.wait()
            raise RetryableError("It took too long.")

    threads: list[threading.Thread] = []
    with pytest.raises(RetryableError):
        hang()
    with vault.open_bag("c", "go", "client-4711", "history", about={"Period": "2026"}) as bag:
        bag.write("1.pdf", [b"fresh"], source=SOURCE)
        go_on.set()
        threads[0].join()

    assert len(raised) == 1
    assert payload(tmp_path, bag) == {"1.pdf": b"fresh"}


def test_the_working_folder_is_where_it_is_set_and_private(tmp_path: Path) -> None:
    broken_off(Vault("file:vault", tmp_path, work="aside/work", now=lambda: NOON), {"1.pdf": b"one"})

    assert (tmp_path / "aside/work").stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / ".disengage-work").exists()


# --- a real process, killed in the middle of a download -------------------------------------------------------


class Documents(ThreadingHTTPServer):
    """Gives ten documents; the third stops in the middle until it is let go."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Document)
        self.completed: Counter[str] = Counter()
        self.stops_at: str | None = "/3"
        self.in_the_middle, self.go_on = threading.Event(), threading.Event()


class Document(BaseHTTPRequestHandler):
    server: Documents

    def do_GET(self) -> None:
        content = f"document {self.path}".encode() * 1000
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:5000])
        if self.path == self.server.stops_at:
            self.wfile.flush()
            self.server.in_the_middle.set()
            self.server.go_on.wait()
            return
        self.wfile.write(content[5000:])
        self.server.completed[self.path] += 1

    def log_message(self, *_: object) -> None:
        pass


FETCHES = """
import sys
from pathlib import Path
from urllib.request import urlopen
from disengage.vault import Vault

def pieces(answer):
    with answer:
        while piece := answer.read(1000):
            yield piece

url = sys.argv[2]
with Vault("file:vault", Path(sys.argv[1])).open_bag("c", "go", "l", "history", about={}) as bag:
    for number in range(10):
        name, source = f"documents/{number}.pdf", f"{url}/{number}"
        if bag.already_kept(name, source=source) is None:
            bag.write(name, pieces(urlopen(source)), source=source)
print(bag.bag.path, bag.bag.digest)
"""


@pytest.fixture
def documents() -> Iterator[Documents]:
    with Documents() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()


def test_a_process_killed_in_the_middle_of_a_download_fetches_nothing_complete_twice(
    documents: Documents, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", FETCHES, str(tmp_path), f"http://127.0.0.1:{documents.server_port}"]
    killed = subprocess.Popen(command)
    documents.in_the_middle.wait()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    documents.stops_at = None

    second = subprocess.run(command, capture_output=True, text=True, check=True)

    assert documents.completed == {f"/{number}": 1 for number in range(10)}
    path, digest = second.stdout.split()
    assert Vault("file:vault", tmp_path).verify(path, digest) == ()
    data = tmp_path / "vault" / path / "data/documents"
    assert {file.name: file.read_bytes() for file in data.iterdir()} == {
        f"{number}.pdf": f"document /{number}".encode() * 1000 for number in range(10)
    }
    assert list((tmp_path / ".disengage-work").iterdir()) == []
