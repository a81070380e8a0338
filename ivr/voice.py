"""Text to speech at run time, for what is not recorded."""

from __future__ import annotations

from ivr.errors import PhoneError


class VoiceError(PhoneError):
    """The text could not be spoken; the message says what to do."""


class Voice:
    """espeak-ng in this process, on one thread; a small cache bounded in bytes."""

    async def speak(self, text: str, language: str, rate_hz: int) -> bytes:
        """PCM (signed 16-bit mono at `rate_hz`) of `text`.

        Raises:
            VoiceError: the engine is missing or refuses the text.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End the thread. May be called twice."""
        raise NotImplementedError
