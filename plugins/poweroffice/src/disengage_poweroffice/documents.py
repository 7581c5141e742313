"""The documents behind a client's books: of the vouchers that were copied, and of what is not posted yet.

A client has as many documents as it likes: lists pass by row after row, and what has to be fetched afterwards waits
in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from disengage import RejectedError, Sink

from disengage_poweroffice import books, wire
from disengage_poweroffice.api import asked_twice
from disengage_poweroffice.books import Download
from disengage_poweroffice.keeping import Gap, write_rows, write_stream
from disengage_poweroffice.wire import AttachmentRow, DocumentationRow, DraftRow

if TYPE_CHECKING:
    from disengage.http import HttpClient

_BAD_REQUEST = 400
#: So much of what has to be fetched waits in memory, the rest on the disk.
_IN_MEMORY = 2**20


@contextmanager
def opened(fetch: Callable[[], Download]) -> Iterator[Iterator[bytes]]:
    """Open a download; asked for once more where Go refuses it, since that leaves a gap."""
    with ExitStack() as stack:
        yield asked_twice(lambda: stack.enter_context(fetch()))


class Waiting:
    """Rows that are fetched when their list has passed; one JSON text a line."""

    def __init__(self) -> None:
        # Left open: it is read when the list that fills it has been written, and goes with its owner.
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY, mode="w+", encoding="utf-8")  # noqa: SIM115

    def put(self, row: wire.Row) -> None:
        """Add one row."""
        self._file.write(row.model_dump_json() + "\n")

    def rows(self, kind: type[wire.T]) -> Iterator[wire.T]:
        """Yield what was put, in order."""
        self._file.seek(0)
        for line in self._file:
            yield kind.model_validate_json(line)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Documents:
    """The documents of one copy.

    Args:
        http: Works with the client's own key.
        sink: Where they are written.
        size: Rows per call.
    """

    def __init__(self, http: HttpClient, sink: Sink, size: int) -> None:
        self.http, self.sink, self.size = http, sink, size
        self.kept = 0

    def of_vouchers(self, vouchers: Collection[str]) -> int:
        """Keep list and documents of the ``vouchers``, named by id in lower case; return how many have any."""
        waiting = Waiting()
        try:
            with Gap(self.sink, "vouchers"):
                rows = self._sorted_out(self._documentation(vouchers), vouchers, waiting)
                write_rows(self.sink, "vouchers/index.json", rows, "GET /VoucherDocumentation")
            for row in waiting.rows(DocumentationRow):
                self._voucher(row)
        finally:
            waiting.close()
        return self.kept

    @staticmethod
    def _sorted_out(rows: Iterable[Any], vouchers: Collection[str], waiting: Waiting) -> Iterator[Any]:
        """Pass on the rows of ``vouchers``, and put aside those that have documents."""
        for row in rows:
            found = wire.one(DocumentationRow, row, "voucher_documentation")
            if found.voucher_id.casefold() not in vouchers:
                continue
            if found.downloadable or found.has_sales_order_attachments:
                waiting.put(found)
            yield row

    def _documentation(self, vouchers: Collection[str]) -> Iterator[Any]:
        """List the documentation; voucher by voucher where Go wants to be told which one (INFERRED: may be either)."""
        begun = False
        try:
            for row in books.voucher_documentation(self.http, self.size):
                begun = True
                yield row
        except RejectedError as error:
            if begun or error.status != _BAD_REQUEST:
                raise
            for voucher in sorted(vouchers):
                yield from books.documentation_of(self.http, voucher, self.size)

    def _voucher(self, row: DocumentationRow) -> None:
        if row.downloadable:
            self._zip(row)
        if row.has_sales_order_attachments:
            self._attachments(row)

    def _zip(self, row: DocumentationRow) -> None:
        name, source = f"vouchers/{row.voucher_no}-{row.voucher_id}.zip", "GET /VoucherDocumentation/Download"
        if self.sink.already_kept(name, source=source):
            self.kept += 1
            return
        with Gap(self.sink, name), opened(partial(books.download_voucher, self.http, row.voucher_id)) as chunks:
            if write_stream(self.sink, name, chunks, source):
                self.kept += 1
            else:
                self.sink.gap(f"{name}: Go lists documentation but gave none.")

    def _attachments(self, row: DocumentationRow) -> None:
        folder = f"attachments/{row.voucher_no}-{row.voucher_id}"
        with Gap(self.sink, folder):
            for item in books.sales_order_attachments(self.http, row.voucher_id, self.size):
                self._attachment(row, wire.one(AttachmentRow, item, "sales_order_attachments"), folder)

    def _attachment(self, row: DocumentationRow, file: AttachmentRow, folder: str) -> None:
        place, source = f"{folder}/{file.id}", "GET /SalesOrders/{id}/attachments/{id}"
        name = f"{place}-{file.file_name or 'attachment'}"
        if self.sink.already_kept(name, source=source):
            return
        fetch = partial(books.download_attachment, self.http, row.voucher_id, file.id)
        with Gap(self.sink, place), opened(fetch) as chunks:
            if not write_stream(self.sink, name, chunks, source):
                self.sink.gap(f"{place}: Go lists an attachment but gave none.")

    def of_drafts(self) -> int:
        """Keep the list of what is not posted yet, and the invoices among it that came as EHF; return how many."""
        waiting, drafts = Waiting(), 0
        try:
            with Gap(self.sink, "drafts"):
                write_rows(self.sink, "drafts/index.json", self._put(waiting), "GET /JournalEntryVouchers")
            for draft in waiting.rows(DraftRow):
                drafts += 1
                if draft.originated_from_ehf:
                    self._draft(draft)
        finally:
            waiting.close()
        return drafts

    def _put(self, waiting: Waiting) -> Iterator[Any]:
        for row in books.drafts(self.http, self.size):
            waiting.put(wire.one(DraftRow, row, "drafts"))
            yield row

    def _draft(self, draft: DraftRow) -> None:
        name, source = f"drafts/{draft.id}.xml", "GET /JournalEntryVouchers/{id}/ehf"
        if self.sink.already_kept(name, source=source):
            return
        with Gap(self.sink, name), opened(partial(books.download_draft, self.http, draft.id)) as chunks:
            if not write_stream(self.sink, name, chunks, source):
                self.sink.gap(f"{name}: Go names an EHF but gave none.")
