"""Who gets in, and what a forged or guessed request gets."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from call_logs import Store
from call_logs.users import HOTLINE, Role
from dashboard.web.errors import safe_path
from tests.dashboard.browserless import Visitor
from tests.dashboard.conftest import PASSWORD

FIRST = "first password 1"


async def test_a_stranger_is_sent_to_the_login_page_and_back(visitor: Visitor) -> None:
    answer = await visitor.get("/tickets?status=all")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/tickets%3Fstatus%3Dall"

    answer = await visitor.sign_in("operator", PASSWORD, next="/tickets?status=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets?status=all")
    assert (await visitor.get("/tickets")).status_code == 200


async def test_a_stranger_gets_json_from_the_api(visitor: Visitor) -> None:
    answer = await visitor.get("/api/v1/tickets")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "sign_in_needed"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_fragment_for_a_stranger_moves_the_whole_page(visitor: Visitor) -> None:
    answer = await visitor.part("/tickets")

    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/login")


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    visitor: Visitor,
) -> None:
    answer = await visitor.sign_in("operator", PASSWORD)

    cookie = next(
        value for value in answer.headers.get_list("set-cookie") if "hotline_session" in value
    )
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_a_wrong_password_is_told_kindly_and_keeps_the_name(visitor: Visitor) -> None:
    answer = await visitor.sign_in("operator", "guess")

    assert answer.status_code == 401
    assert "Name or password is wrong" in answer.text
    assert 'value="operator"' in answer.text
    assert "guess" not in answer.text


async def test_many_wrong_passwords_lock_the_account_for_a_while(visitor: Visitor) -> None:
    for _ in range(30):
        answer = await visitor.sign_in("operator", "guess")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert "then try again" in answer.text

    answer = await visitor.sign_in("operator", PASSWORD)
    assert answer.status_code == 429, "the right password does not open a locked account either"


async def test_the_login_form_of_another_browser_is_refused(app: FastAPI, visitor: Visitor) -> None:
    async with Visitor(app) as other:
        token = await other.csrf("/login")
    answer = await visitor.http.post(
        "/login", data={"csrf_token": token, "name": "operator", "password": PASSWORD}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize("token", [None, "", "wrong"])
async def test_a_form_without_the_sessions_token_changes_nothing(
    operator: Visitor, store: Store, token: str | None
) -> None:
    data = {} if token is None else {"csrf_token": token}

    answer = await operator.http.post("/live/abc/hangup", data=data)

    assert answer.status_code == 403
    assert "expired" in answer.text


async def test_a_form_sent_by_another_site_changes_nothing(operator: Visitor) -> None:
    token = await operator.csrf()

    answer = await operator.http.post(
        "/logout", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert (await operator.get("/tickets")).status_code == 200


async def test_signing_out_ends_the_session_for_whoever_kept_its_token(operator: Visitor) -> None:
    kept = operator.http.cookies["hotline_session"]

    answer = await operator.send("/logout")

    assert answer.headers["location"] == "/login"
    operator.http.cookies.set("hotline_session", kept)
    assert (await operator.get("/tickets")).status_code == 303


async def test_a_first_password_must_be_replaced_before_anything_else(
    store: Store, app: FastAPI
) -> None:
    await store.users.add("new", FIRST, Role.OPERATOR, HOTLINE, must_change_password=True)
    async with Visitor(app) as one:
        await one.sign_in("new", FIRST)
        assert (await one.get("/tickets")).headers["location"] == "/account"
        assert (await one.get("/api/v1/tickets")).json()["error"]["code"] == (
            "password_change_needed"
        )

        answer = await one.send(
            "/account/password", old=FIRST, new="a better password", repeated="a better password"
        )

        assert answer.headers["location"] == "/account?saved=true"
        assert (await one.get("/tickets")).status_code == 200, "this session goes on"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (("wrong", "long enough 1", "long enough 1"), "present password is wrong"),
        ((PASSWORD, "short", "short"), "at least 10"),
        ((PASSWORD, "long enough 1", "long enough 2"), "not the same"),
    ],
)
async def test_a_password_is_not_changed_by_mistake(
    operator: Visitor, visitor: Visitor, fields: tuple[str, str, str], problem: str
) -> None:
    old, new, repeated = fields
    answer = await operator.send("/account/password", old=old, new=new, repeated=repeated)

    assert answer.status_code == 422
    assert problem in answer.text
    assert (await visitor.sign_in("operator", PASSWORD)).status_code == 303


async def test_the_language_is_kept_and_ends_on_the_same_page(operator: Visitor) -> None:
    answer = await operator.send("/language", language="zh-CN", next="/account")

    assert answer.headers["location"] == "/account"
    page = await operator.get("/account")
    assert 'lang="zh-CN"' in page.text
    assert "修改密码" in page.text


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/tickets?a=1", "/tickets?a=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("tickets", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
    ],
)
def test_the_way_on_after_signing_in_stays_here(asked: str, path: str) -> None:
    assert safe_path(asked) == path
