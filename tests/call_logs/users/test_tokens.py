"""Tokens of programs: hashed, scoped, revoked, over in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from call_logs import Store
from call_logs.storage import InvalidValue, NotAllowed, NotFound, StoreError
from call_logs.users import GRANTABLE, Actor, Permission, Role
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

ADMIN = person("admin", Role.ADMIN)
READS = frozenset({Permission.SEE_TICKETS})


async def test_the_database_keeps_the_hash_alone(sqlite_store: Store) -> None:
    _, secret = await sqlite_store.tokens.make("billing", READS, ADMIN)
    async with sqlite_store.database.reading() as session:
        rows = (await session.execute(text("SELECT * FROM api_tokens"))).all()
    assert secret.removeprefix("hotline_") not in repr(rows)
    (token,) = await sqlite_store.tokens.all(ADMIN)
    assert secret not in repr(token)


async def test_it_is_good_until_it_is_revoked(store: Store) -> None:
    made, secret = await store.tokens.make("billing", READS, ADMIN)
    used = await store.tokens.use(secret)
    assert used is not None
    assert (used.name, used.rights, used.actor_name) == ("billing", READS, "api:billing")
    assert (await store.tokens.all(ADMIN))[0].last_used_at is not None
    revoked = await store.tokens.revoke(made.id, ADMIN)
    assert (revoked.revoked_by, await store.tokens.use(secret)) == ("admin", None)
    assert await store.tokens.revoke(made.id, ADMIN) == revoked
    for wrong in ("", "hotline_", secret[:-1], secret + "x", secret.upper()):
        assert await store.tokens.use(wrong) is None
    with pytest.raises(NotFound):
        await store.tokens.revoke(99, ADMIN)


async def test_it_ends_with_its_days(open_store: OpenStore) -> None:
    clock = TurnedClock()
    store = await open_store(clock=clock)
    _, secret = await store.tokens.make("billing", READS, ADMIN, days=2)
    await clock.turn(timedelta(days=2, seconds=-1))
    assert await store.tokens.use(secret) is not None
    await clock.turn(timedelta(seconds=1))
    assert await store.tokens.use(secret) is None


async def test_what_a_token_cannot_be_is_told(store: Store) -> None:
    await store.tokens.make("billing", READS, ADMIN)
    make = store.tokens.make
    for name, rights, days, field in (
        ("billing", READS, None, "name"),
        ("", READS, None, "name"),
        ("Über", READS, None, "name"),
        ("x" * 61, READS, None, "name"),
        ("other", frozenset[Permission](), None, "rights"),
        ("other", {Permission.APPROVE}, None, "rights"),
        ("other", {Permission.MANAGE_USERS}, None, "rights"),
        ("other", READS, 0, "days"),
    ):
        with pytest.raises(InvalidValue, match=field):
            await make(name, rights, ADMIN, days=days)
    for role in Role:
        if role is not Role.ADMIN:
            with pytest.raises(NotAllowed):
                await make("other", READS, person("x", role))
            with pytest.raises(NotAllowed):
                await store.tokens.all(person("x", role))
            with pytest.raises(NotAllowed):
                await store.tokens.revoke(1, person("x", role))
    assert len(await store.tokens.all(ADMIN)) == 1


async def test_no_user_is_taken_for_a_program(sqlite_store: Store) -> None:
    with pytest.raises(StoreError):
        await sqlite_store.users.add(
            "api:billing", "lamp water lift 42", Role.OPERATOR, actor=ADMIN
        )


@given(rights=st.frozensets(st.sampled_from(sorted(GRANTABLE))), asked=st.sampled_from(Permission))
def test_the_rights_of_a_token_count_and_not_its_role(
    rights: frozenset[Permission], asked: Permission
) -> None:
    for role in Role:
        assert Actor("api:billing", role, rights).may(asked) == (asked in rights)
