"""Administering the people who use the dashboard."""

from __future__ import annotations

from call_logs import Store
from call_logs.users import Role
from tests.dashboard.browserless import Visitor
from tests.dashboard.conftest import PASSWORD

FIRST = "first password 1"


async def test_a_new_user_can_sign_in_and_must_choose_a_password(
    store: Store, admin: Visitor, visitor: Visitor
) -> None:
    answer = await admin.send(
        "/users", name="Li", full_name="李小红", role="operator", password=FIRST
    )

    assert answer.headers["location"] == "/users?done=added"
    assert (await visitor.sign_in("li", FIRST)).status_code == 303
    assert (await visitor.get("/tickets")).headers["location"] == "/account"


async def test_a_taken_name_and_a_short_password_are_explained(admin: Visitor) -> None:
    taken = await admin.send("/users", name="operator", role="operator", password=FIRST)
    short = await admin.send("/users", name="other", role="operator", password="short")

    assert taken.status_code == short.status_code == 422
    assert "already a user" in taken.text
    assert "at least 10" in short.text


async def test_a_switched_off_account_is_out_at_once(
    store: Store, admin: Visitor, operator: Visitor
) -> None:
    user = await store.users.get("operator")

    await admin.send(f"/users/{user.id}", role="operator", full_name="")

    assert (await operator.get("/tickets")).status_code == 303
    assert (await operator.sign_in("operator", PASSWORD)).status_code == 401


async def test_nobody_takes_his_own_rights_away(store: Store, admin: Visitor) -> None:
    me = await store.users.get("admin")

    answer = await admin.send(f"/users/{me.id}", role="operator", active="true")

    assert answer.status_code == 422
    assert (await store.users.get("admin")).role is Role.ADMIN


async def test_a_new_first_password_ends_the_old_one(
    store: Store, admin: Visitor, operator: Visitor
) -> None:
    user = await store.users.get("operator")

    await admin.send(f"/users/{user.id}/password", password=FIRST)

    assert (await operator.get("/tickets")).status_code == 303
    assert (await operator.sign_in("operator", FIRST)).status_code == 303
