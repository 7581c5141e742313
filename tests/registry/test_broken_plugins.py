"""A broken plugin is shown with its distribution and the reason, and stops no other."""

from __future__ import annotations

import threading
from importlib.metadata import EntryPoint

import pytest
from disengage.offers import PluginReport
from disengage.registry import Registry

from tests.registry.packages import Packages

#: What a plugin's own errors say; it must never be repeated.
WORDS = "password-hunter2"

SOUND = PluginReport(name="sound", distribution="disengage-sound 1.0", connectors=("sound",))


def reasons(packages: Packages) -> dict[str, str]:
    """Load all there is beside a sound plugin, which must not suffer; return why the others cannot be used."""
    packages.add_connector("sound")
    loaded = Registry(packages.points())
    assert SOUND in loaded.reports
    assert list(loaded.types) == ["sound"]
    others = [report for report in loaded.reports if report != SOUND]
    assert all(report.distribution == f"disengage-{report.name} 1.0" for report in others)
    assert not any(WORDS in report.reason for report in others)
    return {report.name: report.reason for report in others}


HOOK = "from disengage import hookimpl, ConnectorType\n"
NOT_THERE = "are declared in the hookimpl but can not be found in the hookspec"
WRAPPER = "Declared as wrapper=True or hookwrapper=True but function is not a generator function"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (f"raise RuntimeError('{WORDS}')", "broken: import raised RuntimeError."),
        ("import no_such_module_anywhere", "broken: import raised ModuleNotFoundError."),
        ("def (", "broken: import raised SyntaxError."),
        (f"import sys; sys.exit('{WORDS}')", "broken: import raised SystemExit."),
        (f"raise KeyboardInterrupt('{WORDS}')", "broken: import raised KeyboardInterrupt."),
        (f"class Odd(BaseException): pass\nraise Odd('{WORDS}')", "broken: import raised Odd."),
        (
            HOOK + "@hookimpl\ndef conector_types(): return []",
            "broken: there is no hook 'conector_types'. Did you mean 'connector_types'?",
        ),
        (
            HOOK + "@hookimpl(specname='revue_plan')\ndef mine(plan): return []",
            "broken: there is no hook 'revue_plan'. Did you mean 'review_plan'?",
        ),
        (HOOK + "@hookimpl\ndef zzz(): return []", "broken: there is no hook 'zzz'."),
        (
            "def connector_types(): return []",
            "broken: 'connector_types' is not marked with @hookimpl and would never be called.",
        ),
        (
            HOOK + "@hookimpl\ndef review_plan(plan, mood): return []",
            f"broken: hookimpl definition: review_plan(plan, mood); Argument(s) {{'mood'}} {NOT_THERE}",
        ),
        (
            HOOK + "@hookimpl(wrapper=True)\ndef review_plan(plan): return []",
            f"broken: hookimpl definition: review_plan(plan); {WRAPPER}",
        ),
        (
            HOOK + f"@hookimpl\ndef connector_types(): raise RuntimeError('{WORDS}')",
            "broken: connector_types raised RuntimeError.",
        ),
        (
            HOOK + "import sys\n@hookimpl\ndef connector_types(): sys.exit(0)",
            "broken: connector_types raised SystemExit.",
        ),
        *(
            (
                HOOK + f"@hookimpl\ndef connector_types(): return {nonsense}",
                "broken: connector_types did not return a list of ConnectorType.",
            )
            for nonsense in ("7", "0", "'sound'", "[1]", "{'a': 1}", "iter([])", "ConnectorType")
        ),
        (
            HOOK + "@hookimpl(wrapper=True)\ndef connector_types():\n    yield\n    return 7",
            "",  # a wrapper has no answer of its own to spoil: it offers nothing
        ),
    ],
)
def test_a_broken_plugin_is_shown_with_the_reason(packages: Packages, source: str, reason: str) -> None:
    packages.add("broken", source)
    assert reasons(packages) == {"broken": reason}


MANIFEST = "manifest = Manifest(platform='Odd', vendor='O', verbs=())"


def offering(connector: str) -> str:
    return (
        "from disengage import Connector, ConnectorType, Manifest, VerbSpec, Verb, hookimpl\n"
        f"class Odd(Connector):\n    {connector}\n"
        "@hookimpl\ndef connector_types(): return [ConnectorType(name='odd', connector=Odd)]"
    )


@pytest.mark.parametrize(
    ("connector", "reason"),
    [
        ("pass", "odd: the connector 'odd' has no manifest."),
        ("manifest = 'Odd'", "odd: the connector 'odd' has no manifest."),
        (
            "manifest = Manifest(platform='Odd', vendor='O', verbs=(VerbSpec(verb=Verb.ARCHIVE, operations=('x',)),))",
            "odd: the manifest of the connector 'odd': archive calls 'x', which it does not list.",
        ),
        (
            "manifest = Manifest(platform='Odd', vendor='O', verbs=(), time_zone='Norway/Oslo')",
            "odd: the manifest of the connector 'odd': there is no time zone 'Norway/Oslo'.",
        ),
        (
            f"{MANIFEST}\n    @hookimpl\n    def sever_lnk(self, link): ...",
            "odd: there is no hook 'sever_lnk'. Did you mean 'sever_link'?",
        ),
        (
            f"{MANIFEST}\n    @hookimpl\n    def sever_link(self, lnk): ...",
            f"odd: hookimpl definition: sever_link(lnk); Argument(s) {{'lnk'}} {NOT_THERE}",
        ),
        (
            f"{MANIFEST}\n    def observe(self, link, request): ...",
            "odd: 'observe' is not marked with @hookimpl and would never be called.",
        ),
        (
            f"{MANIFEST}\n    def __dir__(self): raise RuntimeError('{WORDS}')",
            "odd: looking for its hooks raised RuntimeError.",
        ),
    ],
)
def test_a_connector_that_could_never_work_is_shown_before_anybody_configures_it(
    packages: Packages, connector: str, reason: str
) -> None:
    packages.add("odd", offering(connector))
    assert reasons(packages) == {"odd": reason}


def test_what_a_plugin_merely_imports_is_not_looked_into(packages: Packages) -> None:
    packages.add_connector(
        "sound",
        more=f"""
        class Lazy:
            def __getattr__(self, name):
                raise RuntimeError("{WORDS}")
        lazy = Lazy()
        """,
    )
    assert Registry(packages.points()).reports == [SOUND]


def test_an_entry_point_that_names_no_module_is_shown(packages: Packages) -> None:
    packages.add("broken", "thing = 7", value="disengage_broken:thing")
    packages.add("gone", "", value="disengage_gone_for_good")
    packages.add("garbled", "", value="no module: at all [")
    assert reasons(packages) == {
        "broken": "broken: the entry point names no module.",
        "gone": "gone: import raised ModuleNotFoundError.",
        "garbled": "garbled: import raised AttributeError.",
    }


def test_one_that_hangs_on_import_is_given_up(packages: Packages, released: threading.Event, quickly: None) -> None:
    packages.add("hanging", "from hangs import released\nreleased.wait()")
    assert reasons(packages) == {"hanging": "hanging: import did not come back within 0.5 seconds."}


def test_one_that_hangs_when_asked_for_its_connectors_is_given_up(
    packages: Packages, released: threading.Event, quickly: None
) -> None:
    packages.add("hanging", HOOK + "from hangs import released\n@hookimpl\ndef connector_types(): released.wait()")
    assert reasons(packages) == {"hanging": "hanging: connector_types did not come back within 0.5 seconds."}


def test_two_with_the_same_name_are_both_refused_and_both_named(packages: Packages) -> None:
    packages.add_connector("sound")
    packages.add_connector("twin", distribution="first-twin", module="first_twin")
    packages.add_connector("twin", distribution="second-twin", module="second_twin")
    loaded = Registry(packages.points())
    assert SOUND in loaded.reports
    twins = [report for report in loaded.reports if report.name == "twin"]
    assert [twin.distribution for twin in twins] == ["first-twin 1.0", "second-twin 1.0"]
    for twin in twins:
        assert twin.reason.startswith("two plugins are called 'twin': ")
        assert "first-twin 1.0" in twin.reason
        assert "second-twin 1.0" in twin.reason
    assert list(loaded.types) == ["sound"]


def test_two_that_offer_the_same_connector_are_both_refused_and_both_named(packages: Packages) -> None:
    packages.add_connector("one", connector="go")
    packages.add_connector("two", connector="go")
    assert reasons(packages) == {
        "one": "the connector 'go' is offered twice: by disengage-one 1.0 and disengage-two 1.0",
        "two": "the connector 'go' is offered twice: by disengage-two 1.0 and disengage-one 1.0",
    }


def test_one_that_offers_a_connector_twice_is_refused(packages: Packages) -> None:
    more = "@hookimpl\ndef connector_types():\n    return [ConnectorType(name='go', connector=Plain)] * 2\n"
    packages.add_connector("one", more=more)
    assert reasons(packages) == {
        "one": "the connector 'go' is offered twice: by disengage-one 1.0 and disengage-one 1.0"
    }


def test_two_names_for_one_module_are_no_two_plugins(packages: Packages) -> None:
    packages.add_connector("one", connector="sound")
    packages.add("two", "", value="disengage_one", module="unused")
    loaded = Registry(packages.points())
    assert [(r.name, r.connectors, r.reason) for r in loaded.reports] == [
        ("two", (), "two: another plugin names the same module."),
        ("one", ("sound",), ""),
    ]


def test_a_plugin_that_is_refused_has_no_say_any_more(packages: Packages) -> None:
    verdict = """
        from disengage import Finding, Severity
        @hookimpl
        def review_plan(plan):
            return [Finding(code="no", severity=Severity.BLOCKER, message="No.")]
        """
    packages.add_connector("one", connector="go", more=verdict)
    packages.add_connector("two", connector="go")
    assert Registry(packages.points()).review_plan({}) == []


def test_one_installation_seen_from_two_folders_is_one_plugin(packages: Packages) -> None:
    packages.add_connector("sound")
    assert Registry([*packages.points(), *packages.points()]).reports == [SOUND]


def test_a_plugin_without_a_distribution_is_named_by_its_module(packages: Packages) -> None:
    packages.add("broken", "raise RuntimeError")
    point = EntryPoint(name="broken", value="disengage_broken", group="disengage")
    (report,) = Registry([point]).reports
    assert (report.distribution, report.reason) == ("disengage_broken", "broken: import raised RuntimeError.")


def test_a_distribution_without_metadata_is_named_by_its_module(packages: Packages) -> None:
    packages.add_connector("sound")
    for metadata in packages.folder.glob("*.dist-info/METADATA"):
        metadata.write_text("", "utf-8")
    (report,) = Registry(packages.points()).reports
    assert report == SOUND.model_copy(update={"distribution": "disengage_sound"})


def test_no_plugins_at_all_is_an_empty_registry() -> None:
    loaded = Registry([])
    assert (loaded.reports, loaded.types, loaded.review_plan({}), loaded.tell({})) == ([], {}, [], [])
