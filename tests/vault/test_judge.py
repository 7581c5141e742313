"""Bags that somebody else made: every kind of case of the Library of Congress' conformance suite, written anew."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import bagit
import pytest
from disengage.vault import BagReceipt, Vault
from disengage.vault.judge import Judgement, judge

Keep = Callable[..., BagReceipt]
SUITE = Path(__file__).parents[3] / "shared/samples/bagit"
HELLO = {"data/hello.txt": b"hello\n", "data/a b/c.txt": b"c"}


class Maker:
    """Makes a bag, and then makes something of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        files: dict[str, bytes] | None = None,
        *,
        version: str = "1.0",
        algorithms: Sequence[str] = ("sha256",),
        encoding: str = "UTF-8",
    ) -> Maker:
        self.algorithms, self.encoding, self.version = algorithms, encoding, version
        for name, content in (files or HELLO).items():
            self.put(name, content)
        self.put("bagit.txt", f"BagIt-Version: {version}\nTag-File-Character-Encoding: {encoding}\n".encode())
        self.manifests()
        return self

    def manifests(self) -> Maker:
        self.write_manifests("manifest", [name for name in self.names() if name.startswith("data/")])
        return self.sealed()

    def sealed(self) -> Maker:
        """Write the tag manifests anew."""
        for algorithm in self.algorithms:
            (self.folder / f"tagmanifest-{algorithm}.txt").unlink(missing_ok=True)
        self.write_manifests("tagmanifest", [name for name in self.names() if not name.startswith("data/")])
        return self

    def write_manifests(self, kind: str, names: list[str]) -> None:
        lines = {a: "".join(f"{self.digest(name, a)}  {name}\n" for name in names) for a in self.algorithms}
        for algorithm, listed in lines.items():
            self.put(f"{kind}-{algorithm}.txt", listed.encode(self.encoding))

    def digest(self, name: str, algorithm: str) -> str:
        return hashlib.new(algorithm, (self.folder / name).read_bytes()).hexdigest()

    def names(self) -> list[str]:
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())

    def put(self, name: str, content: bytes) -> Maker:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)
        return self

    def change(self, name: str, old: str, new: str) -> Maker:
        """Replace text in a tag file, and seal the bag again."""
        content = (self.folder / name).read_bytes()
        assert old.encode() in content
        return self.put(name, content.replace(old.encode(), new.encode())).sealed()

    def add(self, name: str, line: str) -> Maker:
        there = (self.folder / name).read_bytes() if (self.folder / name).exists() else b""
        return self.put(name, there + line.encode()).sealed()

    @property
    def judged(self) -> Judgement:
        return judge(self.folder)


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "bag")


SOUND = Judgement((), ())


# --- valid ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"])
def test_a_bag_of_every_version_is_valid(make: Maker, version: str) -> None:
    assert make(version=version).judged == SOUND


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_a_bag_of_every_algorithm_is_valid(make: Maker, algorithm: str) -> None:
    judged = make(algorithms=[algorithm]).judged

    assert judged.valid
    assert bool(judged.doubtful) == (algorithm in ("md5", "sha1"))


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "utf-8", "UTF-16LE"])
def test_tag_files_in_another_encoding_are_read(make: Maker, encoding: str) -> None:
    made = make({"data/caf\u00e9.txt": b"x"}, encoding=encoding)
    made.put("bag-info.txt", "Organisation: Caf\u00e9\nPayload-Oxum: 1.1\n".encode(encoding)).sealed()

    assert made.judged == SOUND


def test_a_bag_that_bagit_py_made_is_valid(tmp_path: Path) -> None:
    (tmp_path / "hello 100%.txt").write_bytes(b"x")
    bagit.make_bag(str(tmp_path), {"Contact-Name": "a " * 100}, checksums=["md5", "sha512"])

    assert judge(tmp_path).wrong == ()


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_lines_may_end_as_elsewhere(make: Maker, ending: str) -> None:
    made = make()
    for name in ("bagit.txt", "manifest-sha256.txt"):
        made.change(name, "\n", ending)

    assert made.judged == SOUND


def test_line_ends_and_percent_signs_in_names_are_encoded(make: Maker) -> None:
    name = "data/a\nb\rc%0Ad.txt"
    made = make({name: b"x"})
    made.put("manifest-sha256.txt", f"{made.digest(name, 'sha256')}  data/a%0Ab%0dc%250Ad.txt\n".encode())

    assert made.sealed().judged == SOUND


def test_before_1_0_a_percent_sign_stands_for_itself(make: Maker) -> None:
    assert make({"data/100%25.txt": b"x"}, version="0.97").judged == SOUND


def test_a_name_with_a_space_or_a_lone_percent_sign_needs_no_encoding(make: Maker) -> None:
    assert make({"data/a b  c.txt": b"x", "data/100 %.txt": b"y"}).judged == SOUND


def test_labels_may_be_there_twice_and_go_on_in_the_next_line(make: Maker) -> None:
    made = make().add("bag-info.txt", "Contact-Name: A\nContact-Name: B\nNote: one\n  two: three\n\tfour\n")

    assert made.judged == SOUND


def test_fetch_txt_is_fine_once_everything_is_there(make: Maker) -> None:
    assert make().add("fetch.txt", "https://example.org/hello.txt 6 data/hello.txt\n").judged == SOUND


def test_a_tag_file_in_no_tag_manifest_is_fine(make: Maker) -> None:
    assert make().put("notes/readme.txt", b"x").judged == SOUND


def test_an_empty_payload_is_a_bag(make: Maker) -> None:
    made = make()
    for name in HELLO:
        (made.folder / name).unlink()

    assert made.manifests().judged == SOUND


def test_before_1_0_a_file_need_not_be_in_every_manifest(make: Maker) -> None:
    made = make(version="0.97", algorithms=["sha256", "sha512"])
    _, *rest = (made.folder / "manifest-sha512.txt").read_text().splitlines()

    assert made.put("manifest-sha512.txt", "\n".join(rest).encode()).sealed().judged == SOUND


# --- valid, and doubtful --------------------------------------------------------------------------------------


def test_a_name_in_another_unicode_form_is_doubtful(make: Maker) -> None:
    composed, apart = (unicodedata.normalize(form, "data/\u00e9.txt") for form in ("NFC", "NFD"))
    judged = make({apart: b"x"}).change("manifest-sha256.txt", apart, composed).judged

    assert judged == Judgement((), (f"manifest-sha256.txt: {composed} is there in another Unicode form",))


@pytest.mark.parametrize("before", ["./", "*"])
def test_a_name_as_md5sum_writes_it_is_doubtful(make: Maker, before: str) -> None:
    judged = make().change("manifest-sha256.txt", " data/hello", f" {before}data/hello").judged

    assert judged.valid
    assert len(judged.doubtful) == 1


def test_before_1_0_a_file_listed_again_with_its_checksum_is_doubtful(make: Maker) -> None:
    made = make(version="0.97")
    line = (made.folder / "manifest-sha256.txt").read_text().splitlines()[0]
    judged = made.add("manifest-sha256.txt", f"{line}\n").judged

    assert judged.valid
    assert len(judged.doubtful) == 1


def test_a_bag_in_a_bag_and_litter_are_doubtful(make: Maker) -> None:
    judged = make({"data/inner/bagit.txt": b"x", "data/.DS_Store": b"x"}).judged

    assert judged.valid
    assert len(judged.doubtful) == 2


def test_a_manifest_of_an_unknown_algorithm_is_doubtful_beside_a_known_one(make: Maker) -> None:
    judged = make().put("manifest-crc32.txt", b"0  data/hello.txt\n").judged

    assert judged.valid
    assert len(judged.doubtful) == 1


# --- wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbfBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        b"BagIt-Version : 1.0\nTag-File-Character-Encoding : UTF-8\n",
        b"BagIt-Version:1.0\nTag-File-Character-Encoding:UTF-8\n",
        b"BagIt-Version: 1.0\n",
        b"Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n",
        b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nMore: x\n",
        b"BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n",
        b"BagIt-Version: one\nTag-File-Character-Encoding: UTF-8\n",
        b"BagIt-Version: 1.0\nTag-File-Character-Encoding: nonsense\n",
        b"\xff\xfe",
    ],
)
def test_a_declaration_that_is_none_is_wrong(make: Maker, content: bytes) -> None:
    assert not make().put("bagit.txt", content).sealed().judged.valid


@pytest.mark.parametrize("missing", ["bagit.txt", "manifest-sha256.txt", "data/hello.txt"])
def test_something_missing_is_wrong(make: Maker, missing: str) -> None:
    made = make()
    (made.folder / missing).unlink()

    assert not made.judged.valid


def test_a_missing_payload_folder_is_wrong(make: Maker) -> None:
    made = make()
    (made.folder / "data").rename(made.folder.parent / "elsewhere")

    assert "data is missing" in made.judged.wrong


def test_a_tag_file_that_is_missing_is_wrong(make: Maker) -> None:
    made = make().add("bag-info.txt", "Contact-Name: A\n")
    (made.folder / "bag-info.txt").unlink()

    assert made.judged.wrong == ("bag-info.txt is missing",)


def test_only_a_manifest_of_an_unknown_algorithm_is_wrong(make: Maker) -> None:
    made = make()
    (made.folder / "manifest-sha256.txt").rename(made.folder / "manifest-crc32.txt")

    assert not made.sealed().judged.valid


@pytest.mark.parametrize("changed", ["data/hello.txt", "bag-info.txt", "manifest-sha256.txt"])
def test_a_changed_file_is_wrong(make: Maker, changed: str) -> None:
    made = make().add("bag-info.txt", "Contact-Name: A\n")
    content = (made.folder / changed).read_bytes()
    made.put(changed, content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])

    assert f"{changed} is not what its manifest says" in made.judged.wrong


def test_a_file_that_no_manifest_lists_is_wrong(make: Maker) -> None:
    assert make().put("data/extra.txt", b"x").judged.wrong == ("data/extra.txt is in no line of manifest-sha256.txt",)


def test_since_1_0_a_file_that_one_manifest_does_not_list_is_wrong(make: Maker) -> None:
    made = make(algorithms=["sha256", "sha512"])
    _, *rest = (made.folder / "manifest-sha512.txt").read_text().splitlines()

    assert not made.put("manifest-sha512.txt", "\n".join(rest).encode()).sealed().judged.valid


@pytest.mark.parametrize(("version", "digest"), [("1.0", ""), ("1.0", "dead"), ("0.97", "dead")])
def test_a_file_listed_twice_is_wrong(make: Maker, version: str, digest: str) -> None:
    made = make(version=version)
    line = (made.folder / "manifest-sha256.txt").read_text().splitlines()[0]

    assert not made.add("manifest-sha256.txt", digest + line[len(digest) :] + "\n").judged.valid


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../outside", "data/../../outside", "~/x", "~root/x", "C:\\x", "data\\..\\..\\x", "\\x"]
)
def test_a_name_that_leads_out_of_the_bag_is_wrong_and_never_read(make: Maker, name: str) -> None:
    made = make()
    made.add("manifest-sha256.txt", f"{'0' * 64}  {name}\n")

    assert f"manifest-sha256.txt, line 3: {name!a} leads out of the bag" in made.judged.wrong


def test_a_name_that_leads_out_by_way_of_fetch_txt_is_wrong(make: Maker) -> None:
    assert not make().add("fetch.txt", "https://example.org/x - ../../x\n").judged.valid


@pytest.mark.parametrize(
    "line",
    ["https://example.org/x 1 data/other.txt", "nonsense", "no-url 1 data/hello.txt", "https://e.org/x y data/h"],
)
def test_a_line_of_fetch_txt_that_fits_nothing_is_wrong(make: Maker, line: str) -> None:
    assert not make().add("fetch.txt", f"{line}\n").judged.valid


def test_before_1_0_fetching_what_no_manifest_lists_is_doubtful(make: Maker) -> None:
    judged = make(version="0.97").add("fetch.txt", "https://example.org/x 1 other.png\n").judged

    assert judged == Judgement((), ("fetch.txt, line 1: other.png is in no manifest",))


def test_a_file_still_to_be_fetched_is_missing(make: Maker) -> None:
    made = make().add("fetch.txt", "https://example.org/hello.txt 6 data/hello.txt\n")
    (made.folder / "data/hello.txt").unlink()

    assert made.judged.wrong == ("data/hello.txt is missing",)


@pytest.mark.parametrize("oxum", ["7.1", "6.2", "nonsense", "7"])
def test_a_payload_oxum_that_does_not_fit_is_wrong(make: Maker, oxum: str) -> None:
    assert not make().add("bag-info.txt", f"Payload-Oxum: {oxum}\n").judged.valid


def test_a_line_of_bag_info_without_a_label_is_wrong(make: Maker) -> None:
    assert not make().add("bag-info.txt", "nonsense\n").judged.valid


@pytest.mark.parametrize("line", ["nonsense", "xyz  data/hello.txt", "0123", "  data/hello.txt"])
def test_a_line_of_a_manifest_that_is_none_is_wrong(make: Maker, line: str) -> None:
    assert not make().add("manifest-sha256.txt", f"{line}\n").judged.valid


def test_a_payload_file_in_a_tag_manifest_is_wrong(make: Maker) -> None:
    made = make()
    there = (made.folder / "tagmanifest-sha256.txt").read_bytes()
    line = f"{made.digest('data/hello.txt', 'sha256')}  data/hello.txt\n".encode()

    assert not made.put("tagmanifest-sha256.txt", there + line).judged.valid


def test_tag_files_that_are_not_in_their_encoding_are_wrong(make: Maker) -> None:
    assert not make().put("bag-info.txt", b"Contact-Name: \xff\n").sealed().judged.valid


def test_a_link_or_a_pipe_is_wrong_and_never_read(make: Maker) -> None:
    made = make()
    (made.folder / "data/hello.txt").unlink()
    (made.folder / "data/hello.txt").symlink_to("/etc/hostname")
    os.mkfifo(made.folder / "data/pipe")

    assert {"data/hello.txt is not a plain file", "data/pipe is not a plain file"} <= set(made.judged.wrong)


def test_a_folder_that_is_not_there_is_no_bag(tmp_path: Path) -> None:
    assert judge(tmp_path / "nothing").wrong == ("bagit.txt is missing",)


# --- the suite, and our own -----------------------------------------------------------------------------------


def test_the_verdicts_of_the_conformance_suite_hold_where_it_is_at_hand() -> None:
    cases = [case for case in SUITE.glob("v*/*/*") if case.is_dir()] if SUITE.is_dir() else []
    verdicts = {str(case.relative_to(SUITE)): judge(case).valid for case in cases}

    assert verdicts == {case: "/invalid/" not in case for case in verdicts}


def test_our_own_bags_are_valid_without_a_doubt(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    receipt = keep(vault, {"caf\u00e9/100 %.txt": b"x", "../a\nb": b"y", "fran\u0063\u0327ais": b"z"})

    assert judge(tmp_path / "vault" / receipt.path) == SOUND


def test_our_own_bags_are_valid_by_the_command_of_bagit_py(vault: Vault, tmp_path: Path, keep: Keep) -> None:
    receipt = keep(vault)

    command = [sys.executable, "-m", "bagit", "--validate", str(tmp_path / "vault" / receipt.path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (said.returncode, "is valid" in said.stderr) == (0, True)
