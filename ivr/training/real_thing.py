"""Whether a caller in training means it: keys and words that nobody practises with.

A wrong alarm costs a telephone call and a missed one a life: what is doubtful is real.
"""

from __future__ import annotations

from itertools import pairwise

from asr.live import Heard
from ivr.packs.menu import Menu, SpokenWords

__all__ = ["RealKeys", "is_real"]

TWICE, TWICE_S = 2, 1.0  # presses; between one and the next. Who answers two questions is slower
AGAIN, AGAIN_S = 3, 2.5  # of a finger that is slow: no three answers in a row are this key
IN_A_NUMBER = 4  # while one is being keyed: building 11, a telephone number with 11 in it
SHORT, SHORT_WORD = 3, 5  # characters of a phrase that other sentences hold, too; in letters
GOES_ON = 2  # characters behind a phrase of an unfinished sentence: it is no question


class RealKeys:
    """The urgent key, pressed again and again."""

    def __init__(self) -> None:
        self._presses: list[float] = []  # one after another, no other key between them

    def press(self, key: str, menu: Menu, now_s: float, *, keying: bool) -> bool:
        """Take a key that came at `now_s`; whether it says that this is real. `keying`: a
        number is being asked for."""
        if key != menu.keys.emergency:
            self._presses.clear()
            return False
        self._presses.append(now_s)
        if keying:
            return self._within(IN_A_NUMBER, AGAIN_S)
        return self._within(TWICE, TWICE_S) or self._within(AGAIN, AGAIN_S)

    def _within(self, count: int, gap_s: float) -> bool:
        last = self._presses[-count:]
        return len(last) == count and all(b - a <= gap_s for a, b in pairwise(last))


def is_real(heard: Heard, words: SpokenWords) -> bool:
    """Whether a sentence says that this is no training. An unfinished one does once it goes
    on behind the words: 这是真的吗 only asks."""
    said = _plain(heard.text)
    for phrase in sorted(map(_plain, words.unreal), key=len, reverse=True):
        said = said.replace(phrase, "")
    return any(_says(said, phrase, heard.final, words) for phrase in map(_plain, words.real))


def _says(said: str, phrase: str, final: bool, words: SpokenWords) -> bool:
    if phrase not in said:
        return False
    if len(phrase) > (SHORT_WORD if phrase.isascii() else SHORT):
        return final or len(said) - said.index(phrase) - len(phrase) >= GOES_ON
    # 水真的很大 says 真的 and is no alarm: it must stand alone, but for courtesy.
    rest = said.replace(phrase, "")
    for polite in sorted(map(_plain, words.polite), key=len, reverse=True):
        rest = rest.replace(polite, "")
    return final and not rest


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
