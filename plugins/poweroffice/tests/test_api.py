import subprocess
import sys
from typing import Any

import pytest
from disengage import Link, Secret, UnexpectedResponseError
from disengage_poweroffice import api
from disengage_poweroffice.connector import PowerOffice


def test_calls_are_counted_per_subscription_key_under_a_name_that_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("ONE", "the-key"), ("SAME", "the-key"), ("OTHER", "another-key")):
        monkeypatch.setenv(name, value)
    one, same, other = (api.limit_key(Secret("env", name)) for name in ("ONE", "SAME", "OTHER"))
    assert one == same != other
    assert one.startswith("poweroffice:")
    assert "the-key" not in one


def test_the_connector_keeps_go_s_limit_by_itself(simulate: Any, connect: Any, ask: Any) -> None:
    go = simulate(calls_per_second=10)
    connection = connect(go, PowerOffice)
    for _ in range(2):
        connection.observe(Link(ref=go.clients[0].id), ask())
    assert {entry.status for entry in go.journal} <= {200, 204}


def test_loading_the_plugin_does_not_load_the_http_kit() -> None:
    code = "import sys, disengage_poweroffice.plugin as p; p.connector_types(); print('httpx' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert shown.stdout.strip() == "False"


def test_an_id_that_would_leave_its_place_in_the_path_is_not_sent(simulate: Any, connect: Any) -> None:
    go = simulate()
    connection = connect(go, partner_client_id=f"x/../../ClientAdmin/{go.partner.id}")
    with pytest.raises(UnexpectedResponseError):
        api.list_users(connection._go.partner, connection.settings.partner_client_id)
    assert [entry.path for entry in go.journal if "Users" in entry.path] == []
