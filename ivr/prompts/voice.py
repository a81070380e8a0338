"""Text to speech at run time, for what is not recorded."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from ivr.media.pcm import levelled, pcm_bytes, resampled, samples, trimmed
from ivr.prompts.byte_cache import ByteCache
from ivr.prompts.espeak import DEFAULT_WORDS_PER_MINUTE, VoiceError, espeak

__all__ = ["Voice", "VoiceError"]

CACHE_BYTES = 8 * 2**20  # about four minutes at 16 kHz: names, places, roles
WORDS_PER_MINUTE = {"zh-CN": 190, "en": 165, "ko": 175}  # those of the packs' recordings


class Voice:
    """espeak-ng in this process, on one thread of its own; a cache bounded in bytes.

    One for all calls. A sentence takes some milliseconds, so one thread serves many calls.
    """

    def __init__(self, cache_bytes: int = CACHE_BYTES) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voice")
        self._cache: ByteCache[tuple[str, str, int]] = ByteCache(cache_bytes)

    @property
    def cached_bytes(self) -> int:
        """What the cache takes."""
        return self._cache.size_bytes

    async def speak(self, text: str, language: str, rate_hz: int) -> bytes:
        """PCM (signed 16-bit mono at `rate_hz`) of `text`, levelled like the prompts.

        Raises:
            VoiceError: the engine is missing, refuses the text, or the voice is closed.
        """
        if not text.strip():
            return b""
        known = self._cache.get((text, language, rate_hz))
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        try:
            spoken = loop.run_in_executor(self._thread, render, text, language, rate_hz)
        except RuntimeError as error:
            raise VoiceError("the voice is closed") from error
        return self._cache.put((text, language, rate_hz), await spoken)

    def close(self) -> None:
        """End the thread and forget the cache. May be called twice."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._cache.clear()


def render(text: str, language: str, rate_hz: int, *, words_per_minute: int | None = None) -> bytes:
    """Speak, trim, resample and level; blocks for some milliseconds.

    Raises:
        VoiceError: the engine is missing or refuses the text.
    """
    engine = espeak()
    speed = words_per_minute or WORDS_PER_MINUTE.get(language, DEFAULT_WORDS_PER_MINUTE)
    raw = engine.speak(text, language, words_per_minute=speed)
    signal = samples(resampled(raw, engine.rate_hz, rate_hz))
    return pcm_bytes(levelled(trimmed(signal, rate_hz), rate_hz))
