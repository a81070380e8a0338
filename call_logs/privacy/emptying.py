"""Taking what is personal out of rows, and leaving what is counted: class, category, building,
times, score. All in the transaction of the caller, who writes what was done.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.calls.call import CallEventKind
from call_logs.recordings.transcript import TranscriptStatus
from call_logs.storage.columns import EncryptedJson, EncryptedText
from call_logs.storage.database import changed, now_of
from call_logs.storage.keys import Keys
from call_logs.tables.call_reviews import CallReviewRow, CallReviewVersionRow
from call_logs.tables.calls import CallEventRow, CallRow, LiveCallRow, RequestRow
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.casework import EvidenceRow
from call_logs.tables.dispatches import AttemptRow, DispatchEventRow, DispatchRow
from call_logs.tables.groups import TicketGroupRow
from call_logs.tables.inbound import InboundMessageRow
from call_logs.tables.owner_news import OwnerNewsRow
from call_logs.tables.recordings import RecordingRow, SecondHearingRow, TranscriptRow
from call_logs.tables.reminders import ReminderRow
from call_logs.tables.risks import RiskRow
from call_logs.tables.team import TeamMemberRow
from call_logs.tables.ticket_fields import FIELDS
from call_logs.tables.tickets import EnquiryTryRow, TicketChangeRow, TicketRow
from call_logs.tickets.search import reindex, tokens_of

__all__ = [
    "empty_call",
    "empty_evidence",
    "empty_ticket",
    "empty_transcript",
]

BLANK = "—"

# Of the fields that people write, where it was at building level is counted by reports.
_COUNTED = frozenset({"building"})


def _is_private(column: Any) -> bool:
    return isinstance(column.type, EncryptedText | EncryptedJson)


_COLUMNS = {each.key: each.columns[0] for each in inspect(TicketRow).column_attrs}
_EMPTIED = tuple(name for name in FIELDS if _is_private(_COLUMNS[name]) and name not in _COUNTED)
# What a line of the history may go on telling: changes of columns that are not private.
_TOLD = frozenset(
    name for name, column in _COLUMNS.items() if not _is_private(column) or name in _COUNTED
) | {"purged", "erased", "sealed", "other_ticket", "team_member", "team_part"}


def _blank(value: Any) -> Any:
    """That something stood there, and not what."""
    if isinstance(value, list | dict):
        return type(value)()
    return BLANK if value not in (None, "") else value


async def empty_ticket(session: AsyncSession, row: TicketRow, keys: Keys) -> None:
    """All that is personal in a locked ticket, its history, its index and what hangs on it but
    evidence and calls. Whoever calls it writes the line that says so."""
    before = tokens_of(row)
    for name in _EMPTIED:
        setattr(row, name, FIELDS[name].kept(FIELDS[name].default))
    row.caller = ""
    row.caller_hash = row.callback_hash = None
    row.about = row.about_hash = None
    row.circle = ""
    row.purged_at = now_of(session)
    await reindex(session, keys, row.id, before, tokens_of(row))
    lines = await session.scalars(
        select(TicketChangeRow).where(TicketChangeRow.ticket_id == row.id)
    )
    for line in lines:
        line.changes = {
            name: pair if name in _TOLD else [_blank(value) for value in pair]
            for name, pair in line.changes.items()
        }
        line.note = ""
    hanging = (
        CaseRecordRow,
        RiskRow,
        ReminderRow,
        EnquiryTryRow,
        RequestRow,
        OwnerNewsRow,
        InboundMessageRow,
    )
    for table in hanging:
        await session.execute(delete(table).where(table.ticket_id == row.id))
    await session.execute(
        update(TeamMemberRow).where(TeamMemberRow.ticket_id == row.id).values(duty="")
    )
    searches = select(DispatchRow.id).where(DispatchRow.ticket_id == row.id)
    await session.execute(
        delete(DispatchEventRow).where(DispatchEventRow.dispatch_id.in_(searches))
    )
    await session.execute(
        update(AttemptRow).where(AttemptRow.dispatch_id.in_(searches)).values(contact="")
    )
    await _empty_reviews(session, CallReviewRow.ticket_id == row.id)
    await session.flush()
    await _empty_group(session, row.group_id)
    changed(session, "dispatch", row.id)


async def _empty_reviews(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """What was said of calls; marks and score are counted and stay."""
    for row in await session.scalars(select(CallReviewRow).where(which)):
        row.content = row.content | {"remark": "", "answer": ""}
        await session.execute(
            delete(CallReviewVersionRow).where(CallReviewVersionRow.review_id == row.id)
        )


async def _empty_group(session: AsyncSession, group_id: int | None) -> None:
    """What was told to all owners of a case, once the last of its tickets is emptied."""
    if group_id is None:
        return
    left = select(TicketRow.id).where(TicketRow.group_id == group_id, TicketRow.purged_at.is_(None))
    group = await session.get(TicketGroupRow, group_id)
    if group is None or await session.scalar(left.limit(1)) is not None:
        return
    group.told = ""
    if group.reason:
        group.reason = group.reason | {"words": [], "area": ""}


async def empty_evidence(session: AsyncSession, ticket_id: int, actor: str) -> list[str]:
    """What is known of a ticket's evidence; the ids of those whose files are to go now."""
    rows = await session.scalars(select(EvidenceRow).where(EvidenceRow.ticket_id == ticket_id))
    ids = []
    for row in rows:
        row.name = row.note = ""
        row.sha256 = bytes(32)  # of a photo that is known, it would tell
        if row.removed_at is None:
            row.removed_at, row.removed_by = now_of(session), actor
        if row.location:
            ids.append(row.id)
    return ids


async def empty_transcript(session: AsyncSession, recording_id: str) -> None:
    """What was heard, by both engines, and what a person made of it."""
    row = await session.get(TranscriptRow, recording_id, with_for_update=True)
    if row is None:
        return
    row.text = row.heard_text = row.reason = ""
    row.words = []
    row.status = TranscriptStatus.PURGED.value
    row.version += 1
    row.updated_at = now_of(session)
    await session.execute(
        delete(SecondHearingRow).where(SecondHearingRow.recording_id == recording_id)
    )
    changed(session, "transcript", row.call_id)


async def empty_call(session: AsyncSession, row: CallRow, mark: dict[str, Any]) -> None:
    """Numbers and events of a call that is over; `mark` says in their place why they went."""
    row.caller = row.callee = row.sip_call_id = ""
    row.withheld = None
    row.caller_hash = None
    row.purged_at = now_of(session)
    for table in (CallEventRow, LiveCallRow):  # a node that died for good leaves the latter
        await session.execute(delete(table).where(table.call_id == row.id))
    session.add(
        CallEventRow(
            uid=bytes.fromhex(row.id),  # a call is emptied once
            call_id=row.id,
            kind=CallEventKind.PURGED.value,
            at=now_of(session),
            data=mark,
        )
    )
    await _empty_reviews(session, CallReviewRow.call_id == row.id)
    problems = update(RecordingRow).where(RecordingRow.call_id == row.id).values(problem="")
    await session.execute(problems)
    changed(session, "call", row.id)
