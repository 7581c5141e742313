"""What the pages can do, the API can do: every door that changes something, and the operation that does the same."""

from __future__ import annotations

from importlib import import_module

from disengage.web.api.application import operations
from disengage.web.site import PAGES

#: Door → operation with the same effect.
SAME = {
    "/account/name": "change_me",
    "/account/tokens/revoke": "revoke_token",
    "/calendar/feed": "make_feed",
    "/calendar/feed/end": "end_feed",
    "/cases": "search_cases",
    "/cases/{case}/accept": "accept_finding",
    "/cases/{case}/approve": "approve_plan",
    "/cases/{case}/bags/{number}/verify": "verify_one_bag",
    "/cases/{case}/cancel": "cancel_case",
    "/cases/{case}/papers/export": "export_case",
    "/cases/{case}/papers/handover": "hand_case_over",
    "/cases/{case}/papers/make": "make_paper",
    "/cases/{case}/papers/receipt": "confirm_receipt",
    "/cases/{case}/retention/destroy": "approve_destruction",
    "/cases/{case}/retention/hold": "place_hold",
    "/cases/{case}/retention/release": "release_hold",
    "/cases/{case}/retry": "retry_step",
    "/cases/{case}/steps/move": "move_step",
    "/cases/{case}/steps/retry": "retry_step",
    "/cases/{case}/steps/skip": "skip_step",
    "/connections/{name}/test": "try_one",
    "/people": "invite_person",
    "/people/{person}/lock": "lock_person",
    "/people/{person}/reset": "reset_password",
    "/people/{person}/roles": "give_roles",
    "/people/{person}/unlock": "unlock_person",
    "/requests": "plan_request",
    "/requests/check": "check_request",
    "/requests/import": "check_files",
    "/requests/import/take": "plan_files",
    "/tasks/{task}/decline": "decline_task",
    "/tasks/{task}/done": "answer_task",
}
#: Door → why programs need none.
OF_BROWSERS = {
    "/account/look": "light or dark is kept in the browser",
    "/account/password": "a token proves nobody's presence, so it changes no password",
    "/account/sessions/end": "a program has no session",
    "/account/tokens": "a token makes no other one, so that revoking one is enough",
    "/requests/change": "goes back to a form with what was typed",
    "/sign-in": "a program carries its token with every call",
    "/sign-out": "a program has no session",
    "/welcome/{secret}": "a person chooses a password",
}


def _doors() -> dict[str, str | None]:
    every = [door for name in PAGES for door in import_module(f"disengage.web.pages.{name}").doors]
    return {door.path: door.needs and str(door.needs) for door in every if door.method == "POST"}


def test_every_door_that_changes_something_has_an_operation() -> None:
    assert sorted(_doors()) == sorted({**SAME, **OF_BROWSERS})
    assert not SAME.keys() & OF_BROWSERS.keys()


def test_a_door_and_its_operation_take_the_same_right() -> None:
    rights = {operation.name: str(operation.needs) for operation in operations()}
    assert {door: rights[name] for door, name in SAME.items()} == {door: _doors()[door] for door in SAME}


def test_nothing_is_changed_by_a_get_and_names_are_unique() -> None:
    every = list(operations())
    assert not [operation.path for operation in every if operation.method == "GET" and operation.changes]
    assert len({operation.name for operation in every}) == len(every)
    assert len({(operation.method, operation.path) for operation in every}) == len(every)
