"""Sound as numbers: WAV files, where somebody speaks, and how loud."""

from asr.audio.voice_meter import VoiceMeter

__all__ = ["VoiceMeter"]
