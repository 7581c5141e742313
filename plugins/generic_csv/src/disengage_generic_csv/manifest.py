"""What the connector publishes about itself."""

from __future__ import annotations

from disengage import Effect, Manifest, Operation, Provenance, Verb, VerbSpec

from disengage_generic_csv import manual
from disengage_generic_csv.mapping import SCHEMES

_RFC_4180 = {
    "provenance": Provenance.DOCUMENTED,
    "source": "https://www.rfc-editor.org/rfc/rfc4180",
    "as_of": "2026-11-22",
}

_SETTING = (
    Verb.TRANSFER_ADMIN,
    Verb.REMOVE_EXTENSIONS,
    Verb.SETTLE_BILLING,
    Verb.END_ACCESS,
    Verb.ARCHIVE,
    Verb.SEVER_LINK,
    Verb.INVITE_BACK,
)

MANIFEST = Manifest(
    platform="Table (CSV)",
    vendor="any",
    schemes=SCHEMES,
    operations=(
        Operation(name="read_export", call="READ clients", **_RFC_4180),
        Operation(name="append_change", call="APPEND changes", changes=True, **_RFC_4180),
    ),
    verbs=(
        VerbSpec(verb=Verb.RETAIN_HISTORY, operations=("read_export",), by_hand=manual.RETAIN_HISTORY, firms_own=True),
        *(
            VerbSpec(
                verb=verb,
                operations=("read_export", "append_change"),
                effects=(Effect.REVERSIBLE,),
                by_hand=manual.by_hand(verb),
            )
            for verb in _SETTING
        ),
    ),
)
