"""Scores on labelled text and audio."""

from __future__ import annotations

import json
import wave
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from asr.engine import SpeechModel
from asr.evaluation.score import EvaluateError, Report, evaluate
from asr.lexicon.lexicon import Lexicon, load_lexicon
from tests.asr.speech import CHINESE, RATE_HZ, say

PACKS = Path(__file__).parents[3] / "ivr" / "packs"


@cache
def lexicon(language: str = "zh-CN") -> Lexicon:
    return load_lexicon(PACKS / language / "lexicon.toml")


def write(path: Path, *rows: object) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def score(path: Path, model: SpeechModel | None = None) -> Report:
    return evaluate([path], "zh-CN", lexicon(), model)


def mistakes(path: Path) -> tuple[str, ...]:
    with pytest.raises(EvaluateError) as raised:
        score(path)
    return raised.value.mistakes


def test_text_is_scored(tmp_path: Path) -> None:
    report = score(
        write(
            tmp_path / "a.jsonl",
            {"text": "电梯里困了三个人", "expected": "lift_entrapment"},
            {"text": "着火了", "expected": "gas_leak"},
            {"text": "阿巴阿巴", "expected": "fire"},
            {"text": "电梯坏了", "expected": "lift_fault"},
            {"text": "物业费怎么交", "expected": None},
            {"text": "水管爆了", "expected": None},
        )
    )
    assert report.recall == pytest.approx(2 / 3)
    assert report.precision == pytest.approx(2 / 3)
    assert report.missed == ("阿巴阿巴",)
    assert report.false_alarms == ("水管爆了",)
    assert [one.sentence for one in report.confused] == ["着火了"]
    assert report.category_accuracy == 0.5
    told = report.to_dict()
    assert told["missed"] == ["阿巴阿巴"]
    assert told["false_alarms"] == ["水管爆了"]
    assert told["false_alarms_per_hour"] > 0
    assert told["speech_is_estimated"] is True
    assert told["delay_s"] is None
    assert json.loads(json.dumps(told)) == told


def test_a_folder_is_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write(tmp_path / "a.jsonl", {"text": "着火了", "expected": "fire"}, "")
    write(tmp_path / "deep" / "b.jsonl", {"text": "你好", "expected": None})
    assert score(tmp_path).sentences == 2


def test_a_higher_level_asks_for_surer_hits(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"text": "着火了", "expected": "fire"})
    assert evaluate([path], "zh-CN", lexicon(), level=1.0).missed == ("着火了",)


def test_bad_lines_are_all_told_with_their_numbers(tmp_path: Path) -> None:
    path = write(
        tmp_path / "bad.jsonl",
        "{not json",
        [1],
        {"text": "x"},
        {"expected": None},
        {"text": "", "expected": None},
        {"text": "x", "expected": "volcano"},
        {"wav": "none.wav", "expected": None},
        {"text": "x", "expected": None, "phrase_end_s": "late"},
        {"text": "着火了", "expected": "fire"},
    )
    found = mistakes(path)
    assert [mistake.removeprefix(f"{path}:").split(":")[0] for mistake in found] == list("12345678")


def test_missing_files_and_empty_folders_are_told(tmp_path: Path) -> None:
    assert "no such file" in mistakes(tmp_path / "none.jsonl")[0]
    assert "no *.jsonl" in mistakes(tmp_path)[0]
    assert "no labelled sentence" in mistakes(write(tmp_path / "empty.jsonl"))[0]


def test_a_lexicon_of_another_language_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"text": "fire", "expected": "fire"})
    with pytest.raises(EvaluateError, match="the lexicon is for zh-CN"):
        evaluate([path], "en", lexicon())


def record(path: Path, pcm: bytes, rate_hz: int = RATE_HZ, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)


def test_audio_is_streamed_through_the_engine_and_its_delay_measured(
    tmp_path: Path, chinese: SpeechModel
) -> None:
    record(tmp_path / "lift.wav", say("电梯里困住了三个人", f"{CHINESE}+m8"))
    calm = np.frombuffer(say("我想问一下物业费怎么交"), dtype="<i2")
    stereo = np.repeat(np.repeat(calm, 2), 2).tobytes()  # 16 kHz, two channels alike
    record(tmp_path / "fee.wav", stereo, 2 * RATE_HZ, channels=2)
    path = write(
        tmp_path / "a.jsonl",
        {"wav": "lift.wav", "expected": "lift_entrapment"},
        {"wav": "fee.wav", "expected": None},
    )
    report = score(path, chinese)
    assert (report.recall, report.precision) == (1.0, 1.0), report
    assert report.speech_is_estimated is False
    assert report.speech_hours > 0
    assert report.delay_s is not None
    assert -1.0 < report.delay_s["max"] < 2.5  # stream time: the same on every machine


def test_audio_without_a_model_is_told(tmp_path: Path) -> None:
    record(tmp_path / "a.wav", bytes(1600))
    path = write(tmp_path / "a.jsonl", {"wav": "a.wav", "expected": None})
    assert mistakes(path) == (
        f"{path}:1: audio needs a speech model; install one or give the text",
    )


def test_a_broken_wav_is_told_with_its_line(tmp_path: Path, chinese: SpeechModel) -> None:
    (tmp_path / "a.wav").write_bytes(b"no audio")
    path = write(tmp_path / "a.jsonl", {"wav": "a.wav", "expected": None})
    with pytest.raises(EvaluateError, match=r"a\.jsonl:1: .*cannot be read as WAV"):
        score(path, chinese)


def test_a_wav_of_a_killed_recorder_is_heard_to_its_end(
    tmp_path: Path, chinese: SpeechModel
) -> None:
    """Its header says 0 bytes of sound; a missed emergency it would be, without a word."""
    record(tmp_path / "a.wav", say("电梯里困住了三个人", f"{CHINESE}+m8"))
    whole = (tmp_path / "a.wav").read_bytes()
    at = whole.index(b"data") + 4
    (tmp_path / "a.wav").write_bytes(whole[:at] + bytes(4) + whole[at + 4 :])
    path = write(tmp_path / "a.jsonl", {"wav": "a.wav", "expected": "lift_entrapment"})
    assert score(path, chinese).missed == ()
