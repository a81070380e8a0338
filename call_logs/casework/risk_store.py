"""Risks: found by rules as tickets change, written down once, tracked until they are lifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.risk_finding import Finder
from call_logs.casework.risk_rules import Finding, RiskKind, RiskLevel, RiskRules
from call_logs.casework.risks import Risk, RiskEdit, RiskRefusal, RiskRefused, RiskStep
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import Lacking, NotFound, VersionConflict
from call_logs.storage.keys import Keys
from call_logs.storage.loops import one_by_one
from call_logs.storage.readable import readable
from call_logs.storage.rows import SettingRow
from call_logs.tables.risks import RiskRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketChangeRow, TicketRow
from call_logs.tickets.life import NOTE
from call_logs.tickets.rows import ticket_of
from call_logs.users.actor import HOTLINE, Actor
from call_logs.users.permissions import Permission

AT_ONCE = 100  # new lines of history that are gone through before anything is written
OVERLAP = 50  # older lines that are looked at again: PostgreSQL may commit them later
FIRST_LOOK = 2000  # of the newest lines, when nobody has looked before
MOST_SHOWN = 500
_MARK = "risks looked at"  # the setting that holds the last line of history looked at
_ORDER = {level.value: number for number, level in enumerate(RiskLevel)}


# Whoever is to know of a risk is told in the transaction in which it was found, or rose.
Tell = Callable[[AsyncSession, int, RiskKind, RiskLevel], Awaitable[None]]


class Risks:
    """Whoever works on tickets sees and tracks risks; a person who approves lifts them."""

    def __init__(
        self, database: Database, keys: Keys, region: str, rules: RiskRules, tell: Tell
    ) -> None:
        self._database = database
        self._tell = tell
        self._finder = Finder(keys, region, rules)
        self.rules = rules

    async def look(self) -> None:
        """Assess the tickets that changed since the last look, and urgent ones that are late.
        How far it came is written with what it found: a stop in the middle loses nothing."""
        while await self._look_on():
            pass
        await one_by_one("late urgent tickets", await self._late(), self.assess)

    async def assess(self, ticket_id: int) -> None:
        """What is found for one ticket is written down, or brought up to date."""
        async with self._database.reading() as session:
            found = await self._found(session, ticket_id)
        async with self._database.session() as session:
            await self._write_all(session, ticket_id, found)

    async def _look_on(self) -> bool:
        """Found while nothing is locked, written in one short transaction: calls write too."""
        async with self._database.reading() as session:
            mark = await session.get(SettingRow, _MARK)
            newest = await session.scalar(select(func.max(TicketChangeRow.id))) or 0
            done = max(0, newest - FIRST_LOOK) if mark is None else int(mark.value)
            if newest <= done:
                return False
            query = (
                select(TicketChangeRow.id, TicketChangeRow.ticket_id)
                .where(TicketChangeRow.id > done - OVERLAP)
                .order_by(TicketChangeRow.id)
                .limit(AT_ONCE + OVERLAP)
            )
            lines = (await session.execute(query)).all()
        found: dict[int, Sequence[Finding]] = {}
        for each in dict.fromkeys(line.ticket_id for line in lines):
            # Each in its own time: a hundred together outlast a transaction at a million tickets.
            async with self._database.reading() as session:
                found[each] = await self._found(session, each)
        async with self._database.session() as session:
            for ticket_id, findings in found.items():
                await self._write_all(session, ticket_id, findings)
            mark = await session.get(SettingRow, _MARK)
            if mark is None:
                session.add(SettingRow(name=_MARK, value=str(lines[-1].id)))
            else:
                mark.value = str(max(int(mark.value), lines[-1].id))
        return bool(lines[-1].id < newest)

    async def _late(self) -> list[int]:
        async with self._database.reading() as session:
            query = select(TicketRow.id).where(
                TicketRow.next_due_at < now_of(session) - self.rules.overdue,
                TicketRow.ticket_class == TicketClass.URGENT.value,
            )
            late = await session.scalars(query.limit(MOST_SHOWN))
            known = select(RiskRow.ticket_id).where(
                RiskRow.kind == RiskKind.OVERDUE.value, RiskRow.lifted_at.is_(None)
            )
            return sorted(set(late) - set(await session.scalars(known)))

    async def _found(self, session: AsyncSession, ticket_id: int) -> Sequence[Finding]:
        rows = await readable(
            session, select(TicketRow).where(TicketRow.id == ticket_id), lambda row: row
        )
        # None: the ticket cannot be read, and health says so.
        return await self._finder.of(session, rows[0]) if rows else ()

    async def _write_all(
        self, session: AsyncSession, ticket_id: int, findings: Sequence[Finding]
    ) -> None:
        for finding in findings:
            await self._write(session, ticket_id, finding)

    async def _write(self, session: AsyncSession, ticket_id: int, finding: Finding) -> None:
        query = select(RiskRow).where(RiskRow.open_key == finding.key).with_for_update()
        row = await session.scalar(query)
        level, rose = self.rules.level(finding.kind, finding.count), True
        if row is None:
            if await self._was_lifted(session, finding):
                return
            row = RiskRow(
                kind=finding.kind.value,
                level=level.value,
                subject=finding.subject,
                open_key=finding.key,
                ticket_id=ticket_id,
                found_at=now_of(session),
                facts=finding.kept(),
                forecast="",
                measures="",
                owner="",
                log=[_step(session, HOTLINE, "found")],
                lifted_at=None,
                lifted_by="",
                version=1,
            )
            session.add(row)
        elif finding.count > row.facts["count"]:
            row.facts, row.ticket_id = finding.kept(), ticket_id
            rose = _ORDER[level.value] < _ORDER[row.level]
            row.level = min(row.level, level.value, key=_ORDER.__getitem__)
            row.log = [*row.log, _step(session, HOTLINE, "grown", str(finding.count))]
            row.version += 1
        else:
            return
        await session.flush()
        changed(session, "risk", row.id)
        if rose:
            await self._tell(session, ticket_id, finding.kind, level)

    async def _was_lifted(self, session: AsyncSession, finding: Finding) -> bool:
        """Whether a person has lifted as much as this, and nothing was added since."""
        query = (
            select(RiskRow)
            .where(RiskRow.kind == finding.kind.value, RiskRow.subject == finding.subject)
            .order_by(RiskRow.id.desc())
            .limit(1)
        )
        lifted = next(iter(await readable(session, query, lambda row: row)), None)
        if lifted is None or finding.count > lifted.facts["count"]:
            return False
        return not set(finding.tickets) - set(lifted.facts["tickets"])

    async def shown(self, actor: Actor, *, lifted: bool = False) -> tuple[Risk, ...]:
        """The open ones, the highest first; or those that were lifted, the newest first."""
        actor.check(Permission.SEE_TICKETS)
        query = select(RiskRow, TicketRow).join(TicketRow, TicketRow.id == RiskRow.ticket_id)
        if lifted:
            query = query.where(RiskRow.lifted_at.is_not(None)).order_by(RiskRow.lifted_at.desc())
        else:
            order = case(_ORDER, value=RiskRow.level)
            query = query.where(RiskRow.lifted_at.is_(None)).order_by(order, RiskRow.id.desc())
        async with self._database.reading() as session:
            return tuple(await readable(session, query.limit(MOST_SHOWN), risk_of))

    async def for_ticket(self, ticket_id: int) -> tuple[Risk, ...]:
        """Those that a ticket raised, open ones first."""
        query = (
            select(RiskRow, TicketRow)
            .join(TicketRow, TicketRow.id == RiskRow.ticket_id)
            .where(RiskRow.ticket_id == ticket_id)
            .order_by(RiskRow.lifted_at.is_not(None), RiskRow.id)
        )
        async with self._database.reading() as session:
            return tuple(await readable(session, query, risk_of))

    async def get(self, risk_id: int, actor: Actor) -> Risk:
        """Raises:
        NotAllowed, NotFound.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            return await _risk(session, risk_id)

    async def update(
        self, risk_id: int, actor: Actor, edit: RiskEdit, *, version: int | None = None
    ) -> Risk:
        """Write down the forecast, the measures, who looks after it, another level.

        Raises:
            NotAllowed, NotFound, RiskRefused, VersionConflict, StoreBusy.
        """
        actor.check(Permission.WORK_TICKETS)
        async with self._open(risk_id, version) as (session, row):
            given = {name: value for name, value in vars(edit).items() if value is not None}
            new = {name: value for name, value in given.items() if getattr(row, name) != value}
            for name, value in new.items():
                setattr(row, name, str(value).strip())
            if new:
                row.log = [*row.log, _step(session, actor, "changed", ", ".join(sorted(new)))]
                row.version += 1
                changed(session, "risk", row.id)
            return await _risk(session, risk_id)

    async def lift(
        self, risk_id: int, actor: Actor, note: str, *, version: int | None = None
    ) -> Risk:
        """It is under control: a person who approves says why.

        Raises:
            Lacking: no note. NotAllowed, NotFound, RiskRefused, VersionConflict, StoreBusy.
        """
        actor.check(Permission.APPROVE)
        if not note.strip():
            raise Lacking((NOTE,), "a risk is lifted with a reason only: write a note")
        async with self._open(risk_id, version) as (session, row):
            row.open_key = None
            row.lifted_at, row.lifted_by = now_of(session), actor.name
            row.log = [*row.log, _step(session, actor, "lifted", note.strip())]
            row.version += 1
            changed(session, "risk", row.id)
            return await _risk(session, risk_id)

    async def counts(
        self, actor: Actor, start: datetime, end: datetime
    ) -> Mapping[RiskKind, tuple[int, int]]:
        """Of each kind: how many were found in that time, and how many of them are open yet."""
        actor.check(Permission.SEE_REPORTS)
        query = select(RiskRow.kind, RiskRow.lifted_at).where(
            RiskRow.found_at >= start, RiskRow.found_at < end
        )
        async with self._database.reading() as session:
            found = (await session.execute(query)).all()
        all_, still = Counter[str](), Counter[str]()
        for kind, lifted_at in found:
            all_[kind] += 1
            still[kind] += lifted_at is None
        return {kind: (all_[kind], still[kind]) for kind in RiskKind if all_[kind]}

    @asynccontextmanager
    async def _open(
        self, risk_id: int, version: int | None
    ) -> AsyncIterator[tuple[AsyncSession, RiskRow]]:
        async with self._database.session() as session:
            row = await session.get(RiskRow, risk_id, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no risk with id {risk_id}")
            if row.lifted_at is not None:
                raise RiskRefused(RiskRefusal.LIFTED)
            if version is not None and version != row.version:
                raise VersionConflict(
                    "the risk was changed by somebody else: look at it again",
                    expected=version,
                    actual=row.version,
                )
            yield session, row


def _step(session: AsyncSession, actor: Actor, action: str, note: str = "") -> dict[str, Any]:
    return {
        "at": now_of(session).isoformat(),
        "actor": actor.name,
        "action": action,
        "note": note,
    }


async def _risk(session: AsyncSession, risk_id: int) -> Risk:
    await session.flush()
    query = (
        select(RiskRow, TicketRow)
        .join(TicketRow, TicketRow.id == RiskRow.ticket_id)
        .where(RiskRow.id == risk_id)
    )
    found = (await session.execute(query)).first()
    if found is None:
        raise NotFound(f"there is no risk with id {risk_id}")
    return risk_of(*found)


def risk_of(row: RiskRow, ticket: TicketRow) -> Risk:
    return Risk(
        id=row.id,
        kind=RiskKind(row.kind),
        level=RiskLevel(row.level),
        ticket=ticket_of(ticket),
        found_at=row.found_at,
        count=row.facts["count"],
        words=tuple(row.facts["words"]),
        tickets=tuple(row.facts["tickets"]),
        forecast=row.forecast,
        measures=row.measures,
        owner=row.owner,
        log=tuple(map(RiskStep.read, row.log)),
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        version=row.version,
    )
