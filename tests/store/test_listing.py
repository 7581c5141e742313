from disengage.domain.case import Case
from disengage.domain.lifecycle import CaseState, StepState
from disengage.store import Store
from disengage.store.listing import Listed

from tests.builders import a_case, a_link, a_step


def _written(store: Store, *states: StepState) -> list[Case]:
    link = a_link()
    found = []
    for number, state in enumerate(states, 1):
        step = a_step(link=link, state=state)
        found.append(a_case(id=f"c-{number}", links=[link], steps=(step,), approved_by=["Kari"]))
        with store.new_case(found[-1]):
            pass
    return found


DONE, WAITING, SKIPPED = StepState.DONE, StepState.WAITING, StepState.SKIPPED


def test_open_cases_are_listed_and_of_the_finished_ones_the_newest(store: Store) -> None:
    _written(store, DONE, WAITING, SKIPPED, DONE, WAITING)
    assert store.listing.choose(CaseState, 2) == Listed(ids=("c-2", "c-3", "c-4", "c-5"), left_out=1)
    assert store.listing.choose(CaseState, 0) == Listed(ids=("c-2", "c-5"), left_out=3)
    assert store.listing.choose(CaseState).ids == ("c-1", "c-2", "c-3", "c-4", "c-5")


def test_only_cases_in_the_states_that_were_asked_for_are_listed(store: Store) -> None:
    _written(store, DONE, WAITING, DONE)
    assert store.listing.choose([CaseState.WAITING], 1) == Listed(ids=("c-2",), left_out=0)
    assert store.listing.choose([CaseState.CLOSED], 1) == Listed(ids=("c-3",), left_out=1)
    assert store.listing.choose([CaseState.ATTENTION]) == Listed(ids=(), left_out=0)


def test_the_cases_that_are_listed_are_read_as_they_stand(store: Store) -> None:
    cases = _written(store, DONE, WAITING)
    assert list(store.listing.read(["c-2", "c-1"])) == [cases[1], cases[0]]
