"""Text as the lexicon reads it: tokens with their place in the caller's own words.

Chinese and Korean are read character by character, English word by word. Runs of digits or Latin
letters are one token in every language. A blank is a pause in Chinese (`asr.spoken.writing` takes
out those that a recogniser puts between words); in the other languages it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass

NUMBER = "#"
"""Symbol of every token made of digits."""

CLAUSE, SENTENCE = 1, 2
"""Strength of the punctuation before a token: a comma, or the end of a sentence."""

_TOKEN = {
    # "smoke's" is two words: smoke and 's, which a pack may name a filler.
    "en": re.compile(r"'s\b|[a-z]+(?:'(?!s\b)[a-z]+)*|\d+(?:[.:]\d+)*"),
    "": re.compile(r"[a-z]+(?:'[a-z]+)*|\d+(?:[.:]\d+)*|\w"),
}
_SENTENCE_END = re.compile(r"[。！？!?\n]|\.(?!\w)")
_CLAUSE_END = re.compile(r"[,，、;；:：…—]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or character; `start` and `end` are offsets in the original text."""

    text: str
    start: int
    end: int
    stop: int = 0  # 0, CLAUSE or SENTENCE: the punctuation in front of it
    clause: int = 0  # number of the clause in which it stands


class Tokeniser:
    """Cuts text of one language into tokens, without fillers and repeated stutters."""

    def __init__(
        self,
        language: str,
        *,
        variants: Mapping[str, str],
        fillers: Set[str] = frozenset(),
        clause_starts: Collection[str] = (),
        clause_ends: Collection[str] = (),
    ) -> None:
        """`clause_starts` are words before which a new clause begins, `clause_ends` endings of
        words after which one is over: recognisers write no punctuation within an utterance."""
        self._pattern = _TOKEN["en" if language == "en" else ""]
        self._pause = CLAUSE if language == "zh-CN" else 0  # what a blank between words says
        self._variants = {ord(old): new for old, new in variants.items()}
        self._fillers = fillers
        edge = r"(?!\w)" if language == "en" else ""
        self._clause_start = _any_of(clause_starts, "(?:{})" + edge)
        self._clause_end = _any_of(clause_ends, r"\w(?:{})\s+")

    def __call__(self, text: str) -> tuple[Token, ...]:
        """Tokens of `text`; offsets stay those of `text` because folding keeps its length."""
        folded = _fold(text).translate(self._variants)
        begun = {match.end() for match in self._clause_end.finditer(folded)}
        begun.update(match.start() for match in self._clause_start.finditer(folded))
        tokens: list[Token] = []
        stop = clause = 0
        end = 0
        for match in self._pattern.finditer(folded):
            between = folded[end : match.start()]
            stop = max(stop, _stop(between), self._pause if between.isspace() else 0)
            end = match.end()
            word = match.group()
            if word in self._fillers:
                continue
            if tokens and (stop or match.start() in begun):
                clause += 1
            tokens.append(Token(word, match.start(), end, stop if tokens else 0, clause))
            stop = 0
        return tuple(tokens)


def _any_of(words: Collection[str], pattern: str) -> re.Pattern[str]:
    """`pattern` around any of `words`; without words, what never fits."""
    return re.compile(pattern.format("|".join(map(re.escape, words))) if words else r"(?!)")


def _fold(text: str) -> str:
    """Lower case and half width, character by character, so that offsets do not move."""
    return "".join(_fold_character(character) for character in text)


def _fold_character(character: str) -> str:
    code = ord(character)
    if 0xFF10 <= code <= 0xFF5A and character.isalnum():  # full-width digits and letters
        character = chr(code - 0xFEE0)
    elif character in "’‘`´":
        return "'"
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _stop(between: str) -> int:
    if not between or between.isspace():
        return SENTENCE if "\n" in between else 0
    if _SENTENCE_END.search(between):
        return SENTENCE
    return CLAUSE if _CLAUSE_END.search(between) else 0
