from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from disengage.domain.request import Administrator, Client, Ending, Period, Reason, Request, Successor
from disengage.errors import InputError
from disengage.requests import read_requests

WHOLE = """
[client]
name = "Nordlys Kafé AS"
country = "NO"
identifiers = { orgnr = "974 760 673" }
references = { go = "1a2b" }

[ending]
reason = "moved-to-other-firm"
notice_on = 2026-11-22
ends_on = 2026-12-31
period = { from = 2024-01-01, to = 2026-12-31 }
successor = { firm = "Ny Regnskap AS", email = "post@ny.example" }

[administrator]
name = "Kari Nordmann"
email = "kari@nordlys.example"

[options.go]
generation_date = 2027-01-15
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes, name: str = "request.toml") -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return written


def complaint(*files: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_requests(files)
    assert caught.value.remedy
    return caught.value.message


def test_a_toml_file_is_one_request(write: Write) -> None:
    file = write(WHOLE)

    assert read_requests([file]) == [
        (
            str(file),
            Request(
                client=Client(
                    name="Nordlys Kafé AS",
                    country="NO",
                    identifiers={"orgnr": "974760673"},
                    references={"go": "1a2b"},
                ),
                ending=Ending(
                    reason=Reason.MOVED_TO_OTHER_FIRM,
                    notice_on=date(2026, 11, 22),
                    ends_on=date(2026, 12, 31),
                    period=Period.model_validate({"from": date(2024, 1, 1), "to": date(2026, 12, 31)}),
                    successor=Successor(firm="Ny Regnskap AS", email="post@ny.example"),
                ),
                administrator=Administrator(name="Kari Nordmann", email="kari@nordlys.example"),
                options={"go": {"generation_date": date(2027, 1, 15)}},
            ),
        )
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (WHOLE.replace("ends_on = 2026-12-31\n", ""), "'ending.ends_on' is missing"),
        (WHOLE.replace("974 760 673", "974760674"), "'client.identifiers.orgnr' is not a valid orgnr"),
        (WHOLE.replace("2024-01-01", "2027-01-01"), "'ending.period' ends before it starts"),
        (WHOLE.replace("[administrator]", "[admin]"), "'admin' is not known"),
        (WHOLE.replace("2027-01-15", "99999999999999999999"), "too large"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(write: Write, wrong: str, said: str) -> None:
    file = write(wrong)

    assert complaint(file).startswith(f"{file}: ")
    assert said in complaint(file)


def test_the_place_of_a_syntax_error_is_named(write: Write) -> None:
    assert "request.toml:4:11: not valid TOML" in complaint(write(WHOLE.replace('country = "NO"', "country = NO")))


def test_files_that_cannot_be_read_are_named(write: Write, tmp_path: Path) -> None:
    assert complaint(tmp_path / "gone.toml") == f"{tmp_path}/gone.toml: there is no such file."
    assert complaint(tmp_path / "gone.csv") == f"{tmp_path}/gone.csv: there is no such file."
    assert complaint(tmp_path) == f"{tmp_path}: this is a folder, not a file."
    assert "ends in .toml or .csv" in complaint(write("", "request.json"))
    assert "request.toml:3: the file is not UTF-8" in complaint(write(WHOLE.encode("latin-1")))


def test_all_files_are_good_or_none_is_taken(write: Write) -> None:
    good, bad = write(WHOLE, "good.toml"), write("", "bad.toml")

    said = complaint(good, bad, good.with_name("gone.toml"))

    assert [line.split(": ")[0].rsplit("/")[-1] for line in said.split("\n")] == ["bad.toml", "gone.toml"]
