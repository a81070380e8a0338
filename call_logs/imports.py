"""Files of every kind into the roster and the directory: what a page or a command calls."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from call_logs.casework.equipment_sheet import read_equipment_csv
from call_logs.owners.directory import Progress
from call_logs.owners.sheets import read_owners_csv
from call_logs.registers.sheet import read_register_csv
from call_logs.roster.documents import Entry, EntryKind, Value
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.files.calendars import read_holidays, read_leave, read_shifts
from call_logs.roster.files.sheets import read_people_csv, read_shifts_csv
from call_logs.storage.background import in_background
from call_logs.tables.register_fields import RegisterKind
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

if TYPE_CHECKING:
    from call_logs.store import Store

__all__ = ["FileKind", "import_file"]


class FileKind(StrEnum):
    """What a file holds."""

    ROSTER = "roster"  # TOML: all of it
    PEOPLE = "people"  # CSV
    SHIFTS = "shifts"  # CSV: weekly and dated shifts
    OWNERS = "owners"  # CSV
    EQUIPMENT = "equipment"  # CSV: the register of equipment
    MAINTENANCE = "maintenance"  # CSV: what was done to it
    SHIFT_CALENDAR = "shift_calendar"  # iCalendar: the dated shifts of one schedule
    LEAVE_CALENDAR = "leave_calendar"  # iCalendar
    HOLIDAY_CALENDAR = "holiday_calendar"  # iCalendar


MAX_BYTES = 20_000_000  # of owners; a page takes no more
MOST_BYTES = {
    FileKind.ROSTER: 2_000_000,
    FileKind.PEOPLE: 2_000_000,
    FileKind.SHIFTS: 2_000_000,
    FileKind.EQUIPMENT: 2_000_000,
    FileKind.MAINTENANCE: 2_000_000,
    FileKind.SHIFT_CALENDAR: 5_000_000,
    FileKind.LEAVE_CALENDAR: 5_000_000,
    FileKind.HOLIDAY_CALENDAR: 5_000_000,
}


async def import_file(
    store: Store,
    kind: FileKind,
    data: bytes,
    actor: Actor,
    *,
    source: str,
    schedule: str = "",
    replace: bool = False,
    progress: Progress | None = None,
) -> int:
    """Import a file whole or not at all; gives how many entries changed (owners: how many
    there are now). `source` is the file's name for messages, `schedule` the one that a
    shift calendar is for.

    Files are read in the background (`call_logs.storage.background`). Owners are written in
    batches, so that calls can write beside them: `progress` is told how many of how many are kept.

    Leave whose event is in the calendar is brought up to date. With `replace`, owners and
    equipment that are not in the file go, and so does leave that came from a calendar before
    and is not over yet.

    Raises:
        NotAllowed: the actor has no right to change roster and directory.
        ImportFailed: every mistake in the file.
    """
    actor.check(Permission.MANAGE_ROSTER)
    most = MOST_BYTES.get(kind, MAX_BYTES)
    if len(data) > most:
        problem = ImportProblem("file", f"has more than {most // 1_000_000} MB; split it")
        raise ImportFailed(source, [problem])
    if kind is FileKind.ROSTER:
        return await store.roster.import_toml(_text(data, source), actor, source=source)
    roster = await store.roster.current()
    if kind is FileKind.OWNERS:
        owners = await in_background(read_owners_csv, data, source, roster.region)
        return await store.directory.save_all(owners, actor, replace=replace, progress=progress)
    if kind is FileKind.EQUIPMENT:
        pieces = await in_background(read_equipment_csv, data, source, roster.region)
        return await store.equipment.save_all(pieces, actor, replace=replace)
    if kind is FileKind.MAINTENANCE:
        return await _maintenance(store, data, actor, source)

    now = store.clock.now()

    def read() -> tuple[Value, ...]:
        match kind:
            case FileKind.PEOPLE:
                return read_people_csv(data, source, roster)
            case FileKind.SHIFTS:
                return read_shifts_csv(data, source, roster)
            case FileKind.SHIFT_CALENDAR:
                return (read_shifts(data, source, roster, schedule, now),)
            case FileKind.LEAVE_CALENDAR:
                return read_leave(data, source, roster, now)
            case _:
                return read_holidays(data, source, roster.zone, now)

    values = await in_background(read)
    if kind is not FileKind.LEAVE_CALENDAR:
        return await store.roster.save_all(values, actor, source=source)
    uids = {getattr(value, "uid", "") for value in values}

    def outdated(entry: Entry) -> bool:
        uid = entry.document.get("uid", "")
        is_over = str(entry.document.get("until", "")) <= now.isoformat()
        return bool(
            entry.kind is EntryKind.LEAVE and uid and not is_over and (replace or uid in uids)
        )

    return await store.roster.save_all(values, actor, source=source, remove=outdated)


async def _maintenance(store: Store, data: bytes, actor: Actor, source: str) -> int:
    """The same row again is the entry that is there."""
    kind = RegisterKind.MAINTENANCE
    edits = await in_background(read_register_csv, kind, data, source)
    known = [dict(each.values) for each in await store.registers.list(kind, actor)]
    new = [each for each in edits if dict(each.values) not in known]
    return len(await store.registers.add_all(kind, new, actor))


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFailed(source, [ImportProblem("file", "is not UTF-8")]) from None
