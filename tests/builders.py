"""Builders of valid objects, and hypothesis strategies of all of them. Every client is fictitious."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from disengage.domain.case import Approval, Case, CaseLink, Step, Task, TaskKind, TaskState
from disengage.domain.difference import Difference, diff
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import StepState, WaitsFor
from disengage.domain.plan import plan_hash, step_id
from disengage.domain.proposal import Link, StepProposal
from disengage.domain.request import Reason, Request
from disengage.domain.state import Holder, LinkState
from disengage.domain.tasks import Bring, BringKind
from disengage.domain.verbs import Mode, Verb
from hypothesis import strategies as st

ORGNR = "974760673"
#: A moment before everything in the request is due.
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

_REQUEST: dict[str, Any] = {
    "client": {"name": "Nordlys Kafé AS", "country": "NO", "identifiers": {"orgnr": ORGNR}},
    "ending": {
        "reason": "moved-to-other-firm",
        "notice_on": date(2026, 11, 22),
        "ends_on": date(2026, 12, 31),
        "period": {"from": date(2024, 1, 1), "to": date(2026, 12, 31)},
        "successor": {"firm": "Ny Regnskap AS", "email": "post@ny.example"},
    },
    "administrator": {"name": "Kari Nordmann", "email": "kari@nordlys.example"},
}


def a_request(**tables: Any) -> Request:
    """Return the request to end Nordlys Kafé AS on 2026-12-31.

    Args:
        tables: What differs, by table of contract section 2: ``a_request(ending={"ends_on": day}, options={...})``
            changes those entries only. A table of None is left out.
    """
    data = dict(_REQUEST)
    for name, entries in tables.items():
        data[name] = {**data.get(name, {}), **entries} if isinstance(entries, dict) else entries
    return Request.model_validate(data)


def a_link(connection: str = "go", scope: str | None = None, **changes: Any) -> CaseLink:
    """Return a link that stands and is to be cut."""
    fields: dict[str, Any] = {
        "id": f"{connection}.{scope}" if scope else connection,
        "connection": connection,
        "connector": "poweroffice",
        "link": Link(ref="1001", scope=scope, name="Nordlys Kafé AS"),
        "observed": LinkState(linked=True, status="Active"),
        "wanted": LinkState(linked=False),
        "time_zone": "Europe/Oslo",
    }
    return CaseLink(**fields | changes)


def a_step(verb: Verb = Verb.SEVER_LINK, link: CaseLink | None = None, part: str = "", **changes: Any) -> Step:
    """Return an automatic step on ``link`` (by default ``a_link()``), planned and not started.

    Severing moves ``linked`` and cannot be undone; every other verb can, and moves nothing that can be read back.
    """
    link = link or a_link()
    severs = verb is Verb.SEVER_LINK
    effects = (Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS) if severs else (Effect.REVERSIBLE,)
    fields: dict[str, Any] = {"effects": effects, "moves": ("linked",) if severs else (), **changes}
    proposal = StepProposal(verb=verb, part=part, effects=fields["effects"])
    fields.setdefault("gated", proposal.gated)
    fields.setdefault("changes", diff(link.observed, link.wanted, fields["moves"]))
    return Step(
        id=step_id(link.id, verb, part),
        link=link.id,
        connection=link.connection,
        **{"verb": verb, "part": part, "mode": Mode.AUTOMATIC, **fields},
    )


def a_task(step: Step | None = None, **changes: Any) -> Task:
    """Return an open task for ``step`` (by default ``a_step()``)."""
    step = step or a_step()
    fields: dict[str, Any] = {
        "id": f"t-{step.id}",
        "step": step.id,
        "connection": step.connection,
        "title": "End the client relationship",
        "instructions": "1. Avslutt kundeforhold",
        "bring": (Bring(key="confirmation", kind=BringKind.FILE),),
        "due": date(2027, 1, 15),
    }
    return Task(**fields | changes)


def a_finding(**changes: Any) -> Finding:
    """Return a notice."""
    fields: dict[str, Any] = {"code": "period_gap", "severity": Severity.NOTICE, "message": "There is a gap."}
    return Finding(**fields | changes)


def a_case(
    links: Sequence[CaseLink] | None = None,
    steps: Sequence[Step] | None = None,
    *,
    approved_by: Sequence[str] = (),
    **changes: Any,
) -> Case:
    """Return a case with its plan's hash.

    Args:
        links: By default one on the connection ``go``.
        steps: By default, for each link, keeping the history and then severing.
        approved_by: Who approved the plan, at ``NOW``.
        changes: Further fields.
    """
    links = (a_link(),) if links is None else tuple(links)
    steps = tuple(step for link in links for step in _usual_steps(link)) if steps is None else tuple(steps)
    request = changes.pop("request", None) or a_request()
    hash_ = plan_hash(request, links, steps)
    approvals = tuple(Approval(by=who, at=NOW, plan_hash=hash_) for who in approved_by)
    fields: dict[str, Any] = {"id": "c-nordlys000", "plan_hash": hash_, "approvals": approvals}
    return Case(request=request, links=links, steps=steps, **fields | changes)


def _usual_steps(link: CaseLink) -> tuple[Step, Step]:
    kept = a_step(Verb.RETAIN_HISTORY, link)
    return kept, a_step(Verb.SEVER_LINK, link, after=(kept.id,), due=date(2027, 1, 1))


# --- strategies ---------------------------------------------------------------------------------------------

texts = st.text(max_size=12)
names = st.text(alphabet="abcdefgh0123456789-_.@:", min_size=1, max_size=10)
dates = st.dates(date(1900, 1, 1), date(2199, 12, 31))
moments = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=9))]),
)
_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
_toml_scalars = _scalars | dates | moments | st.datetimes() | st.times()


def _nested(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = texts | st.sampled_from(["$", "$date", "$$moment", "$moment"])
    return st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


json_values = _nested(_scalars)
toml_values = _nested(_toml_scalars)
states = st.builds(
    LinkState,
    linked=st.none() | st.booleans(),
    administrator=st.none() | st.sampled_from(Holder),
    firm_access=st.none() | st.dictionaries(names, st.none() | dates, max_size=3),
    extensions=st.none() | st.lists(names, max_size=3).map(tuple),
    billing_to=st.none() | texts,
    ended_on=st.none() | dates,
    status=st.none() | texts,
)
_some_names = st.lists(names, max_size=2).map(tuple)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Return any request."""
    from_, to = sorted((draw(dates), draw(dates)))
    schemes = st.sampled_from([{}, {"orgnr": ORGNR}, {"orgnr": ORGNR, "vat": "NO974760673MVA"}])
    references = st.dictionaries(names, texts.filter(str.strip), max_size=2)
    return a_request(
        client={"name": draw(texts.filter(bool)), "identifiers": draw(schemes), "references": draw(references)},
        ending={
            "reason": draw(st.sampled_from(Reason)),
            "notice_on": draw(st.none() | dates),
            "ends_on": draw(dates),
            "period": {"from": from_, "to": to},
            "successor": draw(st.none() | st.just({"firm": "Ny Regnskap AS", "email": None})),
        },
        administrator=draw(st.none() | st.just({"name": "Kari Nordmann", "email": "kari@nordlys.example"})),
        options=draw(st.dictionaries(names, st.dictionaries(texts, toml_values, max_size=3), max_size=2)),
    )


_links = st.builds(
    CaseLink,
    id=names,
    connection=names,
    connector=names,
    link=st.builds(Link, ref=texts, scope=st.none() | names, name=texts, confirmed=st.booleans()),
    observed=states,
    wanted=states,
    time_zone=st.sampled_from(["Europe/Oslo", "Europe/Brussels"]),
    consistency_delay=st.floats(0, 60),
)
_steps = st.builds(
    Step,
    id=names,
    link=names,
    connection=names,
    verb=st.sampled_from(Verb),
    part=texts,
    mode=st.sampled_from(Mode),
    reason=texts,
    effects=st.lists(st.sampled_from(Effect), max_size=3).map(tuple),
    moves=_some_names,
    changes=st.lists(
        st.builds(Difference, field=names, key=texts, observed=json_values, wanted=json_values, known=st.booleans()),
        max_size=2,
    ).map(tuple),
    after=_some_names,
    due=st.none() | dates,
    deadline=st.none() | dates,
    date_option=texts,
    gated=st.booleans(),
    holds_gate=st.booleans(),
    state=st.sampled_from(StepState),
    waits_for=st.none() | st.sampled_from(WaitsFor),
    attempts=st.integers(0, 10**6),
    proof=st.none() | st.sampled_from(Proof),
    outcome=texts,
    acting_since=st.none() | moments,
    accepted=st.booleans(),
    wake_at=st.none() | moments,
    looks=st.integers(0, 10**6),
    failures=st.integers(0, 10**6),
    first_tried=st.none() | moments,
)
_tasks = st.builds(
    Task,
    id=names,
    step=names,
    connection=names,
    kind=st.sampled_from(TaskKind),
    title=texts,
    instructions=texts,
    bring=st.lists(st.builds(Bring, key=names, kind=st.sampled_from(BringKind), label=texts), max_size=2).map(tuple),
    due=st.none() | dates,
    state=st.sampled_from(TaskState),
    by=texts,
    note=texts,
    values=st.dictionaries(names, texts, max_size=2),
    files=_some_names,
)
_findings = st.builds(
    Finding,
    code=names,
    severity=st.sampled_from(Severity),
    message=texts,
    remedy=texts,
    connection=st.none() | names,
    source=st.none() | texts,
)
_approvals = st.builds(Approval, by=texts, at=moments, plan_hash=names)


def _many(strategy: st.SearchStrategy[Any], *, by_id: bool = True) -> st.SearchStrategy[Any]:
    found = st.lists(strategy, max_size=3, unique_by=(lambda value: value.id) if by_id else None)
    return found.map(tuple)


#: Any case, sensible or not: whatever the types allow.
cases = st.builds(
    Case,
    id=names,
    request=requests(),
    links=_many(_links),
    steps=_many(_steps),
    tasks=_many(_tasks),
    findings=_many(_findings, by_id=False),
    plan_hash=names,
    approvals=_many(_approvals, by_id=False),
    needed=st.integers(1, 5),
    fresh=st.booleans(),
    reviewed=st.booleans(),
    gate_opened=st.dictionaries(names, moments, max_size=2),
    shut_because=st.lists(texts, max_size=2).map(tuple),
    moved=st.dictionaries(names, st.dictionaries(names, texts, max_size=2), max_size=2),
    policy_gate=st.sampled_from(["case", "connection"]),
    cancelled=st.booleans(),
)
