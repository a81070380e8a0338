"""Transcripts of synthetic callers over a G.711 line, with the real engine."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from asr.engine import SpeechModel, transcribe
from asr.engine.transcriber import RENEW_AFTER_S
from asr.errors import TranscriptionCancelled
from tests.asr.speech import CHINESE, RATE_HZ, say, silence

VOICES = ("f5", "m8", "klatt")  # none of them was heard in training


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("三号楼一单元楼道灯坏了", "3号楼1单元楼道灯坏了"),
        ("电梯停在八楼里面困了三个人", "电梯停在8楼里面困了3个人"),
        ("我住在五号楼二单元一五零二", "我住在5号楼2单元1502"),
        ("我的电话是幺三八零零幺三八零零零", "我的电话是13800138000"),
    ],
)
def test_a_caller_is_written_down_exactly(
    chinese: SpeechModel, spoken: str, written: str, voice: str
) -> None:
    transcript = transcribe(chinese, say(spoken, f"{CHINESE}+{voice}"), RATE_HZ)
    assert transcript.text == written
    assert "".join(word.text for word in transcript.words) == spoken
    assert (transcript.language, transcript.model) == ("zh-CN", chinese.info.name)


def test_times_are_those_of_the_recording_although_silence_is_skipped(
    chinese: SpeechModel,
) -> None:
    sentence = say("楼道灯坏了", before_s=0.0)
    spoken_s = len(sentence) / 2 / RATE_HZ - 1.0
    transcript = transcribe(chinese, silence(7.0) + sentence + silence(9.0) + sentence, RATE_HZ)
    first, second = transcript.words[0], transcript.words[len(transcript.words) // 2]
    assert transcript.text == "楼道灯坏了，楼道灯坏了"
    assert first.start_s == pytest.approx(7.0, abs=0.15)
    assert second.start_s == pytest.approx(7.0 + spoken_s + 1.0 + 9.0, abs=0.15)
    assert transcript.words[-1].end_s <= transcript.duration_s
    assert transcript.duration_s == pytest.approx(2 * len(sentence) / 2 / RATE_HZ + 16.0)


def test_a_recording_that_breaks_off_keeps_its_last_words(chinese: SpeechModel) -> None:
    whole = say("厨房水管爆了")
    assert transcribe(chinese, whole[: -2 * RATE_HZ], RATE_HZ).text == "厨房水管爆了"


def test_a_long_recording_outlives_its_recognisers(chinese: SpeechModel) -> None:
    sentence = say("三号楼一单元楼道灯坏了")
    count = int(RENEW_AFTER_S / (len(sentence) / 2 / RATE_HZ)) + 5
    transcript = transcribe(chinese, count * sentence, RATE_HZ)
    assert transcript.text == "，".join(["3号楼1单元楼道灯坏了"] * count)
    starts = [word.start_s for word in transcript.words]
    assert starts == sorted(starts)


def tone(*hz: float, on_s: float, every_s: float, seconds: float = 10.0) -> NDArray[np.float64]:
    time_s = np.arange(int(RATE_HZ * seconds)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * each * time_s) for each in hz)
    return np.asarray(6000 * wave * (time_s % every_s < on_s))


NOISES = {
    "silence": np.zeros(RATE_HZ * 10),
    "idle line": np.random.default_rng(1).normal(0, 10, RATE_HZ * 10),
    "hiss": np.random.default_rng(2).normal(0, 300, RATE_HZ * 10),
    "loud hiss": np.random.default_rng(3).normal(0, 3000, RATE_HZ * 10),
    "hum": tone(50, on_s=1, every_s=1) / 10,
    "ringback": tone(450, on_s=1, every_s=5),
    "busy": tone(450, on_s=0.35, every_s=0.7),
    "keys": tone(770, 1336, on_s=0.1, every_s=0.5),
    "clicks": tone(1000, on_s=0.001, every_s=0.5),
}


@pytest.mark.parametrize("noise", NOISES)
def test_what_is_not_speech_is_no_words(chinese: SpeechModel, noise: str) -> None:
    pcm = NOISES[noise].clip(-32768, 32767).astype("<i2").tobytes()
    transcript = transcribe(chinese, pcm, RATE_HZ)
    assert (transcript.text, transcript.words) == ("", ())
    assert transcript.duration_s == 10.0


def test_an_empty_recording_is_an_empty_transcript(chinese: SpeechModel) -> None:
    assert transcribe(chinese, b"", RATE_HZ).text == ""


def test_speech_in_noise_is_still_heard(chinese: SpeechModel) -> None:
    speech = np.frombuffer(say("电梯停在八楼里面困了三个人"), dtype="<i2").astype(float)
    level = np.sqrt(np.mean(speech**2)) / 10 ** (15 / 20)  # 15 dB below
    noisy = speech + np.random.default_rng(4).normal(0, level, len(speech))
    pcm = noisy.clip(-32768, 32767).astype("<i2").tobytes()
    assert transcribe(chinese, pcm, RATE_HZ).text == "电梯停在8楼里面困了3个人"


def test_it_stops_when_it_is_cancelled(chinese: SpeechModel) -> None:
    asked = iter([False, False, True])
    with pytest.raises(TranscriptionCancelled):
        transcribe(chinese, say("厨房水管爆了"), RATE_HZ, cancelled=lambda: next(asked))
    assert next(asked, None) is None
