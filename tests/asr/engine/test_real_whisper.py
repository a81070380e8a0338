"""The real Whisper base on the telephone, in the languages of the packs.

It needs the extra `whisper` and the model (`make voices` puts it together at its first use).
"""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import pytest

from asr.engine import Whisper
from ivr.media.pcm import read_wav, resampled, silence
from ivr.packs.pack import load_pack, pack_folder
from tools.voices.clarity import compare
from tools.voices.line import LINE_HZ, over_the_line

MODEL = Path.home() / ".cache" / "hotline-voices" / "whisper-base"
PROMPTS = ("advice_gas_leak", "advice_fire", "confirm_flooding")

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("faster_whisper") is None or not MODEL.is_dir(),
    reason="the extra whisper and `make voices` are not installed",
)


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return Whisper(MODEL)


@pytest.mark.parametrize(("language", "most_wrong"), [("zh-CN", 0.12), ("en", 0.12)])
def test_it_writes_down_what_is_said_and_when(
    whisper: Whisper, language: str, most_wrong: float
) -> None:
    """Syllables (Mandarin) and words (English) wrong."""
    said, pcm, starts = "", b"", []
    for name in PROMPTS:
        (recording,) = load_pack(language).prompts.get(name).recordings[:1]
        sound = over_the_line(
            resampled(*read_wav(pack_folder(language) / "prompts" / f"{recording.id}.wav"), LINE_HZ)
        )
        pcm += silence(3000, LINE_HZ)
        starts.append(len(pcm) / 2 / LINE_HZ)
        pcm += sound
        said += f" {recording.text}"
    began = time.process_time()
    heard = whisper.write_down(pcm, LINE_HZ, language)
    assert time.process_time() - began < 0.35 * heard.duration_s
    result = compare(said, heard.text, language)
    assert result.rate <= most_wrong, heard.text
    assert heard.confidence > 0.5
    for start_s in starts:
        assert any(start_s - 0.3 < word.start_s < start_s + 2 for word in heard.words)


def test_it_invents_nothing_in_silence_and_noise(whisper: Whisper) -> None:
    assert whisper.write_down(silence(20_000, LINE_HZ), LINE_HZ, "zh-CN").text == ""
