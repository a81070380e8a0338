"""Registers: skills, trainings, maintenance, stock, documents, improvements."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from call_logs import Store
from call_logs.casework import NewEquipment, WrongField
from call_logs.circles import Confidence
from call_logs.registers import (
    BroughtTooMany,
    Entry,
    Fixed,
    ImprovementState,
    RegisterKind,
    read_entry,
    read_register_csv,
    unskilled,
    write_register_csv,
)
from call_logs.registers.entry import entry_of
from call_logs.reminders import Level, Outcome
from call_logs.roster import Address, ImportFailed
from call_logs.storage import NotAllowed, NotFound, VersionConflict
from call_logs.tables.registers import RegisterEntryRow
from call_logs.tickets import NewTicket
from call_logs.users import HOTLINE, Actor, Role
from call_logs.viewing.viewer import Viewer, looking
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.staff_world import away, company
from tests.turned_clock import TurnedClock

MONDAY = datetime(2026, 11, 30, 3, tzinfo=UTC)  # eleven in the morning in Shanghai
BOSS, LI = person("boss"), person("li", Role.ENGINEER)
K, S = RegisterKind, ImprovementState


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(MONDAY)


@pytest.fixture
async def store(open_store: OpenStore, clock: TurnedClock) -> Store:
    opened = await open_store(clock=clock)
    await company(opened)
    return opened


async def add(store: Store, kind: RegisterKind, by: Actor = BOSS, /, **fields: Any) -> Entry:
    return await store.registers.add(read_entry(kind, fields, whole=True), by)


async def change(store: Store, entry: Entry, by: Actor = BOSS, /, **fields: Any) -> Entry:
    edit = read_entry(entry.kind, fields, whole=False)
    return await store.registers.change(entry.id, edit, by, version=entry.version)


async def told(store: Store) -> list[tuple[Level, str]]:
    """What is told of registers now."""
    await store.reminders.entries.make()
    found = []
    for reminder_id in await store.reminders.waiting():
        reminder = await store.reminders.take(reminder_id)
        if reminder is not None and reminder.ticket is None:
            assert reminder.entry_id is not None
            found.append((reminder.level, reminder.party))
            await store.reminders.ended(reminder, Outcome.SENT)
    return found


LAMP = {"what": "lamps", "categories": ["lighting"], "who": "wang"}


async def test_an_entry_keeps_every_version_and_only_who_may_writes_it(store: Store) -> None:
    with pytest.raises(NotAllowed):
        await add(store, K.SKILL, LI, **LAMP)
    with pytest.raises(WrongField, match="what is missing"):
        await add(store, K.SKILL, who="wang")
    with pytest.raises(WrongField, match="categories"):
        await add(store, K.SKILL, **{**LAMP, "categories": ["a b/c"]})
    first = read_entry(K.SKILL, LAMP, whole=True)
    one = await store.registers.add(first, BOSS, key="k")
    assert await store.registers.add(first, BOSS, key="k") == one  # sent twice
    assert (one["who"], one["categories"]) == ("person:wang", ("lighting",))
    new = await change(store, one, level="expert")
    with pytest.raises(VersionConflict):
        await change(store, one, note="late")
    with pytest.raises(NotAllowed):
        await change(store, new, LI, note="mine")
    assert await change(store, new, level="expert") == new  # nothing changed
    with pytest.raises(NotFound):
        await store.registers.get(K.STOCK, one.id, BOSS)
    versions = await store.registers.versions(K.SKILL, one.id, LI)
    assert [(each.version, each.values["level"]) for each in versions] == [
        (1, "skilled"),
        (2, "expert"),
    ]
    gone = await change(store, new, void=True)
    assert await store.registers.list(K.SKILL, LI) == ()
    assert await store.registers.list(K.SKILL, LI, void=True) == (gone,)


async def test_trainings_are_seen_by_whoever_was_trained_and_who_manages(store: Store) -> None:
    fields = {"what": "lift rescue", "form": "drill", "on": "2026-11-01", "result": "failed"}
    own = await add(store, K.TRAINING, who="li", **fields)
    other = await add(store, K.TRAINING, who="wang", **fields)
    assert await store.registers.list(K.TRAINING, BOSS) == (other, own)
    assert await store.registers.list(K.TRAINING, LI) == (own,)
    with pytest.raises(NotFound):
        await store.registers.get(K.TRAINING, other.id, LI)


async def test_a_task_is_proposed_to_who_is_skilled_and_here_and_warned_of_for_others(
    store: Store,
) -> None:
    await add(store, K.SKILL, **LAMP)
    await add(store, K.SKILL, **{**LAMP, "who": "li", "level": "learning"})
    await add(store, K.SKILL, **{**LAMP, "who": "head", "valid_until": "2026-11-29"})
    await add(store, K.SKILL, **{**LAMP, "who": "Prof. Gu", "level": "expert", "contact": "139"})
    found = await store.means.skilled("lighting", LI)
    assert [each.who for each in found] == ["person:wang", "person:li", "Prof. Gu"]
    assert await store.means.skilled("fire", LI) == ()
    staff = await store.staff.current()
    for holder, warned in (
        ("person:wang", False),
        ("department:repairs", False),  # wang is its deputy
        ("person:li", True),  # still learning
        ("person:head", True),  # the certificate has ended
        ("", False),
    ):
        assert unskilled(holder, found, staff) is warned, holder
    assert not unskilled("person:li", (), staff)  # nobody is known to be skilled
    await away(store, "wang", "2026-11-30T00:00:00+08:00", "2026-12-02T00:00:00+08:00")
    found = await store.means.skilled("lighting", LI)
    assert (found[0].who, found[0].here) == ("person:li", True)


async def test_what_ends_is_told_before_and_on_the_day_once_and_not_when_it_was_renewed(
    store: Store, clock: TurnedClock
) -> None:
    skill = await add(store, K.SKILL, **LAMP, valid_until="2026-12-31")
    assert await told(store) == []
    await clock.turn(timedelta(days=2))
    assert await told(store) == [(Level.ENTRY_BEFORE, "person:wang")]
    assert await told(store) == []
    await clock.turn(timedelta(days=29))
    assert await told(store) == [
        (Level.ENTRY_DUE, "person:wang"),
        (Level.ENTRY_DUE, "person:head"),
    ]
    # Within the time already when it is entered: at once; what was renewed meanwhile is not told.
    skill = await change(store, skill, valid_until="2027-01-10")
    await store.reminders.entries.make()
    await change(store, skill, valid_until="2029-01-10")
    assert await told(store) == []
    # Nobody sees to it: the managers; done or dropped wants nothing.
    piece = {"equipment": "lift 1", "on": "2026-12-31", "by": "Otis", "what": "oiled"}
    await add(store, K.MAINTENANCE, LI, **piece, next_due="2027-01-05")
    assert await told(store) == [(Level.ENTRY_BEFORE, "person:boss")]
    await add(store, K.IMPROVEMENT, what="x", who="li", due="2027-01-02", state="dropped")
    assert await told(store) == []


async def test_stock_is_a_ledger_that_never_goes_under_nothing_and_warns_under_the_minimum(
    store: Store,
) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting", assignee="li"))
    bulb = await add(store, K.STOCK, what="bulb", minimum=2, categories=["lighting"])
    with pytest.raises(NotAllowed):
        await store.stock.move(bulb.id, 5, LI)  # what comes in is not for everybody
    assert await store.stock.move(bulb.id, 3, BOSS, note="bought", key="a") == 3
    assert await store.stock.move(bulb.id, 3, BOSS, note="bought", key="a") == 3
    assert await told(store) == []
    taken = [store.stock.move(bulb.id, -2, LI, ticket_id=ticket.id) for _ in range(2)]
    results = await asyncio.gather(*taken, return_exceptions=True)  # two at once
    assert sorted(str(each) for each in results) == ["1", "change takes more than there are: 1"]
    assert await told(store) == [(Level.ENTRY_LOW, "person:boss")]
    assert await store.stock.move(bulb.id, -1, LI, ticket_id=ticket.id) == 0
    assert await told(store) == []  # it was under the minimum before
    with pytest.raises(BroughtTooMany, match="more than were taken: 3"):
        await store.stock.move(bulb.id, 4, LI, ticket_id=ticket.id)
    assert await store.stock.move(bulb.id, 2, LI, ticket_id=ticket.id, note="back") == 2
    for wrong in (0, 10_000):
        with pytest.raises(WrongField):
            await store.stock.move(bulb.id, wrong, BOSS)
    with pytest.raises(NotFound):
        await store.stock.move(bulb.id + 9, 1, BOSS)
    moved = await store.stock.movements(LI, ticket_id=ticket.id)
    assert [(each.change, each.actor) for each in moved] == [(2, "li"), (-1, "li"), (-2, "li")]
    (item,) = (await store.means.of_ticket(ticket, (), LI)).stock
    assert (item.balance, item.low) == (2, False)
    await change(store, bulb, void=True)
    with pytest.raises(NotFound, match="by mistake"):
        await store.stock.move(bulb.id, -1, BOSS)
    for count in (True, 2.7, "many", -1, 10_000):
        with pytest.raises(WrongField, match="minimum"):
            await add(store, K.STOCK, what="fuse", minimum=count)


async def test_maintenance_comes_in_as_a_sheet_and_moves_the_register(store: Store) -> None:
    pump = NewEquipment("泵1", ("lighting",), Address(building="3"), last_maintenance=None)
    await store.equipment.save_all([pump], BOSS)
    sheet = (
        "equipment,日期,by,what,cost,next_due\n泵1,2026/10/05,维保公司,换轴承,1280.5,2026-12-05\n"
    )
    edits = read_register_csv(K.MAINTENANCE, sheet.encode(), "m.csv")
    (entry,) = await store.registers.add_all(K.MAINTENANCE, edits, LI)
    assert (entry["on"], entry["cost"], entry.due_on) == (
        date(2026, 10, 5),
        128050,
        date(2026, 12, 5),
    )
    (piece,) = await store.equipment.all(LI)
    assert piece.last_maintenance == date(2026, 10, 5)
    again = write_register_csv(K.MAINTENANCE, [entry])
    assert read_register_csv(K.MAINTENANCE, again, "m.csv") == edits
    with pytest.raises(ImportFailed) as failed:
        read_register_csv(
            K.MAINTENANCE, b"equipment,on,by,what\nx,soon,y,z\n,2026-10-05,y,z\n", "m.csv"
        )
    assert len(failed.value.problems) == 2
    ticket = await store.tickets.open(NewTicket(category="lighting", building="3"))
    pieces = await store.equipment.of_ticket(ticket, LI)
    assert (await store.means.of_ticket(ticket, pieces, LI)).maintenance == (entry,)


async def test_documents_stand_beside_tickets_of_their_place_category_or_equipment(
    store: Store,
) -> None:
    here = await add(store, K.DOCUMENT, what="wiring of 3", building="3", categories=["lighting"])
    await add(store, K.DOCUMENT, what="wiring of 4", building="4", categories=["lighting"])
    await add(store, K.DOCUMENT, what="of nothing")
    ticket = await store.tickets.open(NewTicket(category="lighting", building="3"))
    assert (await store.means.of_ticket(ticket, (), LI)).documents == (here,)


async def test_an_improvement_is_proposed_approved_told_and_counted(
    store: Store, clock: TurnedClock
) -> None:
    for _ in range(3):
        ticket = await store.tickets.open(NewTicket(category="lighting"))
    await clock.turn(timedelta(days=20))
    fields: dict[str, Any] = {
        "what": "check lamps weekly",
        "who": "li",
        "due": "2026-12-30",
        "ticket": "12",
    }
    with pytest.raises(WrongField, match="is no ticket's number"):
        await add(store, K.IMPROVEMENT, LI, **fields)
    fields |= {"ticket": ticket.number, "categories": ["lighting"], "why": "low_score"}
    entry = await add(store, K.IMPROVEMENT, LI, **fields)
    assert (entry.from_ticket, entry["state"]) == (ticket.id, S.PROPOSED)
    with pytest.raises(NotAllowed):
        await change(store, entry, LI, state="approved")
    with pytest.raises(WrongField, match="cannot become in_force while it is proposed"):
        await change(store, entry, state="in_force", rule="each Monday")
    entry = await change(store, entry, state="approved")
    with pytest.raises(WrongField, match="rule is missing"):
        await change(store, entry, state="in_force")
    entry = await change(store, entry, state="in_force", rule="each Monday")
    assert entry["in_force_on"] == date(2026, 12, 20)
    assert entry.due_on is None
    assert await told(store) == [(Level.ENTRY_NEW, "department:repairs")]
    with pytest.raises(NotAllowed):
        await change(store, entry, LI, rule="never")
    assert await store.means.effect(entry, LI) is None  # since today
    await clock.turn(timedelta(days=29))
    await store.tickets.open(NewTicket(category="lighting"))
    await clock.turn(timedelta(days=1))
    effect = await store.means.effect(entry, LI)
    assert effect is not None
    assert (effect.before, effect.since) == (3, 1)
    entry = await change(store, entry, rule="each Monday and Friday")
    assert await told(store) == [(Level.ENTRY_NEW, "department:repairs")]
    rules = [
        each.values["rule"] for each in await store.registers.versions(entry.kind, entry.id, LI)
    ]
    assert rules == ["", "", "each Monday", "each Monday and Friday"]
    means = await store.means.of_ticket(ticket, (), LI)
    assert means.rules == means.improvements == (entry,)


LIFT = {"equipment": "lift 1", "by": "Otis"}


async def test_what_was_done_again_is_not_due_any_more_whatever_comes_in_first(
    store: Store,
) -> None:
    async def dues() -> dict[str, date | None]:
        listed = await store.registers.list(K.MAINTENANCE, BOSS)
        return {f"{each['on']} {each['what']}": each.due_on for each in listed}

    yearly = await add(
        store, K.MAINTENANCE, **LIFT, on="2026-01-10", what="inspection", next_due="2027-01-10"
    )
    await add(store, K.MAINTENANCE, **LIFT, on="2026-11-01", what="oiled", next_due="2026-11-15")
    await add(store, K.MAINTENANCE, **LIFT, on="2026-11-29", what="Oiled ", next_due="2026-12-13")
    # Written down late: it was done before the one that is there.
    await add(store, K.MAINTENANCE, **LIFT, on="2026-11-15", what="oiled", next_due="2026-11-29")
    other = {**LIFT, "equipment": "lift 2"}
    await add(store, K.MAINTENANCE, **other, on="2026-11-01", what="oiled", next_due="2026-11-15")
    listed = await store.registers.list(K.MAINTENANCE, BOSS)
    assert [(each["equipment"], each["what"], each.due_on) for each in listed if each.due_on] == [
        ("lift 2", "oiled", date(2026, 11, 15)),
        ("lift 1", "Oiled", date(2026, 12, 13)),
        ("lift 1", "inspection", date(2027, 1, 10)),
    ]
    # Said to be the same, in other words.
    done = await store.registers.add(
        read_entry(
            K.MAINTENANCE,
            {**LIFT, "on": "2026-11-30", "what": "inspected by the authority"},
            whole=True,
        ),
        BOSS,
        after=yearly.id,
    )
    assert (await dues())["2026-01-10 inspection"] is None
    # Entered by mistake: the former's day is there again, and is told of.
    await change(store, done, void=True)
    assert (await dues())["2026-01-10 inspection"] == date(2027, 1, 10)


async def test_an_entry_that_turns_out_to_be_of_another_piece_takes_no_day_away(
    store: Store,
) -> None:
    oiled = {**LIFT, "on": "2026-11-01", "what": "oiled", "next_due": "2026-11-20"}
    first = await add(store, K.MAINTENANCE, **oiled)
    done = read_entry(K.MAINTENANCE, {**LIFT, "on": "2026-11-19", "what": "greased"}, whole=True)
    after = await store.registers.add(done, BOSS, after=first.id)

    async def due() -> date | None:
        return (await store.registers.get(K.MAINTENANCE, first.id, BOSS)).due_on

    assert await due() is None
    after = await change(store, after, equipment="lift 2")
    assert await due() == date(2026, 11, 20)
    await change(store, after, equipment="lift 1")
    assert await due() is None


async def test_the_last_maintenance_of_a_piece_follows_corrections(store: Store) -> None:
    async def last() -> date | None:
        (piece,) = await store.equipment.all(LI)
        return piece.last_maintenance

    def known(day: date | None) -> list[NewEquipment]:
        place = Address(building="3")
        return [NewEquipment("lift 1", ("lighting",), place, last_maintenance=day)]

    await store.equipment.save_all(known(date(2026, 1, 2)), BOSS)
    await add(store, K.MAINTENANCE, **LIFT, on="2026-10-01", what="oiled")
    wrong = await add(store, K.MAINTENANCE, **LIFT, on="2026-11-11", what="oiled")
    assert await last() == date(2026, 11, 11)
    # The sheet, as it was taken out, says nothing new.
    await store.equipment.save_all(known(date(2026, 11, 11)), BOSS)
    wrong = await change(store, wrong, on="2026-11-10")
    assert await last() == date(2026, 11, 10)
    wrong = await change(store, wrong, equipment="lift 2")
    assert await last() == date(2026, 10, 1)
    wrong = await change(store, wrong, equipment="lift 1")
    await change(store, wrong, void=True)
    assert await last() == date(2026, 10, 1)
    await store.equipment.save_all(known(date(2026, 10, 20)), BOSS)
    assert await last() == date(2026, 10, 20)


async def test_what_is_to_come_has_not_been_done(store: Store) -> None:
    """Today is by the site's clock: in Shanghai it is the 30th."""
    for kind, fields in (
        (K.MAINTENANCE, {**LIFT, "what": "oiled"}),
        (K.TRAINING, {"what": "lift rescue", "who": "li"}),
    ):
        with pytest.raises(WrongField, match="on is a day to come"):
            await add(store, kind, **fields, on="2026-12-01")
        entry = await add(store, kind, **fields, on="2026-11-30")
        with pytest.raises(WrongField, match="on is a day to come"):
            await change(store, entry, on="2027-11-30")


async def test_asked_for_again_a_key_gives_what_was_made_under_it(store: Store) -> None:
    several = [read_entry(K.STOCK, {"what": what}, whole=True) for what in ("bulb", "fuse")]
    made = await store.registers.add_all(K.STOCK, several, BOSS, key="k")
    await add(store, K.STOCK, what="lamp")
    assert await store.registers.add_all(K.STOCK, several, BOSS, key="k") == made
    # Something else, written into the same form after going back, is not lost.
    (other,) = await store.registers.add_all(K.STOCK, several[1:], BOSS, key="k")
    assert other.id not in {each.id for each in made}


async def test_a_training_that_was_failed_is_still_to_be_repeated(store: Store) -> None:
    rescue = {"what": "lift rescue", "form": "drill", "who": "li"}
    first = await add(
        store, K.TRAINING, **rescue, on="2026-01-01", result="passed", again="2027-01-01"
    )
    await add(store, K.TRAINING, **rescue, on="2026-11-01", result="failed")
    assert (await store.registers.get(K.TRAINING, first.id, BOSS)).due_on == date(2027, 1, 1)
    await add(store, K.TRAINING, **rescue, on="2026-11-20", result="passed")
    assert (await store.registers.get(K.TRAINING, first.id, BOSS)).due_on is None


async def test_a_certificate_that_was_renewed_ends_with_the_new_one(store: Store) -> None:
    old = await add(store, K.SKILL, **LAMP, valid_until="2026-12-31")
    await add(store, K.SKILL, **{**LAMP, "level": "learning"})  # which ends nothing
    assert (await store.registers.get(K.SKILL, old.id, BOSS)).due_on == date(2026, 12, 31)
    new = await add(store, K.SKILL, **LAMP, valid_until="2028-12-31")
    due = {each.id: each.due_on for each in await store.registers.list(K.SKILL, BOSS)}
    assert (due[old.id], due[new.id]) == (None, date(2028, 12, 31))


async def test_years_of_maintenance_are_no_limit_and_are_read_by_the_piece(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("call_logs.registers.store.MOST_ENTRIES", 3)
    for day in range(1, 8):
        for piece in ("lift 1", "lift 2"):
            await add(
                store, K.MAINTENANCE, equipment=piece, by="Otis", what="oiled", on=f"2026-11-0{day}"
            )
    for number in range(3):
        await add(store, K.STOCK, what=f"part {number}")
    with pytest.raises(WrongField, match="that is the most"):
        await add(store, K.STOCK, what="one too many")
    read: list[int] = []

    def counted(row: RegisterEntryRow) -> Entry:
        read.append(row.id)
        return entry_of(row)

    monkeypatch.setattr("call_logs.registers.store.entry_of", counted)
    found = await store.registers.list(K.MAINTENANCE, LI, about=["lift 2"], limit=3, offset=2)
    assert [(each["equipment"], each["on"].day) for each in found] == [
        ("lift 2", 5),
        ("lift 2", 4),
        ("lift 2", 3),
    ]
    assert len(read) == 3  # no other was decrypted
    assert (await store.registers.counts(LI, date(2026, 11, 30)))[K.MAINTENANCE] == (14, 0)


async def test_what_follows_from_a_ticket_is_kept_from_whoever_may_not_see_it(
    store: Store,
) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting", text="x"))
    await store.users.add("handler", "a long password", Role.ENGINEER, HOTLINE)
    await store.users.update("handler", HOTLINE, person="wang")
    await store.confidential.put(ticket.id, Confidence(True, handler="wang"), BOSS, "theirs")
    fields = {"what": "x", "who": "li", "due": "2026-12-30", "reason": "the owner of 502"}
    entry = await add(store, K.IMPROVEMENT, ticket=ticket.number, **fields)
    bulb = await add(store, K.STOCK, what="bulb")
    await store.stock.move(bulb.id, 9, BOSS, note="bought")
    await store.stock.move(bulb.id, -1, BOSS, ticket_id=ticket.id, note="at 502")
    stranger = person("zhao", Role.OPERATOR)

    with looking(Viewer(stranger)):
        assert await store.registers.list(K.IMPROVEMENT, stranger) == ()
        assert (await store.registers.counts(stranger, date(2026, 11, 30)))[K.IMPROVEMENT] == (0, 0)
        for asked in (store.registers.get, store.registers.versions):
            with pytest.raises(NotFound):
                await asked(K.IMPROVEMENT, entry.id, stranger)
        with pytest.raises(NotFound):
            await change(store, entry, stranger, what="mine")
        with pytest.raises(WrongField, match="no ticket's number"):
            await add(store, K.IMPROVEMENT, stranger, ticket=ticket.number, **fields)
        moved = await store.stock.movements(stranger, entry_id=bulb.id)
        assert [(each.change, each.for_ticket, each.note) for each in moved] == [
            (-1, None, ""),
            (9, None, "bought"),
        ]
    entry = await change(store, entry, state="approved")
    for other in ("", (await store.tickets.open(NewTicket())).number):
        with pytest.raises(Fixed):  # it would let everybody read what it said
            await change(store, entry, ticket=other)
    entry = await change(store, entry, state="in_force", rule="ring twice")
    with looking(Viewer(stranger)):  # the rule holds for everybody
        (seen,) = await store.registers.list(K.IMPROVEMENT, stranger)
        assert (seen["rule"], seen["ticket"], seen["reason"]) == ("ring twice", "", "")
        assert (seen.from_ticket, seen.withheld) == (None, True)
        versions = await store.registers.versions(K.IMPROVEMENT, entry.id, stranger)
        assert [(each.values["ticket"], each.values["reason"]) for each in versions] == [("", "")]
        with pytest.raises(NotAllowed):
            await change(store, seen, BOSS, rule="never")
    assert await store.registers.get(K.IMPROVEMENT, entry.id, BOSS) == entry  # to the program


async def test_pages_do_not_tell_how_many_entries_are_kept_back(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting", text="x"))
    await store.users.add("handler", "a long password", Role.ENGINEER, HOTLINE)
    await store.users.update("handler", HOTLINE, person="wang")
    await store.confidential.put(ticket.id, Confidence(True, handler="wang"), BOSS, "theirs")
    fields = {"what": "x", "who": "li"}
    await add(store, K.IMPROVEMENT, **fields, ticket=ticket.number, due="2026-12-30")
    known = await add(store, K.IMPROVEMENT, **fields, due="2027-01-30")
    stranger = person("zhao", Role.OPERATOR)
    with looking(Viewer(stranger)):
        pages = [
            await store.registers.list(K.IMPROVEMENT, stranger, limit=1, offset=offset)
            for offset in (0, 1)
        ]
    assert pages == [(known,), ()]
