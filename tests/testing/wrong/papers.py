"""Connectors whose manifest or instructions are wrong."""

from __future__ import annotations

from disengage import Connector, Link, LinkState, Provenance, Request, Verb, hookimpl

from tests.testing.tiny import MANIFEST, OPERATIONS, Tiny, by_hand, documented, revised

COMPLETE = "the_manifest_is_complete"
CALLS = "the_manifest_names_every_call"
DONE = "what_is_automatic_is_done"
BY_HAND = "work_by_hand_can_be_done_and_told"
ADMIN = Verb.TRANSFER_ADMIN


class CallsWhatItDoesNotName(Tiny):
    """It looks at something that the manifest does not mention."""

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        self._get(f"/clients/{link.ref}/papers", "peek")
        return Tiny.observe(self, link, request)


class CallsAnotherPath(Tiny):
    """It calls another path than it says."""

    manifest = revised(operations={"show_client": {"call": "GET /clients/{id}/details"}})


class CallsAChangeARead(Tiny):
    """Its manifest calls archiving a read."""

    manifest = revised(operations={"archive_client": {"changes": False}})


class ClaimsWhatItNeverCalls(Tiny):
    """It claims for archiving an operation that nobody calls."""

    manifest = revised(verbs={Verb.ARCHIVE: {"operations": ("archive_client", "tidy_up")}}).model_copy(
        update={"operations": (*OPERATIONS, documented("tidy_up", "POST /tidy", changes=True))}
    )


class NamesNoSource(Tiny):
    """It does not say where an operation is documented."""

    manifest = revised(operations={"cut_client": {"source": ""}})


class NamesNoDay(Tiny):
    """It does not say when an operation's page was read."""

    manifest = revised(operations={"cut_client": {"as_of": "lately"}})


class ShipsAnAssumedPath(Tiny):
    """It calls, out of the box, a path that nobody knows."""

    manifest = revised(operations={"list_papers": {"provenance": Provenance.ASSUMED}})


class LeavesAVerbOut(Tiny):
    """It does not say what becomes of billing."""

    manifest = MANIFEST.model_copy(
        update={"verbs": tuple(spec for spec in MANIFEST.verbs if spec.verb is not Verb.SETTLE_BILLING)}
    )


class NamesNoEffects(Tiny):
    """It does not say what severing does."""

    manifest = revised(verbs={Verb.SEVER_LINK: {"effects": ()}})


class HasNoInstructions(Tiny):
    """Nobody knows what to do by hand."""

    manifest = revised(verbs={Verb.SEVER_LINK: {"by_hand": None}})


def _instructed(name: str, **changes: object) -> type[Tiny]:
    manifest = revised(verbs={ADMIN: {"by_hand": by_hand(ADMIN, **changes)}})
    return type(name, (Tiny,), {"manifest": manifest})


WithoutEnglish = _instructed("WithoutEnglish", steps_en=())
WithLessEnglish = _instructed("WithLessEnglish", steps_en=("Open {client}.",))
WithNothingToBring = _instructed("WithNothingToBring", bring=())
WithAnUnknownWord = _instructed("WithAnUnknownWord", steps_en=("Open {custommer}.", "Choose End."))
WithoutAPage = _instructed("WithoutAPage", source="")

#: Connector → the tests that catch it, each with what it says.
WRONG: dict[type[Connector], dict[str, str]] = {
    CallsWhatItDoesNotName: {CALLS: "the manifest names no operation 'peek'"},
    CallsAnotherPath: {CALLS: "'show_client' is named as 'GET /clients/{id}/details', and sent GET /api/clients/c1"},
    CallsAChangeARead: {CALLS: "'archive_client' is named as a read, and changed something"},
    ClaimsWhatItNeverCalls: {DONE: "archive claims the operation 'tidy_up' and never calls it"},
    NamesNoSource: {COMPLETE: "'cut_client' is called documented, and has no source"},
    NamesNoDay: {COMPLETE: "'cut_client' is called documented, and does not say on which day that was read"},
    ShipsAnAssumedPath: {
        COMPLETE: "'list_papers' is assumed, and has a path that nobody configured",
    },
    LeavesAVerbOut: {COMPLETE: "the manifest does not say how settle_billing is done"},
    NamesNoEffects: {COMPLETE: "sever_link has no effects"},
    HasNoInstructions: {COMPLETE: "sever_link has no instructions for a person"},
    WithoutEnglish: {BY_HAND: "English is missing"},
    WithLessEnglish: {BY_HAND: "have 2 steps, and 1 in English"},
    WithNothingToBring: {BY_HAND: "nobody can tell whether transfer_admin was done by hand"},
    WithAnUnknownWord: {BY_HAND: "hold '(custommer: not given)', which nothing fills"},
    WithoutAPage: {BY_HAND: "the instructions of transfer_admin are called documented, and has no source"},
}
