"""Known faults: who announces and ends them, and for how long callers hear of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from call_logs import Store
from call_logs.owners import FaultRefused, NewFault, known_faults
from call_logs.storage import NotAllowed, NotFound, StoreError
from call_logs.users import Role
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

NOON = datetime(2026, 11, 27, 7, tzinfo=UTC)
MANAGER = person("manager")
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def store(open_sqlite_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_sqlite_store(clock=clock)


async def test_it_ends_by_its_time(store: Store, clock: TurnedClock) -> None:
    fault = await store.faults.announce(NewFault("water_cut", ("3",), NOON + HOUR), MANAGER)
    assert [each.id for each in await store.faults.told_now()] == [fault.id]
    await clock.turn(HOUR)
    assert await store.faults.told_now() == ()
    assert len(await store.faults.list()) == 1


async def test_it_ends_by_hand_and_the_first_who_ends_it_stands_there(
    open_store: OpenStore,
) -> None:
    store = await open_store()
    fault = await store.faults.announce(NewFault("water_cut"), MANAGER)
    await store.faults.end(fault.id, MANAGER)
    again = await store.faults.end(fault.id, person("other"))
    assert again.ended_by == "manager"
    assert await store.faults.told_now() == ()
    with pytest.raises(NotFound):
        await store.faults.end(fault.id + 1, MANAGER)


async def test_sent_twice_it_is_one(store: Store) -> None:
    one = await store.faults.announce(NewFault("water_cut"), MANAGER, key="k")
    two = await store.faults.announce(NewFault("water_cut"), MANAGER, key="k")
    assert one == two
    assert len(await store.faults.list()) == 1


async def test_sent_again_after_another_it_is_still_the_first(store: Store) -> None:
    one = await store.faults.announce(NewFault("water_cut"), MANAGER, key="k")
    await store.faults.announce(NewFault("power_cut"), person("other"), key="k")
    assert await store.faults.announce(NewFault("water_cut"), MANAGER, key="k") == one
    # A key under which something else was done is no reason to tell callers nothing.
    other = await store.faults.announce(NewFault("lift_fault"), MANAGER, key="k")
    assert other.category == "lift_fault"
    assert len(await store.faults.told_now()) == 3


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGINEER])
async def test_only_a_manager_announces_and_ends(store: Store, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await store.faults.announce(NewFault("water_cut"), person("x", role))
    fault = await store.faults.announce(NewFault("water_cut"), MANAGER)
    with pytest.raises(NotAllowed):
        await store.faults.end(fault.id, person("x", role))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("category", {"category": " "}),
        ("until", {"until": NOON}),
        ("until", {"until": NOON + timedelta(days=31)}),
        ("buildings", {"buildings": ("x" * 41,)}),
        ("buildings", {"buildings": tuple(map(str, range(201)))}),
        ("words", {"words": "x" * 201}),
    ],
)
async def test_a_bad_field_is_named_with_its_rule(
    store: Store, field: str, values: dict[str, Any]
) -> None:
    with pytest.raises(StoreError, match=field):
        await store.faults.announce(NewFault(**{"category": "water_cut", **values}), MANAGER)
    assert await store.faults.list() == ()


async def test_it_concerns_its_buildings_or_all(store: Store) -> None:
    await store.faults.announce(NewFault("water_cut", ("3号楼", " 5 ", "3")), MANAGER)
    site = await store.faults.announce(NewFault("power_cut"), MANAGER)
    told = await store.faults.told_now()
    assert [len(known_faults(told, building)) for building in ("3", "5", "7", "")] == [2, 2, 1, 1]
    assert known_faults(told, "7")[0].id == site.id


async def test_a_caller_is_added_once(store: Store) -> None:
    fault = await store.faults.announce(NewFault("water_cut"), MANAGER)
    for ticket_id in (7, 7, 8):
        await store.faults.add(fault.id, ticket_id)
    assert (await store.faults.list())[0].added == 2
    assert await store.faults.tickets(fault.id) == (7, 8)


async def test_of_a_category_that_no_language_has_a_word_for_nothing_is_announced(
    store: Store,
) -> None:
    asked: list[int] = []

    def categories() -> tuple[str, ...]:
        asked.append(1)
        return ("water_cut", "lift_stopped")

    store.faults.of_categories(categories)
    for wrong in ("nonsense", "", "water_cut\0"):
        with pytest.raises(FaultRefused, match="category"):
            await store.faults.announce(NewFault(wrong), MANAGER)
    await store.faults.announce(NewFault("water_cut"), MANAGER)
    assert [each.category for each in await store.faults.list()] == ["water_cut"]
    assert asked == [1]
