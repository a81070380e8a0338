"""Sound as numbers: WAV files, where somebody speaks, and how loud."""

from asr.audio.voice_meter import VoiceMeter
from asr.audio.wav_file import read_wav

__all__ = ["VoiceMeter", "read_wav"]
