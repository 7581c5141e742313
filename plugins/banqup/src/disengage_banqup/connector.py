"""The connection: the firm's partner space at Banqup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from disengage import (
    Accepted,
    Client,
    Connector,
    Done,
    Finding,
    Link,
    LinkState,
    Mode,
    NeedsPerson,
    Proposal,
    Request,
    RetryableError,
    StepProposal,
    Verb,
    VerbSpec,
    hookimpl,
)
from disengage.brought import unlike_their_names
from disengage.domain.outcomes import Outcome

from disengage_banqup import mapping
from disengage_banqup.findings import findings
from disengage_banqup.manifest import ARCHIVING_DISCONNECTS, MANIFEST
from disengage_banqup.settings import BanqupSettings

if TYPE_CHECKING:
    from disengage.http import Answer, HttpClient

    from disengage_banqup.wire import ClientRecord

_NOTHING_TO_KEEP = StepProposal(
    verb=Verb.RETAIN_HISTORY,
    mode=Mode.NOT_NEEDED,
    reason="the client has not accepted an invitation, so that the firm sees none of its documents",
)
_UNKNOWN_ID = "the client's id at Banqup is not known: it was not looked up, and the request gives no reference"


class Banqup(Connector):
    """The firm's partner space; what the vendor documents is called, everything else only where it is configured."""

    manifest = MANIFEST
    settings: BanqupSettings

    # looking

    @hookimpl
    def try_credentials(self) -> str:
        """Get a token, and ask whom Banqup knows us as and which spaces we may see."""
        me, spaces = self._api.whoami(self._http), self._api.list_spaces(self._http)
        who = f"a user with status {me.status}" if me and me.status else "the app"
        if not spaces:
            return f"{who}, which may see no space yet: an administrator has to add the app's id to one"
        return f"{who}, which may see {len(spaces)} space{'' if len(spaces) == 1 else 's'}"

    @hookimpl
    def find_links(self, client: Client) -> Sequence[Link]:
        """Look the client up; where that cannot be, return what the request calls it, unconfirmed."""
        reference = client.references.get(self.around.connection, "")
        if not self.may_call("find_client"):
            ref = next(iter((*filter(None, (reference,)), *mapping.numbers(client))), "")
            return [Link(ref=ref, name=client.name, confirmed=False)] if ref else []
        return [mapping.link_of(entry) for entry in self._entries(client, reference)]

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        """Read the client's entry and its extensions, as far as they may be read."""
        entry = self._entry(link, request.client) if self.may_call("find_client") else None
        if entry is None:
            return LinkState(extensions=self._extensions(link, request))
        seen = mapping.observed(entry, None)
        # Archiving disconnects all integrations (documented); that the client's own cut does so too is INFERRED.
        gone = seen.linked is False
        return seen.model_copy(update={"extensions": () if gone else self._extensions(link, request)})

    @hookimpl
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Say what follows from archiving, and how sure it is that the client is there."""
        return list(findings(link, request, state, self.around.connection))

    @hookimpl
    def check_evidence(
        self,
        link: Link,
        request: Request,
        verb: Verb,
        part: str,
        files: Mapping[str, Path],
        values: Mapping[str, str],
    ) -> Sequence[str]:
        """Say which of the files brought does not open as what its name says; no page excludes a format."""
        return unlike_their_names(files)

    def _entries(self, client: Client, reference: str) -> list[ClientRecord]:
        """Return the client's entries under the first number that leads to any."""
        for number in mapping.numbers(client) or [reference]:
            found = self._api.find_client(self._http, self.settings, self._words(reference, number)) if number else []
            meant = mapping.by_id(found, reference) if reference else mapping.by_number(found, number, client.country)
            if meant:
                return meant
        return []

    def _entry(self, link: Link, client: Client) -> ClientRecord | None:
        """Return the entry of a link; one that was never looked up goes by its number."""
        by_id = self._entries(client, link.ref)
        if by_id or link.confirmed:
            return by_id[0] if by_id else None
        by_number = self._entries(client, "")
        return by_number[0] if len(by_number) == 1 else None

    def _extensions(self, link: Link, request: Request) -> tuple[str, ...] | None:
        if not self._can_call("list_extensions", link, request):
            return None
        found = self._api.list_extensions(self._http, self.settings, self._words_for(link, request))
        return None if found is None else tuple(extension.id for extension in found)

    # proposing

    def mode(self, spec: VerbSpec) -> Mode:
        """Return what the manifest says, except that nobody need remove extensions by hand."""
        mode = super().mode(spec)
        by_itself = spec.verb is Verb.REMOVE_EXTENSIONS and mode is Mode.BY_HAND
        return Mode.NOT_NEEDED if by_itself else mode

    @hookimpl
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        """Propose to keep a copy, to remove extensions where that can be called, and to archive."""
        steps = tuple(self._fitted(step, link, request) for step in self.steps_from_manifest())
        if mapping.never_accepted(state.status):
            steps = tuple(_NOTHING_TO_KEEP if step.verb is Verb.RETAIN_HISTORY else step for step in steps)
        removes = any(step.verb is Verb.REMOVE_EXTENSIONS and step.mode is Mode.AUTOMATIC for step in steps)
        return Proposal(wanted=LinkState(linked=False, extensions=() if removes else None), steps=steps)

    def _fitted(self, step: StepProposal, link: Link, request: Request) -> StepProposal:
        """Call nothing automatic that would need an id which nobody knows."""
        operations = self.manifest.spec(step.verb, step.part).operations
        blind = step.mode is Mode.AUTOMATIC and not all(self._can_call(name, link, request) for name in operations)
        if step.verb is Verb.REMOVE_EXTENSIONS and (blind or step.mode is Mode.NOT_NEEDED):
            return StepProposal(verb=step.verb, mode=Mode.NOT_NEEDED, reason=ARCHIVING_DISCONNECTS)
        return step.model_copy(update={"mode": Mode.BY_HAND, "reason": _UNKNOWN_ID}) if blind else step

    def _can_call(self, operation: str, link: Link, request: Request) -> bool:
        """Return whether an operation may be called and can say whom it is about."""
        if not self.may_call(operation):
            return False
        needs_id = "client_id" in self.settings.operation(operation).placeholders
        return not needs_id or link.confirmed or link.ref == request.client.references.get(self.around.connection)

    # acting

    @hookimpl
    def remove_extensions(self, link: Link, request: Request, observed: LinkState) -> Outcome:
        """Delete each integration that was still seen on the client."""
        extensions = observed.extensions
        if extensions is None:  # that there is no list is believed when it is said twice
            extensions = self._extensions(link, request)
        if extensions is None:
            return NeedsPerson(reason="Banqup shows no list of the integrations on this client.")
        known = [self._deleted(extension, link, request) for extension in extensions]
        if not all(known):
            raise RetryableError(
                "Banqup does not know an integration that it listed a moment ago; the list is looked at again.",
                remedy="See in Banqup which integrations are still on the client.",
            )
        return Done(receipt=f"{len(extensions)} deleted")

    def _deleted(self, extension: str, link: Link, request: Request) -> bool:
        words = self._words_for(link, request) | {"extension_id": extension}
        answer: Answer = self._api.delete_extension(self._http, self.settings, words)
        return answer.status != 404

    @hookimpl
    def sever_link(self, link: Link, request: Request) -> Outcome:
        """Archive the client, which cuts the link at once."""
        answer = self._api.archive_client(self._http, self.settings, self._words_for(link, request))
        return Done(receipt=f"answered {answer.status}")

    @hookimpl
    def invite_back(self, link: Link, request: Request) -> Outcome:
        """Invite the client again; the link stands once the client has accepted."""
        if not self._can_call("invite_client", link, request):
            return NeedsPerson(reason="No invitation can be sent from here.")
        answer = self._api.invite_client(self._http, self.settings, self._words_for(link, request))
        return Accepted(
            look_again_in=timedelta(hours=12),
            receipt=f"answered {answer.status}",
            waiting_for="the client to accept the invitation",
        )

    # the way there

    def _words_for(self, link: Link, request: Request) -> dict[str, str]:
        return self._words(link.ref, next(iter(mapping.numbers(request.client)), link.ref))

    def _words(self, client_id: str, identifier: str) -> dict[str, str]:
        return {
            "client_id": client_id,
            "identifier": identifier,
            "partner_space_id": self.settings.partner_space_id,
        }

    @property
    def _api(self) -> ModuleType:
        from disengage_banqup import api  # the HTTP kit is loaded when it is first needed

        return api

    def close(self) -> None:
        """Close the connections to Banqup."""
        if "_http" in self.__dict__:
            self._http.close()

    @cached_property
    def _http(self) -> HttpClient:
        http: HttpClient = self._api.connect(self.settings, self.around)
        return http
