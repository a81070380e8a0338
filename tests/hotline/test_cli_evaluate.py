"""`hotline evaluate` as somebody with labelled sentences of their own calls it."""

from __future__ import annotations

import json
import sys
import time
import wave
from pathlib import Path
from typing import Any

import pytest

from hotline.cli import main
from tests.asr.speech import CHINESE, say
from tests.company import write_company


@pytest.fixture
def evaluate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Evaluates a path without any speech model configured: exit code, output, errors."""
    config = tmp_path / "hotline.conf"
    config.write_text(f"[hotline]\nhome = {tmp_path / 'home'}\n", encoding="utf-8")

    def run(path: Path, *options: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hotline"])
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", str(path), *options, "--config", str(config)])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return run


def write(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def record(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(say(text, f"{CHINESE}+f5"))


@pytest.mark.parametrize(
    ("language", "alarm", "calm"),
    [
        ("zh-CN", "电梯里困了三个人", "请问物业费怎么交"),
        ("en", "three people are stuck in the lift", "when is the pool open"),
        ("ko", "엘리베이터에 세 명이 갇혔어요", "관리비는 어떻게 내요"),
    ],
)
def test_text_needs_no_model(
    evaluate: Any, tmp_path: Path, language: str, alarm: str, calm: str
) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {"text": alarm, "expected": "lift_entrapment"},
        {"text": calm, "expected": None},
    )
    code, out, err = evaluate(path, "--language", language, "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["recall"], report["precision"]) == (1.0, 1.0)
    assert report["model"] is None


def test_text_and_audio_in_several_files_of_a_folder(evaluate: Any, tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    write(folder / "text.jsonl", {"text": "水管爆了水漫到客厅", "expected": "flooding"})
    record(folder / "deep" / "sound" / "lift.wav", "电梯里困住了三个人")
    write(
        folder / "deep" / "audio.jsonl",
        {"wav": "sound/lift.wav", "expected": "lift_entrapment"},
        {"text": "你好", "expected": None},
    )
    write(folder / "empty.jsonl", "")
    code, out, err = evaluate(folder, "--json")
    report = json.loads(out)
    assert code == 0
    assert (report["sentences"], report["recall"], report["precision"]) == (3, 1.0, 1.0)
    assert report["delay_s"]["p50"] < 2.5
    assert report["model"] in err  # that it knows synthetic voices only
    assert "no person" in err


def test_every_mistake_is_told_with_its_line(evaluate: Any, tmp_path: Path) -> None:
    path = write(
        tmp_path / "bad.jsonl",
        {"text": "着火了", "expected": "fire"},
        '{"text": "着火了", ',
        {"text": "着火了", "expected": "volcano"},
        {"wav": "none.wav", "expected": None},
    )
    code, _, err = evaluate(path)
    assert code == 1
    assert "bad.jsonl:2" in err
    assert "bad.jsonl:3: no category is named 'volcano'" in err
    assert "lift_entrapment" in err  # the known ones
    assert "bad.jsonl:4: there is no file" in err


def test_an_empty_file_is_told(evaluate: Any, tmp_path: Path) -> None:
    code, _, err = evaluate(write(tmp_path / "a.jsonl", ""))
    assert code == 1
    assert "no labelled sentence" in err


def test_audio_of_a_language_without_a_model_is_told(evaluate: Any, tmp_path: Path) -> None:
    record(tmp_path / "a.wav", "电梯")
    path = write(tmp_path / "a.jsonl", {"wav": "a.wav", "expected": None})
    code, _, err = evaluate(path, "--language", "en")
    assert code == 1
    assert "a.jsonl:1: audio needs a speech model" in err


def test_what_is_too_doubtful_to_be_asked_about_counts_as_silence(
    evaluate: Any, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", {"text": "电梯里困了三个人", "expected": "lift_entrapment"})
    config = tmp_path / "hotline.conf"
    config.write_text("[urgent]\nsure = 1.0\nconfirm = 0.99\n", encoding="utf-8")
    report = json.loads(evaluate(path, "--json")[1])
    assert (report["recall"], report["sure_recall"]) == (0.0, 0.0)
    config.write_text("[urgent]\nsure = 0.99\n", encoding="utf-8")
    report = json.loads(evaluate(path, "--json")[1])
    assert (report["recall"], report["sure_recall"]) == (1.0, 0.0)


def test_a_long_file_of_text_takes_seconds(evaluate: Any, tmp_path: Path) -> None:
    row = {"text": "电梯停在八楼和九楼之间里面有三个人出不来", "expected": "lift_entrapment"}
    started_s = time.process_time()
    assert evaluate(write(tmp_path / "a.jsonl", *[row] * 500))[0] == 0
    assert time.process_time() - started_s < 10


def test_sentences_of_a_companys_own_category_are_scored_by_its_own_rules(
    evaluate: Any, tmp_path: Path
) -> None:
    write_company(tmp_path / "home" / "packs")
    data = write(
        tmp_path / "own.jsonl",
        {"text": "车库里一氧化碳超标了", "expected": "carbon_monoxide"},
        {"text": "一氧化碳报警器哪里有卖", "expected": None},
    )
    code, out, _ = evaluate(data, "--json")
    report = json.loads(out)
    assert code == 0
    assert (report["missed"], report["false_alarms"], report["category_accuracy"]) == ([], [], 1.0)
