from __future__ import annotations

import httpx
import pytest
from disengage.errors import PluginError, RejectedError, UnexpectedResponseError
from disengage.http import border
from disengage.http.calls import Call
from disengage.testing import Reply


def tree(kind: type[BaseException]) -> set[type[BaseException]]:
    return {kind}.union(*(tree(child) for child in kind.__subclasses__()))


def of_httpx() -> set[type[BaseException]]:
    return {kind for kind in tree(Exception) if kind.__module__.partition(".")[0] == "httpx"}


def a_call(**given):
    url = httpx.URL("https://platform.example/v2")
    return Call(connection="go", operation="patch_user", method="PATCH", url=url, **({"changes": True} | given))


def test_every_exception_of_the_library_is_mapped_by_name():
    assert of_httpx() == set(border.VERDICTS)


def test_every_exception_of_the_library_is_caught_at_the_border():
    assert [kind for kind in of_httpx() if not issubclass(kind, border.FOREIGN)] == []


def test_every_exported_exception_of_the_library_is_seen_by_this_test():
    exported = {getattr(httpx, name) for name in httpx.__all__}
    assert {e for e in exported if isinstance(e, type) and issubclass(e, Exception)} <= set(border.VERDICTS)


@pytest.mark.parametrize("kind", sorted(border.VERDICTS, key=lambda kind: kind.__name__))
@pytest.mark.parametrize("changes", [True, False])
def test_an_exception_of_the_library_becomes_one_of_ours_without_its_words(kind, changes):
    error = kind.__new__(kind, "https://platform.example/?token=secret")
    error.args = ("https://platform.example/?token=secret",)
    ours = border.of_exception(a_call(changes=changes), error)
    assert ours.error.message.startswith("go: patch_user ")
    assert "secret" not in str(ours.error)
    if changes and border.VERDICTS[kind] is not border.Verdict.NOT_SENT:
        assert not ours.again


@pytest.mark.parametrize(
    ("body", "words", "code"),
    [
        (
            {"Title": "Bad Request", "Detail": "ToDate must be after 2026-12-31."},
            "Bad Request; ToDate must be after 2026-12-31",
            None,
        ),
        ({"error": {"code": "E17", "message": "No such user"}}, "No such user", "E17"),
        ({"error": "invalid_scope", "error_description": "Unknown"}, "Unknown; invalid_scope", "invalid_scope"),
        ({"errors": {"ToDate": ["must be in the future"]}}, "must be in the future", None),
        ({"ErrorCode": 4000, "DeveloperErrorMessage": "Conflict"}, "Conflict", "4000"),
        (
            {"message": "user kari@nordlys.example with number 01019012345 exists"},
            "user [e-mail] with number [number] exists",
            None,
        ),
        ({"message": "x " * 200}, "x " * 99 + "x…", None),
        ({"message": "\x1b[31mred\x07 alert"}, "[31mred alert", None),
    ],
)
def test_the_platforms_own_words_are_quoted_redacted(platform, client, body, words, code):
    platform.on("PATCH", "/v2/users/7", Reply(400, body))
    with pytest.raises(RejectedError) as caught:
        client().call("PATCH", "/users/7", operation="patch_user", json={})
    expected = (f"go: patch_user was refused (400): {words}.", 400, code)
    assert (caught.value.message, caught.value.status, caught.value.code) == expected


@pytest.mark.parametrize("body", [b"<html>secret</html>", b"", b'{"broken', b'"just words"', b"[" * 100_000])
def test_a_refusal_without_readable_words_is_still_a_refusal(platform, client, body):
    platform.on("PATCH", "/v2/users/7", Reply(409, body))
    with pytest.raises(RejectedError) as caught:
        client().call("PATCH", "/users/7", operation="patch_user", json={})
    assert (caught.value.status, "secret" in str(caught.value)) == (409, False)


def test_what_we_sent_about_people_is_not_repeated_when_the_platform_does(platform, client):
    platform.on("POST", "/v2/users", Reply(422, {"message": "Kari Nordmann already has the role Administrator"}))
    sent = {"FirstName": "Kari", "LastName": "Nordmann", "Role": "Administrator"}
    with pytest.raises(RejectedError) as caught:
        client().call("POST", "/users", operation="invite_user", json=sent)
    assert caught.value.message == "go: invite_user was refused (422): […] […] already has the role Administrator."


def test_an_unreadable_answer_shows_its_shape_and_no_value(platform, client):
    platform.on("GET", "/v2/items", Reply(302, {"items": [{"email": "kari@nordlys.example", "n": 1.5}]}))
    with pytest.raises(UnexpectedResponseError) as caught:
        client().get("/items", operation="list_items")
    assert "kari" not in str(caught.value) + caught.value.sample


def test_the_sample_of_an_answer_that_is_no_json_tells_type_and_size(platform, client):
    page = Reply(200, b"<html>Kari</html>", {"Content-Type": "text/html; charset=utf-8"})
    platform.on("GET", "/v2/items", page)
    answer = client().get("/items", operation="list_items")
    with pytest.raises(UnexpectedResponseError) as caught:
        answer.json()
    assert caught.value.sample == "text/html, 17 bytes, not JSON"


def test_accepted_statuses_are_answers(platform, client):
    platform.on("GET", "/v2/items", Reply(404, {"title": "Not found"}))
    assert client().get("/items", operation="list_items", accept=(404,)).status == 404


def test_an_empty_answer_is_json_none(platform, client):
    platform.on("GET", "/v2/items", Reply(204))
    assert client().get("/items", operation="list_items").json() is None


def test_a_header_that_cannot_be_sent_is_the_plugins_fault_and_not_repeated_in_the_error(platform, client):
    for value in ("smörgås", "two\r\nlines"):
        with pytest.raises(PluginError) as caught:
            client().get("/items", operation="list_items", headers={"X-Range": value})
        assert value not in str(caught.value)
