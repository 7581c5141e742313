"""What a person does where the change file cannot: the same change, in the system that the table comes from.

No particular product stands behind a table, so that the clicks are assumed, and taken from no page.
"""

from __future__ import annotations

from disengage import Bring, BringKind, Instructions, Provenance, Verb

_TITLES = {
    Verb.TRANSFER_ADMIN: "Hand over the client's administrator",
    Verb.REMOVE_EXTENSIONS: "Take the firm's integrations off the client",
    Verb.SETTLE_BILLING: "Settle where the client's invoices go",
    Verb.END_ACCESS: "End the firm's access to the client",
    Verb.ARCHIVE: "Archive the client",
    Verb.SEVER_LINK: "End the client",
    Verb.INVITE_BACK: "Take the client back",
}


def by_hand(verb: Verb) -> Instructions:
    """Return the instructions for one verb; ``{changes}`` is what the configuration makes it set."""
    return Instructions(
        verb=verb,
        title=f"{_TITLES[verb]} in the system that the table comes from",
        language="en",
        steps=(
            "Open the client with the reference {reference}.",
            "Set {changes}.",
            "Save, and have the system export its table again.",
        ),
        warnings=("Never delete the client: its records must be kept for the statutory period.",),
        bring=(Bring(key="changed_on", kind=BringKind.DATE, label="the day on which it was changed"),),
        provenance=Provenance.ASSUMED,
    )


RETAIN_HISTORY = Instructions(
    verb=Verb.RETAIN_HISTORY,
    title="Bring the firm's copy of the client's records",
    language="en",
    steps=(
        "Open the client with the reference {reference} in the system that the table comes from.",
        "Save its record and its documents from {period_from} to {period_to} into one ZIP file.",
    ),
    bring=(Bring(key="copy", kind=BringKind.FILE, label="ZIP file of the records"),),
    provenance=Provenance.ASSUMED,
)
