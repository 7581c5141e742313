"""What a person does: in the portal's own words where a page has them, in Dutch, with English beside them.

The vendor's page on migration names no clicks; where it does not, the instructions say so.
"""

from __future__ import annotations

from disengage import Bring, BringKind, Instructions, Provenance, Verb

from disengage_clearfacts.sources import ACTIVATION, AS_OF, INBOUND_MAIL, MIGRATION

_NO_CLICKS = "No page of the vendor was found that says where to click for this."

RETAIN_HISTORY = Instructions(
    verb=Verb.RETAIN_HISTORY,
    title="Note what the portal shows of the dossier",
    language="nl",
    steps=(
        "Open het dossier {client} ({reference}) in het portaal.",
        "Bewaar de gegevens van het dossier, de categorieën van het archief, de journalen en de klantenlijst.",
        "Bewaar de diverse documenten, het permanent dossier en de boekingsvoorstellen in de beheermodule.",
        "Zet alles in één zip-bestand.",
    ),
    steps_en=(
        "Open the dossier {client} ({reference}) in the portal.",
        "Keep the dossier's own data, the archive's categories, the journals and the list of customers.",
        "Keep the various documents, the permanent dossier and the booking proposals in the management module.",
        "Put everything into one zip file.",
    ),
    warnings=(
        "What comes from the bookkeeping package is to be kept from the package itself.",
        _NO_CLICKS,
    ),
    bring=(Bring(key="copy", kind=BringKind.FILE, label="the zip file"),),
    source=MIGRATION,
    as_of=AS_OF,
    provenance=Provenance.ASSUMED,
)

RETAIN_PDFS = Instructions(
    verb=Verb.RETAIN_HISTORY,
    part="pdfs",
    title="Give the client a download of all PDFs as one zip file, before the dossier is deleted",
    language="nl",
    steps=(
        "Open het dossier {client} ({reference}) in het portaal.",
        "Download alle pdf's van het dossier in een zip-bestand.",
        "Tel hoeveel documenten het portaal toont; in het zip-bestand moeten er evenveel zitten.",
        "Bezorg de klant het zip-bestand. De klant houdt de pdf's zelf bij op zijn computer.",
        "Breng hetzelfde bestand hier binnen: het wordt nagekeken en bewaard.",
    ),
    steps_en=(
        "Open the dossier {client} ({reference}) in the portal.",
        "Download all PDFs of the dossier in one zip file.",
        "Count how many documents the portal shows; the zip file must hold as many.",
        "Give the zip file to the client, who keeps the PDFs on a computer of its own.",
        "Bring the same file here: it is looked through and kept.",
    ),
    warnings=(
        "The dossier is deleted afterwards; what is not in this file is lost.",
        "The PDFs are not imported into the portal again: the client starts there with a blank sheet.",
        "The zip file may hold nothing but PDFs, none of them encrypted.",
        "The vendor's page does not say where in the menu the download is, and the interface has none; ask support.",
    ),
    bring=(
        Bring(key="pdfs", kind=BringKind.FILE, label="the zip file that the client was given"),
        Bring(key="count", kind=BringKind.NUMBER, label="how many documents the portal shows"),
        Bring(key="handed_over_on", kind=BringKind.DATE, label="the day the client was given the file"),
    ),
    source=MIGRATION,
    as_of=AS_OF,
    provenance=Provenance.ASSUMED,
)

TELL_APPS = Instructions(
    verb=Verb.REMOVE_EXTENSIONS,
    part="apps",
    title="Tell the suppliers and apps that send invoices to this dossier",
    language="nl",
    steps=(
        "Kijk in het dossier {client} ({reference}) welke mailadressen het heeft voor inkomende facturen.",
        (
            "Vraag de klant welke leveranciers daarheen mailen, en welke programma's facturen doorsturen (bijvoorbeeld "
            "EenvoudigFactureren of KMO-Facturatie)."
        ),
        "Laat hen weten dat dit vanaf {ends_on} stopt, en waar de facturen daarna heen moeten.",
    ),
    steps_en=(
        "In the dossier {client} ({reference}), see which mail addresses it has for incoming invoices.",
        (
            "Ask the client which suppliers mail there, and which apps push invoices (such as EenvoudigFactureren or "
            "KMO-Facturatie)."
        ),
        "Let them know that this ends on {ends_on}, and where invoices have to go afterwards.",
    ),
    warnings=(
        "Such an app logs in as a user for this one number; once the user or the dossier is gone, it fails silently.",
        "That the addresses stop with the dossier is inferred from their form; no page says it.",
    ),
    bring=(Bring(key="told_on", kind=BringKind.DATE, label="the day they were told, or it was seen that none exist"),),
    source=INBOUND_MAIL,
    as_of=AS_OF,
    provenance=Provenance.ASSUMED,
)

ASK_SUPPORT = Instructions(
    verb=Verb.SEVER_LINK,
    title="Find out from the vendor's support what became of the migration",
    language="nl",
    steps=(
        "Zoek in de mailbox van het kantoor de vraag aan het supportteam over {client} ({reference}), en hun antwoord.",
        "Contacteer het supportteam: voor elke dossiermigratie leggen zij uit welke stappen er nodig zijn.",
        "Gevraagd is: {scenario_nl}.",
        "Kijk na of het dossier daarna niet meer in de lijst van het kantoor staat.",
    ),
    steps_en=(
        "In the firm's mailbox, find what support was asked about {client} ({reference}), and its answer.",
        "Contact the support team: for every migration they explain which steps are needed.",
        "What is asked for: {scenario}.",
        "Afterwards, see that the dossier is not in the firm's list any more.",
    ),
    warnings=(
        "A ticket that was sent is no proof that anything was done.",
        "A new bookkeeping package is a migration too; support explains the options, which are wider then.",
        "Do not ask twice for the same: answer in the thread of the first message.",
    ),
    bring=(Bring(key="answered_on", kind=BringKind.DATE, label="the day support said that it is done"),),
    source=MIGRATION,
    as_of=AS_OF,
)

ACTIVATE = Instructions(
    verb=Verb.ACTIVATE,
    title="Activate the client's dossier at the firm, now that the number is free",
    language="nl",
    steps=(
        "Open in het portaal het tabblad Clients en kies «Activer un client/dossier» (de pagina is Frans).",
        "Kies software en installatie, en geef het pad of de code van het dossier op voor {client} ({reference}).",
        "Wacht tot de connector het dossier gevonden heeft: dat duurt tot 15 minuten.",
        "Kies Activer en het niveau: documentverwerking met archief, met volledige feedback, of enkel feedback.",
    ),
    steps_en=(
        "In the portal, open the tab Clients and choose «Activer un client/dossier».",
        "Choose software and installation, and give the path or code of the dossier of {client} ({reference}).",
        "Wait until the connector has found the dossier: up to 15 minutes.",
        "Choose Activer and the level: document processing with archive, with full feedback, or feedback only.",
    ),
    warnings=(
        "This is possible only after the dossier is gone at the previous accountant's: a number exists only once.",
        "If the vendor's operations team has activated it already, there is nothing to click.",
        "Archive and dashboard will show what the firm's own bookkeeping package holds.",
    ),
    bring=(Bring(key="activated_on", kind=BringKind.DATE, label="the day it was activated"),),
    source=ACTIVATION,
    as_of=AS_OF,
)

TELL_SUCCESSOR = Instructions(
    verb=Verb.ACTIVATE,
    part="tell",
    title="Tell the new accountant that the number is free and the dossier can be activated",
    language="nl",
    steps=(
        "Laat {successor} weten dat het dossier {client} ({reference}) bij ons verwijderd is en het nummer vrij is.",
        (
            "Daar wordt het geactiveerd: tabblad Clients, «Activer un client/dossier», software en installatie met pad "
            "of code, tot 15 minuten wachten, Activer, en het niveau kiezen."
        ),
    ),
    steps_en=(
        "Let {successor} know that the dossier {client} ({reference}) is deleted with us and that the number is free.",
        (
            "It is activated there: tab Clients, «Activer un client/dossier», software and installation with path or "
            "code, wait up to 15 minutes, Activer, and choose the level."
        ),
    ),
    warnings=("Before the deletion at the previous accountant's, activation is not possible.",),
    bring=(Bring(key="told_on", kind=BringKind.DATE, label="the day the new accountant was told"),),
    source=ACTIVATION,
    as_of=AS_OF,
)
