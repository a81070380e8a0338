"""Targets of deadlines as managers change them, over those of the configuration.

Tickets that are open keep their deadlines: owners were told them. What is changed counts for
tickets that come after it, and for those whose class or category changes or that are opened again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from call_logs.deadlines.changed_targets import changed_targets
from call_logs.deadlines.deadlines import Deadlines
from call_logs.deadlines.targets import ResponseTarget
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import IllegalMove, Lacking, StoreError, VersionConflict
from call_logs.storage.readable import readable
from call_logs.tables.deadline_targets import DeadlineTargetRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["DeadlineTargets", "Target", "TargetChange"]

NOTE_LIMIT = 1000
CATEGORY_LIMIT = 64
MOST_SHOWN = 200
_R = DeadlineTargetRow


@dataclass(frozen=True)
class Target:
    """What holds for a class, or a category of it. `of_file`: what the configuration says, none
    where it says nothing of the category. `version`: of whoever changes it."""

    ticket_class: TicketClass
    category: str
    target: ResponseTarget
    of_file: ResponseTarget | None
    is_changed: bool
    version: int


@dataclass(frozen=True)
class TargetChange:
    """`before` and `after`: none where it was, or is, what the configuration says of the class."""

    id: int
    at: datetime
    actor: str
    ticket_class: TicketClass
    category: str
    before: ResponseTarget | None
    after: ResponseTarget | None
    note: str = field(repr=False)


class DeadlineTargets:
    """Each method is a transaction."""

    def __init__(self, database: Database, deadlines: Deadlines) -> None:
        self._database = database
        self._deadlines = deadlines

    async def refresh(self) -> None:
        """Take what another program, or the command line, has changed."""
        async with self._database.reading() as session:
            await self._deadlines.read(session)

    async def current(self) -> tuple[Target, ...]:
        """Of each class, then of the categories that have their own."""
        await self.refresh()
        async with self._database.reading() as session:
            rows = await session.execute(
                select(_R.ticket_class, _R.category, func.max(_R.id)).group_by(
                    _R.ticket_class, _R.category
                )
            )
            versions = {(TicketClass(each), category): id_ for each, category, id_ in rows}
        rules, of_file = self._deadlines.rules, self._deadlines.of_file
        holds = {(each, ""): target for each, target in rules.by_class.items()}
        holds |= dict(sorted(rules.by_category.items()))
        file = {(each, ""): target for each, target in of_file.by_class.items()}
        file |= dict(of_file.by_category)
        return tuple(
            Target(*key, target, file.get(key), target != file.get(key), versions.get(key, 0))
            for key, target in holds.items()
        )

    async def history(self) -> tuple[TargetChange, ...]:
        """What was changed, the latest first."""
        query = select(_R).order_by(_R.id.desc()).limit(MOST_SHOWN)
        async with self._database.reading() as session:
            return tuple(await readable(session, query, _change))

    async def change(
        self,
        ticket_class: TicketClass,
        category: str,
        target: ResponseTarget | None,
        actor: Actor,
        note: str,
        *,
        version: int | None = None,
    ) -> None:
        """From now on this holds for new tickets; none: what the configuration says. With
        `version`, only if nobody else has changed it since.

        Raises:
            NotAllowed.
            Lacking: no reason; StoreError: the three are in no order, or the category is no name.
            IllegalMove: it holds already.
            VersionConflict.
        """
        actor.check(Permission.SET_TARGETS)
        if not note.strip():
            raise Lacking(("note",), "targets are changed with a reason only")
        if len(category) > CATEGORY_LIMIT or len(note) > NOTE_LIMIT:
            raise StoreError("a name or a reason is too long")
        if target is not None:
            _check_order(target)
        async with self._database.session() as session:
            await self._deadlines.read(session)
            of_key = (_R.ticket_class == ticket_class.value, _R.category == category)
            last = await session.scalar(select(func.max(_R.id)).where(*of_key)) or 0
            if version is not None and version != last:
                raise VersionConflict(
                    "the target was changed by somebody else: look at it again",
                    expected=version,
                    actual=last,
                )
            before = self._deadlines.rules.target(ticket_class, category)
            changed_now = (ticket_class, category) in await changed_targets(session)
            if (target is None and not changed_now) or (target == before and changed_now):
                raise IllegalMove("that is what holds already")
            row = DeadlineTargetRow(
                at=now_of(session),
                actor=actor.name,
                ticket_class=ticket_class.value,
                category=category,
                before=before.kept,
                target=None if target is None else target.kept,
                note=note.strip(),
            )
            session.add(row)
            await session.flush()
            changed(session, "deadlines", row.id)
        await self.refresh()
        await self._deadlines.prepare(self._database.clock.now())


def _check_order(target: ResponseTarget) -> None:
    """Where two are counted alike, nobody is told before somebody was there."""
    pairs = ((target.acknowledge, target.on_site), (target.acknowledge, target.feedback))
    for first, then in pairs:
        if first.counted is then.counted and first.length > then.length:
            raise StoreError("a ticket is acknowledged before somebody comes or answers")


def _change(row: DeadlineTargetRow) -> TargetChange:
    return TargetChange(
        id=row.id,
        at=row.at,
        actor=row.actor,
        ticket_class=TicketClass(row.ticket_class),
        category=row.category,
        before=None if row.before is None else ResponseTarget.of(row.before),
        after=None if row.target is None else ResponseTarget.of(row.target),
        note=row.note,
    )
