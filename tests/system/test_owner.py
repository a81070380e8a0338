"""Owners who call about what is known: their own ticket, and a fault that everybody hears of."""

from __future__ import annotations

import pytest

from call_logs import Store
from call_logs.owners import NewFault
from call_logs.tickets import NewTicket, TicketKind, TicketStatus
from call_logs.users import HOTLINE
from tests.people import person
from tests.program import Program, eventually
from tests.wire.scenario import Keys, Pause, caller
from tests.wire.sipp import call

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_owner_says_still_not_solved_and_asks_for_a_call_back(
    program: Program, store: Store, number: str
) -> None:
    ticket = await store.tickets.open(
        NewTicket(TicketKind.REPAIR, caller=number, callback=number, news="师傅明天来")
    )
    for status in (TicketStatus.REGISTERED, TicketStatus.RESOLVED):
        await store.tickets.move(ticket.id, status, HOTLINE)
    steps = [
        Pause(1.5),
        Keys("4"),
        Pause(1.0),
        Keys("#"),  # how many there are, the number, the state: heard before
        Pause(1.0),
        Keys("3"),
        Pause(1.5),
        Keys("#"),  # as soon as possible, at no time of their own
        Pause(2.0),
        Keys("2"),
        Pause(3.0),
    ]
    assert (await call(caller(steps, user=number), program.remote)).ok

    async def done() -> bool:
        now = await store.tickets.get(ticket.id)
        return now.call_back and now.status is TicketStatus.REOPENED

    await eventually(done)


async def test_a_caller_adds_himself_to_a_known_fault_instead_of_waiting(
    program: Program, store: Store, number: str
) -> None:
    fault = await store.faults.announce(NewFault("water_cut"), person("manager"))
    try:
        steps = [Pause(9.0), Keys("7"), Pause(3.0)]  # the greeting is heard out
        assert (await call(caller(steps, user=number), program.remote)).ok

        async def added() -> bool:
            return len(await store.faults.tickets(fault.id)) == 1

        await eventually(added)
        (ticket_id,) = await store.faults.tickets(fault.id)
        ticket = await store.tickets.get(ticket_id)
        assert ticket.category == "water_cut"
        assert ticket.callback.endswith(number)
    finally:
        await store.faults.end(fault.id, person("manager"))
