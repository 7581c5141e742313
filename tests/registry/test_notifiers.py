"""Kinds of notification: offered by modules, made from the configuration, called one by one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disengage.connector import Surroundings
from disengage.errors import ConfigurationError, PluginError
from disengage.isolation import HungError
from disengage.registry import Registry
from disengage.settings import RawNotification, Settings, load

from tests.registry.packages import Packages

HEAD = """
from disengage import Secret, hookimpl
from disengage.notifier import Notifier, NotifierSettings, NotifierType

SENT = []


class PageSettings(NotifierSettings):
    number: str
    code: Secret | None = None


class Page(Notifier):
    def send(self, notice):
        SENT.append((self.around.connection, self.settings.number, notice))
        {body}


@hookimpl
def notifier_types():
    return [NotifierType(name="{name}", notifier=Page, settings_model=PageSettings)]
"""
FIRM = '[firm]\nname = "Fjord Regnskap AS"\ncountry = "NO"\ntime_zone = "Europe/Oslo"\n'
ONCALL = '[notifications.oncall]\nkind = "page"\nnumber = "7"\n'


@pytest.fixture
def made(packages: Packages, tmp_path: Path) -> Callable[..., Registry]:
    """Give what loads the plugins and makes the notifiers of the tables given."""

    def make(tables: str = ONCALL) -> Registry:
        (tmp_path / "disengage.toml").write_text(FIRM + tables, encoding="utf-8")
        settings = load(tmp_path / "disengage.toml")
        loaded = Registry(packages.points())
        nothing: Any = None

        def around(name: str) -> Surroundings:
            return Surroundings(connection=name, firm=settings.firm, folder=tmp_path, limiter=nothing, tokens=nothing)

        loaded.connect(settings, around)
        return loaded

    return make


def page(body: str = "pass", name: str = "page") -> str:
    return HEAD.format(body=body, name=name)


def sent(plugin: str = "pager") -> list[Any]:
    found: list[Any] = sys.modules[f"disengage_{plugin}"].SENT  # type: ignore[attr-defined]
    return found


def test_a_notifier_is_made_for_every_table_of_its_kind(packages: Packages, made: Callable[..., Registry]) -> None:
    packages.add("pager", page())
    loaded = made(ONCALL + '[notifications.boss]\nkind = "page"\nnumber = "9"\nevents = ["failed"]\n')
    assert loaded.notifiers.names == ("oncall", "boss")
    assert loaded.notifiers.wants("boss") == {"failed"}
    loaded.notifiers.send("boss", {"kind": "failed"})
    assert sent() == [("notifications.boss", "9", {"kind": "failed"})]
    assert [report.notifiers for report in loaded.reports] == [("page",)]


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (
            'kind = "pagr"',
            "'notifications.oncall.kind' names 'pagr', which no installed plugin offers. Did you mean 'pa",
        ),
        ('kind = "page"', "'notifications.oncall.number' is missing"),
        ('kind = "page"\nnumber = "7"\nnumer = "8"', "'numer' is not known. Did you mean 'number'?"),
        ('kind = "page"\nnumber = "7"\ncode = "sesame"', "'notifications.oncall.code' is a secret in clear"),
        ('kind = "page"\nnumber = "7"\nevents = ["faild"]', "names 'faild', which is no event. Did you mean 'failed'?"),
        ('kind = "page"\nnumber = "7"\nevents = []', "'notifications.oncall.events' must name at least one event"),
        ('knd = "page"\nnumber = "7"', "has 'knd', which is not known. Did you mean 'kind'?"),
        ('number = "7"', "'notifications.oncall.kind' is missing"),
    ],
)
def test_a_wrong_table_is_one_error_that_names_the_key_and_no_value(
    packages: Packages, made: Callable[..., Registry], table: str, complaint: str
) -> None:
    packages.add("pager", page())
    with pytest.raises(ConfigurationError) as caught:
        made(f"[notifications.oncall]\n{table}\n")
    assert complaint.replace("'numer'", "'notifications.oncall.numer'") in caught.value.message
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("raise ValueError('sesame')", PluginError, "notifications.oncall: send raised ValueError."),
        ("raise SystemExit", PluginError, "notifications.oncall: send raised SystemExit."),
        (
            "from hangs import released; released.wait()",
            HungError,
            "notifications.oncall: send did not come back within 0.2 seconds.",
        ),
    ],
)
def test_a_notifier_that_misbehaves_is_an_error_and_nothing_else(
    packages: Packages,
    made: Callable[..., Registry],
    released: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    kind: type[Exception],
    message: str,
) -> None:
    monkeypatch.setattr("disengage.notifiers.SEND_SECONDS", 0.2)
    packages.add("pager", page(body))
    loaded = made()
    with pytest.raises(kind) as caught:
        loaded.notifiers.send("oncall", {"kind": "failed"})
    assert getattr(caught.value, "message", "") == message


def test_a_notifier_cannot_change_what_the_next_one_is_given(packages: Packages, made: Callable[..., Registry]) -> None:
    packages.add("pager", page("notice['tasks'].clear()"))
    notice = {"kind": "digest", "tasks": [1]}
    made().notifiers.send("oncall", notice)
    assert notice == {"kind": "digest", "tasks": [1]}


def test_a_broken_plugin_breaks_its_notifications_only(packages: Packages, made: Callable[..., Registry]) -> None:
    packages.add("pager", "raise ValueError('sesame')")
    packages.add_connector("go")
    loaded = made(ONCALL + '[connections.go]\nconnector = "go"\n')
    assert loaded.notifiers.names == ("oncall",)
    with pytest.raises(PluginError, match="'page': pager: pager: import raised ValueError"):
        loaded.notifiers.send("oncall", {"kind": "failed"})
    assert loaded.call("go", "try_credentials", 5.0) == "known as go"


def test_a_kind_offered_twice_is_used_from_neither(packages: Packages) -> None:
    packages.add("one", page())
    packages.add("two", page())
    loaded = Registry(packages.points())
    assert loaded.notifier_types == {}
    assert [report.reason for report in loaded.reports] == [
        "the notifier 'page' is offered twice: by disengage-one 1.0 and disengage-two 1.0",
        "the notifier 'page' is offered twice: by disengage-two 1.0 and disengage-one 1.0",
    ]


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        ("[7]", "pager: notifier_types did not return a list of NotifierType."),
        (
            '[NotifierType(name="page", notifier=Notifier)]',
            "pager: the notifier 'page' is no Notifier with a method 'send'.",
        ),
    ],
)
def test_an_offer_that_is_none_is_said_by_the_plugin_s_name(packages: Packages, offer: str, reason: str) -> None:
    packages.add(
        "pager", page().replace('[NotifierType(name="page", notifier=Page, settings_model=PageSettings)]', offer)
    )
    assert [report.reason for report in Registry(packages.points()).reports] == [reason]


def test_what_is_read_from_the_file_is_kept_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "disengage.toml").write_text(FIRM + ONCALL, encoding="utf-8")
    settings: Settings = load(tmp_path / "disengage.toml")
    assert settings.notifications == {
        "oncall": RawNotification(
            name="oncall", kind="page", table={"kind": "page", "number": "7"}, file=tmp_path / "disengage.toml"
        )
    }
