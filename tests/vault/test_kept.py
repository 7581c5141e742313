from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from disengage.errors import VaultError
from disengage.vault import BagReceipt, Stated, Vault
from fsspec.implementations.memory import MemoryFileSystem

Keep = Callable[..., BagReceipt]


@pytest.fixture(params=["file:vault", "memory:"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
    return Vault(request.param, tmp_path)


def test_the_files_of_a_bag_are_listed_with_their_sizes(vault: Vault, keep: Keep) -> None:
    listed = dict(vault.list_files(keep(vault).path))

    assert {name: listed[name] for name in listed if name.startswith("data/")} == {
        "data/ledger/2026.csv": 4,
        "data/notes.txt": 5,
    }
    assert {"bagit.txt", "bag-info.txt", "inventory.json", "manifest-sha256.txt"} <= set(listed)


def test_a_file_of_a_bag_is_read_as_a_stream(vault: Vault, keep: Keep) -> None:
    with vault.open_file(keep(vault).path, "data/notes.txt") as file:
        assert (file.read(2), file.read()) == (b"he", b"llo")


@pytest.mark.parametrize("name", ["data/nothing.txt", "../history-1/bagit.txt", "/etc/passwd", ""])
def test_a_file_that_is_not_of_the_bag_is_refused(vault: Vault, keep: Keep, name: str) -> None:
    path = keep(vault).path

    with pytest.raises(VaultError):
        vault.open_file(path, name)


@pytest.mark.parametrize("path", ["case-1/go/history-9", "..", "/", ""])
def test_a_bag_that_is_not_there_has_no_files_and_cannot_be_removed(vault: Vault, path: str) -> None:
    with pytest.raises(VaultError):
        vault.list_files(path)
    with pytest.raises(VaultError):
        vault.remove(path)


def test_the_inventory_of_a_bag_is_read(vault: Vault, keep: Keep) -> None:
    inventory = vault.read_inventory(keep(vault, {"../a": b"x"}).path)

    assert [(file["name"], file["original_name"]) for file in inventory["files"]] == [("a", "../a")]


def test_a_removed_bag_is_gone_and_what_it_held_is_told(vault: Vault, keep: Keep) -> None:
    first, second = keep(vault), keep(vault)

    assert vault.remove(first.path) == [
        ("data/ledger/2026.csv", 4, hashlib.sha256(b"1;2\n").hexdigest()),
        ("data/notes.txt", 5, hashlib.sha256(b"hello").hexdigest()),
    ]
    assert vault.verify(first.path, first.digest) == (f"{first.path}: there is no such bag in the vault",)
    assert vault.verify(second.path, second.digest) == ()


def test_the_number_of_a_removed_bag_is_not_that_of_another_that_stays(vault: Vault, keep: Keep) -> None:
    first, second = keep(vault), keep(vault)
    vault.remove(first.path)

    assert (second.path, keep(vault).path) == ("case-1/go/history-2", "case-1/go/history-3")


def test_what_is_written_so_far_lies_on_this_machine_under_the_names_given(vault: Vault) -> None:
    with vault.open_bag("c", "go", "client-4711", "history", about={}) as bag:
        bag.write("../of client-4711.txt", [b"abc"])
        bag.write("twice", [b"1"])
        bag.write("twice", [b"2"])
        written = {name: path.read_bytes() for name, path in bag.files().items()}

    digest = hashlib.sha256(b"c\nclient-4711").hexdigest()[:12]
    assert written == {f"../of {digest}.txt": b"abc", "twice": b"1", "twice-2": b"2"}


def test_the_counts_that_a_platform_states_are_kept(vault: Vault) -> None:
    with vault.open_bag("c", "go", "client-4711", "history", about={}) as bag:
        bag.stated("vouchers/", 412, source="https://api.example/client-4711?token=hush")
        counts = bag.stated_counts()

    digest = hashlib.sha256(b"c\nclient-4711").hexdigest()[:12]
    assert counts == (Stated(name="vouchers/", count=412, source=f"https://api.example/{digest}"),)
    assert vault.read_inventory(bag.bag.path)["stated"] == [counts[0].model_dump()]


def test_a_further_tag_file_is_under_the_seal_of_the_bag(tmp_path: Path) -> None:
    vault = Vault("file:vault", tmp_path)
    with vault.open_bag("c", "go", "l", "history", about={}) as bag:
        bag.tag("completeness.json", b"[]")

    folder = tmp_path / "vault" / bag.bag.path
    assert (folder / "completeness.json").read_bytes() == b"[]"
    bagit.Bag(str(folder)).validate()
    (folder / "completeness.json").chmod(0o600)
    (folder / "completeness.json").write_bytes(b"{}")
    assert vault.verify(bag.bag.path, bag.bag.digest) == (
        f"{bag.bag.path}: completeness.json is not what was kept: its content has changed",
    )


@pytest.mark.parametrize(
    "name", ["bagit.txt", "Bag-Info.txt", "manifest-sha256.txt", "TagManifest-md5.txt", "../up", "data/x", "", "data"]
)
def test_a_further_tag_file_never_takes_the_place_of_a_bags_own(vault: Vault, name: str) -> None:
    with vault.open_bag("c", "go", "l", "history", about={}) as bag, pytest.raises(VaultError):
        bag.tag(name, b"")
