"""A firm whose clock is turned by hand, with its pages; and what a page says, read back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from disengage import Manifest
from disengage.web.serving import WebServer
from lxml import html

from tests.cli.desk import Desk
from tests.engine.stage import START, Stage
from tests.web.firm import Firm

#: No simulator stands behind these connections, and nobody calls the command line.
_NOBODY = cast("Desk", None)


@contextmanager
def on_stage(
    folder: Path, now: datetime = START, policy: str = "", **connectors: Manifest
) -> Iterator[tuple[Firm, Stage]]:
    """Give a firm with its pages and the stage behind it; ``stage.now`` is its clock."""
    stage = Stage(folder, now, policy, **connectors)
    server = WebServer(stage.workplace, port=0)
    server.serve_aside()
    firm = Firm(_NOBODY, stage.workplace, server)
    try:
        yield firm, stage
    finally:
        for visitor in firm.visitors:
            visitor.close()
        server.close()
        stage.close()


def read(page: str) -> Any:
    """Return a page as a tree."""
    return html.fromstring(page)


def words(element: Any) -> str:
    """Return the text of an element as one line."""
    return " ".join(" ".join(element.itertext()).split())
