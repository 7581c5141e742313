"""A change is not sent by whoever lost the right to make it; reads are."""

from __future__ import annotations

import pytest
from disengage.errors import StoreError
from disengage.http.fence import fenced

from tests.http.conftest import Platform, Speech


def _lost() -> None:
    raise StoreError("The hold on a link was lost.")


def test_only_what_changes_nothing_is_sent_behind_a_fence(platform: Platform, client: Speech) -> None:
    speaking = client()
    with fenced(_lost):
        speaking.get("/items", operation="list_items")
        with pytest.raises(StoreError):
            speaking.call("PATCH", "/users/7", operation="patch_user", json={})
    assert [call.method for call in platform.seen] == ["GET"]
    speaking.call("PATCH", "/users/7", operation="patch_user", json={})
    assert platform.effects == ["PATCH /v2/users/7"]
