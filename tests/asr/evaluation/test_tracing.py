"""An error of labelled audio is traced to where it came about; recordings are told apart."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from asr.engine import SpeechModel
from asr.evaluation.tracing import Conditions, Stage, conditions, stage_of
from tests.asr.evaluation.test_score import score, write
from tests.asr.speech import RATE_HZ, say

KNOWN = {"着", "火", "着火", "厨房", "fire"}


def alarm(text: str) -> str:
    return next((phrase for phrase in ("着火", "烟道", "fire") if phrase in text), "")


def stage(said: str, transcript: str, *, urgent: bool) -> Stage:
    return stage_of(said, transcript, urgent=urgent, alarm=alarm, knows=KNOWN.__contains__)


@pytest.mark.parametrize(
    ("said", "transcript", "urgent", "expected"),
    [
        ("厨房烧起来", "厨房烧起来", True, Stage.RULE),
        ("烟道坏了", "眼到坏了", True, Stage.UNKNOWN_WORD),
        ("厨房着火了", "厨房找活了", True, Stage.MISHEARD),
        ("a Fire, fire!", "a file", True, Stage.MISHEARD),
        ("厨房着火了", "厨房着火了", True, Stage.SPOTTER),
        ("没有着火", "没有着火", False, Stage.RULE),
        ("找货", "着火", False, Stage.MISHEARD),
        ("找货", "找货", False, Stage.SPOTTER),
        ("", "厨房找活了", True, Stage.NOT_TRACED),
    ],
)
def test_the_first_stage_that_went_wrong(
    said: str, transcript: str, urgent: bool, expected: Stage
) -> None:
    assert stage(said, transcript, urgent=urgent) is expected


@pytest.mark.parametrize(
    ("line", "stem", "expected"),
    [
        ({}, "anna-snr10-fire", Conditions("anna", 10.0)),
        ({}, "anna_b-loss3-snr-5", Conditions("anna_b", -5.0)),
        ({}, "2026-11-29-call", Conditions()),
        ({}, "", Conditions()),
        ({"voice": "guard", "snr_db": 3.5}, "anna-snr10-fire", Conditions("guard", 3.5)),
    ],
)
def test_voice_and_noise_by_label_or_by_file_name(
    line: dict[str, object], stem: str, expected: Conditions
) -> None:
    assert conditions(line, stem) == expected


@pytest.mark.parametrize("line", [{"voice": 3}, {"snr_db": "10"}, {"snr_db": True}])
def test_a_label_of_another_type_is_a_mistake(line: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is a"):
        conditions(line, "")


def test_a_folder_of_recordings_is_told_by_voice_and_noise(
    chinese: SpeechModel, tmp_path: Path
) -> None:
    def record(name: str, text: str, expected: str | None, **labels: object) -> dict[str, object]:
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(say(text))
        return {"wav": name, "text": text, "expected": expected, **labels}

    report = score(
        write(
            tmp_path / "calls.jsonl",
            record("f5-snr20-a.wav", "厨房着火了", "fire"),
            record("f5-snr20-b.wav", "阿巴阿巴", "fire"),
            record("x.wav", "物业费怎么交", None, voice="guard"),
        ),
        chinese,
    )
    groups = {group.name: group for group in report.groups}
    assert list(groups) == ["all", "voice f5", "voice guard", "20 dB"]
    assert (groups["voice f5"].sentences, groups["voice f5"].recall) == (2, 0.5)
    assert groups["all"].stages == {"rule": 1}
    assert report.to_dict()["groups"][0]["precision"] == 1.0
