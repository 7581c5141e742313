"""What a person does in AuditCase: the clicks in Dutch, which is the product's language, with English beside them."""

from __future__ import annotations

from disengage import Bring, BringKind, Instructions, Provenance, Verb

from disengage_auditcase import sources

FAILED_PUSHES = "failed_pushes"
PORTAL = "portal"

RETAIN_HISTORY = Instructions(
    verb=Verb.RETAIN_HISTORY,
    title="Bring the firm's copy of the client's record in AuditCase",
    language="nl",
    steps=(
        "Open de klantkaart van {client} (klantnummer {reference}).",
        "Sla de gegevens van de klantkaart en de lijst van openstaande taken op in één bestand.",
    ),
    steps_en=(
        "Open the client card of {client} (client number {reference}).",
        "Save what stands on the client card, and the list of open tasks, in one file.",
    ),
    warnings=("The dossier itself stays in AuditCase; the vendor makes a backup of all dossiers on request.",),
    bring=(Bring(key="copy", kind=BringKind.FILE, label="the file"),),
    source=sources.BACKUPS,
    as_of=sources.AS_OF,
    provenance=Provenance.ASSUMED,
)

RETAIN_PORTAL = Instructions(
    verb=Verb.RETAIN_HISTORY,
    part=PORTAL,
    title="Copy the client's documents from PinkWeb, before the change of klantstatus deletes the client there",
    language="nl",
    steps=(
        "Open de klantkaart van {client} (klantnummer {reference}), tab Beheer, onderdeel Koppelingen.",
        "Kijk of de klant is gekoppeld aan PinkWeb (Cliënt Online).",
        "Zo ja: sla alles wat in PinkWeb van de klant staat ({period_from} t/m {period_to}) op in één ZIP-bestand.",
        "Zo nee: maak een schermafdruk van het onderdeel Koppelingen.",
    ),
    steps_en=(
        "Open the client card of {client} (client number {reference}), tab Beheer, section Koppelingen (links).",
        "See whether the client is linked to PinkWeb (Cliënt Online).",
        "If so: save everything that PinkWeb has of the client ({period_from} to {period_to}) in one ZIP file.",
        "If not: take a picture of the section Koppelingen.",
    ),
    warnings=(
        "PinkWeb deletes the client as soon as the klantstatus is 'Geen klant meer', or its link is set to 'Nee'.",
        "No page of the vendor was found that describes a bulk download from PinkWeb.",
    ),
    bring=(
        Bring(
            key="pinkweb",
            kind=BringKind.CHOICE,
            choices=("copied", "not linked"),
            label="whether PinkWeb was copied, or the client is not linked to it",
        ),
        Bring(key="copy", kind=BringKind.FILE, label="the ZIP file, or the picture that shows that there is no link"),
    ),
    source=sources.PINKWEB,
    as_of=sources.AS_OF,
)

REMOVE_EXTENSIONS = Instructions(
    verb=Verb.REMOVE_EXTENSIONS,
    title="Look at the client's links to other products in AuditCase",
    language="nl",
    steps=(
        "Open de klantkaart van {client} (klantnummer {reference}), tab Beheer, onderdeel Koppelingen.",
        "Noteer aan welke producten de klant is gekoppeld.",
        "Zet een koppeling op 'Nee' waar na de beëindiging niets meer van deze klant naartoe mag.",
        "Laat PinkWeb en Exact Online staan: die volgen de wijziging van de klantstatus.",
        "Kies Bewaren.",
    ),
    steps_en=(
        "Open the client card of {client} (client number {reference}), tab Beheer, section Koppelingen (links).",
        "Note to which products the client is linked.",
        "Set a link to 'Nee' (no) where nothing of this client may go any more once it has ended.",
        "Leave PinkWeb and Exact Online: they follow the change of klantstatus.",
        "Choose Bewaren (save).",
    ),
    warnings=(
        "Setting the link to PinkWeb to 'Nee' deletes the client from PinkWeb at once.",
        "Nextens goes on receiving a client with the status 'Geen klant meer'; nothing is closed there.",
        "Do not end PinkWeb or Exact Online on their own at the same time: AuditCase is leading.",
        "That other links are set to 'Nee' in the same way as that to PinkWeb is inferred.",
    ),
    bring=(Bring(key="linked", kind=BringKind.TEXT, label="the products that are linked, or 'none'"),),
    source=sources.PINKWEB,
    as_of=sources.AS_OF,
)

REMOVE_EXTENSIONS_FAILED = Instructions(
    verb=Verb.REMOVE_EXTENSIONS,
    part=FAILED_PUSHES,
    title="See whether linked products refused the change of klantstatus (application manager)",
    language="nl",
    steps=(
        "Open als applicatiebeheerder de koppelingsdatabase, lijst Failed/Error; wacht tot een uur na de wijziging.",
        "Zoek {client} (klantnummer {reference}) in de lijst.",
        "Staat de klant erin: los de melding op en verstuur opnieuw.",
    ),
    steps_en=(
        "As application manager, open the link database, list Failed/Error; wait for an hour after the change.",
        "Look for {client} (client number {reference}) in the list.",
        "If the client is in it: mend what is reported, and push it again.",
    ),
    warnings=(
        "Only the application manager sees this list; nobody else is told that a push was refused.",
        "The page does not say how an entry is pushed again.",
    ),
    bring=(
        Bring(
            key="failed",
            kind=BringKind.CHOICE,
            choices=("none", "mended"),
            label="whether the client was in the list",
        ),
        Bring(key="looked_on", kind=BringKind.DATE, label="the day you looked"),
    ),
    source=sources.PINKWEB,
    as_of=sources.AS_OF,
)

SEVER_LINK = Instructions(
    verb=Verb.SEVER_LINK,
    title="Set the client's klantstatus in AuditCase to 'Geen klant meer'",
    language="nl",
    steps=(
        "Open de klantkaart van {client} (klantnummer {reference}).",
        "Zet de klantkaart in de 'Wijzigen' mode.",
        "Selecteer in het veld klantstatus de status 'Geen klant meer'.",
        "Kies als einddatum van de relatie {end_date}.",
        "Kies Bewaren.",
    ),
    steps_en=(
        "Open the client card of {client} (client number {reference}).",
        "Put the client card into the mode 'Wijzigen' (edit).",
        "In the field klantstatus (client status), select 'Geen klant meer' (no longer a client).",
        "As end date of the relationship, choose {end_date}.",
        "Choose Bewaren (save).",
    ),
    warnings=(
        "Never choose to delete the client: its dossier would be deleted with it, and must be kept for seven years.",
        "Saving deletes the client from PinkWeb where it is linked, and gives Exact Online the end date.",
        "Leave the client number as it is: changing it can break links or make duplicates.",
    ),
    bring=(Bring(key="end_date", kind=BringKind.DATE, label="the end date that stands on the client card"),),
    source=sources.ENDING,
    as_of=sources.AS_OF,
)

#: The answer → what it means, in the seed's words, Dutch and English.
_MEANING = {
    "Ja": (
        "eventuele facturen blijven aan het gekozen bedrijf gericht",
        "invoices stay addressed to the company that was chosen",
    ),
    "Nee": (
        "er wordt niet meer gefactureerd aan het andere bedrijf",
        "the other company is not invoiced any more",
    ),
}

INVITE_BACK = Instructions(
    verb=Verb.INVITE_BACK,
    title="Make the client a client again in AuditCase",
    language="nl",
    steps=(
        "Open de klantkaart van {client} (klantnummer {reference}) en zet die in de 'Wijzigen' mode.",
        "Selecteer in het veld klantstatus de status 'Klant' en maak de einddatum van de relatie leeg.",
        "Zet op de tab Beheer, onderdeel Koppelingen, de koppelingen weer aan.",
        "Kies Bewaren.",
    ),
    steps_en=(
        "Open the client card of {client} (client number {reference}) and put it into the mode 'Wijzigen' (edit).",
        "In the field klantstatus, select 'Klant' (client), and clear the end date of the relationship.",
        "On the tab Beheer, section Koppelingen (links), switch the links on again.",
        "Choose Bewaren (save).",
    ),
    warnings=(
        "No page of the vendor describes this way back; it is inferred from the way there.",
        "What PinkWeb deleted does not come back by it.",
    ),
    bring=(Bring(key="seen_on", kind=BringKind.DATE, label="the day on which the status was 'Klant' again"),),
    source=sources.ENDING,
    as_of=sources.AS_OF,
    provenance=Provenance.ASSUMED,
)


def severing(ends_on: str, *, asks_billing_to: bool, keep_billing_to: bool | None) -> Instructions:
    """Return how this client is ended, with what is asked for confirmation.

    Args:
        ends_on: The end date, as it is to be confirmed.
        asks_billing_to: Whether this version's dialog asks if *facturatie aan* is kept.
        keep_billing_to: The answer to that; None where the request does not give it.
    """
    bring = [Bring(key="end_date", kind=BringKind.CHOICE, choices=(ends_on,), label="the end date on the client card")]
    steps, steps_en = [*SEVER_LINK.steps], [*SEVER_LINK.steps_en]
    if asks_billing_to:
        answers = ("Ja", "Nee") if keep_billing_to is None else ("Ja",) if keep_billing_to else ("Nee",)
        dutch, english = zip(*(_MEANING[answer] for answer in answers), strict=True)
        shown = " of ".join(f"'{answer}' ({meaning})" for answer, meaning in zip(answers, dutch, strict=True))
        shown_en = " or ".join(f"'{answer}' ({meaning})" for answer, meaning in zip(answers, english, strict=True))
        steps.insert(-1, f"Kies bij 'Facturatie aan behouden' {shown}.")
        steps_en.insert(-1, f"At 'Facturatie aan behouden' (keep the invoice route), choose {shown_en}.")
        bring.append(
            Bring(key="billing_to_kept", kind=BringKind.CHOICE, choices=answers, label="the answer on facturatie aan")
        )
    return SEVER_LINK.model_copy(update={"steps": tuple(steps), "steps_en": tuple(steps_en), "bring": tuple(bring)})
