"""Where in the recording each word of a text is, also after somebody corrected the text.

The recogniser gives words with times; the text beside them may write numbers as digits or
have been corrected by hand. Both are compared character by character (the longest matching
blocks of Ratcliff and Obershelp, `difflib`): what is the same keeps its time, what was
replaced shares the time of what stood there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from call_logs.recordings import TranscriptWord

UNSURE = 0.6  # below this confidence a word is marked for a second look


@dataclass(frozen=True)
class Token:
    """A piece of the text as it is shown; joined, the tokens' texts are the whole text.

    `start_s` and `end_s` are None for what lies between words. `confidence` is None for
    what the recogniser did not write itself.
    """

    text: str
    start_s: float | None = None
    end_s: float | None = None
    confidence: float | None = None

    @property
    def unsure(self) -> bool:
        return self.confidence is not None and self.confidence < UNSURE


@dataclass(frozen=True)
class _Mark:
    """One character: its time, the word it belongs to (-1: none), who wrote it."""

    start_s: float
    end_s: float
    word: int
    confidence: float | None


def _heard_marks(words: Sequence[TranscriptWord]) -> tuple[str, list[_Mark]]:
    """The heard characters without blanks, each with its share of its word's time."""
    characters: list[str] = []
    marks: list[_Mark] = []
    for index, word in enumerate(words):
        text = "".join(word.text.split())
        share = (word.end_s - word.start_s) / max(len(text), 1)
        for position, character in enumerate(text):
            start_s = word.start_s + position * share
            characters.append(character.casefold()[:1])
            marks.append(_Mark(start_s, start_s + share, index, word.confidence))
    return "".join(characters), marks


def _shared(marks: Sequence[_Mark], count: int, after: _Mark | None) -> list[_Mark]:
    """Times for `count` written characters where `marks` were heard, or after a mark."""
    if marks:
        start_s, end_s, word = marks[0].start_s, marks[-1].end_s, marks[0].word
    else:
        start_s = end_s = after.end_s if after else 0.0
        word = after.word if after else 0
    share = (end_s - start_s) / count
    return [
        _Mark(start_s + index * share, start_s + (index + 1) * share, word, None)
        for index in range(count)
    ]


def align(text: str, words: Sequence[TranscriptWord]) -> tuple[Token, ...]:
    """Split `text` into tokens with times; one token without words."""
    if not words or not text.strip():
        return (Token(text),) if text else ()
    heard, marks = _heard_marks(words)
    places = [index for index, character in enumerate(text) if not character.isspace()]
    written = "".join(text[index].casefold()[:1] for index in places)
    found: list[_Mark] = []
    matcher = SequenceMatcher(None, heard, written, autojunk=False)
    for operation, heard_from, heard_to, from_, to in matcher.get_opcodes():
        if operation == "equal":
            found.extend(marks[heard_from:heard_to])
        elif to > from_:
            after = marks[heard_from - 1] if heard_from else None
            found.extend(_shared(marks[heard_from:heard_to], to - from_, after))
    return _tokens(text, dict(zip(places, found, strict=True)))


def _tokens(text: str, marks: dict[int, _Mark]) -> tuple[Token, ...]:
    """Join neighbouring characters of one word; blanks stand between tokens."""
    tokens: list[Token] = []
    group: list[tuple[str, _Mark]] = []

    def close() -> None:
        if not group:
            return
        confidences = [mark.confidence for _, mark in group]
        known = [value for value in confidences if value is not None]
        tokens.append(
            Token(
                "".join(character for character, _ in group),
                group[0][1].start_s,
                max(mark.end_s for _, mark in group),
                min(known) if len(known) == len(confidences) else None,
            )
        )
        group.clear()

    for index, character in enumerate(text):
        mark = marks.get(index)
        if mark is None:
            close()
            tokens.append(Token(character))
        else:
            if group and group[-1][1].word != mark.word:
                close()
            group.append((character, mark))
    close()
    return tuple(tokens)
