"""When a caller has said what they want to say: docs/decisions/turn-end.md.

The recogniser ends a sentence at every pause of half a second. People who tell what
happened pause longer, and dictate a number in groups: a turn is what they say in one go.
"""

from __future__ import annotations

from dataclasses import dataclass

from asr.live import Heard
from asr.spoken import ends_in_number

LAG_S = 0.2  # the end of a sentence is noticed this much later than the beginning of the next
TALKING_S = 1.2  # a partial this recent: the caller is in the middle of a sentence
LONGEST_SENTENCE_S = 20.0  # then an answer is taken as it stands
LONGEST_TURN_S = 60.0  # then it is taken as it stands


@dataclass(frozen=True)
class Pauses:
    """How long a pause ends a turn, in seconds."""

    language: str
    done_s: float = 1.2
    open_s: float = 2.0  # behind a number, and behind words that announce more
    announcing: tuple[str, ...] = ()  # 我想问一下, "and"

    def announce_more(self, text: str) -> bool:
        """Whether it is likely that the sentence goes on, whatever it means so far."""
        said = _plain(text)
        return any(said.endswith(_plain(phrase)) for phrase in self.announcing)

    def after(self, text: str) -> float:
        """How long to wait for more once the end of `text` has been noticed."""
        is_open = self.announce_more(text) or ends_in_number(text, self.language)
        return max(0.0, (self.open_s if is_open else self.done_s) - LAG_S)

    def joined(self, sentences: tuple[Heard, ...]) -> Heard:
        """Sentences as one, parted as people write them."""
        comma = "，" if self.language == "zh-CN" else ", "
        return Heard(
            comma.join(each.text for each in sentences),
            True,
            sentences[0].start_s,
            sentences[-1].end_s,
            all(each.certain for each in sentences),
        )


class Talking:
    """Whether the caller is in the middle of a sentence, by the partial texts of it."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._last_s = 0.0

    def heard(self, heard: Heard, now_s: float) -> None:
        """One more text of the sentence, partial or the last."""
        self._last_s = now_s
        if heard.final:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = now_s

    @property
    def until_s(self) -> float:
        """Nobody is cut off before; 0 when nobody talks. A sentence may not go on for ever."""
        if self._since_s is None:
            return 0.0
        return min(self._last_s + TALKING_S, self._since_s + LONGEST_SENTENCE_S)


class Turn:
    """The finished sentences of one turn, in their order."""

    def __init__(self, pauses: Pauses) -> None:
        self.pauses = pauses
        self.sentences: tuple[Heard, ...] = ()
        self._began_s = self._heard_s = 0.0

    def __bool__(self) -> bool:
        return bool(self.sentences)

    def add(self, sentence: Heard, now_s: float) -> None:
        """Take a sentence whose end was noticed at `now_s` of the loop's time."""
        if not self.sentences:
            self._began_s = now_s
        self._heard_s = now_s
        self.sentences += (sentence,)

    @property
    def heard(self) -> Heard:
        """All of it as one."""
        return self.pauses.joined(self.sentences)

    @property
    def goes_on(self) -> bool:
        """Whether its last words announce more."""
        return self.pauses.announce_more(self.sentences[-1].text)

    def over_at_s(self, still_talking_until_s: float = 0.0) -> float:
        """When it is over, in the loop's time, if nothing more is said."""
        pause_ends_s = self._heard_s + self.pauses.after(self.sentences[-1].text)
        return min(max(pause_ends_s, still_talking_until_s), self._began_s + LONGEST_TURN_S)


def _plain(text: str) -> str:
    """Lower case, without signs; a blank before each word, so that "and" is no "sand"."""
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return "".join(f" {word}" if word.isascii() else word for word in words)
