"""Connectors that act wrongly."""

from __future__ import annotations

import time

from disengage import (
    Connector,
    Done,
    Link,
    LinkState,
    NotNeeded,
    OutcomeUnknownError,
    RejectedError,
    Request,
    RetryableError,
    Verb,
    hookimpl,
)
from disengage.domain.outcomes import Outcome

from tests.testing.tiny import Tiny, revised


class RepeatsAfterALostAnswer(Tiny):
    """It has a loop of its own."""

    @hookimpl
    def sever_link(self, link: Link, request: Request) -> Outcome:
        try:
            return self._post(link, "cut")
        except OutcomeUnknownError:
            return self._post(link, "cut")


class ClaimsDoneWhateverHappens(Tiny):
    """It swallows errors."""

    @hookimpl
    def archive(self, link: Link, request: Request) -> Outcome:
        try:
            return self._post(link, "archive")
        except (RetryableError, RejectedError, OutcomeUnknownError):
            return Done(receipt="archived")


class SaysThatNothingHappened(Tiny):
    """It makes an unclear outcome a clear one."""

    @hookimpl
    def invite_back(self, link: Link, request: Request) -> Outcome:
        try:
            return self._post(link, "invite")
        except OutcomeUnknownError as error:
            raise RetryableError(error.message) from None


class ArchivesEachTimeItIsAsked(Tiny):
    """It never looks whether the client is archived."""

    manifest = revised(verbs={Verb.ARCHIVE: {"moves": ()}})

    def wanted(self, link: Link, request: Request, state: LinkState) -> LinkState:
        return LinkState(linked=False)


class TakesAnEndedLinkForAFailure(Tiny):
    """It refuses what was ended before."""

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        state = Tiny.observe(self, link, request)
        if state.linked is False and state.archived is False:
            raise RejectedError("The client has ended the link already.")
        return state


class Sleeps(Tiny):
    """It waits for better times inside a hook."""

    @hookimpl
    def sever_link(self, link: Link, request: Request) -> Outcome:
        try:
            return self._post(link, "cut")
        except RetryableError:
            time.sleep(180)
            return self._post(link, "cut")


class HasNoHookForAnAutomaticVerb(Tiny):
    """It declares archiving automatic, and cannot archive."""

    archive = None


class NeverDoesAnAutomaticVerb(Tiny):
    """It declares archiving automatic, and never proposes it."""

    def steps_from_manifest(self):  # type: ignore[no-untyped-def]
        return tuple(step for step in super().steps_from_manifest() if step.verb is not Verb.ARCHIVE)

    def wanted(self, link: Link, request: Request, state: LinkState) -> LinkState:
        return LinkState(linked=False)


class KeepsLessAndSaysNothing(Tiny):
    """It leaves out of the copy what it cannot read."""

    @hookimpl
    def retain_history(self, link: Link, request: Request, part: str, sink):  # type: ignore[no-untyped-def]
        try:
            return Tiny.retain_history(self, link, request, part, sink)
        except RejectedError:
            return Done(receipt="0 files")


class CallsASkippedStepNotNeeded(Tiny):
    """It gives up a step for good where the platform only asks for patience."""

    @hookimpl
    def sever_link(self, link: Link, request: Request) -> Outcome:
        try:
            return self._post(link, "cut")
        except RetryableError:
            return NotNeeded(reason="Tiny is busy.")


class SendsAChangeAsARead(Tiny):
    """It has the kit repeat a change in doubt."""

    def _post(self, link: Link, verb: str) -> Outcome:
        path = f"/clients/{link.ref}/{verb}"
        return Done(receipt=str(self.http.call("POST", path, operation=f"{verb}_client", changes=False).status))


CALLS = "the_manifest_names_every_call"
ENDING = "the_ending_comes_to_its_end"
FAULT = "a_fault_at_any_exchange_changes_nothing_in_the_end"
DONE = "what_is_automatic_is_done"
TWICE = "twice_is_once"
OTHER = "what_the_other_side_ended_is_a_success"
READ_BACK = "what_was_done_is_read_back_and_nothing_else"
KIT = "every_call_goes_through_the_http_kit"

#: Connector → the tests that catch it, each with what it says.
WRONG: dict[type[Connector], dict[str, str]] = {
    RepeatsAfterALostAnswer: {FAULT: "(cut_client: POST /api/clients/c1/cut), which had been done"},
    ClaimsDoneWhateverHappens: {FAULT: "done, by the connector's word, but the platform does not show it"},
    SaysThatNothingHappened: {FAULT: "says by RetryableError that nothing happened, which nobody can know"},
    ArchivesEachTimeItIsAsked: {TWICE: "has a second effect: c1 archived"},
    TakesAnEndedLinkForAFailure: {OTHER: "observe fails: RejectedError"},
    Sleeps: {KIT: "a hook sleeps by itself (180 s)"},
    HasNoHookForAnAutomaticVerb: {
        ENDING: "archive failed with PluginError",
        DONE: "sever_link is automatic here, and was never done",
        TWICE: "archive failed with PluginError",
        OTHER: "archive failed with PluginError",
        FAULT: "invite_back cannot be repeated: PluginError",
    },
    SendsAChangeAsARead: {
        CALLS: "'cut_client' is named as changing, and is sent as a read",
        FAULT: "says by RetryableError that nothing happened, which nobody can know",
    },
    NeverDoesAnAutomaticVerb: {DONE: "archive is automatic here, and was never done"},
    KeepsLessAndSaysNothing: {FAULT: "'papers.json' is missing from the copy, and no gap says so"},
    CallsASkippedStepNotNeeded: {FAULT: "the platform has seen [] instead of ['c1 cut']"},
}
