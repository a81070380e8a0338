"""What is done again and again: the latest takes the day away until which the one before was to
be repeated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.registers.entry import Entry, due_on, entry_of
from call_logs.storage.database import now_of
from call_logs.tables.equipment import EquipmentRow
from call_logs.tables.register_fields import RegisterKind, TrainingResult
from call_logs.tables.registers import RegisterEntryRow

#: The field that tells which is the latest.
REPEATED: Mapping[RegisterKind, str] = MappingProxyType(
    {
        RegisterKind.SKILL: "valid_until",
        RegisterKind.TRAINING: "on",
        RegisterKind.MAINTENANCE: "on",
    }
)

#: Of these `on` is a day on which it was done, so none to come.
HAPPENED = frozenset({RegisterKind.TRAINING, RegisterKind.MAINTENANCE})


async def settle(session: AsyncSession, kind: RegisterKind, about: Collection[str]) -> None:
    """Give each entry about these people or pieces the day until which it is to be seen to: none,
    if the same has been done since, or if another entry says that it was done after it. A visit
    every second week leaves the day of the yearly inspection as it is."""
    if kind not in REPEATED:
        return
    query = select(RegisterEntryRow).where(
        RegisterEntryRow.kind == kind.value,
        RegisterEntryRow.about.in_(sorted(about)),
        RegisterEntryRow.void.is_(False),
    )
    rows = {row.id: row for row in await session.scalars(query.with_for_update())}
    entries = {id_: entry_of(row) for id_, row in rows.items()}
    # What failed has not been done, and a skill without a certificate renews none.
    done_again = [
        each
        for each in entries.values()
        if each[REPEATED[kind]] is not None
        and each.values.get("result") is not TrainingResult.FAILED
    ]
    # About the same still: an entry that was changed to another piece did not do it again.
    followed = {(rows[each.id].after, rows[each.id].about) for each in done_again}
    latest: dict[tuple[str, str], Entry] = {}
    for entry in done_again:
        same = _same(rows[entry.id], entry)
        if same not in latest or _order(entry) > _order(latest[same]):
            latest[same] = entry
    for id_, row in rows.items():
        entry = entries[id_]
        newest = latest.get(_same(row, entry), entry)
        done = (id_, row.about) in followed or _order(newest) > _order(entry)
        due = None if done else due_on(kind, entry.values)
        if due != row.due_on:
            row.due_on = due
            row.remind_at = None if due is None else now_of(session)
    if kind is RegisterKind.MAINTENANCE:
        await _maintained(session, about, entries.values())


async def _maintained(
    session: AsyncSession, pieces: Collection[str], entries: Iterable[Entry]
) -> None:
    """The register of equipment knows the last day of each piece, also after a correction."""
    last: dict[str, date] = {}
    for entry in entries:
        last[entry["equipment"]] = max(entry["on"], last.get(entry["equipment"], date.min))
    for piece in sorted(pieces):
        here = EquipmentRow.name == piece
        await session.execute(
            update(EquipmentRow).where(here).values(maintained_on=last.get(piece))
        )


def _same(row: RegisterEntryRow, entry: Entry) -> tuple[str, str]:
    return row.about, " ".join(entry["what"].split()).casefold()


def _order(entry: Entry) -> tuple[date, int]:
    return entry[REPEATED[entry.kind]] or date.min, entry.id
