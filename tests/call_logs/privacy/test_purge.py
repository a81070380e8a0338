"""The purge: what is past its time is gone, in every place where it stood, and nothing else is."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import false, select, text, update

from call_logs import Rules, Store
from call_logs.calls import CallEventKind, NewCall
from call_logs.casework import RiskKind, read_record
from call_logs.dispatches import DispatchStatus
from call_logs.privacy import PURGED, ClassTimes, KeepRules, Kind, Plan, Standing
from call_logs.recordings import RecordingStatus, TranscriptData, TranscriptStatus
from call_logs.roster import Level, Policy, Selector
from call_logs.storage import NotFound, StoreBusy, StoreError
from call_logs.storage.base import Base
from call_logs.tables.calls import CallRow
from call_logs.tables.record_fields import RecordKind
from call_logs.tables.recordings import RecordingRow, TranscriptRow
from call_logs.tables.risks import RiskRow
from call_logs.tickets import (
    NewsBy,
    NewTicket,
    Ticket,
    TicketClass,
    TicketFilter,
    TicketStatus,
    edit,
)
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import OpenStore, call_id
from tests.people import person
from tests.pictures import MP4, in_pieces
from tests.turned_clock import TurnedClock

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
CANARY = "金丝雀七号"
NUMBER = "13800138000"
MANAGER = person("wang", Role.MANAGER)
RING = Policy("fire", (Level((Selector.parse("on-call"),)),))
KEEP = KeepRules(
    base=ClassTimes(tickets=100, recordings=30, transcripts=60, evidence=80),
    by_class={TicketClass.URGENT: ClassTimes(tickets=400, recordings=300, transcripts=300)},
    calls=50,
    access_log=180,
)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOW)


@pytest.fixture
async def store(open_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_store(clock=clock, rules=Rules(keep=KEEP))


def later(clock: TurnedClock, time: timedelta) -> None:
    clock.set(clock.now() + time)


async def a_call(store: Store, number: str = NUMBER) -> str:
    call = call_id()
    store.calls.begin(NewCall(id=call, caller=number, sip_call_id=f"{CANARY}@sip"))
    store.calls.answered(call)
    store.calls.event(call, CallEventKind.HEARD, {"text": CANARY})
    recording = await store.recordings.create(call, 8000)
    recording.write(b"\x11\x22" * 8000, b"\x33\x44" * 8000)
    await recording.close()
    store.calls.end(call, "remote")
    await store.calls.flush()
    await store.transcripts.save(recording.id, TranscriptData(CANARY, (), "zh-CN", "test", 1.0))
    return call


async def a_case(
    store: Store, number: str = NUMBER, *, ticket_class: TicketClass = TicketClass.GENERAL
) -> Ticket:
    """A ticket with everything that can hang on one."""
    ticket = await store.tickets.open(
        NewTicket(
            call_id=await a_call(store, number),
            ticket_class=ticket_class,
            category="water_leak",
            text=f"{CANARY}漏水",
            name=CANARY,
            callback=number,
            news_by=NewsBy.CALL,
            building="3",
            unit="2",
            room="1501",
            phrases=(CANARY,),
            actor=person("li"),
        )
    )
    await store.tickets.note(ticket.id, MANAGER, CANARY)
    await store.tickets.update(ticket.id, MANAGER, edit(plan=CANARY, people=2))
    said = {"side": "owner", "name": CANARY, "contact": number, "at": NOW, "said": CANARY}
    statement = read_record(RecordKind.STATEMENT, said, whole=True)
    await store.records.add(ticket.id, statement, MANAGER)
    film = in_pieces(MP4)
    await store.evidence.add(ticket.id, MANAGER, film, name=f"{CANARY}.mp4", note=CANARY)
    return ticket


async def close(store: Store, ticket: Ticket, score: int = 4) -> Ticket:
    """Through all its steps, as a manager does."""
    for status in (
        TicketStatus.REGISTERED,
        TicketStatus.INVESTIGATING,
        TicketStatus.PLANNED,
        TicketStatus.APPROVED,
        TicketStatus.IN_PROGRESS,
        TicketStatus.RESOLVED,
        TicketStatus.FEEDBACK_GIVEN,
        TicketStatus.SURVEYED,
        TicketStatus.CLOSED,
    ):
        if status not in {move.to for move in store.tickets.moves(ticket, MANAGER)}:
            continue
        said: dict[str, Any] = {
            "affected": "one",
            "plan": CANARY,
            "cause": CANARY,
            "result": CANARY,
            "news": CANARY,
        }
        if status is TicketStatus.SURVEYED:
            said |= {"satisfaction": score, "remark": CANARY}
        ticket = await store.tickets.move(
            ticket.id, status, MANAGER, note=CANARY, changes=edit(**said)
        )
    assert ticket.closed_at is not None
    return ticket


async def everything(store: Store) -> str:
    """Every value of every table, as the program reads it."""
    found: list[str] = []
    async with store.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            found += [repr(tuple(row)) for row in await session.execute(select(table))]
    return "\n".join(found)


def figures(statistics: Any) -> Mapping[str, Any]:
    """What a report says, without what is still going on."""
    return asdict(statistics)


async def test_of_a_ticket_past_its_time_nothing_personal_is_left_anywhere(
    store: Store, clock: TurnedClock, tmp_path: Path
) -> None:
    ticket = await close(store, await a_case(store))
    dispatch = await store.dispatches.open(ticket.id, RING, actor=HOTLINE)
    await store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
    assert CANARY in await everything(store)
    later(clock, timedelta(days=100))
    assert (await store.purge.plan()).tickets == {}
    later(clock, timedelta(seconds=1))
    plan = await store.purge.plan()
    assert set(plan.tickets) == {ticket.id}

    done = await store.purge.run()
    assert done[Kind.TICKETS] == done[Kind.RECORDINGS] == done[Kind.TRANSCRIPTS] == 1
    left = await everything(store)
    assert CANARY not in left
    assert NUMBER not in left
    assert [*(tmp_path / "recordings").rglob("*.hrec")] == []
    assert [*(tmp_path / "evidence").rglob("*.hevd")] == []

    assert (await store.tickets.list(TicketFilter(text=CANARY))).total == 0
    assert (await store.tickets.list(TicketFilter(caller=NUMBER))).total == 0
    assert (await store.tickets.list(TicketFilter(text="3号楼"))).total == 1  # it is still counted
    now = await store.tickets.get(ticket.id)
    assert (now.building, now.category, now.satisfaction) == ("3", "water_leak", 4)
    assert (now.text, now.name, now.room, now.caller) == ("", "", "", "")
    line = (await store.tickets.history(ticket.id))[-1]
    assert (line.actor, line.action) == ("hotline", PURGED)
    assert line.changes == {PURGED: ("tickets", 100)}
    assert ticket.call_id is not None
    (event,) = await store.calls.events(ticket.call_id)
    assert (event.kind, event.data) == (CallEventKind.PURGED, {"kind": "calls", "days": 50})
    assert (await store.purge.plan()).counts() == dict.fromkeys(plan.counts(), 0)


async def test_the_figures_of_the_month_are_the_same_before_and_after(
    store: Store, clock: TurnedClock
) -> None:
    for score in (5, 4, 2):
        later(clock, timedelta(hours=7))
        ticket = await a_case(store)
        later(clock, timedelta(minutes=20))
        closed = await store.tickets.get(ticket.id)
        if score > 2:
            closed = await close(store, closed, score)
    await store.tickets.open(NewTicket(text="灯坏了", building="5"))
    await a_call(store)
    later(clock, timedelta(days=200))
    month = (MANAGER, date(2026, 3, 1), date(2026, 3, 31))
    before = figures(await store.reports.statistics(*month))
    assert before["tickets"] == 4
    assert before["by_building"] == {"3": 3, "5": 1}
    assert before["scores"] == {1: 0, 2: 0, 3: 0, 4: 1, 5: 1}
    assert before["calls"]["answered"] == 4
    done = await store.purge.run()
    assert done[Kind.TICKETS] == 2
    assert done[Kind.CALLS] == 3  # those of the closed tickets, and the one without
    assert figures(await store.reports.statistics(*month)) == before


async def test_each_kind_goes_by_its_own_time_and_by_the_class_of_its_ticket(
    store: Store, clock: TurnedClock
) -> None:
    general = await close(store, await a_case(store))
    urgent = await a_case(store, "13900139000", ticket_class=TicketClass.URGENT)
    urgent = await close(store, urgent)
    alone = await a_call(store)

    async def state(call: str | None) -> tuple[RecordingStatus, TranscriptStatus]:
        assert call is not None
        (recording,) = await store.recordings.for_call(call)
        (transcript,) = await store.transcripts.for_call(call)
        return recording.status, transcript.status

    sealed, gone = RecordingStatus.SEALED, RecordingStatus.PURGED
    done, empty = TranscriptStatus.DONE, TranscriptStatus.PURGED
    later(clock, timedelta(days=31))
    await store.purge.run()
    assert await state(general.call_id) == await state(alone) == (gone, done)
    assert await state(urgent.call_id) == (sealed, done)
    later(clock, timedelta(days=30))
    await store.purge.run()
    assert await state(general.call_id) == await state(alone) == (gone, empty)
    assert (await store.calls.get(alone)).caller == ""
    assert (await store.calls.get(general.call_id or "")).caller == NUMBER  # its ticket is there
    (piece,) = await store.evidence.of_ticket(general.id, MANAGER)
    assert piece.removed_at is None
    later(clock, timedelta(days=20))
    await store.purge.run()
    (piece,) = await store.evidence.of_ticket(general.id, MANAGER)
    assert (piece.removed_by, piece.name) == ("hotline", "")
    assert (await store.tickets.get(general.id)).text.startswith(CANARY)
    history = await store.tickets.history(general.id)
    assert history[-1].changes == {PURGED: ("evidence", 80)}
    later(clock, timedelta(days=20))
    await store.purge.run()
    assert (await store.tickets.get(general.id)).text == ""
    assert (await store.tickets.get(urgent.id)).text.startswith(CANARY)
    assert await state(urgent.call_id) == (sealed, done)


async def test_what_is_open_or_held_keeps_all_of_its_case(store: Store, clock: TurnedClock) -> None:
    open_one = await a_case(store)
    held = await close(store, await a_case(store))
    await store.holds.put(held.id, MANAGER, "诉讼")
    linked = await close(store, await a_case(store))
    await store.links.relate(linked.id, open_one.id, MANAGER)
    into = await a_case(store)
    merged = await a_case(store)
    await store.links.merge(merged.id, into.id, MANAGER)
    one, other = await a_case(store), await a_case(store)
    await store.groups.join([one.id, other.id], MANAGER)
    one = await close(store, one)
    later(clock, timedelta(days=1000))
    plan = await store.purge.plan()
    assert (plan.tickets, plan.recordings, plan.evidence) == ({}, {}, {})
    assert plan.kept == {Standing.HELD: 1, Standing.OPEN: 2}
    assert sum((await store.purge.run()).values()) == 0

    await store.holds.lift(held.id, MANAGER, "verglichen")
    await close(store, await store.tickets.get(into.id))
    await close(store, await store.tickets.get(other.id))
    assert set((await store.purge.plan()).tickets) == {held.id}
    later(clock, timedelta(days=101))
    await store.purge.run()
    for gone in (held, merged, into, one, other):
        assert (await store.tickets.get(gone.id)).text == ""
    for kept in (open_one, linked):
        assert (await store.tickets.get(kept.id)).text.startswith(CANARY)


async def test_a_risk_and_a_search_that_go_on_keep_the_ticket(
    store: Store, clock: TurnedClock
) -> None:
    ticket = await close(store, await a_case(store))
    async with store.session() as session:
        session.add(
            RiskRow(
                kind=RiskKind.INJURY.value,
                level="high",
                subject="x",
                open_key="x",
                ticket_id=ticket.id,
                found_at=NOW,
                facts={},
                forecast="",
                measures="",
                owner="",
                log=[],
                lifted_at=None,
                lifted_by="",
                version=0,
            )
        )
    later(clock, timedelta(days=1000))
    assert (await store.purge.plan()).kept == {Standing.OPEN: 1}
    async with store.session() as session:
        await session.execute(update(RiskRow).values(lifted_at=NOW, open_key=None))
    assert set((await store.purge.plan()).tickets) == {ticket.id}
    await store.dispatches.open(ticket.id, RING, actor=HOTLINE)
    assert (await store.purge.plan()).tickets == {}


async def test_a_ticket_that_is_opened_again_between_plan_and_deed_stays(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await close(store, await a_case(store))
    later(clock, timedelta(days=1000))
    plan = await store.purge.plan()
    assert plan.tickets

    async def the_old_plan() -> Any:
        return plan

    monkeypatch.setattr(store.purge, "plan", the_old_plan)
    await store.tickets.move(ticket.id, TicketStatus.REOPENED, MANAGER, note="again")
    assert sum((await store.purge.run()).values()) == 0
    assert (await store.tickets.get(ticket.id)).text.startswith(CANARY)
    assert ticket.call_id is not None
    (recording,) = await store.recordings.for_call(ticket.call_id)
    assert recording.status is RecordingStatus.SEALED


async def test_what_was_written_after_a_purge_goes_in_its_own_time(
    store: Store, clock: TurnedClock
) -> None:
    ticket = await close(store, await a_case(store))
    later(clock, timedelta(days=101))
    await store.purge.run()
    later(clock, timedelta(minutes=1))
    await store.tickets.move(ticket.id, TicketStatus.REOPENED, MANAGER, note="again")
    await store.tickets.update(ticket.id, MANAGER, edit(text=CANARY))
    await close(store, await store.tickets.get(ticket.id))
    later(clock, timedelta(days=99))
    await store.purge.run()
    assert (await store.tickets.get(ticket.id)).text == CANARY
    later(clock, timedelta(days=2))
    await store.purge.run()
    assert (await store.tickets.get(ticket.id)).text == ""
    assert CANARY not in await everything(store)


async def test_words_that_were_destroyed_do_not_come_back(store: Store, clock: TurnedClock) -> None:
    call = await a_call(store)
    (recording,) = await store.recordings.for_call(call)
    later(clock, timedelta(days=61))
    await store.purge.run()
    late = TranscriptData(CANARY, (), "zh-CN", "test", 1.0)
    with pytest.raises(NotFound):
        await store.transcripts.save(recording.id, late)
    with pytest.raises(NotFound):
        await store.transcripts.queue(recording.id, MANAGER)
    with pytest.raises(NotFound):
        await store.transcripts.correct(recording.id, MANAGER, text=CANARY)
    with pytest.raises(NotFound):
        await store.transcripts.fail(recording.id, CANARY)
    assert CANARY not in await everything(store)


async def test_old_lines_of_the_access_log_and_old_rejected_writes_go(
    store: Store, clock: TurnedClock, tmp_path: Path
) -> None:
    await store.access.add("li", "looked", "ticket", 1)
    rejected = tmp_path / "spool" / "main" / "rejected.spool"
    rejected.parent.mkdir(parents=True, exist_ok=True)
    rejected.write_bytes(b"x")
    later(clock, timedelta(days=179))
    await store.access.add("li", "looked", "ticket", 2)
    await store.purge.run()
    assert (await store.access.list()).total == 2
    later(clock, timedelta(days=2))
    # The file's own time is the machine's, which is not turned.
    os.utime(rejected, (NOW.timestamp(), NOW.timestamp()))
    assert (await store.purge.plan()).rejected == 1
    done = await store.purge.run()
    assert (done[Kind.ACCESS_LOG], done[Kind.REJECTED]) == (1, 1)
    assert [line.key for line in (await store.access.list()).items] == ["2"]
    assert not rejected.exists()


async def test_nothing_goes_where_nothing_is_to_go(
    open_store: OpenStore, clock: TurnedClock
) -> None:
    forever = KeepRules(base=ClassTimes(0, 0, 0, 0), calls=0, access_log=0, rejected=0, jobs=0)
    store = await open_store(clock=clock, rules=Rules(keep=forever))
    await close(store, await a_case(store))
    await store.access.add("li", "looked", "ticket", 1)
    later(clock, timedelta(days=36_500))
    before = await everything(store)
    assert sum((await store.purge.run()).values()) == 0
    assert await everything(store) == before


def hashes_in(database: Path) -> set[bytes]:
    """What the index of the text search holds."""
    with closing(sqlite3.connect(database)) as connection:
        return {token for (token,) in connection.execute("SELECT token FROM ticket_tokens")}


async def test_no_byte_is_left_in_the_files_of_sqlite(
    open_sqlite_store: OpenStore, clock: TurnedClock, tmp_path: Path
) -> None:
    """In fields that are not encrypted, and the ciphertexts of those that are."""
    store = await open_sqlite_store(clock=clock, rules=Rules(keep=KEEP))
    kept = await store.tickets.open(NewTicket(text="路灯"))
    gone = [await close(store, await a_case(store)) for _ in range(6)]
    calls = [ticket.call_id for ticket in gone]
    plain = "plain-canary-"
    async with store.session() as session:
        await session.execute(
            update(TranscriptRow)
            .where(TranscriptRow.call_id.in_(calls))
            .values(reason=plain + "x" * 3000)
        )
        await session.execute(
            update(RecordingRow).where(RecordingRow.call_id.in_(calls)).values(problem=plain)
        )
        raw = text("SELECT text FROM tickets WHERE id = :id")
        sealed = [(await session.execute(raw, {"id": each.id})).scalar_one() for each in gone]
    before_hashes = hashes_in(tmp_path / "hotline.db")

    def bytes_of() -> bytes:
        return b"".join(file.read_bytes() for file in sorted(tmp_path.glob("hotline.db*")))

    before = bytes_of()
    assert plain.encode() in before
    assert all(each in before for each in sealed)
    later(clock, timedelta(days=101))
    await store.purge.run()
    after = bytes_of()
    assert plain.encode() not in after
    assert not [each for each in sealed if each in after]
    hashes = before_hashes - hashes_in(tmp_path / "hotline.db")
    assert len(hashes) >= 5
    assert not [each for each in hashes if each in after]
    assert (await store.tickets.get(kept.id)).text == "路灯"


async def test_a_purge_that_is_killed_at_any_point_is_finished_by_the_next(
    open_sqlite_store: OpenStore,
    clock: TurnedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Broken off before each of its transactions and file removals in turn."""
    store = await open_sqlite_store(clock=clock, rules=Rules(keep=KEEP))
    for _ in range(2):
        await close(store, await a_case(store))
    later(clock, timedelta(days=101))
    session, left = store.database.session, 0

    class Killed(BaseException):
        pass

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return session(*args, **kwargs)

    monkeypatch.setattr(store.database, "session", counted)
    for point in range(40):
        left = point % 4
        try:
            await store.purge.run()
        except Killed:
            continue
        if not any((await store.purge.plan()).counts().values()):
            break
    left = 1000
    await store.purge.run()
    await store.evidence.keep_house()
    found = await everything(store)
    assert CANARY not in found
    assert NUMBER not in found
    assert [*(tmp_path / "recordings").rglob("*.hrec")] == []
    assert [*(tmp_path / "evidence").rglob("*.hevd")] == []


async def test_two_purges_at_once_do_it_once(store: Store, clock: TurnedClock) -> None:
    ticket = await close(store, await a_case(store))
    later(clock, timedelta(days=101))
    await asyncio.gather(store.purge.run(), store.purge.run())
    lines = [line.action for line in await store.tickets.history(ticket.id)]
    assert lines.count(PURGED) >= 1
    async with store.database.reading() as session:
        row = (await session.scalars(select(CallRow))).one()
    assert row.purged_at is not None
    assert CANARY not in await everything(store)


async def test_an_emergency_in_a_call_about_an_older_ticket_keeps_its_sound(
    store: Store, clock: TurnedClock
) -> None:
    """As when an owner who is told of a lamp cries that it burns."""
    old = await close(store, await a_case(store))
    urgent = await close(store, await a_case(store, ticket_class=TicketClass.URGENT))
    assert urgent.call_id is not None
    store.calls.about(urgent.call_id, old.id)
    await store.calls.flush()
    later(clock, timedelta(days=120))
    plan = await store.purge.plan()
    (sound,) = await store.recordings.for_call(urgent.call_id)
    assert old.id in plan.tickets
    assert sound.id not in {*plan.recordings, *plan.transcripts}
    await store.purge.run()
    (sound,) = await store.recordings.for_call(urgent.call_id)
    assert sound.status is RecordingStatus.SEALED
    assert (await store.transcripts.get(sound.id)).text == CANARY
    assert (await store.tickets.get(old.id)).text == ""


async def test_what_the_database_tells_by_itself_is_what_putting_cases_together_tells(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tickets that stand alone, are merged, linked, held, open, of another class; a call alone;
    a call about another ticket. Each day on which any of it comes due."""
    alone, into, merged, linked, held, still = [await a_case(store) for _ in range(6)]
    urgent = await a_case(store, ticket_class=TicketClass.URGENT)
    await a_call(store)
    await store.links.merge(merged.id, into.id, MANAGER)
    await store.links.relate(linked.id, still.id, MANAGER)
    await store.holds.put(held.id, person("boss", Role.ADMIN), "a court asks")
    assert urgent.call_id is not None
    store.calls.about(urgent.call_id, alone.id)
    await store.calls.flush()
    for ticket in (alone, into, linked, held, urgent):
        await close(store, ticket)
    seen: set[tuple[tuple[Kind, int], ...]] = set()
    nobody = "call_logs.privacy.due.alone"
    for day in range(20, 420, 30):
        clock.set(NOW + timedelta(days=day, hours=1))
        plan = await store.purge.plan()
        with monkeypatch.context() as patch:
            patch.setattr(nobody, false)  # so that each is looked at
            assert await store.purge.plan() == plan
        seen.add(tuple(plan.counts().items()))
        if day in (110, 200):
            await store.purge.run()
    assert len(seen) > 4


async def test_what_was_closed_once_more_since_it_was_found_stays(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await close(store, await a_case(store))
    later(clock, timedelta(days=120))
    plan = await store.purge.plan()
    assert ticket.id in plan.tickets
    assert set(plan.calls) == {ticket.call_id}
    reopened = await store.tickets.move(ticket.id, TicketStatus.REOPENED, MANAGER, note="again")
    await close(store, reopened)

    async def found_before() -> Plan:
        return plan

    monkeypatch.setattr(store.purge, "plan", found_before)
    await store.purge.run()
    assert (await store.tickets.get(ticket.id)).text.startswith(CANARY)
    assert ticket.call_id is not None
    assert (await store.calls.get(ticket.call_id)).caller == NUMBER
    (evidence,) = await store.evidence.of_ticket(ticket.id, MANAGER)
    assert evidence.removed_at is None


async def test_a_purge_that_could_not_wipe_does_so_when_it_is_tried_again(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await close(store, await a_case(store))
    later(clock, timedelta(days=120))
    wipe, wiped = store.database.wipe_deleted, 0

    async def busy() -> None:
        raise StoreBusy("somebody reads")

    async def counted() -> None:
        nonlocal wiped
        await wipe()
        wiped += 1

    monkeypatch.setattr(store.database, "wipe_deleted", busy)
    with pytest.raises(StoreError):
        await store.purge.run()
    assert not any((await store.purge.plan()).counts().values())
    monkeypatch.setattr(store.database, "wipe_deleted", counted)
    await store.purge.run()
    assert wiped == 1


async def test_a_night_in_which_nothing_goes_rewrites_no_file(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store()
    wiped = 0

    async def counted() -> None:
        nonlocal wiped
        wiped += 1

    monkeypatch.setattr(store.database, "wipe_deleted", counted)
    for _ in range(3):
        await store.purge.run()
    assert wiped == 1  # the first of a program: the one before it may have been killed
