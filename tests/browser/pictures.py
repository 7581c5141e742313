"""The pictures of the docs: taken by the tests, and known to be stale as soon as the pages change."""

from __future__ import annotations

import hashlib
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "pictures"
#: From what the pictures were made.
MADE_FROM = FOLDER / "made-from.txt"
#: What the docs show; the others are looked at by whoever changes a page.
SHOWN = ("inbox-light", "case-light", "case-dark", "case-phone", "task-light", "connections-light", "calendar-light")


def take(page: Page, name: str) -> None:
    """Take a picture of what is seen, and note from what it was made."""
    shown = name in SHOWN
    folder = FOLDER if shown else ROOT / ".pictures"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=not shown)
    MADE_FROM.write_text(made_from() + "\n", encoding="ascii")


def made_from() -> str:
    """Return the SHA-256 over everything that decides how a page looks."""
    digest = hashlib.sha256()
    web = ROOT / "core" / "src" / "disengage" / "web"
    for file in sorted([*(web / "templates").rglob("*.html"), *(web / "static").glob("*.css")]):
        digest.update(file.relative_to(web).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
