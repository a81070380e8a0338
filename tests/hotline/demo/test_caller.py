"""When a synthetic caller takes a prompt for said."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from typing import Any, cast

import pytest

from hotline.demo import caller
from hotline.demo.caller import PhoneListener, Script, Telephone

STEP_S = 0.05
LAST_SOUND_S = 12.0


def over_at(sounds: Sequence[tuple[float, float]], *, from_s: float, answer: bool) -> float | None:
    """When the prompt is over for somebody who listens from `from_s` on; None when never."""
    ear, listens = PhoneListener(), False
    for step in range(round((LAST_SOUND_S + 2) / STEP_S)):
        now_s = step * STEP_S
        if now_s >= from_s and not listens:
            ear.listen_for(answer=answer)
            listens = True
        if any(begin_s <= now_s < end_s for begin_s, end_s in sounds):
            ear.loud(now_s)
        if listens and ear.is_over(now_s):
            return now_s
    return None


@pytest.mark.parametrize(
    ("sounds", "over_s"),
    [
        # the menu is talked over, and goes on a little behind the words; the hotline thinks
        (((0.0, 1.2), (3.5, 6.0)), 6.9),
        # the read-back has a pause inside that is shorter than the thinking
        (((0.0, 1.2), (3.5, 5.0), (5.4, 8.0)), 8.9),
        # the line was quiet already
        (((0.0, 0.2), (3.5, 6.0)), 6.9),
        # the menu goes on, with its own short pauses
        (((0.0, 2.0), (2.3, 4.0), (5.5, 7.0)), 7.9),
        # nobody answers: the step's limit ends the listening
        (((0.0, 1.2),), None),
    ],
)
def test_behind_a_sentence_the_thinking_pause_is_not_the_end_of_the_answer(
    sounds: Sequence[tuple[float, float]], over_s: float | None
) -> None:
    found = over_at(sounds, from_s=1.0, answer=True)
    assert found == (None if over_s is None else pytest.approx(over_s, abs=2 * STEP_S))


def test_behind_a_key_the_next_prompt_needs_no_quiet_before_it() -> None:
    found = over_at(((0.0, 2.0),), from_s=0.1, answer=False)
    assert found == pytest.approx(2.9, abs=2 * STEP_S)


class Line:
    """A hotline whose menu goes on behind the caller's words, that thinks, then reads back."""

    rate_hz = 8000
    buffered_ms = 0.0

    def __init__(self, sounds: Sequence[tuple[float, float]]) -> None:
        self._sounds = sounds
        self._began_s = asyncio.get_running_loop().time()
        self.pressed_s: list[float] = []

    @property
    def _now_s(self) -> float:
        return asyncio.get_running_loop().time() - self._began_s

    def read(self) -> bytes:
        loud = any(begin_s <= self._now_s < end_s for begin_s, end_s in self._sounds)
        return array("h", [3000 if loud else 0] * 80).tobytes()

    def write(self, pcm: bytes) -> int:
        return len(pcm)

    async def wait_established(self) -> None: ...

    async def send_keys(self, keys: str) -> None:
        self.pressed_s.append(self._now_s)

    async def wait_closed(self) -> None: ...

    async def hangup(self) -> None: ...


class Exchange:
    def __init__(self, line: Line) -> None:
        self._line = line

    def on_incoming(self, callback: Any) -> None: ...

    async def dial(self, address: str, *, trunk: str) -> Line:
        return self._line


class Words:
    async def speak(self, text: str, language: str, rate_hz: int) -> bytes:
        return b"\0" * 160


async def test_an_owner_confirms_his_place_only_when_it_has_been_read_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, seconds in (("QUIET_S", 0.09), ("BREAK_S", 0.06), ("POLL_S", 0.005)):
        monkeypatch.setattr(caller, name, seconds)
    line = Line(((0.0, 0.15), (0.4, 0.7)))
    script = Script("host:1", "1", steps=({"say": "灯坏了"}, {"listen": 5}, {"press": "1"}))
    telephone = Telephone(script, cast("Any", Exchange(line)), cast("Any", Words()))
    await telephone.run()
    assert line.pressed_s
    assert line.pressed_s[0] >= 0.7
