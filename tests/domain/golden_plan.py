"""Print the hash of one fixed plan; run by a test in a process of its own."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from disengage.domain.case import CaseLink
from disengage.domain.effects import Effect
from disengage.domain.plan import plan_hash, steps_for
from disengage.domain.proposal import Link, Proposal, StepProposal
from disengage.domain.request import request_from
from disengage.domain.state import Holder, LinkState
from disengage.domain.verbs import Mode, Verb


def fixed_plan_hash() -> str:
    """Return the hash of a plan in which nothing ever changes."""
    users = {"7", "21", "3", "14", "9"}  # a set: its order differs between processes
    request = request_from(
        {
            "client": {"name": "Nordlys Kafé AS", "country": "NO", "identifiers": {"orgnr": "974 760 673"}},
            "ending": {
                "reason": "moved-to-other-firm",
                "ends_on": date(2026, 12, 31),
                "period": {"from": date(2024, 1, 1), "to": date(2026, 12, 31)},
            },
            "options": {"go": {"generation_date": date(2027, 1, 15)}, "crm": {"keep_billing_to": False}},
        },
        "request.toml",
    )
    wanted = LinkState(linked=False, administrator=Holder.CLIENT, firm_access=dict.fromkeys(users, date(2027, 1, 15)))
    link = CaseLink(
        id="go",
        connection="go",
        connector="poweroffice",
        link=Link(ref="1001", name="Nordlys Kafé AS"),
        observed=LinkState(linked=True),
        wanted=wanted,
        time_zone="Europe/Oslo",
    )
    steps = (
        StepProposal(verb=Verb.RETAIN_HISTORY),
        StepProposal(verb=Verb.TRANSFER_ADMIN, moves=("administrator",), effects=(Effect.REVERSIBLE,)),
        StepProposal(verb=Verb.END_ACCESS, moves=("firm_access",), effects=(Effect.REMOVES_OUR_ACCESS, Effect.DATED)),
        StepProposal(verb=Verb.SEVER_LINK, mode=Mode.BY_HAND, moves=("linked",), effects=(Effect.IRREVERSIBLE,)),
        StepProposal(verb=Verb.RETAIN_HISTORY, part="archive", mode=Mode.BY_HAND, after=("sever_link",)),
    )
    return plan_hash(request, [link], steps_for(link, Proposal(wanted=wanted, steps=steps), request))


if __name__ == "__main__":
    sys.stdout.write(fixed_plan_hash())
