"""Files into the roster and the directory, whole or not at all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from call_logs.imports import FileKind, import_file
from call_logs.owners.directory import BATCH
from call_logs.roster.documents import EntryKind
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.roster import on_call
from call_logs.store import Store
from call_logs.tables.ticket_kinds import TicketKind
from call_logs.tickets.ticket import NewTicket
from tests.call_logs.roster_world import COMPANY
from tests.people import person

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


@pytest.fixture
async def store(sqlite_store: Store) -> Store:
    await sqlite_store.roster.import_toml(COMPANY, person("admin"))
    return sqlite_store


def event(summary: str, uid: str, start: datetime, hours: int = 8) -> str:
    times = [f"{moment:%Y%m%dT%H%M%SZ}" for moment in (start, start + timedelta(hours=hours))]
    return "\r\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"SUMMARY:{summary}",
            f"DTSTART:{times[0]}",
            f"DTEND:{times[1]}",
            "END:VEVENT",
        ]
    )


def calendar(*events: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""]).encode()


async def test_each_kind_of_file_finds_its_place(store: Store) -> None:
    files = {
        FileKind.ROSTER: b"[[person]]\nid='new'\ncontacts=['ext:1']\n",
        FileKind.PEOPLE: b"id,contacts\nnewer,ext:2\n",
        FileKind.SHIFTS: b"schedule,people,days\ndesk,newer,daily\n",
        FileKind.OWNERS: b"number,building\n13812345678,3\n",
        FileKind.SHIFT_CALENDAR: calendar(event("zhao", "a", TOMORROW)),
        FileKind.LEAVE_CALENDAR: calendar(event("wang", "b", TOMORROW)),
    }
    for kind, data in files.items():
        count = await import_file(store, kind, data, person("zhao"), source=kind, schedule="night")
        assert count == 1
    roster = await store.roster.current()
    at = TOMORROW + timedelta(hours=1)
    assert {person.id for person in on_call(roster, at)} >= {"newer", "zhao"}
    assert "wang" not in {person.id for person in on_call(roster, at)}
    assert await store.directory.lookup("13812345678") is not None
    assert {change.actor for change in (await store.roster.history(limit=6))} == {"zhao"}


@pytest.mark.parametrize("kind", list(FileKind))
async def test_a_file_of_nonsense_changes_nothing(store: Store, kind: FileKind) -> None:
    before = await store.roster.entries()
    for data in (b"nonsense", b"\xff\xff\xff\x00", b"x" * 20_000_001):
        with pytest.raises(ImportFailed):
            await import_file(store, kind, data, person("a"), source="f", schedule="night")
    assert await store.roster.entries() == before
    assert await store.directory.count() == 0


async def test_leave_that_moved_in_its_calendar_moves_here_and_other_leave_stays(
    store: Store,
) -> None:
    async def leave() -> set[tuple[str, str]]:
        entries = await store.roster.entries(EntryKind.LEAVE)
        return {(str(e.document["uid"]), str(e.document["from"])) for e in entries}

    by_hand = await leave()
    first = calendar(event("wang", "a", TOMORROW), event("li", "b", TOMORROW))
    await import_file(store, FileKind.LEAVE_CALENDAR, first, person("a"), source="f")
    later = TOMORROW + timedelta(days=1)
    moved = calendar(event("wang", "a", later))
    await import_file(store, FileKind.LEAVE_CALENDAR, moved, person("a"), source="f")
    kept = {("a", later.isoformat()), ("b", TOMORROW.isoformat())}
    assert await leave() == by_hand | kept
    await import_file(store, FileKind.LEAVE_CALENDAR, moved, person("a"), source="f", replace=True)
    assert await leave() == by_hand | {("a", later.isoformat())}


async def test_a_shift_calendar_of_an_unknown_schedule_is_refused(store: Store) -> None:
    data = calendar(event("zhao", "a", TOMORROW))
    with pytest.raises(ImportFailed, match="schedule `ghost`"):
        await import_file(
            store, FileKind.SHIFT_CALENDAR, data, person("a"), source="f", schedule="ghost"
        )


NESTED = {
    "tables in a line": "x = " + "{a = " * 20_000 + "1" + "}" * 20_000,
    "lists": "x = " + "[" * 50_000 + "]" * 50_000,
    "a dotted key": "a" + ".a" * 100_000 + " = 1",
    "a quoted dotted key": "'a'" + ".'a'" * 100_000 + " = 1",
    "a header of many parts": "[" + "a." * 100_000 + "a]",
    "a number of 5,000 digits": f"x = {'9' * 5000}",
    "many tables": "[[person]]\n" * 6000,
    "many contacts": "[[person]]\nid = 'x'\ncontacts = [" + "'13812345678'," * 1000 + "]",
    "half a character": "[[person]]\nid = 'x'\nname = \"\\ud800\"\n",
}


@pytest.mark.parametrize("name", NESTED)
async def test_a_roster_that_no_person_wrote_is_refused_in_words(store: Store, name: str) -> None:
    before = await store.roster.current()
    with pytest.raises(ImportFailed) as refused:
        await import_file(
            store, FileKind.ROSTER, NESTED[name].encode(), person("admin"), source="x.toml"
        )
    assert refused.value.problems
    assert await store.roster.current() == before


@pytest.mark.parametrize("kind", [kind for kind in FileKind if kind is not FileKind.OWNERS])
async def test_a_file_larger_than_its_kind_ever_is_is_refused_unread(
    store: Store, kind: FileKind
) -> None:
    with pytest.raises(ImportFailed, match="split it"):
        await import_file(
            store, kind, b"\n" * 5_000_001, person("admin"), source="x", schedule="night"
        )


async def test_an_import_of_many_owners_leaves_the_loop_and_other_writers_alone(
    store: Store,
) -> None:
    """What runs at a time on the loop is one batch, whatever the file's length."""
    rows = [f"1390000{number:04},{number % 30 + 1}" for number in range(3000)]
    data = ("number,building\n" + "\n".join(rows)).encode()
    told: list[tuple[int, int]] = []
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await store.tickets.open(NewTicket(TicketKind.REPAIR))
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    count = await import_file(
        store,
        FileKind.OWNERS,
        data,
        person("admin"),
        source="owners.csv",
        progress=lambda done, total: told.append((done, total)),
    )
    beside.cancel()
    assert count == 3000
    assert told[-1] == (3000, 3000)
    assert [done for done, _ in told] == list(range(BATCH, 3001, BATCH))
    assert turns >= len(told) // 2  # others wrote between the batches
    assert len(await store.directory.all()) == 3000


async def test_while_owners_are_replaced_nobody_who_stays_is_unknown(store: Store) -> None:
    old = "number,building\n" + "\n".join(f"1390000{number:04},1" for number in range(300))
    await import_file(store, FileKind.OWNERS, old.encode(), person("admin"), source="old.csv")
    known: list[bool] = []
    looks: list[asyncio.Task[None]] = []

    def look(done: int, total: int) -> None:
        looks.append(asyncio.create_task(_look()))

    async def _look() -> None:
        known.append(await store.directory.lookup("13900000299") is not None)

    new = "number,building\n" + "\n".join(f"1390000{number:04},2" for number in range(250, 600))
    count = await import_file(
        store,
        FileKind.OWNERS,
        new.encode(),
        person("admin"),
        source="new.csv",
        replace=True,
        progress=look,
    )
    assert count == 350
    await asyncio.gather(*looks)
    assert len(known) > 2
    assert all(known)
    owner = await store.directory.lookup("13900000299")
    assert owner is not None
    assert owner.address.building == "2"
    assert await store.directory.lookup("13900000000") is None


def test_a_file_of_mistakes_tells_the_first_and_how_many_more() -> None:
    failed = ImportFailed("x", [ImportProblem(f"line {n}", "is wrong") for n in range(5000)])
    assert len(failed.problems) == 201
    assert failed.problems[-1].message == "has 4800 more mistakes"
