"""A second opinion on a text: what labelled sentences say of it, beside the rules.

Rules know the words that somebody thought of; callers use others. So a linear classifier over
pieces of text (characters and syllables, or words; multinomial logistic regression on hashed
n-grams, Weinberger et al. 2009) is trained on the labelled sentences (`asr.lexicon.training`)
and kept beside the rules. It never decides alone: what only it finds urgent is asked about, and
so is what only the rules do.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asr.lexicon.sound import reading
from asr.lexicon.tokens import NUMBER, Token

RULE = "learnt"
"""Name of the rule of a hit that no written rule found."""

BUCKETS = 1 << 17  # of the hash; the packs fill a third of them at most
# A transcript is mostly not about what is urgent: texts of more tokens than this are looked at a
# sentence's length at a time.
_WHOLE, _WINDOW, _STEP = 40, 24, 12
_LEAST = 5  # tokens of a clause that is weighed by itself
_LONGEST = {"en": 3, "": 4}  # words or characters of the longest piece

Weights = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Opinion:
    """The likeliest urgent category, and the probability 0..1 (`share`) that any urgent one is
    told, of `tokens`."""

    category: str
    share: float
    tokens: Sequence[Token]


class Learnt:
    """Weights of one language; pure and safe to share between threads."""

    def __init__(
        self, language: str, categories: Sequence[str], weights: Weights, scale: float,
        bias: NDArray[np.float32],
    ) -> None:  # fmt: skip
        """`weights` is (BUCKETS, 1 + categories) and `bias` (1 + categories): the first column
        is "not urgent", the others are `categories`."""
        self.language = language
        self.categories = tuple(categories)
        self._weights = weights
        self._scale = scale
        self._bias = bias

    def weigh(self, tokens: Sequence[Token]) -> Opinion:
        """What is thought of the most urgent stretch of a text."""
        if len(tokens) <= _WHOLE:
            return self._opinion(tokens)
        starts = range(0, len(tokens) - _STEP, _STEP)
        opinions = [self._opinion(tokens[start : start + _WINDOW]) for start in starts]
        return max(opinions, key=lambda opinion: opinion.share)

    def weigh_each(self, tokens: Sequence[Token]) -> Iterator[Opinion]:
        """What is thought of each clause by itself, of some length: few words say little."""
        start = 0
        for end in range(1, len(tokens) + 1):
            if end == len(tokens) or tokens[end].clause != tokens[start].clause:
                if _LEAST <= end - start < len(tokens):
                    yield self._opinion(tokens[start:end])
                start = end

    def weigh_clauses(self, tokens: Sequence[Token], start: int, end: int) -> Opinion:
        """What is thought of the clauses in which the tokens `start` to `end` stand."""
        first, last = tokens[start].clause, tokens[end - 1].clause
        return self._opinion([token for token in tokens if first <= token.clause <= last])

    def _opinion(self, tokens: Sequence[Token]) -> Opinion:
        buckets = hashed(tokens, self.language)
        scores = self._weights[buckets].sum(axis=0, dtype=np.int32) * self._scale
        scores = scores / np.sqrt(len(buckets) + 1) + self._bias
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        likeliest = self.categories[int(shares[1:].argmax())]
        return Opinion(likeliest, float(1.0 - shares[0]), tokens)

    def save(self, path: Path, fingerprint: int) -> None:
        """Write the weights that are not zero; `fingerprint` tells what they were made from."""
        (used,) = np.nonzero(self._weights.any(axis=1))
        np.savez_compressed(
            path,
            categories=np.array(self.categories),
            used=used.astype(np.uint32),
            weights=self._weights[used],
            scale=np.float32(self._scale),
            bias=self._bias.astype(np.float32),
            fingerprint=np.uint32(fingerprint),
        )


def load_learnt(path: Path, language: str) -> Learnt:
    """Read what `Learnt.save` wrote.

    Raises:
        OSError, ValueError, KeyError: there is no such file, or it is something else.
    """
    with np.load(path, allow_pickle=False) as data:
        categories = [str(name) for name in data["categories"]]
        weights = np.zeros((BUCKETS, 1 + len(categories)), dtype=np.int8)
        weights[data["used"]] = data["weights"]
        return Learnt(language, categories, weights, float(data["scale"]), data["bias"])


def hashed(tokens: Sequence[Token], language: str) -> NDArray[np.int64]:
    """The buckets of all pieces of a text, each once."""
    pieces = _pieces(tokens, language)
    found = {zlib.crc32(piece.encode()) % BUCKETS for piece in pieces}
    return np.fromiter(found, dtype=np.int64, count=len(found))


def _pieces(tokens: Sequence[Token], language: str) -> Iterator[str]:
    words = [NUMBER if token.text[0].isdigit() else token.text for token in tokens]
    row = ["^", *words, "$"]
    for length in range(1, _LONGEST.get(language, _LONGEST[""]) + 1):
        for start in range(len(row) - length + 1):
            yield " ".join(row[start : start + length])
    for left, right in zip(row, row[2:], strict=False):  # with any word between
        yield f"{left} … {right}"
    if language == "en":
        for left, right in zip(row, row[3:], strict=False):
            yield f"{left} … {right}"
        for word in words:
            yield f"{word[:4]}*"
    if language == "zh-CN":  # recognisers write other characters of the same sound
        sounds = [reading(word) or word for word in row]
        for length in (2, 3):
            for start in range(len(sounds) - length + 1):
                yield "~" + " ".join(sounds[start : start + length])
