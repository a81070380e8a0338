"""The same program on the pure-Python SIP stack."""

from __future__ import annotations

import asyncio
from pathlib import Path

from call_logs.tickets import TicketKind
from tests.asr.speech import say
from tests.program import Program, asked, ended_call, record_confirmed, ticket_with, transcribed
from tests.wire.audio import write_wav
from tests.wire.phone import BaresipPhone

NUMBER = "13500000001"


async def test_an_owner_is_heard_and_led_through_on_pyvoip(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "lamp.wav", say("三号楼一单元楼道灯坏了"))
    folder = tmp_path / "hotline"
    folder.mkdir()
    async with (
        Program(folder, {"sip": "stack = pyvoip"}, transport="udp") as program,
        program.store() as store,
        BaresipPhone(user=NUMBER) as phone,
    ):
        await phone.dial(program.uri)
        await phone.established()
        await asyncio.sleep(2)
        await phone.say(wav)
        await asked(store, NUMBER, "read_back_place")
        await phone.press("1")
        await asked(store, NUMBER, "callback_caller")
        await phone.press("1")
        await record_confirmed(phone, store, NUMBER)
        await phone.closed(20)
        record = await ended_call(store, NUMBER)
        assert await transcribed(store, record) == "3号楼1单元楼道灯坏了"
        ticket = await ticket_with(store, record, "楼道灯坏了")
        assert (ticket.kind, ticket.building) == (TicketKind.REPAIR, "3")
