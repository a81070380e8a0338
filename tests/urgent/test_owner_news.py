"""News over the wire: a real telephone rings, its owner hears the result and gives a score; a kill
neither forgets it nor tells it twice."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from call_logs.calls import OUTGOING, CallFilter, NewCall
from call_logs.owners import OwedState, TryOutcome
from call_logs.tickets import NewsBy, NewTicket, Ticket, TicketKind, TicketStatus, edit
from tests.people import person
from tests.program import eventually
from tests.urgent.world import Scene, Setting, world
from tests.wire.phone import BaresipPhone

OPERATOR = person("operator")
ALL_DAY = {
    "owner_news": "by = call\nhours = 00:00-23:59",
    "survey": "calls = yes\nhours = 00:00-23:59\nafter_hours = 1",
}


async def resolved(scene: Scene) -> Ticket:
    call_id = uuid.uuid4().hex  # its trunk is the one that the owner is called by
    scene.store.calls.begin(NewCall(id=call_id, caller=scene.number, trunk=scene.name))
    scene.store.calls.end(call_id, "local")
    await scene.store.calls.flush()
    ticket = await scene.store.tickets.open(
        NewTicket(TicketKind.REPAIR, call_id=call_id, callback=scene.number, news_by=NewsBy.CALL)
    )
    for status in (TicketStatus.REGISTERED, TicketStatus.RESOLVED):
        await scene.store.tickets.move(
            ticket.id, status, OPERATOR, changes=edit(result="楼道灯已经修好")
        )
    return ticket


@pytest.mark.timeout(240)
async def test_an_owner_is_told_after_kill_9_and_asked_in_the_same_call(tmp_path: Path) -> None:
    async with world(tmp_path, {"told": Setting(people=0)}, ALL_DAY) as scenes:
        scene = scenes["told"]
        cut_off = await resolved(scene)
        async with BaresipPhone(port=scene.owner_port, user=f"+86{scene.number}") as owner:
            await scene.program.kill()
            await scene.program.start()  # its first look dials
            await owner.ringing(40)
            await scene.program.kill()
            await owner.hang_up()  # nobody is there any more to give up
            owner.forget()
            told = await resolved(scene)
            await scene.program.start()
            await owner.ringing(40)  # for the other ticket: this one's hour is over
            await owner.answer()
            await owner.established()
            await asyncio.sleep(1)
            await owner.press("1")

            async def is_told() -> bool:
                ticket = await scene.store.tickets.get(told.id)
                return ticket.status is TicketStatus.FEEDBACK_GIVEN

            await eventually(is_told, 60)
            await owner.press("4")

            async def is_surveyed() -> bool:
                ticket = await scene.store.tickets.get(told.id)
                return ticket.satisfaction == 4

            await eventually(is_surveyed, 40)
            await owner.hang_up()

        async def ended() -> bool:
            (news,) = await scene.store.owner_news.of_ticket(told.id)
            return [each.outcome for each in news.tries] == [TryOutcome.ANSWERED]

        await eventually(ended)
        (news,) = await scene.store.owner_news.of_ticket(told.id)
        assert (news.state, news.told_by) == (OwedState.ANSWERED, "hotline")
        (survey,) = await scene.store.surveys.of_ticket(told.id)
        assert survey.state is OwedState.ANSWERED
        (first,) = await scene.store.owner_news.of_ticket(cut_off.id)
        assert first.state is OwedState.WAITING
        assert [each.outcome for each in first.tries] == [TryOutcome.INTERRUPTED]
        calls = (await scene.store.calls.list(CallFilter(ticket_id=told.id))).items
        assert sum(call.direction == OUTGOING for call in calls) == 1
