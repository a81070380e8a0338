"""What a person makes of a ticket first: confirmed or changed, kept with who and when; what its
record lacks, and what is proposed as major."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from call_logs import Store
from call_logs.casework import MajorReason, major_reasons
from call_logs.storage import Lacking, NotAllowed, VersionConflict
from call_logs.tickets import (
    Affected,
    Gap,
    NewTicket,
    PriorityReason,
    TicketClass,
    TicketFilter,
    TicketKind,
    TicketStatus,
    edit,
)
from call_logs.users import Role
from tests.people import person

OPERATOR = person("olga", Role.OPERATOR)


async def test_a_person_confirms_or_changes_it_once_with_who_and_when(store: Store) -> None:
    tickets = store.tickets
    told = await tickets.open(NewTicket(text="灯坏了", category="lighting"))
    other = await tickets.open(NewTicket(text="灯坏了", category="lighting"))
    assert (told.assessed_at, told.assessed_by) == (None, "")
    assert told.assess_due_at == told.acknowledge_due_at
    changes = edit(ticket_class=TicketClass.IMPORTANT, affected=Affected.BUILDING)
    for refused in (person("nobody", Role.FIRM), None):
        with pytest.raises(NotAllowed if refused else VersionConflict):
            await tickets.update(
                told.id, refused or OPERATOR, changes, version=told.version + 1, assesses=True
            )
    done = await tickets.update(told.id, OPERATOR, changes, note="all lamps", assesses=True)
    assert (done.assessed_by, done.affected) == ("olga", Affected.BUILDING)
    assert done.assessed_at is not None
    assert done.priority_reasons == (PriorityReason.IMPORTANT, PriorityReason.BUILDING)
    assert done.precedence < other.precedence
    last = (await tickets.history(told.id))[-1]
    assert (last.action, last.note, last.actor) == ("assessed", "all lamps", "olga")
    assert last.changes["affected"] == ("", "building")

    again = await tickets.update(told.id, person("li"), edit(), assesses=True)
    assert (again.assessed_by, again.assessed_at) == ("olga", done.assessed_at)
    assert (await tickets.history(told.id))[-1].action == "assessed"
    found = {
        wanted: [each.id for each in (await tickets.list(TicketFilter(assessed=wanted))).items]
        for wanted in (True, False)
    }
    assert found == {True: [told.id], False: [other.id]}


async def test_an_assessment_has_a_target(sqlite_store: Store) -> None:
    ticket = await sqlite_store.tickets.open(NewTicket(text="灯坏了"))
    due = ticket.assess_due_at
    assert not ticket.assessment_late(due)
    assert ticket.assessment_late(due + timedelta(seconds=1))
    assert not replace(ticket, assessed_at=due).assessment_late(due + timedelta(days=1))
    assert not replace(ticket, merged_into=7).assessment_late(due + timedelta(days=1))


async def test_what_a_record_lacks_is_known_whichever_way_it_came(store: Store) -> None:
    tickets = store.tickets
    bare = await tickets.open(NewTicket(TicketKind.REPAIR))
    assert bare.gaps == tuple(Gap)
    whole = await tickets.update(
        bare.id,
        OPERATOR,
        edit(text="漏水", area="garage", name="Wang", callback="13800138000", happened="today"),
    )
    assert whole.gaps == ()
    hidden = await tickets.open(NewTicket(TicketKind.COMPLAINT, text="x", anonymous=True))
    assert hidden.gaps == (Gap.PLACE, Gap.TIME)
    emergency = await tickets.open(NewTicket(TicketKind.EMERGENCY, category="fire", caller="110"))
    assert emergency.gaps == (Gap.PLACE,)
    idea = await tickets.open(NewTicket(TicketKind.SUGGESTION, text="more trees"))
    assert idea.gaps == (Gap.CONTACT, Gap.NAME)
    lacking = await tickets.list(TicketFilter(gaps=True))
    assert {each.id for each in lacking.items} == {hidden.id, emergency.id, idea.id}
    assert [each.id for each in (await tickets.list(TicketFilter(gaps=False))).items] == [whole.id]


async def test_no_plan_is_approved_without_nature_cause_and_impact(sqlite_store: Store) -> None:
    tickets = sqlite_store.tickets
    ticket = await tickets.open(NewTicket(TicketKind.REPAIR, TicketClass.IMPORTANT, text="漏水"))
    for status in (TicketStatus.REGISTERED, TicketStatus.INVESTIGATING):
        await tickets.move(ticket.id, status, OPERATOR)
    written = edit(cause="an old pipe", plan="a new pipe")
    await tickets.move(ticket.id, TicketStatus.PLANNED, OPERATOR, changes=written)
    with pytest.raises(Lacking) as lacking:
        await tickets.move(ticket.id, TicketStatus.APPROVED, person("boss"))
    assert lacking.value.fields == ("category", "affected")
    await tickets.update(ticket.id, OPERATOR, edit(category="water_leak"))
    approved = await tickets.move(
        ticket.id, TicketStatus.APPROVED, person("boss"), changes=edit(affected=Affected.ONE)
    )
    assert approved.status is TicketStatus.APPROVED


async def test_what_may_be_major_is_proposed_with_reasons_and_a_person_says_so(
    store: Store,
) -> None:
    tickets = store.tickets
    told = await tickets.open(
        NewTicket(
            TicketKind.COMPLAINT,
            TicketClass.IMPORTANT,
            text="有人受伤，我要找记者曝光",
            people=3,
            affected=Affected.BUILDING,
            group=True,
        )
    )
    await store.risks.assess(told.id)
    reasons = major_reasons(told, await store.risks.for_ticket(told.id))
    assert reasons == (
        MajorReason.PEOPLE,
        MajorReason.INJURY,
        MajorReason.MEDIA,
        MajorReason.REACH,
        MajorReason.OWNERS,
    )
    assert (await tickets.get(told.id)).major is False
    said = await tickets.update(told.id, OPERATOR, edit(major=True), assesses=True)
    assert PriorityReason.MAJOR in said.priority_reasons
    plain = await tickets.open(
        NewTicket(text="灯坏了", people=1, group=True, affected=Affected.BUILDING)
    )
    await store.risks.assess(plain.id)
    assert major_reasons(plain, await store.risks.for_ticket(plain.id)) == ()
    assert major_reasons(replace(plain, affected=Affected.SITE), ()) == (MajorReason.REACH,)
