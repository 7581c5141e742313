"""Style sheets, scripts and icons: each under an address that changes with its content, so that it is kept for long."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
#: What is asked for under the hash of its content never changes.
FOR_LONG = "public, max-age=31536000, immutable"


@cache
def static(name: str) -> str:
    """Return the address of a file in ``static/``, with the hash of its content."""
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


class Statics(StaticFiles):
    """The files of ``static/``, with an ETag; for long where the address names the content that is there."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file."""
        answer = await super().get_response(path, scope)
        if answer.status_code in (200, 304) and scope["query_string"] == f"v={_digest(path)}".encode():
            answer.headers["Cache-Control"] = FOR_LONG
        return answer
