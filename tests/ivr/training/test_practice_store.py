"""A training call's store: it has all that a caller's way uses, and no way to the real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ivr
from call_logs import Store
from call_logs.deadlines import DEFAULT_RULES
from call_logs.storage import SYSTEM_CLOCK, NotFound
from call_logs.tickets import NewTicket, TicketClass, TicketKind, edit, valid_number
from call_logs.users import HOTLINE
from ivr.training.practice_store import PRACTICE_NUMBER, practice_store

ROOT = Path(ivr.__file__).parent
USED = re.compile(r"(?:\b|_)store\.(\w+)\.(\w+)\(")
# What only an owner comes to who has a real ticket or hears of a real fault: never in training.
OUT_OF_REACH = {
    ("tickets", "note"),
    ("owner_news", "agree"),
    ("faults", "add"),
    ("enquiries", "was_right"),
}


def used() -> set[tuple[str, str]]:
    """What the flow asks of the store, by its sources."""
    return {
        (part, name)
        for room in ("call", "flow")
        for path in (ROOT / room).glob("*.py")
        for part, name in USED.findall(path.read_text(encoding="utf-8"))
    }


def test_the_flow_finds_all_that_it_asks_for() -> None:
    """A new question to the store is answered here, or said to be out of reach."""
    practice = practice_store(SYSTEM_CLOCK, DEFAULT_RULES)
    assert {("tickets", "open"), ("calls", "event"), ("live", "update")} <= used()
    lacking = {
        (part, name) for part, name in used() if not hasattr(getattr(practice, part, None), name)
    }
    assert lacking == OUT_OF_REACH


def test_it_has_no_part_of_the_real_one_that_writes() -> None:
    practice = practice_store(SYSTEM_CLOCK, DEFAULT_RULES)
    assert not isinstance(practice, Store)
    for part in ("recordings", "transcripts", "webhooks", "requests", "database", "journal"):
        assert not hasattr(practice, part)


async def test_its_ticket_has_the_deadlines_of_its_class_and_a_number_that_no_ticket_has() -> None:
    tickets = practice_store(SYSTEM_CLOCK, DEFAULT_RULES).tickets
    ticket = await tickets.open(NewTicket(TicketKind.REPAIR, TicketClass.IMPORTANT, call_id="a"))
    within = ticket.acknowledge_due_at - ticket.opened_at
    assert within == DEFAULT_RULES.by_class[TicketClass.IMPORTANT].acknowledge.length
    assert (ticket.number, valid_number(ticket.number)) == (PRACTICE_NUMBER, False)
    changed = await tickets.update(ticket.id, HOTLINE, edit(room="1502"), note="x")
    assert (await tickets.get(ticket.id)).room == changed.room == "1502"
    with pytest.raises(NotFound):
        await tickets.by_number(PRACTICE_NUMBER)
    assert (await tickets.list()).items == ()
