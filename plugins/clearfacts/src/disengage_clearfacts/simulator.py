"""A ClearFacts on loopback: the GraphQL endpoint, and the mailbox of the vendor's support.

As documented: the queries with their fields and arguments, the token in ``Authorization``, at most one hundred
customers per call, a dossier that disappears once support has acted, a number that exists only once.
As observed: errors with HTTP 200, introspection off, bare enterprise numbers.

INFERRED: 401 for a wrong token, 403 for a missing scope, ``null`` for a number that is not there (it can be told to
answer an error), the words of every error, that the SMTP server answers as written in ``simulator_mail``, and that
support frees the number when it acts on a ticket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from disengage.testing import Call, Fault, Reply, Simulator, control, route

from disengage_clearfacts import fiction
from disengage_clearfacts import simulator_schema as schema
from disengage_clearfacts.fiction import SimulatedDossier
from disengage_clearfacts.simulator_mail import Mail, Mailbox

_TOKEN = "simulated-clearfacts-token-0123456789-0123456789-0123456789-0123456789-012345678"  # noqa: S105 -- opens nothing
_USER, _PASSWORD = "dossiers@fjord.example", "simulated mail/pass@word"
_SUPPORT = "support@portaal.example"
_CONFIGURATION = """\
connector = "clearfacts"
base_url = "{url}/graphql"
token = {{ env = "CLEARFACTS_TOKEN" }}
support_email = "{support}"
from_email = "{sender}"
smtp_url = {{ env = "CLEARFACTS_SMTP_URL" }}
"""

_CUSTOMERS_PER_PAGE = 100
_NUMBER = re.compile(r"\b[01]\d{9}\b")


class ClearFactsSimulator(Simulator):
    """A firm with as many dossiers as asked for, and one of its own; the first is that of Nordlys Kafé AS.

    Args:
        clients: How many.
        faults: As for every simulator.
        seed: As for every simulator.

    Attributes:
        dossiers: What the portal shows to the firm's token, by number.
        archived: What support archived when it migrated it.
        taken: Numbers that are taken by another firm.
        mails: What support received, oldest first.
        page_size: The most dossiers that one answer holds, whatever was asked for.
        customers: How many customers each dossier has.
    """

    name: ClassVar[str] = "clearfacts"
    planted = (_PASSWORD, _USER, _SUPPORT, fiction.ASSOCIATE["firstName"], fiction.ASSOCIATE["lastName"])

    def __init__(self, *, clients: int = 1, faults: str = "", seed: int = 0) -> None:
        super().__init__(faults=faults, seed=seed)
        found = [*map(fiction.a_dossier, range(1, clients + 1)), SimulatedDossier(fiction.FIRM, fiction.FIRM_NUMBER)]
        self.dossiers = {dossier.number: dossier for dossier in found}
        self.archived: dict[str, SimulatedDossier] = {}
        self.taken: set[str] = set()
        self.mails: list[Mail] = []
        self.page_size, self.customers = 1000, 3
        self._scopes = set(schema.SCOPES.values())
        self._refusing, self._missing_is_an_error, self._acted_on = 0, False, 0
        self._mailbox = Mailbox(_USER, _PASSWORD, self._receive)

    # what `disengage simulate`, the demo and the tests ask

    def start(self, port: int = 0) -> str:
        """Serve both on loopback until ``stop``; return the root URL of the HTTP server."""
        url = super().start(port)
        self._mailbox.start()
        return url

    def stop(self) -> None:
        """Stop serving both. Calling it twice is nothing."""
        self._mailbox.stop()
        super().stop()

    def configuration(self, folder: Path) -> str:  # noqa: ARG002 -- nothing of ClearFacts lies in a folder
        """Return the TOML below ``[connections.NAME]``."""
        return _CONFIGURATION.format(url=self.url, support=_SUPPORT, sender=_USER)

    def environment(self) -> dict[str, str]:
        """Return the variables that hold the token and the mail server's URL."""
        login = f"{quote(_USER, safe='')}:{quote(_PASSWORD, safe='')}"
        return {"CLEARFACTS_TOKEN": _TOKEN, "CLEARFACTS_SMTP_URL": f"smtp://{login}@127.0.0.1:{self._mailbox.port}"}

    def example(self) -> dict[str, Any]:
        """Return what a request for the first client needs here: a migration, which needs one approval."""
        return {
            "references": fiction.number(1),
            "identifiers": {},
            "options": {"history": "migrate", "cost_accepted_by": "Ola Fjord"},
        }

    def client(self, n: int) -> dict[str, Any]:
        """Return what a request for client ``n`` needs here."""
        dossier = fiction.a_dossier(n)
        return {
            **self.example(),
            "name": dossier.name,
            "country": "BE",
            "identifiers": {"enterprise": dossier.number},
            "references": dossier.number,
        }

    def changing_calls(self) -> list[tuple[str, str]]:
        """Return every mail that was handed over: the queries change nothing."""
        return [("SMTP", effect) for effect in list(self.effects)]

    def play(self, verb: str, part: str, ref: str, scope: str | None) -> None:  # noqa: ARG002 -- there is no scope here
        """Do on the platform what a person does for a task."""
        if (verb, part) == ("activate", ""):
            self.activate(ref)
        elif verb == "sever_link":  # by telephone, or in the thread
            self.sever(ref)

    def files(self, verb: str, part: str) -> dict[str, tuple[str, bytes]]:
        """Return what a person brings for a task."""
        return {"pdfs": ("documents.zip", fiction.a_zip())} if (verb, part) == ("retain_history", "pdfs") else {}

    def values(self, verb: str, part: str) -> dict[str, str]:
        """Return what a person says for a task."""
        return {"count": str(len(fiction.DOCUMENTS))} if (verb, part) == ("retain_history", "pdfs") else {}

    # what people do

    @control
    def sever(self, ref: str) -> None:
        """Let support act at somebody else's request: the dossier is gone for the firm."""
        with self.lock:
            self.dossiers.pop(ref, None)

    @control
    def support_acts(self, ref: str) -> bool:
        """Let support do what the last ticket on a number asks; return whether there is one."""
        with self.lock:
            asked = [mail.subject for mail in self.mails if ref in mail.subject]
            if not asked:
                return False
            self.taken.discard(ref)
            found = self.dossiers.pop(ref, None)
            if found and "migratie met historiek" in asked[-1]:
                self.archived[ref] = found
            return True

    @control
    def support_acts_if_asked(self) -> bool:
        """Let support do what every ticket asks that it has not looked at yet; return whether there was any."""
        with self.lock:
            waiting, self._acted_on = self.mails[self._acted_on :], len(self.mails)
            numbers = [number for mail in waiting for number in _NUMBER.findall(mail.subject)]
            done = [self.support_acts(number) for number in dict.fromkeys(numbers)]
            return any(done)

    @control
    def others_act(self) -> bool:
        """Let whoever was asked for something do it, which here is support alone."""
        return self.support_acts_if_asked()

    @control
    def activate(self, ref: str, name: str = "Voorbeeldklant BV") -> bool:
        """Activate a dossier at the firm; refused while the number is taken by another."""
        with self.lock:
            if ref in self.taken or ref in self.dossiers:
                return False
            self.dossiers[ref] = SimulatedDossier(name, ref)
            return True

    @control
    def move_elsewhere(self, ref: str) -> None:
        """Let a dossier be another firm's, so that this firm does not see it."""
        with self.lock:
            self.dossiers.pop(ref, None)
            self.taken.add(ref)

    @control
    def take_scope(self, scope: str) -> None:
        """Take a scope off the token."""
        with self.lock:
            self._scopes.discard(scope)

    @control
    def missing_is_an_error(self, answer: bool = True) -> None:
        """Answer a number that is not there with an error, as it may be (the vendor documents neither)."""
        self._missing_is_an_error = answer

    @control
    def mail_trouble(self, kind: str, times: int = 1) -> None:
        """Let the mail server misbehave; kinds as in ``simulator_mail.TROUBLES``."""
        self._mailbox.trouble(kind, times)

    @control
    def subjects(self) -> list[str]:
        """Return the subjects of what support received."""
        with self.lock:
            return [mail.subject for mail in self.mails]

    def forget_tokens(self) -> None:
        """Refuse the token once: a personal access token does not expire, and is soon put back."""
        self._refusing = 1

    def _receive(self, mail: Mail) -> None:
        with self.lock:
            self.mails.append(mail)
            what = "reminder" if mail.message["In-Reply-To"] else "ticket"
            self.effect(f"{what}: {mail.subject}")

    # the endpoint

    @route("POST", "/graphql")
    def graphql(self, call: Call) -> Reply:
        """Answer one query."""
        if call.headers.get("Authorization") != f"Bearer {_TOKEN}" or self._refuses():
            return self.error(401)
        body = call.json()
        parsed = schema.QUERY.match(str(body.get("query", "")))
        if parsed is None:
            return schema.refused("Syntax Error: the query cannot be read")
        return self._answered(parsed[1], parsed[2] or "", parsed[3], dict(body.get("variables") or {}))

    def error(self, status: int, fault: Fault | None = None) -> Reply:
        """Answer an error; its body is inferred."""
        headers = {"Retry-After": f"{fault.value:g}"} if fault and fault.value is not None else {}
        return Reply(status, {"errors": [{"message": f"simulated {status}"}]}, headers)

    def _refuses(self) -> bool:
        with self.lock:
            refusing, self._refusing = self._refusing, 0
            return bool(refusing)

    def _answered(self, query: str, arguments: str, selection: str, variables: dict[str, Any]) -> Reply:
        wrong = schema.complaint(query, arguments, selection, variables)
        if wrong:
            return schema.refused(wrong)
        if schema.SCOPES[query] not in self._scopes:
            return self.error(403)
        with self.lock:
            return self._found(query, variables)

    def _found(self, query: str, variables: dict[str, Any]) -> Reply:
        number = variables.get("companyNumber") or variables.get("vatnumber")
        if number is not None and number not in self.dossiers:
            return (
                schema.refused("Administration not found", query)
                if self._missing_is_an_error
                else schema.found(query, None)
            )
        answer: Callable[[dict[str, Any]], Any] = getattr(self, f"_{query}")
        return schema.found(query, answer(variables))

    def _accountant(self, _: dict[str, Any]) -> Any:
        return {"name": fiction.FIRM, "companyNumber": fiction.FIRM_NUMBER, "email": _USER}

    def _administrations(self, variables: dict[str, Any]) -> Any:
        rows = sorted(self.dossiers.values(), key=lambda dossier: dossier.number)
        first = min(int(variables["first"]), self.page_size)
        return [dossier.row() for dossier in rows[variables["offset"] :][:first]]

    def _administration(self, variables: dict[str, Any]) -> Any:
        return self.dossiers[variables["companyNumber"]].row()

    def _archiveCategories(self, _: dict[str, Any]) -> Any:  # noqa: N802 -- the platform's own word
        return {"various": [{"id": "1", "name": "Diverse"}], "permanent": [{"id": "2", "name": "Statuten"}]}

    def _journals(self, _: dict[str, Any]) -> Any:
        return [{"id": "1", "name": "Aankopen", "creditNote": False}]

    def _customers(self, variables: dict[str, Any]) -> Any:
        rows = [{"id": str(n), "name": f"Voorbeeld {n} BV"} for n in range(1, self.customers + 1)]
        return rows[variables["offset"] :][:_CUSTOMERS_PER_PAGE]

    def _associates(self, _: dict[str, Any]) -> Any:
        return [fiction.ASSOCIATE]
