"""Tables for narrow screens: every cell carries the heading of its column, and shows it where rows are stacked."""

from __future__ import annotations

import re
from itertools import chain, repeat

from markupsafe import Markup, escape

_HEAD = re.compile(r"<thead\b.*?</thead>", re.DOTALL)
_HEADING = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])\b")


def labelled(rows: Markup) -> Markup:
    """Give each cell the text of its column's heading as ``data-label``; a heading of a row needs none.

    Args:
        rows: The head and body of one table, without a cell that spans others and without a table in a cell.
    """
    written = str(rows)
    head = _HEAD.search(written)
    if head is None:
        return rows
    headings = [_text(found) for found in _HEADING.findall(head[0])]
    body = _ROW.sub(lambda row: _with(headings, row[0]), written[head.end() :])
    return Markup(written[: head.end()] + body)  # noqa: S704  # the rows were escaped, and so is each label


def _text(heading: str) -> str:
    return Markup(heading).striptags()  # noqa: S704  # only its text is taken, and escaped again


def _with(headings: list[str], row: str) -> str:
    labels = chain(headings, repeat(""))

    def label(cell: re.Match[str]) -> str:
        heading = next(labels)
        return f'{cell[0]} data-label="{escape(heading)}"' if heading and cell[1] == "td" else cell[0]

    return _CELL.sub(label, row)
