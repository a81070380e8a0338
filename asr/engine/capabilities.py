"""What a speech model can do and what it costs on this machine, by measurement.

Models differ more than their names say: some ignore a word list without a word, some have no
`[unk]`, one costs fifty times another. So a model is given two seconds of silence and a short
sentence of a synthetic voice, and what it does decides how it listens to live calls.
"""

from __future__ import annotations

import time
import wave
from pathlib import Path

from asr.engine.live_engine import Capabilities, LiveEngine, LiveModel, LiveRecogniser

SAMPLES = Path(__file__).parents[1] / "model_data" / "samples"
UNKNOWN = "[unk]"

# Forty calls on two cores, a third of the time speech, half the cores left for the calls
# themselves: above this a model is too expensive to dictate every call.
EXPENSIVE_RTF = 0.08

_RATE_HZ = 8000
_PIECE_S = 0.2
_SILENCE_S = 2.0
# Words that are not in the sample: a recogniser limited to them must not write the sample.
_OTHER_WORDS = {
    "zh-CN": ("星期", "今年", "蓝色"),
    "en": ("yellow", "november", "seven"),
    "ko": ("노란", "오월", "시계"),
}


def measure(model: LiveModel) -> Capabilities:
    """Try the model out: a tenth of a second to some seconds, on the caller's thread."""
    sample = sample_speech(model.info.language)
    dictated, speech_rtf = _decode(model.recogniser(_RATE_HZ), sample)
    _, silence_rtf = _decode(model.recogniser(_RATE_HZ), bytes(int(2 * _RATE_HZ * _SILENCE_S)))
    supported, word_list_rtf = _try_word_list(model, sample, dictated)
    expensive = speech_rtf > EXPENSIVE_RTF
    return Capabilities(
        supports_word_list=supported,
        has_unknown=model.knows(UNKNOWN),
        speech_rtf=speech_rtf,
        silence_rtf=silence_rtf,
        word_list_rtf=word_list_rtf,
        live_engine=LiveEngine.WORD_LIST if expensive and supported else LiveEngine.DICTATION,
    )


def _try_word_list(model: LiveModel, sample: bytes, dictated: frozenset[str]) -> tuple[bool, float]:
    """Does a word list limit what is heard, and at what cost?"""
    words = model.word_list(_OTHER_WORDS.get(model.info.language, ()))
    if not _has_dynamic_graph(model.info.path) or set(words) <= {UNKNOWN}:
        return False, 0.0
    heard, rtf = _decode(model.recogniser(_RATE_HZ, words), sample)
    # A model that ignores the list writes what it dictates.
    obeyed = heard <= {word for entry in words for word in entry.split()}
    return (True, rtf) if obeyed and heard != dictated else (False, 0.0)


def _has_dynamic_graph(path: Path) -> bool:
    """A ready-made graph (HCLG) cannot be limited, and Vosk prefers it where both exist."""
    folders = (path / "graph", path)
    return not any((folder / "HCLG.fst").exists() for folder in folders)


def _decode(recogniser: LiveRecogniser, pcm: bytes) -> tuple[frozenset[str], float]:
    """The words heard, and seconds of processor time per second of audio."""
    words: set[str] = set()
    piece_bytes = int(2 * _RATE_HZ * _PIECE_S)
    started = time.thread_time()
    for start in range(0, len(pcm), piece_bytes):
        if recogniser.accept(pcm[start : start + piece_bytes]):
            words.update(word.text for word in recogniser.result())
        else:
            recogniser.partial()
    words.update(word.text for word in recogniser.finish())
    spent = time.thread_time() - started
    return frozenset(words), spent / recogniser.accepted_s


def sample_speech(language: str) -> bytes:
    """A sentence of a synthetic voice at 8 kHz; English where there is none."""
    path = SAMPLES / f"{language}.wav"
    with wave.open(str(path if path.exists() else SAMPLES / "en.wav"), "rb") as sample:
        return sample.readframes(sample.getnframes())
