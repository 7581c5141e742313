"""What was approved is compared with what stands there now; what nobody approved is not done."""

from __future__ import annotations

from tests.cli.desk import Desk, codes


def _approved_before_the_client_was_active(desk: Desk) -> str:
    """Approve a plan in which nothing is left to do at Banqup; then let the client be active there after all."""
    desk.platform("banqup").lose("client-0001")
    case = desk.planned()
    desk.platform("banqup").accept("client-0001")
    return case


def test_a_platform_that_needs_more_than_was_approved_stops_the_case_before_any_changing_call(desk: Desk) -> None:
    case = _approved_before_the_client_was_active(desk)
    before = desk.show(case)
    answer = desk.run(case)
    (after,) = answer.json()["cases"]
    assert answer.code == 3
    assert (before["plan"]["fresh"], after["plan"]["fresh"]) == (True, False)
    assert after["plan"]["hash"] != before["plan"]["hash"]
    assert after["plan"]["approvals"] == []
    assert ("plan_stale", "banqup") in codes(after, "warning")
    assert next(s["mode"] for s in after["steps"] if s["id"] == "banqup.sever_link") == "automatic"
    desk.assert_nothing_was_changed()


def test_a_stale_case_stays_where_it_is_until_the_new_plan_is_approved(desk: Desk) -> None:
    case = _approved_before_the_client_was_active(desk)
    old = desk.show(case)["plan"]["hash"]
    assert desk.run(case).code == 3
    new = desk.show(case)["plan"]["hash"]
    for _ in range(2):
        assert desk.call("retry", case).code == 0
        assert desk.run(case).code == 3
    desk.assert_nothing_was_changed()
    assert new in desk.refused(3, "approve", case, "--by", "Anna Ansvarlig", "--plan", old)
    assert desk.run(case).code == 3
    assert desk.call("approve", case, "--by", "Anna Ansvarlig", "--plan", new).code == 0
    assert desk.show(case)["plan"]["fresh"] is True
    found = desk.finish(case)
    assert found["state"] == "closed"
    assert "client-0001 archived" in desk.platform("banqup").effects


def test_a_stale_case_can_be_planned_again_instead(desk: Desk) -> None:
    case = _approved_before_the_client_was_active(desk)
    assert desk.run(case).code == 3
    stale = desk.show(case)["plan"]["hash"]
    again = desk.plan()
    assert (again["case"], again["plan"]["hash"]) == (case, stale)
    assert codes(again, "warning") >= {("cannot_be_undone", "banqup")}
    assert ("plan_stale", "banqup") not in codes(again, "warning")


def test_what_became_unnecessary_drops_out_without_a_new_approval(desk: Desk) -> None:
    case = desk.planned()
    desk.platform("banqup").sever("client-0001")
    desk.platform("banqup").effects.clear()
    found = desk.finish(case)
    assert (found["state"], found["plan"]["fresh"]) == ("closed", True)
    assert desk.changing() == []
    steps = {s["id"]: (s["state"], s["proof"]) for s in found["steps"]}
    assert steps["banqup.sever_link"] == ("done", "verified")


def test_a_platform_that_changes_before_the_gate_opens_keeps_it_shut(desk: Desk) -> None:
    crm = desk.platform("crm")
    for column, value in (("Klantstatus", "Geen klant meer"), ("Einde relatie", _end(desk)), ("Facturatie aan", "")):
        crm.set_cell("10001", column, value)
    case = desk.planned()
    assert desk.run(case).code == 4
    desk.bring("banqup.retain_history")
    crm.set_cell("10001", "Klantstatus", "Klant")
    answer = desk.run(case)
    (found,) = answer.json()["cases"]
    assert answer.code == 3
    assert (found["plan"]["fresh"], found["gate"]["open"]) == (False, [])
    assert ("plan_stale", "crm") in codes(found, "warning")
    desk.assert_nothing_was_changed()
    assert desk.call("approve", case, "--by", "Anna Ansvarlig").code == 0
    assert desk.finish(case)["state"] == "closed"


def _end(desk: Desk) -> str:
    text = (desk.folder / "request.toml").read_text(encoding="utf-8")
    return text.partition("\nends_on = ")[2][:10]


def test_a_client_that_left_the_export_is_no_success(table: Desk) -> None:
    case = table.planned()
    assert table.run(case).code == 4
    crm = table.platform("crm")
    clients = dict(crm.clients)
    crm.clients.clear()
    crm.write_export()
    assert table.call("retry", case).code == 0
    assert table.run(case).code == 4
    assert table.stands(case)["crm.sever_link"] == ("waiting", "platform")
    crm.clients.update(clients)
    crm.apply_changes()
    assert table.call("retry", case).code == 0
    assert table.run(case).code == 0
    assert table.steps(case)["crm.sever_link"]["proof"] == "verified"


# --- credentials


def test_credentials_revoked_while_it_runs_stop_that_connection_only_and_heal_by_a_retry(desk: Desk) -> None:
    desk.configure("[vault]", '[policy]\ngate = "connection"\n\n[vault]')
    case = desk.planned()
    assert desk.run(case).code == 4
    desk.bring("banqup.retain_history")
    desk.misbehave("banqup:401@GET clients")
    answer = desk.run(case)
    assert answer.code == 3
    assert desk.changing() == []
    assert len(desk.rows_written()) == 2
    desk.others_act()
    assert desk.call("retry", case).code == 0
    desk.run(case)
    stands = desk.stands(case)
    assert (stands["crm.settle_billing"], stands["crm.sever_link"]) == (("done", None), ("done", None))
    assert stands["banqup.sever_link"][0] == "planned"
    desk.misbehave("")
    assert desk.call("retry", case).code == 0
    answer = desk.run(case)
    assert (answer.code, answer.json()["cases"][0]["state"]) == (0, "closed")
    assert desk.changing() == ["DELETE bookkeeping", "DELETE documents", "POST archive"]


def test_credentials_refused_between_two_calls_lose_nothing_and_repeat_nothing(bank: Desk) -> None:
    case = bank.planned()
    bank.run(case)
    bank.bring("banqup.retain_history")
    bank.misbehave("banqup:401@DELETE documents")
    assert bank.run(case).code == 4
    assert bank.platform("banqup").effects == ["client-0001 extension bookkeeping deleted"]
    assert bank.stands(case)["banqup.remove_extensions"] == ("waiting", "platform")
    assert bank.run(case).code == 4
    bank.misbehave("")
    assert bank.call("retry", case).code == 0
    assert bank.run(case).code == 0
    assert bank.platform("banqup").effects == [
        "client-0001 extension bookkeeping deleted",
        "client-0001 extension documents deleted",
        "client-0001 archived",
    ]
    assert bank.changing().count("DELETE bookkeeping") == 1


def test_a_token_that_expires_is_renewed_and_nobody_notices(bank: Desk) -> None:
    case = bank.planned()
    bank.run(case)
    bank.bring("banqup.retain_history")
    bank.misbehave("banqup:expiredx1@POST archive,banqup:expiredx1@GET clients")
    assert bank.run(case).code == 0
    assert bank.platform("banqup").effects.count("client-0001 archived") == 1


def test_a_connection_taken_out_of_the_configuration_fails_its_steps_only(desk: Desk) -> None:
    case = desk.planned()
    desk.run(case)
    desk.bring("banqup.retain_history")
    text = (desk.folder / "disengage.toml").read_text(encoding="utf-8")
    (desk.folder / "disengage.toml").write_text(
        text[: text.index("[connections.banqup]")] + text[text.index("[connections.crm]") :], encoding="utf-8"
    )
    answer = desk.run(case)
    assert answer.code == 3
    assert desk.changing() == []
    assert desk.call("show", case).code == 0
    (desk.folder / "disengage.toml").write_text(text, encoding="utf-8")
    assert desk.call("retry", case).code == 0
    assert desk.finish(case)["state"] == "closed"
