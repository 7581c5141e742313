"""Read XML from strangers as a stream: no tree, no DTD, no entities, no network, no text without end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from lxml import etree

#: So many bytes at most are given to the parser at once; otherwise a line, so that the line of everything is known.
PIECE = 1 << 16
#: No element of an audit file holds a text of this length; who sends one wants the memory.
LONGEST_TEXT = 1 << 16
#: Nor does any audit file nest its elements so deep.
DEEPEST = 64


class UnreadableXmlError(ValueError):
    """The XML is broken, or is not taken: ``code`` is a stable word, the message holds nothing of the file."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Listener(Protocol):
    """Who hears of the elements, by their paths: local names of the expected namespace, ``/`` between them."""

    def opened(self, path: str) -> None:
        """Hear that an element begins."""

    def closed(self, path: str, text: str) -> None:
        """Hear that an element ends, and the text right before its end."""


def pieces(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the file in lines or, where one is very long, in parts of it, each with its line's number."""
    line = 1
    while piece := file.readline(PIECE):
        yield line, piece
        line += piece.endswith(b"\n")


class XmlStream:
    """One document, given piece by piece and told to a listener.

    Args:
        namespace: The expected one; an element of another is told with its namespace in front.
        listener: Who hears of the elements.
    """

    def __init__(self, namespace: str, listener: Listener) -> None:
        self._parser = parser(_Target(namespace, listener))

    def feed(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            UnreadableXmlError: It is broken, or is not taken.
        """
        try:
            self._parser.feed(piece)
        except etree.XMLSyntaxError:
            raise _broken() from None

    def close(self) -> None:
        """End the document.

        Raises:
            UnreadableXmlError: It was not at its end.
        """
        try:
            self._parser.close()
        except etree.XMLSyntaxError:
            raise _broken() from None


def parser(target: object, schema: etree.XMLSchema | None = None) -> etree.XMLParser:
    """Return a parser that fetches nothing, replaces nothing and keeps libxml2's limits."""
    return etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # the stubs ask for methods that lxml does not need
        schema=schema,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
    )


def _broken() -> UnreadableXmlError:
    return UnreadableXmlError("not_well_formed", "the XML is broken off or not well-formed from here on")


class _Target:
    """What lxml tells of the document; refuses what no audit file needs."""

    def __init__(self, namespace: str, listener: Listener) -> None:
        self._prefix = f"{{{namespace}}}"
        self._listener = listener
        self._paths = [""]
        self._texts: list[str] = []
        self._length = 0

    def doctype(self, name: str, public: str | None, system: str | None) -> None:  # noqa: ARG002 -- lxml's signature
        """Refuse a document type: with it come entities, and files and hosts to fetch."""
        raise UnreadableXmlError("doctype", "a document type declaration is not taken; no audit file needs one")

    def start(self, tag: str, attributes: object) -> None:  # noqa: ARG002 -- lxml's signature
        """Begin an element."""
        parent = self._paths[-1]
        name = tag.removeprefix(self._prefix)
        path = f"{parent}/{name}" if parent else name
        self._paths.append(path)
        if len(self._paths) > DEEPEST:
            raise UnreadableXmlError("too_deep", f"elements are nested deeper than {DEEPEST}")
        self._texts.clear()
        self._length = 0
        self._listener.opened(path)

    def data(self, text: str) -> None:
        """Take a part of a text."""
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise UnreadableXmlError("text_too_long", f"a text is longer than {LONGEST_TEXT} characters")
        self._texts.append(text)

    def end(self, tag: str) -> None:  # noqa: ARG002 -- lxml's signature
        """End an element."""
        self._listener.closed(self._paths.pop(), "".join(self._texts))
        self._texts.clear()
        self._length = 0

    def close(self) -> None:
        """End the document."""
