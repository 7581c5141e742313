"""How the files of a copy are called after what Spiris calls them."""

from __future__ import annotations

import re

from disengage_spiris.wire import FileRow

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}")
_SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tiff"}


def suffix(found: FileRow) -> str:
    """Return the ending of a file's name; the rest of the name is the customer's, and stands in the index."""
    name = found.file_name or found.name or ""
    match = _SUFFIX.fullmatch(name[name.rfind(".") :]) if "." in name else None
    return match[0].lower() if match else _SUFFIXES.get(found.content_type or "", "")


def safe(given: str) -> str:
    """Return an id as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9-]", "_", given)
