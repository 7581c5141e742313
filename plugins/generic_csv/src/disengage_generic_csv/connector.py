"""The connection: one table that a system of the firm exports and imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from disengage import (
    Accepted,
    Check,
    Client,
    Connector,
    Done,
    Finding,
    Instructions,
    Link,
    LinkState,
    Mode,
    NeedsPerson,
    Proposal,
    RejectedError,
    Request,
    Sink,
    StepProposal,
    Surroundings,
    UnexpectedResponseError,
    Verb,
    VerbSpec,
    hookimpl,
)
from disengage.domain.outcomes import Outcome

from disengage_generic_csv import mapping
from disengage_generic_csv.api import Export, Row
from disengage_generic_csv.changes import ChangeFile, Compose
from disengage_generic_csv.documents import check_documents, retain_documents
from disengage_generic_csv.findings import findings
from disengage_generic_csv.manifest import MANIFEST
from disengage_generic_csv.settings import GenericCsvSettings, Options

#: An export comes when the other system makes one; a quarter of an hour is how often it is worth looking.
_NEXT_EXPORT = timedelta(minutes=15)


def _writes(verb: Verb) -> Callable[[GenericCsv, Link, Request], Outcome]:
    """Return the hook that writes the row of ``verb``; all of them are alike."""

    @hookimpl
    def write(self: GenericCsv, link: Link, request: Request) -> Outcome:
        return self.write(verb, link, request)

    write.__name__ = str(verb)
    write.__doc__ = f"Write the row of {verb}."
    return write


class GenericCsv(Connector):
    """One table: its export is read, its changes are written, and the next export proves them."""

    manifest = MANIFEST
    options_model = Options
    settings: GenericCsvSettings

    def __init__(self, settings: GenericCsvSettings, surroundings: Surroundings) -> None:
        super().__init__(settings, surroundings)
        self.export = Export(settings, surroundings.folder)
        self.changes = ChangeFile(self.export, surroundings.folder)

    # looking

    @hookimpl
    def try_credentials(self) -> str:
        """Read the whole export, and see that changes can be written."""
        number = sum(1 for _ in self.export.rows())
        self.changes.try_to_write()
        return f"the export '{self.export.path.name}' with {number} client{'' if number == 1 else 's'}"

    @hookimpl
    def find_links(self, client: Client) -> Sequence[Link]:
        """Return the client by reference, else by identifiers, else by name; twice where the export has it twice."""
        is_meant = mapping.matcher(client, self.around.connection, self.settings)
        links = []
        for row in self.export.rows():
            if is_meant(row):
                self._has_a_key(row)
                links.append(mapping.link_of(row))
        return links

    def _has_a_key(self, row: Row) -> None:
        if not row.words["reference"]:
            raise UnexpectedResponseError(
                f"The export '{self.export.path.name}' gives the client on line {row.line} no reference.",
                remedy="Give the client one in the other system, and export again.",
            )

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        """Read the client's row."""
        return mapping.observed(self.export.row(link.ref), self.settings)

    @hookimpl
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Refuse to delete; ask for the choice on *facturatie aan*; say how sure the match is."""
        return [*findings(link, request, state, self.options(request), self.settings, self.around.connection)]

    # proposing

    def mode(self, spec: VerbSpec) -> Mode:
        """Return automatic for what the configuration maps, not needed for everything else."""
        mapped = spec.verb is Verb.RETAIN_HISTORY or self.settings.assignments(spec.verb)
        return Mode.AUTOMATIC if mapped else Mode.NOT_NEEDED

    @hookimpl
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        """Propose to keep the row and the documents, then to write what the mapped verbs set."""
        wanted = mapping.wanted(self._words(link, request), self._chosen(request))
        steps = [self.step_for(self.manifest.spec(Verb.RETAIN_HISTORY))]
        steps += [self._step(verb, request, state, wanted) for verb in self._chosen(request)]
        return Proposal(wanted=wanted, steps=tuple(steps))

    def _step(self, verb: Verb, request: Request, state: LinkState, wanted: LinkState) -> StepProposal:
        """Return one step. None of them waits for another's export: each row repeats what the others wrote."""
        spec = self.manifest.spec(verb)
        columns = self._chosen(request)[verb]
        if not columns:
            return StepProposal(verb=verb, mode=Mode.NOT_NEEDED, reason=self._why_not(verb, request, state))
        return self.step_for(
            spec, moves=mapping.moves(columns, wanted), after=(str(Verb.RETAIN_HISTORY),), loosely_after=True
        )

    def _why_not(self, verb: Verb, request: Request, state: LinkState) -> str:
        if not self.settings.assignments(verb):
            return f"no column is configured for {verb}"
        if self.options(request).keep_billing_to:
            return "the request keeps the invoice route as it is"
        if state.billing_to:
            return "the request does not say whether the invoice route stays"
        return "this client's invoices go to no other client"

    @hookimpl
    def instruct(self, link: Link, request: Request, verb: Verb, part: str) -> Instructions | None:
        """Return the same change as clicks in the other system."""
        by_hand = self.manifest.spec(verb, part).by_hand
        if by_hand is None:
            return None
        wishes = self._words(link, request).wishes(verb, self.today())
        headings = self.settings.columns
        changes = ", ".join(f"'{headings[word]}' to '{wish.text}'" for word, wish in wishes.items())
        return by_hand.filled({**self.words(link, request), "changes": changes or "what this step is about"})

    def _words(self, link: Link, request: Request) -> mapping.Words:
        return mapping.Words(request, link, self.around.firm, self.settings)

    def _chosen(self, request: Request) -> dict[Verb, tuple[str, ...]]:
        return mapping.chosen_columns(self.settings, self.options(request).keep_billing_to is False)

    # acting

    @hookimpl
    def retain_history(self, link: Link, request: Request, part: str, sink: Sink) -> Outcome:
        """Keep the client's row as the export has it, and every file of the client's folder of documents."""
        row = self._row(link)
        sink.write_json("client.json", dict(row.cells), source=self.settings.clients)
        kept = 0
        if self.settings.documents is not None:
            kept = retain_documents(self.around.folder / self.settings.documents, link.ref, sink)
        return Done(receipt=f"1 row, {kept} document{'' if kept == 1 else 's'}")

    @hookimpl
    def check_history(self, link: Link, request: Request, part: str, files: Mapping[str, Path]) -> Sequence[Check]:
        """Compare the documents kept with the client's folder, where there is one configured."""
        if self.settings.documents is None:
            return ()
        return (check_documents(self.around.folder / self.settings.documents, link.ref, files),)

    def write(self, verb: Verb, link: Link, request: Request) -> Outcome:
        """Write the row that does ``verb``; the next export shows whether it was imported."""
        wishes = self._wishes(verb, link, request)
        if not wishes:
            return NeedsPerson(reason=f"No column is configured for {verb}.")
        written = self.changes.append(link.ref, self._composer(verb, wishes, link, request))
        receipt = f"{'written to' if written else 'already in'} '{self.changes.path.name}'"
        if not self._can_be_seen(wishes, link, request):
            return Done(receipt=receipt)
        return Accepted(look_again_in=_NEXT_EXPORT, waiting_for="the next export", receipt=receipt)

    def _composer(self, verb: Verb, wishes: mapping.Wishes, link: Link, request: Request) -> Compose:
        """Return what makes the row once the client's last row in the change file is known."""
        current = self._row(link).words
        columns = ("reference", *self.settings.changing_words)
        others = [
            self._wishes(other, link, request)
            for other in self._chosen(request)
            if verb not in (other, Verb.INVITE_BACK)
        ]
        return lambda last: mapping.change_row(columns, current, wishes, others, last)

    def _wishes(self, verb: Verb, link: Link, request: Request) -> mapping.Wishes:
        """Return what ``verb`` sets in this request."""
        wishes = self._words(link, request).wishes(verb, self.today())
        columns = wishes if verb is Verb.INVITE_BACK else self._chosen(request)[verb]
        return {word: wish for word, wish in wishes.items() if word in columns}

    def _can_be_seen(self, wishes: mapping.Wishes, link: Link, request: Request) -> bool:
        wanted = mapping.wanted(self._words(link, request), self._chosen(request))
        return bool(mapping.moves(wishes, wanted))

    def _row(self, link: Link) -> Row:
        row = self.export.row(link.ref)
        if row is None:
            raise RejectedError(
                f"The export '{self.export.path.name}' does not have this client any more.",
                remedy="See in the other system what became of the client, and export again.",
            )
        return row

    transfer_admin = _writes(Verb.TRANSFER_ADMIN)
    remove_extensions = _writes(Verb.REMOVE_EXTENSIONS)
    settle_billing = _writes(Verb.SETTLE_BILLING)
    end_access = _writes(Verb.END_ACCESS)
    archive = _writes(Verb.ARCHIVE)
    sever_link = _writes(Verb.SEVER_LINK)
    invite_back = _writes(Verb.INVITE_BACK)
