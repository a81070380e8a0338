"""The lexicon's pattern language, and finding patterns in tokens.

A pattern is a row of elements. `{lift}` is any phrase of the set `lift`; bare words are
themselves, `困|关|卡` one of several. `…` between two elements lets other words come between,
up to the lexicon's usual gap, `…3` up to three; without it they touch. `A & B` means A and B
in either order. `leak*` (English) is any word that starts so, `#` any number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from asr.lexicon.sound import is_near, reading, syllables
from asr.lexicon.tokens import CLAUSE, NUMBER, SENTENCE, Token

_PIECE = re.compile(r"\{(?P<set>[a-z_]+)\}|(?P<gap>…)(?P<width>\d*)|(?P<any>&)|(?P<words>[^{}…&]+)")
_SENTENCE_COST = 3  # a full stop between two elements is as far as three tokens


class PatternError(ValueError):
    """A pattern that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """One element: the name of a set, or literal alternatives; `gap` tokens may precede it."""

    set_name: str
    words: tuple[str, ...]
    gap: int

    @property
    def key(self) -> str:
        """What its mentions are filed under."""
        return self.set_name or "=" + "|".join(self.words)


Pattern = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """Tokens `start` to `end` (exclusive) that are an element; composites keep their leaves."""

    start: int
    end: int
    by_sound: bool = False
    parts: tuple[Mention, ...] = ()

    @property
    def leaves(self) -> tuple[Mention, ...]:
        """The spans that literally matched, in order."""
        return self.parts or (self,)


Mentions = Mapping[str, Sequence[Mention]]


def parse_pattern(source: str, usual_gap: int) -> tuple[Pattern, ...]:
    """The one or (with `&`) two rows of steps of a pattern.

    Raises:
        PatternError: empty, a stray brace, or an operator with nothing beside it.
    """
    sides: list[list[Step]] = [[]]
    gap = 0
    for piece in _pieces(source):
        if piece["any"]:
            if not sides[-1] or gap:
                raise PatternError("`&` needs an element on either side")
            sides.append([])
        elif piece["gap"]:
            if not sides[-1] or gap:
                raise PatternError("`…` needs an element on either side")
            gap = int(piece["width"] or usual_gap)
            if gap == 0:
                raise PatternError("a gap of 0 is no gap: leave `…` out")
        else:
            words = _alternatives(piece["words"]) if piece["words"] else ()
            sides[-1].append(Step(piece["set"] or "", words, gap))
            gap = 0
    if gap or not all(sides):
        raise PatternError("an operator stands at the end" if source.strip() else "empty pattern")
    if len(sides) == 1:
        return (tuple(sides[0]),)
    if len(sides) > 2:
        raise PatternError("only one `&` in a pattern")
    first, second = sides
    return tuple(_joined(a, b, usual_gap) for a, b in ((first, second), (second, first)))


def _pieces(source: str) -> Iterator[dict[str, str | None]]:
    end = 0
    for match in _PIECE.finditer(source):
        if match.start() != end:
            raise PatternError(f"cannot read {source[end : match.start()]!r}")
        end = match.end()
        if not (match["words"] and match["words"].isspace()):
            yield match.groupdict()
    if end != len(source):
        raise PatternError(f"cannot read {source[end:]!r}")


def _alternatives(words: str | None) -> tuple[str, ...]:
    found = tuple(" ".join(word.split()) for word in (words or "").split("|"))
    if not all(found):
        raise PatternError("nothing beside `|`")
    return found


def _joined(first: list[Step], second: list[Step], gap: int) -> Pattern:
    head = second[0]
    return (*first, Step(head.set_name, head.words, gap), *second[1:])


class Node:
    """A place in the tree of terms: what follows, and the elements that end here."""

    __slots__ = ("keys", "next", "stems")

    def __init__(self) -> None:
        self.next: dict[str, Node] = {}
        self.stems: list[tuple[str, Node]] = []  # English `leak*`
        self.keys: set[str] = set()

    def child(self, symbol: str) -> Node:
        if not symbol.endswith("*"):
            return self.next.setdefault(symbol, Node())
        stem = symbol[:-1]
        for known, node in self.stems:
            if known == stem:
                return node
        node = Node()
        self.stems.append((stem, node))
        return node


class Terms:
    """All literal terms of a lexicon in one tree; finds every mention in a single pass."""

    def __init__(self) -> None:
        self._root = Node()

    def add(self, symbols: Sequence[str], key: str) -> None:
        """File the term made of `symbols` under `key`."""
        node = self._root
        for symbol in symbols:
            node = node.child(symbol)
        node.keys.add(key)

    def find(self, tokens: Sequence[Token]) -> dict[str, list[Mention]]:
        """Mentions by key, in order of their start; a term does not cross punctuation."""
        found: dict[str, list[Mention]] = {}
        count = len(tokens)
        for start in range(count):
            nodes = [self._root]
            position = start
            while nodes and position < count:
                if position > start and tokens[position].stop:
                    break
                nodes = _follow(nodes, tokens[position].text)
                position += 1
                for node in nodes:
                    for key in node.keys:
                        found.setdefault(key, []).append(Mention(start, position))
        return found


def _follow(nodes: list[Node], word: str) -> list[Node]:
    after: list[Node] = []
    for node in nodes:
        if (child := node.next.get(word)) is not None:
            after.append(child)
        if word[0].isdigit() and (child := node.next.get(NUMBER)) is not None:
            after.append(child)
        after.extend(child for stem, child in node.stems if word.startswith(stem))
    return after


class SoundTerms:
    """Chinese terms by their syllables; see `asr.lexicon.sound`."""

    def __init__(self, limit: int) -> None:
        self._root = Node()
        self._limit = limit
        self._readings: dict[str, tuple[str, ...]] = {}  # of the terms' own characters
        self._known: set[str] = set()
        self._near: dict[str, tuple[str, ...]] = {}  # one entry per syllable heard: about 400

    def add(self, term: str, key: str) -> None:
        """File `term`; a term of one syllable is too common to be told by sound."""
        if (sounds := syllables(term)) and len(sounds) > 1 and len(sounds) == len(term):
            node = self._root
            for sound in sounds:
                node = node.child(sound)
            node.keys.add(key)
            for character, sound in zip(term, sounds, strict=True):
                known = self._readings.get(character) or (reading(character),)
                self._readings[character] = tuple(dict.fromkeys((*known, sound)))
            self._known.update(sounds)
            self._near.clear()

    def find(self, tokens: Sequence[Token]) -> Iterator[tuple[str, Mention]]:
        """Mentions by sound; of three syllables or more one may be nearly the same."""
        sounds = [self._heard(token.text) for token in tokens]
        for start in range(len(tokens)):
            paths: list[tuple[Node, bool]] = [(self._root, False)]
            for position in range(start, len(tokens)):
                if position > start and tokens[position].stop:
                    break
                paths = [step for path in paths for step in self._steps(*path, sounds[position])]
                if not paths:
                    break
                length = position + 1 - start
                for node, bent in paths:
                    if not bent or length > 2:
                        for key in node.keys:
                            yield key, Mention(start, position + 1, by_sound=True)

    def _heard(self, word: str) -> tuple[str, ...]:
        """The usual reading of a character, and those it has in the terms (着 in 着火)."""
        if known := self._readings.get(word):
            return known
        sound = reading(word) if len(word) == 1 else ""
        return (sound,) if sound else ()

    def _steps(
        self, node: Node, bent: bool, sounds: tuple[str, ...]
    ) -> Iterator[tuple[Node, bool]]:
        for sound in sounds:
            if (child := node.next.get(sound)) is not None:
                yield child, bent
            if not bent and self._limit:
                for near in self._nearby(sound):
                    if (child := node.next.get(near)) is not None:
                        yield child, True

    def _nearby(self, sound: str) -> tuple[str, ...]:
        if (known := self._near.get(sound)) is None:
            known = tuple(
                other
                for other in sorted(self._known)
                if other != sound and is_near(other, sound, self._limit)
            )
            self._near[sound] = known
        return known


def find_pattern(
    pattern: Pattern, mentions: Mentions, tokens: Sequence[Token]
) -> Iterator[Mention]:
    """All ways `pattern` fits, as composite mentions with their leaves."""
    rows = []
    for step in pattern:
        if not (row := mentions.get(step.key)):
            return
        rows.append(row)
    for first in rows[0]:
        yield from _extend(pattern, rows, tokens, 1, (first,))


def _extend(
    pattern: Pattern,
    rows: list[Sequence[Mention]],
    tokens: Sequence[Token],
    index: int,
    chosen: tuple[Mention, ...],
) -> Iterator[Mention]:
    if index == len(pattern):
        leaves = tuple(
            leaf for mention in chosen for leaf in mention.leaves if leaf.start < leaf.end
        )
        yield Mention(
            chosen[0].start,
            chosen[-1].end,
            any(mention.by_sound for mention in chosen),
            leaves if len(leaves) > 1 else (),
        )
        return
    last = chosen[-1].end
    gap = pattern[index].gap
    for mention in rows[index]:
        if mention.start < last or mention.start - last > gap:
            continue
        if _distance(tokens, last, mention.start) <= gap:
            yield from _extend(pattern, rows, tokens, index + 1, (*chosen, mention))


def _distance(tokens: Sequence[Token], start: int, end: int) -> int:
    """Tokens between two elements; a sentence's end between them counts as more."""
    distance = end - start
    for position in range(start, min(end + 1, len(tokens))):
        if tokens[position].stop == SENTENCE:
            distance += _SENTENCE_COST
        elif tokens[position].stop == CLAUSE and position == end == start:
            distance += 1  # elements that touch do so within a clause
    return distance
