"""A power cut in the middle of a message: nothing that was said is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

from call_logs.tickets import TicketKind
from tests.asr.speech import say
from tests.program import Program, asked, calls_of, ended_call, ticket_with, transcribed
from tests.wire.audio import write_wav
from tests.wire.phone import BaresipPhone

NUMBER = "13600000001"


async def test_after_kill_9_during_a_message_recording_transcript_and_ticket_are_there_once(
    tmp_path: Path,
) -> None:
    wav = write_wav(tmp_path / "leak.wav", say("卫生间水管漏水请派人来修"))
    folder = tmp_path / "hotline"
    folder.mkdir()
    async with Program(folder) as program:
        async with program.store() as store, BaresipPhone(user=NUMBER) as phone:
            await phone.dial(program.uri)
            await phone.established()
            await phone.press("2")
            await asked(store, NUMBER, "ask_building")
            await phone.press("8#")
            await asked(store, NUMBER, "ask_unit")
            await phone.press("1#")
            await asked(store, NUMBER, "read_back_place")
            await phone.press("1")
            await asked(store, NUMBER, "callback_caller")
            await phone.press("1")
            await asked(store, NUMBER, "message_instruction")
            await phone.press("5")
            await asked(store, NUMBER, "tone")
            await phone.say(wav)
            await asyncio.sleep(5)  # said, and more than a second old: it is sealed
            await program.kill()
        await program.start()
        async with program.store() as store:
            record = await ended_call(store, NUMBER)
            assert record.end_reason == "interrupted"
            assert len(await calls_of(store, NUMBER)) == 1
            assert "漏水" in await transcribed(store, record)
            ticket = await ticket_with(store, record, "漏水")
            assert (ticket.kind, ticket.building, ticket.unit) == (TicketKind.REPAIR, "8", "1")
            assert len(await store.recordings.for_call(record.id)) == 1
            assert len(await store.transcripts.for_call(record.id)) == 1
            history = await store.tickets.history(ticket.id)
            assert [change.action for change in history].count("opened") == 1
