"""``disengage connectors new``: what it writes works as written, and what cannot be written leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from disengage.cli import main, scaffold

from tests.environment import Environment

TOOLS = Path(sys.executable).parent
#: Names of one letter and of the longest kind: what is written is formatted alike for both.
NAMES = ("z", "two_words", "a23456789_b23456789_c234567890")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with mock.patch.object(sys, "argv", ["disengage", "connectors", "new", *arguments]):
            with pytest.raises(SystemExit) as end:
                main()
            printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return call


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# what it writes


def test_a_new_plugin_passes_the_contract_in_an_environment_of_its_own(run: Run, tmp_path: Path) -> None:
    assert run("harbour_books", "--platform", "Harbour Books (Nord) & Co.")[0] == 0
    project = tmp_path / "disengage-harbour-books"
    environment = Environment.made(tmp_path)
    environment.install(environment.built(project))
    shown = json.loads(environment.run("disengage", "connectors", "--json"))
    assert [(c["name"], c["platform"]) for c in shown["connectors"]] == [
        ("harbour_books", "Harbour Books (Nord) & Co.")
    ]
    assert [(p["name"], p["distribution"], p["reason"]) for p in shown["plugins"]] == [
        ("harbour_books", "disengage-harbour-books 0.1.0", "")
    ]
    assert "passed" in environment.run("python", "-m", "pytest", "-p", "no:cacheprovider", cwd=project)


def complaints(folder: Path, tool: str, *arguments: str, **variables: str) -> str:
    """Return what a tool prints about a plugin that it does not pass."""
    command, environment = [TOOLS / tool, *arguments], os.environ | variables
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize("name", NAMES)
def test_a_new_plugin_is_linted_and_formatted_whatever_it_is_called(run: Run, tmp_path: Path, name: str) -> None:
    assert run(name, "--dir", "plugin")[0] == 0
    assert complaints(tmp_path / "plugin", "ruff", "check", "--no-cache") == ""
    assert complaints(tmp_path / "plugin", "ruff", "format", "--no-cache", "--check") == ""


def test_a_new_plugin_is_strictly_typed(run: Run, tmp_path: Path) -> None:
    assert run("two_words", "--dir", "plugin")[0] == 0
    assert complaints(tmp_path / "plugin", "mypy", MYPYPATH="src", MYPY_CACHE_DIR=str(tmp_path / "mypy")) == ""


def test_it_lists_what_it_wrote(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("fjordbok")
    folder = tmp_path / "disengage-fjordbok"
    files = [name for name in everything(folder) if (folder / name).is_file()]
    assert code == 0
    assert out.splitlines()[:-1] == ["Wrote disengage-fjordbok:", *(f"  {name}" for name in files)]
    assert {"pyproject.toml", "README.md", "tests/test_contract.py", "src/disengage_fjordbok/plugin.py"} < set(files)


def test_as_json_it_names_the_folder_and_the_files(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("fjordbok", "--dir", "here", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["folder"] == "here"
    assert all((tmp_path / "here" / name).is_file() for name in document["files"])


def test_an_empty_folder_is_filled_and_stays_the_folder_that_it_was(run: Run, tmp_path: Path) -> None:
    before = tmp_path.stat().st_ino
    assert run("fjordbok", "--dir", ".")[0] == 0
    assert tmp_path.stat().st_ino == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "pyproject.toml", "src", "tests"]


def test_every_file_with_something_invented_says_so(run: Run, tmp_path: Path) -> None:
    assert run("fjordbok")[0] == 0
    package = tmp_path / "disengage-fjordbok" / "src" / "disengage_fjordbok"
    silent = {file.name for file in package.iterdir() if "PLACEHOLDER" not in file.read_text(encoding="utf-8")}
    assert silent == {"__init__.py", "plugin.py", "py.typed"}


# what it refuses


@pytest.mark.parametrize(
    "name",
    [
        *("", "Fjordbok", "fjord-bok", "2fjord", "_fjord", "fjord__bok", "fjord_", "fjørd", "class", "connection"),
        *("a/b", "..", "a" * 31, "a b", "a\n"),
    ],
)
def test_a_name_that_is_no_name_is_refused_and_nothing_is_written(run: Run, tmp_path: Path, name: str) -> None:
    code, out, err = run("--dir", "here", "--", name)
    assert (code, out) == (2, "")
    assert "cannot be called" in err
    assert everything(tmp_path) == []


def test_the_name_of_an_installed_connector_is_refused(run: Run, tmp_path: Path) -> None:
    code, _, err = run("banqup")
    assert code == 2
    assert "'banqup' is installed already" in err
    assert everything(tmp_path) == []


@pytest.mark.parametrize("platform", ['My "Books"', "a\\", "{client}", "two\nlines", " ", "x" * 31, "$name"])
def test_a_platforms_name_that_would_break_the_code_is_refused(run: Run, tmp_path: Path, platform: str) -> None:
    code, _, err = run("fjordbok", "--platform", platform)
    assert code == 2
    assert "platform's name" in err
    assert everything(tmp_path) == []


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_what_is_there_already_is_left_alone(run: Run, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "disengage-fjordbok"
    if kind == "folder":
        target.mkdir()
        (target / "mine.txt").write_text("mine", encoding="utf-8")
    elif kind == "file":
        target.write_text("mine", encoding="utf-8")
    else:
        target.symlink_to(tmp_path / "nowhere")
    before = everything(tmp_path)
    code, _, err = run("fjordbok")
    assert code == 2
    assert "there is something already" in err
    assert everything(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_one_clear_complaint(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, _, err = run("fjordbok", "--dir", "file/plugin")
    assert code == 2
    assert "cannot be written" in err
    assert everything(tmp_path) == ["file"]


def test_a_disk_that_fills_up_in_the_middle_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    write_text = Path.write_text

    def filling(path: Path, *given: str, **more: str) -> int:
        written.append(path)
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        return write_text(path, *given, **more)

    monkeypatch.setattr(scaffold.Path, "write_text", filling)
    code, _, err = run("fjordbok")
    assert code == 2
    assert "no space left on device" in err
    assert everything(tmp_path) == []


def test_it_reads_no_configuration(run: Run, tmp_path: Path) -> None:
    assert run("fjordbok", "--config", "disengage.toml")[0] == 2
    assert everything(tmp_path) == []
