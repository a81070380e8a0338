"""The survey over the wire: a real telephone rings, keys and a remark come back, a kill loses and
doubles nothing."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.calls import OUTGOING, CallFilter, NewCall
from call_logs.owners import OwedState, Survey, TryOutcome
from call_logs.tickets import NewTicket, Ticket, TicketKind, TicketStatus, edit
from tests.asr.speech import say
from tests.people import person
from tests.program import eventually
from tests.urgent.world import Scene, Setting, world
from tests.wire.audio import tone, write_wav
from tests.wire.phone import BaresipPhone

OPERATOR = person("operator")
ALL_DAY = {"survey": "calls = yes\nhours = 00:00-23:59\nafter_hours = 0"}


async def told(scene: Scene) -> Ticket:
    call_id = uuid.uuid4().hex  # its trunk is the one that the owner is called by
    scene.store.calls.begin(NewCall(id=call_id, caller=scene.number, trunk=scene.name))
    scene.store.calls.end(call_id, "local")
    await scene.store.calls.flush()
    ticket = await scene.store.tickets.open(
        NewTicket(TicketKind.REPAIR, call_id=call_id, callback=scene.number)
    )
    for status in (TicketStatus.REGISTERED, TicketStatus.RESOLVED, TicketStatus.FEEDBACK_GIVEN):
        await scene.store.tickets.move(ticket.id, status, OPERATOR, changes=edit(result="done"))
    return ticket


async def survey_of(store: Store, ticket: Ticket) -> Survey | None:
    return next(iter(await store.surveys.of_ticket(ticket.id)), None)


@pytest.mark.timeout(240)
async def test_an_owner_is_asked_at_another_hour_after_kill_9_and_another_gives_score_and_remark(
    tmp_path: Path,
) -> None:
    speech = write_wav(tmp_path / "owner.wav", (say("楼道灯坏了") + tone(0.0, 1.5)) * 8)
    async with world(tmp_path, {"asked": Setting(people=0)}, ALL_DAY) as scenes:
        scene = scenes["asked"]
        cut_off = await told(scene)
        async with BaresipPhone(
            port=scene.owner_port, user=f"+86{scene.number}", wav=speech
        ) as owner:
            await scene.program.kill()
            await scene.program.start()  # its first look plans and dials
            await owner.ringing(40)
            await scene.program.kill()
            await owner.hang_up()  # nobody is there any more to give up
            owner.forget()
            answered = await told(scene)
            await scene.program.start()
            await owner.ringing(40)  # for the other ticket: this one's hour is over
            await owner.answer()
            await owner.established()
            await owner.press("2")
            await asyncio.sleep(12)  # the prompt, the tone, a few words
            await owner.press("#")
            await owner.closed(40)

        async def is_answered() -> Survey | None:
            survey = await survey_of(scene.store, answered)
            return survey if survey and survey.state is OwedState.ANSWERED else None

        survey = await eventually(is_answered)
        assert (survey.score, survey.answered_by) == (2, "hotline")
        ticket = await scene.store.tickets.get(answered.id)
        assert ticket.status is TicketStatus.REOPENED

        async def remarked() -> bool:
            return "灯" in (await scene.store.tickets.get(answered.id)).remark

        await eventually(remarked, 60)
        first = await survey_of(scene.store, cut_off)
        assert first is not None
        assert first.state is OwedState.WAITING
        assert [each.outcome for each in first.tries] == [TryOutcome.INTERRUPTED]
        calls = (await scene.store.calls.list(CallFilter(ticket_id=answered.id))).items
        assert sum(call.direction == OUTGOING for call in calls) == 1
