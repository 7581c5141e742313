"""The connection: the firm's own AuditCase. It is read by its interface, and changed by people."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

from disengage import (
    Client,
    Connector,
    Done,
    Finding,
    Instructions,
    Link,
    LinkState,
    Mode,
    Proposal,
    Request,
    Sink,
    StepProposal,
    UnexpectedResponseError,
    Verb,
    hookimpl,
)
from disengage.domain.outcomes import Outcome

from disengage_auditcase import manual, mapping
from disengage_auditcase.findings import Facts, findings
from disengage_auditcase.manifest import MANIFEST
from disengage_auditcase.settings import AuditCaseSettings, Options

if TYPE_CHECKING:
    from disengage.http import HttpClient

    from disengage_auditcase.wire import ClientRow

_DIALOG = "AuditCase asks whether 'Facturatie aan' is kept in the dialog that changes the klantstatus"
_CHANGED_ALREADY = "the klantstatus is 'Geen klant meer' already, and the links have followed it"
_AFTER_SEVERING = (str(Verb.SEVER_LINK),)


class AuditCase(Connector):
    """The firm's AuditCase: every documented call only reads, so that all changes are tasks for people."""

    manifest = MANIFEST
    options_model = Options
    settings: AuditCaseSettings

    # looking

    @hookimpl
    def try_credentials(self) -> str:
        """Read one client, and say how many there are."""
        number = self._api.count_clients(self._http)
        shown = "some clients" if number is None else f"{number} client{'' if number == 1 else 's'}"
        return f"a user of AuditCase {self.settings.version} who may see {shown}"

    @hookimpl
    def find_links(self, client: Client) -> Sequence[Link]:
        """Return the client by its number, else by its exact name; twice where AuditCase has it twice."""
        number = mapping.reference_of(client, self.around.connection)
        found = self._by_number(number) if number else mapping.by_name(self._search(client.name), client.name)
        return [self._link(row) for row in found]

    def _link(self, row: ClientRow) -> Link:
        link = mapping.link_of(row)
        if not link.ref:
            raise UnexpectedResponseError(
                "AuditCase shows the client without a client number.",
                remedy="Give the client one in AuditCase, and plan again.",
            )
        return link

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        """Read the klantstatus. End date and invoice route are not shown."""
        return mapping.observed(self._by_number(link.ref))

    @hookimpl
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Refuse to delete; ask for the choice on *facturatie aan*; say what the change sets off elsewhere."""
        facts = Facts(
            connection=self.around.connection,
            link=link,
            request=request,
            options=self.options(request),
            state=state,
            asks_billing_to=self.settings.asks_billing_to,
            tasks=self._api.list_tasks(self._http),
            documents=self._api.list_documents(self._http, link.ref),
        )
        return list(findings(facts))

    def _search(self, text: str) -> list[ClientRow]:
        found: list[ClientRow] = self._api.search_clients(self._http, mapping.start_key(text))
        return found

    def _by_number(self, number: str) -> list[ClientRow]:
        """Return the clients with exactly this number; the search itself goes by its beginning."""
        return mapping.by_number(self._search(number), number)

    # proposing

    @hookimpl
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        """Propose to keep the record, to copy PinkWeb, to look at the links, and to change the status."""
        steps = tuple(self._fitted(step, state) for step in self.steps_from_manifest())
        return Proposal(wanted=LinkState(linked=False), steps=steps)

    def _fitted(self, step: StepProposal, state: LinkState) -> StepProposal:
        """Return a step as this version and this client need it."""
        if step.verb is Verb.SETTLE_BILLING and self.settings.asks_billing_to:
            return step.model_copy(update={"reason": _DIALOG})
        if step.verb is not Verb.REMOVE_EXTENSIONS:
            return step
        if step.part == manual.FAILED_PUSHES:
            return step.model_copy(update={"after": _AFTER_SEVERING})
        if state.linked is False:
            return StepProposal(verb=step.verb, mode=Mode.NOT_NEEDED, reason=_CHANGED_ALREADY)
        return step

    @hookimpl
    def instruct(self, link: Link, request: Request, verb: Verb, part: str) -> Instructions | None:
        """Return the clicks; those of the change of klantstatus as this version's dialog has them."""
        by_hand = self.manifest.spec(verb, part).by_hand
        if verb is Verb.SEVER_LINK:
            by_hand = manual.severing(
                str(request.ending.ends_on),
                asks_billing_to=self.settings.asks_billing_to,
                keep_billing_to=self.options(request).keep_billing_to,
            )
        return by_hand.filled(self.words(link, request)) if by_hand else None

    def words(self, link: Link, request: Request) -> dict[str, str]:
        """Return what placeholders are filled with; ``end_date`` is written as AuditCase writes dates."""
        return {**super().words(link, request), "end_date": f"{request.ending.ends_on:%d-%m-%Y}"}

    # acting

    @hookimpl
    def retain_history(self, link: Link, request: Request, part: str, sink: Sink) -> Outcome:
        """Keep the client's record, its open tasks and the list of files shared with it."""
        kept = [self._keep_record(link, sink), self._keep_tasks(link, sink), self._keep_documents(link, sink)]
        return Done(receipt=", ".join(filter(None, kept)) or "nothing that AuditCase shows")

    def _keep_record(self, link: Link, sink: Sink) -> str:
        rows = self._by_number(link.ref)
        if len(rows) != 1:
            sink.gap("AuditCase does not show the client's record any more, or shows two of its number.")
            return ""
        sink.write_json("client.json", rows[0].cells, source="viewdata/clients")
        return "the client's record"

    def _keep_tasks(self, link: Link, sink: Sink) -> str:
        """Keep the tasks by the client's name, unless another client has the same."""
        if len(mapping.by_name(self._search(link.name), link.name)) > 1:
            sink.gap("Another client has the same name, and open tasks show nothing else: they were not kept.")
            return ""
        tasks = self._api.list_tasks(self._http)
        if tasks is None:
            sink.gap("AuditCase does not let this token see the open tasks.")
            return ""
        own = mapping.tasks_of(tasks, link.name)
        sink.write_json("tasks.json", [task.cells for task in own], source="viewdata/tasks")
        return f"open tasks: {len(own)}"

    def _keep_documents(self, link: Link, sink: Sink) -> str:
        documents = self._api.list_documents(self._http, link.ref)
        if documents is None:
            sink.gap("The files shared with the client could not be listed: the vendor gives that right on request.")
            return ""
        sink.write_json("shared-documents.json", [row.cells for row in documents], source="clientportaldocs")
        return f"files shared with the client: {len(documents)}"

    # the way there

    @property
    def _api(self) -> ModuleType:
        from disengage_auditcase import api  # the HTTP kit is loaded when it is first needed

        return api

    def close(self) -> None:
        """Close the connections to AuditCase."""
        if "_http" in self.__dict__:
            self._http.close()

    @cached_property
    def _http(self) -> HttpClient:
        http: HttpClient = self._api.connect(self.settings, self.around)
        return http
