"""Makes a pack's `learnt.npz` from labelled sentences:

    python -m asr.lexicon.training tests/corpus/zh-CN/dev.jsonl ivr/packs/zh-CN

Takes some seconds. The same sentences give the same weights, in whatever order they stand.
"""

from __future__ import annotations

import json
import random
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asr.lexicon.classifier import BUCKETS, Learnt, hashed
from asr.lexicon.loading import LEARNT_NAME, load_lexicon
from asr.lexicon.rules import Lexicon
from asr.lexicon.sound import reading

_EPOCHS = 10
_RATE = 0.3  # of AdaGrad (Duchi et al. 2011)
_BIAS_RATE = 0.01
_DECAY = 1e-3
_LEAST_COUNT = {"zh-CN": 3, "": 2}  # pieces of fewer sentences say nothing about others
_LONG_ENOUGH = 6  # tokens of a sentence that is told in part too
_SAME_SOUND, _OTHER_SOUND = 0.6, 0.1  # shares of characters that are misheard
_LARGEST = 127  # of a signed byte

Labelled = Sequence[tuple[str, str]]  # text, and urgent category or ""


def read_labelled(path: Path, lexicon: Lexicon) -> list[tuple[str, str]]:
    """Text and urgent category ("" for none) of each line, in an order of their own."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines if line.strip())
    return sorted(
        (row["text"], row["expected"] if row["expected"] in lexicon.urgent else "") for row in rows
    )


def fingerprint(labelled: Labelled) -> int:
    """Another number for other sentences."""
    return zlib.crc32(json.dumps(labelled, ensure_ascii=False).encode())


def train(labelled: Labelled, lexicon: Lexicon) -> Learnt:
    """Weights that tell the urgent categories of `lexicon`, and "not urgent", apart."""
    categories = sorted(lexicon.urgent)
    labelled = [*labelled, *_begun(labelled, lexicon)]
    if lexicon.language == "zh-CN":
        labelled = [*labelled, *_misheard(labelled)]
    rows = [hashed(lexicon.tokens(text), lexicon.language) for text, _ in labelled]
    wanted = [categories.index(category) + 1 if category else 0 for _, category in labelled]
    counts = np.zeros(BUCKETS, dtype=np.int64)
    for row in rows:
        counts[row] += 1
    common = counts >= _LEAST_COUNT.get(lexicon.language, _LEAST_COUNT[""])
    weights, bias = _descend(rows, wanted, common, len(categories) + 1)
    scale = float(np.abs(weights).max()) / _LARGEST or 1.0
    return Learnt(
        lexicon.language,
        categories,
        np.round(weights / scale).astype(np.int8),
        scale,
        bias.astype(np.float32),
    )


def _begun(labelled: Labelled, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """The first third and two thirds of harmless sentences, as callers who falter say them:
    that the sentence breaks off there is no sign of danger."""
    for text, category in labelled:
        tokens = lexicon.tokens(text)
        if not category and len(tokens) >= _LONG_ENOUGH:
            yield text[: tokens[len(tokens) // 2 - 1].end], category


def _misheard(labelled: Labelled) -> Iterator[tuple[str, str]]:
    """The sentences as a recogniser with few words writes them: characters of the same sound
    in place of many, and now and then of another sound."""
    alike: dict[str, list[str]] = {}
    for character in sorted({character for text, _ in labelled for character in text}):
        if sound := reading(character):
            alike.setdefault(sound, []).append(character)
    anything = [character for characters in alike.values() for character in characters]
    chance = random.Random(0)
    for text, category in labelled:
        heard = []
        for character in text:
            choices = alike.get(reading(character), [character])
            dice = chance.random()
            if reading(character) and dice < _OTHER_SOUND:
                choices = anything
            elif dice > _SAME_SOUND:
                choices = [character]
            heard.append(chance.choice(choices))
        yield "".join(heard), category


def _descend(
    rows: Sequence[NDArray[np.int64]],
    wanted: Sequence[int],
    common: NDArray[np.bool_],
    columns: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Stochastic gradient descent on the log loss; pieces that are not `common` stay at 0."""
    weights = np.zeros((BUCKETS, columns))
    squares = np.full((BUCKETS, columns), 1e-3)
    bias = np.zeros(columns)
    order = np.random.default_rng(0)
    for _ in range(_EPOCHS):
        for number in order.permutation(len(rows)):
            length = np.sqrt(len(rows[number]) + 1)
            row = rows[number][common[rows[number]]]
            scores = weights[row].sum(axis=0) / length + bias
            error = np.exp(scores - scores.max())
            error /= error.sum()
            error[wanted[number]] -= 1.0
            slope = error / length + _DECAY * weights[row]
            squares[row] += slope * slope
            weights[row] -= _RATE * slope / np.sqrt(squares[row])
            bias -= _BIAS_RATE * error
    return weights, bias


def main(arguments: Sequence[str]) -> int:
    """Train on a file of labelled sentences for a pack's folder."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m asr.lexicon.training LABELLED.jsonl PACK-FOLDER\n")
        return 2
    source, pack = map(Path, arguments)
    lexicon = load_lexicon(pack / "lexicon.toml")
    labelled = read_labelled(source, lexicon)
    train(labelled, lexicon).save(pack / LEARNT_NAME, fingerprint(labelled))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
