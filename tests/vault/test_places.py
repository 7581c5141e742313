from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, ClassVar

import fsspec
import pytest
from disengage.errors import VaultError
from disengage.vault import BagReceipt, Vault
from fsspec.implementations.memory import MemoryFileSystem

Keep = Callable[..., BagReceipt]


class Brittle(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """An object store in memory that fails when it is told to."""

    protocol = "brittle"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    refuses: ClassVar[dict[str, BaseException]] = {}

    @classmethod
    def _strip_protocol(cls, path: Any) -> str:
        return str(MemoryFileSystem._strip_protocol(str(path).removeprefix("brittle:/")))

    def put_file(self, lpath: str, rpath: str, *args: Any, **more: Any) -> None:
        for ending, error in self.refuses.items():
            if rpath.endswith(ending):
                raise error
        super().put_file(lpath, rpath, *args, **more)


@pytest.fixture
def brittle(tmp_path: Path) -> Iterator[Vault]:
    fsspec.register_implementation("brittle", Brittle, clobber=True)
    yield Vault("brittle://bucket/firm", tmp_path)
    Brittle.store.clear()
    Brittle.pseudo_dirs[:] = [""]
    Brittle.refuses.clear()


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Vault]:
    yield Vault("memory:", tmp_path)
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def test_a_bag_in_memory_is_kept_and_proven(memory: Vault, keep: Keep) -> None:
    first, second = keep(memory), keep(memory)

    assert (first.path, second.path) == ("case-1/go/history-1", "case-1/go/history-2")
    assert memory.verify(first.path, first.digest) == memory.verify(second.path, second.digest) == ()
    assert "/case-1/go/history-1/data/ledger/2026.csv" in MemoryFileSystem.store


def test_a_byte_changed_in_an_object_store_is_found(memory: Vault, keep: Keep) -> None:
    receipt = keep(memory)
    MemoryFileSystem().pipe_file(f"/{receipt.path}/data/notes.txt", b"jello")

    assert memory.verify(receipt.path, receipt.digest) == (
        f"{receipt.path}: data/notes.txt is not what was kept: its content has changed",
    )


def test_a_vault_is_there_once_it_was_prepared(brittle: Vault) -> None:
    before = brittle.exists()
    brittle.prepare()

    assert (before, brittle.exists()) == (False, True)


@pytest.mark.parametrize("refused", ["notes.txt", "manifest-sha256.txt", "bagit.txt"])
def test_a_copy_that_stops_half_way_is_removed(brittle: Vault, keep: Keep, refused: str) -> None:
    first = keep(brittle)
    before = dict(Brittle.store)
    Brittle.refuses[refused] = OSError(errno.ENOSPC, "no space")

    with pytest.raises(VaultError, match="The vault is full"):
        keep(brittle)

    assert Brittle.store == before
    assert brittle.verify(first.path, first.digest) == ()


def test_the_text_of_a_foreign_error_is_not_repeated(brittle: Vault, keep: Keep) -> None:
    Brittle.refuses["notes.txt"] = RuntimeError("token=hush")

    with pytest.raises(VaultError) as caught:
        keep(brittle)

    assert "hush" not in str(caught.value)
    assert Brittle.store == {}


def test_a_number_once_begun_is_not_used_again(brittle: Vault, keep: Keep) -> None:
    Brittle().pipe_file("/bucket/firm/case-1/go/history-1/data/left by a killed process", b"")
    Brittle().pipe_file("/bucket/firm/case-1/go/.history-2.claim", b"")

    assert keep(brittle).path == "case-1/go/history-3"


@pytest.mark.parametrize("url", ["file:vault", "memory:", "brittle://bucket/firm"])
def test_many_at_once_get_a_version_each(url: str, brittle: Vault, memory: Vault, tmp_path: Path, keep: Keep) -> None:
    vault, start = Vault(url, tmp_path), Barrier(8)

    def publish(number: int) -> BagReceipt:
        start.wait()
        return keep(vault, {"number": str(number).encode()})

    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(publish, range(8)))

    assert sorted(receipt.path for receipt in receipts) == [f"case-1/go/history-{n}" for n in range(1, 9)]
    assert [vault.verify(receipt.path, receipt.digest) for receipt in receipts] == [()] * 8


def test_a_folder_that_another_builder_removes_at_the_same_moment_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: Keep
) -> None:
    made, met = os.mkdir, []

    def make(path: Any, mode: int = 0o777) -> None:
        if Path(path).parent.name == ".work" and not met:
            met.append(path)  # it is there for whoever makes it, and gone for whoever looks
            raise FileExistsError(errno.EEXIST, "File exists", str(path))
        made(path, mode)

    monkeypatch.setattr(os, "mkdir", make)
    vault = Vault("file:vault", tmp_path, work=".work")
    (tmp_path / ".work").mkdir()
    receipt = keep(vault)
    assert met
    assert vault.verify(receipt.path, receipt.digest) == ()


PUBLISHES = """
import sys
from pathlib import Path
from disengage.vault import Vault

with Vault("file:vault", Path(sys.argv[1])).open_bag("c", "go", "l", "history", about={}) as bag:
    bag.write("a", [b"abc"])
    print("ready", flush=True)
    sys.stdin.readline()
print(bag.bag.path, bag.bag.digest)
"""


def test_two_processes_that_publish_at_once_get_two_versions(vault: Vault, tmp_path: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISHES, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate()[0].split() for process in both]

    assert sorted(path for path, _ in said) == ["c/go/history-1", "c/go/history-2"]
    assert [vault.verify(path, digest) for path, digest in said] == [(), ()]
