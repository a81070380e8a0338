"""How much a caller has said so far, and how long they have been quiet."""

from __future__ import annotations

from asr.audio.voice_activity import HANG_OVER_S, PRE_ROLL_S, SpeechGate


class VoiceMeter:
    """Measures the speech in a stream of 16-bit mono PCM at 8000 or 16000 Hz."""

    def __init__(self, rate_hz: int) -> None:
        self._gate = SpeechGate(rate_hz)
        self._bytes_per_s = 2 * rate_hz
        self._passed_s = 0.0  # what the gate let through, with what it adds around speech
        self._stretches = 0
        self._ended = 0
        self._last_speech_s = 0.0
        self.length_s = 0.0  # of everything heard

    def hear(self, pcm: bytes) -> None:
        """Take the next piece, of any length."""
        self.length_s += len(pcm) / self._bytes_per_s
        was_open = self._gate.is_open
        for stretch in self._gate.push(pcm):
            self._stretches += not was_open
            was_open = not stretch.ended
            self._ended += stretch.ended
            self._passed_s += len(stretch.pcm) / self._bytes_per_s
            if stretch.ended:
                self._last_speech_s = self.length_s - HANG_OVER_S
        if self._gate.is_open:
            self._last_speech_s = self.length_s

    @property
    def speech_s(self) -> float:
        """Seconds of speech, without the quiet that the gate keeps around it."""
        around_s = self._stretches * PRE_ROLL_S + self._ended * HANG_OVER_S
        return max(0.0, self._passed_s - around_s)

    @property
    def last_speech_s(self) -> float:
        """Where the last speech ended, in seconds from the start; 0 before the first."""
        return max(0.0, self._last_speech_s)

    @property
    def quiet_s(self) -> float:
        """Seconds since the last speech, or since the start."""
        return self.length_s - self.last_speech_s
