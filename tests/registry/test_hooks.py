"""Every hook is there and is documented."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from disengage import Connector
from disengage.domain.verbs import ORDER, Verb
from disengage.hookspecs import ConnectionHooks, ModuleHooks

#: The hooks of the design, section 3, as they stand there.
MODULE_HOOKS = {"connector_types", "review_plan", "on_event"}
CONNECTION_HOOKS = {
    "find_links",
    "observe",
    "check",
    "retain_history",
    "transfer_admin",
    "remove_extensions",
    "settle_billing",
    "end_access",
    "archive",
    "sever_link",
    "activate",
    "invite_back",
}
#: What came later: trying the credentials, what needs no platform, and what asks people.
MORE_HOOKS = {"try_credentials", "propose", "instruct", "check_evidence", "check_history", "remind", "grant_access"}


def hooks(spec: type) -> dict[str, Any]:
    return {name: member for name, member in vars(spec).items() if not name.startswith("_")}


def test_every_hook_of_the_design_exists_and_no_other() -> None:
    assert set(hooks(ModuleHooks)) == MODULE_HOOKS | {"notifier_types"}
    assert set(hooks(ConnectionHooks)) == CONNECTION_HOOKS | MORE_HOOKS


ALL = [*hooks(ModuleHooks).items(), *hooks(ConnectionHooks).items()]


@pytest.mark.parametrize(("name", "hook"), ALL, ids=[name for name, _ in ALL])
def test_every_hook_is_documented_with_a_full_sentence(name: str, hook: Any) -> None:
    first = (inspect.getdoc(hook) or "").partition("\n")[0]
    assert first[:1].isupper(), name
    assert first.endswith((".", ";")), name


@pytest.mark.parametrize(("name", "hook"), ALL, ids=[name for name, _ in ALL])
def test_every_argument_and_answer_of_a_hook_has_its_type(name: str, hook: Any) -> None:
    signature = inspect.signature(hook)
    arguments = [argument for argument in signature.parameters.values() if argument.name != "self"]
    assert all(argument.annotation is not inspect.Parameter.empty for argument in arguments)
    assert all(argument.default is inspect.Parameter.empty for argument in arguments)
    assert signature.return_annotation is not inspect.Signature.empty


def test_only_hooks_of_connections_give_the_first_answer() -> None:
    first = {name for name, hook in ALL if hook.disengage_spec["firstresult"]}
    assert first == set(hooks(ConnectionHooks))


def test_every_verb_is_a_hook() -> None:
    assert {str(verb) for verb in Verb} <= set(hooks(ConnectionHooks))
    assert set(ORDER) == set(Verb) - {Verb.INVITE_BACK}


@pytest.mark.parametrize("verb", [verb for verb in ORDER if verb is not Verb.RETAIN_HISTORY])
def test_every_verb_that_moves_a_link_is_given_the_same(verb: Verb) -> None:
    given = list(inspect.signature(hooks(ConnectionHooks)[verb]).parameters)
    assert given == ["self", "link", "request", "observed", "wanted", "part"]


@pytest.mark.parametrize("name", ["check", "propose", "instruct", "check_evidence", "check_history"])
def test_the_base_class_implements_the_hooks_that_have_a_default(name: str) -> None:
    specified, default = hooks(ConnectionHooks)[name], vars(Connector)[name]
    assert inspect.signature(default) == inspect.signature(specified)
    assert default.disengage_impl
