"""Whose number a call comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from call_logs.owners.directory import Owner
from call_logs.roster.addresses import Address
from call_logs.roster.errors import RosterError
from call_logs.storage.errors import NotFound, StoreBusy
from call_logs.store import Store
from tests.call_logs.roster_world import on_disk
from tests.people import person

ZHANG = Owner("138 1234 5678", "张先生", Address("3", "2", "15", "1502"), "行动不便")


@pytest.mark.parametrize(
    "number", ["13812345678", "+8613812345678", "008613812345678", "138-1234-5678"]
)
async def test_an_owner_is_found_by_his_number_however_the_network_writes_it(
    store: Store, number: str
) -> None:
    await store.directory.save(ZHANG, person("admin"))
    owner = await store.directory.lookup(number)
    assert owner is not None
    assert owner.address == ZHANG.address
    assert owner.name == "张先生"
    assert owner.number == "+8613812345678"


@pytest.mark.parametrize("number", ["", "anonymous", "13812345679"])
async def test_an_unknown_or_withheld_number_belongs_to_nobody(store: Store, number: str) -> None:
    await store.directory.save(ZHANG, person("admin"))
    assert await store.directory.lookup(number) is None


async def test_saving_a_number_again_changes_its_owner(store: Store) -> None:
    await store.directory.save(ZHANG, person("admin"))
    await store.directory.save(Owner("+8613812345678", "新业主", Address("4")), person("admin"))
    assert await store.directory.count() == 1
    owner = await store.directory.lookup(ZHANG.number)
    assert owner is not None
    assert owner.name == "新业主"


async def test_thousands_of_owners_are_saved_together_and_can_be_replaced(store: Store) -> None:
    many = [Owner(f"1390000{n:04}", address=Address(str(n % 20), room=str(n))) for n in range(2500)]
    assert await store.directory.save_all(many, person("admin")) == 2500
    assert await store.directory.save_all([ZHANG], person("admin")) == 2501
    assert await store.directory.save_all([ZHANG], person("admin"), replace=True) == 1
    assert [owner.name for owner in await store.directory.all()] == ["张先生"]


async def test_an_owner_without_a_number_stops_the_whole_import(store: Store) -> None:
    with pytest.raises(RosterError, match="number"):
        await store.directory.save_all([ZHANG, Owner(" - ")], person("admin"), replace=True)
    assert await store.directory.count() == 0


async def test_an_owner_can_be_removed(store: Store) -> None:
    await store.directory.save(ZHANG, person("admin"))
    await store.directory.remove("13812345678", person("admin"))
    assert await store.directory.lookup("13812345678") is None
    with pytest.raises(NotFound):
        await store.directory.remove("13812345678", person("admin"))
    history = await store.roster.history()
    assert [(each.actor, each.action, each.after) for each in history] == [
        ("admin", "removed", {"count": 1}),
        ("admin", "saved", {"count": 1}),
    ]


async def test_owners_are_listed_by_building_in_the_order_of_numbers(store: Store) -> None:
    homes = [("10", "1"), ("2", "10"), ("2", "9")]
    await store.directory.save_all(
        [
            Owner(f"1390000000{index}", address=Address(building, unit))
            for index, (building, unit) in enumerate(homes)
        ],
        person("admin"),
    )
    listed = [(o.address.building, o.address.unit) for o in await store.directory.all()]
    assert listed == [("2", "9"), ("2", "10"), ("10", "1")]


async def test_a_caller_is_not_kept_waiting_when_the_database_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.directory.save(ZHANG, person("admin"))

    def away() -> None:
        raise StoreBusy("away")

    monkeypatch.setattr(store.database, "reading", away)
    assert await store.directory.lookup("13812345678") is None


async def test_owners_are_not_readable_in_the_database_file(
    sqlite_store: Store, tmp_path: Path
) -> None:
    await sqlite_store.directory.save(ZHANG, person("admin"))
    for word in ("13812345678", "张先生", "行动不便"):
        assert word.encode() not in on_disk(tmp_path)
    assert "138" not in repr(ZHANG)
    assert "张" not in repr(ZHANG)
    assert "1502" not in repr(ZHANG.address)
