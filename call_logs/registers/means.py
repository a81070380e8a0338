"""What there is for the work on a ticket: who is skilled and here, parts, documents, the last
maintenance, the rules in force. And what a rule has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from call_logs.casework.equipment import Equipment
from call_logs.registers.entry import Entry
from call_logs.registers.stock import Stock
from call_logs.registers.store import Registers
from call_logs.roster.roster import on_call
from call_logs.roster.shifts import moment
from call_logs.staff.staff import Staff, StaffKind
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database
from call_logs.tables.register_fields import ImprovementState, RegisterKind, SkillLevel
from call_logs.tables.surveys import SurveyRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.surveyed import CONTENT
from call_logs.tickets.ticket import Ticket
from call_logs.users.actor import Actor
from call_logs.viewing.viewer import PROGRAM, looking

__all__ = ["Effect", "LowScore", "Means", "MeansOf", "Skilled", "StockItem", "unskilled"]

MOST_SCORES = 100
LOOKED_BACK = timedelta(days=60)  # for scores that nobody has drawn anything from
COUNTED = timedelta(days=90)  # before and since a rule came into force
_ORDER = {SkillLevel.EXPERT: 0, SkillLevel.SKILLED: 1, SkillLevel.LEARNING: 2}


@dataclass(frozen=True)
class Skilled:
    """Somebody who can do such work. `here`: not away; `on_duty`: on call for it now."""

    entry: Entry
    here: bool
    on_duty: bool

    @property
    def who(self) -> str:
        return str(self.entry["who"])

    @property
    def alone(self) -> bool:
        """Whether the work can be theirs."""
        return self.entry["level"] is not SkillLevel.LEARNING


@dataclass(frozen=True)
class StockItem:
    """A part or tool, and how many there are."""

    entry: Entry
    balance: int

    @property
    def low(self) -> bool:
        minimum = self.entry["minimum"]
        return minimum is not None and self.balance < minimum


@dataclass(frozen=True)
class LowScore:
    """An owner was not content, and nobody has said yet what becomes better."""

    ticket_id: int
    number: str
    category: str
    score: int
    at: datetime


@dataclass(frozen=True)
class Means:
    """Beside a ticket."""

    skilled: tuple[Skilled, ...]
    stock: tuple[StockItem, ...]
    documents: tuple[Entry, ...]
    maintenance: tuple[Entry, ...]
    rules: tuple[Entry, ...]  # in force
    improvements: tuple[Entry, ...]  # that follow from this ticket
    low_scores: tuple[LowScore, ...]  # of it, without one


@dataclass(frozen=True)
class Effect:
    """Tickets of a rule's categories in `days` before it came into force, and as many since."""

    days: int
    before: int
    since: int
    score_before: float | None
    score_since: float | None


class MeansOf:
    """Every method needs the right to see tickets."""

    def __init__(
        self,
        database: Database,
        registers: Registers,
        stock: Stock,
        staff: StaffStore,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._registers = registers
        self._stock = stock
        self._staff = staff
        self._zone = zone

    async def of_ticket(
        self, ticket: Ticket, equipment: Sequence[Equipment], actor: Actor
    ) -> Means:
        """`equipment`: the pieces that the ticket may be about.

        Raises:
            NotAllowed.
        """
        names = {each.name for each in equipment}
        kinds = RegisterKind
        every = self._registers.list
        improvements = await every(kinds.IMPROVEMENT, actor)
        return Means(
            skilled=await self.skilled(ticket.category, actor),
            stock=tuple(
                each for each in await self.stock(actor) if each.entry.concerns(ticket.category)
            ),
            documents=tuple(
                each
                for each in await every(kinds.DOCUMENT, actor)
                if _is_about(each, ticket, names)
            ),
            maintenance=await every(kinds.MAINTENANCE, actor, about=names),
            rules=tuple(
                each
                for each in improvements
                if each["state"] is ImprovementState.IN_FORCE and each.concerns(ticket.category)
            ),
            improvements=tuple(each for each in improvements if each.from_ticket == ticket.id),
            low_scores=await self.low_scores(actor, ticket_id=ticket.id),
        )

    async def stock(self, actor: Actor) -> tuple[StockItem, ...]:
        """Everything in stock, what is under its minimum first.

        Raises:
            NotAllowed.
        """
        balances = await self._stock.balances(actor)
        items = [
            StockItem(each, balances.get(each.id, 0))
            for each in await self._registers.list(RegisterKind.STOCK, actor)
        ]
        return tuple(sorted(items, key=lambda each: (not each.low, each.entry["what"])))

    async def skilled(self, category: str, actor: Actor) -> tuple[Skilled, ...]:
        """Whose certificate has not ended: on duty first, then who is here, the most skilled
        first.

        Raises:
            NotAllowed.
        """
        entries = await self._registers.list(RegisterKind.SKILL, actor)
        now = self._database.clock.now()
        today = now.astimezone(self._zone).date()
        staff = await self._staff.current()
        present = staff.roster.present(now)
        duty = {person.id for person in on_call(staff.roster, now, category=category)}
        found = [
            Skilled(each, here=_any(who, present), on_duty=_any(who, duty.__contains__))
            for each in entries
            if each.concerns(category) and _valid(each, today)
            for who in (_people(each["who"], staff),)
        ]
        return tuple(
            sorted(found, key=lambda each: (not each.on_duty, not each.here, _ORDER[_level(each)]))
        )

    async def low_scores(
        self, actor: Actor, *, ticket_id: int | None = None
    ) -> tuple[LowScore, ...]:
        """Of the last `LOOKED_BACK`, the last first; those from which an improvement follows
        already are not among them.

        Raises:
            NotAllowed.
        """
        improvements = await self._registers.list(RegisterKind.IMPROVEMENT, actor)
        seen_to = {each.from_ticket for each in improvements}
        query = (
            select(TicketRow.id, TicketRow.number, TicketRow.category, SurveyRow)
            .join(SurveyRow, SurveyRow.ticket_id == TicketRow.id)
            .where(
                SurveyRow.score < CONTENT,
                SurveyRow.answered_at >= self._database.clock.now() - LOOKED_BACK,
            )
            .order_by(SurveyRow.answered_at.desc())
            .limit(MOST_SCORES)
        )
        if ticket_id is not None:
            query = query.where(TicketRow.id == ticket_id)
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return tuple(
            LowScore(id_, number or "", category, survey.score, survey.answered_at)
            for id_, number, category, survey in rows
            if id_ not in seen_to and survey.score is not None and survey.answered_at is not None
        )

    async def effect(self, entry: Entry, actor: Actor) -> Effect | None:
        """Whether such tickets became rarer, and owners more content. None: it is not in force,
        or since today alone.

        Raises:
            NotAllowed.
        """
        await self._registers.get(entry.kind, entry.id, actor)
        day, categories = entry["in_force_on"], entry["categories"]
        if day is None or not categories:
            return None
        start = moment(day, time(), self._zone)
        span = min(self._database.clock.now() - start, COUNTED)
        if span < timedelta(days=1):
            return None
        before, score_before = await self._count(categories, start - span, start)
        since, score_since = await self._count(categories, start, start + span)
        return Effect(span.days, before, since, score_before, score_since)

    async def _count(
        self, categories: Collection[str], start: datetime, end: datetime
    ) -> tuple[int, float | None]:
        query = select(func.count(), func.avg(TicketRow.satisfaction)).where(
            TicketRow.category.in_(sorted(categories)),
            TicketRow.merged_into.is_(None),
            TicketRow.opened_at >= start,
            TicketRow.opened_at < end,
        )
        with looking(PROGRAM):  # numbers alone, the same for whoever asks
            async with self._database.reading() as session:
                count, score = (await session.execute(query)).one()
        return count, None if score is None else float(score)


def unskilled(holder: str, skilled: Collection[Skilled], staff: Staff) -> bool:
    """Whether work is given to somebody who is not skilled for it although others are. In a
    department one who is will do."""
    able = {ref for each in skilled if each.alone for ref in staff.same(each.who)}
    if not able or not holder:
        return False
    kind, _, id_ = holder.partition(":")
    given = staff.same(holder)
    if kind == StaffKind.DEPARTMENT and id_ in staff.departments:
        people = (f"{StaffKind.PERSON}:{each}" for each in staff.departments[id_].people)
        given = given.union(*(staff.same(each) for each in people))
    return able.isdisjoint(given)


def _people(ref: str, staff: Staff) -> tuple[str, ...]:
    """Ids of the roster."""
    kind, _, id_ = ref.partition(":")
    if kind == StaffKind.DEPARTMENT and id_ in staff.departments:
        return tuple(staff.departments[id_].people)
    same = (each.partition(":") for each in staff.same(ref))
    return tuple(id_ for kind, _, id_ in same if kind == StaffKind.PERSON)


def _any(people: Collection[str], holds: Callable[[str], bool]) -> bool:
    return any(holds(each) for each in people)


def _level(each: Skilled) -> SkillLevel:
    level: SkillLevel = each.entry["level"]
    return level


def _valid(entry: Entry, today: date) -> bool:
    until: date | None = entry["valid_until"]
    return until is None or until >= today


def _is_about(entry: Entry, ticket: Ticket, equipment: Collection[str]) -> bool:
    """A document of the ticket's equipment, or of its place and category; what it does not name
    fits any, but it must name something."""
    if entry["equipment"]:
        return entry["equipment"] in equipment
    building, area, categories = entry["building"], entry["area"], entry["categories"]
    if not (building or area or categories):
        return False
    return (
        (not building or building == ticket.building)
        and (not area or (bool(ticket.area) and (area in ticket.area or ticket.area in area)))
        and (not categories or ticket.category in categories)
    )
