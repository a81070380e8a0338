"""Synthetic callers: espeak-ng through an 8 kHz G.711 line."""

from __future__ import annotations

import subprocess
from functools import lru_cache

RATE_HZ = 8000
CHINESE = "cmn-latn-pinyin"


def silence(seconds: float) -> bytes:
    """Digital silence at 8 kHz."""
    return bytes(2 * int(RATE_HZ * seconds))


@lru_cache(maxsize=64)
def say(text: str, voice: str = f"{CHINESE}+f5", *, before_s: float = 0.3) -> bytes:
    """`text` as a caller's PCM after one trip through A-law; numbers must be characters."""
    spoken = _run("espeak-ng", "-v", voice, "--stdout", text)
    on_the_line = _run(*_FFMPEG, "-i", "-", "-ar", str(RATE_HZ), "-f", "alaw", "-", stdin=spoken)
    alaw = ("-f", "alaw", "-ar", str(RATE_HZ), "-ac", "1")
    pcm = _run(*_FFMPEG, *alaw, "-i", "-", "-f", "s16le", "-", stdin=on_the_line)
    return silence(before_s) + pcm + silence(1.0)


_FFMPEG = ("ffmpeg", "-loglevel", "error")


def _run(*command: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(command, input=stdin, capture_output=True, check=True, timeout=30).stdout
