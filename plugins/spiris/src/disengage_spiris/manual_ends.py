"""What a person does in Spiris to end collaborations, and afterwards: the clicks, in Swedish and English.

For the Swedish words, see ``manual``.
"""

from __future__ import annotations

from disengage import Bring, BringKind, Instructions, Provenance, Verb

from disengage_spiris import sources
from disengage_spiris.manual import TRANSLATED
from disengage_spiris.settings import Choice

#: What the choice is called, in Swedish and in English.
CHOICES = {
    Choice.CONTINUE: ("kunden fortsätter på egen hand", "the customer continues on its own"),
    Choice.CANCEL: ("avsluta och säg upp", "end and cancel"),
}

_RIGHTS = (
    "This needs full user rights in Practice management and the role Administrator in Spiris; everybody else may only "
    "look, or change the task."
)

SEVER = Instructions(
    verb=Verb.SEVER_LINK,
    title="End the collaboration for one solution in Spiris",
    language="sv",
    steps=(
        "Gå i Byråstöd till Inställningar > Samarbeten.",
        "Sök upp {client} ({reference}) och expandera kunden.",
        "Välj samarbetet för {solution}, och bara det.",
        "Välj Avsluta samarbete längst ner till vänster.",
        "Välj när det ska avslutas: omedelbart, eller {end_day} om du gör detta i förväg.",
        "Välj vad som händer sedan: {choice}.",
        "Spara.",
    ),
    steps_en=(
        "In Practice management, go to Settings > Collaborations.",
        "Find {client} ({reference}) and expand the customer.",
        "Select the collaboration for {solution}, and no other.",
        "Select End collaboration, at the lower left.",
        "Choose when it ends: immediately, or on {end_day} if you do this ahead.",
        "Choose what happens then: {choice_en}.",
        "Save.",
    ),
    warnings=(
        "{effect}",
        "Other collaborations are not affected; each solution is ended by a task of its own.",
        "If a date was chosen, come back when it has passed: until then the collaboration stands.",
        (
            "If Spiris says that the main contact is missing: Spiris > switch to the customer's company > Manage users "
            "> create the user if absent > the pencil > Administrator > Main contact."
        ),
        _RIGHTS,
        "The customer can do the same: My Spiris > Collaborations > pencil > End collaboration.",
        TRANSLATED,
    ),
    bring=(
        Bring(
            key="choice",
            kind=BringKind.CHOICE,
            choices=tuple(map(str, Choice)),
            label="what was chosen: the customer continues, or end and cancel",
        ),
        Bring(key="ended_on", kind=BringKind.DATE, label="the day on which the collaboration ended"),
    ),
    source=sources.EDITING,
    as_of=sources.AS_OF,
)

KYC = Instructions(
    verb=Verb.ARCHIVE,
    part="kyc",
    title="Deactivate a running KYC for the customer in Practice management",
    language="sv",
    steps=(
        "Gå i Byråstöd till Kunder och öppna {client}.",
        "Välj fliken KYC.",
        "Pågår en KYC: välj Inaktivera KYC för kunden.",
    ),
    steps_en=(
        "In Practice management, go to Customers and open {client}.",
        "Select the KYC tab.",
        "If a KYC is running, select Deactivate KYC for the customer.",
    ),
    warnings=("A running KYC blocks the customer's deactivation and deletion.", TRANSLATED),
    bring=(
        Bring(
            key="kyc",
            kind=BringKind.CHOICE,
            choices=("deactivated", "none_running"),
            label="whether a KYC was deactivated, or none was running",
        ),
    ),
    source=sources.DEACTIVATING,
    as_of=sources.AS_OF,
)

DEACTIVATE = Instructions(
    verb=Verb.ARCHIVE,
    title="Deactivate the customer in Practice management",
    language="sv",
    steps=(
        "Gå i Byråstöd till Kunder och öppna {client}.",
        "Klicka på knappen Aktiv och följ guiden för inaktivering.",
        (
            "Kontrollera i guiden: ofakturerad tid och utlägg, aktiv prissättning, kommande fastprisfakturor, "
            "planerad tid och koncernstruktur."
        ),
    ),
    steps_en=(
        "In Practice management, go to Customers and open {client}.",
        "Click the Active button and follow the deactivation wizard.",
        (
            "Look at what the wizard shows: unbilled time and outlays, active pricing, future fixed-price invoices "
            "(they are still billed), planned hours, and the group structure."
        ),
    ),
    warnings=(
        "Deactivating the customer ends no collaboration: those come before.",
        "Do not delete the customer; inactive customers stay in the reports.",
        TRANSLATED,
    ),
    bring=(Bring(key="deactivated_on", kind=BringKind.DATE, label="the day it was deactivated"),),
    source=sources.DEACTIVATING,
    as_of=sources.AS_OF,
)

REMOVE_APP = Instructions(
    verb=Verb.REMOVE_EXTENSIONS,
    title="Take the access of our app away in Spiris",
    language="sv",
    steps=(
        "Be den som gav appen åtkomst att öppna sin användarprofil i Spiris.",
        "Ta bort appens åtkomst till {client}.",
    ),
    steps_en=(
        "Ask whoever gave the app access to open the user profile in Spiris.",
        "Remove the app's access to {client}.",
    ),
    warnings=("Other vendors' apps are the customer's own and stay.", TRANSLATED),
    bring=(Bring(key="removed_on", kind=BringKind.DATE, required=False, label="when it was removed"),),
    source=sources.REMOVING_APPS,
    as_of=sources.AS_OF,
)

REVOKE_TOKEN = REMOVE_APP.model_copy(
    update={"part": "token", "title": "End the access that our app was granted in Spiris"}
)

INVITE_BACK = Instructions(
    verb=Verb.INVITE_BACK,
    title="Start a new collaboration for the solution in Spiris",
    language="sv",
    steps=(
        "Gå i Byråstöd till Inställningar > Samarbeten och välj {client}.",
        "Starta ett nytt samarbete för {solution} och bjud in kunden.",
    ),
    steps_en=(
        "In Practice management, go to Settings > Collaborations and select {client}.",
        "Start a new collaboration for {solution} and invite the customer.",
    ),
    warnings=(
        "What was deleted when the collaboration ended does not come back.",
        "Only the first click is taken from a page of the vendor.",
        TRANSLATED,
    ),
    bring=(Bring(key="invited_on", kind=BringKind.DATE, label="the day of the invitation"),),
    source=sources.EDITING,
    as_of=sources.AS_OF,
    provenance=Provenance.ASSUMED,
)
