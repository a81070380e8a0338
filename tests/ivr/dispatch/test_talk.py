"""The talk: whose keys reach whom, what the `*` keys do, and who is left when one goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from call_logs.roster import Person, parse_contact
from ivr.call.conversation import Conversation
from ivr.dispatch import talk as talks
from ivr.dispatch.ring import Party
from ivr.dispatch.talk import Ended, Talk
from ivr.endpoint import CallNotActive
from ivr.media.call_media import MediaClock
from ivr.packs.phrasebook import Number, Prompt
from tests.ivr.exchange import VOICE, until
from tests.ivr.fakes import FakeCall, FakePhrasebook

LIMIT_S = 10.0


class Line(FakeCall):
    """A telephone that notes the keys it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.keys_received = ""

    async def send_keys(self, keys: str) -> None:
        if self.close_reason is not None:
            raise CallNotActive("keys need an established call")
        self.keys_received += keys


class Room:
    """A caller and people who talk, and what the talk has asked for."""

    def __init__(self) -> None:
        self.clock = MediaClock()
        self.owner = Line()
        self.owner_book = FakePhrasebook()
        self.people_book = FakePhrasebook()
        self.caller = self._conversation(self.owner, self.owner_book)
        self.calls_in = 0  # how often a second person was searched
        self.second: asyncio.Future[Party | None] = asyncio.Future()
        self.minutes: list[tuple[str, int]] = []
        self.left: list[tuple[str, Ended]] = []
        self.heard: dict[str, bool] = {}  # whose side has made a sound
        self.li = self.party("li")
        self.talk = Talk(
            SimpleNamespace(clock=self.clock),  # type: ignore[arg-type]
            self.caller,
            self.li,
            call_in=self._call_in,
            on_the_way=self._on_the_way,
            on_left=self._on_left,
        )
        self.clock.start()
        self._wire = asyncio.create_task(self._move_time())
        self.running = asyncio.create_task(self.talk.run())

    def party(self, name: str) -> Party:
        line = Line()
        conversation = self._conversation(line, self.people_book)
        person = Person(name, name, (parse_contact(f"sip:{name}@test"),))
        return Party(person, line, conversation.media, conversation)

    def _conversation(self, line: Line, book: FakePhrasebook) -> Conversation:
        return Conversation(line, self.clock.attach(line), book)  # type: ignore[arg-type]

    async def _call_in(self) -> Party | None:
        self.calls_in += 1
        return await self.second

    async def _on_the_way(self, party: Party, minutes: int) -> None:
        self.minutes.append((party.person.id, minutes))

    async def _on_left(self, party: Party, how: Ended, heard: bool) -> None:
        self.left.append((party.person.id, how))
        self.heard[party.person.id] = heard

    async def _move_time(self) -> None:
        while True:
            for line in [media.call for media in self.clock._calls.values()]:
                line.pass_time(200)  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)

    async def begun(self) -> None:
        await until(lambda: self.caller.media.bridged and self.li.media.bridged)

    async def ended(self) -> Ended:
        async with asyncio.timeout(LIMIT_S):
            return await self.running

    def press(self, party: Party, keys: str) -> None:
        line(party).press(keys)

    @property
    def told_people(self) -> list[str]:
        return [said.name for said in self.people_book.said if isinstance(said, Prompt)]

    async def people_hear(self, prompt: str) -> None:
        await until(lambda: prompt in self.told_people, LIMIT_S)

    async def joined(self, name: str) -> Party:
        """Li calls a second person in, who accepts."""
        wang = self.party(name)
        self.press(self.li, "*1")
        await until(lambda: self.calls_in > 0)
        self.second.set_result(wang)
        await self.people_hear("engineer_second_joined")
        return wang

    async def close(self) -> None:
        self.running.cancel()
        self._wire.cancel()
        await asyncio.gather(self.running, self._wire, return_exceptions=True)
        await self.clock.close()


def line(party: Party) -> Line:
    assert isinstance(party.call, Line)
    return party.call


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "STAR_S", 0.15)
    monkeypatch.setattr(talks, "MINUTES_S", 0.3)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    await made.begun()
    yield made
    await made.close()


# -- keys --------------------------------------------------------------------------------


async def test_the_callers_keys_reach_the_person_whatever_they_are(room: Room) -> None:
    room.owner.press("1*2#")
    await until(lambda: line(room.li).keys_received == "1*2#")


async def test_the_persons_keys_reach_the_caller_but_for_the_star_ones(room: Room) -> None:
    room.press(room.li, "10#")
    await until(lambda: room.owner.keys_received == "10#")
    assert (room.calls_in, room.minutes, room.left) == (0, [], [])


@pytest.mark.parametrize("key", "04567890*#")
async def test_a_star_that_is_none_of_ours_goes_to_the_caller_with_its_key(
    room: Room, key: str
) -> None:
    room.press(room.li, f"*{key}")
    await until(lambda: room.owner.keys_received == f"*{key}")
    assert (room.calls_in, room.minutes, room.left) == (0, [], [])


async def test_a_lone_star_goes_to_the_caller_when_nothing_follows(room: Room) -> None:
    room.press(room.li, "*")
    await until(lambda: room.owner.keys_received == "*")
    room.press(room.li, "2")  # a key by itself again
    await until(lambda: room.owner.keys_received == "*2")
    assert room.left == []


async def test_keys_do_not_go_from_one_person_to_another(room: Room) -> None:
    wang = await room.joined("wang")
    room.press(wang, "5")
    await until(lambda: room.owner.keys_received == "5")
    assert line(room.li).keys_received == ""


async def test_a_key_for_somebody_who_is_gone_in_this_moment_is_lost_and_nothing_else(
    room: Room,
) -> None:
    wang = await room.joined("wang")
    line(room.li).hang_up()
    room.owner.press("7")
    await until(lambda: line(wang).keys_received == "7")
    assert not room.running.done()


# -- *1 ----------------------------------------------------------------------------------


async def test_star_1_lets_all_three_hear_each_other(room: Room) -> None:
    wang = await room.joined("wang")
    await until(lambda: wang.media.bridged)

    def heard_by_both() -> bool:
        line(wang).speak(b"\x05\x00" * 160)  # again: Li is just being told who has joined
        return all(b"\x05\x00" in each.sent for each in (room.owner, line(room.li)))

    await until(heard_by_both)


async def test_star_1_again_while_somebody_is_searched_searches_nobody_else(room: Room) -> None:
    room.press(room.li, "*1")
    await until(lambda: room.calls_in == 1)
    room.press(room.li, "*15")
    await until(lambda: room.owner.keys_received == "5")  # behind the *1
    assert room.calls_in == 1


async def test_star_1_that_finds_nobody_is_said_and_may_be_tried_again(room: Room) -> None:
    room.press(room.li, "*1")
    room.second.set_result(None)
    await room.people_hear("engineer_second_none")
    room.people_book.said.clear()
    room.press(room.li, "*1")
    await room.people_hear("engineer_second_none")
    assert room.calls_in == 2
    assert not room.running.done()


async def test_the_first_may_leave_and_the_second_ends_the_talk(room: Room) -> None:
    wang = await room.joined("wang")
    line(room.li).hang_up()
    await until(lambda: room.left == [("li", Ended.PERSON_LEFT)])
    assert room.caller.media.bridged
    line(wang).hang_up()
    assert await room.ended() is Ended.PERSON_LEFT
    assert room.left == [("li", Ended.PERSON_LEFT), ("wang", Ended.PERSON_LEFT)]


async def test_who_is_found_when_the_first_has_left_is_too_late_to_talk(room: Room) -> None:
    room.press(room.li, "*1")
    await until(lambda: room.calls_in == 1)
    line(room.li).hang_up()
    assert await room.ended() is Ended.PERSON_LEFT
    assert room.second.cancelled()  # the search for them is over, too


async def test_who_accepts_in_the_moment_in_which_the_talk_ends_is_let_go(room: Room) -> None:
    wang = room.party("wang")
    room.press(room.li, "*1")
    await until(lambda: room.calls_in == 1)
    room.owner.hang_up()
    room.second.set_result(wang)
    assert await room.ended() is Ended.CALLER_LEFT
    assert sorted(room.left) == [("li", Ended.CALLER_LEFT), ("wang", Ended.CALLER_LEFT)]


# -- *2 ----------------------------------------------------------------------------------


async def test_star_2_ends_the_talk_and_leaves_the_caller_on_the_line(room: Room) -> None:
    room.press(room.li, "*2")
    assert await room.ended() is Ended.PASSED_ON
    assert room.left == [("li", Ended.PASSED_ON)]
    assert room.owner.close_reason is None
    assert not room.caller.media.bridged


async def test_star_2_of_one_of_two_leaves_the_caller_with_the_other(room: Room) -> None:
    wang = await room.joined("wang")
    room.press(wang, "*2")
    await until(lambda: room.left == [("wang", Ended.PASSED_ON)])
    assert not room.running.done()
    assert not wang.media.bridged


# -- *3 ----------------------------------------------------------------------------------


async def test_star_3_and_minutes_are_told_to_both(room: Room) -> None:
    room.press(room.li, "*3")
    await room.people_hear("engineer_minutes")
    room.press(room.li, "12#")
    await room.people_hear("engineer_minutes_noted")
    assert room.minutes == [("li", 12)]
    (said,) = room.owner_book.said
    assert said == Prompt("dispatch_on_the_way", minutes=Number(12))
    assert room.owner.keys_received == ""


async def test_minutes_need_no_hash_when_a_pause_follows(room: Room) -> None:
    room.press(room.li, "*35")
    await until(lambda: room.minutes == [("li", 5)])


async def test_no_minutes_mean_that_he_has_arrived_and_the_caller_sees_that(room: Room) -> None:
    room.press(room.li, "*30#")
    await room.people_hear("engineer_minutes_noted")
    assert room.minutes == [("li", 0)]
    assert room.owner_book.said == []


@pytest.mark.parametrize("keys", ["", "#", "*"])
async def test_minutes_that_are_none_are_not_noted(room: Room, keys: str) -> None:
    room.press(room.li, "*3")
    await room.people_hear("engineer_minutes")
    room.press(room.li, keys)
    await asyncio.sleep(2 * talks.MINUTES_S)
    assert room.minutes == []
    room.press(room.li, "7")
    await until(lambda: room.owner.keys_received == "7")  # the talk goes on
    assert "engineer_minutes_noted" not in room.told_people


async def test_a_person_who_leaves_while_he_is_asked_for_minutes_has_left(room: Room) -> None:
    room.press(room.li, "*3")
    await room.people_hear("engineer_minutes")
    line(room.li).hang_up()
    assert await room.ended() is Ended.PERSON_LEFT
    assert room.minutes == []


# -- nobody is heard -----------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "FIRST_SOUND_S", 0.3)
    monkeypatch.setattr(talks, "QUIET_S", 0.6)
    monkeypatch.setattr(talks, "THERE_S", 0.5)
    monkeypatch.setattr(talks, "LOOK_S", 0.05)


@pytest.mark.parametrize("sends", ["nothing", "silence", "comfort noise"])
async def test_a_line_without_a_sound_is_asked_and_is_gone_without_an_answer(
    room: Room, impatient: None, sends: str
) -> None:
    level = {"nothing": b"", "silence": b"\0\0", "comfort noise": b"\x40\0\xc0\xff"}[sends]
    talking = asyncio.create_task(keeps_saying(line(room.li), level * 40))
    await room.people_hear("engineer_there")
    assert await room.ended() is Ended.SILENT
    assert (room.left, room.heard) == ([("li", Ended.SILENT)], {"li": False})
    assert room.owner.close_reason is None
    talking.cancel()


async def test_who_is_asked_and_speaks_is_there(room: Room, impatient: None) -> None:
    await room.people_hear("engineer_there")
    await until(lambda: not room.li.media._playing)
    await asyncio.sleep(0.1)
    talking = asyncio.create_task(keeps_saying(line(room.li), VOICE))
    await asyncio.sleep(1.0)
    assert not room.running.done()
    assert room.told_people == ["engineer_there"]
    talking.cancel()


@pytest.mark.parametrize("key", "5#")
async def test_who_is_asked_and_presses_any_key_is_there_and_the_caller_hears_nothing(
    room: Room, impatient: None, key: str
) -> None:
    await room.people_hear("engineer_there")
    room.press(room.li, key)
    await asyncio.sleep(0.2)
    assert not room.running.done()
    assert room.owner.keys_received == ""


async def test_who_is_asked_may_pass_the_caller_on(room: Room, impatient: None) -> None:
    await room.people_hear("engineer_there")
    room.press(room.li, "*2")
    assert await room.ended() is Ended.PASSED_ON


async def test_who_has_been_heard_may_listen_for_longer_and_is_asked_then(
    room: Room, impatient: None
) -> None:
    line(room.li).speak(VOICE * 40)
    await asyncio.sleep(0.45)
    assert room.told_people == []
    await room.people_hear("engineer_there")
    assert await room.ended() is Ended.SILENT
    assert room.heard == {"li": True}


async def test_who_talks_is_never_asked(room: Room, impatient: None) -> None:
    talking = asyncio.create_task(keeps_saying(line(room.li), VOICE))
    await asyncio.sleep(1.5)
    assert room.told_people == []
    line(room.li).hang_up()
    assert await room.ended() is Ended.PERSON_LEFT
    assert room.heard == {"li": True}
    talking.cancel()


async def test_a_silent_second_person_leaves_the_caller_with_the_first(
    room: Room, impatient: None
) -> None:
    talking = asyncio.create_task(keeps_saying(line(room.li), VOICE))
    await room.joined("wang")
    await until(lambda: room.left == [("wang", Ended.SILENT)])
    assert not room.running.done()
    talking.cancel()


async def keeps_saying(phone: FakeCall, pcm: bytes) -> None:
    while True:
        phone.speak(pcm)
        await asyncio.sleep(0.01)


# -- the end -----------------------------------------------------------------------------


async def test_the_callers_hang_up_ends_it_for_everybody(room: Room) -> None:
    await room.joined("wang")
    room.owner.hang_up()
    assert await room.ended() is Ended.CALLER_LEFT
    assert room.left == [("li", Ended.CALLER_LEFT), ("wang", Ended.CALLER_LEFT)]
    assert line(room.li).close_reason is None  # their line is for who is told to see to


async def test_a_persons_hang_up_leaves_the_caller_on_the_line(room: Room) -> None:
    line(room.li).hang_up()
    assert await room.ended() is Ended.PERSON_LEFT
    assert room.owner.close_reason is None


@pytest.mark.parametrize("first", ["owner", "li"])
async def test_when_both_hang_up_at_once_nobody_is_left_to_be_helped(
    room: Room, first: str
) -> None:
    both = [room.owner, line(room.li)]
    for each in both if first == "owner" else reversed(both):
        each.hang_up()
    assert await room.ended() is Ended.CALLER_LEFT
    assert [name for name, _ in room.left] == ["li"]


async def test_a_hang_up_behind_a_star_is_a_hang_up(room: Room) -> None:
    room.press(room.li, "*")
    line(room.li).hang_up()
    assert await room.ended() is Ended.PERSON_LEFT


async def test_the_longest_talk_ends_because_the_lines_are_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(talks, "LONGEST_TALK_S", 0.3)
    room = Room()
    assert await room.ended() is Ended.TOO_LONG
    assert room.left == [("li", Ended.TOO_LONG)]
    assert room.owner.close_reason is None
    await room.close()


@pytest.mark.parametrize("end", ["owner", "person", "program"])
async def test_nothing_is_left_of_a_talk(room: Room, end: str) -> None:
    before = asyncio.all_tasks()
    room.press(room.li, "*1")
    await until(lambda: room.calls_in == 1)
    match end:
        case "owner":
            room.owner.hang_up()
        case "person":
            line(room.li).hang_up()
        case "program":
            room.running.cancel()
    await asyncio.wait({room.running}, timeout=LIMIT_S)
    assert room.clock._bridges == []
    assert not room.caller.media.bridged
    assert [name for name, _ in room.left] == ["li"]
    left_over = asyncio.all_tasks() - before
    assert left_over == set()
