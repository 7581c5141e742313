"""What a person does in PowerOffice Go for a client's books: copy them, fetch them from Arkiv, close the client."""

from __future__ import annotations

from disengage import Bring, BringKind, Instructions, Verb

from disengage_poweroffice import sources

RETAIN_HISTORY = Instructions(
    verb=Verb.RETAIN_HISTORY,
    title="Export the client's books from PowerOffice Go",
    language="nb",
    steps=(
        "Åpne klienten {client} i Go.",
        "Eksporter en SAF-T fil per regnskapsår for perioden {period_from} til {period_to}.",
        "Eksporter de tilgjengelige bilags-PDFene for samme periode.",
        "Legg alt i én zip-fil.",
    ),
    steps_en=(
        "Open the client {client} in Go.",
        "Export one SAF-T file per accounting year of the period {period_from} to {period_to}.",
        "Export the voucher PDFs that there are for the same period.",
        "Put everything into one zip file.",
    ),
    warnings=("Do this before the relationship ends: this copy is the firm's own.",),
    bring=(Bring(key="copy", kind=BringKind.FILE, label="the zip file"),),
    source=sources.CLIENT_STOPS,
    as_of=sources.AS_OF,
)

RETAIN_ARCHIVE = Instructions(
    verb=Verb.RETAIN_HISTORY,
    part="archive",
    title="Download the obligated accounting data from PowerOffice Go's archive",
    language="nb",
    steps=(
        "Åpne Klient Admin og velg fanen Arkiv.",
        "Kontroller at pliktig regnskapsdata er generert for {client} (genereringsdato {generation_date}).",
        "Velg «alternativer» og last ned all dokumentasjon fra arkivmappene. Valgte tillegg: {extras}.",
        "Kontroller på klienten at ingen partnerbruker fortsatt er aktiv.",
    ),
    steps_en=(
        "Open Klient Admin and choose the tab Arkiv.",
        "Check that the obligated data of {client} has been generated (generation date {generation_date}).",
        "Choose 'alternativer' and download all documentation from the archive folders. Extras chosen: {extras_en}.",
        "Check that no user of the firm is still active on the client.",
    ),
    warnings=(
        "Go deletes the archive folders by itself after five years, each 1 January.",
        "A firm user who is still subscription administrator stays active until he is replaced.",
        "The right 'Administrere Arkiv' under Klientadministrasjon is needed.",
    ),
    bring=(Bring(key="archive", kind=BringKind.FILE, label="what was downloaded"),),
    source=sources.ARCHIVE,
    as_of=sources.AS_OF,
)

CLIENT_STOPS = Instructions(
    verb=Verb.SETTLE_BILLING,
    part="client_stops",
    title="Close the client in PowerOffice Go (Avslutte klient)",
    language="nb",
    steps=(
        "Kontroller at SAF-T per regnskapsår og bilags-PDFer for den oppbevaringspliktige perioden er eksportert.",
        "Meny > Innstillinger > System/Abonnement: avslutt alle aktive moduler.",
        "Meny > Innstillinger > Firmainnstillinger/Fakturamottak: kryss vekk «Motta fakturaer og purringer som EHF».",
        "Meny > Innstillinger > Fakturainnstillinger/Leveringsmåte: deaktiver eFaktura.",
        "Deaktiver alle bankkontoer.",
    ),
    steps_en=(
        "Check that SAF-T per accounting year and voucher PDFs of the period to be kept have been exported.",
        "Meny > Innstillinger > System/Abonnement: end every active module.",
        (
            "Meny > Innstillinger > Firmainnstillinger/Fakturamottak: untick «Motta fakturaer og purringer som EHF» "
            "(receive invoices as EHF); the company leaves ELMA."
        ),
        "Meny > Innstillinger > Fakturainnstillinger/Leveringsmåte: deactivate eFaktura.",
        "Deactivate all bank accounts.",
    ),
    warnings=(
        "Only if the client leaves Go altogether; only its subscription administrator sees Abonnement.",
        "The subscription runs to the end of the month. Go keeps the books for 12 months, then deletes them.",
        "The subscription administrator is warned 2 months, 1 month and 1 week before.",
    ),
    bring=(Bring(key="ended_on", kind=BringKind.DATE, label="when the modules were ended"),),
    source=sources.CLIENT_STOPS,
    as_of=sources.AS_OF,
)
