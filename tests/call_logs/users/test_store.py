from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from call_logs import Store
from call_logs.storage import SYSTEM_CLOCK, LockedOut, LoginRefused, NotFound, StoreError
from call_logs.users import HOTLINE, Role
from call_logs.users.lockout import SOURCE, USER
from call_logs.users.store import SESSION

PASSWORD = "correct horse"


async def test_the_first_administrator_is_made_once(store: Store) -> None:
    created = await store.users.ensure_admin()
    assert created is not None
    login = await store.users.login(*created)
    assert login.user.role is Role.ADMIN
    assert login.user.must_change_password
    assert await store.users.ensure_admin() is None


async def test_a_login_lasts_until_the_logout(store: Store) -> None:
    await store.users.add("Li", PASSWORD, Role.OPERATOR, HOTLINE, full_name="李")
    login = await store.users.login(" LI ", PASSWORD, "10.0.0.1")
    again = await store.users.session(login.token)
    assert again is not None
    assert (again.user, again.csrf_token) == (login.user, login.csrf_token)
    assert again.user.last_login_at is not None
    await store.users.logout(login.token)
    assert await store.users.session(login.token) is None


async def test_a_session_ends_by_itself(store: Store) -> None:
    await store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE)
    login = await store.users.login("li", PASSWORD)
    await store.users.prune(now=SYSTEM_CLOCK.now() + SESSION - timedelta(minutes=1))
    assert await store.users.session(login.token) is not None
    await store.users.prune(now=SYSTEM_CLOCK.now() + SESSION)
    assert await store.users.session(login.token) is None


@pytest.mark.parametrize(("name", "password"), [("li", "wrong"), ("nobody", PASSWORD)])
async def test_wrong_name_and_wrong_password_are_refused_alike(
    sqlite_store: Store, name: str, password: str
) -> None:
    await sqlite_store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE)
    with pytest.raises(LoginRefused, match="wrong name or password"):
        await sqlite_store.users.login(name, password)


async def fail(store: Store, name: str, source: str) -> None:
    with pytest.raises(LoginRefused) as refused:
        await store.users.login(name, "wrong wrong", source)
    assert not isinstance(refused.value, LockedOut)


async def test_a_name_is_locked_after_failures_and_the_right_password_does_not_open_it(
    store: Store,
) -> None:
    await store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE)
    for number in range(USER.free):
        await fail(store, "li", f"10.0.0.{number}")
    with pytest.raises(LockedOut) as locked:
        await store.users.login("li", PASSWORD, "10.9.9.9")
    assert 0 < locked.value.retry_after_s <= 30
    await store.users.set_password("li", "another password", HOTLINE)
    assert await store.users.login("li", "another password")


async def test_a_source_is_locked_although_it_tries_other_names(sqlite_store: Store) -> None:
    await sqlite_store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE)
    for number in range(SOURCE.free):
        await fail(sqlite_store, f"user{number}", "10.0.0.1")
    with pytest.raises(LockedOut):
        await sqlite_store.users.login("li", PASSWORD, "10.0.0.1")
    assert await sqlite_store.users.login("li", PASSWORD, "10.0.0.2")


async def test_a_success_forgives_earlier_failures(sqlite_store: Store) -> None:
    await sqlite_store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE)
    for _ in range(2):
        for _ in range(USER.free - 1):
            await fail(sqlite_store, "li", "10.0.0.1")
        await sqlite_store.users.login("li", PASSWORD, "10.0.0.1")


async def test_guesses_at_the_same_time_are_all_counted(store: Store) -> None:
    await store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE)
    guesses = (store.users.login("li", "wrong wrong", "10.0.0.1") for _ in range(USER.free))
    await asyncio.gather(*guesses, return_exceptions=True)
    with pytest.raises(LockedOut):
        await store.users.login("li", PASSWORD)


async def test_changing_the_password_ends_the_other_sessions(store: Store) -> None:
    user = await store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE, must_change_password=True)
    here, there = [await store.users.login("li", PASSWORD) for _ in range(2)]
    with pytest.raises(LoginRefused):
        await store.users.change_password(user.id, "wrong", "new password")
    await store.users.change_password(user.id, PASSWORD, "new password", keep_token=here.token)
    assert await store.users.session(there.token) is None
    kept = await store.users.session(here.token)
    assert kept is not None
    assert not kept.user.must_change_password
    assert await store.users.login("li", "new password")


async def test_who_is_switched_off_is_out_at_once(store: Store) -> None:
    await store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE)
    login = await store.users.login("li", PASSWORD)
    await store.users.update("li", HOTLINE, active=False)
    assert await store.users.session(login.token) is None
    with pytest.raises(LoginRefused):
        await store.users.login("li", PASSWORD)


async def test_the_last_administrator_stays(store: Store) -> None:
    await store.users.add("chief", PASSWORD, Role.ADMIN, HOTLINE)
    for change in ({"active": False}, {"role": Role.OPERATOR}):
        with pytest.raises(StoreError, match="only administrator"):
            await store.users.update("chief", HOTLINE, **change)
    await store.users.add("deputy", PASSWORD, Role.ADMIN, HOTLINE)
    assert not (await store.users.update("chief", HOTLINE, active=False)).active


@pytest.mark.parametrize(
    ("name", "password"), [("li", PASSWORD), ("", PASSWORD), ("a b", PASSWORD), ("x", "short")]
)
async def test_bad_names_and_passwords_are_refused(
    sqlite_store: Store, name: str, password: str
) -> None:
    await sqlite_store.users.add("Li", PASSWORD, Role.OPERATOR, HOTLINE)
    with pytest.raises(StoreError):
        await sqlite_store.users.add(name, password, Role.OPERATOR, HOTLINE)
    assert len(await sqlite_store.users.list()) == 1


async def test_an_unknown_user_is_not_found(sqlite_store: Store) -> None:
    with pytest.raises(NotFound):
        await sqlite_store.users.get("nobody")
    with pytest.raises(NotFound):
        await sqlite_store.users.set_password(99, PASSWORD, HOTLINE)


async def test_every_look_is_kept_newest_first(store: Store) -> None:
    for number in range(5):
        await store.access.add("li", "looked", "ticket", number, source="10.0.0.1")
    await store.access.add("zhao", "listened", "recording", "abc")
    first = await store.access.list(limit=4)
    rest = await store.access.list(limit=4, before=first.next_cursor)
    assert [access.key for access in (*first.items, *rest.items)] == ["abc", *"43210"]
    assert first.total == 6
    (listened,) = (await store.access.list(user_name="zhao")).items
    assert (listened.action, listened.subject) == ("listened", "recording")
    (third,) = (await store.access.list(subject="ticket", key=3)).items
    assert third.source == "10.0.0.1"


async def test_wrong_guesses_at_the_present_password_lock_as_those_at_a_login_do(
    sqlite_store: Store,
) -> None:
    """An open session in a shared browser is no place to guess at leisure."""
    user = await sqlite_store.users.add("li", PASSWORD, Role.OPERATOR, HOTLINE)

    async def guess() -> None:
        await sqlite_store.users.change_password(user.id, "wrong", "new one", source="192.0.2.1")

    outcomes = []
    for _ in range(20):
        with pytest.raises(LoginRefused) as refused:
            await guess()
        outcomes.append(refused.type)
    assert outcomes[0] is LoginRefused
    assert outcomes[-1] is LockedOut
    with pytest.raises(LockedOut):
        await sqlite_store.users.login("li", PASSWORD, "192.0.2.1")
    with pytest.raises(LockedOut):  # the right one is not even looked at
        await sqlite_store.users.change_password(
            user.id, PASSWORD, "new password", source="192.0.2.1"
        )
