"""The two engines behind one ear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asr.audio.voice_activity import SpeechGate
from asr.engine import LiveEngine, SpeechModel, embedded_model
from asr.live.ear import CONFIRM_S, DictationEar, Ear, Heard, WordListEar, open_ear
from tests.asr.speech import RATE_HZ, say, silence

WORDS = ("电梯", "困", "着火")


def listen(ear: Ear, pcm: bytes) -> list[Heard]:
    gate = SpeechGate(RATE_HZ)
    heard: list[Heard] = []
    for start in range(0, len(pcm), 3200):
        for stretch in gate.push(pcm[start : start + 3200]):
            heard += ear.hear(stretch.pcm, stretch.start_sample / RATE_HZ, ended=stretch.ended)
    while ear.has_work:
        heard += ear.work()
    return heard


def finals(heard: list[Heard]) -> list[tuple[str, bool]]:
    return [(utterance.text, utterance.certain) for utterance in heard if utterance.final]


def spoken_part(pcm: bytes) -> bytes:
    """Without the silence around it, in which the engine would end the utterance."""
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, dtype="<i2").astype(int)) > 200)
    return pcm[2 * int(loud[0]) : 2 * int(loud[-1])]


@pytest.fixture
def spotter(chinese: SpeechModel) -> WordListEar:
    return WordListEar(chinese, RATE_HZ, WORDS, lambda text: "电梯" in text)


def test_dictation_hears_everything(chinese: SpeechModel) -> None:
    heard = listen(DictationEar(chinese, RATE_HZ), say("电梯停在八楼里面困了三个人"))
    assert finals(heard) == [("电梯停在八楼里面困了三个人", True)]


def test_a_suspicious_utterance_is_dictated_after_it(spotter: WordListEar) -> None:
    heard = listen(spotter, say("电梯停在八楼里面困了三个人"))
    suspicion, confirmation = finals(heard)
    assert suspicion[0].startswith("电梯")
    assert set(suspicion[0]) <= set("".join(WORDS))
    assert not suspicion[1]
    assert confirmation == ("电梯停在八楼里面困了三个人", True)


def test_other_speech_is_not_dictated(spotter: WordListEar) -> None:
    assert all(not certain for _, certain in finals(listen(spotter, say("楼道灯坏了"))))


def test_only_the_end_of_a_long_utterance_is_dictated(spotter: WordListEar) -> None:
    breathless = 6 * spoken_part(say("电梯停在八楼里面困了三个人"))
    heard: list[Heard] = []
    for start in range(0, len(breathless), 3200):
        piece = breathless[start : start + 3200]
        heard += spotter.hear(piece, start / 2 / RATE_HZ, ended=False)
    heard += spotter.finish()
    assert len(finals(heard)) == 1
    seconds = 0.0
    while spotter.has_work:
        heard += spotter.work()
        seconds += 2 * 0.2
    assert seconds <= CONFIRM_S + 2 * 0.2 < len(breathless) / 2 / RATE_HZ
    assert finals(heard)[1][0].endswith("电梯停在八楼里面困了三个人")


def test_finishing_twice_says_nothing_more(chinese: SpeechModel) -> None:
    ear = DictationEar(chinese, RATE_HZ)
    speech = spoken_part(say("楼道灯坏了"))
    ear.hear(speech, 0.0, ended=False)
    assert [utterance.text for utterance in ear.finish()] == ["楼道灯坏了"]
    assert ear.finish() == []


def test_times_go_on_after_many_utterances(chinese: SpeechModel) -> None:
    heard = listen(DictationEar(chinese, RATE_HZ), 30 * say("楼道灯坏了"))
    utterances = [utterance for utterance in heard if utterance.final]
    every_s = len(say("楼道灯坏了")) / 2 / RATE_HZ
    assert [utterance.text for utterance in utterances] == ["楼道灯坏了"] * 30
    assert [utterance.start_s for utterance in utterances] == pytest.approx(
        [0.3 + every_s * number for number in range(30)], abs=0.15
    )


def test_the_engine_follows_what_was_measured(chinese: SpeechModel) -> None:
    cheap, dear = (
        _measured(chinese, engine) for engine in (LiveEngine.DICTATION, LiveEngine.WORD_LIST)
    )
    assert isinstance(open_ear(cheap, RATE_HZ, WORDS, bool), DictationEar)
    assert isinstance(open_ear(dear, RATE_HZ, WORDS, bool), WordListEar)
    assert isinstance(open_ear(dear, RATE_HZ, (), bool), DictationEar)


def _measured(chinese: SpeechModel, engine: LiveEngine) -> SpeechModel:
    """Another of the same model, of which the measurement said so; a busy machine says what it
    likes."""
    model = SpeechModel(embedded_model())
    model.__dict__["_capabilities"] = replace(chinese.capabilities, live_engine=engine)
    return model


def test_an_engine_that_is_asked_for_is_taken_where_it_can_be(chinese: SpeechModel) -> None:
    deaf_to_lists = SpeechModel(embedded_model())
    deaf_to_lists.__dict__["_capabilities"] = replace(
        chinese.capabilities, supports_word_list=False
    )
    asked = LiveEngine.WORD_LIST
    assert isinstance(open_ear(chinese, RATE_HZ, WORDS, bool, engine=asked), WordListEar)
    assert isinstance(open_ear(chinese, RATE_HZ, (), bool, engine=asked), DictationEar)
    assert isinstance(open_ear(deaf_to_lists, RATE_HZ, WORDS, bool, engine=asked), DictationEar)


def test_silence_is_nothing_to_either(chinese: SpeechModel, spotter: WordListEar) -> None:
    assert listen(spotter, silence(3.0)) == []
    assert listen(DictationEar(chinese, RATE_HZ), silence(3.0)) == []
