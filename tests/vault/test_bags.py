from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import bagit
import pytest
from disengage.connector import Sink
from disengage.domain.evidence import EvidenceFile
from disengage.errors import InputError, RetryableError, VaultError
from disengage.vault import BagReceipt, BagWriter, Vault

Keep = Callable[..., BagReceipt]
Everything = Callable[[Path], dict[str, bytes]]


def test_an_independent_reader_finds_the_bag_valid(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    receipt = keep(vault)

    bag = bagit.Bag(str(tmp_path / "vault" / receipt.path))
    bag.validate()

    assert bag.info == {
        "Period": "2024-01-01/2026-12-31",
        "BagIt-Profile-Identifier": "urn:uuid:fabb2a81-1ed4-4fcc-b9a7-d8ac4da61c17",
        "Bagging-Date": "2026-11-22",
        "Bag-Software-Agent": bag.info["Bag-Software-Agent"],
        "External-Identifier": f"case-1/go/{bag.info['Disengage-Link']}/history",
        "Bag-Group-Identifier": "case-1",
        "Disengage-Case": "case-1",
        "Disengage-Connection": "go",
        "Disengage-Link": hashlib.sha256(b"case-1\nclient-4711").hexdigest()[:12],
        "Disengage-Begun": "2026-11-22T12:00:00+00:00",
        "Disengage-Finished": "2026-11-22T12:00:00+00:00",
        "Payload-Oxum": "9.2",
    }
    assert bag.info["Bag-Software-Agent"].startswith("disengage ")
    assert bag.algorithms == ["sha256"]


def test_the_receipt_says_where_it_is_and_how_to_prove_it(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    receipt = keep(vault)

    seal = tmp_path / "vault/case-1/go/history-1/tagmanifest-sha256.txt"
    digest = hashlib.sha256(seal.read_bytes()).hexdigest()
    assert receipt == BagReceipt(path="case-1/go/history-1", digest=digest, files=2, bytes=9)
    assert vault.verify(receipt.path, receipt.digest) == ()


def test_the_inventory_keeps_what_the_platform_called_each_file(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    receipt = keep(vault, {"../CON.txt": b"abc"})

    inventory = json.loads((tmp_path / "vault" / receipt.path / "inventory.json").read_bytes())
    assert inventory == {
        "files": [
            {
                "name": "_CON.txt",
                "original_name": "../CON.txt",
                "source": "https://goapi.example/Ledger",
                "size": 3,
                "sha256": hashlib.sha256(b"abc").hexdigest(),
                "fetched_at": "2026-11-22T12:00:00+00:00",
            }
        ],
        "gaps": [],
        "stated": [],
    }


def test_a_second_bag_of_the_same_label_is_the_next_version(
    vault: Vault, tmp_path: Path, keep: Keep, everything: Everything
) -> None:
    first = keep(vault, {"a": b"1"})
    before = everything(tmp_path / "vault" / first.path)

    second = keep(vault, {"a": b"2"})

    assert (first.path, second.path) == ("case-1/go/history-1", "case-1/go/history-2")
    assert everything(tmp_path / "vault" / first.path) == before


def test_a_link_that_is_a_personal_number_is_nowhere_in_clear(
    vault: Vault, tmp_path: Path, everything: Everything
) -> None:
    number = "19850709-9805"
    with vault.open_bag("c", "spiris", number, f"history {number}", about={"Note": f"of {number}"}) as bag:
        bag.write(f"{number}/export 198507099805.sie", [b"x"], source=f"https://api.example/{number}/sie")
        bag.gap(f"no vouchers for {number}")

    for name, content in everything(tmp_path / "vault").items():
        assert number not in name + content.decode()
        assert "198507099805" not in name + content.decode()
    assert number not in bag.bag.model_dump_json()


def test_published_files_are_read_only(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    receipt = keep(vault)

    folder = tmp_path / "vault" / receipt.path
    assert {path.stat().st_mode & 0o222 for path in folder.rglob("*") if path.is_file()} == {0}


def test_the_writer_is_a_sink_and_tells_what_it_kept(vault: Vault) -> None:
    with vault.open_bag("c", "go", "l", "history", about={}) as bag:
        sink: Sink = bag
        kept = sink.write("a.txt", iter([b"ab", b"", b"c"]))
        sink.gap("the vouchers of 2023 are not offered")

    assert kept == EvidenceFile(name="a.txt", sha256=hashlib.sha256(b"abc").hexdigest(), size=3)
    assert bag.bag.gaps == ("the vouchers of 2023 are not offered",)


def test_json_is_written_readably_in_the_order_given(vault: Vault, tmp_path: Path) -> None:
    value = {"b": 1, "a": ["Kafé", date(2026, 12, 31)], "half": "\ud83d"}
    with vault.open_bag("c", "go", "l", "history", about={}) as bag:
        bag.write_json("x.json", value)

    content = (tmp_path / "vault" / bag.bag.path / "data/x.json").read_text(encoding="utf-8")
    assert content == ('{\n  "b": 1,\n  "a": [\n    "Kafé",\n    "2026-12-31"\n  ],\n  "half": "\\ud83d"\n}\n')


def test_a_history_without_files_is_kept_with_its_gaps(vault: Vault, tmp_path: Path) -> None:
    with vault.open_bag("c", "go", "l", "history", about={}) as bag:
        bag.gap("the platform offers no export")

    bagit.Bag(str(tmp_path / "vault" / bag.bag.path)).validate()
    assert vault.verify(bag.bag.path, bag.bag.digest) == ()


def test_nothing_is_published_when_the_block_fails(vault: Vault, tmp_path: Path, scratch: Path) -> None:
    def fail() -> None:
        with vault.open_bag("c", "go", "l", "history", about={}) as bag:
            bag.write("a.txt", [b"abc"])
            opened.append(bag)
            raise KeyError("nonsense")

    opened: list[BagWriter] = []
    with pytest.raises(KeyError):
        fail()

    assert not (tmp_path / "vault").exists()
    assert list(scratch.iterdir()) == []
    with pytest.raises(VaultError):
        _ = opened[0].bag


def test_a_stream_that_breaks_off_leaves_nothing_of_its_file(vault: Vault, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise RetryableError("The connection was reset.")

    with vault.open_bag("c", "go", "l", "history", about={}) as bag:
        with pytest.raises(RetryableError):
            bag.write("a.txt", broken())
        bag.write("a.txt", [b"whole"])

    folder = tmp_path / "vault" / bag.bag.path
    bagit.Bag(str(folder)).validate()
    assert [path.name for path in (folder / "data").iterdir()] == ["a.txt"]
    assert (folder / "data/a.txt").read_bytes() == b"whole"


def test_a_finished_bag_takes_nothing_more(vault: Vault) -> None:
    with vault.open_bag("c", "go", "l", "history", about={}) as bag:
        pass

    with pytest.raises(VaultError):
        bag.write("late.txt", [b"x"])


def test_what_the_caller_says_of_a_bag_cannot_replace_or_forge_a_line(vault: Vault, tmp_path: Path) -> None:
    about = {"Payload-Oxum": "0.0", "Note": "x\nPayload-Oxum: 1.1\r\n", "Od d: Key": "y", "Empty": ""}
    with vault.open_bag("c", "go", "l", "history", about=about) as bag:
        bag.write("a", [b"abc"])

    info = bagit.Bag(str(tmp_path / "vault" / bag.bag.path)).info
    assert (info["Payload-Oxum"], info["Note"], info["Od-D-Key"]) == ("3.1", "x Payload-Oxum: 1.1", "y")
    assert "Empty" not in info


def test_files_that_a_person_brought_get_a_bag_of_their_own(vault: Vault, tmp_path: Path) -> None:
    brought = [tmp_path / "kvittering.pdf", tmp_path / "sub" / "kvittering.pdf"]
    for number, file in enumerate(brought):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"pdf" * (number + 1))

    receipt = vault.keep_files("c", "go", "l", "evidence", brought, {"Task": "t-1"})

    data = tmp_path / "vault" / receipt.path / "data"
    assert (receipt.path, receipt.files, receipt.bytes) == ("c/go/evidence-1", 2, 9)
    assert sorted(path.name for path in data.iterdir()) == ["kvittering-2.pdf", "kvittering.pdf"]
    assert vault.verify(receipt.path, receipt.digest) == ()


def test_a_missing_evidence_file_is_named_and_nothing_is_kept(vault: Vault, tmp_path: Path) -> None:
    there = tmp_path / "a.pdf"
    there.write_bytes(b"x")

    with pytest.raises(InputError, match=r"'b\.pdf'"):
        vault.keep_files("c", "go", "l", "evidence", [there, tmp_path / "b.pdf"], {})

    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_a_large_history_is_never_held_in_memory(vault: Vault) -> None:
    megabyte = bytes(1 << 20)
    tracemalloc.start()
    try:
        with vault.open_bag("c", "go", "l", "history", about={}) as bag:
            bag.write("large.zip", (megabyte for _ in range(50)))
        assert vault.verify(bag.bag.path, bag.bag.digest) == ()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert bag.bag.bytes == 50 << 20
    assert peak < 16 << 20
