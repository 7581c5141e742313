"""Files dropped into the watched folder are taken once, answered, and never lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from disengage.engine import inbox as inboxes
from disengage.engine.inbox import Answer, Inbox, refusal
from disengage.errors import InputError, StoreError
from disengage.store import Store


@dataclass
class Watched:
    """A folder, and what was planned of it."""

    folder: Path
    store: Store
    planned: list[str] = field(default_factory=list)
    raises: Exception | None = None

    def plan(self, file: Path) -> Answer:
        if self.raises:
            raise self.raises
        self.planned.append(file.read_text(encoding="utf-8"))
        if "wrong" in self.planned[-1]:
            return refusal(InputError(f"{file.name}: it is wrong.", remedy="Correct it."), 2)
        return Answer(document={"cases": [], "exit_code": 0}, taken=True)

    def inbox(self, place: str = "worker-1") -> Inbox:
        return Inbox(self.folder, self.store, lambda: place, self.plan, Event())

    def drop(self, name: str, text: str = "good") -> Path:
        self.folder.mkdir(exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")
        return self.folder / name

    def files(self) -> dict[str, list[str]]:
        """Return the names of all files by their folder."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.folder.rglob("*")):
            if path.is_symlink() or path.is_file():
                found.setdefault(path.parent.relative_to(self.folder).as_posix(), []).append(path.name)
        return found


@pytest.fixture
def watched(tmp_path: Path, sqlite_url: str) -> Iterator[Watched]:
    with Store.open(sqlite_url, tmp_path, create=True) as store:
        yield Watched(tmp_path / "inbox", store)


def looks(inbox: Inbox, times: int = 2) -> None:
    for _ in range(times):
        inbox.look()


DONE = {"done": ["a.toml", "a.toml.result.json"]}


def test_a_file_is_taken_once_it_no_longer_grows(watched: Watched) -> None:
    inbox = watched.inbox()
    for text in ("g", "go", "good"):
        watched.drop("a.toml", text)
        inbox.look()
    assert watched.planned == []
    inbox.look()
    assert (watched.planned, watched.files()) == (["good"], DONE)
    assert json.loads((watched.folder / "done/a.toml.result.json").read_text()) == {"cases": [], "exit_code": 0}


def test_a_file_that_is_wrong_is_put_aside_with_its_one_error_and_the_others_go_on(watched: Watched) -> None:
    watched.drop("a.csv", "wrong")
    watched.drop("b.TOML")
    looks(watched.inbox())
    assert watched.files() == {
        "done": ["b.TOML", "b.TOML.result.json"],
        "rejected": ["a.csv", "a.csv.error.json", "a.csv.error.txt"],
    }
    assert (watched.folder / "rejected/a.csv.error.txt").read_text() == "a.csv: it is wrong.\nCorrect it.\n"
    told = {"kind": "InputError", "message": "a.csv: it is wrong.", "remedy": "Correct it."}
    document = json.loads((watched.folder / "rejected/a.csv.error.json").read_text())
    assert document == {"error": told, "exit_code": 2}


@pytest.mark.parametrize("name", [".a.toml", "a.toml.part", "a.toml.tmp", "a.txt", "toml"])
def test_what_is_no_request_file_is_left_alone(watched: Watched, name: str) -> None:
    watched.drop(name)
    looks(watched.inbox(), 3)
    assert watched.files() == {".": [name]}


def test_files_of_one_name_are_all_kept(watched: Watched) -> None:
    inbox = watched.inbox()
    for text in ("one", "two", "three"):
        watched.drop("a.toml", text)
        looks(inbox)
    assert watched.planned == ["one", "two", "three"]
    names = ["a-2.toml", "a-2.toml.result.json", "a-3.toml", "a-3.toml.result.json", "a.toml", "a.toml.result.json"]
    assert watched.files() == {"done": names}


@pytest.mark.parametrize("name", ["a\nb.toml", "\x1b[31m.toml", "..a..toml", "å" * 120 + ".toml", "~ $HOME;`x`.toml"])
def test_whatever_its_name_a_file_stays_in_the_folder(watched: Watched, name: str) -> None:
    watched.drop(name) if not name.startswith(".") else watched.drop(f"x{name}")
    looks(watched.inbox())
    (kept,) = watched.files().items()
    assert (kept[0], len(kept[1]), len(watched.planned)) == ("done", 2, 1)
    assert all(character.isprintable() for character in "".join(kept[1]))


def test_a_name_that_is_no_text_is_made_one(watched: Watched) -> None:
    watched.drop("x.toml").rename(os.fsdecode(os.fsencode(watched.folder) + b"/\xff\xfe.toml"))
    looks(watched.inbox())
    assert watched.files() == {"done": ["__.toml", "__.toml.result.json"]}


def test_links_folders_pipes_and_huge_files_are_refused_unread(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "MOST_BYTES", 100)
    secret = watched.drop(".secret", "nobody's business")
    (watched.folder / "link.toml").symlink_to(secret)
    (watched.folder / "folder.toml").mkdir()
    os.mkfifo(watched.folder / "pipe.csv")
    watched.drop("huge.csv", "x" * 101)
    looks(watched.inbox())
    assert watched.planned == []
    errors = {file.name for file in (watched.folder / "rejected").glob("*.error.txt")}
    assert errors == {f"{name}.error.txt" for name in ("link.toml", "folder.toml", "pipe.csv", "huge.csv")}
    assert secret.read_text() == "nobody's business"


# what a crash leaves


def crash_after(monkeypatch: pytest.MonkeyPatch, inbox: Inbox, before: str) -> None:
    """End the process that looks, in effect, at the moment it would call ``before``."""

    class KilledError(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(inboxes.Inbox, before, killed)
        with pytest.raises(KilledError):
            looks(inbox)


@pytest.mark.parametrize("before", ["_answer", "_put_away"])
def test_what_was_taken_before_a_crash_is_answered_after_it(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    watched.drop("a.toml")
    crash_after(monkeypatch, watched.inbox(), before)
    assert watched.files() == {"taken/worker-1": ["a.toml"]}
    watched.inbox().look()
    assert watched.files() == DONE


def test_an_answer_without_its_file_is_written_anew(watched: Watched) -> None:
    inbox = watched.inbox()
    (watched.folder / "taken/worker-1").mkdir()
    (watched.folder / "taken/worker-1/a.toml").write_text("good")
    (watched.folder / "done/a.toml.result.json").write_text("from before the crash")
    inbox.look()
    assert watched.files() == DONE
    assert "exit_code" in (watched.folder / "done/a.toml.result.json").read_text()


def test_a_store_that_cannot_be_used_loses_no_file(watched: Watched) -> None:
    watched.drop("a.toml")
    inbox, watched.raises = watched.inbox(), StoreError("The store cannot be used.")
    with pytest.raises(StoreError):
        looks(inbox)
    assert watched.files() == {"taken/worker-1": ["a.toml"]}
    watched.raises = None
    inbox.look()
    assert watched.files() == DONE


def test_a_folder_that_cannot_be_used_is_named(watched: Watched) -> None:
    watched.folder.write_text("a file")
    with pytest.raises(InputError, match=r"inbox .* cannot be used"):
        watched.inbox()


# several daemons


@pytest.fixture
def shared(tmp_path: Path, postgres_url: str) -> Iterator[Callable[[], Watched]]:
    """Give a maker of daemons with one store and one folder."""
    stores: list[Store] = []

    def make() -> Watched:
        stores.append(Store.open(postgres_url, tmp_path, create=True))
        return Watched(tmp_path / "inbox", stores[-1])

    yield make
    for store in stores:
        store.close()


def test_several_daemons_take_each_file_once_and_what_the_dead_took(shared: Callable[[], Watched]) -> None:
    daemons = [shared() for _ in range(3)]
    places = [daemon.store.take_place() for daemon in daemons]
    inboxes = [daemon.inbox(place.name) for daemon, place in zip(daemons, places, strict=True)]
    for number in range(30):
        daemons[0].drop(f"{number}.toml", str(number))
    (daemons[0].folder / "taken/worker-9").mkdir()
    (daemons[0].folder / "taken/worker-9/30.toml").write_text("30")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda inbox: looks(inbox, 12), inboxes))
    assert sorted(int(text) for daemon in daemons for text in set(daemon.planned)) == list(range(31))
    answers = {name for number in range(31) for name in (f"{number}.toml", f"{number}.toml.result.json")}
    assert {folder: set(names) for folder, names in daemons[0].files().items()} == {"done": answers}
    for place in places:
        place.leave()


def test_what_a_living_daemon_took_is_left_to_it(shared: Callable[[], Watched]) -> None:
    alive, other = shared(), shared()
    place = alive.store.take_place()
    inbox = other.inbox("worker-2")
    taken = other.folder / "taken" / place.name
    taken.mkdir()
    (taken / "a.toml").write_text("good")
    looks(inbox)
    assert other.files() == {f"taken/{place.name}": ["a.toml"]}
    place.leave()
    looks(inbox)
    assert other.files() == DONE
