"""What the connector publishes about itself: operations with their sources, and verbs."""

from __future__ import annotations

from disengage import Effect, Manifest, Operation, Provenance, Verb, VerbSpec

from disengage_banqup import manual
from disengage_banqup.mapping import SCHEMES
from disengage_banqup.sources import AS_OF, GRANTING, MAKING_CALLS, SPACES

ARCHIVING_DISCONNECTS = "archiving disconnects all integrations"


def _documented(name: str, call: str, source: str) -> Operation:
    return Operation(name=name, call=call, provenance=Provenance.DOCUMENTED, source=source, as_of=AS_OF)


def _assumed(name: str, *, changes: bool, source: str = "") -> Operation:
    """Return an operation without a path: the vendor publishes none, and none is shipped."""
    return Operation(
        name=name,
        provenance=Provenance.ASSUMED,
        changes=changes,
        source=source,
        as_of=AS_OF if source else "",
    )


MANIFEST = Manifest(
    platform="Banqup",
    vendor="Unifiedpost",
    schemes=SCHEMES,
    operations=(
        _documented("get_token", "POST /oauth2/client_credential/gettoken", MAKING_CALLS),
        _documented("whoami", "GET /solution/business/v1/users/me", GRANTING),
        _documented("list_spaces", "GET /entitystore/v1/spaces", MAKING_CALLS),
        _assumed("find_client", changes=False),
        _assumed("archive_client", changes=True),
        _assumed("invite_client", changes=True),
        _assumed("list_extensions", changes=False, source=SPACES),
        _assumed("delete_extension", changes=True, source=SPACES),
    ),
    verbs=(
        VerbSpec(verb=Verb.RETAIN_HISTORY, by_hand=manual.RETAIN_HISTORY),
        VerbSpec(
            verb=Verb.TRANSFER_ADMIN,
            not_needed="the client's space and its users are the client's own, and archiving leaves them as they are",
        ),
        VerbSpec(
            verb=Verb.REMOVE_EXTENSIONS,
            operations=("list_extensions", "delete_extension"),
            # Whether a deleted extension can be put back by the firm alone is not stated.
            effects=(Effect.IRREVERSIBLE, Effect.IMMEDIATE),
            moves=("extensions",),
            by_hand=manual.REMOVE_EXTENSIONS,
        ),
        VerbSpec(
            verb=Verb.SETTLE_BILLING,
            not_needed="archiving stops the renewal; the subscription runs to the end of its billing period",
        ),
        VerbSpec(verb=Verb.END_ACCESS, not_needed="archiving takes the firm's access at once"),
        VerbSpec(verb=Verb.ARCHIVE, not_needed="severing the link is what archives the client"),
        VerbSpec(
            verb=Verb.SEVER_LINK,
            operations=("archive_client",),
            effects=(Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.IMMEDIATE),
            moves=("linked",),
            by_hand=manual.SEVER_LINK,
        ),
        VerbSpec(
            verb=Verb.INVITE_BACK,
            operations=("invite_client",),
            effects=(Effect.NOTIFIES_CLIENT, Effect.IMMEDIATE),
            by_hand=manual.INVITE_BACK,
        ),
    ),
)
