"""What a person does in Spiris before a collaboration ends: the clicks, in Swedish and English.

The English clicks are those of the vendor's help pages. Of the Swedish ones only the products' names (Byråstöd, Spiris
Lön, Skatt & Bokslut) were found there; everything else is our translation of the English page, and a warning says so.
"""

from __future__ import annotations

from disengage import Bring, BringKind, Instructions, Provenance, Verb

from disengage_spiris import sources

TRANSLATED = (
    "The Swedish words are a translation of the vendor's English page; labels on the screen may read differently."
)
YES_NO = ("yes", "no")


def yes(key: str, label: str) -> Bring:
    """Return a question that has to be answered with yes."""
    return Bring(key=key, kind=BringKind.CHOICE, choices=YES_NO, label=label)


RETAIN_BOOKS = Instructions(
    verb=Verb.RETAIN_HISTORY,
    title="Export the customer's books from Spiris Bookkeeping & Invoicing",
    language="sv",
    steps=(
        "Öppna {client} i Spiris Bokföring & Fakturering.",
        "Exportera en SIE 4-fil per räkenskapsår för perioden {period_from} till {period_to}.",
        "Ladda ner verifikationernas underlag och momsrapporterna.",
        "Lägg allt i en ZIP-fil.",
    ),
    steps_en=(
        "Open {client} in Spiris Bookkeeping & Invoicing.",
        "Export one SIE 4 file per fiscal year of the period {period_from} to {period_to}.",
        "Download the vouchers' documents and the VAT reports.",
        "Put everything into one ZIP file.",
    ),
    warnings=(
        "Do this before the collaboration ends: afterwards the firm has no access.",
        "No help page for these clicks was found; they are what the interface does otherwise.",
        TRANSLATED,
    ),
    bring=(Bring(key="copy", kind=BringKind.FILE, label="the ZIP file"),),
    source=sources.EDITING,
    as_of=sources.AS_OF,
    provenance=Provenance.ASSUMED,
)

RETAIN_PAYROLL = Instructions(
    verb=Verb.RETAIN_HISTORY,
    part="payroll",
    title="Export the customer's payroll from Spiris Payroll",
    language="sv",
    steps=(
        "Öppna {client} i Spiris Lön.",
        "Ladda ner anställda, lönekörningar och lönebesked för perioden {period_from} till {period_to}.",
        "Lägg allt i en ZIP-fil.",
    ),
    steps_en=(
        "Open {client} in Spiris Payroll.",
        "Download employees, wage runs and payslips of the period {period_from} to {period_to}.",
        "Put everything into one ZIP file.",
    ),
    warnings=(
        "No help page for these clicks was found; they are what the interface does otherwise.",
        TRANSLATED,
    ),
    bring=(Bring(key="copy", kind=BringKind.FILE, label="the ZIP file"),),
    source=sources.EDITING,
    as_of=sources.AS_OF,
    provenance=Provenance.ASSUMED,
)

BACKUP = Instructions(
    verb=Verb.RETAIN_HISTORY,
    part="backup",
    title="Synchronise the customer's payroll, and hand over its backup file",
    language="sv",
    steps=(
        "Kontrollera att kunden är tillagd som användare i Lön.",
        "Synkronisera uppgifterna i Lön.",
        "Skapa säkerhetskopian och lämna över den till {client}.",
        "Behåll samma fil som byråns egen kopia.",
    ),
    steps_en=(
        "See that the customer has been added as a user in Payroll.",
        "Synchronise the data in Payroll.",
        "Make the backup file and hand it over to {client}.",
        "Keep the same file as the firm's own copy.",
    ),
    warnings=(
        "All of this comes before the end: afterwards the firm has no access to the solution.",
        "If the customer goes on with payroll, it does so in its own Payroll or in a new collaboration.",
        (
            "The help page speaks of a backup file, which points at the desktop program with digital add-ons; where "
            "there is no backup file, bring what can be exported (inferred, the page does not say)."
        ),
        TRANSLATED,
    ),
    bring=(
        Bring(key="backup", kind=BringKind.FILE, label="the backup file"),
        yes("synchronised", "the data was synchronised in Payroll"),
        yes("handed_over", "the customer has the backup file"),
    ),
    source=sources.ENDING,
    as_of=sources.AS_OF,
)

REPORTS = Instructions(
    verb=Verb.RETAIN_HISTORY,
    part="reports",
    title="See that every travel and expense report is submitted, and keep them as PDF",
    language="sv",
    steps=(
        "Kontrollera i Resor & Utlägg att alla rapporter är inskickade.",
        "Kontrollera att alla användare har skickat in sina utlägg.",
        "Välj Rapporter > Inskickade och exportera dem som PDF för perioden {period_from} till {period_to}.",
        "Är det mer än en PDF: lägg dem i en ZIP-fil.",
    ),
    steps_en=(
        "In Travel & Expenses, check that all reports are submitted.",
        "Check that all users have submitted their outlays.",
        "Choose Reports > Submitted and export them as PDF for the period {period_from} to {period_to}.",
        "If there is more than one PDF, put them into one ZIP file.",
    ),
    warnings=(
        "If Travel & Expenses is cancelled, all data in it is deleted; these PDFs are then all there is.",
        "For several years, ask the vendor's support (an older help page).",
        TRANSLATED,
    ),
    bring=(
        Bring(key="reports", kind=BringKind.FILE, label="the PDF, or a ZIP file of the PDFs"),
        yes("reports_submitted", "all reports are submitted"),
        yes("outlays_submitted", "all users have submitted their outlays"),
    ),
    source=sources.ENDING,
    as_of=sources.AS_OF,
)

EXPORT = Instructions(
    verb=Verb.RETAIN_HISTORY,
    part="export",
    title="Export what the customer has in this solution of Spiris",
    language="sv",
    steps=(
        "Öppna {solution} för {client}.",
        "Exportera allt som kan exporteras för perioden {period_from} till {period_to}.",
        "Lägg allt i en ZIP-fil.",
    ),
    steps_en=(
        "Open {solution} of {client}.",
        "Export everything that can be exported for the period {period_from} to {period_to}.",
        "Put everything into one ZIP file.",
    ),
    warnings=(
        "The help page says of a solution that it does not name that all information in it is deleted: take this one.",
        "No help page for these clicks was found.",
        TRANSLATED,
    ),
    bring=(Bring(key="copy", kind=BringKind.FILE, label="the ZIP file"),),
    source=sources.ENDING,
    as_of=sources.AS_OF,
    provenance=Provenance.ASSUMED,
)

MAIN_CONTACT = Instructions(
    verb=Verb.TRANSFER_ADMIN,
    title="Make the customer's own person the main contact in Spiris",
    language="sv",
    steps=(
        "Gå till Spiris, byt till kundens företag {client} och välj Hantera användare.",
        "Finns {administrator} inte i listan: skapa först en ny användare ({administrator_email}).",
        "Klicka på pennan vid användaren och välj Administratör.",
        "Välj till sist användaren som Huvudkontakt.",
    ),
    steps_en=(
        "Go to Spiris, switch to the customer's company {client} and select Manage users.",
        "If {administrator} is not in the list over users, first create a new user ({administrator_email}).",
        "Change the user's role by selecting the pencil symbol followed by selecting Administrator.",
        "Finally, select this user as Main contact.",
    ),
    warnings=(
        "Without a main contact no collaboration can be ended: Spiris answers that the main contact is missing.",
        "Only an Administrator sees Manage users.",
        (
            "If the administrator has left the company, an authorised signatory orders the change on a digitally "
            "signed form (the vendor's support; an older help page)."
        ),
        TRANSLATED,
    ),
    bring=(yes("main_contact_set", "the customer's own person is the main contact"),),
    source=sources.ENDING,
    as_of=sources.AS_OF,
)

PAYROLL_USER = Instructions(
    verb=Verb.TRANSFER_ADMIN,
    part="payroll_user",
    title="Add the customer as a user in Payroll",
    language="sv",
    steps=(
        "Öppna Lön för {client}.",
        "Lägg till kunden ({administrator}, {administrator_email}) som ny användare i Lön.",
    ),
    steps_en=(
        "Open Payroll of {client}.",
        "Add the customer ({administrator}, {administrator_email}) as a new user in Payroll.",
    ),
    warnings=(
        "This comes before the backup file is handed over.",
        (
            "With 'Accountant access' only the firm can open the payroll: ending it without this step leaves nobody "
            "who can (inferred from how that access works)."
        ),
        TRANSLATED,
    ),
    bring=(yes("user_added", "the customer is a user in Payroll"),),
    source=sources.ENDING,
    as_of=sources.AS_OF,
)

LOCK = Instructions(
    verb=Verb.ARCHIVE,
    part="period_lock",
    title="Lock the books of the period that is handed over",
    language="sv",
    steps=(
        "Öppna {client} i Spiris Bokföring & Fakturering och gå till företagsinställningarna.",
        "Lås bokföringen till och med {lock_day}.",
    ),
    steps_en=(
        "Open {client} in Spiris Bookkeeping & Invoicing and go to the company settings.",
        "Lock the books up to and including {lock_day}.",
    ),
    warnings=("No help page for these clicks was found.", TRANSLATED),
    bring=(Bring(key="locked_on", kind=BringKind.DATE, required=False, label="when it was locked"),),
    source=sources.BOOKKEEPING,
    as_of=sources.AS_OF,
    provenance=Provenance.ASSUMED,
)
