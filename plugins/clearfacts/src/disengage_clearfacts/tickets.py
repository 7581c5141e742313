"""The words of a ticket to the vendor's support, and of a reminder: what support needs, and nothing more. Pure.

The help page wants support to be asked before every migration; this is that asking. The same request gives the same
Message-ID, so that a ticket that arrived twice would be recognised as one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from disengage import Request
from disengage.domain.request import RequestKind

from disengage_clearfacts.settings import ClearFactsOptions, History, one_line

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Asking:
    """What is asked, for whom, and by whom.

    Attributes:
        request: The whole request.
        options: This connection's choices.
        connection: The connection's name.
        firm: The firm that asks.
        number: The client's enterprise number.
        domain: The domain of the firm's address, for message ids.
    """

    request: Request
    options: ClearFactsOptions
    connection: str
    firm: str
    number: str
    domain: str

    @property
    def takes_over(self) -> bool:
        """Whether the firm that asks is the one that takes over."""
        return self.request.kind is RequestKind.TAKEOVER

    @property
    def migrates(self) -> bool:
        """Whether all history is to migrate."""
        return self.options.history is History.MIGRATE

    @property
    def can_be_asked(self) -> bool:
        """Whether everything was chosen that a ticket has to say; the blockers see to it before."""
        return self.options.history is not None and bool(self.options.cost_accepted_by or not self.migrates)

    @property
    def kind(self) -> str:
        """Kind of request and scenario in one word, such as ``ending-migrate``."""
        return f"{self.request.kind}-{self.options.history}"

    @property
    def other_firm(self) -> str:
        """The firm on the other side, or an empty text."""
        successor = self.request.ending.successor
        return self.options.previous_firm if self.takes_over else successor.firm if successor else ""

    @property
    def last_day(self) -> date:
        """The last day on which the firm that lets go answers for the client."""
        return self.request.ending.ends_on

    def message_id(self, number: int = 0) -> str:
        """Return the id of the ticket, or of reminder ``number``: the same whenever it is asked for."""
        named = (self.request.digest, self.connection, self.number, self.kind, str(number))
        digest = hashlib.sha256("\n".join(named).encode()).hexdigest()
        return f"<{digest}@{self.domain}>"


@dataclass(frozen=True)
class Letter:
    """One mail without its addresses.

    Attributes:
        message_id: Its own id.
        subject: Its subject, plain ASCII.
        body: Its text.
        answers: The id of the mail that it follows up, or empty.
    """

    message_id: str
    subject: str
    body: str
    answers: str = ""

    @property
    def words(self) -> str:
        """Everything that was said, as it is kept for evidence."""
        return f"Message-ID: {self.message_id}\nSubject: {self.subject}\n\n{self.body}"


def ticket(asking: Asking) -> Letter:
    """Return the ticket: Dutch, the language of the vendor's page, with English below."""
    dutch, english = _DUTCH, _ENGLISH
    parts = (_facts(asking, dutch), dutch[f"ask {asking.kind}"], dutch["answer"], dutch["greeting"], asking.firm)
    same = (_facts(asking, english), english[f"ask {asking.kind}"], english["answer"])
    body = "\n\n".join((dutch["opening"], *parts, english["opening"], *same)) + "\n"
    return Letter(asking.message_id(), _subject(asking), body)


def reminder(asking: Asking, receipt: str, number: int) -> Letter:
    """Return reminder ``number`` of the ticket whose id is ``receipt`` (or would be, where it was not kept)."""
    first = receipt or asking.message_id()
    body = "\n\n".join(_DUTCH[part] for part in ("opening", "reminder")) + f"\n\n{asking.firm}\n\n"
    body += _ENGLISH["reminder"] + "\n"
    return Letter(asking.message_id(number), f"Herinnering {number}: {_subject(asking)}", body, answers=first)


def scenario_words(asking: Asking) -> dict[str, str]:
    """Return the scenario in both languages, for instructions; nothing where none was chosen."""
    chosen = str(asking.options.history)
    return {"scenario_nl": _DUTCH[chosen], "scenario": _ENGLISH[chosen]} if asking.options.history else {}


def _subject(asking: Asking) -> str:
    return f"{_SUBJECTS[asking.kind]} - ondernemingsnummer {asking.number}"


def _facts(asking: Asking, words: dict[str, str]) -> str:
    """Return the table of facts; what is not known is left out."""
    mine, other = ("new", "old") if asking.takes_over else ("old", "new")
    firms = {mine: asking.firm, other: asking.other_firm}
    lines = [
        (words["dossier"], asking.request.client.name),
        (words["number"], asking.number),
        (words["old"], firms["old"]),
        (words["new"], firms["new"]),
        (words["scenario"], words[str(asking.options.history)]),
        (words["cost"], asking.options.cost_accepted_by if asking.migrates else ""),
        (words["from"], f"{asking.last_day + _DAY} ({words['until']} {asking.last_day})"),
    ]
    return "\n".join(f"{label}: {one_line(value)}" for label, value in lines if value)


_SUBJECTS = {
    "ending-migrate": "Dossiermigratie: migratie met historiek naar de nieuwe accountant",
    "ending-afresh": "Dossiermigratie: verwijdering bij de vorige accountant",
    "takeover-migrate": "Overname van een dossier: migratie met historiek naar onze omgeving",
    "takeover-afresh": "Overname van een dossier: nieuwe start na verwijdering bij de vorige accountant",
}

_DUTCH = {
    "opening": "Beste supportteam,",
    "dossier": "Dossier",
    "number": "Ondernemingsnummer",
    "old": "Vorige accountant",
    "new": "Nieuwe accountant",
    "scenario": "Scenario",
    "migrate": "1 - migratie met behoud van alle data uit het verleden (betalende dienst)",
    "afresh": "2 - export naar een zip-bestand, verwijdering, nieuwe start (gratis)",
    "cost": "Kosten aanvaard door",
    "from": "Uit te voeren vanaf",
    "until": "de vorige accountant blijft verantwoordelijk tot en met",
    "ask ending-migrate": (
        "Wij vragen de migratie van dit dossier naar de omgeving van de nieuwe accountant. Het dossier wordt op dat "
        "moment gearchiveerd en blijft in het klantenportaal ter beschikking via het actieve dossier."
    ),
    "ask ending-afresh": (
        "Wij hebben de klant een download van alle pdf's in een zip-bestand bezorgd. Wij vragen dit dossier in onze "
        "omgeving te verwijderen, zodat het daarna bij de nieuwe accountant geactiveerd kan worden."
    ),
    "ask takeover-migrate": (
        "Wij nemen dit dossier over en vragen de migratie van de vorige accountant naar onze omgeving. Het "
        "gearchiveerde dossier willen wij raadplegen via het actieve dossier van de klant."
    ),
    "ask takeover-afresh": (
        "Wij nemen dit dossier over; de klant start bij ons van een leeg blad. Wij activeren het dossier pas nadat "
        "het bij de vorige accountant verwijderd is. Wij vragen die verwijdering niet zelf."
    ),
    "answer": (
        "Wilt u bevestigen dat u dit ontvangen hebt, ons zeggen welke stappen er nog nodig zijn, en ons verwittigen "
        "zodra het is uitgevoerd en het ondernemingsnummer weer vrij is?"
    ),
    "greeting": "Met vriendelijke groeten,",
    "reminder": (
        "Op onze vraag hieronder (zie het eerdere bericht in dit gesprek) zien wij nog geen gevolg in het portaal. "
        "Wilt u ons laten weten hoever het staat? Is zij al uitgevoerd, dan volstaat een korte bevestiging; dit is "
        "geen nieuwe vraag."
    ),
}

_ENGLISH = {
    "opening": "--- In English ---",
    "dossier": "Dossier",
    "number": "Enterprise number",
    "old": "Previous accountant",
    "new": "New accountant",
    "scenario": "Scenario",
    "migrate": "1 - migration that keeps all data of the past (a paid service)",
    "afresh": "2 - export to a zip file, deletion, a fresh start (free)",
    "cost": "Cost accepted by",
    "from": "To be carried out from",
    "until": "the previous accountant answers for the client until",
    "ask ending-migrate": (
        "We ask for the migration of this dossier to the new accountant's environment. The dossier is archived at "
        "that moment and stays available in the customer portal through the active dossier."
    ),
    "ask ending-afresh": (
        "We have given the client a download of all PDFs in a zip file. We ask you to delete this dossier in our "
        "environment, so that it can then be activated at the new accountant's."
    ),
    "ask takeover-migrate": (
        "We take this dossier over and ask for its migration from the previous accountant to our environment. We "
        "want to consult the archived dossier through the client's active dossier."
    ),
    "ask takeover-afresh": (
        "We take this dossier over; the client starts afresh with us. We activate the dossier only after it was "
        "deleted at the previous accountant's. We do not ask for that deletion ourselves."
    ),
    "answer": (
        "Please confirm that you received this, tell us which steps are still needed, and let us know once it is "
        "done and the enterprise number is free again."
    ),
    "reminder": (
        "In English: we see no result in the portal yet of what we asked in the earlier message of this thread. "
        "Please let us know where it stands. If it is done already, a short confirmation is enough; this is not a "
        "new request."
    ),
}
