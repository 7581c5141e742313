"""Validate a SAF-T file against the tax administration's schema while it passes, as far as that schema is at hand."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import resources

from lxml import etree

from disengage.domain.checks import MOST_LISTED, Check, not_checked
from disengage.vault.checks import safe_xml
from disengage.vault.checks.faults import Faults

NAME = "saft-no-schema"

#: How files write their version, and the schema that is at hand for it.
_SCHEMAS = {"1.3": "Norwegian_SAF-T_Financial_Schema_v_1.30.xsd"}
#: So much is kept until the file has said its version; that is its third line.
_HEADER = 1 << 20
_ELEMENT = re.compile(r"Element '(?:\{[^}']*\})?([^'{}]{1,80})'")
_FACET = re.compile(r"\[facet '(\w+)'\]")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ([^)]*) \)")
_NAMESPACE = re.compile(r"\{[^}]*\}")


class _Nothing:
    """Hears nothing: the schema alone is of interest."""

    def close(self) -> None:
        """End the document."""


class SchemaCheck:
    """The schema's part of one file.

    Args:
        subject: The file's name in the bag.
    """

    def __init__(self, subject: str) -> None:
        self._faults = Faults(NAME, subject)
        self._waiting: list[tuple[int, bytes]] = []
        self._waits = True
        self._size = self._seen = self._line = 0
        self._last = ""
        self._parser: etree.XMLParser | None = None
        self._reason = "the file does not say its version in its header"

    def of_version(self, version: str) -> None:
        """Begin, now that the file has said its version."""
        if not self._waits:
            return
        self._waits = False
        schema = _loaded(version.removesuffix("0") if re.fullmatch(r"\d\.\d0", version) else version)
        if schema is None:
            self._reason = _no_schema(version)
        else:
            self._reason = f"valid by schema {version}"
            self._parser = safe_xml.parser(_Nothing(), schema)
        for line, piece in self._waiting:
            self.feed(line, piece)
        self._waiting.clear()

    def feed(self, line: int, piece: bytes) -> None:
        """Take the next piece, which the other reader has found to be harmless."""
        if self._waits:
            self._wait(line, piece)
        elif self._parser is not None:
            self._line = line
            try:
                self._parser.feed(piece)
            finally:
                self._note(self._parser)

    def _wait(self, line: int, piece: bytes) -> None:
        self._waiting.append((line, piece))
        self._size += len(piece)
        if self._size > _HEADER:
            self._waits = False
            self._waiting.clear()

    def _note(self, parser: etree.XMLParser) -> None:
        """Write down what the schema says of the last piece; stop where it says too much to be listed."""
        log = list(parser.feed_error_log)
        for entry in log[self._seen :]:
            self._fault(entry.message, entry.type_name)
        self._seen = len(log)
        if len(self._faults) > MOST_LISTED:
            self._parser = None

    def _fault(self, message: str, kind: str) -> None:
        """Write down one entry in words of our own: libxml2's hold the values, and those may be personal."""
        found = _ELEMENT.search(message)
        element = found[1] if found else "the document"
        # A value that breaks a facet is reported again as not of its type.
        if kind.startswith("SCHEMAV_CVC_DATATYPE") and self._last == f"{self._line} {element}":
            return
        self._last = f"{self._line} {element}"
        self._faults.add("schema", f"line {self._line}, {element}", _said(element, message, kind))

    def finish(self, *, whole: bool) -> Check:
        """Return the check.

        Args:
            whole: The file could be read to its end.
        """
        if self._parser is not None and whole:
            self._line += 1
            with suppress(etree.XMLSyntaxError):  # the log says it, entry by entry
                self._parser.close()
            self._note(self._parser)
        if len(self._faults):
            stopped = "" if whole and self._parser else "what comes after the last fault was not validated"
            return self._faults.check().model_copy(update={"reason": stopped})
        if not whole:
            return not_checked(NAME, self._faults.subject, "the file cannot be read to its end")
        if self._parser is None:
            return not_checked(NAME, self._faults.subject, self._reason)
        return self._faults.check(self._reason)


def _no_schema(version: str) -> str:
    shown = version if re.fullmatch(r"[0-9.]{1,9}", version) else "that it states"
    return (
        f"the schema of version {shown} is not at hand (1.30 is required for periods from 2025); "
        "its totals are checked all the same"
    )


def _said(element: str, message: str, kind: str) -> str:
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        expected = _EXPECTED.search(message)
        instead = f"; the schema expects {_NAMESPACE.sub('', expected[1])[:200]}" if expected else ""
        state = "lacks an element" if "Missing child" in message else "is not expected here"
        return f"{element} {state}{instead}"
    facet = _FACET.search(message)
    why = f"it breaks the limit {facet[1]}" if facet else f"the rule {kind.removeprefix('SCHEMAV_').lower()} is broken"
    return f"{element} does not hold what the schema allows: {why}"


def _loaded(version: str) -> etree.XMLSchema | None:
    """Return the schema of a version; None where it is not at hand, as where somebody took it out."""
    file = resources.files("disengage.vault.checks").joinpath("schemas", _SCHEMAS.get(version, "none"))
    if not file.is_file():
        return None
    content = file.read_bytes()
    return etree.XMLSchema(etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True)))
