from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from disengage.vault import BagReceipt, Vault

Keep = Callable[..., BagReceipt]
DIGITS = b"0123456789abcdef"


@pytest.fixture
def receipt(vault: Vault, keep: Keep) -> BagReceipt:
    return keep(vault)


@pytest.fixture
def folder(tmp_path: Path, receipt: BagReceipt) -> Path:
    """The published bag, made writable as somebody who tampers with it would."""
    found = tmp_path / "vault" / receipt.path
    for path in found.rglob("*"):
        path.chmod(0o755)
    return found


def found(vault: Vault, receipt: BagReceipt) -> set[str]:
    return {text.removeprefix(f"{receipt.path}: ") for text in vault.verify(receipt.path, receipt.digest)}


def flip(path: Path, at: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[at] = DIGITS[(DIGITS.index(content[at]) + 1) % 16] if content[at] in DIGITS else content[at] ^ 1
    path.write_bytes(bytes(content))


def test_a_bag_left_alone_is_sound(vault: Vault, receipt: BagReceipt) -> None:
    assert found(vault, receipt) == set()


def test_one_flipped_byte_is_found(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    flip(folder / "data/notes.txt", at=1)

    assert found(vault, receipt) == {"data/notes.txt is not what was kept: its content has changed"}


def test_a_removed_file_is_found(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    (folder / "data/notes.txt").unlink()

    assert found(vault, receipt) == {
        "data/notes.txt is missing",
        "its payload is 4.1 (bytes.files), it states 9.2",
    }


def test_an_added_file_is_found(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    (folder / "data/extra.txt").write_bytes(b"")
    (folder / "extra.txt").write_bytes(b"")

    assert found(vault, receipt) == {
        "data/extra.txt does not belong to the bag",
        "extra.txt does not belong to the bag",
        "its payload is 9.3 (bytes.files), it states 9.2",
    }


@pytest.mark.parametrize(
    "tag", ["bagit.txt", "bag-info.txt", "inventory.json", "manifest-sha256.txt", "manifest-sha512.txt"]
)
def test_a_changed_tag_file_is_found(vault: Vault, receipt: BagReceipt, folder: Path, tag: str) -> None:
    flip(folder / tag)

    assert f"{tag} is not what was kept: its content has changed" in found(vault, receipt)


def test_a_changed_tag_manifest_is_found(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    flip(folder / "tagmanifest-sha256.txt")
    assert "tagmanifest-sha256.txt is not the one that was recorded" in found(vault, receipt)


def test_a_changed_second_tag_manifest_is_found(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    flip(folder / "tagmanifest-sha512.txt")
    assert "bag-info.txt is not what was kept: its content has changed" in found(vault, receipt)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", ["manifest", "tagmanifest"])
def test_a_removed_manifest_is_found(
    vault: Vault, receipt: BagReceipt, folder: Path, kind: str, algorithm: str
) -> None:
    (folder / f"{kind}-{algorithm}.txt").unlink()

    assert f"{kind}-{algorithm}.txt is missing" in found(vault, receipt)


def test_a_bag_rebuilt_to_be_valid_is_not_the_one_recorded(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    (folder / "data/notes.txt").write_bytes(b"forged")
    bag = bagit.Bag(str(folder))
    bag.save(manifests=True)
    bag.validate()

    assert found(vault, receipt) == {"tagmanifest-sha256.txt is not the one that was recorded"}


def test_a_manifest_that_names_a_file_twice_is_found(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    manifest = folder / "manifest-sha256.txt"
    manifest.write_bytes(manifest.read_bytes() * 2)

    assert "manifest-sha256.txt, line 3 names a file again" in found(vault, receipt)


def test_a_manifest_that_is_not_readable_is_found(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    (folder / "manifest-sha256.txt").write_bytes(b"\xff\xfe nonsense\n")

    assert "manifest-sha256.txt, line 1 is not readable" in found(vault, receipt)


def test_a_link_or_a_pipe_in_place_of_a_file_is_found_and_never_opened(
    vault: Vault, receipt: BagReceipt, folder: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere.txt"
    (folder / "data/notes.txt").rename(moved)
    (folder / "data/notes.txt").symlink_to(moved)
    os.mkfifo(folder / "data/pipe")

    assert {"data/notes.txt is not a plain file", "data/pipe is not a plain file"} <= found(vault, receipt)


def test_a_bag_that_is_gone_is_said_to_be_gone(vault: Vault, receipt: BagReceipt) -> None:
    assert vault.verify("case-1/go/history-7", receipt.digest) == (
        "case-1/go/history-7: there is no such bag in the vault",
    )


@pytest.mark.parametrize("path", ["", "/etc", "../elsewhere", "case-1/../.."])
def test_a_path_out_of_the_vault_is_not_followed(vault: Vault, receipt: BagReceipt, path: str) -> None:
    assert vault.verify(path, receipt.digest) == (f"{path}: this is not the path of a bag in the vault",)


def test_an_unreadable_file_is_a_complaint(
    vault: Vault, receipt: BagReceipt, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filesystem = vault._place.fs
    opened = filesystem.open

    def broken(path: str, mode: str) -> object:
        if path.endswith("notes.txt"):
            raise OSError(5, "Input/output error")
        return opened(path, mode)

    monkeypatch.setattr(filesystem, "open", broken)

    assert found(vault, receipt) == {"data/notes.txt cannot be read (Input/output error)"}
