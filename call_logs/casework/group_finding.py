"""Looking for tickets that may be one case, among those of the last day."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import and_, exists, or_

from call_logs.casework.alike import Cluster, GroupRules, Told, clusters, told_words
from call_logs.storage.database import Database
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.groups import GroupMemberRow
from call_logs.tables.tickets import TicketRow

__all__ = ["find_clusters"]

LOOK_BACK = timedelta(days=1)  # a night's case is still proposed in the morning
MOST_LOOKED_AT = 2000  # of the newest tickets
_READ = (
    *("id", "opened_at", "category", "building", "area", "text"),
    *("caller_hash", "callback_hash", "group_id"),
)


async def find_clusters(database: Database, rules: GroupRules) -> list[Cluster]:
    """Those that are to be proposed: large enough, or a case that has grown. A night of many
    unlike tickets takes seconds, in which calls go on."""
    since = database.clock.now() - max(LOOK_BACK, rules.within)
    apart = exists().where(
        GroupMemberRow.ticket_id == TicketRow.id, GroupMemberRow.left_at.is_not(None)
    )
    sealed = SealedRows(database, TicketRow, _READ)
    query = (
        sealed.select()
        .where(
            TicketRow.opened_at >= since,
            TicketRow.sensitive_at.is_(None),  # its words would stand in the reason
            TicketRow.about_hash.is_(None),
            or_(
                TicketRow.group_id.is_not(None),
                and_(TicketRow.closed_at.is_(None), TicketRow.merged_into.is_(None), ~apart),
            ),
        )
        .order_by(TicketRow.opened_at.desc())
        .limit(MOST_LOOKED_AT)
    )
    async with database.reading() as session:
        rows = (await session.execute(query)).all()
    told = await sealed.open(rows, lambda row: (row.group_id, _told(row)))
    known: dict[int, list[Told]] = {}
    for group, ticket in told:
        if group is not None:
            known.setdefault(group, []).append(ticket)
    seeds = [
        Cluster(place, members, group)
        for group, members in known.items()
        for place in [next((each.place for each in members if each.place), None)]
        if place is not None
    ]
    joined = {each.id for members in known.values() for each in members}
    alone = [each for group, each in told if group is None]
    found = await asyncio.to_thread(clusters, alone, seeds, rules)
    return [
        each
        for each in found
        if any(member.id not in joined for member in each.members)
        and (each.group is not None or each.owners >= rules.propose_at)
    ]


def _told(row: TicketRow) -> Told:
    return Told(
        id=row.id,
        opened_at=row.opened_at,
        category=row.category,
        building=row.building,
        area=row.area,
        owner=row.caller_hash or row.callback_hash or row.id,
        tokens=told_words(row.text),
    )
