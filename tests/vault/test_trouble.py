from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from disengage.errors import VaultError
from disengage.vault import BagReceipt, Vault

Keep = Callable[..., BagReceipt]

FILLS_THE_DISK = """
import resource, sys, tempfile
from pathlib import Path
from disengage.errors import VaultError
from disengage.vault import Vault

folder = Path(sys.argv[1])

resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
try:
    with Vault("file:vault", folder).open_bag("c", "go", "l", "history", about={}) as bag:
        bag.write("large", (bytes(4096) for _ in range(64)))
except VaultError as error:
    print(error)
"""


def test_no_room_where_the_bag_is_built_leaves_nothing_behind(tmp_path: Path, scratch: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FILLS_THE_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert ran.stdout.startswith("The vault is full")
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "vault").exists()


def test_a_vault_that_is_full_keeps_what_it_had_and_nothing_more(
    vault: Vault, tmp_path: Path, keep: Keep, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keep(vault)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError, match="The vault is full"):
        keep(vault, case="case-2")

    assert [path.name for path in (tmp_path / "vault").iterdir()] == ["case-1"]
    assert [path.name for path in (tmp_path / "vault/case-1/go").iterdir()] == ["history-1"]
    assert list(scratch.iterdir()) == []
    assert vault.verify(first.path, first.digest) == ()


def test_a_disk_that_loses_bytes_is_noticed_before_anything_is_published(
    vault: Vault, tmp_path: Path, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = os.fsync

    def lossy(handle: int) -> None:
        kept(handle)
        file = Path(f"/proc/self/fd/{handle}").readlink()
        if file.is_file():
            os.truncate(file, 1)

    monkeypatch.setattr(os, "fsync", lossy)
    with pytest.raises(VaultError, match="not sound"):
        keep(vault)

    assert list((tmp_path / "vault").iterdir()) == []


def test_a_vault_on_a_disk_that_is_not_mounted_is_an_error(tmp_path: Path, keep: Keep) -> None:
    vault = Vault(f"file:{tmp_path}/mnt/vault", tmp_path)

    with pytest.raises(VaultError, match="no such file") as caught:
        keep(vault)

    assert caught.value.remedy
    assert not vault.exists()


def test_a_file_in_the_place_of_the_vault_is_an_error(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    (tmp_path / "vault").write_bytes(b"")

    with pytest.raises(VaultError):
        keep(vault)


def test_an_unknown_protocol_is_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="'nope:'"):
        Vault("nope://bucket", tmp_path)


def test_s3_without_its_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)  # loaded before, by another test

    with pytest.raises(VaultError) as caught:
        Vault("s3://bucket/prefix", tmp_path)

    assert "disengage[s3]" in caught.value.remedy


KILLED = """
import sys
from pathlib import Path
from disengage.vault.aside import aside

with aside(Path(sys.argv[1]) / "vault/case-1/go", ".history.") as hidden:
    (hidden / "bagit.txt").write_text("half a bag")
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_in_the_vault_is_swept_and_what_a_living_one_copies_is_not(
    vault: Vault, tmp_path: Path, keep: Keep, another_disk: None
) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout
    assert other.stdin
    with other:
        assert other.stdout.readline() == b"ready\n"
        keep(vault)
        assert len(list((tmp_path / "vault/case-1/go").iterdir())) == 2
        other.kill()
        other.wait()
        other.stdin.close()

    keep(vault)

    assert sorted(path.name for path in (tmp_path / "vault/case-1/go").iterdir()) == ["history-1", "history-2"]


def test_a_vault_on_another_disk_than_the_working_folder_gets_a_copy_that_is_proven_there(
    vault: Vault, tmp_path: Path, keep: Keep, scratch: Path, another_disk: None
) -> None:
    receipt = keep(vault)

    folder = tmp_path / "vault" / receipt.path
    assert vault.verify(receipt.path, receipt.digest) == ()
    assert {path.stat().st_mode & 0o222 for path in folder.rglob("*") if path.is_file()} == {0}
    assert list(scratch.iterdir()) == []


@pytest.fixture
def another_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vault's disk: nothing can be renamed into it from the working folder."""
    renamed = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path.name == "bag":
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return renamed(path, target)

    monkeypatch.setattr(Path, "rename", rename)
