"""A property's morning: calls with recordings, transcripts and tickets, all of them invented."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from call_logs import Store
from call_logs.calls import OUTGOING, CallEventKind, NewCall
from call_logs.recordings import TranscriptData, TranscriptWord
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketKind, TicketStatus
from call_logs.users import HOTLINE
from tests.people import person

RATE_HZ = 8000
CALLER = "13812345678"
WORDS = ("三", "号", "楼", "二", "单元", "走廊", "的", "灯", "坏", "了")
TEXT = "3号楼2单元走廊的灯坏了"


@dataclass(frozen=True)
class Reported:
    """A finished call and what came of it."""

    call_id: str
    recording_id: str
    ticket: Ticket


def voice(seconds: float, hz: float = 220.0) -> bytes:
    """Something that sounds: a tone that swells like syllables, 16-bit mono at `RATE_HZ`."""
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    loudness = 0.3 * np.abs(np.sin(2 * np.pi * 1.7 * at)) + 0.02
    return (np.sin(2 * np.pi * hz * at) * loudness * 32767).astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * RATE_HZ) * 2)


def words(texts: tuple[str, ...] = WORDS, start_s: float = 0.4) -> tuple[TranscriptWord, ...]:
    """A word every 0.4 s; one of them unsure."""
    return tuple(
        TranscriptWord(
            text,
            start_s + 0.4 * index,
            start_s + 0.4 * index + 0.36,
            0.42 if text == "走廊" else 0.97,
        )
        for index, text in enumerate(texts)
    )


async def begin(store: Store, caller: str = CALLER) -> str:
    """A call that is on the line."""
    call_id = secrets.token_hex(16)
    store.calls.begin(NewCall(id=call_id, caller=caller, callee="4001", trunk="city"))
    store.calls.answered(call_id)
    store.calls.event(call_id, CallEventKind.MENU, {"node": "repair"})
    return call_id


async def report(
    store: Store,
    *,
    caller: str = CALLER,
    kind: TicketKind = TicketKind.REPAIR,
    ticket_class: TicketClass = TicketClass.GENERAL,
    category: str = "lighting",
    text: str = TEXT,
    seconds: float = 5.0,
    transcribed: bool = True,
    phrases: tuple[str, ...] = ("走廊的灯坏了",),
) -> Reported:
    """A whole call: message, ticket, hang-up, transcript."""
    call_id = await begin(store, caller)
    recording = await store.recordings.create(call_id, RATE_HZ)
    recording.write(voice(seconds), silence(seconds))
    ticket = await store.tickets.open(
        NewTicket(
            kind,
            ticket_class,
            call_id=call_id,
            category=category,
            text=text,
            caller=caller,
            callback=caller,
            building="3",
            unit="2",
            phrases=phrases,
        )
    )
    store.calls.event(
        call_id, CallEventKind.TICKET, {"ticket_id": ticket.id, "number": ticket.number}
    )
    await recording.close()
    store.calls.end(call_id, "remote")
    await store.calls.flush()
    if transcribed:
        await store.transcripts.queue(recording.id, HOTLINE)
        await store.transcripts.save(
            recording.id, TranscriptData(text, words(), "zh-CN", "vosk-zh-test", seconds)
        )
    return Reported(call_id, recording.id, ticket)


async def call_back(store: Store, ticket: Ticket, *, answered: bool = True) -> str:
    """Our call to the owner, over by now; the call's id."""
    call_id = await calling_back(store, ticket)
    if answered:
        store.calls.answered(call_id)
        recording = await store.recordings.create(call_id, RATE_HZ)
        recording.write(voice(5.0), voice(5.0))
        await recording.close()
    store.calls.end(call_id, "remote" if answered else "no_answer")
    await store.calls.flush()
    return call_id


async def calling_back(store: Store, ticket: Ticket) -> str:
    """The owner's telephone rings."""
    call_id = secrets.token_hex(16)
    store.calls.begin(
        NewCall(
            id=call_id,
            caller="4001",
            callee=CALLER,
            trunk="city",
            direction=OUTGOING,
            ticket_id=ticket.id,
        )
    )
    store.live.update(call_id, menu="called_back")
    await store.calls.flush()
    return call_id


async def whole_morning(store: Store) -> list[Ticket]:
    """Forty tickets of every kind and age, as an operator finds them after a night."""
    cases = [
        (
            TicketKind.EMERGENCY,
            TicketClass.URGENT,
            "lift_entrapment",
            "电梯停在7楼，里面困了3个人，灯也灭了",
            "5",
            "1",
        ),
        (TicketKind.REPAIR, TicketClass.GENERAL, "lighting", TEXT, "3", "2"),
        (
            TicketKind.REPAIR,
            TicketClass.IMPORTANT,
            "water_cut",
            "12号楼从早上6点开始一直没有水",
            "12",
            "",
        ),
        (
            TicketKind.COMPLAINT,
            TicketClass.GENERAL,
            "noise",
            "楼上半夜装修，吵得孩子睡不着，已经第三天了",
            "8",
            "1",
        ),
        (TicketKind.COMPLAINT, TicketClass.IMPORTANT, "parking", "消防通道被车堵住了", "6", ""),
        (TicketKind.SUGGESTION, TicketClass.GENERAL, "greenery", "希望在南门多种几棵树", "", ""),
        (
            TicketKind.EMERGENCY,
            TicketClass.URGENT,
            "flooding",
            "地下车库爆水管，水已经到脚踝",
            "",
            "",
        ),
        (TicketKind.ENQUIRY, TicketClass.GENERAL, "other", "问一下物业费怎么交", "2", "3"),
    ]
    now = datetime.now(UTC)
    tickets: list[Ticket] = []
    for index in range(40):
        kind, ticket_class, category, text, building, unit = cases[index % len(cases)]
        tickets.append(
            await store.tickets.open(
                NewTicket(
                    kind,
                    ticket_class,
                    category=category,
                    text=text,
                    caller=f"139{index:08}",
                    callback=f"139{index:08}",
                    building=building,
                    unit=unit,
                    room=str(101 + index) if building else "",
                    area="" if building else "地下车库",
                    opened_at=now - timedelta(minutes=11 * (40 - index)),
                )
            )
        )
    for ticket in tickets[::3]:
        await store.tickets.move(ticket.id, TicketStatus.REGISTERED, person("operator"))
    return tickets
