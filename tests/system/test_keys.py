"""Owners who press keys, over SIP and RTP, with SIPp as their telephone."""

from __future__ import annotations

import pytest

from call_logs import Store
from call_logs.calls import CallEventKind, CallRecord
from call_logs.tickets import TicketKind, TicketStatus
from tests.program import Program, asked, at_menu, calls_of, ended_call, ticket_with
from tests.wire.phone import BaresipPhone
from tests.wire.scenario import InfoKeys, Keys, Pause, caller
from tests.wire.sipp import call

pytestmark = pytest.mark.asyncio(loop_scope="module")

MENU = Pause(1.5)  # the caller need not hear the menu out


async def menus(store: Store, record: CallRecord) -> list[str]:
    """The menu nodes that a call went through."""
    events = await store.calls.events(record.id)
    return [str(e.data["node"]) for e in events if e.kind is CallEventKind.MENU]


async def test_a_repair_is_taken_down_with_keys_alone(
    program: Program, store: Store, number: str
) -> None:
    steps = [
        MENU,
        Keys("2"),
        Pause(1.0),
        Keys("12#"),
        Pause(1.0),
        Keys("3*1502#"),
        Pause(1.0),
        Keys("1"),
        Pause(1.0),
        Keys("2"),
        Pause(1.0),
        Keys("13912345678#"),
        Pause(1.0),
        Keys("1"),
        Pause(2.0),
    ]
    result = await call(caller(steps, user=number), program.remote)
    assert result.ok, result
    record = await ended_call(store, number)
    ticket = await store.tickets.for_call(record.id)
    assert ticket is not None
    assert ticket.kind is TicketKind.REPAIR
    assert ticket.status is TicketStatus.RECEIVED
    assert (ticket.building, ticket.unit, ticket.room) == ("12", "3", "1502")
    assert ticket.callback.endswith("13912345678")
    assert await menus(store, record) == ["main", "repair"]


async def test_keys_by_sip_info_lead_the_same_way(
    program: Program, store: Store, number: str
) -> None:
    steps = [MENU, InfoKeys("3"), Pause(1.0), InfoKeys("7#"), Pause(1.0)]
    assert (await call(caller(steps, user=number), program.remote)).ok
    ticket = await store.tickets.for_call((await ended_call(store, number)).id)
    assert ticket is not None
    assert (ticket.kind, ticket.building) == (TicketKind.COMPLAINT, "7")


@pytest.mark.parametrize(
    ("keys", "node", "ticket"),
    [
        ("", "main", None),
        ("1", "emergency", None),
        ("2", "repair", None),
        ("3", "complaint", None),
        ("4", "enquiry", None),
        ("5", "suggestion", None),
        ("9", "language", None),
        ("0", "person", None),
        ("2*", "main", None),
        ("29#", "repair", TicketKind.REPAIR),
        ("29#0", "person", TicketKind.REPAIR),
        ("*", "main", None),
        ("8", "main", None),
    ],
)
async def test_a_hang_up_at_each_step_leaves_one_call_and_its_ticket_where_one_is_due(
    program: Program, store: Store, number: str, keys: str, node: str, ticket: TicketKind | None
) -> None:
    steps = [Pause(0.8), *([Keys(keys)] if keys else []), Pause(0.7)]
    assert (await call(caller(steps, user=number), program.remote)).ok
    record = await ended_call(store, number)
    assert len(await calls_of(store, number)) == 1
    assert node in await menus(store, record)
    left = await store.tickets.for_call(record.id)
    if ticket is None and node not in ("emergency", "person"):
        assert left is None
    elif ticket is not None:
        assert left is not None
        assert left.kind is ticket


async def test_a_caller_who_does_nothing_is_led_to_voicemail_and_a_good_bye(
    program: Program, store: Store, number: str
) -> None:
    async with BaresipPhone(user=number) as phone:
        await phone.dial(program.uri)
        await at_menu(store, number, "voicemail", 90)
        await phone.closed(90)
    record = await ended_call(store, number)
    assert (await menus(store, record))[-1] == "goodbye"
    assert record.end_reason == "local"
    assert await store.tickets.for_call(record.id) is None


async def test_an_owner_asks_for_his_ticket_by_its_number(
    program: Program, store: Store, number: str
) -> None:
    steps = [MENU, Keys("2"), Pause(0.8), Keys("6#"), Pause(1.5)]
    assert (await call(caller(steps, user=number), program.remote)).ok
    ticket = await ticket_with(store, await ended_call(store, number), "")
    async with BaresipPhone(user=number) as phone:
        await phone.dial(program.uri)
        await phone.established()
        await phone.press("4")
        await at_menu(store, number, "enquiry", 10)
        await phone.press(f"{ticket.number}#")  # though it is told without its number
        await at_menu(store, number, "more", 90)  # behind the state, and nothing more said


async def test_a_stranger_must_know_the_call_back_number_to_hear_about_a_ticket(
    program: Program, store: Store, number: str
) -> None:
    steps = [MENU, Keys("2"), Pause(0.8), Keys("6#"), Pause(1.5)]
    assert (await call(caller(steps, user=number), program.remote)).ok
    ticket = await ticket_with(store, await ended_call(store, number), "")
    stranger = "13799999999"
    async with BaresipPhone(user=stranger) as phone:
        await phone.dial(program.uri)
        await phone.established()
        await phone.press("4")
        await asked(store, stranger, "enquiry_ask")
        await phone.press(f"{ticket.number}#")
        await asked(store, stranger, "enquiry_last_four")
        await phone.press("0000")
        await asked(store, stranger, "enquiry_ask")  # again: it did not match
        await phone.press(f"{ticket.number}#")
        await asked(store, stranger, "enquiry_last_four")
        await phone.press(number[-4:])
        await at_menu(store, stranger, "more")
