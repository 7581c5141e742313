"""Every file of a history is checked by what it holds, or said not to be; counts are compared with what was stated."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from disengage.domain.checks import Check, Verdict
from disengage.vault import checks
from disengage.vault.checks import check_files
from disengage.vault.checks.counts import count_items
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.samples import PERIOD, a_pdf, a_zip, sie


class Said(NamedTuple):
    """A count as a bag remembers it."""

    name: str
    count: int


def written(folder: Path, **content: bytes) -> dict[str, Path]:
    for name, text in content.items():
        (folder / name).write_bytes(text)
    return {name: folder / name for name in content}


def the_count(files: dict[str, Path], said: Said) -> Check:
    (made,) = [one for one in check_files(files, period=PERIOD, stated=(said,)) if one.name == "count"]
    return made


def test_the_format_is_chosen_by_what_a_file_holds(tmp_path: Path) -> None:
    files = written(tmp_path, a=sie(), b=a_pdf(), c=a_zip({"x": b"y"}), d=b"\xff\xd8\xff\xe0")
    made = {one.name: one.subject for one in check_files(files, period=PERIOD)}
    assert made == {
        "sie4": "a", "sie4-encoding": "a", "sie4-checksum": "a", "sie4-vouchers": "a", "sie4-balances": "a",
        "pdf": "b", "zip": "c", "period": "the books of 1 file", "content": "1 other files",
    }  # fmt: skip


def test_files_of_no_known_format_are_said_not_to_be_checked_once_for_all(tmp_path: Path) -> None:
    files = written(tmp_path, **{"1.jpg": b"x", "2.JPG": b"x", "ledger.csv": b"a;b", "README": b"hello"})
    (made,) = check_files(files, period=PERIOD)
    assert (made.verdict, made.subject) == (Verdict.NOT_CHECKED, "4 other files")
    assert made.reason == "no check is known for files of their kind (1 .csv, 2 .jpg, 1 no ending)"


def test_a_file_that_cannot_be_read_is_not_checked(tmp_path: Path) -> None:
    (made,) = check_files({"1.pdf": tmp_path / "nowhere.pdf"}, period=PERIOD)
    assert (made.verdict, made.subject) == (Verdict.NOT_CHECKED, "1.pdf")


def test_a_checker_that_breaks_leaves_the_others_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ModuleType("disengage.vault.checks.broken")
    broken.recognises = lambda name, head: name == "x"  # type: ignore[attr-defined]
    broken.check = _breaks  # type: ignore[attr-defined]
    broken.covers = _breaks  # type: ignore[attr-defined]
    known = checks._formats()
    monkeypatch.setattr(checks, "_formats", lambda: (broken, *known))
    made = check_files(written(tmp_path, x=b"anything", y=a_pdf()), period=PERIOD)
    assert [(one.subject, one.verdict) for one in made] == [("x", Verdict.NOT_CHECKED), ("y", Verdict.SOUND)]
    assert made[0].reason == "the check itself broke: ZeroDivisionError"


def _breaks(*_: Any) -> Any:
    raise ZeroDivisionError


def test_nothing_heavy_is_imported_with_the_package() -> None:
    assert not [name for name in ("pypdf", "lxml.etree", "pyxaf") if name in vars(checks)]
    assert "disengage.vault.checks" in sys.modules


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("a.json", b'{"a": [1, 2]}', []),
        ("a.json", b'{"a": [1,\n 2', ["line 2"]),
        ("a.json", b"", ["line 1"]),
        ("a.json", b"\xff\xfe\xfa", ["line 1"]),
        ("a.json", b"[" * 100_000, ["line 1"]),
        ("a.ndjson", b'{"a": 1}\n\n{"a": 2}\n', []),
        ("a.ndjson", b'{"a": 1}\n{"a": \n{"a": 3}', ["line 2"]),
    ],
)
def test_json_is_read_to_its_end(tmp_path: Path, name: str, content: bytes, where: list[str]) -> None:
    (made,) = check_files(written(tmp_path, **{name: content}), period=PERIOD)
    assert (made.name, [fault.where for fault in made.faults]) == ("json", where)


# --- counts


@pytest.mark.parametrize(
    ("content", "count"),
    [([], 0), ([1, 2, 3], 3), ([[1, 2], {"a": [1]}], 2), ({"rows": [1, 2], "page": 1}, 2), (['a"],[', "\\"], 2)],
)
def test_the_items_of_a_list_are_compared_with_what_was_stated(tmp_path: Path, content: Any, count: int) -> None:
    files = written(tmp_path, **{"customers.json": json.dumps(content).encode()})
    assert the_count(files, Said("customers.json", count)).verdict is Verdict.SOUND
    wrong = the_count(files, Said("customers.json", count + 1))
    assert [(f.code, f.message) for f in wrong.faults] == [
        ("count_differs", f"the platform stated {count + 1}, and {count} items were kept")
    ]


def test_lines_of_json_and_files_of_a_folder_are_counted(tmp_path: Path) -> None:
    files = written(tmp_path, **{"lines.ndjson": b'{"a": 1}\n\n{"a": 2}'})
    files |= {"documents/1.pdf": files["lines.ndjson"], "documents/2.pdf": files["lines.ndjson"]}
    assert the_count(files, Said("lines.ndjson", 2)).verdict is Verdict.SOUND
    assert the_count(files, Said("documents/", 2)).verdict is Verdict.SOUND
    assert the_count(files, Said("documents/", 3)).verdict is Verdict.WRONG
    assert the_count(files, Said("nothing/", 0)).verdict is Verdict.SOUND


def test_a_list_that_is_not_there_was_not_kept(tmp_path: Path) -> None:
    assert the_count(written(tmp_path, a=b"x"), Said("customers.json", 4)).verdict is Verdict.WRONG


@pytest.mark.parametrize("content", [b"[1, 2", b"", b"]", b'{"a": [1], "b": [2]}', b'{"a": 1}', b'["a'])
def test_what_is_no_single_list_is_not_counted(tmp_path: Path, content: bytes) -> None:
    made = the_count(written(tmp_path, **{"customers.json": content}), Said("customers.json", 1))
    assert made.verdict is Verdict.NOT_CHECKED


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=40)
@given(st.lists(_values), st.sampled_from([None, 1]), st.booleans())
def test_counting_agrees_with_parsing(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any], indent: int | None, ascii_only: bool
) -> None:
    path = tmp_path_factory.mktemp("lists") / "list.json"
    path.write_text(json.dumps(values, indent=indent, ensure_ascii=ascii_only), encoding="utf-8", errors="replace")
    assert count_items(path) == len(values)
