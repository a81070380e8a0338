"""Files into the roster and the directory, whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from call_logs.roster import on_call
from call_logs.roster_documents import EntryKind
from call_logs.roster_errors import ImportFailed
from call_logs.roster_imports import FileKind, import_file
from call_logs.store import Store
from tests.call_logs.roster_world import COMPANY

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


@pytest.fixture
async def store(sqlite_store: Store) -> Store:
    await sqlite_store.roster.import_toml(COMPANY, "admin")
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
        count = await import_file(store, kind, data, "zhao", source=kind, schedule="night")
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
            await import_file(store, kind, data, "a", source="f", schedule="night")
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
    await import_file(store, FileKind.LEAVE_CALENDAR, first, "a", source="f")
    later = TOMORROW + timedelta(days=1)
    moved = calendar(event("wang", "a", later))
    await import_file(store, FileKind.LEAVE_CALENDAR, moved, "a", source="f")
    kept = {("a", later.isoformat()), ("b", TOMORROW.isoformat())}
    assert await leave() == by_hand | kept
    await import_file(store, FileKind.LEAVE_CALENDAR, moved, "a", source="f", replace=True)
    assert await leave() == by_hand | {("a", later.isoformat())}


async def test_a_shift_calendar_of_an_unknown_schedule_is_refused(store: Store) -> None:
    data = calendar(event("zhao", "a", TOMORROW))
    with pytest.raises(ImportFailed, match="schedule `ghost`"):
        await import_file(store, FileKind.SHIFT_CALENDAR, data, "a", source="f", schedule="ghost")
