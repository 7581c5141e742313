from __future__ import annotations

import hashlib
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
    "tag", ["bagit.txt", "bag-info.txt", "inventory.json", "bag-profile.json", "manifest-sha256.txt"]
)
def test_a_changed_tag_file_is_found(vault: Vault, receipt: BagReceipt, folder: Path, tag: str) -> None:
    flip(folder / tag)

    assert f"{tag} is not what was kept: its content has changed" in found(vault, receipt)


def test_a_changed_tag_manifest_is_found(vault: Vault, receipt: BagReceipt, folder: Path) -> None:
    flip(folder / "tagmanifest-sha256.txt")
    assert "tagmanifest-sha256.txt is not the one that was recorded" in found(vault, receipt)


@pytest.mark.parametrize("kind", ["manifest", "tagmanifest"])
def test_a_removed_manifest_is_found(vault: Vault, receipt: BagReceipt, folder: Path, kind: str) -> None:
    (folder / f"{kind}-sha256.txt").unlink()

    assert f"{kind}-sha256.txt is missing" in found(vault, receipt)


@pytest.fixture
def twofold(vault: Vault, tmp_path: Path) -> BagReceipt:
    """A bag with a second kind of manifest."""
    folder = tmp_path / "vault/case-1/go/twofold-1"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_bytes(b"hello")
    bagit.make_bag(str(folder), checksums=["sha256", "sha512"])
    digest = hashlib.sha256((folder / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    return BagReceipt(path="case-1/go/twofold-1", digest=digest, files=1, bytes=5)


def test_a_bag_with_a_second_kind_of_manifest_is_sound(vault: Vault, twofold: BagReceipt) -> None:
    assert found(vault, twofold) == set()


def test_a_changed_second_tag_manifest_is_found(vault: Vault, twofold: BagReceipt, tmp_path: Path) -> None:
    flip(tmp_path / "vault" / twofold.path / "tagmanifest-sha512.txt")

    (complaint,) = found(vault, twofold)
    assert complaint.endswith(".txt is not what was kept: its content has changed")


@pytest.mark.parametrize("kind", ["manifest", "tagmanifest"])
def test_a_removed_second_manifest_is_found(vault: Vault, twofold: BagReceipt, tmp_path: Path, kind: str) -> None:
    (tmp_path / "vault" / twofold.path / f"{kind}-sha512.txt").unlink()

    assert f"{kind}-sha512.txt is missing" in found(vault, twofold)


def test_a_manifest_that_nobody_sealed_does_not_belong_to_the_bag(
    vault: Vault, receipt: BagReceipt, folder: Path
) -> None:
    (folder / "tagmanifest-sha512.txt").write_bytes(b"")

    assert found(vault, receipt) == {"tagmanifest-sha512.txt does not belong to the bag"}


def test_progress_tells_how_many_bytes_were_read_so_far(
    vault: Vault, receipt: BagReceipt, folder: Path, tmp_path: Path
) -> None:
    told: list[int] = []

    vault.verify(receipt.path, receipt.digest, told.append)

    assert told == sorted(told)
    assert (len(told), told[-1]) == (len(list_of(folder)), sum(path.stat().st_size for path in list_of(folder)))


def list_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


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
    opened = os.open

    def broken(path: str, flags: int, *more: int) -> int:
        if str(path).endswith("notes.txt"):
            raise OSError(5, "Input/output error")
        return opened(path, flags, *more)

    monkeypatch.setattr(os, "open", broken)

    assert found(vault, receipt) == {"data/notes.txt cannot be read (Input/output error)"}
