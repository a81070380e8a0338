"""When a hit in live text is told."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from asr.engine import SpeechModel
from asr.engine.word import SAMPLE_BYTES
from asr.lexicon import Hit, load_lexicon
from asr.live import Heard
from asr.live.decoder import LiveDecoder
from asr.live.listener import PIECE_S
from asr.live.spotter import STABLE_S, SUSPICION_LEVEL, Spotter
from tests.asr.speech import RATE_HZ, say, silence

LEXICON = Path(__file__).parents[3] / "ivr" / "packs" / "zh-CN" / "lexicon.toml"
LATER_S = STABLE_S + 0.1


class Levels:
    """A lexicon whose phrases have levels."""

    def __init__(self, **levels: float) -> None:
        self.levels = levels

    def hits(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]:
        return tuple(
            Hit(category=phrase, phrase=phrase, level=level, at_s=at_s, rule=f"{phrase}.1")
            for phrase, level in self.levels.items()
            if phrase in text
        )


def told(spotter: Spotter, *texts: str, certain: bool = True) -> list[list[tuple[str, float]]]:
    """What is told after each text; a text that ends with a full stop is final."""
    return [
        [
            (hit.category, hit.level)
            for hit in spotter.look(
                Heard(text.removesuffix("."), text.endswith("."), 1.0, end_s, certain)
            )
        ]
        for end_s, text in zip(itertools.count(2.0, LATER_S), texts, strict=False)
    ]


@pytest.fixture
def spotter() -> Spotter:
    return Spotter(Levels(fire=0.9, smoke=0.8).hits)


def test_a_hit_is_told_when_it_is_still_there_after_more_speech(spotter: Spotter) -> None:
    assert told(spotter, "fire", "fire in", "fire in the") == [[], [("fire", 0.9)], []]


def test_a_hit_that_flickers_is_not_told(spotter: Spotter) -> None:
    assert told(spotter, "fire", "hire", "fire", "hire a", "hire a man.") == [[]] * 5


def test_speech_counts_and_not_how_often_it_was_looked_at(spotter: Spotter) -> None:
    for end_s in (2.0, 2.0, 2.1, 2.2, 2.29):
        assert spotter.look(Heard("fire", False, 1.0, end_s)) == ()
    assert spotter.look(Heard("fire", False, 1.0, 2.0 + LATER_S))


def test_a_final_text_is_told_at_once(spotter: Spotter) -> None:
    assert told(spotter, "fire.") == [[("fire", 0.9)]]


def test_a_hit_is_told_once_an_utterance_and_again_in_the_next(spotter: Spotter) -> None:
    assert told(spotter, "fire", "fire", "fire.", "fire.") == [
        [],
        [("fire", 0.9)],
        [],
        [("fire", 0.9)],
    ]


def test_another_category_of_the_same_utterance_is_told_too(spotter: Spotter) -> None:
    assert told(spotter, "smoke", "smoke", "smoke fire.")[1:] == [
        [("smoke", 0.8)],
        [("fire", 0.9)],
    ]


def test_a_hit_is_told_again_when_it_has_become_surer() -> None:
    lexicon = Levels(fire=0.8)
    spotter = Spotter(lexicon.hits)
    assert told(spotter, "fire", "fire") == [[], [("fire", 0.8)]]
    lexicon.levels["fire"] = 0.9
    assert told(spotter, "fire here", "fire her", "fire here") == [[], [("fire", 0.9)], []]


def test_a_doubtful_hit_waits_for_the_end_of_the_utterance() -> None:
    spotter = Spotter(Levels(fire=0.6).hits)
    assert told(spotter, "fire", "fire", "fire.") == [[], [], [("fire", 0.6)]]


def test_a_doubtful_hit_does_not_wait_for_ever() -> None:
    spotter = Spotter(Levels(fire=0.6).hits)
    assert told(spotter, "fire", "fire", "fire", "fire")[-1] == [("fire", 0.6)]


def test_a_hit_that_the_second_opinion_does_not_back_needs_more_speech() -> None:
    hit = Hit("fire", "fire", 0.9, 0.0, "fire.1", backed=False)
    spotter = Spotter(lambda text, *, at_s=0.0: (hit,) if "fire" in text else ())
    assert told(spotter, "fire", "fire", "fire") == [[], [], [("fire", 0.9)]]


def test_the_time_of_a_hit_is_when_its_text_was_first_heard(spotter: Spotter) -> None:
    spotter.look(Heard("fire", False, 1.0, 2.0))
    assert spotter.look(Heard("fire", False, 1.0, 2.0 + LATER_S))[0].at_s == 2.0


def test_a_word_list_only_suspects(spotter: Spotter) -> None:
    assert told(spotter, "fire.", certain=False) == [[("fire", SUSPICION_LEVEL)]]


def test_the_second_opinion_on_the_pieces_of_a_word_list_does_not_count() -> None:
    hit = Hit("fire", "fire", 0.6, 0.0, "learnt")
    spotter = Spotter(lambda text, *, at_s=0.0: (hit,))
    assert told(spotter, "fire.", certain=False) == [[]]
    assert not spotter.is_suspicious("fire")
    assert told(spotter, "a fire.") == [[("fire", 0.6)]]


def test_the_second_opinion_on_half_a_sentence_does_not_count() -> None:
    hit = Hit("fire", "fire", 0.6, 0.0, "learnt")
    spotter = Spotter(lambda text, *, at_s=0.0: (hit,))
    assert told(spotter, *["a"] * 9, "a fire.") == [[]] * 9 + [[("fire", 0.6)]]


def test_a_confirmation_tells_only_what_it_is_surer_of(spotter: Spotter) -> None:
    told(spotter, "fire.", certain=False)
    assert told(spotter, "a fire.") == [[("fire", 0.9)]]


def test_a_refuted_suspicion_is_not_repeated(spotter: Spotter) -> None:
    told(spotter, "fire.", certain=False)
    assert told(spotter, "a tyre.") == [[]]


def test_a_late_confirmation_leaves_the_running_utterance_alone(spotter: Spotter) -> None:
    told(spotter, "fire.", certain=False)
    running = told(spotter, "smoke", "smoke", "smoke", "smoke", certain=False)
    assert running[-1] == [("smoke", SUSPICION_LEVEL)]
    assert told(spotter, "a fire.") == [[("fire", 0.9)]]
    assert told(spotter, "smoke here", certain=False) == [[]]


@pytest.mark.parametrize("cut_ms", range(0, 200, 20))
def test_a_word_cut_in_its_middle_raises_no_alarm(chinese: SpeechModel, cut_ms: int) -> None:
    """漏 of 漏水, cut where a piece ends, is heard as 爆 for a moment: a burst pipe."""
    lexicon = load_lexicon(LEXICON)
    decoder = LiveDecoder(chinese, lexicon, RATE_HZ, words=(), start_s=0.0, engine=None)
    sound = silence(cut_ms / 1000) + say("卫生间水管漏水请派人来修") + silence(1.5)
    piece = int(PIECE_S * RATE_HZ) * SAMPLE_BYTES
    for start in range(0, len(sound), piece):
        decoder.decode(sound[start : start + piece], stalled=False)
    results = decoder.take_results()
    alarms = [hit for hits in results if isinstance(hits, tuple) for hit in hits]
    assert {hit.category for hit in alarms if hit.level > SUSPICION_LEVEL} == {"water_leak"}
