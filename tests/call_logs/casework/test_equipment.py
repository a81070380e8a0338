"""The register of equipment: files in and out, and which tickets are about a piece."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from call_logs import FileKind, Store, import_file
from call_logs.casework.equipment import NewEquipment
from call_logs.casework.equipment_sheet import read_equipment_csv, write_equipment_csv
from call_logs.roster import Address, ImportFailed
from call_logs.storage import NotAllowed, NotFound
from call_logs.tickets import NewTicket
from tests.people import person

MANAGER = person("manager")
LIFT = NewEquipment(
    "Lift 3-1",
    ("lift_fault", "lift_entrapment"),
    Address(building="3", unit="1", lift="1"),
    "Otis",
    "400 820 0000",
    date(2026, 10, 31),
    "key at the gate",
)
PUMP = NewEquipment("Pump", ("water_cut",), Address(area="地下室泵房"))
SHEET = (
    "name,category,building,unit,lift,area,supplier,contact,last_maintenance,note\n"
    "Lift 3-1,lift_fault;lift_entrapment,3,1,1,,Otis,400 820 0000,2026/10/31,key at the gate\n"
    "Pump,water_cut,,,,地下室泵房,,,,\n"
)


async def load(store: Store, text: str = SHEET, *, replace: bool = False) -> int:
    return await import_file(
        store, FileKind.EQUIPMENT, text.encode(), MANAGER, source="a.csv", replace=replace
    )


def test_a_sheet_is_read_and_written_back() -> None:
    pieces = read_equipment_csv(SHEET.encode(), "a.csv", "CN")
    assert pieces == (LIFT, PUMP)
    assert read_equipment_csv(write_equipment_csv(pieces), "b.csv", "CN") == pieces


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",lift_fault,3", "`name` is missing"),
        ("x,,3", "`category` is missing"),
        ("x,lift_fault,", "has no place"),
        ("x,lift_fault,3,soon", "is no day"),
        ("x,lift_fault,3,2026-02-30", "is no day"),
        (f"{'x' * 101},lift_fault,3", "more than 100"),
        ("x,lift_fault,3\nx,lift_fault,4", "is there twice"),
    ],
)
def test_every_mistake_is_told_with_its_row(row: str, told: str) -> None:
    text = f"name,category,building,last_maintenance\n{row}\n"
    with pytest.raises(ImportFailed) as failed:
        read_equipment_csv(text.encode(), "a.csv", "CN")
    assert told in str([each.message for each in failed.value.problems])


async def test_a_file_is_taken_whole_and_again(store: Store) -> None:
    assert await load(store) == 2
    lift, pump = await store.equipment.all(MANAGER)
    assert (lift.name, lift.contact, lift.last_maintenance) == (
        "Lift 3-1",
        "400 820 0000",
        date(2026, 10, 31),
    )
    assert await load(store, SHEET.replace("Otis", "Kone")) == 2
    assert (await store.equipment.get(lift.id, MANAGER)).supplier == "Kone"
    with pytest.raises(ImportFailed):
        await load(store, "name,category\nx,y\n", replace=True)
    assert len(await store.equipment.all(MANAGER)) == 2
    assert await load(store, "\n".join(SHEET.splitlines()[:2]), replace=True) == 1
    with pytest.raises(NotFound):
        await store.equipment.get(pump.id, MANAGER)
    changes = await store.roster.history()
    assert {change.kind for change in changes} == {"equipment"}


async def test_a_ticket_finds_its_equipment_and_the_equipment_its_tickets(store: Store) -> None:
    await load(store)
    lift, pump = await store.equipment.all(MANAGER)

    async def found(**facts: str) -> list[str]:
        ticket = await store.tickets.open(NewTicket(**facts))  # type: ignore[arg-type]
        return [piece.name for piece in await store.equipment.of_ticket(ticket, MANAGER)]

    assert await found(category="lift_fault", building="3", unit="1") == ["Lift 3-1"]
    assert await found(category="lift_entrapment", building="3") == ["Lift 3-1"]
    assert await found(category="lift_fault", building="3", unit="2") == []
    assert await found(category="lift_fault", building="33") == []
    assert await found(category="fault", building="3") == []
    assert await found(building="3") == []
    assert await found(category="water_cut", area="泵房") == ["Pump"]
    assert await found(category="water_cut", building="9") == []
    tickets = await store.equipment.tickets(lift, MANAGER)
    assert [(each.category, each.unit) for each in tickets] == [
        ("lift_entrapment", ""),
        ("lift_fault", "1"),
    ]
    assert [each.area for each in await store.equipment.tickets(pump, MANAGER)] == []


async def test_rights_are_asked_in_the_store(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load(sqlite_store)
    (lift, _) = await sqlite_store.equipment.all(MANAGER)
    ticket = await sqlite_store.tickets.open(NewTicket(category="lift_fault"))
    monkeypatch.setattr("call_logs.users.actor.may", lambda role, permission: False)
    register = sqlite_store.equipment
    for try_it in (
        register.save_all([LIFT], MANAGER),
        register.all(MANAGER),
        register.get(lift.id, MANAGER),
        register.of_ticket(ticket, MANAGER),
        register.tickets(lift, MANAGER),
    ):
        with pytest.raises(NotAllowed):
            await try_it


async def test_two_who_import_one_register_at_once_make_one(store: Store) -> None:
    pieces = [NewEquipment(f"Lift {number}", ("lift_fault",), Address("3")) for number in range(20)]
    await asyncio.gather(*(store.equipment.save_all(pieces, MANAGER) for _ in range(4)))
    assert len(await store.equipment.all(MANAGER)) == 20
