"""What is handed over: the client's history and nothing else, whole, checkable, encrypted if wanted, and recorded."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from disengage.engine.bagchecks import kept_of
from disengage.engine.workplace import Workplace
from disengage.settings import load
from disengage.store import Store
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work
from tests.office import COMMAND
from tests.proof.test_export import sums_hold, unpacked

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
FOR_CLIENT = ("--to", "client", "--by", "Anna", "--with", "crm")
FOR_SUCCESSOR = ("--to", "successor", "--by", "Anna", "--with", "crm", "--out", "pack.zip")


def _zip(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


#: What the client's folder of documents holds.
DOCUMENTS = {
    "balans.pdf": PDF + b"balans",
    "=cmd.pdf": PDF + b"formula",
    "no-pdf.pdf": b"this is text",
    "scan": PDF + b"without an ending",
    "years.zip": _zip(**{"2025__invoice.pdf": PDF + b"1", "../../escape.pdf": PDF + b"2", "notes.txt": b"x"}),
    "nested.zip": _zip(**{"inner.zip": _zip(**{"deep.pdf": PDF + b"3"})}),
    "letter.docx": _zip(**{"[Content_Types].xml": b"<x/>", "embedded.pdf": PDF}),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """Give the folder of a case whose history is kept."""
    folder = tmp_path_factory.mktemp("kept")
    with at_work(folder, empty_store, crm=TableSimulator()) as desk:
        documents = folder / "simulated-table" / "documents" / "10001"
        for name, content in DOCUMENTS.items():
            (documents / name).write_bytes(content)
        desk.run(desk.planned())
        assert len(desk.bags()) == 1
    return folder


@pytest.fixture
def desk(tmp_path: Path, kept: Path) -> Iterator[Desk]:
    with at_work(tmp_path, kept, crm=TableSimulator()) as made:
        yield made


def _case(desk: Desk) -> str:
    (case,) = desk.call("cases", "--json").json()["cases"]
    found: str = case["case"]
    return found


def _hand_over(desk: Desk, *options: str) -> dict[str, Any]:
    answer = desk.call("handover", _case(desk), *options, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = answer.json()
    return found


def _events(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    return [(kind, json.loads(payload)) for kind, payload in desk.sql("SELECT kind, payload FROM events ORDER BY seq")]


def _statements(desk: Desk) -> list[dict[str, Any]]:
    with Store.open(f"sqlite:///{desk.store}", desk.folder) as store:
        return [row.detail for row in store.evidence(_case(desk), "@handover")]


def test_the_client_receives_every_pdf_wherever_it_lies(desk: Desk, tmp_path: Path) -> None:
    found = _hand_over(desk, *FOR_CLIENT, "--out", "pack.zip")
    folder = unpacked(desk.folder / "pack.zip", tmp_path / "unpacked")
    inventory = json.loads((folder / "inventory.json").read_text(encoding="utf-8"))
    originals = {entry["original_name"]: (folder / entry["name"]).read_bytes() for entry in inventory["files"]}
    assert originals == {
        f"documents/{name}": content
        for name, content in {
            "balans.pdf": PDF + b"balans",
            "=cmd.pdf": PDF + b"formula",
            "scan": PDF + b"without an ending",
            "years.zip/2025/invoice.pdf": PDF + b"1",
            "years.zip/../../escape.pdf": PDF + b"2",
            "nested.zip/inner.zip/deep.pdf": PDF + b"3",
        }.items()
    }
    assert (found["files"], found["format"], found["not_included"]) == (6, "pdf", [])
    assert sums_hold(folder)
    names = [entry["name"] for entry in inventory["files"]]
    rows = list(csv.reader((folder / "inventory.csv").read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert [row[0] for row in rows] == ["name", *names]


def test_the_successor_receives_the_history_in_its_own_formats(desk: Desk, tmp_path: Path) -> None:
    _hand_over(desk, *FOR_SUCCESSOR, "--consent", "Kari Nordmann agreed in writing on 3 November 2026")
    folder = unpacked(desk.folder / "pack.zip", tmp_path / "unpacked")
    inventory = json.loads((folder / "inventory.json").read_text(encoding="utf-8"))
    received = {entry["original_name"]: (folder / entry["name"]).read_bytes() for entry in inventory["files"]}
    assert {f"documents/{name}": content for name, content in DOCUMENTS.items()}.items() <= received.items()
    assert "client.json" in received
    assert (inventory["recipient"], inventory["client"]) == ("Ny Regnskap AS", "Nordlys Kafé AS")
    for entry in inventory["files"]:
        assert hashlib.sha256((folder / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]


def test_without_the_clients_consent_nothing_goes_to_the_successor(desk: Desk) -> None:
    assert "consent is not recorded" in desk.refused(3, "handover", _case(desk), *FOR_SUCCESSOR)
    assert not (desk.folder / "pack.zip").exists()
    assert "handed_over" not in dict(_events(desk))


def test_a_consent_is_kept_as_the_file_it_was_given_in_and_holds_for_a_second_pack(desk: Desk) -> None:
    (desk.folder / "consent.pdf").write_bytes(PDF)
    _hand_over(desk, *FOR_SUCCESSOR, "--consent", "consent.pdf")
    _hand_over(desk, *FOR_SUCCESSOR[:-1], "again.zip")
    assert [kind for kind, _ in _events(desk)][-3:] == ["consent_recorded", "handed_over", "handed_over"]
    assert any("handover/consent-1" in bag for bag in desk.bags())
    assert desk.call("verify", "--offline").code == 0


def test_a_consent_that_names_no_file_is_not_taken_for_words(desk: Desk) -> None:
    assert "not there" in desk.refused(2, "handover", _case(desk), *FOR_SUCCESSOR, "--consent", "consnt.pdf")
    assert "consent_recorded" not in dict(_events(desk))


def test_what_the_firm_keeps_for_itself_is_never_in_a_pack_unless_somebody_says_so(desk: Desk) -> None:
    message = desk.refused(3, "handover", _case(desk), "--to", "client", "--by", "Anna", "--out", "pack.zip")
    assert "what crm keeps is the firm's own" in message
    assert "which is no connection" in desk.refused(
        2, "handover", _case(desk), "--to", "client", "--by", "Anna", "--out", "pack.zip", "--with", "cmr"
    )


def test_evidence_of_other_steps_and_older_copies_are_never_in_a_pack(desk: Desk) -> None:
    case = _case(desk)
    evidence = desk.folder / "=working-paper.pdf"
    evidence.write_bytes(PDF + b"internal")
    with Workplace(load(desk.folder / "disengage.toml")) as workplace:
        for step in ("crm.sever_link", "crm.retain_history"):
            bag = workplace.vault.keep_files(case, "crm", "10001", f"{step}-evidence", [evidence], {})
            evidence.write_bytes(PDF + b"brought by hand")
            with workplace.store.change(case) as work:
                work.evidence(step, "file", detail={"bag": bag.path, "digest": bag.digest})
    _hand_over(desk, *FOR_CLIENT, "--out", "pack.zip")
    with zipfile.ZipFile(desk.folder / "pack.zip") as archive:
        contents = {archive.read(name) for name in archive.namelist()}
        assert ";'=working-paper.pdf;" in archive.read("inventory.csv").decode("utf-8-sig")  # no formula
    assert PDF + b"brought by hand" in contents
    assert PDF + b"internal" not in contents


def test_a_pack_is_encrypted_to_every_key_and_nothing_clear_is_left(desk: Desk, tmp_path: Path) -> None:
    keys = [pyrage.x25519.Identity.generate() for _ in range(3)]
    (desk.folder / "keys.txt").write_text(f"# the new firm\n{keys[1].to_public()}\n\n{keys[2].to_public()}\n")
    found = _hand_over(
        desk, *FOR_CLIENT, "--out", "pack.zip.age",
        "--encrypt-to", str(keys[0].to_public()), "--encrypt-to", "keys.txt",
    )  # fmt: skip
    packed = (desk.folder / "pack.zip.age").read_bytes()
    assert packed.startswith(b"age-encryption.org/v1")
    assert (found["encrypted"], found["sha256"]) == (True, hashlib.sha256(packed).hexdigest())
    for key in keys:
        with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(packed, [key]))) as archive:
            assert archive.testzip() is None
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(packed, [pyrage.x25519.Identity.generate()])
    recorded = _statements(desk)[-1]["handed_over"]
    wanted = [hashlib.sha256(str(key.to_public()).encode()).hexdigest()[:16] for key in keys]
    assert (recorded["keys"], recorded["recipient"]) == (wanted, "Nordlys Kafé AS")


@pytest.mark.parametrize("key", ["age1nonsense", "ssh-ed25519 AAAA", "no-such-file", "AGE-SECRET-KEY-1QQQ"])
def test_a_key_that_is_none_is_one_clear_error(desk: Desk, key: str) -> None:
    message = desk.refused(2, "handover", _case(desk), *FOR_CLIENT, "--out", "pack.zip", "--encrypt-to", key)
    assert "QQQ" not in message
    assert not (desk.folder / "pack.zip").exists()


def test_who_received_what_when_is_recorded_and_the_event_names_nobody(desk: Desk) -> None:
    found = _hand_over(desk, *FOR_CLIENT, "--out", "pack.zip", "--note", "by courier")
    packed = (desk.folder / "pack.zip").read_bytes()
    kind, payload = _events(desk)[-1]
    assert (kind, payload) == (
        "handed_over",
        {
            "to": "client",
            "format": "pdf",
            "files": 6,
            "bytes": len(packed),
            "sha256": hashlib.sha256(packed).hexdigest(),
            "encrypted": False,
        },
    )
    (recorded,) = _statements(desk)
    assert recorded["handed_over"]["note"] == "by courier"
    (desk.folder / "signed.pdf").write_bytes(PDF)
    confirmed = desk.call(
        "handover", found["case"], "--confirm", "signed.pdf", "--by", "Anna",
        "--received-by", "Kari Nordmann", "--received-on", "2026-12-31", "--json",
    ).json()  # fmt: skip
    kind, payload = _events(desk)[-1]
    assert (kind, payload["sha256"], payload["received_on"]) == ("receipt_confirmed", found["sha256"], "2026-12-31")
    assert "Kari" not in json.dumps(payload)
    with Store.open(f"sqlite:///{desk.store}", desk.folder) as store:
        assert (confirmed["bag"], confirmed["digest"]) in kept_of(store, found["case"]).bags
    assert desk.call("verify", "--offline").code == 0


def test_a_receipt_needs_a_pack_a_date_and_a_file(desk: Desk) -> None:
    case, signed = _case(desk), desk.folder / "signed.pdf"
    base = ("handover", case, "--by", "Anna", "--received-by", "Kari", "--confirm", str(signed))
    assert "not a date" in desk.refused(2, *base, "--received-on", "yesterday")
    assert "nothing was handed over" in desk.refused(2, *base, "--received-on", "2026-12-31")
    _hand_over(desk, *FOR_CLIENT, "--out", "pack.zip")
    assert "no such file" in desk.refused(2, *base, "--received-on", "2026-12-31")
    signed.write_bytes(PDF)
    assert "checksum begins" in desk.refused(2, *base, "--received-on", "2026-12-31", "--pack", "zz")


def test_an_existing_file_is_not_touched_and_nothing_is_recorded(desk: Desk) -> None:
    (desk.folder / "pack.zip").write_text("mine", encoding="utf-8")
    before = _events(desk)
    assert "there already" in desk.refused(2, "handover", _case(desk), *FOR_CLIENT, "--out", "pack.zip")
    assert ((desk.folder / "pack.zip").read_text(encoding="utf-8"), _events(desk)) == ("mine", before)


@pytest.mark.parametrize("encrypt", [False, True])
def test_a_disk_that_fills_leaves_nothing_behind(desk: Desk, encrypt: bool) -> None:
    (desk.folder / "out").mkdir()
    key = str(pyrage.x25519.Identity.generate().to_public())
    options = [*FOR_CLIENT, "--out", "out/pack.zip", *(["--encrypt-to", key] if encrypt else [])]
    answer = subprocess.run(
        [*COMMAND, "handover", _case(desk), *options],
        cwd=desk.folder,
        env=desk.environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 10, 1 << 10)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode in (2, 5), answer.stderr
    assert "Traceback" not in answer.stderr
    assert list((desk.folder / "out").iterdir()) == []


def test_a_copy_that_was_changed_is_not_handed_over(desk: Desk) -> None:
    (file,) = (desk.folder / "vault").rglob("balans.pdf")
    file.chmod(0o600)
    file.write_bytes(PDF + b"balanz")
    message = desk.refused(5, "handover", _case(desk), *FOR_CLIENT, "--out", "pack.zip")
    assert "cannot be handed over" in message
    assert not (desk.folder / "pack.zip").exists()


def test_a_history_without_a_pdf_is_handed_over_in_its_own_formats_only(tmp_path: Path, empty_store: Path) -> None:
    with at_work(tmp_path, empty_store, crm=TableSimulator()) as desk:
        desk.finish(desk.planned())
        assert "no PDF" in desk.refused(3, "handover", _case(desk), *FOR_CLIENT, "--out", "pack.zip")
        assert _hand_over(desk, *FOR_CLIENT, "--out", "pack.zip", "--format", "original")["files"] > 0


def test_what_is_not_kept_yet_is_said_in_the_pack(tmp_path: Path, empty_store: Path) -> None:
    with at_work(tmp_path, empty_store, banqup=BanqupSimulator(), crm=TableSimulator()) as desk:
        case = desk.planned()
        desk.run(case)
        found = _hand_over(desk, *FOR_CLIENT, "--out", "pack.zip", "--format", "original")
        assert "banqup.retain_history: not kept yet" in found["not_included"]


def test_a_pack_tells_neither_the_reason_nor_any_note(desk: Desk) -> None:
    _hand_over(desk, *FOR_CLIENT, "--out", "pack.zip", "--note", "report of 3 March")
    with zipfile.ZipFile(desk.folder / "pack.zip") as archive:
        texts = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    assert "moved-to-other-firm" not in texts
    assert "report of 3 March" not in texts
    assert "Anna" not in texts


def test_what_cannot_be_opened_is_listed_and_holds_nothing_up(desk: Desk) -> None:
    broken = bytearray(_zip(**{"a.pdf": PDF + bytes(2000), "b.pdf": PDF}))
    broken[60] ^= 0xFF
    case = _case(desk)
    with Workplace(load(desk.folder / "disengage.toml")) as workplace:
        for name, content in (("broken.zip", bytes(broken)), ("none.zip", b"PK\x03\x04 and no more")):
            (desk.folder / name).write_bytes(content)
            bag = workplace.vault.keep_files(case, "crm", "10001", name, [desk.folder / name], {})
            with workplace.store.change(case) as work:
                work.evidence("crm.retain_history", "file", detail={"bag": bag.path, "digest": bag.digest})
    found = _hand_over(desk, *FOR_CLIENT, "--out", "pack.zip")
    assert found["not_included"] == [
        "crm: broken.zip/a.pdf: it is damaged",
        "crm: none.zip: it cannot be opened as a ZIP archive",
    ]
    assert found["files"] == 7


def test_memory_stays_small_however_large_the_history_is(tmp_path: Path) -> None:
    """Pack and encrypt 200 MB with a process that may not grow by half of that."""
    program = """
import resource, sys
from datetime import datetime, UTC
from pathlib import Path
import pyrage
from disengage.engine.encrypting import encrypted, recipients_from
from disengage.engine.outfile import written
from disengage.engine.packing import packing
key = str(pyrage.x25519.Identity.generate().to_public())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
large = (bytes([n % 251]) * 1_000_000 for n in range(200))
with written(Path(sys.argv[1])) as out, encrypted(out, recipients_from([key])) as clear:
    with packing(clear, datetime.now(UTC)) as pack:
        pack.add("large.pdf", large, 200_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, out.size)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "large.age")], capture_output=True, text=True, check=True
    )
    grown, size = map(int, done.stdout.split())
    assert size > 200_000_000
    assert grown < 60_000  # kilobytes
