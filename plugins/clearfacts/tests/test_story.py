"""Whole cases with the engine, the real mail exchange, and a clock that is turned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from disengage.domain.case import Case, Step, Task, TaskState
from disengage.domain.request import request_from
from disengage.engine import answers, approving, planning, steering
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.errors import InputError
from disengage.registry import Registry
from disengage.settings import load
from disengage_clearfacts import fiction
from disengage_clearfacts.connector import ClearFacts
from disengage_clearfacts.simulator import ClearFactsSimulator

NUMBER = fiction.number(1)
TICKET = "portal.sever_link"
_TURNS = 100


class Office:
    """One firm in one folder, whose only platform is the simulated portal."""

    def __init__(self, folder: Path, simulator: ClearFactsSimulator) -> None:
        self.folder, self.portal = folder, simulator
        self.now = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
        firm = '[firm]\nname = "Fjord Regnskap AS"\ncountry = "NO"\ntime_zone = "Europe/Oslo"\n'
        connection = f"[connections.portal]\n{simulator.configuration(folder)}"
        (folder / "disengage.toml").write_text(f"{firm}{connection}", encoding="utf-8")
        registry = Registry([EntryPoint("clearfacts", "disengage_clearfacts.plugin", "disengage")])
        self.workplace = Workplace(load(folder / "disengage.toml"), create=True, now=self._tick, registry=registry)
        self.workplace.vault.prepare()
        self._worker = Worker(self.workplace)
        self.case_id = ""

    def _tick(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    @property
    def case(self) -> Case:
        return self.workplace.store.case(self.case_id)

    def step(self, key: str) -> Step:
        return next(step for step in self.case.steps if step.key == key)

    def plan(self, options: dict[str, Any], *approvers: str, kind: str = "ending") -> Case:
        asked = {
            "kind": kind,
            "client": {"name": "Nordlys Kafé AS", "country": "BE", "identifiers": {"enterprise": NUMBER}},
            "ending": {
                "reason": "moved-to-other-firm",
                "ends_on": "2026-12-31",
                "period": {"from": "2024-01-01", "to": "2026-12-31"},
                "successor": {"firm": "Ny Regnskap AS"},
            },
            "options": {"portal": options},
        }
        case = planning.plan(self.workplace, request_from(asked, "request"))
        self.case_id = case.id
        for who in approvers:
            case = approving.approve(self.workplace, case.id, who)
        return case

    def go(self, **later: float) -> None:
        """Let time pass, and have everything done that is due by then."""
        self.now += timedelta(**later)
        for _ in range(_TURNS):
            due = [wake for wake in self.workplace.store.unsent_wakes(limit=100) if wake.at <= self.now]
            if not due:
                return
            self.workplace.store.sent(due)
            for wake in due:
                while self._worker.advance(wake.case, wake.what):
                    pass
        raise AssertionError("the case does not come to rest")

    def tasks(self) -> list[Task]:
        return [task for task in self.case.tasks if task.state is TaskState.OPEN]

    def answer(self, *evidence: str, **values: str) -> None:
        (task,) = self.tasks()
        answers.done(self.workplace, task.id, "Ola", evidence=evidence, values=values)

    def bring_the_pdfs(self, content: bytes, count: int) -> None:
        path = self.folder / "documents.zip"
        path.write_bytes(content)
        self.answer(f"pdfs={path}", count=str(count), handed_over_on="2027-01-04")

    def asked(self) -> list[tuple[str, str]]:
        return [(task.step, str(task.kind)) for task in self.tasks()]

    def proofs(self) -> dict[str, str]:
        return {step.key: str(step.proof) for step in self.case.steps if step.proof}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(ClearFacts, "rates", ())
    with ClearFactsSimulator(clients=2) as simulator:
        for name, value in simulator.environment().items():
            monkeypatch.setenv(name, value)
        office = Office(tmp_path, simulator)
        yield office
        office.workplace.__exit__(None, None, None)


MIGRATE = {"history": "migrate", "cost_accepted_by": "Ola Fjord"}
AFRESH = {"history": "afresh"}


def until_the_ticket(office: Office) -> None:
    """Plan a migration and tell the apps, so that the ticket is what comes next."""
    office.plan(MIGRATE, "Kari")
    office.go()
    assert office.asked() == [("portal.remove_extensions.apps", "do")]
    office.answer(told_on="2027-01-04")


def test_a_migration_is_asked_for_once_and_closes_on_what_the_portal_shows(office: Office) -> None:
    until_the_ticket(office)
    office.go()
    for _ in range(5):
        office.go(days=2)
    assert (office.step("sever_link").waits_for, len(office.portal.mails)) == ("platform", 1)
    assert office.portal.support_acts_if_asked()
    office.go(days=2)
    assert office.case.state == "closed"
    assert office.proofs() == {
        "retain_history": "verified",
        "remove_extensions:apps": "stated",
        "sever_link": "verified",
    }
    assert list(office.portal.archived) == [NUMBER]
    kept = [row.detail for row in office.workplace.store.evidence(office.case_id, TICKET) if row.kind == "receipt"]
    (mail,) = office.portal.mails
    assert [detail["receipt"] for detail in kept] == [mail.message["Message-ID"]]
    assert "Kosten aanvaard door: Ola Fjord" in kept[0]["sent"]


def test_support_is_reminded_in_the_thread_and_never_asked_twice(office: Office) -> None:
    until_the_ticket(office)
    office.go()
    for _ in range(2):
        office.go(days=15)
    ticket, *reminders = office.portal.mails
    assert [mail.message["In-Reply-To"] for mail in reminders] == [ticket.message["Message-ID"]] * 2
    assert [effect.partition(":")[0] for effect in office.portal.effects] == ["ticket", "reminder", "reminder"]
    office.portal.support_acts(NUMBER)
    office.go(days=1)
    assert office.case.state == "closed"


@pytest.mark.parametrize("kind", ["refuse", "4xx", "4xx-data", "drop"])
def test_a_mail_server_that_says_not_now_is_asked_again_and_one_ticket_goes_out(office: Office, kind: str) -> None:
    until_the_ticket(office)
    office.portal.mail_trouble(kind, 2)
    office.go()
    assert (office.portal.mails, office.step("sever_link").acting_since) == ([], None)
    office.go(hours=1)
    office.go(hours=1)
    assert len(office.portal.mails) == 1


def test_a_ticket_that_may_have_gone_out_is_never_sent_again_by_itself(office: Office) -> None:
    until_the_ticket(office)
    office.portal.mail_trouble("lost")
    office.go()
    for _ in range(5):
        office.go(hours=2)
    assert (office.asked(), len(office.portal.mails)) == ([(TICKET, "find_out")], 1)
    office.answer(happened="yes")
    office.go()
    office.portal.support_acts_if_asked()
    office.go(days=2)
    assert (office.proofs()["sever_link"], len(office.portal.mails)) == ("verified", 1)


def test_a_ticket_that_a_person_says_was_lost_is_sent_with_the_same_id(office: Office) -> None:
    until_the_ticket(office)
    office.portal.mail_trouble("lost")
    office.go()
    office.go(hours=2)
    office.answer(happened="no")
    office.go()
    first, second = office.portal.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]


def test_a_refused_ticket_waits_for_a_person_who_mends_it(office: Office) -> None:
    until_the_ticket(office)
    office.portal.mail_trouble("5xx")
    office.go()
    assert office.step("sever_link").state == "refused"
    assert "@" not in office.step("sever_link").outcome
    steering.retry(office.workplace, office.case_id, TICKET)
    office.go()
    assert len(office.portal.mails) == 1


def test_starting_afresh_waits_for_the_pdfs_then_for_the_deletion_and_then_tells_the_new_firm(office: Office) -> None:
    assert office.plan(AFRESH, "Kari").needed == 2
    office.go()
    assert office.tasks() == []
    approving.approve(office.workplace, office.case_id, "Ola")
    office.go()
    assert office.asked() == [("portal.retain_history.pdfs", "do")]
    with pytest.raises(InputError, match=r"Entry 1 \('a\.txt'\) is not called \.pdf"):
        office.bring_the_pdfs(fiction.a_zip(("a.txt",)), 1)
    with pytest.raises(InputError, match="holds 3 files, but the portal was said to show 4"):
        office.bring_the_pdfs(fiction.a_zip(), 4)
    assert (office.asked(), office.portal.mails) == ([("portal.retain_history.pdfs", "do")], [])
    office.bring_the_pdfs(fiction.a_zip(), 3)
    office.go()
    office.answer(told_on="2027-01-04")
    office.go()
    (mail,) = office.portal.mails
    assert "verwijdering bij de vorige accountant" in mail.subject
    assert office.tasks() == []
    office.portal.support_acts_if_asked()
    office.go(days=1)
    assert office.asked() == [("portal.activate.tell", "do")]
    office.answer(told_on="2027-01-05")
    office.go()
    assert office.case.state == "closed"
    assert (office.proofs()["sever_link"], office.proofs()["activate:tell"]) == ("verified", "stated")


def test_a_takeover_waits_until_a_person_hears_that_the_number_is_free_and_proves_the_activation(
    office: Office,
) -> None:
    office.portal.move_elsewhere(NUMBER)
    office.plan({**AFRESH, "previous_firm": "Oud Kantoor BV"}, "Kari", kind="takeover")
    office.go()
    office.go(days=1)
    assert (office.asked(), len(office.portal.mails)) == ([(TICKET, "find_out")], 1)
    office.portal.support_acts_if_asked()
    office.answer(happened="yes")
    office.go()
    assert office.asked() == [("portal.activate", "do")]
    office.portal.activate(NUMBER)
    office.answer(activated_on="2027-01-06")
    office.go()
    assert office.case.state == "closed"
    assert office.proofs() == {"sever_link": "stated", "activate": "verified"}


def test_a_takeover_of_a_number_that_is_shown_polls_until_it_is_free(office: Office) -> None:
    office.plan(MIGRATE, "Kari", kind="takeover")
    office.go()
    for _ in range(3):
        office.go(days=1)
    assert (office.tasks(), office.step("sever_link").waits_for) == ([], "platform")
    office.portal.support_acts_if_asked()
    office.go(days=2)
    assert office.proofs() == {"sever_link": "verified"}
    assert office.asked() == [("portal.activate", "do")]
    office.portal.activate(NUMBER)
    office.answer(activated_on="2027-01-06")
    office.go()
    assert (office.case.state, office.proofs()["activate"]) == ("closed", "stated")


def test_a_dossier_that_the_operations_team_activated_needs_nobody(office: Office) -> None:
    office.portal.move_elsewhere(NUMBER)
    office.plan(MIGRATE, "Kari", kind="takeover")
    office.go()
    office.go(days=1)
    office.answer(happened="no")
    office.go()
    office.portal.taken.clear()
    office.portal.activate(NUMBER)
    office.go(days=8)
    assert (office.case.state, office.proofs()) == ("closed", {"sever_link": "verified", "activate": "verified"})
