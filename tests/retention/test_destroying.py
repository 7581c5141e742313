"""Two people destroy what no rule holds any more, a certificate stays, and a crash loses nothing of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from disengage.engine import destroyed
from disengage.engine.destroying import DESTROY, destroy, finish_begun, look_after
from disengage.engine.legalhold import hold, release
from disengage.engine.retain import bags_of
from disengage.engine.retention import examine
from disengage.errors import BlockedError, DisengageError, InputError, LifecycleError, VaultError
from disengage.vault import Vault

from tests.engine.stage import Stage
from tests.retention.conftest import DUE, Stages

PERSONAL = ("Nordlys", "974760673", "Kari Nordmann", "kari@nordlys.example", "ledger.txt", "1001")


class KilledError(BaseException):
    """What ends a process in the midst of it."""


def events(stage: Stage, *kinds: str) -> list[Any]:
    return [event for event in stage.workplace.store.events(stage.case_id) if event.kind in kinds]


def vault_of(stage: Stage) -> Path:
    return stage.workplace.settings.folder / "vault"


def bags(stage: Stage) -> list[str]:
    vault = vault_of(stage)
    return sorted(file.parent.relative_to(vault).as_posix() for file in vault.rglob("bagit.txt"))


def certificates(stage: Stage) -> list[dict[str, Any]]:
    return [json.loads(file.read_text("utf-8")) for file in vault_of(stage).rglob("certificate.json")]


def the_bag(stage: Stage) -> str:
    return f"{stage.case_id}/crm/crm.retain_history-1"


def kill_at(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, after: bool = False) -> None:
    """Let the process die when ``name`` is called, before it does anything or after it did."""
    real = getattr(owner, name)

    def killed(*given: Any, **named: Any) -> Any:
        if after:
            real(*given, **named)
        monkeypatch.undo()
        raise KilledError

    monkeypatch.setattr(owner, name, killed)


def test_the_first_approval_destroys_nothing(closed: Stage) -> None:
    decision = destroy(closed.workplace, closed.case_id, "Kari")
    assert (decision.destroyed, [approval.by for approval in decision.approvals]) == (None, ["Kari"])
    assert bags(closed) == [the_bag(closed)]
    (event,) = events(closed, "destruction_approved", "destroyed")
    digest = closed.workplace.store.disposal.kept(closed.case_id)[0].digest
    assert (event.actor, event.payload) == (
        "Kari",
        {
            "bags": [{"bag": the_bag(closed), "digest": digest}],
            "bags_digest": decision.bags_digest,
            "enough": False,
        },
    )


def test_the_second_person_destroys_the_bag_and_a_certificate_says_what_was_there(closed: Stage) -> None:
    workplace = closed.workplace
    (before,) = workplace.store.disposal.kept(closed.case_id)
    sha256 = workplace.vault.read_inventory(before.path)["files"][0]["sha256"]
    destroy(workplace, closed.case_id, "Kari")
    decision = destroy(workplace, closed.case_id, "Ola")
    assert decision.destroyed
    assert bags(closed) == [decision.destroyed.content["kept_as"]["bag"]]
    (certificate,) = certificates(closed)
    (was_there,) = certificate["bags"]
    assert was_there == {
        "bag": before.path,
        "digest": before.digest,
        "step": "crm.retain_history",
        "kept_at": "2027-01-04T09:00:00Z",
        "kept_until": "2031-12-31",
        "classes": ["books", "vouchers", "correspondence"],
        "complaints": [],
        "files": [{"name": "data/ledger.txt", "size": 9, "sha256": sha256}],
    }
    assert [person["by"] for person in certificate["approved_by"]] == ["Kari", "Ola"]
    assert certificate["destroyed_at"] == "2032-01-01T09:00:00Z"
    assert {rule["id"]: (rule["until"], rule["verified_by_professional"]) for rule in certificate["rules"]} == {
        "no-accounting-books": ("2031-12-31", False),
        "no-accounting-vouchers": ("2031-12-31", False),
        "no-accounting-correspondence": ("2030-06-30", False),
    }


def test_the_event_says_what_was_there_and_nothing_personal(closed: Stage) -> None:
    digest = closed.workplace.store.disposal.kept(closed.case_id)[0].digest
    destroy(closed.workplace, closed.case_id, "Kari")
    decision = destroy(closed.workplace, closed.case_id, "Ola")
    assert decision.destroyed
    (event,) = events(closed, "destroyed")
    kept = decision.destroyed.content["kept_as"]
    assert event.payload == {
        "approvals": 2,
        "bags": [{"bag": the_bag(closed), "digest": digest, "files": 1, "bytes": 9}],
        "bags_digest": decision.bags_digest,
        "certificate": kept["bag"],
        "certificate_digest": kept["digest"],
        "rules": ["no-accounting-books", "no-accounting-correspondence", "no-accounting-vouchers"],
    }
    written = json.dumps([event.payload for event in events(closed, "destruction_approved", "destroyed")])
    assert [word for word in PERSONAL if word in written] == []


def test_what_was_destroyed_on_purpose_is_verified_no_more_and_its_certificate_is(closed: Stage) -> None:
    for who in ("Kari", "Ola"):
        destroy(closed.workplace, closed.case_id, who)
    ((path, digest),) = bags_of(closed.workplace, closed.case_id)
    assert closed.workplace.vault.verify(path, digest) == ()
    assert path.startswith(f"{closed.case_id}/destroyed/certificate-")
    assert closed.workplace.store.verify_events() == ()


def test_a_certificate_is_destroyed_by_nobody(closed: Stage) -> None:
    for who in ("Kari", "Ola"):
        destroy(closed.workplace, closed.case_id, who)
    with pytest.raises(BlockedError, match="nothing is kept of it"):
        destroy(closed.workplace, closed.case_id, "Per")
    assert len(bags(closed)) == 1


@pytest.mark.parametrize("again", ["Kari", " KARI ", "kari"])
def test_the_same_person_twice_is_refused(closed: Stage, again: str) -> None:
    destroy(closed.workplace, closed.case_id, "Kari")
    with pytest.raises(BlockedError, match="approved the destruction"):
        destroy(closed.workplace, closed.case_id, again)
    assert bags(closed) == [the_bag(closed)]
    assert len(events(closed, "destruction_approved")) == 1


def test_nothing_is_destroyed_on_the_last_day_that_a_rule_names(closed: Stage) -> None:
    closed.now = datetime(2031, 12, 31, 22, 59, tzinfo=UTC)  # 23:59 in Oslo
    with pytest.raises(BlockedError, match="kept through 2031-12-31"):
        destroy(closed.workplace, closed.case_id, "Kari")
    assert events(closed, "destruction_approved") == []
    closed.now = datetime(2031, 12, 31, 23, 0, tzinfo=UTC)
    assert destroy(closed.workplace, closed.case_id, "Kari").approvals


def test_nothing_is_destroyed_of_an_open_case(stage: Stages) -> None:
    open_case = stage(over=False)
    open_case.now = DUE
    with pytest.raises(BlockedError, match="it is planned"):
        destroy(open_case.workplace, open_case.case_id, "Kari")


def test_a_hold_stops_everything_until_it_is_lifted_and_voids_what_was_approved(closed: Stage) -> None:
    workplace, case = closed.workplace, closed.case_id
    destroy(workplace, case, "Kari")
    hold(workplace, case, "Ola", "A tax audit")
    with pytest.raises(BlockedError, match="a legal hold stands"):
        destroy(workplace, case, "Ola")
    release(workplace, case, "Ola", "The audit is over")
    assert destroy(workplace, case, "Ola").destroyed is None
    assert destroy(workplace, case, "Kari").destroyed
    kinds = [event.kind for event in events(closed, "retention_hold", "retention_released")]
    assert kinds == ["retention_hold", "retention_released"]


def test_an_approval_falls_away_when_the_bags_are_others(closed: Stage, tmp_path: Path) -> None:
    workplace = closed.workplace
    destroy(workplace, closed.case_id, "Kari")
    further = tmp_path / "further.txt"
    further.write_text("found in a drawer", encoding="utf-8")
    bag = workplace.vault.keep_files(closed.case_id, "crm", "1001", "crm.retain_history", [further], {})
    with workplace.store.change(closed.case_id) as work:
        work.evidence("crm.retain_history", "file", detail={"bag": bag.path, "digest": bag.digest})
    assert destroy(workplace, closed.case_id, "Ola").destroyed is None
    assert len(bags(closed)) == 2
    assert destroy(workplace, closed.case_id, "Kari").destroyed
    assert len(certificates(closed)[0]["bags"]) == 2


def test_a_bag_whose_label_says_less_goes_earlier_than_the_others(stage: Stages, tmp_path: Path) -> None:
    made = stage(policy='[retention.classes]\n"crm.archive" = ["correspondence"]')
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Kari", encoding="utf-8")
    bag = made.workplace.vault.keep_files(made.case_id, "crm", "1001", "crm.archive", [letter], {})
    with made.workplace.store.change(made.case_id) as work:
        work.evidence("crm.archive", "file", detail={"bag": bag.path, "digest": bag.digest})
    made.now = datetime(2030, 7, 1, 9, 0, tzinfo=UTC)
    for who in ("Kari", "Ola"):
        destroy(made.workplace, made.case_id, who)
    assert the_bag(made) in bags(made)
    assert bag.path not in bags(made)
    assert [kept.bag.path for kept in examine(made.workplace, made.case_id).bags] == [the_bag(made)]


def test_a_bag_that_is_gone_or_damaged_is_certified_as_found(closed: Stage) -> None:
    file = vault_of(closed) / the_bag(closed) / "data" / "ledger.txt"
    file.chmod(0o644)
    file.write_bytes(b"1930 Bank")
    for who in ("Kari", "Ola"):
        destroy(closed.workplace, closed.case_id, who)
    (certificate,) = certificates(closed)
    assert "its content has changed" in certificate["bags"][0]["complaints"][0]


MOMENTS: dict[str, tuple[object, str, bool]] = {
    "before the bag is removed": (Vault, "remove", False),
    "after the bag was removed": (Vault, "remove", True),
    "before the certificate is kept": (destroyed, "keep", False),
    "after the certificate was kept": (destroyed, "keep", True),
}


CRASHES = [
    *((moment, finish_begun) for moment in MOMENTS),
    ("after the bag was removed", destroy),
    ("after the bag was removed", look_after),
    ("before the bag is removed", None),
]


@pytest.mark.parametrize(("moment", "finisher"), CRASHES)
def test_whoever_comes_after_a_crash_finishes_it(
    closed: Stage, monkeypatch: pytest.MonkeyPatch, moment: str, finisher: Callable[..., Any] | None
) -> None:
    owner, name, after = MOMENTS[moment]
    destroy(closed.workplace, closed.case_id, "Kari")
    kill_at(monkeypatch, owner, name, after=after)
    with pytest.raises(KilledError):
        destroy(closed.workplace, closed.case_id, "Ola")
    assert the_bag(closed) not in dict(bags_of(closed.workplace, closed.case_id))
    _come_after(closed, finisher)
    (certificate,) = certificates(closed)
    assert [person["by"] for person in certificate["approved_by"]] == ["Kari", "Ola"]
    assert len(events(closed, "destroyed")) == 1
    assert bags(closed) == [path for path, _ in bags_of(closed.workplace, closed.case_id)]


def _come_after(stage: Stage, finisher: Callable[..., Any] | None) -> None:
    if finisher is None:
        stage.go(seconds=20)
    elif finisher is destroy:
        with pytest.raises(BlockedError):  # nothing is left to be approved
            destroy(stage.workplace, stage.case_id, "Per")
    else:
        finisher(stage.workplace, stage.case_id)


def test_a_vault_that_refuses_the_first_bag_leaves_everything_as_it_was(
    closed: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroy(closed.workplace, closed.case_id, "Kari")

    def locked(vault: Vault, path: str) -> None:
        raise VaultError(f"The bag '{path}' cannot be removed: Object Lock holds it.", remedy="Wait.")

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "remove", locked)
        with pytest.raises(VaultError, match="Object Lock"):
            destroy(closed.workplace, closed.case_id, "Ola")
    assert closed.workplace.store.disposal.destructions(closed.case_id) == []
    assert dict(bags_of(closed.workplace, closed.case_id)).keys() == {the_bag(closed)}
    assert destroy(closed.workplace, closed.case_id, "Ola").destroyed


def test_a_vault_that_refuses_a_begun_destruction_is_asked_again_tomorrow(
    closed: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroy(closed.workplace, closed.case_id, "Kari")
    kill_at(monkeypatch, Vault, "remove")
    with pytest.raises(KilledError):
        destroy(closed.workplace, closed.case_id, "Ola")

    def locked(vault: Vault, path: str) -> None:
        raise VaultError("The vault cannot be reached.", remedy="Wait.")

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "remove", locked)
        closed.go(minutes=1)
    assert bags(closed) == [the_bag(closed)]
    assert [wake.what for wake in closed.workplace.store.unsent_wakes()] == [DESTROY]
    closed.go(days=1, minutes=1)
    assert len(certificates(closed)) == 1


def test_what_is_being_destroyed_is_put_on_hold_by_nobody(closed: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    destroy(closed.workplace, closed.case_id, "Kari")
    kill_at(monkeypatch, Vault, "remove")
    with pytest.raises(KilledError):
        destroy(closed.workplace, closed.case_id, "Ola")
    with pytest.raises(LifecycleError, match="is being destroyed already"):
        hold(closed.workplace, closed.case_id, "Per", "A lawsuit")


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda w, c: destroy(w, c, " "), InputError),
        (lambda w, c: destroy(w, "c-none", "Kari"), InputError),
        (lambda w, c: hold(w, c, "", "why"), InputError),
        (lambda w, c: hold(w, c, "Kari", " "), InputError),
        (lambda w, c: release(w, c, "Kari", "why"), LifecycleError),
    ],
)
def test_what_nobody_named_or_nothing_is_there_for_changes_nothing(
    closed: Stage, act: Callable[[Any, str], object], error: type[DisengageError]
) -> None:
    before = closed.workplace.store.count_events()
    with pytest.raises(error) as raised:
        act(closed.workplace, closed.case_id)
    assert raised.value.remedy
    assert closed.workplace.store.count_events() == before


def test_of_several_holds_the_one_that_is_named_is_lifted(closed: Stage) -> None:
    workplace, case = closed.workplace, closed.case_id
    hold(workplace, case, "Kari", "A tax audit")
    first, second = hold(workplace, case, "Ola", "A lawsuit")
    with pytest.raises(InputError, match="more than one hold"):
        release(workplace, case, "Ola", "Over")
    with pytest.raises(InputError, match="has no hold 99"):
        release(workplace, case, "Ola", "Over", 99)
    assert release(workplace, case, "Ola", "Over", first.id) == (second,)
    assert release(workplace, case, "Ola", "Over") == ()


def test_what_a_killed_process_left_of_a_bag_is_removed_too(closed: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    destroy(closed.workplace, closed.case_id, "Kari")
    kill_at(monkeypatch, shutil, "rmtree")
    with pytest.raises(KilledError):
        destroy(closed.workplace, closed.case_id, "Ola")
    assert list(vault_of(closed).rglob("ledger.txt"))
    finish_begun(closed.workplace)
    assert not list(vault_of(closed).rglob("ledger.txt"))
    assert bags(closed) == [path for path, _ in bags_of(closed.workplace, closed.case_id)]


def test_a_bag_that_went_half_is_finished_and_not_taken_back(closed: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    destroy(closed.workplace, closed.case_id, "Kari")

    def half(vault: Vault, path: str) -> None:
        (vault_of(closed) / path / "manifest-sha256.txt").unlink()
        raise VaultError("The bag was not removed as a whole.", remedy="Run again.")

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "remove", half)
        with pytest.raises(VaultError):
            destroy(closed.workplace, closed.case_id, "Ola")
    finish_begun(closed.workplace)
    (certificate,) = certificates(closed)
    assert [file["name"] for file in certificate["bags"][0]["files"]] == ["data/ledger.txt"]
    assert certificate["bags"][0]["complaints"] == []


def test_two_that_finish_the_same_record_it_once(closed: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    destroy(closed.workplace, closed.case_id, "Kari")
    real = destroyed.keep

    def meanwhile(*given: Any) -> dict[str, str]:
        kept = real(*given)
        monkeypatch.undo()
        finish_begun(closed.workplace)  # another process, which was quicker
        return kept

    monkeypatch.setattr(destroyed, "keep", meanwhile)
    assert destroy(closed.workplace, closed.case_id, "Ola").destroyed
    assert len(events(closed, "destroyed")) == len(certificates(closed)) == len(bags(closed)) == 1
    assert len(bags_of(closed.workplace, closed.case_id)) == 1
