"""A step that became unnecessary between approval and run drops out; it is neither done again nor an error."""

from __future__ import annotations

from pathlib import Path

from disengage.cli.simulating import Simulation
from disengage_banqup.simulator import BanqupSimulator

from tests.office import Office


def test_a_client_who_cuts_the_link_first_needs_nothing_more(tmp_path: Path) -> None:
    with BanqupSimulator() as banqup:
        office = Office(tmp_path, Simulation({"banqup": banqup}, tmp_path))
        office.set_up()
        case = office.planned()
        banqup.lose(banqup.example()["references"])
        answer = office.call("run", case)
        found = office.show(case)
        assert (answer.code, found["state"]) == (0, "closed")
        severing = office.steps(case)["banqup.sever_link"]
        assert (severing["mode"], severing["state"], severing["proof"]) == ("not_needed", "done", "verified")
        assert banqup.effects == []
        assert [call for call in banqup.changing_calls() if "gettoken" not in call[1]] == []
