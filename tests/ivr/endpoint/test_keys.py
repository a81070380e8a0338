"""One press is one key: by RFC 4733, by INFO, by both at once, whole or in part."""

from __future__ import annotations

import asyncio

import pytest

from ivr.endpoint.info_keys import carries_key, key_of
from ivr.endpoint.presses import SAME_S, KeySource, Presses
from ivr.endpoint.telephone_event import EventPacket, KeyPackets
from tests.ivr.endpoint.desk import Desk
from tests.ivr.endpoint.test_tone_keys import pressed as tones_of
from tests.wire.bare_phone import BarePhone

RELAY = "application/dtmf-relay"
EVENT, INFO, TONE = KeySource.EVENT, KeySource.INFO, KeySource.TONE


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        (RELAY, "Signal=5\r\nDuration=160\r\n", "5"),
        (RELAY, "Signal= 5\r\n", "5"),
        (RELAY, "Duration=160\r\nsignal=a", "A"),
        ("Application/DTMF-Relay;charset=utf-8", "Signal=*\n", "*"),
        (RELAY, "Signal=10\r\nDuration=160", "*"),
        (RELAY, "Signal=11\r\nDuration=160", "#"),
        (RELAY, "Signal=12\r\n", ""),
        (RELAY, "Signal=16\r\n", ""),
        (RELAY, "Signal=123\r\n", ""),
        (RELAY, "Signal=\r\nDuration=160", ""),
        (RELAY, "", ""),
        (RELAY, "MySignal=5\r\n", ""),
        ("application/dtmf", "7", "7"),
        ("application/dtmf", "11\r\n", "#"),
        ("application/dtmf", "77", ""),
    ],
)
def test_a_body_of_info_is_read_as_telephones_write_it(kind: str, body: str, key: str) -> None:
    assert carries_key(kind)
    assert key_of(kind, body) == key


def test_other_bodies_are_about_no_key() -> None:
    assert not carries_key("application/media_control+xml")
    assert not carries_key("")


# -- packets -------------------------------------------------------------------------------


def pressed(*packets: tuple[int, int, int, int, float]) -> str:
    """The keys in (code, end, duration, timestamp, seconds)."""
    keys = KeyPackets()
    return "".join(
        keys.press(EventPacket(code, bool(end), duration, timestamp, at))
        for code, end, duration, timestamp, at in packets
    )


def test_a_key_counts_once() -> None:
    whole = [(3, 0, 160 * n, 1000, 0.02 * n) for n in range(1, 6)]
    ends = [(3, 1, 800, 1000, 0.12)] * 3
    assert pressed(*whole, *ends) == "3"
    assert pressed(*ends) == "3"  # its beginning was lost
    assert pressed(*whole) == "3"  # its end was


def test_the_same_key_again_counts_again() -> None:
    assert pressed((3, 1, 800, 1000, 0.1), (3, 1, 800, 3000, 0.4)) == "33"
    assert pressed((3, 0, 160, 1000, 0.1), (3, 0, 160, 3000, 0.4)) == "33"


def test_a_late_packet_of_a_key_that_has_ended_is_no_press() -> None:
    assert pressed((3, 1, 800, 1000, 0.1), (3, 0, 640, 1000, 0.11), (3, 1, 800, 1000, 0.12)) == "3"


def test_a_timestamp_that_moves_with_every_packet_makes_no_second_key() -> None:
    packets = [(3, 0, 160 * n, 1000 + 160 * n, 0.02 * n) for n in range(1, 6)]
    ends = [(3, 1, 800, 1900 + n, 0.12 + 0.02 * n) for n in range(3)]
    assert pressed(*packets, *ends) == "3"
    assert pressed(*packets, *ends, (3, 0, 160, 5000, 0.5)) == "33"


def test_a_timestamp_that_never_moves_hides_no_key() -> None:
    assert pressed((3, 1, 800, 0, 0.1), (3, 1, 800, 0, 0.6), (4, 1, 800, 0, 0.9)) == "334"


def test_what_is_no_key_is_passed_over() -> None:
    assert pressed((16, 0, 160, 1000, 0.1)) == ""  # a flash


# -- several ways at once --------------------------------------------------------------------


def counted(*reports: tuple[str, KeySource, float]) -> str:
    presses = Presses()
    return "".join(key for key, source, at in reports if presses.is_new(key, source, at))


def test_a_key_by_two_ways_is_one_key() -> None:
    assert counted(("3", EVENT, 0.0), ("3", INFO, 0.1)) == "3"
    assert counted(("3", INFO, 0.0), ("3", EVENT, 0.1), ("3", TONE, 0.2)) == "3"


def test_quick_keys_by_two_ways_stay_as_many_as_were_pressed() -> None:
    one_by_one = (("3", EVENT, 0.0), ("3", INFO, 0.1), ("3", EVENT, 0.3), ("3", INFO, 0.4))
    assert counted(*one_by_one) == "33"
    late = (("3", EVENT, 0.0), ("3", EVENT, 0.3), ("3", INFO, 0.5), ("3", INFO, 0.6))
    assert counted(*late) == "33"


def test_different_keys_are_never_one() -> None:
    assert counted(("3", EVENT, 0.0), ("5", INFO, 0.1)) == "35"


def test_a_key_much_later_is_another_one() -> None:
    assert counted(("3", EVENT, 0.0), ("3", INFO, SAME_S + 0.1)) == "33"


# -- both stacks, over the wire -----------------------------------------------------------------


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(60)
class TestOnTheWire:
    async def test_only_the_end_of_a_key_arrives(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            for key in "3358":
                await phone.press(key, beginning=False)
                await asyncio.sleep(0.2)
            assert await desk.keys(call, 4) == "3358"
            await phone.press("9")
            assert await desk.keys(call, 5) == "33589"
            await phone.hang_up()

    async def test_a_moving_timestamp_is_one_key(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            await phone.press("5", moving=True)
            await asyncio.sleep(0.3)
            await phone.press("6")
            assert await desk.keys(call, 2) == "56"
            await phone.hang_up()

    async def test_info_without_duration_and_with_numbers(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            for signal in ("4", "10", "16", "11"):
                assert await phone.info(f"Signal={signal}\r\n") == 200
            assert await phone.info("7", "application/dtmf") == 200
            assert await desk.keys(call, 4) == "4*#7"
            assert await phone.info("<xml/>", "application/media_control+xml") != 481
            await phone.hang_up()

    async def test_a_key_by_event_and_by_info_is_one_key(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            for key in "3355#":
                await asyncio.gather(phone.press(key), phone.info(f"Signal={key}\r\nDuration=100"))
                await asyncio.sleep(0.1)
            await phone.press("8")
            assert await desk.keys(call, 6) == "3355#8"
            await phone.hang_up()

    async def test_info_of_no_call_is_told_so(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            await desk.established(await desk.next_call())
            assert await phone.hang_up() == 200
            assert await phone.info("Signal=5\r\n") == 481

    async def test_tones_are_keys_where_nothing_better_is_offered(self, desk: Desk) -> None:
        for events, expected in ((False, "3#"), (True, "")):
            async with BarePhone(desk.sip.listen_port) as phone:
                assert await phone.call(body=phone.sdp(events=events)) == 200
                call = await desk.next_call()
                await desk.established(call)
                phone.speak(tones_of("3#", off_s=0.3).astype("<i2").tobytes())
                await desk.hear(call, 1.5)
                assert desk.pressed(call) == expected
                await phone.hang_up()
