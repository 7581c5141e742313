"""What stands around every page. A page that says that the store fails has to be shown without the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disengage.errors import StoreError

if TYPE_CHECKING:
    from disengage.web.visit import Visit

#: The looks that a browser can ask for by its cookie; without it, the browser's own.
THEMES = ("light", "dark")


def theme(visit: Visit) -> str:
    """Return the look that the browser asks for; empty: as its system is set."""
    chosen = visit.request.cookies.get("theme", "")
    return chosen if chosen in THEMES else ""


def told(visit: Visit) -> str:
    """Return what the page before left to be said, once; a copy that is fetched for its news leaves it for a reader."""
    if visit.session is None or "x-live" in visit.request.headers:
        return ""
    try:
        return visit.site.sessions.take_word(visit.session)
    except StoreError:
        return ""


def nobody_works(visit: Visit) -> bool:
    """Return whether what is ready stays undone because no worker runs; False where nobody can tell."""
    try:
        return visit.session is not None and not visit.workplace.store.worked_on()
    except StoreError:
        return False
