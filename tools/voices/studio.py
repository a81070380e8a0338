"""The studio: speaks and listens for the renderer and the benchmark, one JSON line each way.

    {"do": "say", "text": ..., "language": "zh-CN", "speaker": "zm_yunjian",
     "speed": 1.0, "file": "to.wav"}                          -> {"lufs": -21.3}
    {"do": "hear", "language": "zh-CN", "file": "from.wav"}   -> {"text": "..."}

It runs in an environment of its own (`make voices`): nothing of it is part of the product.
"""

from __future__ import annotations

import json
import sys
import wave
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyloudnorm

from tools.voices.kokoro import RATE_HZ, Kokoro, Sound

STYLES = Path(sys.prefix) / "styles"
_LOUDNESS_NEEDS_S = 1.0  # BS.1770 counts blocks of 0.4 s: a shorter sound is repeated


@lru_cache(maxsize=1)
def _kokoro() -> Kokoro:
    return Kokoro(STYLES)


@lru_cache(maxsize=1)
def _ear() -> Any:
    from tools.voices.ear import Ear

    return Ear()


def say(order: dict[str, Any]) -> dict[str, Any]:
    """Write the sound of a text, 16 bit at Kokoro's own rate; tell its loudness."""
    sound = _kokoro().say(order["text"], order["language"], order["speaker"], order["speed"])
    with wave.open(order["file"], "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return {"lufs": round(_lufs(sound), 2)}


def hear(order: dict[str, Any]) -> dict[str, Any]:
    """What the independent ear writes."""
    return {"text": _ear().hear(Path(order["file"]), order["language"])}


def _lufs(sound: Sound) -> float:
    loud = np.flatnonzero(np.abs(sound) > np.abs(sound).max() / 100)
    speech = sound[loud[0] : loud[-1] + 1]
    repeated = np.tile(speech, 1 + int(_LOUDNESS_NEEDS_S * RATE_HZ) // len(speech))
    return float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(repeated.astype(float)))


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = {"say": say, "hear": hear}[order["do"]](order)
        except Exception as error:  # the other side decides; the studio stays open
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
