"""Call reviews: drawn each month, scored by somebody else, answered by whoever is reviewed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.quality.checklist import Checklist
from call_logs.quality.review import CallReview, ReviewRules, ReviewVersion
from call_logs.staff.staff import StaffKind, ref_of
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import InvalidValue, NotAllowed, NotFound, VersionConflict
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.tables.call_reviews import CallReviewRow, CallReviewVersionRow
from call_logs.tables.calls import CallRow
from call_logs.tables.dispatches import DispatchRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["CallReviews"]

LONGEST = 2000  # of a remark, of an answer
LISTED = 500
# "hotlrevw": two programs draw one month once.
_ADVISORY_LOCK = 0x686F746C_72657677
_EMPTY = {"points": {}, "remark": "", "answer": ""}


class CallReviews:
    """Whoever reviews sees all; everybody sees what was said of their own calls."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        zone: ZoneInfo,
        staff: StaffStore,
        rules: ReviewRules,
    ) -> None:
        self._database = database
        self._keys = keys
        self._zone = zone
        self._staff = staff
        self._rules = rules

    async def draw(self) -> int:
        """Draw the calls of the month before, once: all urgent ones, and of the others some of
        each person. Which these are follows from a secret of the installation: the same whenever
        it is drawn, and nobody can tell before. Drills have no ticket and are never among them."""
        if self._rules.per_person == 0:
            return 0
        today = self._database.clock.now().astimezone(self._zone)
        this = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        last = (this - timedelta(days=1)).replace(day=1)
        month = f"{last:%Y-%m}"
        async with self._database.reading() as session:
            if await _is_drawn(session, month):
                return 0
            found = await _candidates(session, last, this)
        drawn = self._chosen(month, found)
        if not drawn:
            return 0
        async with self._database.session() as session:
            if not self._database.is_sqlite:  # which has one writer anyway
                await session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            if await _is_drawn(session, month):
                return 0
            session.add_all(
                CallReviewRow(
                    call_id=call_id,
                    ticket_id=ticket_id,
                    person=ref_of(StaffKind.PERSON, person),
                    category=category,
                    urgent=urgent,
                    month=month,
                    reviewer="",
                    reviewed_at=None,
                    score=None,
                    answered_at=None,
                    version=0,
                    content=_EMPTY,
                )
                for call_id, ticket_id, person, category, urgent in drawn
            )
        return len(drawn)

    def _chosen(self, month: str, found: list[_Candidate]) -> list[_Candidate]:
        of: dict[str, list[_Candidate]] = defaultdict(list)
        for each in found:
            of[each[2]].append(each)
        chosen = [each for each in found if each[4]]
        for calls in of.values():
            others = [each for each in calls if not each[4]]
            others.sort(key=lambda each: self._keys.search_hash(f"{month} {each[0]}", "review"))
            chosen += others[: self._rules.per_person]
        return chosen

    async def list(
        self, actor: Actor, *, month: str = "", person: str = "", open_only: bool = False
    ) -> tuple[CallReview, ...]:
        """The latest month first. Without the right to review: one's own alone, once reviewed.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        own = await self._own(actor)
        query = select(CallReviewRow).order_by(CallReviewRow.month.desc(), CallReviewRow.id)
        if not actor.may(Permission.REVIEW_CALLS):
            query = query.where(CallReviewRow.person == own, CallReviewRow.reviewed_at.is_not(None))
        if month:
            query = query.where(CallReviewRow.month == month)
        if person:
            query = query.where(CallReviewRow.person == person)
        if open_only:
            query = query.where(CallReviewRow.reviewed_at.is_(None))
        async with self._database.reading() as session:
            return tuple(
                await readable(session, query.limit(LISTED), lambda row: review_of(row, own, actor))
            )

    async def get(self, review_id: int, actor: Actor) -> CallReview:
        """Raises:
        NotAllowed: the call is somebody else's, or one's own and not reviewed yet.
        NotFound.
        """
        own = await self._own(actor)
        async with self._database.reading() as session:
            row = await session.get(CallReviewRow, review_id)
        return review_of(_seen(row, own, actor), own, actor)

    async def versions(self, review_id: int, actor: Actor) -> tuple[ReviewVersion, ...]:
        """All that was ever said, the latest first.

        Raises:
            NotAllowed, NotFound.
        """
        await self.get(review_id, actor)
        query = (
            select(CallReviewVersionRow)
            .where(CallReviewVersionRow.review_id == review_id)
            .order_by(CallReviewVersionRow.version.desc())
        )
        async with self._database.reading() as session:
            return tuple(
                await readable(
                    session,
                    query,
                    lambda row: ReviewVersion(
                        version=row.version,
                        at=row.at,
                        actor=row.actor,
                        score=row.score,
                        **row.content,
                    ),
                )
            )

    async def score(
        self,
        review_id: int,
        points: Mapping[str, int],
        remark: str,
        actor: Actor,
        *,
        checklist: Checklist,
        version: int,
    ) -> CallReview:
        """Say how the call was. A user of the pages does, and never of their own call.

        Raises:
            NotAllowed, NotFound, VersionConflict.
            InvalidValue: points that the checklist has not.
        """
        actor.check(Permission.REVIEW_CALLS)
        own = await self._own(actor)
        percent = checklist.score(points)
        text = _text(remark, "remark")
        async with self._database.session() as session:
            row = await _locked(session, review_id, version)
            if not own or row.person == own:
                raise NotAllowed(Permission.REVIEW_CALLS, "nobody reviews a call of their own")
            row.reviewer, row.reviewed_at, row.score = actor.name, now_of(session), percent
            _write(session, row, {**row.content, "points": dict(points), "remark": text}, actor)
            return review_of(row, own, actor)

    async def answer(self, review_id: int, text: str, actor: Actor, *, version: int) -> CallReview:
        """What whoever is reviewed says to it.

        Raises:
            NotAllowed: it is somebody else's call. NotFound, VersionConflict, InvalidValue.
        """
        actor.check(Permission.SEE_TICKETS)
        own = await self._own(actor)
        said = _text(text, "answer")
        async with self._database.session() as session:
            row = await _locked(session, review_id, version)
            if not own or row.person != own or row.reviewed_at is None:
                raise NotAllowed(Permission.REVIEW_CALLS, "this call is somebody else's")
            row.answered_at = now_of(session)
            _write(session, row, {**row.content, "answer": said}, actor)
            return review_of(row, own, actor)

    async def _own(self, actor: Actor) -> str:
        """Who of the staff asks; "" for the program and for other programs."""
        if not actor.is_person or actor.rights is not None:
            return ""
        staff = await self._staff.current()
        user = next((each for each in staff.users if each.name == actor.name), None)
        return staff.ref_of_user(user) if user is not None else ""


#: Call, ticket, person of the roster, category, whether it is urgent.
_Candidate = tuple[str, int, str, str, bool]


async def _is_drawn(session: AsyncSession, month: str) -> bool:
    query = select(CallReviewRow.id).where(CallReviewRow.month == month).limit(1)
    return await session.scalar(query) is not None


async def _candidates(session: AsyncSession, start: datetime, end: datetime) -> list[_Candidate]:
    """Calls of the time in which somebody was put through to the caller; each once, as whoever
    came last."""
    query = (
        select(CallRow.id, TicketRow, DispatchRow.person)
        .join(DispatchRow, DispatchRow.call_id == CallRow.id)
        .join(TicketRow, TicketRow.id == DispatchRow.ticket_id)
        .where(
            CallRow.started_at >= start,
            CallRow.started_at < end,
            CallRow.answered_at.is_not(None),
            CallRow.purged_at.is_(None),
            DispatchRow.person != "",
            DispatchRow.drill.is_(False),
        )
        .order_by(DispatchRow.opened_at)
    )
    found: dict[str, _Candidate] = {}
    for call_id, ticket, person in (await session.execute(query)).all():
        urgent = ticket.ticket_class == TicketClass.URGENT
        found[call_id] = (call_id, ticket.id, person, ticket.category, urgent)
    return list(found.values())


def _seen(row: CallReviewRow | None, own: str, actor: Actor) -> CallReviewRow:
    if row is None:
        raise NotFound("there is no such review")
    if actor.may(Permission.REVIEW_CALLS):
        return row
    if own and row.person == own and row.reviewed_at is not None:
        return row
    raise NotAllowed(Permission.REVIEW_CALLS, "this call is somebody else's")


async def _locked(session: AsyncSession, review_id: int, version: int) -> CallReviewRow:
    row = await session.get(CallReviewRow, review_id, with_for_update=True)
    if row is None:
        raise NotFound("there is no such review")
    if row.version != version:
        raise VersionConflict(
            "the review was changed by somebody else: look at it again",
            expected=version,
            actual=row.version,
        )
    return row


def _write(
    session: AsyncSession, row: CallReviewRow, content: dict[str, object], actor: Actor
) -> None:
    row.content = content
    row.version += 1
    session.add(
        CallReviewVersionRow(
            review_id=row.id,
            version=row.version,
            at=now_of(session),
            actor=actor.name,
            score=row.score,
            content=content,
        )
    )


def _text(text: str, field: str) -> str:
    clean = text.replace("\0", "").replace("\r\n", "\n").strip()
    if len(clean) > LONGEST:
        raise InvalidValue(f"{field}: at most {LONGEST} letters", field)
    return clean


def review_of(row: CallReviewRow, own: str, actor: Actor) -> CallReview:
    return CallReview(
        id=row.id,
        call_id=row.call_id,
        ticket_id=row.ticket_id,
        person=row.person,
        category=row.category,
        urgent=row.urgent,
        month=row.month,
        reviewer=row.reviewer,
        reviewed_at=row.reviewed_at,
        score=row.score,
        points=row.content["points"],
        remark=row.content["remark"],
        answer=row.content["answer"],
        answered_at=row.answered_at,
        version=row.version,
        is_own=bool(own) and row.person == own,
        may_score=actor.may(Permission.REVIEW_CALLS) and bool(own) and row.person != own,
    )
