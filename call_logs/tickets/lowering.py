"""Who may lower a ticket's class: the class decides which steps there are, so that lowering it
may spare an approval, or the hurry of a ticket that was merged into it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.errors import Lacking, NotAllowed
from call_logs.tables.ticket_fields import facts_of
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketChangeRow, TicketRow
from call_logs.tickets.edit import TicketEdit
from call_logs.tickets.life import NOTE, TicketStatus
from call_logs.users.actor import HOTLINE, Actor
from call_logs.users.permissions import Permission

__all__ = ["is_lower", "lowered"]

HEAVIEST_FIRST = tuple(TicketClass)
_PLANNED = (TicketStatus.PLANNED.value, TicketStatus.APPROVED.value)


def is_lower(wanted: str, stands: str) -> bool:
    """Whether a class is lower than another one."""
    weigh = HEAVIEST_FIRST.index
    return weigh(TicketClass(wanted)) > weigh(TicketClass(stands))


async def lowered(
    session: AsyncSession, row: TicketRow, changes: TicketEdit, actor: Actor, note: str = ""
) -> TicketEdit:
    """What `actor` may change of a locked row: all of it, or a refusal. What the program would
    lower of its own accord it leaves to people.

    Raises:
        NotAllowed: there is or was a plan, or a merge brought the hurry along.
        Lacking: the right is there, but not a word why the hurry is over.
    """
    wanted = changes.values.get("ticket_class", row.ticket_class)
    if not is_lower(wanted, row.ticket_class):
        return changes
    merged = await _is_kept_by_a_merge(session, row, wanted)
    if not (merged or await _was_planned(session, row)):
        return changes
    if actor == HOTLINE:
        left = {name: value for name, value in changes.values.items() if name != "ticket_class"}
        return TicketEdit(left)
    if not actor.may(Permission.APPROVE):
        why = "tickets were merged" if merged else "the ticket has had a plan"
        raise NotAllowed(
            Permission.APPROVE, f"{why}: its class is lowered by whoever may approve plans"
        )
    if merged and not note.strip():
        raise Lacking((NOTE,), "tickets were merged: the class is lowered with a note why")
    return changes


async def _is_kept_by_a_merge(session: AsyncSession, row: TicketRow, wanted: str) -> bool:
    """It was merged itself, or took in one that is of a higher class than `wanted`; what was
    merged before counts, too."""
    if row.merged_into is not None:
        return True
    found, inside = set[int](), {row.id}
    while inside:
        merged = (
            await session.execute(
                select(TicketRow.id, TicketRow.ticket_class).where(
                    TicketRow.merged_into.in_(inside)
                )
            )
        ).all()
        if any(is_lower(wanted, each) for _, each in merged):
            return True
        found |= inside
        inside = {each for each, _ in merged} - found
    return False


async def _was_planned(session: AsyncSession, row: TicketRow) -> bool:
    """Also where the plan was refused since, or taken out of its field again."""
    if row.status in _PLANNED or facts_of(row)["plan"]:
        return True
    lines = await session.scalars(
        select(TicketChangeRow.changes).where(
            TicketChangeRow.ticket_id == row.id, TicketChangeRow.action == "moved"
        )
    )
    return any(changes.get("status", ("", ""))[1] in _PLANNED for changes in lines)
