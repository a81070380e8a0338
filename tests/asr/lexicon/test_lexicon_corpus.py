"""The shipped lexicons on the labelled sentences: floors below which no change may push them.

`held-out.jsonl` holds what neither rule nor training has seen: its floors lie below its scores.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.evaluation.score import Report, evaluate
from asr.lexicon.lexicon import load_lexicon

ROOT = Path(__file__).parents[3]
ASKED = 0.5  # `confirm` of `[urgent]`: what is below is only noted
LANGUAGES = ("zh-CN", "en", "ko")


def score(language: str, part: str) -> Report:
    lexicon = load_lexicon(ROOT / "ivr" / "packs" / language / "lexicon.toml")
    return evaluate([ROOT / "tests" / "corpus" / language / part], language, lexicon, level=ASKED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_lexicon_was_made_with_is_heard(language: str) -> None:
    report = score(language, "dev.jsonl")
    assert report.recall >= 0.99, report.missed
    assert report.precision >= 0.99, report.false_alarms
    assert report.category_accuracy >= 0.98, report.confused


@pytest.mark.parametrize(
    ("language", "recall", "precision"),
    [("zh-CN", 0.97, 0.95), ("en", 0.9, 0.85), ("ko", 0.9, 0.93)],
)
def test_sentences_never_seen_are_heard(language: str, recall: float, precision: float) -> None:
    report = score(language, "held-out.jsonl")
    assert report.recall >= recall, report.missed
    assert report.precision >= precision, report.false_alarms
    assert report.category_accuracy >= 0.88, report.confused


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_is_large_and_hard(language: str) -> None:
    reports = [score(language, part) for part in ("dev.jsonl", "held-out.jsonl")]
    sentences = sum(report.sentences for report in reports)
    urgent = sum(report.urgent for report in reports)
    assert sentences >= 300
    assert 0.4 <= urgent / sentences <= 0.6
