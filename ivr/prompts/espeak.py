"""espeak-ng in this process, through ctypes.

The library keeps its state (voice, speed, the output callback) in global
variables, so one lock guards it for the whole process. A sentence takes some
milliseconds; `ivr.prompts.voice` calls it from a thread of its own.

Functions and constants: espeak-ng's `speak_lib.h`.
"""

from __future__ import annotations

import ctypes
import threading
import unicodedata
from functools import lru_cache

from ivr.errors import PhoneError
from ivr.prompts.spoken_text import voice_runs

LONGEST_TEXT = 1000  # characters; far more than a caller would listen to

_OUTPUT_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000  # return an error instead of ending the process
_CHARS_UTF8 = 1
_PARAMETER_RATE = 1
_VOICES = {"zh-CN": "cmn-latn-pinyin", "en": "en", "ko": "ko"}
DEFAULT_WORDS_PER_MINUTE = 165

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class VoiceError(PhoneError):
    """The text could not be spoken; the message says what to do."""


class Espeak:
    """The library, initialised once a process: use `espeak()`."""

    def __init__(self) -> None:
        try:
            import espeakng_loader

            self._library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = espeakng_loader.get_data_path()
        except (ImportError, OSError, RuntimeError) as error:
            raise VoiceError(
                f"the espeak-ng library cannot be loaded ({error}); "
                "install the package espeakng-loader again"
            ) from error
        self._lock = threading.Lock()
        self._sound = bytearray()
        self._callback = _Callback(self._collect)  # must live as long as the library uses it
        self.rate_hz: int = self._library.espeak_Initialize(
            _OUTPUT_SYNCHRONOUS, 0, data.encode(), _DONT_EXIT
        )
        if self.rate_hz <= 0:
            raise VoiceError(f"espeak-ng finds no voices in {data}; install espeakng-loader again")
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, language: str, *, words_per_minute: int) -> bytes:
        """PCM (signed 16-bit mono at `rate_hz`) of `text`; blocks for some milliseconds.

        Raises:
            VoiceError: unknown language, too long, or refused by the library.
        """
        if language not in _VOICES:
            raise VoiceError(f"there is no voice for the language {language!r}")
        if len(text) > LONGEST_TEXT:
            raise VoiceError(f"a text of {len(text)} characters is too long to be spoken")
        with self._lock:
            self._sound.clear()
            for run_language, run in voice_runs(_printable(text), language):
                self._speak_run(run, _VOICES[run_language], words_per_minute)
            return bytes(self._sound)

    def _speak_run(self, text: str, voice: str, words_per_minute: int) -> None:
        data = text.encode() + b"\0"
        outcome = (
            self._library.espeak_SetVoiceByName(voice.encode())
            or self._library.espeak_SetParameter(_PARAMETER_RATE, words_per_minute, 0)
            or self._library.espeak_Synth(data, len(data), 0, 0, 0, _CHARS_UTF8, None, None)
        )
        if outcome:
            raise VoiceError(f"espeak-ng refused a text for voice {voice} (error {outcome})")

    def _collect(self, sound: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if sound and count > 0:
            self._sound += ctypes.string_at(sound, 2 * count)
        return 0


@lru_cache(maxsize=1)
def espeak() -> Espeak:
    """The library of this process; the first call loads it (about 10 ms).

    Raises:
        VoiceError: it is not installed or has no data.
    """
    return Espeak()


def _printable(text: str) -> str:
    """Without control characters: espeak-ng takes some of them as commands."""
    return "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)
