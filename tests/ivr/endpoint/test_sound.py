"""Sound both ways with baresip's own program as the telephone, on every codec."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from ivr.endpoint import Call
from tests.ivr.endpoint.desk import Desk
from tests.wire import BaresipPhone
from tests.wire.audio import tone, tone_level, write_wav

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

THEIRS_HZ = 440.0
OURS_HZ = 700.0
WRONG_HZ = 1000.0
CODECS = {
    "PCMA/8000/1": 8000,
    "PCMU/8000/1": 8000,
    "G722/16000/1": 16000,
    "opus/48000/2": 16000,
}


@pytest.mark.parametrize("codec", CODECS)
async def test_both_sides_hear_each_other(desk: Desk, codec: str, tmp_path: Path) -> None:
    if desk.stack == "pyvoip" and CODECS[codec] == 16000:
        return  # 488: `test_a_codec_that_we_do_not_speak_gets_488`
    wav = write_wav(tmp_path / "theirs.wav", tone(THEIRS_HZ, 20.0))
    async with BaresipPhone(wav=wav, codecs=(codec,)) as phone:
        await phone.dial(f"sip:hotline@{desk.address}")
        call = await desk.next_call()
        await desk.established(call)
        assert call.rate_hz == CODECS[codec]
        await speak(call, tone(OURS_HZ, 1.5, call.rate_hz))
        heard = await desk.hear(call, 1.0)
        assert tone_level(heard, THEIRS_HZ, call.rate_hz) > 0.9
        rate_hz = int(codec.split("/")[1])
        await desk.poll(lambda: hears(phone, codec, OURS_HZ) > 0.9)
        assert rate_hz >= call.rate_hz
        await call.hangup()
        await phone.closed()


async def test_after_a_flush_only_what_is_written_next_is_heard(desk: Desk) -> None:
    async with BaresipPhone() as phone:
        await phone.dial(f"sip:hotline@{desk.address}")
        call = await desk.next_call()
        await desk.established(call)
        call.write(tone(WRONG_HZ, 1.0, call.rate_hz))
        assert call.flush() > 900
        call.write(tone(OURS_HZ, 1.0, call.rate_hz))
        await desk.poll(lambda: hears(phone, "PCMA/8000/1", OURS_HZ, 0.8) > 0.9)
        assert tone_level(phone.heard(), WRONG_HZ, 8000) < 0.05
        await call.hangup()
        await phone.closed()


async def test_our_keys_reach_the_phone(desk: Desk) -> None:
    async with BaresipPhone(answers=True) as phone:
        call = await desk.dial(phone.uri)
        await call.wait_established()
        await call.send_keys("5#")
        await phone.event("CALL_DTMF_END")
        pressed = [e["param"] for e in phone.events if e["type"] == "CALL_DTMF_START"]
        assert pressed == ["5", "#"]
        await call.hangup()


async def test_keys_of_a_phone_come_one_each(desk: Desk) -> None:
    async with BaresipPhone() as phone:
        await phone.dial(f"sip:hotline@{desk.address}")
        call = await desk.next_call()
        await phone.established()
        await phone.press("1234")
        assert await desk.keys(call, 4) == "1234"
        await phone.hang_up()
        await desk.closed(call)
        assert desk.pressed(call) == "1234"


def hears(phone: BaresipPhone, codec: str, frequency_hz: float, seconds: float = 1.0) -> float:
    """How pure a tone is in the phone's last loud stretch."""
    _, rate, channels = codec.split("/")
    samples = np.frombuffer(phone.heard()[: len(phone.heard()) // 4 * 4], "<i2")
    samples = samples.reshape(-1, int(channels))[:, 0]
    loud = np.flatnonzero(np.abs(samples) > 1000)
    if loud.size == 0 or loud[-1] - loud[0] < seconds * int(rate):
        return 0.0
    return tone_level(samples[loud[0] : loud[-1]].tobytes(), frequency_hz, int(rate))


async def speak(call: Call, pcm: bytes) -> None:
    """Write it all, as the buffer takes it."""
    while pcm:
        pcm = pcm[call.write(pcm) :]
        await asyncio.sleep(0.05)
