from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path

import bagit
import bagit_profile
import pytest
from disengage.vault import BagReceipt, Vault
from disengage.vault.profile import PROFILE, profile

Keep = Callable[..., BagReceipt]
DOCS = Path(__file__).parents[2] / "docs/reference"


def complaints(folder: Path) -> str:
    """Return what the independent validator says of a bag."""
    said = io.StringIO()
    with redirect_stderr(said):
        reader = bagit_profile.Profile(PROFILE, profile=json.loads(profile()))
        sound = reader.validate(bagit.Bag(str(folder)))
    return "" if sound else str(reader.report)


def test_every_bag_keeps_the_profile(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    assert complaints(tmp_path / "vault" / keep(vault).path) == ""


def test_a_bag_of_what_a_person_brought_keeps_the_profile(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "brought.pdf").write_bytes(b"pdf")
    about = {"Step": "s", "Task": "t", "Brought-By": "Kari", "Period": "2024-01-01/2026-12-31"}
    receipt = vault.keep_files("c", "go", "l", "evidence", [tmp_path / "brought.pdf"], about)

    assert complaints(tmp_path / "vault" / receipt.path) == ""


@pytest.mark.parametrize("missing", ["Disengage-Case", "Bagging-Date", "Payload-Oxum"])
def test_a_bag_that_lacks_what_the_profile_wants_does_not_keep_it(
    vault: Vault, tmp_path: Path, keep: Keep, missing: str
) -> None:
    folder = tmp_path / "vault" / keep(vault).path
    info = folder / "bag-info.txt"
    info.chmod(0o600)
    info.write_text("".join(line for line in info.read_text().splitlines(True) if not line.startswith(missing)))

    assert missing in complaints(folder)


def test_the_profile_is_in_every_bag_and_in_the_documentation(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    folder = tmp_path / "vault" / keep(vault).path

    assert (folder / "bag-profile.json").read_bytes() == profile() == (DOCS / "bag-profile.json").read_bytes()
    assert json.loads(profile())["BagIt-Profile-Info"]["BagIt-Profile-Identifier"] == PROFILE
    assert PROFILE in (DOCS / "bag-profile.md").read_text(encoding="utf-8")


def test_the_page_names_every_label_of_the_profile() -> None:
    page = (DOCS / "bag-profile.md").read_text(encoding="utf-8")

    assert [label for label in json.loads(profile())["Bag-Info"] if f"`{label}`" not in page] == []
