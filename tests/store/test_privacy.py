from __future__ import annotations

from pathlib import Path

from disengage.domain.case import Approval
from disengage.domain.proposal import Link
from disengage.domain.state import LinkState
from disengage.store import Store
from sqlalchemy import inspect, text

from tests.builders import NOW, a_case, a_finding, a_link, a_request, a_step, a_task

#: The form of a Norwegian personal number; nobody's.
NUMBER = "01017099999"


def _everywhere() -> dict[str, object]:
    request = a_request(
        client={
            "name": f"Nordlys {NUMBER}",
            "identifiers": {"orgnr": "974760673", "own": NUMBER},
            "references": {"go": NUMBER},
        },
        ending={"successor": {"firm": NUMBER, "email": f"{NUMBER}@ny.example"}},
        administrator={"name": NUMBER, "email": f"{NUMBER}@nordlys.example"},
        options={"go": {"note": NUMBER, NUMBER: {"deep": [NUMBER]}}},
    )
    shown = LinkState(linked=True, firm_access={NUMBER: None}, extensions=(NUMBER,), billing_to=NUMBER, status=NUMBER)
    link = a_link(link=Link(ref=NUMBER, name=NUMBER), observed=shown, wanted=LinkState(linked=False, billing_to=NUMBER))
    step = a_step(link=link, moves=("linked", "firm_access", "billing_to"), reason=NUMBER)
    task = a_task(
        step, title=NUMBER, instructions=NUMBER, by=NUMBER, note=NUMBER, values={"who": NUMBER}, files=(NUMBER,)
    )
    return {
        "request": request,
        "links": [link],
        "steps": [step],
        "tasks": (task,),
        "findings": (a_finding(message=NUMBER, remedy=NUMBER),),
        "approvals": (Approval(by=NUMBER, at=NOW, plan_hash="sha256:0"),),
        "shut_because": (NUMBER,),
        "moved": {"go": {"generation_date": NUMBER}},
    }


def _write_everything(store: Store) -> None:
    case = a_case(**_everywhere())
    with store.new_case(case.model_copy(update={"id": store.case_id_for(case.request)})) as work:
        work.evidence("go.sever_link", "read-back", by=NUMBER, detail={NUMBER: NUMBER})
        store.disposal.place_hold(work.case.id, NOW, NUMBER, NUMBER)
        store.disposal.approve(work.case.id, NOW, "sha256:0", NUMBER)
        store.disposal.begin(work.case.id, NOW, "sha256:0", {"certificate": NUMBER})
    store.tokens.put(NUMBER, f"token of {NUMBER}")


def test_a_personal_number_is_nowhere_in_the_files(sqlite_store: Store, tmp_path: Path) -> None:
    _write_everything(sqlite_store)
    assert NUMBER in str(sqlite_store.cases())
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"disengage.db", "disengage.db-wal"} <= files.keys()
    sqlite_store.close()
    files["closed"] = (tmp_path / "disengage.db").read_bytes()
    assert [name for name, content in files.items() if NUMBER.encode() in content] == []


def test_a_personal_number_is_nowhere_in_the_tables(store: Store) -> None:
    _write_everything(store)
    with store.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        rows = {name: connection.execute(text(f"SELECT * FROM {name}")).all() for name in names}
    assert len(names) == 26
    assert [name for name, content in rows.items() if NUMBER in str(content)] == []


def test_names_and_addresses_are_sealed_too(store: Store) -> None:
    with store.new_case(a_case()):
        pass
    with store.engine.connect() as connection:
        rows = [connection.execute(text(f"SELECT * FROM {name}")).all() for name in ("cases", "links", "steps")]
    assert not any(word in str(rows) for word in ("Nordlys", "Kari", "example", "974760673", "1001"))
