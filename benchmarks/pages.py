"""The pages: a large case and a full inbox against a bare page of the same framework, and news for many readers."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import httpx
from disengage.domain.case import Approval, Case, CaseLink, Step, Task
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.lifecycle import StepState, WaitsFor
from disengage.domain.plan import step_id
from disengage.domain.proposal import Link
from disengage.domain.rights import Person, Role
from disengage.domain.state import Holder, LinkState
from disengage.domain.verbs import Mode, Verb
from disengage.engine.workplace import Workplace
from disengage.web.access.sessions import Sessions

from benchmarks.bare_page import bare_page
from benchmarks.figures import Bound, Figure
from benchmarks.installed import begun
from benchmarks.office import a_request, office

#: The large case: so many links with so many steps each.
_LINKS, _STEPS = 6, 10
#: The full inbox: so many cases with so many open tasks each.
_CASES, _TASKS = 100, 10
_LARGE = "c-large"
_DUE = date(2027, 1, 1)
#: No platform is asked for any page.
_NOWHERE = "http://127.0.0.1:9"

#: What disengage and the yardstick took in one round.
Pair = tuple[float, float]


@dataclass(frozen=True)
class Served:
    """The pages in a process of their own.

    Attributes:
        pid: The process.
        url: Where they are.
        cookies: Of somebody who is signed in and may do everything.
    """

    pid: int
    url: str
    cookies: dict[str, str]

    def status(self, name: str) -> int:
        """Return a number that the system tells of the process, such as ``VmRSS`` or ``Threads``."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        (found,) = (line for line in lines if line.startswith(f"{name}:"))
        return int(found.split()[1])


def measure(*, quick: bool) -> list[Figure]:
    """Ask for either page and for the bare one in turn; then let many listen, and something happen."""
    rounds, times, readers, news = (1, 3, 20, 2) if quick else (7, 15, 200, 20)
    with office([_NOWHERE] * _LINKS) as workplace:
        _write(workplace)
        with _served(workplace) as served, bare_page(_LINKS * _STEPS) as bare:
            case = [_pair(served, f"/cases/{_LARGE}", bare, times) for _ in range(rounds)]
            inbox = [_pair(served, "/", bare, times) for _ in range(rounds)]
            told = asyncio.run(_told(workplace, served, readers, news))
    bound = Bound() if quick else Bound(most=15)
    return [
        _figure("pages, case", f"the page of a case with {_LINKS * _STEPS} steps", case, bound),
        _figure("pages, inbox", f"the inbox with {_CASES * _TASKS} open tasks", inbox, bound),
        told,
    ]


def _figure(name: str, what: str, pairs: Sequence[Pair], bound: Bound) -> Figure:
    ours, yardstick = [ours for ours, _ in pairs], [theirs for _, theirs in pairs]
    return Figure(
        name=name,
        what=f"{what}, against a table of {_LINKS * _STEPS} rows made by Starlette and Jinja with nothing behind it; "
        "one reader, the median of a round, interleaved",
        unit="ms",
        ours=ours,
        yardstick=yardstick,
        ratios=[ours / theirs for ours, theirs in pairs],
        bound=bound,
    )


def _pair(served: Served, path: str, bare: str, times: int) -> Pair:
    """Return the milliseconds that each page takes, asked for in turn."""
    with httpx.Client(cookies=served.cookies, timeout=60) as ours, httpx.Client(timeout=60) as theirs:
        pairs = [(_asked(ours, f"{served.url}{path}"), _asked(theirs, bare)) for _ in range(times + 1)][1:]
    return median(taken for taken, _ in pairs), median(taken for _, taken in pairs)


def _asked(client: httpx.Client, address: str) -> float:
    started = time.perf_counter()
    answer = client.get(address)
    taken = time.perf_counter() - started
    assert answer.status_code == 200, answer.text[:500]
    return taken * 1000


# --- news


async def _told(workplace: Workplace, served: Served, readers: int, news: int) -> Figure:
    """Let so many listen to one case, and let something happen so often; return when the last of them heard."""
    before = {name: served.status(name) for name in ("VmRSS", "Threads")}
    limits = httpx.Limits(max_connections=readers)
    heard: asyncio.Queue[float] = asyncio.Queue()
    async with httpx.AsyncClient(base_url=served.url, cookies=served.cookies, limits=limits, timeout=None) as client:
        listening = asyncio.Semaphore(0)
        tasks = [asyncio.create_task(_listen(client, listening, heard)) for _ in range(readers)]
        for _ in range(readers):
            await listening.acquire()
        taken = [await _all_heard(workplace, heard, readers) for _ in range(news)]
        after = {name: served.status(name) for name in ("VmRSS", "Threads")}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return Figure(
        name="pages, news",
        what=f"from the moment something is written down to when the last of {readers} readers of the case has heard",
        unit="s",
        ours=taken,
        details={
            "memory a reader": f"{(after['VmRSS'] - before['VmRSS']) / readers:.0f} kB",
            "threads": f"{before['Threads']} before, {after['Threads']} with {readers} readers",
        },
    )


async def _listen(client: httpx.AsyncClient, listening: asyncio.Semaphore, heard: asyncio.Queue[float]) -> None:
    async with client.stream("GET", f"/cases/{_LARGE}/events") as answer:
        async for line in answer.aiter_lines():
            if line == ": listening":
                listening.release()
            elif line.startswith("data:"):
                heard.put_nowait(time.perf_counter())


async def _all_heard(workplace: Workplace, heard: asyncio.Queue[float], readers: int) -> float:
    def happens() -> float:
        with workplace.store.change(_LARGE) as work:
            work.event("looked_ahead", plan_hash="sha256:0")
        return time.perf_counter()

    happened = await asyncio.to_thread(happens)
    return max([await heard.get() for _ in range(readers)]) - happened


# --- what is served


@contextmanager
def _served(workplace: Workplace) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = workplace.settings.folder
    sessions = Sessions(workplace)
    workplace.store.people.add(Person(name="kari", roles=frozenset(Role)))
    cookies = {sessions.cookie: sessions.open("kari", "password")}
    process = begun(folder, "web", "--port", str(port), into=folder / "web.log")
    try:
        served = Served(process.pid, f"http://127.0.0.1:{port}", cookies)
        _wait_for(served)
        yield served
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(served: Served) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(f"{served.url}/sign-in", timeout=60)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the pages are not served")


# --- cases, as they stand in the middle of the work


def _write(workplace: Workplace) -> None:
    large = _case(_LARGE, 1, [f"c{n}" for n in range(_LINKS)], _STEPS)
    with workplace.store.new_case(large) as work:
        for step in large.steps:
            work.event("task_opened", task=f"{_LARGE}-1", step=step.id, kind_of_task="do")
            work.event("done", step=step.id, proof="receipt", outcome="the platform took it")
            work.evidence(step.id, "receipt", detail={"receipt": "the platform took it"})
    for number in range(_CASES):
        case = _case(f"c-inbox{number}", number + 2, ["c0"], 4)
        with workplace.store.new_case(case.model_copy(update={"tasks": tuple(_tasks(case))})) as work:
            work.event("planned", steps=4)


def _case(case_id: str, number: int, connections: Sequence[str], steps: int) -> Case:
    links = tuple(map(_link, connections))
    now = datetime.now(UTC)
    return Case(
        id=case_id,
        request=a_request(number, ends_on=now.date() + timedelta(days=30)),
        links=links,
        steps=tuple(_step(link, position) for link in links for position in range(steps)),
        plan_hash="sha256:" + "0" * 64,
        approvals=(Approval(by="Anna Ansvarlig", at=now, plan_hash="sha256:" + "0" * 64),),
    )


def _link(connection: str) -> CaseLink:
    return CaseLink(
        id=connection,
        connection=connection,
        connector="bench",
        link=Link(ref="1001", name="Nordlys Kafé AS"),
        observed=LinkState(linked=True, administrator=Holder.FIRM, firm_access={"u-1": None}, status="Active"),
        wanted=LinkState(linked=False, administrator=Holder.CLIENT, firm_access={"u-1": _DUE}),
        time_zone="Europe/Oslo",
    )


def _step(link: CaseLink, position: int) -> Step:
    verb, part = list(Verb)[position % 7], f"part{position // 7}" if position >= 7 else ""
    stands = (
        {"state": StepState.DONE, "proof": Proof.RECEIPT, "outcome": "the platform took it", "attempts": 1},
        {"state": StepState.WAITING, "waits_for": WaitsFor.DATE, "due": _DUE},
        {"state": StepState.FAILED, "outcome": "the platform answered what it does not document", "attempts": 2},
    )[position % 3]
    return Step(
        id=step_id(link.id, verb, part),
        link=link.id,
        connection=link.connection,
        verb=verb,
        part=part,
        mode=Mode.AUTOMATIC,
        effects=(Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS),
        gated=True,
        **stands,
    )


def _tasks(case: Case) -> Iterator[Task]:
    for number in range(_TASKS):
        step = case.steps[number % len(case.steps)]
        due = _DUE - timedelta(days=number)
        yield Task(
            id=f"{case.id}-{number}", step=step.id, connection=step.connection, title="Confirm what was seen", due=due
        )
