"""An export is checked on another machine: unpacked, and checked with sha256sum and the bundled program only."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from disengage.engine.timestamps import statement
from disengage.store import Store
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from tests.builders import NOW
from tests.cli.desk import Desk
from tests.proof import tsa


def exported(desk: Desk, *options: str, out: str = "case.zip") -> dict[str, Any]:
    answer = desk.call("export", _case(desk), "--out", out, *options, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = answer.json()
    return found


def _case(desk: Desk) -> str:
    (case,) = desk.call("cases", "--json").json()["cases"]
    found: str = case["case"]
    return found


def unpacked(file: Path, into: Path) -> Path:
    """Unpack with the standard library's own command."""
    subprocess.run([sys.executable, "-I", "-m", "zipfile", "-e", file, into], check=True, capture_output=True)
    return into


def sums_hold(folder: Path) -> bool:
    command = ["sha256sum", "-c", "--quiet", "--strict", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def chain_says(folder: Path) -> tuple[int, str]:
    """Run the bundled program as a stranger does, without anything that is installed here."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "check_chain.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def copy(desk: Desk, tmp_path: Path) -> Path:
    """Give an export with the whole log, unpacked in a bare folder."""
    exported(desk, "--whole-log")
    return unpacked(desk.folder / "case.zip", tmp_path / "elsewhere")


def test_events_of_the_house_are_links_of_the_chain_and_of_no_case(desk: Desk, tmp_path: Path) -> None:
    assert desk.call("people", "invite", "kari", "--role", "viewer", "--by", "Anna").code == 0
    for options in ((), ("--whole-log",)):
        folder = tmp_path / f"copy{len(options)}"
        exported(desk, *options, out=f"{folder.name}.zip")
        unpacked(desk.folder / f"{folder.name}.zip", folder)
        assert chain_says(folder) == (0, "Everything agrees.\n")
    assert "person_invited" not in (folder / "events.jsonl").read_text(encoding="utf-8")
    last = json.loads((folder / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["kind"], last["case_id"]) == ("person_invited", None)


def test_a_stranger_finds_everything_sound(copy: Path) -> None:
    assert sums_hold(copy)
    assert chain_says(copy) == (0, "Everything agrees.\n")
    for bag in copy.glob("bags/**/bagit.txt"):
        subprocess.run(
            [sys.executable, "-m", "bagit", "--validate", "--quiet", bag.parent], check=True, capture_output=True
        )


def test_an_export_has_what_its_readme_says(desk: Desk, copy: Path) -> None:
    named = {"README.txt", "SHA256SUMS", "case.json", "chain.json", "check_chain.py", "evidence.json", "events.jsonl"}
    assert {path.name for path in copy.iterdir()} == named | {"bags", "log.jsonl", "plan.json", "statement.json"}
    assert "$" not in (copy / "README.txt").read_text(encoding="utf-8")
    there = sorted(path.parent.relative_to(copy / "bags").as_posix() for path in copy.glob("bags/**/bagit.txt"))
    assert there == desk.bags()
    events = [json.loads(line) for line in (copy / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    columns = ("seq", "case_id", "at", "kind", "actor", "payload", "previous", "hash")
    stored = desk.sql(f"SELECT {', '.join(columns)} FROM events ORDER BY seq")
    assert [tuple(event[name] for name in columns) for event in events] == stored
    assert json.loads((copy / "statement.json").read_text(encoding="utf-8"))["final"] is True


def test_a_changed_bit_anywhere_is_found(copy: Path) -> None:
    chance = random.Random(7)
    files = sorted(path for path in copy.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    for path in files:
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        sound = path.read_bytes()
        path.write_bytes(content)
        assert not sums_hold(copy), path
        path.write_bytes(sound)
    assert sums_hold(copy)


@pytest.mark.parametrize(
    "name", ["events.jsonl", "log.jsonl", "bags/**/manifest-sha256.txt", "bags/**/client.json", "bags/**/bag-info.txt"]
)
def test_a_changed_bit_is_found_even_where_the_sums_were_made_anew(copy: Path, name: str) -> None:
    (path, *_) = copy.glob(name)
    sound = path.read_bytes()
    chance = random.Random(len(name))
    for _ in range(8):
        content = bytearray(sound)
        content[chance.randrange(len(content) - 1)] ^= 1
        path.write_bytes(content)
        code, said = chain_says(copy)
        assert (code, "WRONG" in said) == (1, True), content
    path.write_bytes(sound)
    assert chain_says(copy)[0] == 0


def test_events_taken_out_and_files_put_in_are_found(copy: Path) -> None:
    events = copy / "events.jsonl"
    lines = events.read_text(encoding="utf-8").splitlines(keepends=True)
    for left in (lines[1:], lines[:-1], lines[:2] + lines[3:], [*lines, lines[-1]], []):
        events.write_text("".join(left), encoding="utf-8")
        assert chain_says(copy)[0] == 1
    events.write_text("".join(lines), encoding="utf-8")
    (copy / "bags" / "more.txt").write_text("more", encoding="utf-8")
    assert "more.txt is not listed" in chain_says(copy)[1]
    (copy / "bags" / "more.txt").unlink()
    shutil.rmtree(next(copy.glob("bags/*/crm/*")))
    assert "tells of a bag" in chain_says(copy)[1]


def test_the_events_of_other_cases_are_not_in_it_but_their_place_is(desk: Desk, tmp_path: Path) -> None:
    desk.ask("ends_on = ", "ends_on = 2026-10-31\n# ")
    desk.ask("notice_on = ", "notice_on = 2026-01-31\n# ")
    first = _case(desk)
    desk.call("plan", "request.toml", "--json")
    assert len(desk.call("cases", "--json").json()["cases"]) == 2
    assert desk.call("export", first, "--out", "first.zip").code == 0
    folder = unpacked(desk.folder / "first.zip", tmp_path / "elsewhere")
    assert chain_says(folder) == (0, "Everything agrees.\n")
    chain = json.loads((folder / "chain.json").read_text(encoding="utf-8"))
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {event["case_id"] for event in events} == {first}
    last = desk.sql("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")[0]
    assert (chain["end"]["seq"], chain["end"]["hash"]) == last
    (run,) = chain["neighbours"]
    after = desk.sql(f"SELECT hash FROM events WHERE seq = {run['last'] + 1}")[0][0]
    assert run == {"first": 1, "last": events[-1]["seq"], "hash_before": "0" * 64, "hash_after": after}


def test_a_time_stamp_in_it_can_be_proven_by_others(stamping: Desk, tmp_path: Path) -> None:
    stamped = stamping.call("timestamp", "--json").json()
    assert exported(stamping)["timestamps"] == 1
    folder = unpacked(stamping.folder / "case.zip", tmp_path / "elsewhere")
    assert chain_says(folder)[0] == 0
    content = (folder / f"timestamps/{stamped['seq']}.json").read_bytes()
    token = decode_timestamp_response((folder / f"timestamps/{stamped['seq']}.tsr").read_bytes())
    assert content == statement(stamped["seq"], stamped["hash"])
    assert VerifierBuilder(roots=[tsa.keys().root]).build().verify_message(token, content)
    assert (folder / "timestamps/certificates.pem").read_bytes() == tsa.keys().pem
    assert "openssl ts -verify" in (folder / "README.txt").read_text(encoding="utf-8")


def test_an_existing_file_is_not_touched(desk: Desk) -> None:
    (desk.folder / "case.zip").write_text("mine", encoding="utf-8")
    assert "there already" in desk.refused(2, "export", _case(desk), "--out", "case.zip")
    assert (desk.folder / "case.zip").read_text(encoding="utf-8") == "mine"


def test_a_bag_that_is_gone_leaves_nothing_behind(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "vault" / desk.bags()[0])
    (desk.folder / "out").mkdir()
    assert desk.call("export", _case(desk), "--out", "out/case.zip").code == 5
    assert list((desk.folder / "out").iterdir()) == []


def test_a_bag_that_was_destroyed_on_purpose_is_told_of_and_not_missed(desk: Desk, tmp_path: Path) -> None:
    (bag,) = desk.bags()
    shutil.rmtree(desk.folder / "vault" / bag)
    certificate = {"certificate": {"bags": [{"bag": bag}]}}
    with Store.open(f"sqlite:///{desk.store}", desk.folder) as store, store.change(_case(desk)) as work:
        store.disposal.begin(work.case.id, NOW, "sha256:0", certificate)
        work.event("destruction_approved", actor="Anna", bags=[{"bag": bag}], bags_digest="sha256:0", enough=True)
    assert exported(desk)["left_out"] == [f"bag {bag}: destroyed on purpose"]
    folder = unpacked(desk.folder / "case.zip", tmp_path / "elsewhere")
    assert chain_says(folder) == (0, "Everything agrees.\n")
    assert f"bag {bag}: destroyed on purpose" in (folder / "README.txt").read_text(encoding="utf-8")


def test_what_nobody_is_to_be_told_is_left_out_unless_it_stays_inside(desk: Desk) -> None:
    case = _case(desk)
    with Store.open(f"sqlite:///{desk.store}", desk.folder) as store, store.change(case) as work:
        ending = work.case.request.ending.model_copy(update={"no_tipping_off": True})
        work.case = work.case.model_copy(update={"request": work.case.request.model_copy(update={"ending": ending})})
        work.evidence("crm.sever_link", "statement", by="Anna", detail={"note": "report of 3 March to the unit"})
    exported(desk, out="quiet.zip")
    exported(desk, "--internal", out="whole.zip")
    assert "report of 3 March" not in _texts(desk.folder / "quiet.zip")
    assert "moved-to-other-firm" not in _texts(desk.folder / "quiet.zip")
    assert "report of 3 March" in _texts(desk.folder / "whole.zip")


def _texts(file: Path) -> str:
    with zipfile.ZipFile(file) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
