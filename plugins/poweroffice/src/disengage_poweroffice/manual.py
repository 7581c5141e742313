"""What a person has to do in PowerOffice Go: the clicks in Go's own words, with English beside them."""

from __future__ import annotations

from disengage import Bring, BringKind, Instructions, Verb

from disengage_poweroffice import sources

# From the page of the extras, sources.EXTRAS.
_EXTRAS_NEED = (
    "Extras can be ticked in Arkiv as well, under 'alternativer', as long as the client is not deleted in Go. "
    "Ticking SAF-T makes Go check that every used account is tied to a standard SAF-T account; "
    "ticking any extra needs the right to the archive and at least read access to Dokumentsenteret."
)

TRANSFER_ADMIN = Instructions(
    verb=Verb.TRANSFER_ADMIN,
    title="Give the client's own person the Administrator role in PowerOffice Go",
    language="nb",
    steps=(
        "Åpne klienten {client} og velg Meny > Brukere.",
        "Finnes {administrator} i listen: klikk på navnet og endre til rollen Administrator.",
        (
            "Ellers: velg Inviter brukere, legg inn {administrator_email}, fornavn, etternavn og rollen Administrator, "
            "og trykk Send invitasjon."
        ),
    ),
    steps_en=(
        "Open the client {client} and choose Meny > Brukere.",
        "If {administrator} is in the list: click the name and change the role to Administrator.",
        (
            "Otherwise: choose Inviter brukere, enter {administrator_email}, first name, last name and the role "
            "Administrator, and press Send invitasjon."
        ),
    ),
    warnings=("An invited person becomes a user only after following the link in the e-mail.",),
    bring=(Bring(key="done_on", kind=BringKind.DATE, required=False, label="when the role was given"),),
    source=sources.USERS,
    as_of=sources.AS_OF,
)

SUBSCRIPTION_NOW = Instructions(
    verb=Verb.TRANSFER_ADMIN,
    part="subscription",
    title="Hand the subscription administrator of the client to the client's own person",
    language="nb",
    steps=(
        "Logg inn på klienten {client} som abonnementsadministrator (bare den har tilgang til Abonnement).",
        "Velg Meny > Innstillinger > System > Abonnement.",
        "Velg {administrator} som abonnementsadministrator.",
        "Kontroller partnerkode, kontaktperson og hvem som er fakturamottaker: klienten, ikke partner.",
    ),
    steps_en=(
        "Log in to the client {client} as its subscription administrator (nobody else sees Abonnement).",
        "Choose Meny > Innstillinger > System > Abonnement.",
        "Choose {administrator} as subscription administrator (abonnementsadministrator).",
        "Check partner code, contact person and who receives the invoice: the client, not the firm.",
    ),
    warnings=(
        "The change takes effect at once, whatever dates were set.",
        (
            "If a user of the firm is still subscription administrator when the relationship is ended, the dialog "
            "«Avslutt kundeforhold» offers the same change; the new one becomes Administrator and is notified."
        ),
        (
            "The subscription administrator receives Go's notices of closing, dunning and deletion, and cannot be "
            "deactivated before a replacement is set."
        ),
        "If the client's own person is subscription administrator already, nothing is to be changed: say so.",
    ),
    bring=(Bring(key="done_on", kind=BringKind.DATE, label="when it was changed, or seen to be right"),),
    source=sources.SUBSCRIPTION,
    as_of=sources.AS_OF,
)

SUBSCRIPTION_LATER = Instructions(
    verb=Verb.TRANSFER_ADMIN,
    part="subscription",
    title="Replace the firm's subscription administrator from the archive",
    language="nb",
    steps=(
        "Åpne Klient Admin og velg fanen Arkiv.",
        "Trykk på navnet til {client}; dialogen fra «Avslutt kundeforhold» åpnes.",
        "Velg {administrator} som ny abonnementsadministrator og trykk OK.",
    ),
    steps_en=(
        "Open Klient Admin and choose the tab Arkiv.",
        "Press the name of {client}; the dialog of «Avslutt kundeforhold» opens.",
        "Choose {administrator} as the new subscription administrator (abonnementsadministrator) and press OK.",
    ),
    warnings=(
        (
            "Possible until the generation date, {generation_date}. After it the firm's user stays active on the "
            "client until he is replaced."
        ),
        "The change takes effect at once; the new one becomes Administrator and is notified.",
        "The archive needs its own right: 'Administrere Arkiv' under Klientadministrasjon.",
        "Leave the generation date alone: changing it changes the last day of the firm's users as well.",
    ),
    bring=(Bring(key="done_on", kind=BringKind.DATE, label="when it was changed"),),
    source=sources.SEVERING,
    as_of=sources.AS_OF,
)

REMOVE_EXTENSIONS = Instructions(
    verb=Verb.REMOVE_EXTENSIONS,
    title="Remove the firm's own extensions and settings from the client",
    language="nb",
    steps=(
        "Åpne klienten {client} og velg Meny > Innstillinger > Utvidelser.",
        "Fjern utvidelser som er i partners eie.",
        "Ta også bort andre innstillinger på klienten som er i partners eie.",
        "La utvidelsen som disengage selv arbeider gjennom stå: den fjernes til slutt.",
    ),
    steps_en=(
        "Open the client {client} and choose Meny > Innstillinger > Utvidelser.",
        "Remove the extensions that the firm owns.",
        "Take away other settings on the client that belong to the firm, too.",
        "Leave the extension through which disengage itself works: it goes last.",
    ),
    warnings=(
        "Go removes none of them when the relationship ends.",
        "The role Administrator, or the privilege for settings of the organisation, is needed.",
    ),
    bring=(
        Bring(key="seen_on", kind=BringKind.DATE, label="the day you saw that nothing of the firm's is left there"),
        Bring(key="removed", kind=BringKind.TEXT, required=False, label="what was removed"),
    ),
    source=sources.SEVERING,
    as_of=sources.AS_OF,
)

REMOVE_INTEGRATION = Instructions(
    verb=Verb.REMOVE_EXTENSIONS,
    part="integration",
    title="Remove the extension through which disengage works",
    language="nb",
    steps=(
        "Åpne klienten {client} og velg Meny > Innstillinger > Utvidelser.",
        "Fjern utvidelsen som disengage arbeider gjennom.",
    ),
    steps_en=(
        "Open the client {client} and choose Meny > Innstillinger > Utvidelser.",
        "Remove the extension through which disengage works.",
    ),
    warnings=(
        "Only after the firm's copy is complete: without it there is no way back to the client's books.",
        "If nobody of the firm has access any more, ask the client's administrator.",
    ),
    bring=(Bring(key="done_on", kind=BringKind.DATE, required=False, label="when it was removed"),),
    source=sources.EXTENSIONS,
    as_of=sources.AS_OF,
)

END_ACCESS = Instructions(
    verb=Verb.END_ACCESS,
    title="Set the last day of the firm's users on the client",
    language="nb",
    steps=(
        "Åpne klienten {client} og velg Meny > Brukere.",
        "Klikk på hver av partnerens brukere og sett aktivt datointervall til og med {generation_date}.",
    ),
    steps_en=(
        "Open the client {client} and choose Meny > Brukere.",
        "Click each user of the firm and set the active date range to end on {generation_date}, inclusive.",
    ),
    warnings=("Keep an earlier last day where one stands.",),
    bring=(Bring(key="done_on", kind=BringKind.DATE, required=False, label="when it was set"),),
    source=sources.USERS,
    as_of=sources.AS_OF,
)

OTHER_PARTNERS = Instructions(
    verb=Verb.END_ACCESS,
    part="other_partners",
    title="Take the last day off the users who keep access through another partner",
    language="nb",
    steps=(
        "Åpne klienten {client} og velg Meny > Brukere.",
        "Klikk på hver av disse brukerne: {other_partners}.",
        "Ta bort datoen for deaktivering, slik at brukeren fortsatt har tilgang gjennom ny partner.",
    ),
    steps_en=(
        "Open the client {client} and choose Meny > Brukere.",
        "Click each of these users: {other_partners}.",
        "Take the deactivation date away, so that the user keeps access through the new partner.",
    ),
    warnings=(
        "Ending the relationship gave every user of the firm the generation date, {generation_date}, as last day.",
        "Whoever edits the generation date in Arkiv sets the users' last day again.",
        "If nobody of the firm may change users any more, ask the client's administrator.",
    ),
    bring=(Bring(key="done_on", kind=BringKind.DATE, label="when the last day was taken off"),),
    source=sources.SEVERING,
    as_of=sources.AS_OF,
)

SEVER_LINK = Instructions(
    verb=Verb.SEVER_LINK,
    title="End the client relationship in Klient Admin (Avslutt kundeforhold)",
    language="nb",
    steps=(
        "Åpne Klient Admin, marker klienten {client} og trykk «Avslutt kundeforhold».",
        "Regnskapsperiode fra: {period_from}.",
        "Regnskapsperiode til: {period_to}.",
        "Dato for generering av pliktig regnskapsdata: {generation_date}.",
        "Tillegg som skal hukes av: {extras}.",
        "Abonnementsadministrator: {subscription}.",
        "Trykk OK, og kontroller at klienten står i fanen Arkiv og venter på generering.",
    ),
    steps_en=(
        "Open Klient Admin, mark the client {client} and press «Avslutt kundeforhold».",
        "Accounting period from: {period_from}.",
        "Accounting period to: {period_to}.",
        "Date on which the obligated accounting data is generated: {generation_date}.",
        "Extras to tick: {extras_en}.",
        "Subscription administrator: {subscription_en}.",
        "Press OK, and check that the client is in the tab Arkiv, waiting for the generation.",
    ),
    warnings=(
        "The partner code is removed and the client goes to Arkiv at once.",
        "The generation date is also the last day of the firm's users; it must be in the future.",
        "A user who keeps access through another partner: remove the last day on the client by hand afterwards.",
        "The period and the date can be edited in Arkiv until that date; editing it moves the users' last day as well.",
        _EXTRAS_NEED,
    ),
    bring=(Bring(key="seen_on", kind=BringKind.DATE, label="the day the client was seen in Arkiv"),),
    source=sources.SEVERING,
    as_of=sources.AS_OF,
)

INVITE_BACK = Instructions(
    verb=Verb.INVITE_BACK,
    title="Have the client enter the firm's partner code again",
    language="nb",
    steps=(
        "Oppgi partnerkoden deres til abonnementsadministratoren på klienten {client}.",
        "Abonnementsadministratoren velger Meny > Innstillinger > System > Abonnement og legger inn koden ved Partner.",
        "Kontroller at klienten igjen står i listen i Klient Admin.",
    ),
    steps_en=(
        "Tell your partner code to the subscription administrator of the client {client}.",
        "The subscription administrator chooses Meny > Innstillinger > System > Abonnement and enters it at Partner.",
        "Check that the client is in the list of Klient Admin again.",
    ),
    warnings=(
        "Only the client's subscription administrator sees Abonnement.",
        "The page tells this of activating a subscription; that it is the same for one that runs is inferred.",
    ),
    bring=(Bring(key="seen_on", kind=BringKind.DATE, label="the day the client was seen in the list again"),),
    source=sources.SUBSCRIPTION,
    as_of=sources.AS_OF,
)
