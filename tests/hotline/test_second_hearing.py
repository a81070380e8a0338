"""`[asr] review`: what it needs is said with what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hotline.config.config import Config
from hotline.config.sections import AsrSection, HotlineSection
from hotline.second_hearing import review_problem


def config(home: Path, review: str = "whisper-base") -> Config:
    return Config(hotline=HotlineSection(home=home), asr=replace(AsrSection(), review=review))


def installed(home: Path) -> None:
    folder = home / "models" / "whisper-base"
    folder.mkdir(parents=True)
    for name in ("config.json", "model.bin", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_bytes(b"")


def test_what_is_missing_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert review_problem(config(tmp_path, "off")) == ""
    assert "run hotline models install whisper-base" in review_problem(config(tmp_path))
    installed(tmp_path)
    monkeypatch.setattr("hotline.second_hearing.has_whisper", lambda: False)
    assert "pip install 'hotline[whisper]'" in review_problem(config(tmp_path))
    monkeypatch.setattr("hotline.second_hearing.has_whisper", lambda: True)
    assert review_problem(config(tmp_path)) == ""
