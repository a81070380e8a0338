"""What comes back: counted at its place or its equipment, a case of several owners once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from call_logs import Store
from call_logs.casework import NewEquipment
from call_logs.reports import Recurring
from call_logs.roster import Address
from call_logs.storage import InvalidValue, NotAllowed
from call_logs.tickets import NewTicket, Ticket, TicketKind, edit
from call_logs.users import Role
from tests.people import person

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
START = datetime(2026, 10, 1, tzinfo=ZONE)
MANAGER = person("wang", Role.MANAGER)


async def told(store: Store, day: int, **fields: str) -> Ticket:
    return await store.tickets.open(
        NewTicket(
            TicketKind.REPAIR,
            opened_at=START + timedelta(days=day),
            **{"category": "lift_fault", "building": "3", **fields},  # type: ignore[arg-type]
        )
    )


async def found(store: Store) -> tuple[Recurring, ...]:
    return await store.reports.recurring(MANAGER, FIRST, LAST)


async def test_the_third_time_is_one_too_many(store: Store) -> None:
    first, second = await told(store, 1), await told(store, 4)
    assert await found(store) == ()
    await store.tickets.update(second.id, MANAGER, edit(cause="门机老化"))
    third = await told(store, 11)
    await told(store, 40)  # in November

    (each,) = await found(store)

    assert (each.category, each.building, each.times) == ("lift_fault", "3", 3)
    assert each.tickets == (third.id, second.id, first.id)
    assert each.last_at == third.opened_at
    assert each.every == timedelta(days=5)  # three and seven
    assert each.cause == "门机老化"
    assert each.equipment == ""


async def test_another_place_another_category_and_no_place_are_another_thing(
    store: Store,
) -> None:
    await told(store, 1)
    await told(store, 2, building="4")
    await told(store, 3, category="noise")
    for day in range(4, 8):
        await told(store, day, building="")
        await told(store, day, category="other")
        await told(store, day, category="")

    assert await found(store) == ()


async def test_tickets_of_one_case_and_merged_ones_are_one_time(store: Store) -> None:
    one, two, three = [await told(store, 1) for _ in range(3)]
    await store.groups.join([one.id, two.id, three.id], MANAGER)
    again, same = await told(store, 5), await told(store, 6)
    await store.links.merge(same.id, again.id, MANAGER)
    assert await found(store) == ()

    await told(store, 9)

    (each,) = await found(store)
    assert each.times == 3
    assert len(each.tickets) == 5


async def test_a_piece_of_equipment_is_named_when_it_can_be_no_other(store: Store) -> None:
    pieces = [
        NewEquipment("3-1 lift", ("lift_fault",), Address("3", "1")),
        NewEquipment("3-2 lift", ("lift_fault",), Address("3", "2")),
    ]
    await store.equipment.save_all(pieces, MANAGER)
    for day in range(3):
        await told(store, day, unit="1")
        await told(store, day)  # of either

    names = {each.equipment: each.times for each in await found(store)}

    assert names == {"3-1 lift": 3, "": 3}
    known = {each.name: each.id for each in await store.equipment.all(MANAGER)}
    assert known["3-1 lift"] in {each.equipment_id for each in await found(store)}


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.OPERATOR])
async def test_it_is_for_readers_of_reports(sqlite_store: Store, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await sqlite_store.reports.recurring(person("li", role), FIRST, LAST)
    with pytest.raises(NotAllowed):
        await sqlite_store.reports.waits(person("li", role), FIRST, LAST)


async def test_more_than_a_year_is_refused(sqlite_store: Store) -> None:
    with pytest.raises(InvalidValue):
        await sqlite_store.reports.recurring(MANAGER, date(2024, 1, 1), LAST)
