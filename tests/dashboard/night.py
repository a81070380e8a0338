"""A company with an on-call roster, and the nights on which somebody was needed; all invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from call_logs import Store
from call_logs.dispatches import (
    AttemptStatus,
    Dispatch,
    DispatchReason,
    DispatchStatus,
    LevelBegun,
    OnTheWay,
    PhraseHeard,
)
from call_logs.roster import Person
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketKind
from call_logs.users import HOTLINE, Actor
from tests.people import person

ROSTER = """
[[person]]
id = "wang"
name = "王工"
roles = ["engineer"]
contacts = ["13812345678", "ext:8001 via office"]
notices = ["mailto://wang:secret@example.com"]

[[person]]
id = "li"
name = "李工"
roles = ["engineer"]
contacts = ["sip:li@127.0.0.1:5070"]

[[person]]
id = "zhao"
name = "赵经理"
roles = ["manager"]
contacts = ["13912345678"]

[[schedule]]
id = "round"
name = "工程值班"

  [[schedule.rotation]]
  people = ["wang", "li"]
  since = 2026-01-05
  handover = "09:00"
  every_days = 1

[[schedule]]
id = "desk"
name = "客服白班"
role = "operator"

  [[schedule.weekly]]
  people = ["zhao"]
  days = "daily"
  start = "08:00"
  end = "20:00"

[[policy]]
category = "flooding"

  [[policy.level]]
  who = ["on-call:engineer", "person:zhao"]
  ringing = "all_at_once"
  ring_s = 30
  repeats = 2
"""
PHRASE = "电梯里困了人"


async def company(store: Store, text: str = ROSTER) -> dict[str, Person]:
    """The roster of `ROSTER`; its people by id."""
    await store.roster.import_toml(text, person("test"))
    return dict((await store.roster.current()).by_id)


async def urgent_ticket(store: Store, at: datetime | None = None) -> Ticket:
    return await store.tickets.open(
        NewTicket(
            TicketKind.EMERGENCY,
            TicketClass.URGENT,
            category="lift_entrapment",
            text="电梯停在7楼，里面困了3个人",
            building="5",
            unit="1",
            caller="13655554444",
            opened_at=at,
        )
    )


async def searching(store: Store, *, at: datetime | None = None) -> Dispatch:
    """Somebody is trapped, and 王工 is being rung for it. `at`: when it was heard."""
    at = at or datetime.now(UTC) - timedelta(seconds=40)
    people = await company(store)
    ticket = await urgent_ticket(store, at)
    policy = (await store.roster.current()).policy("lift_entrapment")
    opened = at + timedelta(milliseconds=430)
    dispatch = await store.dispatches.open(ticket.id, policy, at=opened, actor=HOTLINE)
    note = store.dispatches.note
    await note(
        dispatch.id, PhraseHeard("lift_entrapment", PHRASE, 0.97, at_s=4.2), at=at, actor=HOTLINE
    )
    await note(dispatch.id, LevelBegun(people=("wang",)), at=opened, actor=HOTLINE)
    wang = people["wang"]
    rung = opened + timedelta(milliseconds=250)
    attempt = await store.dispatches.attempt(
        dispatch.id, wang, wang.contacts[0], level=0, at=opened
    )
    await store.dispatches.outcome(attempt.id, AttemptStatus.RUNG, at=rung)
    return dispatch


async def unanswered(store: Store, *, at: datetime | None = None) -> Dispatch:
    """The same night, and 王工 did not pick up."""
    dispatch = await searching(store, at=at)
    (attempt,) = await store.dispatches.attempts(dispatch.id)
    later = attempt.started_at + timedelta(seconds=25)
    await store.dispatches.outcome(attempt.id, AttemptStatus.NO_ANSWER, at=later)
    reason = DispatchReason.NOBODY_ACCEPTED
    return await store.dispatches.move(
        dispatch.id, DispatchStatus.UNANSWERED, reason=reason, at=later, actor=HOTLINE
    )


async def accepted(store: Store, *, at: datetime | None = None) -> Dispatch:
    """The same night, and 王工 took it by key and talks with the owner."""
    dispatch = await searching(store, at=at)
    (attempt,) = await store.dispatches.attempts(dispatch.id)
    answered = attempt.started_at + timedelta(seconds=6, milliseconds=300)
    await store.dispatches.outcome(attempt.id, AttemptStatus.ANSWERED, at=answered)
    pressed = answered + timedelta(seconds=4, milliseconds=900)
    await store.dispatches.accept(attempt.id, at=pressed)
    bridged = pressed + timedelta(milliseconds=120)
    await store.dispatches.outcome(attempt.id, AttemptStatus.BRIDGED, at=bridged)
    at = bridged + timedelta(seconds=8)
    await store.dispatches.note(dispatch.id, OnTheWay(15), actor=person("wang"), at=at)
    return await store.dispatches.get(dispatch.id)


async def drilled(store: Store) -> Dispatch:
    """A drill after which 王工 has pressed 1 and 赵经理 did not answer. Needs `company`."""
    roster = await store.roster.current()
    at = datetime.now(UTC) - timedelta(minutes=5)
    dispatch = await store.dispatches.open_drill(
        roster.policy("flooding"), Actor.in_name_of("manager"), at=at
    )
    for person_id, after_s in (("wang", 7.2), ("zhao", None)):
        person = roster.by_id[person_id]
        at += timedelta(milliseconds=1)  # one after another, so that their order is known
        attempt = await store.dispatches.attempt(
            dispatch.id, person, person.contacts[0], level=0, at=at
        )
        if after_s is None:
            await store.dispatches.outcome(attempt.id, AttemptStatus.NO_ANSWER)
            continue
        answered = at + timedelta(seconds=after_s)
        await store.dispatches.outcome(attempt.id, AttemptStatus.ANSWERED, at=answered)
        confirmed = answered + timedelta(seconds=3)
        await store.dispatches.outcome(attempt.id, AttemptStatus.CONFIRMED, at=confirmed)
        await store.dispatches.outcome(attempt.id, AttemptStatus.ENDED, at=confirmed)
    return await store.dispatches.move(
        dispatch.id, DispatchStatus.CLOSED, reason=DispatchReason.DRILL_OVER, actor=HOTLINE
    )
