"""The kept copies of a case on their pages: seen and taken by archivists only, and nothing of them can run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from disengage.web.pages import files as pages

from tests.builders import a_case, a_link, a_step
from tests.web.firm import Firm, Visitor

PAGE = b"<script>document.title='taken'</script>"
NAMES = ("Kvittering <1>.html", "ligning & skatt.txt")


@dataclass
class Shelf:
    """A case with one bag.

    Attributes:
        here: The page of the bag.
        digest: Of its seal.
        folder: Where it lies.
    """

    case: str
    here: str
    digest: str
    folder: Path


@pytest.fixture(scope="module")
def shelf(firm: Firm, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return shelved(firm, "c-shelf", tmp_path_factory.mktemp("brought"))


def shelved(firm: Firm, case_id: str, brought: Path) -> Shelf:
    files = [brought / name for name in NAMES]
    for file, content in zip(files, (PAGE, b"seen"), strict=True):
        file.write_bytes(content)
    step = a_step(link=a_link())
    receipt = firm.workplace.vault.keep_files(case_id, "go", "ref", "copy", files, {})
    with firm.workplace.store.new_case(a_case(id=case_id, links=[a_link()], steps=[step])) as work:
        work.evidence(step.id, "file", by="kari", detail={"bag": receipt.path, "digest": receipt.digest})
    (row,) = firm.workplace.store.evidence(case_id)
    here = f"/cases/{case_id}/bags/{row.id}"
    return Shelf(case_id, here, receipt.digest, firm.desk.folder / "vault" / receipt.path)


@pytest.fixture(scope="module")
def archivist(firm: Firm) -> Visitor:
    return firm.visitor("archivist", name="siri")


@pytest.fixture
def openings(firm: Firm, shelf: Shelf) -> Iterator[list[tuple[str, str, dict[str, object]]]]:
    """What is recorded of the case from now on; filled when it is looked at last."""
    before = firm.workplace.store.last_event()
    found: list[tuple[str, str, dict[str, object]]] = []
    yield found
    events = firm.workplace.store.events(shelf.case, after=before)
    assert [(event.kind, event.actor, event.payload) for event in events] == found


def number_of(archivist: Visitor, shelf: Shelf, name: str) -> str:
    """Return the address of the file that is shown by its original name."""
    page = archivist.text(shelf.here)
    row = next(row for row in page.split("<tr>") if name in row)
    return re.findall(r'href="([^"]+)"', row)[0]


def test_the_bags_of_a_case_are_listed_with_what_proves_them(archivist: Visitor, shelf: Shelf) -> None:
    page = archivist.text(f"/cases/{shelf.case}/bags")
    assert f'href="{shelf.here}"' in page
    assert shelf.digest in page
    assert "by kari" in page


def test_a_bag_shows_its_files_by_their_original_names_and_who_looked_is_recorded(
    archivist: Visitor, shelf: Shelf, openings: list[object]
) -> None:
    page = archivist.text(shelf.here)
    assert all(text in page for text in ("Kvittering &lt;1&gt;.html", "ligning &amp; skatt.txt", "bagit.txt"))
    openings.append(("bag_opened", "siri", {"bag": shelf.digest}))


def test_a_file_is_sent_to_be_saved_and_can_do_nothing_wherever_it_is_opened(
    archivist: Visitor, shelf: Shelf, openings: list[object]
) -> None:
    address = number_of(archivist, shelf, "Kvittering")
    answer = archivist.get(address)
    assert (answer.status_code, answer.content) == (200, PAGE)
    headers = answer.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Length"] == str(len(PAGE))
    assert set(headers["Content-Security-Policy"].split("; ")) == {"default-src 'none'", "sandbox"}
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''Kvittering%20_1_.html" in headers["Content-Disposition"]
    openings += [
        ("bag_opened", "siri", {"bag": shelf.digest}),
        ("bag_opened", "siri", {"bag": shelf.digest, "file": int(address.rpartition("/")[2])}),
    ]


@pytest.mark.parametrize("role", ["viewer", "operator", "approver", "administrator"])
def test_whoever_is_no_archivist_sees_that_there_is_a_bag_and_opens_nothing(
    firm: Firm, shelf: Shelf, openings: list[object], role: str
) -> None:
    visitor = firm.visitor(role)
    assert f'href="{shelf.here}"' not in visitor.text(f"/cases/{shelf.case}/bags")
    assert {visitor.get(path).status_code for path in (shelf.here, f"{shelf.here}/files/1")} == {403}
    assert visitor.post(f"{shelf.here}/verify").status_code == 403


def test_a_bag_of_another_case_or_a_number_that_is_none_opens_nothing(
    archivist: Visitor, shelf: Shelf, firm: Firm, openings: list[object]
) -> None:
    with firm.workplace.store.new_case(a_case(id="c-without")):
        pass
    number = shelf.here.rpartition("/")[2]
    wrong = ("999999", "0", "-1", "x", "9" * 30, "%2e%2e", "٣")
    paths = [f"/cases/c-without/bags/{number}", f"/cases/c-nowhere/bags/{number}", "/cases/c-nowhere/bags"]
    paths += [f"/cases/{shelf.case}/bags/{one}" for one in wrong]
    assert {path: archivist.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)


def test_a_file_that_the_bag_does_not_have_is_not_there(
    archivist: Visitor, shelf: Shelf, openings: list[object]
) -> None:
    paths = [f"{shelf.here}/files/{one}" for one in ("0", "999", "x", "..%2F..%2Fdisengage.key", "data")]
    assert {path: archivist.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)


def test_a_bag_is_verified_when_asked_and_one_changed_byte_is_found(
    firm: Firm, archivist: Visitor, tmp_path: Path
) -> None:
    shelf = shelved(firm, "c-changed", tmp_path)
    assert "Every file is as it was kept" in archivist.post(f"{shelf.here}/verify").text
    changed = next((shelf.folder / "data").iterdir())
    changed.chmod(0o644)
    changed.write_bytes(b"x")
    page = archivist.post(f"{shelf.here}/verify").text
    assert "not as it was kept" in page
    assert changed.name in page.replace("&lt;", "<")


def test_a_bag_of_very_many_files_is_shown_in_pages(
    archivist: Visitor, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = set(re.findall(r'/files/(\d+)"', archivist.text(shelf.here)))
    monkeypatch.setattr(pages, "ON_A_PAGE", 4)
    first, second = (set(re.findall(r'/files/(\d+)"', archivist.text(f"{shelf.here}?page={page}"))) for page in (1, 2))
    assert (len(first), first & second, first | second <= whole) == (4, set(), True)
    assert archivist.text(f"{shelf.here}?page=999999") == archivist.text(f"{shelf.here}?page=2")
    assert archivist.text(f"{shelf.here}?page=x") == archivist.text(shelf.here)
