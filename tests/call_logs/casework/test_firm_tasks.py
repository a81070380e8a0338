"""Somebody of an outside firm has the tasks of that firm, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from call_logs import Store
from call_logs.casework import (
    CaseRecord,
    EvidenceRefused,
    FirmTask,
    RecordKind,
    WrongField,
    read_record,
)
from call_logs.circles import Confidence
from call_logs.roster import EntryKind
from call_logs.storage import LoginRefused, NotAllowed, NotFound, ValueRefused
from call_logs.storage.base import Base
from call_logs.tickets import NewTicket, Ticket
from call_logs.users import HOTLINE, Actor, Role
from call_logs.viewing.firms import NEEDED, of_firm
from call_logs.viewing.viewer import Viewer, looking
from tests.call_logs.conftest import OpenStore
from tests.firm_world import FIRM, OTHER_FIRM, firms, task_for, worker
from tests.people import person
from tests.pictures import PDF, in_pieces, jpeg
from tests.staff_world import company
from tests.turned_clock import TurnedClock

NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)
PASSWORD = "lamp water lift 42"
OLGA = person("olga")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def store(open_store: OpenStore, clock: TurnedClock) -> Store:
    store = await open_store(clock=clock)
    await company(store)
    await firms(store)
    return store


@pytest.fixture
async def lu(store: Store) -> Actor:
    return await worker(store, PASSWORD)


@pytest.fixture
async def ticket(store: Store) -> Ticket:
    return await store.tickets.open(NewTicket(text="the lift rattles", building="3", room="1502"))


async def tasks(store: Store, actor: Actor) -> list[int]:
    return [each.id for each in await store.firm_tasks.all(actor)]


async def changed(store: Store, record: CaseRecord, **values: object) -> None:
    edit = read_record(RecordKind.TASK, values, whole=False)
    now = await store.records.get(record.ticket_id, record.id, OLGA)
    await store.records.change(record.ticket_id, record.id, edit, OLGA, version=now.version)


async def test_a_firm_has_its_own_tasks_alone(store: Store, lu: Actor, ticket: Ticket) -> None:
    own = await task_for(store, ticket.id, what="grease it", material="a ladder", cost=12345)
    for other in (OTHER_FIRM, "department:repairs", "person:wang", "a firm of no directory"):
        await task_for(store, ticket.id, other)

    (task,) = await store.firm_tasks.all(lu)

    assert (task.id, task.what, task.material) == (own.id, "grease it", "a ladder")
    assert (task.ticket_number, task.building, task.room) == (ticket.number, "3", "1502")
    assert not {"cost", "name", "text", "call_id"} & set(FirmTask.__dataclass_fields__)


async def test_what_is_given_to_another_or_was_a_mistake_is_gone(
    store: Store, lu: Actor, ticket: Ticket
) -> None:
    first, second = await task_for(store, ticket.id), await task_for(store, ticket.id, what="more")
    await changed(store, first, who=OTHER_FIRM)
    await changed(store, second, void=True)

    assert await tasks(store, lu) == []
    with pytest.raises(NotFound):
        await store.firm_tasks.get(first.id, lu)
    for step in (store.firm_tasks.acknowledge, store.firm_tasks.finish):
        with pytest.raises(NotFound):
            await step(second.id, lu)


async def test_a_task_that_is_done_stays_for_a_week(
    store: Store, lu: Actor, ticket: Ticket, clock: TurnedClock
) -> None:
    record = await task_for(store, ticket.id)
    await store.firm_tasks.finish(record.id, lu)

    await clock.turn(timedelta(days=6))
    assert await tasks(store, lu) == [record.id]
    await clock.turn(timedelta(days=2))
    assert await tasks(store, lu) == []
    with pytest.raises(NotFound):
        await store.firm_tasks.note(record.id, lu, "one more thing")


async def test_each_step_stands_in_the_history_under_its_name_once(
    store: Store, lu: Actor, ticket: Ticket
) -> None:
    record = await task_for(store, ticket.id)
    for step in (store.firm_tasks.acknowledge, store.firm_tasks.arrive, store.firm_tasks.finish):
        await step(record.id, lu)
        await step(record.id, lu)
    for text in ("the door was bent", "a new roller\nis ordered", "a new roller\nis ordered"):
        await store.firm_tasks.note(record.id, lu, text)
    await store.firm_tasks.add_photo(record.id, lu, in_pieces(jpeg()), note="the roller")

    lines = [each for each in await store.tickets.history(ticket.id) if each.actor == lu.name]

    assert [sorted(each.changes) for each in lines] == [
        ["task.acknowledged_at"],
        ["task.arrived_at"],
        ["task.done_at", "task.done_by"],
        ["task.notes"],
        ["task.notes"],
        ["evidence"],
    ]
    assert list(lines[4].changes["task.notes"]) == [None, "a new roller\nis ordered"]
    task = await store.firm_tasks.get(record.id, lu)
    assert task.notes == "the door was bent\na new roller\nis ordered"
    assert [photo.note for photo in task.photos] == ["the roller"]
    assert task.acknowledged_at == task.arrived_at == task.done_at == NOON


async def test_steps_at_the_same_moment_are_all_written(
    store: Store, lu: Actor, ticket: Ticket
) -> None:
    record = await task_for(store, ticket.id)
    mate = await worker(store, PASSWORD, "mate")

    await asyncio.gather(
        store.firm_tasks.acknowledge(record.id, lu),
        store.firm_tasks.acknowledge(record.id, mate),
        store.firm_tasks.note(record.id, lu, "on the way"),
        store.firm_tasks.note(record.id, mate, "with a ladder"),
    )

    task = await store.firm_tasks.get(record.id, lu)
    assert sorted(task.notes.split("\n")) == ["on the way", "with a ladder"]
    history = await store.tickets.history(ticket.id)
    assert sum("task.acknowledged_at" in each.changes for each in history) == 1


async def test_a_task_that_is_taken_away_during_a_step_is_not_written(
    store: Store, lu: Actor, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await task_for(store, ticket.id)
    change = store.records.change

    async def too_late(*args: object, **more: object) -> CaseRecord:
        monkeypatch.setattr(store.records, "change", change)
        await changed(store, record, who=OTHER_FIRM)
        return await change(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(store.records, "change", too_late)
    with pytest.raises(NotFound):
        await store.firm_tasks.finish(record.id, lu)

    assert (await store.records.get(ticket.id, record.id, OLGA))["done_at"] is None


@pytest.mark.parametrize("text", ["", "  \n", "x" * 1001])
async def test_a_note_that_is_none_is_refused(
    store: Store, lu: Actor, ticket: Ticket, text: str
) -> None:
    record = await task_for(store, ticket.id)
    with pytest.raises(WrongField, match="text"):
        await store.firm_tasks.note(record.id, lu, text)


async def test_a_task_takes_no_more_than_its_notes_hold(
    store: Store, lu: Actor, ticket: Ticket
) -> None:
    record = await task_for(store, ticket.id)
    for number in range(3):
        await store.firm_tasks.note(record.id, lu, str(number) * 1000)
    with pytest.raises(WrongField, match="4000"):
        await store.firm_tasks.note(record.id, lu, "4" * 1000)


async def test_photos_are_pictures_and_those_of_the_firm_alone(
    store: Store, lu: Actor, ticket: Ticket
) -> None:
    record = await task_for(store, ticket.id)
    rival = await worker(store, PASSWORD, "rival", OTHER_FIRM)
    with pytest.raises(EvidenceRefused):
        await store.firm_tasks.add_photo(record.id, lu, in_pieces(PDF))
    with pytest.raises(NotFound):
        await store.firm_tasks.add_photo(record.id, rival, in_pieces(jpeg()))
    ours = await store.evidence.add(
        ticket.id, OLGA, in_pieces(jpeg(noise=9)), note="secret", record_id=record.id
    )
    await store.firm_tasks.add_photo(record.id, lu, in_pieces(jpeg()))
    await store.firm_tasks.add_photo(record.id, lu, in_pieces(jpeg(noise=9)))  # as ours

    (photo,) = (await store.firm_tasks.get(record.id, lu)).photos
    found, reader = await store.firm_tasks.open_photo(record.id, photo.id, lu)
    reader.close()

    assert found.added_by == lu.name
    with pytest.raises(NotFound):
        await store.firm_tasks.open_photo(record.id, ours.id, lu)
    with pytest.raises(NotFound):
        await store.firm_tasks.open_photo(record.id, photo.id, rival)


async def test_a_sensitive_ticket_is_for_a_firm_of_its_circle_alone(
    store: Store, lu: Actor, ticket: Ticket
) -> None:
    await task_for(store, ticket.id)
    put = store.confidential.put
    await store.users.add("wang", PASSWORD, Role.ENGINEER, HOTLINE)
    await store.users.update("wang", HOTLINE, person="wang")
    await put(ticket.id, Confidence(True, circle=("wang",)), OLGA, "a reason")
    assert await tasks(store, lu) == []
    await put(ticket.id, Confidence(True, circle=("wang", FIRM)), OLGA, "they know already")
    assert len(await tasks(store, lu)) == 1
    await put(ticket.id, Confidence(False, about=FIRM), OLGA, "it complains about the firm")
    assert await tasks(store, lu) == []


async def test_only_somebody_of_a_firm_does_its_tasks(
    store: Store, lu: Actor, ticket: Ticket
) -> None:
    record = await task_for(store, ticket.id)
    photo = in_pieces(jpeg())
    others = [Actor("olga", role) for role in Role if role is not Role.FIRM]
    for actor in (*others, HOTLINE):
        with pytest.raises(NotAllowed):
            await store.firm_tasks.all(actor)
        with pytest.raises(NotAllowed):
            await store.firm_tasks.get(record.id, actor)
        with pytest.raises(NotAllowed):
            await store.firm_tasks.acknowledge(record.id, actor)
        with pytest.raises(NotAllowed):
            await store.firm_tasks.arrive(record.id, actor)
        with pytest.raises(NotAllowed):
            await store.firm_tasks.finish(record.id, actor)
        with pytest.raises(NotAllowed):
            await store.firm_tasks.note(record.id, actor, "x")
        with pytest.raises(NotAllowed):
            await store.firm_tasks.add_photo(record.id, actor, photo)
        with pytest.raises(NotAllowed):
            await store.firm_tasks.open_photo(record.id, "x", actor)
    assert await tasks(store, Actor("nobody's", Role.FIRM)) == []  # a firm without a name


def test_no_table_is_open_to_a_firm_but_those_that_it_signs_in_by() -> None:
    viewer = Viewer(Actor("lu", Role.FIRM, firm=FIRM))
    is_open = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if of_firm(mapper.class_, viewer, mapper.columns.__getitem__) is None
    }

    assert is_open == NEEDED


async def test_the_store_reads_for_a_firm_no_row_but_its_own(store: Store, ticket: Ticket) -> None:
    """Whatever its rights are and however it is asked: this lock holds alone."""
    own = await task_for(store, ticket.id)
    other = await store.tickets.open(NewTicket(text="the neighbour's"))
    await task_for(store, other.id, OTHER_FIRM)
    found: dict[str, list[object]] = {}
    with looking(Viewer(Actor("lu", Role.FIRM, firm=FIRM))):
        async with store.reading() as session:
            for mapper in Base.registry.mappers:
                if mapper.class_.__tablename__ not in NEEDED:
                    rows = await session.scalars(select(mapper.primary_key[0]).select_from(mapper))
                    found[mapper.class_.__tablename__] = list(rows)
    assert {name: rows for name, rows in found.items() if rows} == {
        "tickets": [ticket.id],
        "case_records": [own.id],
    }


@pytest.mark.parametrize("how", ["off", "gone", "user", "elsewhere"])
async def test_whoever_is_switched_off_is_out_at_once(store: Store, lu: Actor, how: str) -> None:
    session = await store.users.login(lu.name, PASSWORD)
    assert await store.users.session(session.token)
    match how:
        case "off":
            await firms(store, active=False)
        case "gone":
            await store.roster.remove(EntryKind.PERSON, "lift-firm", HOTLINE)
        case "user":
            await store.users.update(lu.name, HOTLINE, active=False)
        case "elsewhere":
            await store.users.update(lu.name, HOTLINE, firm=OTHER_FIRM)

    assert await store.users.session(session.token) is None
    if how != "elsewhere":
        with pytest.raises(LoginRefused):
            await store.users.login(lu.name, PASSWORD)
    if how in ("off", "gone"):  # and switching it on again opens no old session
        await firms(store)
        assert await store.users.session(session.token) is None
        assert await store.users.login(lu.name, PASSWORD)


async def test_an_account_of_a_firm_names_it_and_no_other_does(store: Store, lu: Actor) -> None:
    for role, firm in (
        (Role.FIRM, ""),
        (Role.FIRM, "person:nobody"),
        (Role.FIRM, "user:olga"),
        (Role.ENGINEER, FIRM),
    ):
        with pytest.raises(ValueRefused, match="firm"):
            await store.users.add("new", PASSWORD, role, HOTLINE, firm=firm)
    with pytest.raises(ValueRefused, match="firm"):
        await store.users.update(lu.name, HOTLINE, firm="")
    engineer = await store.users.update(lu.name, HOTLINE, role=Role.ENGINEER, person="li")
    assert (engineer.firm, engineer.person) == ("", "li")
    with pytest.raises(ValueRefused, match="firm"):
        await store.users.update(lu.name, HOTLINE, role=Role.FIRM)
    again = await store.users.update(lu.name, HOTLINE, role=Role.FIRM, firm=FIRM)
    assert (again.firm, again.person) == (FIRM, "")


async def test_nothing_is_given_to_the_account_and_the_firm_is_told_as_before(
    store: Store, lu: Actor, ticket: Ticket
) -> None:
    staff = await store.staff.current()

    assert f"user:{lu.name}" not in {each.ref for each in staff.members}
    assert (await store.eyes.of_ref(FIRM)).actor.role is Role.ENGINEER
