"""How the journal's entries of a call become its rows: one handler a kind of entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.calls.call import (
    OUTGOING,
)
from call_logs.storage.announcing import Announced, announce
from call_logs.storage.database import changed
from call_logs.storage.journal import Entry, Handler
from call_logs.storage.keys import Keys
from call_logs.storage.phone import phone_hash
from call_logs.tables.calls import CallEventRow, CallRow
from call_logs.tables.tickets import TicketRow


def call_handlers(keys: Keys, region: str) -> dict[str, Handler]:
    """How the journal writes calls. Each handler may meet an entry a second time."""

    async def begin(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[None]:
        for entry in entries:
            call = entry.payload
            if entry.again and await _exists(session, call["id"]):
                continue
            number = call["caller"]
            if call["direction"] == OUTGOING:
                number = call["callee"] or call.get("withheld") or ""
            await session.execute(
                insert(CallRow).values(
                    id=call["id"],
                    caller=call["caller"],
                    caller_hash=phone_hash(keys, number, region),
                    callee=call["callee"],
                    trunk=call["trunk"],
                    direction=call["direction"],
                    language=call["language"],
                    node=call["node"],
                    sip_call_id=call["sip_call_id"],
                    started_at=datetime.fromisoformat(call["started_at"]),
                    ticket_id=call.get("ticket_id"),  # one spooled by an older program has none
                    withheld=call.get("withheld"),
                )
            )
            changed(session, "call", call["id"])
            if call.get("ticket_id") is not None:
                changed(session, "ticket", call["ticket_id"])
        return [None] * len(entries)

    async def answered(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[None]:
        for entry in entries:
            values: dict[str, Any] = {}
            if entry.payload["at"] is not None:
                values["answered_at"] = datetime.fromisoformat(entry.payload["at"])
            if entry.payload["language"] is not None:
                values["language"] = entry.payload["language"]
            if values:
                await session.execute(
                    update(CallRow).where(CallRow.id == entry.payload["id"]).values(**values)
                )
                changed(session, "call", entry.payload["id"])
        return [None] * len(entries)

    async def about(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[None]:
        for entry in entries:
            call_id, ticket_id = entry.payload["id"], entry.payload["ticket_id"]
            await session.execute(
                update(CallRow).where(CallRow.id == call_id).values(ticket_id=ticket_id)
            )
            changed(session, "call", call_id)
            changed(session, "ticket", ticket_id)
        return [None] * len(entries)

    async def event(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[None]:
        known: set[bytes] = set()
        repeated = [entry.uid for entry in entries if entry.again]
        if repeated:
            known = set(
                await session.scalars(
                    select(CallEventRow.uid).where(CallEventRow.uid.in_(repeated))
                )
            )
        rows = [
            {
                "uid": entry.uid,
                "call_id": entry.payload["call_id"],
                "kind": entry.payload["kind"],
                "at": datetime.fromisoformat(entry.payload["at"]),
                "data": entry.payload["data"],
            }
            for entry in entries
            if entry.uid not in known
        ]
        if rows:
            await session.execute(insert(CallEventRow), rows)
            for row in rows:
                changed(session, "call", row["call_id"])
        return [None] * len(entries)

    async def end(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[None]:
        for entry in entries:
            ended = await session.execute(
                update(CallRow)
                .where(CallRow.id == entry.payload["id"], CallRow.ended_at.is_(None))
                .values(
                    ended_at=datetime.fromisoformat(entry.payload["at"]),
                    end_reason=entry.payload["reason"],
                )
                .returning(CallRow.ticket_id, CallRow.direction)
            )
            if (row := ended.first()) is not None:
                changed(session, "call", entry.payload["id"])
                if row.ticket_id is not None:
                    changed(session, "ticket", row.ticket_id)
                await _announce_end(session, entry, row)
        return [None] * len(entries)

    async def missed(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[None]:
        ids = [entry.payload["id"] for entry in entries]
        await session.execute(update(CallRow).where(CallRow.id.in_(ids)).values(missed=True))
        for call_id in ids:
            changed(session, "call", call_id)
        return [None] * len(entries)

    return {
        "call.missed": missed,
        "call.begin": begin,
        "call.answered": answered,
        "call.about": about,
        "call.event": event,
        "call.end": end,
    }


async def _announce_end(session: AsyncSession, entry: Entry, call: Any) -> None:
    call_id = entry.payload["id"]
    opened = await session.scalar(select(TicketRow.id).where(TicketRow.call_id == call_id))
    announce(
        session,
        Announced.CALL_ENDED,
        {
            "call_id": call_id,
            "direction": call.direction,
            "reason": entry.payload["reason"],
            "ended_at": entry.payload["at"],
        },
        ticket_id=call.ticket_id if opened is None else opened,
    )


async def _exists(session: AsyncSession, call_id: str) -> bool:
    return await session.scalar(select(CallRow.seq).where(CallRow.id == call_id)) is not None
