"""Make a paper and write it: whole or not at all, never over another file unless asked, and recorded."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

from disengage.domain.request import Language, RequestKind
from disengage.domain.values import Frozen
from disengage.engine.outfile import place
from disengage.engine.papertrail import record_paper
from disengage.engine.workplace import Workplace
from disengage.errors import ConfigurationError, InputError, LifecycleError
from disengage.papers import sheets
from disengage.papers.characters import lacking, spelled_out, visible
from disengage.papers.choosing import sheet_for
from disengage.papers.dossier import Dossier
from disengage.papers.gathering import gather
from disengage.papers.pdf import to_pdf
from disengage.papers.rendering import render
from disengage.papers.sheets import Kind, Sheet
from disengage.papers.statementjson import statement_json
from disengage.papers.words import Words, language_for
from disengage.settings import Settings
from disengage.textfiles import read_text

_LARGEST_LOGO = 1 << 20
_PNG = b"\x89PNG\r\n\x1a\n"
#: More than this is no reply but a book.
_LONGEST_FACTS = 20_000


class Order(Frozen):
    """What paper somebody wants.

    Attributes:
        case: The case.
        kind: The kind of paper.
        out: Where to; the ending says the form.
        language: Another language than the client's.
        internal: The firm's own closing statement, with everything in it.
        facts: Paragraphs for a letter or a reply.
        force: An existing file may be replaced.
        by: Who makes it, where that is known.
    """

    case: str
    kind: Kind
    out: Path
    language: Language | None = None
    internal: bool = False
    facts: tuple[str, ...] = ()
    force: bool = False
    by: str = ""


class Made(Frozen):
    """A paper that was written.

    Attributes:
        no_tipping_off: Its case must not tip anybody off.
        spelled_out: Characters that the typeface lacks, and that are printed as numbers.
    """

    case: str
    paper: Kind
    language: Language
    form: str
    internal: bool
    standing: str
    no_tipping_off: bool
    file: str
    bytes: int
    sha256: str
    spelled_out: tuple[str, ...] = ()


def make(workplace: Workplace, order: Order) -> Made:
    """Make a paper, write it, and record that it was made.

    Raises:
        InputError: It cannot be written there, or not in that form; nothing was written.
        LifecycleError: There is no such paper of such a case.
        ConfigurationError: The firm's template or logo cannot be used.
    """
    form = form_of(order.out, order.kind)
    _must_be_free(order)
    dossier = gather(workplace, order.case)
    _must_make_sense(dossier, order)
    client = dossier.case.request.client
    language = language_for(order.language, client.language, client.country, workplace.settings.papers.language)
    words = Words(language, dossier.firm.time_zone)
    made_on = words.today(workplace.now())
    letterhead = _letterhead(workplace.settings)
    sheet = sheet_for(dossier, order.kind, language, made_on, letterhead, internal=order.internal, facts=order.facts)
    content, missing = _content(sheet, words, form, workplace.settings)
    made = Made(
        case=dossier.case.id, paper=order.kind, language=language, form=form, internal=order.internal,
        standing=str(sheet.standing), no_tipping_off=dossier.case.request.ending.no_tipping_off,
        file=str(order.out), bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(), spelled_out=missing,
    )  # fmt: skip
    _write(order, content, lambda: _record(workplace, made, order.by))
    return made


def form_of(out: Path, kind: Kind) -> str:
    """Return ``pdf``, ``html`` or ``json`` by a file's ending.

    Raises:
        InputError: It has another one, or there is no such form of this paper.
    """
    forms = ("pdf", "html", "json") if kind is Kind.STATEMENT else ("pdf", "html")
    ending = out.suffix.removeprefix(".").lower()
    if ending not in forms:
        raise InputError(
            f"--out {out.name}: the form cannot be told by the ending.",
            remedy=f"Let the file end with {', '.join(f'.{form}' for form in forms[:-1])} or .{forms[-1]}.",
        )
    return ending


def facts_from(file: Path | None, note: str) -> tuple[str, ...]:
    """Return the paragraphs that somebody gives for a paper, from a text file, from the command, or both.

    Raises:
        InputError: The file cannot be read, or the text is longer than a letter.
    """
    text = "\n\n".join(filter(None, (read_text(file, InputError, remedy="Name a text file.") if file else "", note)))
    if len(text) > _LONGEST_FACTS:
        raise InputError(
            f"The facts are longer than {_LONGEST_FACTS} characters.", remedy="Enclose them as a document of their own."
        )
    paragraphs = ("\n".join(line.strip() for line in part.splitlines()) for part in text.split("\n\n"))
    return tuple(part.strip() for part in paragraphs if part.strip())


def _must_make_sense(dossier: Dossier, order: Order) -> None:
    case = dossier.case
    if order.kind is Kind.STATEMENT:
        return
    if case.request.kind is RequestKind.TAKEOVER:
        raise LifecycleError(
            f"The case {case.id} takes a client over; there is no {order.kind} of it.",
            remedy="A closing statement can be made: disengage certificate.",
        )
    if case.cancelled:
        raise LifecycleError(
            f"The case {case.id} was cancelled; there is no {order.kind} of it.",
            remedy="A closing statement can be made: disengage certificate.",
        )


def _letterhead(settings: Settings) -> sheets.FirmLine:
    papers = settings.papers
    return sheets.FirmLine(
        name=settings.firm.name,
        lines=papers.letterhead,
        logo=_logo(settings.folder / papers.logo) if papers.logo else "",
    )


def _logo(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{file}: the logo cannot be read: {(error.strerror or 'not possible').lower()}.",
            remedy="Correct 'papers.logo', or take it out.",
        ) from None
    if not content.startswith(_PNG) or len(content) > _LARGEST_LOGO:
        raise ConfigurationError(
            f"{file}: the logo is not a PNG of at most 1 MB.", remedy="Correct 'papers.logo', or take it out."
        )
    return f"data:image/png;base64,{b64encode(content).decode('ascii')}"


def _content(sheet: Sheet, words: Words, form: str, settings: Settings) -> tuple[bytes, tuple[str, ...]]:
    if form == "json":
        return (json.dumps(statement_json(sheet), ensure_ascii=False, indent=2) + "\n").encode(), ()
    folder = _templates(settings)
    html = render(sheet, words, folder)
    if form == "html":
        return html.encode("utf-8"), ()
    missing = lacking(html)
    if missing:
        html = spelled_out(render(sheet, words, folder, spelled_out=True), missing)
    title = visible(f"{words.text(f'title.{sheet.kind}')}: {sheet.client.name}")
    printed = to_pdf(html, title=title, author=sheet.firm.name, language=str(sheet.language), made_on=sheet.made_on)
    return printed, tuple(sorted(missing))


def _templates(settings: Settings) -> Path | None:
    if not settings.papers.templates:
        return None
    folder = settings.folder / settings.papers.templates
    if not folder.is_dir():
        raise ConfigurationError(
            f"{folder}: there is no such folder of templates.",
            remedy="Correct 'papers.templates', or write ours there with 'disengage papers templates DIR'.",
        )
    return folder


# --- writing it ---------------------------------------------------------------------------------------------


def _must_be_free(order: Order) -> None:
    if order.out.is_dir():
        raise InputError(f"{order.out}: this is a folder, not a file.", remedy="Name a file with --out.")
    if not order.force and (order.out.exists() or order.out.is_symlink()):
        raise _taken(order.out)


def _taken(out: Path) -> InputError:
    return InputError(f"{out}: there is a file already.", remedy="Name another one, or replace it with --force.")


def _write(order: Order, content: bytes, record: Callable[[], None]) -> None:
    """Write the file beside its place, record it, and only then put it there."""
    try:
        with NamedTemporaryFile(dir=order.out.absolute().parent, prefix=".disengage-", delete=False) as beside:
            written = Path(beside.name)
            try:
                beside.write(content)
                beside.flush()
                os.fsync(beside.fileno())
                record()
                _place(written, order)
            finally:
                written.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"{order.out}: the paper cannot be written: {(error.strerror or 'not possible').lower()}.",
            remedy="Name a file in a folder that this user may write into.",
        ) from None


def _place(written: Path, order: Order) -> None:
    if order.force:
        written.replace(order.out)
        return
    try:
        place(written, order.out)
    except FileExistsError:
        raise _taken(order.out) from None


def _record(workplace: Workplace, made: Made, by: str) -> None:
    record_paper(
        workplace, made.case, str(made.paper), language=str(made.language), form=made.form, internal=made.internal,
        sha256=made.sha256, by=by,
    )  # fmt: skip
