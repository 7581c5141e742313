"""What a person does at Banqup: the clicks in the words of the German help page, with the English ones beside them.

The German pages say that the client's *Partnerspace* stays active; the English original says its *business space*,
which is what is meant (https://support.banqup.com/en/articles/279236-archiving-clients, read 2026-11-22).
"""

from __future__ import annotations

from disengage import Bring, BringKind, Instructions, Provenance, Verb

from disengage_banqup.sources import ARCHIVING, AS_OF, INVITING

RETAIN_HISTORY = Instructions(
    verb=Verb.RETAIN_HISTORY,
    title="Download the firm's own copy of the client's documents from Banqup, before the client is archived",
    language="de",
    steps=(
        "Gehen Sie im Partnerspace zu Kunden und öffnen Sie {client} ({reference}).",
        "Laden Sie die Dokumente vom {period_from} bis zum {period_to} herunter (Verkauf und Einkauf).",
        "Packen Sie alles in eine ZIP-Datei und prüfen Sie, dass sie sich öffnen lässt.",
    ),
    steps_en=(
        "In the Partner Space, go to Clients and open {client} ({reference}).",
        "Download the documents from {period_from} to {period_to} (sales and purchases).",
        "Put everything into one ZIP file, and see that it opens.",
    ),
    warnings=(
        "Archiving takes the firm's access to the client's documents at once; copy them before.",
        # https://support.banqup.com/en/articles/269173 and /603393
        (
            "Documents are seen by the role Accountant, for the clients assigned to it; a Client manager sees none, "
            "and nobody does at a firm that is a referral partner."
        ),
        "No page of the vendor was found that describes a bulk download; only the first click is taken from one.",
    ),
    bring=(Bring(key="copy", kind=BringKind.FILE, label="ZIP file of the client's documents"),),
    source=ARCHIVING,
    as_of=AS_OF,
    provenance=Provenance.ASSUMED,
)

REMOVE_EXTENSIONS = Instructions(
    verb=Verb.REMOVE_EXTENSIONS,
    title="See which of the firm's integrations are still on the client at Banqup",
    language="de",
    steps=(
        "Hier ist nichts zu klicken: Beim Archivieren werden alle Integrationen zwischen Ihren Systemen getrennt.",
        "Beenden Sie in Ihren eigenen Programmen, was noch auf {client} zugreift.",
    ),
    steps_en=(
        "There is nothing to click here: archiving disconnects all integrations between your systems.",
        "In your own software, stop whatever still reaches for {client}.",
    ),
    bring=(
        Bring(key="done_on", kind=BringKind.DATE, label="the day on which nothing of yours reached for it any more"),
    ),
    source=ARCHIVING,
    as_of=AS_OF,
)

SEVER_LINK = Instructions(
    verb=Verb.SEVER_LINK,
    title="Archive the client in Banqup's Partner Space",
    language="de",
    steps=(
        "Gehen Sie im Partnerspace zu Kunden.",
        "Suchen Sie Ihren Kunden: {client} ({reference}).",
        "Klicken Sie auf die drei Punkte in der Spalte Aktionen.",
        "Wählen Sie Archiv.",
        "Bestätigen Sie Ihre Wahl.",
        "Sehen Sie im Reiter «Inactive» nach, welchen Status der Kunde jetzt hat.",
    ),
    steps_en=(
        "From the Partner Space, go to Clients.",
        "Find your client: {client} ({reference}).",
        "Click the three dots in the Actions column.",
        "Select Archive.",
        "Confirm your choice.",
        "On the Inactive tab, see which status the client has now.",
    ),
    warnings=(
        "This cannot be undone; only a new invitation that the client accepts restores the link.",
        "The firm's access to the client's documents and settings, and all integrations, end at once.",
        "The client keeps its space, its documents and its history.",
        "Never delete the client's reference: the archived entry is the firm's own record of the client.",
    ),
    bring=(
        Bring(key="status", kind=BringKind.CHOICE, choices=("Archived", "Lost"), label="the status shown now"),
        Bring(key="seen_on", kind=BringKind.DATE, label="the day you saw it"),
    ),
    source=ARCHIVING,
    as_of=AS_OF,
)

INVITE_BACK = Instructions(
    verb=Verb.INVITE_BACK,
    title="Invite the client again in Banqup's Partner Space",
    language="de",
    # No German page says how the tab and the buttons are called there; they stand in the English page's words.
    steps=(
        "Gehen Sie im Partnerspace zu Kunden.",
        "Wählen Sie den Reiter «Inactive».",
        "Markieren Sie {client} ({reference}).",
        "Klicken Sie auf «Invite».",
        "Bestätigen Sie mit «Send invites».",
    ),
    steps_en=(
        "From the Partner Space, go to Clients.",
        "Select the Inactive tab.",
        "Select {client} ({reference}).",
        "Click Invite.",
        "Confirm by clicking Send invites.",
    ),
    warnings=(
        "The client has to accept; until then there is no link.",
        "Inviting needs the role Administrator or Client Manager.",
    ),
    bring=(
        Bring(key="status", kind=BringKind.CHOICE, choices=("Invited", "Active"), label="the status shown now"),
        Bring(key="seen_on", kind=BringKind.DATE, label="the day you saw it"),
    ),
    source=INVITING,
    as_of=AS_OF,
)
